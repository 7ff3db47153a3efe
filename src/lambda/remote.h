/*
 * remote.h - the backend whose operations are kept by the service: what the
 * engine decides goes out by CheckpointDurableExecution, what the service does
 * comes back in the answers.
 *
 * Calls are strictly one after the other, as each takes the token of the one
 * before. What is queued meanwhile goes into the next: at most 250 updates and
 * 750 KiB. A START that no answer waits for is kept back for 50 ms, so that a
 * short step is one call.
 */
#ifndef DURABLE_REMOTE_H
#define DURABLE_REMOTE_H

#include "base/json.h"
#include "lambda/api.h"
#include "store/backend.h"

struct remote;

/* What a failure of the backend means for the invocation. */
enum remote_failure {
	REMOTE_NONE,
	REMOTE_FAILS_EXECUTION, /* trying again cannot help: answer FAILED */
	REMOTE_ENDS_INVOCATION, /* report an error: Lambda invokes again */
	REMOTE_SUSPENDS,        /* no checkpoint is taken any more, and all that
	                           was sent is recorded: answer PENDING */
};

/* arn and token are copied, api is borrowed. No call outlives the deadline. */
struct remote *remote_new(struct api *api, const char *arn, struct text token,
    int64_t deadline);

struct backend *remote_backend(struct remote *r);

/*
 * Takes the operations of an event's InitialExecutionState and pages the rest
 * in, before the first checkpoint. -1: remote_failure says what it means.
 */
int remote_load(struct remote *r, struct span state, struct err *e) MUST_USE;

/* The execution's input, JSON text; "{}" when there is none. */
const char *remote_input(const struct remote *r);

/*
 * Queues the end of the execution itself, for a result that is too large for
 * the response. It is the last update of all; drain sends it.
 */
void remote_end_execution(struct remote *r, struct span result);

enum remote_failure remote_failure(const struct remote *r);

struct remote_counts {
	uint64_t calls, updates;
};
struct remote_counts remote_counts(const struct remote *r);

#endif
