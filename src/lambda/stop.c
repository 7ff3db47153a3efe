/*
 * stop.c - "durable stop ARN": end an execution on Lambda for good.
 *
 * Stopping what has ended changes nothing and is no error there, so the call may
 * be sent again, and the answer does not tell which it was. What is invoked just
 * now is not interrupted: its next checkpoint is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "lambda/commands.h"
#include "lambda/manage.h"
#include "lambda/wire.h"
#include "model/payload.h"

static struct stop_words words = STOP_WORDS_DEFAULT;

static const struct option_spec options[] = {
	STOP_OPTIONS(words),
	{ 0 },
};

static int
stop(const char *arn, struct err *e)
{
	struct task t = { "StopDurableExecution", "stop", arn, true };
	struct api *a = manage_open(&words.of.remote, arn, e);
	struct api_request rq = { .method = "POST",
		.content_type = "application/json" };
	struct api_response r;
	struct buf path, body;
	int result;

	if (!a)
		return -1;
	api_response_init(&r);
	buf_init(&path, BUF_NO_MAX);
	buf_init(&body, BUF_NO_MAX);
	wire_put_path(arn, "/stop", &path);
	error_put(words.type, words.reason, strlen(words.reason), NULL, 0,
	    &body);
	rq.path = buf_str(&path);
	rq.body = (struct span){ buf_str(&body), body.len };
	result = manage_call(a, &t, &rq, &r, e);
	if (result == 0)
		fprintf(stderr, "durable: %s is stopped, or had ended before\n",
		    arn);
	buf_clear(&path);
	buf_clear(&body);
	api_response_clear(&r);
	api_close(a);
	return result;
}

static int
run(struct call *call, struct err *e)
{
	return manage_act(&words.of, call->argv[0], stop, e);
}

const struct command cmd_stop = {
	.name = "stop",
	.synopsis = "[OPTION...] ARN | --function FUNCTION NAME",
	.summary = "end an execution on Lambda for good",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
