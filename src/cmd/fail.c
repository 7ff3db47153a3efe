/*
 * fail.c - "durable fail": name the error of the enclosing step, context or
 * handler. What it names is final, whatever status follows.
 */
#include <stdio.h>
#include <string.h>

#include "base/command.h"
#include "base/value.h"
#include "client/client.h"
#include "cmd/commands.h"
#include "model/payload.h"

static const char *type = "Error";
static const char *data;

static const struct option_spec options[] = {
	{ 0, "type", "T", "the error's type", OPTION_STRING, &type },
	{ 0, "data", "JSON", "more about it: JSON, @FILE or -", OPTION_STRING,
	    &data },
	{ 0 },
};

enum { DATA_MAX = 8192, TYPE_MAX = 255 };

static int
run(struct call *call, struct err *e)
{
	struct request rq = { .type = MSG_NAME_ERROR };
	struct client c;
	struct reply rp;
	struct buf json, error;

	buf_init(&json, BUF_NO_MAX);
	buf_init(&error, BUF_NO_MAX);
	if (*type == '\0' || strlen(type) > TYPE_MAX)
		return err_set(e, ERR_USAGE, "--type must have 1 to %d bytes",
		    TYPE_MAX);
	if (data && value_read_json(data, &json, e) < 0)
		return err_wrap(e, "--data");
	if (json.len > DATA_MAX)
		return err_set(e, ERR_USAGE,
		    "--data of %zu bytes: the limit "
		    "is %d",
		    json.len, DATA_MAX);
	if (client_open(&c, e) < 0)
		return -1;
	error_put(type, call->argv[0], strlen(call->argv[0]),
	    data ? buf_str(&json) : NULL, json.len, &error);
	rq.error = (struct span){ buf_str(&error), error.len };
	if (client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	client_bye(&c, 1);
	fprintf(stderr, "%s: %s\n", type, call->argv[0]);
	return 1;
}

const struct command cmd_fail = {
	.name = "fail",
	.synopsis = "[--type T] [--data JSON] MESSAGE",
	.summary = "name the error of the enclosing operation and exit 1",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
