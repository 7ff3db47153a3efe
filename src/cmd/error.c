/*
 * error.c - "durable error": the error object of a failed operation.
 */
#include <stdio.h>
#include <string.h>

#include "base/command.h"
#include "client/client.h"
#include "client/output.h"
#include "cmd/commands.h"
#include "model/op.h"

static bool bare;

static const struct option_spec options[] = {
	{ 'r', "raw-output", NULL, "print a string without quotes", OPTION_FLAG,
	    &bare },
	{ 0 },
};

/*
 * ErrorData is text in the API; here it holds JSON, and a filter is to reach
 * into it (.ErrorData.stdout): so it is shown as that.
 */
static void
put_error(struct span error, struct buf *out)
{
	struct span key, value, data;
	size_t pos = 0, n = 0;
	struct buf text;
	struct err e;

	buf_put_char(out, '{');
	while (json_next_member(error, &pos, &key, &value)) {
		buf_put_str(out, n++ > 0 ? "," : "");
		buf_put(out, key.p, key.n);
		buf_put_char(out, ':');
		buf_init(&text, BUF_NO_MAX);
		if (key.n == 11 && memcmp(key.p, "\"ErrorData\"", 11) == 0 &&
		    json_kind(value) == '"') {
			json_unescape(value, &text);
			if (json_check(buf_str(&text), text.len, &data, &e) ==
			    0)
				value = data;
		}
		buf_put(out, value.p, value.n);
		buf_clear(&text);
	}
	buf_put_char(out, '}');
}

/* Of a batch: the errors of its failed branches, as an array. */
static bool
put_branch_errors(struct span batch, struct buf *out)
{
	struct span all, item, status, error;
	size_t pos = 0, n = 0;

	if (!batch.p || json_kind(batch) != '{' ||
	    !json_find(batch, "all", &all))
		return false;
	buf_put_char(out, '[');
	while (json_next_element(all, &pos, &item)) {
		if (!json_find(item, "status", &status) ||
		    strncmp(status.p, "\"FAILED\"", 8) != 0 ||
		    !json_find(item, "error", &error))
			continue;
		buf_put_str(out, n++ > 0 ? "," : "");
		put_error(error, out);
	}
	buf_put_char(out, ']');
	return n > 0;
}

static bool
has_error(const struct reply *rp, struct buf *object)
{
	if (rp->type != MSG_VALUE)
		return false;
	if (rp->number == SUB_PARALLEL || rp->number == SUB_MAP)
		return put_branch_errors(rp->payload, object);
	if (rp->error.n == 0)
		return false;
	put_error(rp->error, object);
	return true;
}

static int
run(struct call *call, struct err *e)
{
	const char *filter = call->argc > 1 ? call->argv[1] : ".";
	struct request rq = { .type = MSG_GET_ERROR };
	struct client c;
	struct reply rp;
	struct buf object, out;
	bool closed;
	int got;

	rq.name = span_of(call->argv[0]);
	if (client_open(&c, e) < 0 || client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	buf_init(&object, BUF_NO_MAX);
	buf_init(&out, BUF_NO_MAX);
	if (!has_error(&rp, &object)) {
		fprintf(stderr,
		    "durable error: no operation '%s' of this "
		    "context has failed in this run\n",
		    call->argv[0]);
		client_bye(&c, 1);
		return 1;
	}
	got = output_jq(filter, bare,
	    (struct span){ buf_str(&object), object.len }, &out, e);
	if (got < 0) {
		fprintf(stderr, "durable error: %s\n", e->text);
		client_bye(&c, 1);
		return 1;
	}
	if (got == 1 && out.len == 0)
		buf_put_str(&out, "null");
	buf_put_char(&out, '\n');
	if (output_write(&out, &closed, e) < 0)
		client_abort(&c, e->text);
	client_bye(&c, 0);
	return closed ? 141 : 0;
}

const struct command cmd_error = {
	.name = "error",
	.synopsis = "[-r] NAME [FILTER]",
	.summary = "print the error object of a failed operation",
	.details =
	    "Of a parallel or map it is the array of its failed branches'.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
