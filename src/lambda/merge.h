/*
 * merge.h - what the service tells of operations, taken over into the table.
 */
#ifndef DURABLE_MERGE_H
#define DURABLE_MERGE_H

#include "base/json.h"
#include "lambda/queue.h"
#include "store/backend.h"
#include "store/service.h"

/* The holder's; everything is borrowed but input. */
struct merge {
	struct backend *backend;
	struct queue *queue;    /* what the answers cannot know of */
	struct service *timers; /* told of due times */
	char *input;     /* of the execution, once it was told; allocated */
	bool has_news;   /* set when the service has done something */
	bool is_foreign; /* set with a failure that the next invocation would
	                    find again: operations of another SDK */
};

/* Takes one Operation over; calls the backend's changed. ERR_CORRUPT. */
int merge_operation(struct merge *m, struct span object,
    struct err *e) MUST_USE;

#endif
