/*
 * api.h - signed calls of the Lambda API, tried again where that is right.
 *
 * For somebody else's poll loop, or blocking with api_perform. Each attempt
 * sends the same bytes, signed anew. What is tried again: no answer (at once
 * and on a new connection the first time), 429, throttling, 500, 502, 503 and
 * 504; 4 attempts (AWS_MAX_ATTEMPTS), full jitter from 100 ms (throttled: 1 s)
 * up to 5 s; a Retry-After is waited for. A 502 with a KMS code is an answer.
 * Refused credentials are loaded anew once where they can be, and a clock that
 * the server finds wrong is set right by its Date, once.
 */
#ifndef DURABLE_API_H
#define DURABLE_API_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct api;
struct api_call;
struct http;

struct api_options {
	const char *region;       /* NULL: found, see endpoint.h */
	const char *endpoint_url; /* NULL: found */
	const char *arn;          /* whose region counts, or NULL */
	const char *profile;      /* NULL: AWS_PROFILE, "default" */
	bool in_runtime;          /* the environment only: no files */
};

struct api_request {
	const char *method;
	const char *path;  /* as sent: segments by sign_encode */
	const char *query; /* as sent: by sign_encode; or NULL */
	struct span body;
	const char *content_type;   /* NULL: none */
	const char *const *headers; /* "Name: value" ... NULL, not signed */
	int64_t
	    deadline; /* instant that nothing outlives; 0, TIME_NEVER: none */
	int64_t
	    timeout_ms; /* of one attempt's answer; 0: 50 s. 5 s to connect */
	bool once; /* not sent again after it may have been acted on: only what
		    * never left, 429, 403 and throttling are tried again */
};

/* The caller embeds it, with api_response_init before and _clear after. */
struct api_response {
	int status; /* 0 when no answer came */
	struct buf headers, body;
	char type[128];        /* name of the error, "" with 2xx */
	char message[1024];    /* its text, or the start of what came instead */
	bool may_have_arrived; /* none came, but some attempt may have been
				* acted on */
};

/* What an answer to Checkpoint or GetState means for the execution. */
enum api_class {
	API_OK,
	API_FAILS_EXECUTION, /* trying again cannot help */
	API_ENDS_INVOCATION, /* the next invocation may have more luck */
	API_GONE, /* the token is stale: another invocation has taken over */
};

/*
 * Finds region, endpoint and first credentials. A shared http is borrowed
 * until api_close and driven by its owner, before api_turn; with NULL the api
 * has its own and drives it. Errors as of endpoint.h, credentials.h and
 * profile.h, which say what to do.
 */
struct api *api_open(const struct api_options *o, struct http *shared,
    struct err *e) MUST_USE;

/* Ends all its calls too: their pointers are dead then. */
void api_close(struct api *a);

const char *api_region(const struct api *a);
const char *api_url(const struct api *a); /* scheme and host */

/* Begins a call; all of rq is copied. NULL: ERR_USAGE, or the credentials
 * that could not be refreshed. */
struct api_call *api_start(struct api *a, const struct api_request *rq,
    struct err *e) MUST_USE;

/* As http_fd_count, http_fill and http_turn (http.h); with a shared http they
 * add the times of retries only, and no descriptor. */
size_t api_fd_count(const struct api *a);
size_t api_fill(const struct api *a, struct pollfd *fds, size_t room,
    int64_t *wait_ms);
int api_turn(struct api *a, const struct pollfd *fds, size_t n,
    struct err *e) MUST_USE;

/* Waits until there is something to do and does it: for those who have no
 * loop. Drives a shared http as well. Ends early on a signal. */
int api_wait(struct api *a, struct err *e) MUST_USE;

bool api_is_done(const struct api_call *c);

/*
 * Moves what came of a call that is done into out (was initialised) and frees
 * the call. 0 for any answer, also an error's. -1 when none came: ERR_IO with
 * the last reason and the number of attempts, or what went wrong with the
 * credentials.
 */
int api_take(struct api_call *c, struct api_response *out,
    struct err *e) MUST_USE;

/* Ends a call, done or not. */
void api_cancel(struct api_call *c);

/* Start, wait and take in one; drives a shared http as well. */
int api_perform(struct api *a, const struct api_request *rq,
    struct api_response *out, struct err *e) MUST_USE;

void api_response_init(struct api_response *r);
void api_response_clear(struct api_response *r);

/* As http_header. */
bool api_header(const struct api_response *r, const char *name,
    struct span *value);

/* Sets type and message from status, headers and body. Never fails: a body
 * that is no JSON is quoted in the message. */
void api_parse_error(struct api_response *r);

enum api_class api_classify(const struct api_response *r);

#endif
