/*
 * runtime_api.h - the Lambda Runtime API: the next event, and what came of it.
 *
 * Plain HTTP to AWS_LAMBDA_RUNTIME_API, past any proxy. The call for the next
 * event has no limit of time: the process is frozen while it waits.
 */
#ifndef DURABLE_RUNTIME_API_H
#define DURABLE_RUNTIME_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

enum {
	RUNTIME_BODY_MAX = 6291456, /* bytes of a response */
};

struct runtime_api;

/* What `next` brought. */
struct invocation_event {
	char request_id[128];
	char *trace_id;   /* NULL: none */
	int64_t deadline; /* instant; TIME_NEVER where none is told */
	struct buf body;
};

void invocation_event_init(struct invocation_event *ev);
void invocation_event_clear(struct invocation_event *ev);

/* ERR_USAGE where AWS_LAMBDA_RUNTIME_API is not set. */
struct runtime_api *runtime_api_open(struct err *e) MUST_USE;
void runtime_api_close(struct runtime_api *a); /* a may be NULL */

/*
 * Waits for an event: 0. A connection that breaks is made anew; any other
 * answer than an event is -1: the process must end. 1 when is_ended, which is
 * asked after each signal, says so.
 */
int runtime_api_next(struct runtime_api *a, struct invocation_event *ev,
    bool (*is_ended)(void), struct err *e) MUST_USE;

/* Posts the outcome. From then on the process may be frozen at any moment. */
int runtime_api_respond(struct runtime_api *a, const char *request_id,
    struct span body, struct err *e) MUST_USE;

/* Posts a function error, or with request_id NULL one of the initialisation;
 * type is Runtime.Something. Lambda invokes a durable function again. */
int runtime_api_fail(struct runtime_api *a, const char *request_id,
    const char *type, const char *message, struct err *e) MUST_USE;

#endif
