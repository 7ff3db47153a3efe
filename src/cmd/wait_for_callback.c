/*
 * wait_for_callback.c - "durable wait-for-callback": create a callback, hand
 * its id to a command, wait for the outcome.
 *
 * A context with two operations in it: the callback, then the submitter as a
 * step with the retry options of any step. This process is both the context's
 * client and the shell in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/xalloc.h"
#include "client/external.h"
#include "client/function.h"
#include "client/operation.h"
#include "cmd/commands.h"
#include "cmd/retry_options.h"

static struct callback_limits limits;
static struct output output;
static struct retry_options retry = RETRY_OPTIONS_INIT;

static const struct option_spec options[] = {
	{ 0, "timeout", "DURATION", "it fails when nobody answers by then",
	    OPTION_DURATION, &limits.timeout_s },
	{ 0, "heartbeat-timeout", "DURATION",
	    "it fails that long after the last heartbeat", OPTION_DURATION,
	    &limits.heartbeat_s },
	EXTERNAL_OPTIONS(output),
	RETRY_OPTIONS(retry),
	{ 0 },
};

static int
enter(const char *id, struct err *e)
{
	if (setenv("DURABLE_OPERATION", id, 1) < 0)
		return err_sys(e, "set the environment");
	return 0;
}

/*
 * When the submitter is a function of the shell, the context is left to the
 * shell with it. Whoever takes both back has not created the callback: he is
 * told "CONTEXT:CALLBACK", their ids.
 */
static struct span
noted_context(void)
{
	const char *note = function_noted();

	return (struct span){ note, note ? strcspn(note, ":") : 0 };
}

static const char *
noted_callback(void)
{
	struct span context = noted_context();

	return context.n > 0 && context.p[context.n] == ':'
	    ? context.p + context.n + 1
	    : NULL;
}

/* Out of the context: a request that names one that is closed is not answered,
 * not even the one that says why the script cannot go on. */
static int
leave(const char *around, struct err *e)
{
	int result = around ? setenv("DURABLE_OPERATION", around, 1)
			    : unsetenv("DURABLE_OPERATION");

	return result < 0 ? err_sys(e, "set the environment") : 0;
}

/* The callback, created or found: its id. */
static int
create(char **callback_id, struct err *e)
{
	const char *noted = noted_callback();
	struct client c;
	struct reply rp;

	if (noted) {
		*callback_id = xstrdup(noted);
		return 0;
	}
	if (client_open(&c, e) < 0 ||
	    external_create(&c, "callback", &limits, &rp, e) < 0)
		return -1;
	*callback_id = xmemdup(rp.payload.p, rp.payload.n);
	client_bye(&c, 0);
	return 0;
}

/* The submitter; its exit status. */
static int
submit(const struct call *call, const char *callback_id, struct err *e)
{
	struct operation o;

	operation_init(&o, OP_STEP, SUB_STEP);
	o.name = "submitter";
	o.words = call->words;
	o.output.quiet = true;
	o.retry_command = retry.command;
	if (retry_options_apply(&retry, false, &o.retry, e) < 0)
		return -1;
	if (setenv("DURABLE_CALLBACK_ID", callback_id, 1) < 0)
		return err_sys(e, "set the environment");
	return operation_run(&o, e);
}

/* A callback's own status: what its error says is its bringer's. */
static int
status_of(uint8_t status)
{
	if (status == STATUS_SUCCEEDED)
		return 0;
	return status == STATUS_TIMED_OUT ? 124 : 1;
}

/* Waits for the outcome and keeps it: payload or error. */
static int
wait_for(struct buf *payload, struct buf *error, uint8_t *status, struct err *e)
{
	struct request rq = { .type = MSG_AWAIT };
	struct client c;
	struct reply rp;

	rq.name = span_of("callback");
	if (client_open(&c, e) < 0 || client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	*status = rp.status;
	buf_put(payload, rp.payload.p, rp.payload.n);
	buf_put(error, rp.error.p, rp.error.n);
	client_bye(&c, status_of(*status));
	return 0;
}

/* Makes rq the update of a context that failed, with the client's status. */
static void
fail_context(struct request *rq, const struct buf *error, int status)
{
	rq->action = ACTION_FAIL;
	rq->error = (struct span){ buf_str(error), error->len };
	rq->number = (uint32_t)status;
	rq->flags = FLAG_INHERIT;
}

/* The body of the context; the reply to its closing is in *rp. */
static int
run_body(const struct call *call, struct client *c, struct reply *rp,
    struct buf *payload, struct err *e)
{
	struct request rq = { .type = MSG_UPDATE, .action = ACTION_SUCCEED };
	char id[OPID_LEN + 1], *callback_id, *note;
	struct buf error;
	uint8_t status;
	int submitted, result = -1;

	snprintf(id, sizeof(id), "%.*s", (int)rp->id.n, rp->id.p);
	buf_init(&error, BUF_NO_MAX);
	if (enter(id, e) < 0 || create(&callback_id, e) < 0)
		return -1;
	note = xasprintf("%s:%s", id, callback_id);
	function_note(note, c);
	submitted = submit(call, callback_id, e);
	free(callback_id);
	free(note);
	if (submitted < 0)
		return -1;
	if (submitted > 0) {
		error_put("CallbackSubmitterError", "the submitter failed", 20,
		    NULL, 0, &error);
		fail_context(&rq, &error, submitted);
	} else if (wait_for(payload, &error, &status, e) < 0) {
		goto out;
	} else if (status == STATUS_SUCCEEDED) {
		rq.payload = (struct span){ buf_str(payload), payload->len };
	} else {
		fail_context(&rq, &error, status_of(status));
	}
	rq.id = span_of(id);
	result = client_ask(c, &rq, rp, e);
out:
	buf_clear(&error);
	return result;
}

/* The body, and out of the context again. */
static void
go_through(const struct call *call, struct client *c, struct reply *rp,
    struct buf *payload)
{
	const char *set = getenv("DURABLE_OPERATION");
	char *around = set ? xstrdup(set) : NULL;
	struct err e, why;
	int result = run_body(call, c, rp, payload, &e);

	if (leave(around, &why) < 0)
		client_abort(c, why.text);
	if (result < 0)
		client_abort(c, e.text);
	free(around);
}

static int
run(struct call *call, struct err *e)
{
	struct request rq = { .type = MSG_OPEN };
	const char *name = call->argv[0];
	struct client c;
	struct reply rp;
	struct buf payload;

	if (operation_check_name(name, e) < 0 ||
	    external_check(&output, e) < 0 ||
	    retry_options_check(&retry, e) < 0)
		return -1;
	rq.op_type = OP_CONTEXT;
	rq.subtype = SUB_WAIT_FOR_CALLBACK;
	rq.name = span_of(name);
	function_put_request_around(&rq, noted_context());
	if (client_open(&c, e) < 0 || client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	buf_init(&payload, BUF_NO_MAX);
	if (rp.type == MSG_RUN)
		go_through(call, &c, &rp, &payload);
	if (rp.flags & FLAG_OWN)
		rp.payload = (struct span){ buf_str(&payload), payload.len };
	rp.number = (uint32_t)outcome_status(rp.status, rp.error);
	return external_finish(&c, &output, "callback", name, &rp);
}

const struct command cmd_wait_for_callback = {
	.name = "wait-for-callback",
	.synopsis = "[OPTION...] [NAME] -- CMD [ARG...]",
	.summary = "hand a callback to CMD and wait for its outcome",
	.details = "CMD gets the callback's id in DURABLE_CALLBACK_ID.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.takes_command = true,
	.run = run,
};
