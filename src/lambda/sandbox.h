/*
 * sandbox.h - what stays the same for all invocations of this process: the
 * handler and what it is run with.
 */
#ifndef DURABLE_SANDBOX_H
#define DURABLE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "lambda/api.h"

struct sandbox {
	struct api *api;
	char **argv; /* the handler, absolute, and its arguments */
	char *cwd;
	char **env; /* without what belongs to an invocation */
	bool strict;
	int64_t margin_ms; /* before the deadline, in which nothing is begun */
	int listen_fd;
	char *socket;
};

struct sandbox_options {
	char **words; /* HANDLER [ARG...]; borrowed as long as it is open */
	const char *endpoint_url;
	bool strict;
};

/*
 * Finds the handler (below LAMBDA_TASK_ROOT unless absolute), the API and its
 * credentials, and listens. ERR_MISSING: there is no such handler. *s is to be
 * closed also after a failure.
 */
int sandbox_open(struct sandbox *s, const struct sandbox_options *o,
    struct err *e) MUST_USE;
void sandbox_close(struct sandbox *s);

#endif
