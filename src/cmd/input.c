/*
 * input.c - "durable input": the execution's input, or a part of it.
 */
#include <stdio.h>
#include <string.h>

#include "base/command.h"
#include "client/client.h"
#include "client/output.h"
#include "cmd/commands.h"

static bool bare;
static const char *default_text;

static const struct option_spec options[] = {
	{ 'r', "raw-output", NULL, "print a string without quotes", OPTION_FLAG,
	    &bare },
	{ 0, "default", "TEXT", "print TEXT where there is nothing or null",
	    OPTION_STRING, &default_text },
	{ 0 },
};

/* Prints, and tells the engine that all is written. */
static int
print(struct client *c, const struct buf *out, struct err *e)
{
	bool closed;

	if (output_write(out, &closed, e) < 0)
		client_abort(c, e->text);
	client_bye(c, 0);
	return closed ? 141 : 0;
}

static int
missing(struct client *c, const char *filter)
{
	fprintf(stderr,
	    "durable input: Input.Missing: %s gives nothing: pass "
	    "it with run --input or --arg, or use --default\n",
	    filter);
	client_bye(c, 1);
	return 1;
}

static int
run(struct call *call, struct err *e)
{
	const char *filter = call->argc > 0 ? call->argv[0] : ".";
	struct request rq = { .type = MSG_INPUT };
	struct client c;
	struct reply rp;
	struct buf out;
	int got = 1;

	if (client_open(&c, e) < 0 || client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	buf_init(&out, BUF_NO_MAX);
	if (!(rp.flags & FLAG_NOT_PRESENT))
		got = output_jq(filter, bare, rp.payload, &out, e);
	if (got < 0) {
		client_bye(&c, 1);
		fprintf(stderr, "durable input: %s\n", e->text);
		return 1;
	}
	if (got == 1 && !default_text)
		return missing(&c, filter);
	if (got == 1) {
		buf_reset(&out);
		buf_put_str(&out, default_text);
	}
	if (out.len > 0 || got == 0)
		buf_put_char(&out, '\n');
	return print(&c, &out, e);
}

const struct command cmd_input = {
	.name = "input",
	.synopsis = "[OPTION...] [FILTER]",
	.summary = "print the execution's input",
	.details =
	    "FILTER is a jq filter; a plain path (.a.b[0]) keeps every digit "
	    "of a number.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
