/*
 * backend.h - where an execution's operations are kept.
 *
 * The engine decides; a backend makes what it decided outlive the process and
 * stands for the service: it gives callback ids and fires timers. There are
 * two kinds: the context file (store/context.c) and the Lambda checkpoint API.
 *
 * The contract that durability rests on:
 *   - update and event apply to the table and queue. Nothing is durable until
 *     commit(sync) has returned 0.
 *   - commit makes everything queued durable, in order.
 *   - after any of them has failed the backend is dead: only close may be
 *     called, and no answer may leave.
 */
#ifndef DURABLE_BACKEND_H
#define DURABLE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/op.h"
#include "model/table.h"
#include "store/record.h"

struct backend; /* an open backend; each kind embeds this as its first member */

struct backend_ops {
	const char *kind; /* "context file", for messages */

	/* Applies *u to the table and queues it. What u borrows is copied. */
	int (*update)(struct backend *b, const struct update *u, int64_t now,
	    struct err *e);

	/*
	 * Queues an event of the execution itself: InvocationStarted,
	 * InvocationCompleted, Execution*, Reopened, ClockSkipped, and the
	 * outcome of a callback or invoke that came from outside (settled in the
	 * table first). r->seq and r->synced are the backend's to fill in.
	 */
	int (*event)(struct backend *b, const struct record *r, struct err *e);

	/*
	 * Hands the queue over: written, and with sync also on disk. Without
	 * anything to do it costs nothing.
	 */
	int (*commit)(struct backend *b, bool sync, struct err *e);

	/* When tick has work next; TIME_NEVER for never. */
	int64_t (*next_due)(struct backend *b);

	/* Fires the timers that are due at now, queues their records and calls
	 * changed for each operation. */
	int (*tick)(struct backend *b, int64_t now, struct err *e);

	/* Frees b and its table. Does not commit. b may be NULL. */
	void (*close)(struct backend *b);
};

struct backend {
	const struct backend_ops *ops;
	struct table *table; /* what the log says, as far as queued */

	/* Told of each operation that the service has changed; NULL: nobody. */
	void (*changed)(struct op *op, void *arg);
	void *changed_arg;
};

#endif
