/*
 * callback.c - "durable callback success|failure|heartbeat": bring the outcome
 * of a callback, from anywhere.
 *
 * The id leads to the context file. It works whether the engine runs (it is
 * woken at once), sleeps, or is not there: then the outcome waits in the log
 * for the next resume.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/time.h"
#include "base/value.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/outside.h"
#include "model/payload.h"
#include "store/callback.h"

static const char *type = "Error", *data, *json;

static const struct option_spec options[] = {
	{ 0, "json", "JSON|@FILE|-", "success: the result, one JSON value",
	    OPTION_STRING, &json },
	{ 0, "type", "T", "failure: the error's type (Error)", OPTION_STRING,
	    &type },
	{ 0, "data", "JSON|@FILE|-", "failure: more about it", OPTION_STRING,
	    &data },
	{ 0 },
};

static int
complete_locked(struct context *c, void *arg, struct err *e)
{
	struct completion *done = arg;
	struct backend *b = context_backend(c);
	int64_t now;
	struct op *op;

	drive_set_clock(c);
	now = time_now();

	if (context_state(c)->ended != EVENT_NONE)
		return err_set(e, ERR_REFUSED,
		    "The callback is either timed out "
		    "or already completed: its execution has ended");
	/* What was due before comes first: it may have timed out by now. */
	if (b->ops->tick(b, now, e) < 0 ||
	    completion_record(b, done, now, &op, e) < 0)
		return -1;
	return b->ops->commit(b, true, e);
}

static int
complete(struct completion *done, struct err *e)
{
	struct request rq = { .type = MSG_COMPLETE };
	struct buf path;
	char *id = (char *)(uintptr_t)done->id.p;
	int result;

	buf_init(&path, BUF_NO_MAX);
	if (callback_id_path(id, &path, e) < 0)
		return -1;
	rq.op_type = OP_CALLBACK;
	rq.id = done->id;
	rq.number = (uint32_t)done->status;
	rq.payload = done->result;
	rq.error = done->error;
	result = outside_do(buf_str(&path), complete_locked, done, &rq, e);
	if (result < 0 && e->code == ERR_MISSING)
		err_set(e, ERR_REFUSED,
		    "Invalid callback id: its execution is "
		    "not there (any more)");
	buf_clear(&path);
	return result;
}

static int
check_words(const struct call *c, const char *part, struct err *e)
{
	bool fails = strcmp(part, "failure") == 0;

	if (c->argc < 2)
		return err_set(e, ERR_USAGE, "callback %s: which ID?", part);
	if (strcmp(part, "heartbeat") == 0 && (c->argc > 2 || json || data))
		return err_set(e, ERR_USAGE,
		    "callback heartbeat takes nothing but the ID");
	if (c->argc > 3)
		return err_set(e, ERR_USAGE,
		    "callback %s: '%s' is one operand "
		    "too many",
		    part, c->argv[3]);
	if (json && (fails || c->argc == 3))
		return err_set(e, ERR_USAGE,
		    "--json is the result of success: "
		    "give no VALUE besides");
	if (data && !fails)
		return err_set(e, ERR_USAGE, "--data belongs to failure");
	return 0;
}

static int
make_result(const struct call *c, struct buf *out, struct err *e)
{
	if (json)
		return value_read_json(json, out, e);
	if (c->argc == 3 && value_read(c->argv[2], out, e) < 0)
		return -1;
	if (!utf8_is_text(buf_str(out), out->len))
		return err_set(e, ERR_USAGE, "the result is not UTF-8 text");
	return 0;
}

static int
run(struct call *c, struct err *e)
{
	struct completion done = { .type = OP_CALLBACK };
	const char *part = c->argv[0];
	struct buf text, more;

	if (check_words(c, part, e) < 0)
		return -1;
	buf_init(&text, BUF_NO_MAX);
	buf_init(&more, BUF_NO_MAX);
	done.id = (struct span){ c->argv[1], strlen(c->argv[1]) };
	done.status = STATUS_STARTED;
	if (strcmp(part, "success") == 0) {
		done.status = STATUS_SUCCEEDED;
		if (make_result(c, &text, e) < 0)
			return -1;
		if (c->argc == 3 || json)
			done.result = (struct span){ buf_str(&text), text.len };
	} else if (strcmp(part, "failure") == 0) {
		const char *message = c->argc == 3 ? c->argv[2] : "";

		done.status = STATUS_FAILED;
		if (data && value_read_json(data, &more, e) < 0)
			return -1;
		error_put(type, message, strlen(message),
		    data ? buf_str(&more) : NULL, more.len, &text);
		done.error = (struct span){ buf_str(&text), text.len };
	}
	if (text.len > PAYLOAD_LAMBDA_MAX)
		return err_set(e, ERR_USAGE,
		    "a result of %zu bytes: the limit "
		    "is %d",
		    text.len, PAYLOAD_LAMBDA_MAX);
	return complete(&done, e);
}

const struct command cmd_callback = {
	.name = "callback",
	.synopsis = "success ID [VALUE] | failure ID [MESSAGE] | heartbeat ID",
	.summary = "bring the outcome of a callback",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
