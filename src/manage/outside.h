/*
 * outside.h - doing something to an execution from outside it.
 */
#ifndef DURABLE_OUTSIDE_H
#define DURABLE_OUTSIDE_H

#include "proto/msg.h"
#include "store/context.h"

/* What is to be done: by who has the lock, or by the engine that has it. */
struct outside {
	int (*locked)(struct context *c, void *arg, struct err *e);
	void *arg;
	struct request *rq;
	const struct header *child; /* NULL, or whose parent it must be */
	bool was_lost; /* out: an engine that was asked went away unheard; what
	                  it was asked for may have been done */
};

/*
 * Tries in turn to take the lock and call locked (whose result it returns),
 * and to send rq to the engine that has it; with back-off, up to 10 s. An OK
 * is 0; a REFUSED is -1 with its message. ERR_BUSY when neither worked.
 * ERR_MISSING also when it is not the parent of child.
 */
int outside_do(const char *path, struct outside *o, struct err *e) MUST_USE;

#endif
