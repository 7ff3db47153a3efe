/*
 * merge.h - what the service tells of operations, taken over into the table.
 */
#ifndef DURABLE_MERGE_H
#define DURABLE_MERGE_H

#include "base/json.h"
#include "lambda/queue.h"
#include "store/backend.h"
#include "store/service.h"

/* The holder's; everything is borrowed but input and late. */
struct merge {
	struct backend *backend;
	struct queue *queue;    /* what the answers cannot know of */
	struct service *timers; /* told of due times */
	char *input;     /* of the execution, once it was told; allocated */
	bool has_news;   /* set when the service has done something */
	bool is_foreign; /* set with a failure that the next invocation would
	                    find again: operations of another SDK */
	char **late;     /* operations whose parent has not been told */
	size_t n_late;
};

/* Takes one Operation over; calls the backend's changed. ERR_CORRUPT. */
int merge_operation(struct merge *m, struct span object,
    struct err *e) MUST_USE;

/* All has been told: takes over what came before its parent. An operation whose
 * parent never came is below a context that is closed, and not needed. */
int merge_late(struct merge *m, struct err *e) MUST_USE;

void merge_clear(struct merge *m);

#endif
