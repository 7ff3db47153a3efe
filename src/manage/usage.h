/*
 * usage.h - what a recorded execution would use on AWS Lambda.
 *
 * The records of a context file, taken one after the other, tell what the same
 * script would have sent as durable operations, and when: so the checkpoint
 * calls and invocations follow, and how near it came to each limit.
 */
#ifndef DURABLE_USAGE_H
#define DURABLE_USAGE_H

#include "store/context.h"

/* What has a limit there. */
enum limit {
	LIMIT_OPERATIONS,
	LIMIT_DATA,     /* bytes kept */
	LIMIT_STEP,     /* bytes of a step's result */
	LIMIT_CONTEXT,  /* the same of a child's, branch's, batch's */
	LIMIT_CALLBACK, /* bytes of its result */
	LIMIT_INVOKE_INPUT,
	LIMIT_INVOKE_RESULT,
	LIMIT_ERROR,   /* bytes of an update with an error */
	LIMIT_INPUT,   /* the execution's */
	LIMIT_RESULT,  /* the same */
	LIMIT_LENGTH,  /* ms from start to end */
	LIMIT_ATTEMPT, /* ms of one attempt of a step */
	LIMITS,
};

struct usage {
	int64_t operations[OP_TYPES];    /* started, by type */
	int64_t retries;                 /* attempts but the first */
	int64_t crashes;                 /* of invocations: Lambda retries */
	int64_t updates, calls, polls;   /* calls: without polls */
	int64_t invocations, invoked_ms; /* ms: in all */
	int64_t longest_ms;              /* the longest invocation */
	bool was_reopened;
	int64_t most[LIMITS];
	char *where[LIMITS]; /* the operation, in words; NULL: none */
};

/* What is metered, in all. */
int64_t usage_operations(const struct usage *u);

struct usage_reader; /* remembers what later records need of earlier ones */

/* Counts into u, which is cleared. t is the table that the records are applied
 * to, each before it is taken. */
struct usage_reader *usage_reader_new(struct usage *u, struct table *t);
void usage_take(struct usage_reader *ur, const struct record *r);

/* Behind the last record. now is when it is looked at: what has not ended has
 * lasted until then. is_running: an invocation is. */
void usage_finish(struct usage_reader *ur, const struct execution_state *s,
    bool is_running, int64_t now);

void usage_reader_free(struct usage_reader *ur);
void usage_clear(struct usage *u);

#endif
