/*
 * status.c - "durable status ARN": how an execution on Lambda stands.
 *
 * What it waits for is not in the answer that describes it; its history has
 * that, without payloads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/commands.h"
#include "lambda/events.h"
#include "lambda/manage.h"
#include "lambda/wire.h"
#include "outside/describe.h"

static bool as_json;
static struct remote_execution of;

static const struct option_spec options[] = {
	{ 0, "json", NULL, "one JSON object, as GetDurableExecution has it",
	    OPTION_FLAG, &as_json },
	REMOTE_EXECUTION_OPTIONS(of),
	{ 0 },
};

static int
take_event(struct span event, void *arg, struct err *e)
{
	const struct op *op;
	struct record r;

	(void)e;
	(void)events_take(arg, event, &r, &op);
	return 0;
}

static enum view_state
state_of(const char *status)
{
	for (int i = 0; status && i < VIEW_STATES; i++)
		if (strcmp(view_state_name((enum view_state)i), status) == 0)
			return (enum view_state)i;
	return VIEW_RUNNING;
}

/* The history was asked for later and without payloads: how the execution
 * stood, and what it came to, are the answer's. */
static void
take_answer(struct look *l, struct span answer)
{
	static const enum event_type ends[VIEW_STATES] = {
		[VIEW_SUCCEEDED] = EVENT_EXECUTION_SUCCEEDED,
		[VIEW_FAILED] = EVENT_EXECUTION_FAILED,
		[VIEW_TIMED_OUT] = EVENT_EXECUTION_TIMED_OUT,
		[VIEW_STOPPED] = EVENT_EXECUTION_STOPPED,
	};
	struct execution_state *s = &l->s;
	char *status = text_dup(wire_string(answer, "Status"));
	struct span v;

	l->state = state_of(status);
	s->ended = ends[l->state];
	s->ended_at = wire_instant(answer, "EndTimestamp");
	s->header.time = wire_instant(answer, "StartTimestamp");
	free(s->result);
	s->result = text_dup(wire_string(answer, "Result"));
	free(s->error);
	s->error = NULL;
	if (json_find(answer, "Error", &v) && json_kind(v) == '{')
		s->error = xmemdup(v.p, v.n);
	free(status);
}

static int
print_words(const char *arn, struct span answer, struct err *e)
{
	struct look l = { .word = arn, .table = table_new() };
	struct events *events = events_new(&l.s, l.table, arn);
	char *function = text_dup(wire_string(answer, "FunctionArn"));
	char *version = text_dup(wire_string(answer, "Version"));
	const struct fact facts[] = {
		{ "arn", arn },
		{ function ? "function" : NULL, function },
		{ version ? "version" : NULL, version },
		{ NULL, NULL },
	};
	struct visit v = { take_event, events };
	int result = manage_each_event(&of.remote, arn, false, &v, e);

	buf_init(&l.out, BUF_NO_MAX);
	if (result == 0) {
		take_answer(&l, answer);
		l.now = time_now();
		l.facts = facts;
		describe(&l);
		view_print(&l.out);
	}
	buf_clear(&l.out);
	events_free(events);
	execution_state_clear(&l.s);
	table_free(l.table);
	free(function);
	free(version);
	return result;
}

static void
print_json(struct span answer)
{
	struct buf out;

	buf_init(&out, BUF_NO_MAX);
	buf_put_char(&out, '{');
	manage_put_members(answer, &out);
	buf_put_str(&out, ",\"State\":");
	text_put_quoted(wire_string(answer, "Status"), &out);
	buf_put_str(&out, "}\n");
	view_print(&out);
	buf_clear(&out);
}

static int
print(const char *arn, struct err *e)
{
	struct task t = { "GetDurableExecution", "look at", arn, true };
	struct api *a = manage_open(&of.remote, arn, e);
	struct api_request rq = { .method = "GET",
		.query = "IncludeExecutionData=true" };
	struct api_response r;
	struct span answer;
	struct buf path;
	int result;

	if (!a)
		return -1;
	api_response_init(&r);
	buf_init(&path, BUF_NO_MAX);
	wire_put_path(arn, "", &path);
	rq.path = buf_str(&path);
	result = manage_call(a, &t, &rq, &r, e);
	api_close(a);
	answer = (struct span){ buf_str(&r.body), r.body.len };
	if (result == 0 && as_json)
		print_json(answer);
	else if (result == 0)
		result = print_words(arn, answer, e);
	buf_clear(&path);
	api_response_clear(&r);
	return result;
}

static int
run(struct call *call, struct err *e)
{
	return manage_act(&of, call->argv[0], print, e);
}

const struct command cmd_status = {
	.name = "status",
	.synopsis = "[OPTION...] ARN | --function FUNCTION NAME",
	.summary = "show how an execution on Lambda stands",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
