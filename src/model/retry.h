/*
 * retry.h - whether a failed attempt is tried again, and after how long.
 *
 * Wire reference, section 6: n is the attempt that just failed, from 1; the
 * base delay is min(initial * rate^(n-1), maximum); jitter full is r * base,
 * half is base/2 + r * base/2; the result is rounded up, at least 1 second.
 */
#ifndef DURABLE_RETRY_H
#define DURABLE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum jitter { JITTER_FULL, JITTER_HALF, JITTER_NONE };

struct retry_policy {
	bool any;  /* every failure is tried again but 126, 127, Output.* */
	bool none; /* --no-retry */
	int64_t max_attempts; /* in all */
	int64_t delay_s, max_delay_s;
	double rate;
	enum jitter jitter;
	const char *retry_on; /* "75,Net*,5?": statuses or types, glob; NULL */
	const char *no_retry_on; /* the same, stronger */
};

/* A failed attempt. */
struct failure {
	int status;       /* exit status of the command; -1 when it had none */
	const char *type; /* the error's type */
	bool is_final;    /* durable fail named it: tried again only when
	                     retry_on names its type */
};

/* 6 attempts, 5 s, rate 2, at most 60 s, full jitter; only status 75. */
void retry_default(struct retry_policy *p);

/* Whether the policy would try f again at all, attempts left aside. */
bool retry_wants(const struct retry_policy *p, const struct failure *f);

/*
 * Seconds until the next attempt after attempt n failed with f, or -1 for no
 * more. r is uniform in [0,1).
 */
int64_t retry_delay(const struct retry_policy *p, int64_t n,
    const struct failure *f, double r);

/* The delay alone, without asking whether. */
int64_t backoff_delay(int64_t n, int64_t delay_s, int64_t max_delay_s,
    double rate, enum jitter jitter, double r);

int jitter_parse(const char *text, enum jitter *j, struct err *e) MUST_USE;

/* Checks a LIST of --retry-on: no empty entries, numbers 0 to 255. */
int retry_list_check(const char *list, struct err *e) MUST_USE;

/* Whether status or type is in the comma-separated LIST (fnmatch globs). */
bool retry_list_has(const char *list, int status, const char *type);

#endif
