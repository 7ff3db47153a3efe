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
#include "base/xalloc.h"
#include "manage/child.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/outside.h"
#include "store/arn.h"
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
	struct outside o = { complete_locked, &done, &rq, &s->header, false };
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
	result = outside_do(h->parent, &o, e);
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

struct files {
	struct context *c;
	char **list;
	size_t n;
};

static int
add_file(struct op *op, void *arg)
{
	struct files *f = arg;

	if (!is_open_invoke(op, NULL))
		return 0;
	f->list = xreallocarray(f->list, f->n + 2, sizeof(*f->list));
	f->list[f->n++] = child_path(context_path(f->c),
	    &context_state(f->c)->header, op->id);
	f->list[f->n] = NULL;
	return 0;
}

char **
child_files(struct context *c)
{
	struct files f = { c, NULL, 0 };

	(void)table_each(context_backend(c)->table, add_file, &f);
	return f.list;
}

void
child_files_free(char **files)
{
	for (size_t i = 0; files && files[i]; i++)
		free(files[i]);
	free(files);
}

/* One that was interrupted, or refused to go on, is left to its user. */
static bool
is_left_alone(const char *path)
{
	struct execution_state s;
	struct err ignored;
	const char *how;
	bool alone;

	if (context_read(path, &s, NULL, NULL, NULL, &ignored) < 0)
		return true;
	how = s.last.outcome ? s.last.outcome : "";
	alone = strcmp(how, "INTERRUPTED") == 0 || strcmp(how, "REFUSED") == 0;
	execution_state_clear(&s);
	return alone;
}

bool
child_is_lost(char **files)
{
	for (size_t i = 0; files && files[i]; i++)
		if (!context_is_locked(files[i]) && !is_left_alone(files[i]))
			return true;
	return false;
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
	.is_internal = true,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
