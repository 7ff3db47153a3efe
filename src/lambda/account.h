/*
 * account.h - where requests go and who sends them: the endpoint, and
 * credentials that are loaded anew before they end.
 */
#ifndef DURABLE_ACCOUNT_H
#define DURABLE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "lambda/api.h"
#include "lambda/credentials.h"
#include "lambda/endpoint.h"

struct account {
	struct endpoint endpoint;
	struct credentials credentials;
	char *ca_bundle;  /* NULL: the system's */
	int max_attempts; /* AWS_MAX_ATTEMPTS, or 4 */
	int loads;        /* how often the credentials were loaded */

	char *profile; /* that was asked for, or NULL */
	bool in_runtime;
	int64_t last_reload; /* monotonic */
};

/* Zeroed, it may be cleared. Errors as api_open's. */
int account_open(struct account *a, const struct api_options *o,
    struct err *e) MUST_USE;
void account_clear(struct account *a);

/* Loads the credentials anew, the files read again. On failure the old ones
 * stay. */
int account_reload(struct account *a, struct err *e) MUST_USE;

/* The same when they end soon after now. Fails only when they hold no more,
 * or nearly. */
int account_refresh(struct account *a, int64_t now, struct err *e) MUST_USE;

#endif
