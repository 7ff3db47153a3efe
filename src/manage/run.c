/*
 * run.c - "durable run": start or resume an execution, drive it to its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/xalloc.h"
#include "engine/workflow.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/input.h"
#include "manage/paths.h"
#include "manage/sleep.h"
#include "manage/start.h"

static const char *name, *input, *context, *keep_env, *if_failed = "refuse";
static struct string_list pairs;
static const char *skip_time;
static bool no_wait, strict, quiet, verbose;
static int64_t timeout_s;

static const struct option_spec options[] = {
	{ 0, "name", "NAME", "call the execution NAME", OPTION_STRING, &name },
	{ 0, "input", "JSON|@FILE|-", "its input", OPTION_STRING, &input },
	{ 0, "arg", "KEY=VALUE", "its input is an object of these", OPTION_LIST,
	    &pairs },
	{ 0, "context", "FILE", "keep it in FILE", OPTION_STRING, &context },
	{ 0, "no-wait", NULL, "exit 75 when it is suspended", OPTION_FLAG,
	    &no_wait },
	{ 0, "timeout", "DURATION", "of the whole execution", OPTION_DURATION,
	    &timeout_s },
	{ 0, "strict", NULL, "a replay that differs is an error", OPTION_FLAG,
	    &strict },
	{ 0, "skip-time", "all",
	    "waits and retry delays pass at once; with "
	    "=all deadlines, too",
	    OPTION_OPTIONAL, &skip_time },
	{ 0, "if-failed", "WHAT", "refuse, retry or new (refuse)",
	    OPTION_STRING, &if_failed },
	{ 0, "keep-env", "NAME,...", "record these variables for a resume",
	    OPTION_STRING, &keep_env },
	{ 0, "quiet", NULL, "say nothing but errors", OPTION_FLAG, &quiet },
	{ 'v', "verbose", NULL,
	    "show every step's output, and what the handler prints",
	    OPTION_FLAG, &verbose },
	{ 0 },
};

static int
parse_if_failed(enum if_failed *out, struct err *e)
{
	static const char *const words[] = { "refuse", "retry", "new" };

	for (int i = 0; i < 3; i++)
		if (strcmp(words[i], if_failed) == 0) {
			*out = (enum if_failed)i;
			return 0;
		}
	return err_set(e, ERR_USAGE, "--if-failed %s: use refuse, retry or new",
	    if_failed);
}

/* The handler's words: those before `--` were options only. */
static int
take_handler(struct start *s, char **words, struct err *e)
{
	char *handler;
	size_t n = 0;

	if (!words || !words[0])
		return err_set(e, ERR_USAGE,
		    "which handler? durable run [OPTION...] HANDLER [ARG...]");
	handler = paths_find_handler(words[0], e);
	if (!handler) {
		/* 1 would be taken for a failed handler's status. */
		if (e->code == ERR_MISSING)
			e->code = ERR_REFUSED;
		return -1;
	}
	while (words[n])
		n++;
	s->argv = xcalloc(n + 1, sizeof(*s->argv));
	memcpy(s->argv, words, n * sizeof(*s->argv));
	s->argv[0] = handler;
	return 0;
}

static int
take_options(struct start *s, struct err *e)
{
	if (name && !paths_name_is_valid(name))
		return err_set(e, ERR_USAGE,
		    "--name '%.80s': must be 1 to %d "
		    "characters of A-Za-z0-9_-",
		    name, EXECUTION_NAME_MAX);
	if (parse_if_failed(&s->if_failed, e) < 0)
		return -1;
	if (input_read(input, &pairs, &s->input, e) < 0)
		return -1;
	s->name = name;
	/* The variable counts where it is the user's, not an invocation's. */
	if (!context && !name && !getenv("DURABLE_INVOCATION"))
		context = getenv("DURABLE_CONTEXT");
	if (context && *context) {
		s->path = paths_absolute(context, e);
		if (!s->path)
			return -1;
	}
	s->timeout_s = timeout_s;
	s->keep_env = keep_env;
	return 0;
}

/* One that failed before and is to be opened again. */
static int
reopen_if_asked(const struct start *s, struct err *e)
{
	enum event_type ended = context_state(s->context)->ended;

	if (ended == EVENT_NONE || ended == EVENT_EXECUTION_SUCCEEDED ||
	    s->if_failed != IF_FAILED_RETRY)
		return 0;
	return start_reopen(s->context, e);
}

static int
take_skip(enum skip *skip, struct err *e)
{
	const char *word = skip_time ? skip_time : getenv("DURABLE_SKIP_TIME");

	return drive_parse_skip(skip_time && !*word ? "waits" : word, skip, e);
}

static int
run(struct call *call, struct err *e)
{
	struct start s = { 0 };
	struct drive d;
	enum skip skip;
	int status;

	if (take_handler(&s, call->argv, e) < 0 || take_options(&s, e) < 0 ||
	    take_skip(&skip, e) < 0)
		return -1;
	/* A run in a step is an execution of its own. */
	environ_leave_invocation();
	if (start_execution(&s, e) < 0)
		return -1;
	if (reopen_if_asked(&s, e) < 0)
		return -1;
	if (context_state(s.context)->ended != EVENT_NONE) {
		status = drive_report(context_state(s.context), s.found, NULL);
		context_close(s.context, false);
		return status;
	}
	drive_init(&d, s.found);
	d.skip_time = skip;
	d.context = s.context;
	d.strict = strict || getenv("DURABLE_STRICT");
	d.quiet = quiet;
	d.verbose = verbose;
	d.no_wait = no_wait;
	return drive_run(&d, e);
}

const struct command cmd_run = {
	.name = "run",
	.synopsis = "[OPTION...] [--] HANDLER [ARG...]",
	.summary = "start or resume an execution and drive it to its end",
	.details =
	    "Without --name and --context an execution belongs to its "
	    "command line: the\nsame command goes on with what it began.\n",
	.group = GROUP_RUN,
	.options = options,
	.min_args = 1,
	.max_args = -1,
	.stops_at_operand = true,
	.run = run,
};

static int
run_drive(struct call *call, struct err *e)
{
	struct drive d;

	if (sleep_woken(&d, call->all, e) < 0)
		return -1;
	return drive_run(&d, e);
}

const struct command cmd_drive = {
	.name = "drive",
	.synopsis = "FILE FD FD SOCKET FLAGS RUN REPLAYED FAILED",
	.summary = "go on after a sleep",
	.group = GROUP_HIDDEN,
	.is_internal = true,
	.min_args = 8,
	.max_args = 8,
	.raw = true,
	.run = run_drive,
};
