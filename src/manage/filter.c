/*
 * filter.c - a jq filter, in a process of its own.
 *
 * The thin client starts this for a filter that is more than a path. Limits
 * are set before the filter is compiled: an endless or greedy one is ended by
 * the kernel and hurts nobody but its operation.
 */
#include <jq.h>
#include <jv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/command.h"
#include "base/fdio.h"
#include "manage/commands.h"

enum { SECONDS = 60, MEMORY = 256 * 1024 * 1024, INPUT_MAX = 256 << 20 };

static bool bare;

static const struct option_spec options[] = {
	{ 'r', "raw-output", NULL, "strings without quotes", OPTION_FLAG,
	    &bare },
	{ 0 },
};

static void
set_limits(size_t input_bytes)
{
	struct rlimit memory = { MEMORY, MEMORY };
	struct rlimit core = { 0, 0 };

	/* libjq's values take several times the text's size. */
	memory.rlim_cur += 16 * input_bytes;
	memory.rlim_max = memory.rlim_cur;
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes */
	(void)setrlimit(RLIMIT_AS, &memory);
#endif
	(void)setrlimit(RLIMIT_CORE, &core);
	(void)alarm(SECONDS);
}

/* libjq's own message, without its "jq: error: ". */
static void
keep_message(void *arg, jv message)
{
	struct err *e = arg;
	const char *text = jv_string_value(message);

	if (strncmp(text, "jq: error: ", 11) == 0)
		text += 11;
	if (e->code == ERR_NONE)
		err_set(e, ERR_USAGE, "%.*s", (int)strcspn(text, "\n"), text);
	jv_free(message);
}

static void
print(jv v)
{
	if (bare && jv_get_kind(v) == JV_KIND_STRING) {
		fwrite(jv_string_value(v), 1,
		    (size_t)jv_string_length_bytes(jv_copy(v)), stdout);
		jv_free(v);
	} else {
		jv_dump(v, 0);
	}
	fputc('\n', stdout);
}

static int
run_filter(jq_state *jq, jv input, struct err *e)
{
	jv v, message;

	jq_start(jq, input, 0);
	while (jv_is_valid(v = jq_next(jq)))
		print(v);
	if (!jv_invalid_has_msg(jv_copy(v))) {
		jv_free(v);
		return 0;
	}
	message = jv_invalid_get_msg(v);
	if (jv_get_kind(message) != JV_KIND_STRING)
		message = jv_dump_string(message, 0);
	err_set(e, ERR_USAGE, "%s", jv_string_value(message));
	jv_free(message);
	return -1;
}

static int
run(struct call *call, struct err *e)
{
	struct err why = { 0 };
	jq_state *jq = NULL;
	struct buf text;
	jv input;
	int result = -1;

	buf_init(&text, INPUT_MAX);
	if (fd_read_all(STDIN_FILENO, &text, "the filter's input", e) < 0)
		goto out;
	set_limits(text.len);
	jq = jq_init();
	if (!jq) {
		err_set(e, ERR_BUG, "jq cannot be started");
		goto out;
	}
	jq_set_error_cb(jq, keep_message, &why);
	if (!jq_compile(jq, call->argv[0])) {
		err_set(e, ERR_USAGE, "%s", why.text);
		goto out;
	}
	input = jv_parse_sized(buf_str(&text), (int)text.len);
	if (!jv_is_valid(input)) {
		jv_free(input);
		err_set(e, ERR_USAGE, "the input is not JSON");
		goto out;
	}
	result = run_filter(jq, input, e);
out:
	if (jq)
		jq_teardown(&jq);
	buf_clear(&text);
	return result;
}

const struct command cmd_filter = {
	.name = "filter",
	.synopsis = "[-r] FILTER",
	.summary = "apply a jq filter to standard input",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
