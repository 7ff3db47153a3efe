/*
 * result.c - "durable result": what the execution comes to.
 */
#include <string.h>

#include "base/command.h"
#include "base/value.h"
#include "client/client.h"
#include "client/output.h"
#include "cmd/commands.h"

static bool json;
static struct string_list pairs;

static const struct option_spec options[] = {
	{ 0, "json", NULL, "VALUE is one JSON value", OPTION_FLAG, &json },
	{ 0, "arg", "KEY=VALUE", "the result is an object of these",
	    OPTION_LIST, &pairs },
	{ 0 },
};

static int
make_value(const struct call *call, struct buf *value, struct err *e)
{
	struct buf text;
	int result;

	if (pairs.n > 0 && call->argc > 0)
		return err_set(e, ERR_USAGE, "'%s' and --arg: give one of them",
		    call->argv[0]);
	if (pairs.n > 0)
		return value_of_pairs(&pairs, value, e);
	buf_init(&text, (size_t)MSG_MAX);
	if (call->argc == 0)
		client_no_second_try();
	result = value_read(call->argc > 0 ? call->argv[0] : NULL, &text, e);
	if (result == 0)
		result = payload_record(json ? PAYLOAD_JSON : PAYLOAD_TEXT,
			     buf_str(&text), text.len, value, e) < 0
		    ? err_wrap(e, "the result")
		    : 0;
	buf_clear(&text);
	if (result == 0 && value->len > PAYLOAD_INPUT_MAX)
		result = err_set(e, ERR_USAGE,
		    "a result of %zu bytes: the "
		    "limit is %d",
		    value->len, PAYLOAD_INPUT_MAX);
	return result;
}

static int
run(struct call *call, struct err *e)
{
	struct request rq = { .type = MSG_RESULT };
	struct client c;
	struct reply rp;
	struct buf value;

	buf_init(&value, BUF_NO_MAX);
	if (client_enter(e) < 0 || make_value(call, &value, e) < 0 ||
	    client_open(&c, e) < 0)
		return -1;
	rq.payload = (struct span){ buf_str(&value), value.len };
	if (client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	client_bye(&c, 0);
	buf_clear(&value);
	return 0;
}

const struct command cmd_result = {
	.name = "result",
	.synopsis = "[--json] [VALUE] | --arg KEY=VALUE...",
	.summary = "set the execution's result",
	.details = "Without VALUE it is read from standard input; the last one "
		   "counts.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
