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
 *   - commit makes everything queued durable, in order. Where that takes a
 *     call over a network it only begins it: turn goes on with it, and `safe`
 *     says how far it has come.
 *   - an answer that depends on what was queued leaves when safe has reached
 *     what queued was then.
 *   - after any of them has failed the backend is dead: only close may be
 *     called, and no answer may leave.
 */
#ifndef DURABLE_BACKEND_H
#define DURABLE_BACKEND_H

#include <poll.h>
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

	/*
	 * The rest is NULL where commit is done when it returns.
	 *
	 * What to poll for: at most room entries, and *wait_ms lowered to when
	 * turn has work by itself. Returns how many entries there are.
	 */
	size_t (*fill)(struct backend *b, struct pollfd *fds, size_t room,
	    int64_t *wait_ms);

	/* Goes on with what is under way; calls changed. */
	int (*turn)(struct backend *b, const struct pollfd *fds, size_t n,
	    struct err *e);

	/* Waits until everything queued is durable. */
	int (*drain)(struct backend *b, struct err *e);
};

struct backend {
	const struct backend_ops *ops;
	struct table *table; /* what the log says, as far as queued */
	uint64_t queued;     /* how many updates and events there were */
	uint64_t safe;       /* how many of them are durable */
	bool
	    is_asking; /* a call is under way: what its answer brings is told once,
	                   so who waits must be there to hear it */
	size_t waiting; /* clients that wait for the service: the server's to
	                        set before tick */

	/* Told of each operation that the service has changed; NULL: nobody. */
	void (*changed)(struct op *op, void *arg);
	void *changed_arg;
};

#endif
