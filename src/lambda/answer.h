/*
 * answer.h - what an answer of the API asks its caller to do. Pure.
 */
#ifndef DURABLE_ANSWER_H
#define DURABLE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "lambda/api.h"

enum {
	BACKOFF_BASE_MS = 100,
	BACKOFF_THROTTLED_MS = 1000,
	BACKOFF_MAX_MS = 5000,
	RETRY_AFTER_MAX_MS = 60 * 1000, /* longer is not waited for */
	SKEW_MS = 4 * 60 * 1000,        /* what the service puts up with: 5 */
};

/* Refused for now and not acted on: 429, or a throttling code. */
bool answer_is_throttled(const struct api_response *r);

/* The server failed, and may not the next time: 500, 502, 503, 504, but not a
 * key that cannot be used. */
bool answer_is_transient(const struct api_response *r);

/* The credentials are not, or no longer, good. */
bool answer_refuses_credentials(const struct api_response *r);

/*
 * By how much to move our clock, in milliseconds, when the answer is a 403
 * whose Date is SKEW_MS or more away from now, which is the time that was
 * signed; else 0.
 */
int64_t answer_skew(const struct api_response *r, int64_t now);

/* What Retry-After asks for, in milliseconds from now; 0 when there is none,
 * -1 when it is longer than RETRY_AFTER_MAX_MS. */
int64_t answer_retry_after(const struct api_response *r, int64_t now);

/* Milliseconds to wait after attempt n (from 1); r is uniform in [0,1). */
int64_t answer_backoff(int n, bool throttled, double r);

#endif
