/*
 * account.c - where requests go and who sends them.
 */
#include "lambda/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/environment.h"
#include "lambda/profile.h"

enum {
	ATTEMPTS_DEFAULT = 4,
	ATTEMPTS_MAX = 100,
	RELOAD_PAUSE_MS = 60000, /* between two that are only worth a try */
};

/* In the runtime there are no files to be looked at: *p is NULL. */
static int
open_profile(const struct account *a, struct profile **p, struct err *e)
{
	*p = NULL;
	if (a->in_runtime)
		return 0;
	*p = profile_open(a->profile, e);
	return *p ? 0 : -1;
}

static int
load_credentials(struct account *a, const struct profile *p, struct err *e)
{
	const struct credentials_options o = { p, a->profile != NULL };

	a->last_reload = time_monotonic();
	if (credentials_load(&a->credentials, &o, e) < 0)
		return -1;
	a->loads++;
	return 0;
}

int
account_reload(struct account *a, struct err *e)
{
	struct profile *p;
	int result;

	log_line("lambda: the credentials are loaded again");
	if (open_profile(a, &p, e) < 0)
		return -1;
	result = load_credentials(a, p, e);
	profile_free(p);
	return result;
}

int
account_refresh(struct account *a, int64_t now, struct err *e)
{
	struct err why;

	if (!credentials_want_reload(&a->credentials, now))
		return 0;
	if (a->credentials.expires <= now)
		return account_reload(a, e);
	/* They still hold: not with every call, and a failure is no matter. */
	if (time_monotonic() - a->last_reload < RELOAD_PAUSE_MS)
		return 0;
	if (account_reload(a, &why) < 0) {
		log_line("lambda: %s", why.text);
		if (credentials_must_reload(&a->credentials, now)) {
			*e = why;
			return -1;
		}
	}
	return 0;
}

static int
find_max_attempts(struct account *a, const struct profile *p, struct err *e)
{
	const char *text = environment("AWS_MAX_ATTEMPTS");
	char *end;
	long n;

	a->max_attempts = ATTEMPTS_DEFAULT;
	if (!text && !(text = profile_config(p, "max_attempts")))
		return 0;
	n = strtol(text, &end, 10);
	if (end == text || *end || n < 1 || n > ATTEMPTS_MAX)
		return err_set(e, ERR_USAGE,
		    "AWS_MAX_ATTEMPTS, or max_attempts of the profile, is "
		    "'%s': a number from 1 to %d",
		    text, ATTEMPTS_MAX);
	a->max_attempts = (int)n;
	return 0;
}

int
account_open(struct account *a, const struct api_options *o, struct err *e)
{
	struct endpoint_options where = { o->endpoint_url, o->region, o->arn,
		NULL };
	struct profile *p;
	const char *ca;
	int result = -1;

	memset(a, 0, sizeof(*a));
	endpoint_init(&a->endpoint);
	credentials_init(&a->credentials);
	a->in_runtime = o->in_runtime;
	a->profile = o->profile ? xstrdup(o->profile) : NULL;
	if (open_profile(a, &p, e) < 0)
		return -1;
	where.profile = p;
	if (endpoint_find(&where, &a->endpoint, e) < 0 ||
	    find_max_attempts(a, p, e) < 0 || load_credentials(a, p, e) < 0)
		goto out;
	ca = environment("AWS_CA_BUNDLE");
	if (!ca)
		ca = profile_config(p, "ca_bundle");
	a->ca_bundle = ca ? xstrdup(ca) : NULL;
	result = 0;
out:
	profile_free(p);
	return result;
}

void
account_clear(struct account *a)
{
	endpoint_clear(&a->endpoint);
	credentials_clear(&a->credentials);
	free(a->profile);
	free(a->ca_bundle);
	memset(a, 0, sizeof(*a));
}
