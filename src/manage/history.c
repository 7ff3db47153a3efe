/*
 * history.c - "durable history": all that has happened to an execution.
 *
 * As JSON it is what the API would answer. For people it is a table that has
 * the other records of the log as well: starts of invocations, reopenings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/time.h"
#include "manage/commands.h"
#include "manage/paths.h"
#include "manage/view.h"
#include "store/history.h"

enum { TIME_WIDTH = 8, EVENT_WIDTH = 22 /* ChainedInvokeSucceeded */ };

static bool as_json;

static const struct option_spec options[] = {
	{ 0, "json", NULL, "as GetDurableExecutionHistory has it", OPTION_FLAG,
	    &as_json },
	{ 0 },
};

struct reading {
	struct execution_state s;
	struct table *table;
	struct history *history;
	struct buf out, event;
	bool is_begun;
};

static void
put_event_name(struct reading *rd, const struct record *r, struct buf *out)
{
	struct span type;

	buf_reset(&rd->event);
	if (history_put(rd->history, r, &rd->event) &&
	    json_find((struct span){ rd->event.data, rd->event.len },
		"EventType", &type))
		json_unescape(type, out);
	else if (r->event != EVENT_NONE)
		buf_put_str(out, event_name(r->event));
	else
		buf_printf(out, "%s %s", op_type_name(r->u.type),
		    op_action_name(r->u.action));
}

static void
put_padded(const char *text, int width, struct buf *out)
{
	buf_printf(out, "%-*s  ", width, text);
}

/* "2026-01-02 03:04:05  +1.2s     StepStarted             " */
static void
put_columns(struct reading *rd, int64_t time, const char *event,
    struct buf *out)
{
	struct buf offset;

	time_format_local(time, out);
	buf_put_str(out, "  ");
	buf_init(&offset, BUF_NO_MAX);
	buf_put_char(&offset, '+');
	duration_format(time - rd->s.header.time, &offset);
	put_padded(buf_str(&offset), TIME_WIDTH, out);
	put_padded(event, EVENT_WIDTH, out);
	buf_clear(&offset);
}

static void
put_took(int64_t from, int64_t to, struct buf *out)
{
	if (from <= 0)
		return;
	buf_put_str(out, ", took ");
	duration_format(to - from, out);
}

static void
put_error_of(struct text error, struct buf *out)
{
	if (!error.p)
		return;
	buf_put_str(out, ", ");
	view_put_error((struct span){ error.p, error.n }, out);
}

/* Below its parents, one step to the right for each. */
static void
put_op_details(const struct op *op, const struct record *r, struct buf *out)
{
	bool is_start = r->event == EVENT_NONE && r->u.action == ACTION_START;
	bool is_retry = r->event == EVENT_NONE && r->u.action == ACTION_RETRY;
	unsigned long attempt = (unsigned long)op->attempt + is_start;

	for (const struct op *up = op->parent; up; up = up->parent)
		buf_put_str(out, "  ");
	view_put_op(op, out);
	if (op->type == OP_STEP && (attempt > 1 || is_retry))
		buf_printf(out, ", attempt %lu", attempt);
	if (is_start && op->due != TIME_NEVER) {
		buf_put_str(out, ", until ");
		time_format_local(op->due, out);
	}
	if (op_status_is_final((enum op_status)op->status))
		put_took(op->started, r->time, out);
	put_error_of(r->u.error, out);
	if (is_retry) {
		buf_put_str(out, ", again in ");
		duration_format(r->u.delay_s * 1000, out);
	}
}

static void
put_event_details(const struct reading *rd, const struct record *r,
    struct buf *out)
{
	switch (r->event) {
	case EVENT_INVOCATION_STARTED:
		buf_printf(out, "process %lld", (long long)r->pid);
		return;
	case EVENT_INVOCATION_COMPLETED:
		view_put_text(r->outcome, out);
		put_took(r->start, r->time, out);
		break;
	case EVENT_CLOCK_SKIPPED:
		buf_put_str(out, "ahead by ");
		duration_format(r->offset, out);
		return;
	case EVENT_REOPENED:
		buf_put_str(out, "by durable retry");
		return;
	default:
		view_put_text(text_of(rd->s.header.name), out);
		put_took(rd->s.header.time, r->time, out);
		break;
	}
	put_error_of(r->u.error, out);
}

/* The first line of either form; known only when the header has been read. */
static void
begin(struct reading *rd)
{
	const struct header *h = &rd->s.header;

	if (rd->is_begun)
		return;
	rd->is_begun = true;
	if (as_json) {
		buf_put_str(&rd->out, "{\"Events\":[");
		history_put_header(rd->history, h, &rd->out);
		return;
	}
	history_put_header(rd->history, h, &rd->event);
	put_columns(rd, h->time, "ExecutionStarted", &rd->out);
	text_escape(h->name, strlen(h->name), &rd->out);
	buf_put_char(&rd->out, '\n');
}

static void
put_json(struct reading *rd, const struct record *r)
{
	buf_reset(&rd->event);
	if (!history_put(rd->history, r, &rd->event))
		return;
	buf_put_char(&rd->out, ',');
	buf_put(&rd->out, rd->event.data, rd->event.len);
}

static void
put_line(struct reading *rd, const struct record *r)
{
	const struct op *op = r->u.id ? table_find(rd->table, r->u.id) : NULL;
	struct buf name;

	buf_init(&name, BUF_NO_MAX);
	put_event_name(rd, r, &name);
	put_columns(rd, r->time, buf_str(&name), &rd->out);
	if (op)
		put_op_details(op, r, &rd->out);
	else
		put_event_details(rd, r, &rd->out);
	buf_put_char(&rd->out, '\n');
	buf_clear(&name);
}

static int
take_record(const struct record *r, void *arg, struct err *e)
{
	struct reading *rd = arg;

	(void)e;
	begin(rd);
	if (as_json)
		put_json(rd, r);
	else
		put_line(rd, r);
	view_print(&rd->out);
	return 0;
}

static int
run(struct call *call, struct err *e)
{
	char *path = paths_find_context(call->argv[0], e);
	struct reading rd = { .is_begun = false };
	int result;

	if (!path)
		return -1;
	rd.table = table_new();
	rd.history = history_new();
	buf_init(&rd.out, BUF_NO_MAX);
	buf_init(&rd.event, BUF_NO_MAX);
	result = context_read(path, &rd.s, rd.table, take_record, &rd, e);
	if (result == 0) {
		begin(&rd);
		if (as_json)
			buf_put_str(&rd.out, "]}\n");
		view_print(&rd.out);
		execution_state_clear(&rd.s);
	}
	buf_clear(&rd.event);
	buf_clear(&rd.out);
	history_free(rd.history);
	table_free(rd.table);
	free(path);
	return result;
}

const struct command cmd_history = {
	.name = "history",
	.synopsis = "[--json] NAME|CONTEXT",
	.summary = "show all that has happened to an execution",
	.group = GROUP_LOOK,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
