/*
 * credentials.h - what requests are signed with, and where it is found.
 *
 * In the order of AWS's tools: the environment (AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), unless a profile was asked for by
 * the caller; the profile's keys in the credentials file; its
 * credential_process; its keys in the config file; the container endpoint
 * (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, _FULL_URI). What needs an exchange
 * with another service first - a role, a web identity, SSO, a login - is
 * refused with a message that tells how to go on: `aws configure
 * export-credentials`.
 */
#ifndef DURABLE_CREDENTIALS_H
#define DURABLE_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

struct profile;

enum credentials_source {
	CREDENTIALS_NONE,
	CREDENTIALS_ENVIRONMENT,
	CREDENTIALS_FILE,
	CREDENTIALS_PROCESS,
	CREDENTIALS_CONTAINER,
};

/* All strings are owned. */
struct credentials {
	char *key_id, *secret;
	char *token;     /* NULL: none */
	int64_t expires; /* instant, or TIME_NEVER */
	enum credentials_source source;
};

struct credentials_options {
	const struct profile *profile; /* NULL: no files are looked at */
	bool profile_first; /* was asked for: passes over the environment */
};

void credentials_init(struct credentials *c);

/* Overwrites the secrets, and frees. */
void credentials_clear(struct credentials *c);

/*
 * Fills c (was initialised; what it held is dropped, on success only). May
 * run a program and ask the container endpoint, for some seconds. ERR_MISSING
 * when there are none: lists what was looked at. ERR_REFUSED for a profile of
 * a kind that is not done here. ERR_IO, ERR_USAGE: a source that is
 * configured and does not work, and why.
 */
int credentials_load(struct credentials *c, const struct credentials_options *o,
    struct err *e) MUST_USE;

/* Whether loading again can bring other ones. */
bool credentials_can_reload(const struct credentials *c);

/* Whether to load anew now: within 15 minutes of the end it is worth a try,
 * and within 10 minutes a failure counts. */
bool credentials_want_reload(const struct credentials *c, int64_t now);
bool credentials_must_reload(const struct credentials *c, int64_t now);

/*
 * Takes them out of a JSON object with AccessKeyId, SecretAccessKey,
 * SessionToken or Token, and Expiration. what is named in *e (ERR_IO).
 */
int credentials_parse(struct credentials *c, struct span json, const char *what,
    struct err *e) MUST_USE;

#endif
