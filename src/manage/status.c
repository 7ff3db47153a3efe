/*
 * status.c - "durable status": one execution, and what it waits for.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/command.h"
#include "base/time.h"
#include "manage/commands.h"
#include "manage/hand_over.h"
#include "manage/outputs.h"
#include "manage/paths.h"
#include "outside/describe.h"
#include "outside/words.h"

static bool as_json;
static struct remote_execution of;

static const struct option_spec options[] = {
	{ 0, "json", NULL, "one JSON object, as GetDurableExecution has it",
	    OPTION_FLAG, &as_json },
	REMOTE_EXECUTION_OPTIONS(of),
	{ 0 },
};

static void
put_json(struct look *l, const char *path)
{
	const struct execution_state *s = &l->s;
	struct buf *out = &l->out;
	int64_t due;

	view_put_execution(s, path, out);
	if (l->state == VIEW_SUSPENDED) {
		due = view_due(l->table, s, l->now);
		if (due != TIME_NEVER)
			view_put_timestamp("DueTimestamp", due, out);
	}
	if (s->header.input)
		view_put_member("InputPayload", s->header.input, out);
	if (s->result)
		view_put_member("Result", s->result, out);
	if (s->error)
		buf_printf(out, ",\"Error\":%s", s->error);
	if (s->header.timeout_s > 0)
		buf_printf(out,
		    ",\"DurableConfig\":{\"ExecutionTimeout\":%" PRId64 "}",
		    s->header.timeout_s);
	buf_put_str(out, ",\"ExecutionDataIncluded\":true}\n");
}

static void
put_words(struct look *l, const char *path)
{
	const struct fact facts[] = { { "context", path }, { NULL, NULL } };
	struct buf notes;

	buf_init(&notes, BUF_NO_MAX);
	outputs_check(l->table, &l->s, &notes);
	l->facts = facts;
	l->notes = buf_str(&notes);
	describe(l);
	buf_clear(&notes);
}

static int
run(struct call *call, struct err *e)
{
	char *path;
	struct look l = { .word = call->argv[0] };
	int result;

	if (remote_is_meant(&of, call->argv[0]))
		return hand_over(call, e);
	if (remote_check_unused(&of.remote, e) < 0 ||
	    !(path = paths_find_context(call->argv[0], e)))
		return -1;
	l.table = table_new();
	buf_init(&l.out, BUF_NO_MAX);
	result = context_read(path, &l.s, l.table, NULL, NULL, e);
	if (result == 0) {
		l.now = time_now();
		l.state = view_state_of(&l.s);
		if (as_json)
			put_json(&l, path);
		else
			put_words(&l, path);
		view_print(&l.out);
		execution_state_clear(&l.s);
	}
	buf_clear(&l.out);
	table_free(l.table);
	free(path);
	return result;
}

const struct command cmd_status = {
	.name = "status",
	.synopsis = "[OPTION...] NAME|CONTEXT|ARN",
	.summary = "show how an execution stands and what it waits for",
	.group = GROUP_LOOK,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
