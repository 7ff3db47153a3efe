/*
 * history.c - "durable history": all that has happened to an execution.
 *
 * As JSON it is what the API would answer. For people it is a table that has
 * the other records of the log as well: starts of invocations, reopenings.
 */
#include <stdlib.h>

#include "base/command.h"
#include "manage/commands.h"
#include "manage/hand_over.h"
#include "manage/paths.h"
#include "outside/timeline.h"
#include "outside/view.h"
#include "outside/words.h"
#include "store/history.h"

static bool as_json;
static struct remote_execution of;

static const struct option_spec options[] = {
	{ 0, "json", NULL, "as GetDurableExecutionHistory has it", OPTION_FLAG,
	    &as_json },
	REMOTE_EXECUTION_OPTIONS(of),
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
	timeline_put_start(h, &rd->out);
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
	timeline_put(&rd->s.header, r, op, buf_str(&name), &rd->out);
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
	char *path;
	struct reading rd = { .is_begun = false };
	int result;

	if (remote_is_meant(&of, call->argv[0]))
		return hand_over(call, e);
	if (remote_check_unused(&of.remote, e) < 0 ||
	    !(path = paths_find_context(call->argv[0], e)))
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
	.synopsis = "[OPTION...] NAME|CONTEXT|ARN",
	.summary = "show all that has happened to an execution",
	.group = GROUP_LOOK,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
