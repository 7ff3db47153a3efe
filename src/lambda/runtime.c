/*
 * runtime.c - durable lambda: the custom runtime.
 *
 * One loop: the next event, the handler, one outcome. Lambda freezes the
 * process between events and may kill it at any time; so nothing is kept that
 * the next event would need.
 */
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "engine/signals.h"
#include "lambda/commands.h"
#include "lambda/execution.h"
#include "lambda/runtime_api.h"

static bool strict;
static const char *endpoint_url;

static const struct option_spec options[] = {
	{ 0, "strict", NULL,
	    "a changed command line or a skipped operation fails the execution",
	    OPTION_FLAG, &strict },
	{ 0, "endpoint-url", "URL", "where the Lambda API is", OPTION_STRING,
	    &endpoint_url },
	{ 0 },
};

static int ended_by; /* signal, or 0 */

/* Lambda warns so where a function has extensions. Between events nothing is
 * left to do. */
static bool
is_told_to_end(void)
{
	int signal;

	while ((signal = signals_take()) != 0)
		if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP) {
			ended_by = signal;
			return true;
		}
	return false;
}

/* One event. Returns 0 to go on, 1 with *status to end, -1. */
static int
serve_one(struct runtime_api *api, const struct sandbox *s, int *status,
    struct err *e)
{
	struct invocation_event ev;
	struct verdict_for_lambda v;
	int result = -1;

	invocation_event_init(&ev);
	verdict_for_lambda_init(&v);
	result = runtime_api_next(api, &ev, is_told_to_end, e);
	if (result > 0)
		*status = 128 + ended_by;
	if (result != 0)
		goto out;
	log_line("event %s of %zu bytes", ev.request_id, ev.body.len);
	execution_run(s, &ev, &v);
	fflush(stderr);
	if (v.error_type[0]) {
		fprintf(stderr, "durable: %s: %s\n", v.error_type,
		    v.error_text);
		result = runtime_api_fail(api, ev.request_id, v.error_type,
		    v.error_text, e);
	} else {
		result = runtime_api_respond(api, ev.request_id,
		    (struct span){ buf_str(&v.response), v.response.len }, e);
	}
	if (result == 0 && v.must_exit) {
		*status = v.exit_status;
		result = 1;
	}
out:
	verdict_for_lambda_clear(&v);
	invocation_event_clear(&ev);
	return result;
}

static const char *
init_error_type(const struct err *e)
{
	return e->code == ERR_MISSING ? "Runtime.InvalidEntrypoint"
				      : "Runtime.InitError";
}

static int
run(struct call *call, struct err *e)
{
	struct sandbox_options o = { call->words ? call->words : call->argv,
		endpoint_url, strict };
	struct runtime_api *api;
	struct sandbox s;
	struct err ignored;
	int result, status = 0;

	api = runtime_api_open(e);
	if (!api)
		return -1;
	result = sandbox_open(&s, &o, e);
	if (result == 0)
		result = signals_start(e);
	if (result < 0 &&
	    runtime_api_fail(api, NULL, init_error_type(e), e->text, &ignored) <
		0)
		log_line("%s", ignored.text);
	while (result == 0)
		result = serve_one(api, &s, &status, e);
	signals_stop();
	sandbox_close(&s);
	runtime_api_close(api);
	if (result < 0)
		e->code = ERR_IO; /* no handler's status: 125 */
	return result < 0 ? -1 : status;
}

const struct command cmd_lambda = {
	.name = "lambda",
	.synopsis = "[OPTION...] HANDLER [ARG...]",
	.summary = "run a workflow as a Lambda durable function",
	.details = "This is the custom runtime: the function's bootstrap runs "
		   "it with the\nhandler, and it serves events until Lambda "
		   "ends it. As a program called\nbootstrap it takes the "
		   "function's Handler setting.\n",
	.group = GROUP_LAMBDA,
	.options = options,
	.min_args = 1,
	.max_args = -1,
	.stops_at_operand = true,
	.run = run,
};
