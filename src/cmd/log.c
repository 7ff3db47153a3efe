/*
 * log.c - "durable log": a line that is silent while replaying.
 *
 * On a terminal it is readable text, elsewhere a JSON object a line, with the
 * members that log searches of the field expect.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/command.h"
#include "base/fdio.h"
#include "base/time.h"
#include "client/client.h"
#include "cmd/commands.h"

static const char *level = "INFO";
static bool always;

static const struct option_spec options[] = {
	{ 0, "level", "L", "debug, info, warn or error (info)", OPTION_STRING,
	    &level },
	{ 0, "always", NULL, "also while replaying", OPTION_FLAG, &always },
	{ 0 },
};

static int
check_level(struct err *e)
{
	static const char *const levels[] = { "DEBUG", "INFO", "WARN",
		"ERROR" };

	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (strcasecmp(levels[i], level) == 0) {
			level = levels[i];
			return 0;
		}
	return err_set(e, ERR_USAGE,
	    "--level %s: use debug, info, warn or error", level);
}

static void
put_member(const char *name, const char *p, size_t n, struct buf *out)
{
	struct buf shown;

	buf_printf(out, ",\"%s\":", name);
	if (utf8_is_text(p, n)) {
		json_escape(p, n, out);
		return;
	}
	buf_init(&shown, BUF_NO_MAX);
	text_escape(p, n, &shown);
	json_escape(buf_str(&shown), shown.len, out);
	buf_clear(&shown);
}

static void
put_json(const char *message, struct span arn, struct buf *out)
{
	const char *step = getenv("DURABLE_STEP");
	const char *attempt = getenv("DURABLE_ATTEMPT");
	const char *operation = getenv("DURABLE_OPERATION");

	buf_put_str(out, "{\"timestamp\":\"");
	time_format(time_now(), out);
	buf_put_char(out, '"');
	put_member("level", level, strlen(level), out);
	put_member("message", message, strlen(message), out);
	put_member("executionArn", arn.p, arn.n, out);
	if (operation && *operation)
		put_member("operationId", operation, strlen(operation), out);
	if (step && *step)
		put_member("operationName", step, strlen(step), out);
	if (attempt && *attempt)
		buf_printf(out, ",\"attempt\":%ld", strtol(attempt, NULL, 10));
	buf_put_str(out, "}\n");
}

static void
put_text(const char *message, struct buf *out)
{
	const char *step = getenv("DURABLE_STEP");

	time_format_local(time_now(), out);
	buf_printf(out, " %-5s ", level);
	if (step && *step) {
		text_escape(step, strlen(step), out);
		buf_put_str(out, ": ");
	}
	text_escape(message, strlen(message), out);
	buf_put_char(out, '\n');
}

static int
run(struct call *call, struct err *e)
{
	struct request rq = { .type = MSG_LOG };
	struct client c;
	struct reply rp;
	struct buf line;
	int result = 0;

	if (check_level(e) < 0 || client_open(&c, e) < 0 ||
	    client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	buf_init(&line, BUF_NO_MAX);
	if (always || !(rp.flags & FLAG_REPLAYING)) {
		if (isatty(STDERR_FILENO))
			put_text(call->argv[0], &line);
		else
			put_json(call->argv[0], rp.payload, &line);
		result = fd_write_all(STDERR_FILENO, buf_str(&line), line.len,
		    "standard error", e);
	}
	buf_clear(&line);
	client_bye(&c, result == 0 ? 0 : 1);
	return result;
}

const struct command cmd_log = {
	.name = "log",
	.synopsis = "[--level L] [--always] MESSAGE",
	.summary = "write a line that is silent while replaying",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
