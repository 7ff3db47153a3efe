/*
 * child.c - the engine of a chained invoke.
 *
 * Drives the execution to its end, sleeping in between, and then brings its
 * outcome to the operation that stands for it in the parent's log: through the
 * parent's engine, or into its log where none runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/time.h"
#include "manage/child.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/outside.h"
#include "store/callback.h"

static int
complete_locked(struct context *c, void *arg, struct err *e)
{
	struct completion *done = arg;
	struct backend *b = context_backend(c);
	struct op *op;

	if (context_state(c)->ended != EVENT_NONE)
		return 0; /* nobody waits any more */
	drive_set_clock(c);
	if (completion_record(b, done, time_now(), &op, e) < 0)
		return -1;
	return b->ops->commit(b, true, e);
}

static enum op_status
status_of(enum event_type ended)
{
	switch (ended) {
	case EVENT_EXECUTION_SUCCEEDED:
		return STATUS_SUCCEEDED;
	case EVENT_EXECUTION_TIMED_OUT:
		return STATUS_TIMED_OUT;
	case EVENT_EXECUTION_STOPPED:
		return STATUS_STOPPED;
	default:
		return STATUS_FAILED;
	}
}

int
child_complete_parent(const struct execution_state *s, struct err *e)
{
	struct completion done = { .type = OP_INVOKE };
	struct request rq = { .type = MSG_COMPLETE };
	const struct header *h = &s->header;
	int result;

	if (!h->parent || s->ended == EVENT_NONE)
		return 0;
	done.id = (struct span){ h->parent_op, strlen(h->parent_op) };
	done.status = status_of(s->ended);
	if (s->result && done.status == STATUS_SUCCEEDED)
		done.result = (struct span){ s->result, strlen(s->result) };
	if (done.status != STATUS_SUCCEEDED)
		done.error = (struct span){ s->error ? s->error : "{}",
			s->error ? strlen(s->error) : 2 };
	rq.op_type = OP_INVOKE;
	rq.id = done.id;
	rq.number = (uint32_t)done.status;
	rq.payload = done.result;
	rq.error = done.error;
	result = outside_do(h->parent, complete_locked, &done, &rq, e);
	/* Told already, or the parent is gone: nothing is left to be done. */
	if (result < 0 && (e->code == ERR_REFUSED || e->code == ERR_MISSING))
		return 0;
	return result;
}

static int
is_open_invoke(struct op *op, void *arg)
{
	(void)arg;
	return op->type == OP_INVOKE && op->status == STATUS_STARTED;
}

bool
child_is_awaited(struct table *t)
{
	return table_each(t, is_open_invoke, NULL) != 0;
}

static int
run(struct call *call, struct err *e)
{
	struct context *c = context_open(call->argv[0], drive_notice, e);
	struct drive d;

	/* Another engine has it: that one will bring the outcome. */
	if (!c)
		return e->code == ERR_BUSY ? 0 : -1;
	drive_init(&d, call->argv[0]);
	d.context = c;
	d.is_resume = true;
	d.quiet = true;
	d.is_silent = true;
	if (drive_parse_skip(getenv("DURABLE_SKIP_TIME"), &d.skip_time, e) <
	    0) {
		context_close(c, false);
		return -1;
	}
	return drive_run(&d, e);
}

const struct command cmd_child = {
	.name = "child",
	.synopsis = "FILE",
	.summary = "drive a chained invoke",
	.group = GROUP_HIDDEN,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
