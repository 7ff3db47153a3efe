/*
 * callback.c - "durable callback success|failure|heartbeat": bring the outcome
 * of a callback of an execution on Lambda.
 *
 * A completion is not sent twice when its answer was lost: the second would be
 * refused as one too many, and nobody could tell whose the first was.
 */
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "lambda/commands.h"
#include "lambda/manage.h"
#include "lambda/sign.h"
#include "lambda/wire.h"
#include "outside/completion.h"

static struct completion_words words;

static const struct option_spec options[] = {
	COMPLETION_OPTIONS(words),
	{ 0 },
};

/* The three APIs. */
static const struct part {
	const char *word, *action, *path, *doing, *content_type;
} parts[] = {
	{ "success", "SendDurableExecutionCallbackSuccess", "/succeed",
	    "complete callback", "application/octet-stream" },
	{ "failure", "SendDurableExecutionCallbackFailure", "/fail",
	    "fail callback", "application/json" },
	{ "heartbeat", "SendDurableExecutionCallbackHeartbeat", "/heartbeat",
	    "keep alive callback", NULL },
};

static const struct part *
find_part(const char *word)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strcmp(parts[i].word, word) == 0)
			return &parts[i];
	return NULL;
}

static int
send_part(const struct part *part, const struct completion *done,
    const char *id, struct err *e)
{
	struct task t = { part->action, part->doing, id, false };
	struct api *a = manage_open(&words.remote, NULL, e);
	struct api_request rq = { .method = "POST",
		.content_type = part->content_type,
		.body = done->status == STATUS_FAILED ? done->error
						      : done->result,
		.once = done->status != STATUS_STARTED };
	struct api_response r;
	struct buf path;
	int result;

	if (!a)
		return err_wrap(e,
		    "%.40s is no callback id of this machine; asking Lambda",
		    id);
	api_response_init(&r);
	buf_init(&path, BUF_NO_MAX);
	buf_put_str(&path, WIRE_VERSION "/durable-execution-callbacks/");
	sign_encode(id, strlen(id), &path);
	buf_put_str(&path, part->path);
	rq.path = buf_str(&path);
	result = manage_call(a, &t, &rq, &r, e);
	if (result < 0 && r.may_have_arrived && rq.once)
		err_wrap(e,
		    "it is not known whether the outcome has arrived; "
		    "'durable history' shows it");
	buf_clear(&path);
	api_response_clear(&r);
	api_close(a);
	return result;
}

static int
run(struct call *c, struct err *e)
{
	const struct part *part = find_part(c->argv[0]);
	struct completion done;
	struct buf text;
	int result;

	if (!part)
		return err_set(e, ERR_USAGE,
		    "callback %s: use success, failure or heartbeat",
		    c->argv[0]);
	buf_init(&text, BUF_NO_MAX);
	result = completion_parse(c, &words, &done, &text, e);
	if (result == 0)
		result = send_part(part, &done, c->argv[1], e);
	buf_clear(&text);
	return result;
}

const struct command cmd_callback = {
	.name = "callback",
	.synopsis = "success ID [VALUE] | failure ID [MESSAGE] | heartbeat ID",
	.summary = "bring the outcome of a callback of an execution on Lambda",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
