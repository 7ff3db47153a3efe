/*
 * history.c - "durable history ARN": all that Lambda tells of an execution.
 */
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "lambda/commands.h"
#include "lambda/events.h"
#include "lambda/manage.h"
#include "outside/timeline.h"
#include "outside/view.h"

static bool as_json;
static struct remote_execution of;

static const struct option_spec options[] = {
	{ 0, "json", NULL, "as GetDurableExecutionHistory has it", OPTION_FLAG,
	    &as_json },
	REMOTE_EXECUTION_OPTIONS(of),
	{ 0 },
};

struct reading {
	struct events *events;
	const struct header *header;
	struct buf out;
	bool is_begun;
};

static void
put_json(struct reading *rd, struct span event)
{
	if (rd->is_begun)
		buf_put_char(&rd->out, ',');
	rd->is_begun = true;
	buf_put_char(&rd->out, '{');
	manage_put_members(event, &rd->out);
	buf_put_char(&rd->out, '}');
}

static void
put_line(struct reading *rd, struct span event)
{
	const struct op *op;
	struct record r;
	const char *type = events_take(rd->events, event, &r, &op);

	if (strcmp(type, "ExecutionStarted") == 0)
		timeline_put_start(rd->header, &rd->out);
	else
		timeline_put(rd->header, &r, op, type, &rd->out);
}

static int
take_event(struct span event, void *arg, struct err *e)
{
	struct reading *rd = arg;

	(void)e;
	if (as_json)
		put_json(rd, event);
	else
		put_line(rd, event);
	view_print(&rd->out);
	return 0;
}

static int
print(const char *arn, struct err *e)
{
	struct execution_state s;
	struct table *t = table_new();
	struct reading rd = { .events = events_new(&s, t, arn),
		.header = &s.header };
	struct visit v = { take_event, &rd };
	int result;

	buf_init(&rd.out, BUF_NO_MAX);
	if (as_json)
		buf_put_str(&rd.out, "{\"Events\":[");
	result = manage_each_event(&of.remote, arn, true, &v, e);
	if (result == 0 && as_json)
		buf_put_str(&rd.out, "]}\n");
	if (result == 0)
		view_print(&rd.out);
	buf_clear(&rd.out);
	events_free(rd.events);
	execution_state_clear(&s);
	table_free(t);
	return result;
}

static int
run(struct call *call, struct err *e)
{
	return manage_act(&of, call->argv[0], print, e);
}

const struct command cmd_history = {
	.name = "history",
	.synopsis = "[OPTION...] ARN | --function FUNCTION NAME",
	.summary = "show all that Lambda tells of an execution",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
