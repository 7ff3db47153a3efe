/*
 * resume.c - "durable resume" and "durable retry": go on with executions that
 * exist. For cron and systemd timers: never sleeps, one line for each.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/folder.h"
#include "manage/paths.h"
#include "manage/start.h"

static bool all, strict, quiet, verbose, no_wait;

static const struct option_spec resume_options[] = {
	{ 0, "all", NULL, "every execution that has not ended", OPTION_FLAG,
	    &all },
	{ 0, "strict", NULL, "a replay that differs is an error", OPTION_FLAG,
	    &strict },
	{ 0, "quiet", NULL, "say nothing but errors", OPTION_FLAG, &quiet },
	{ 'v', "verbose", NULL,
	    "show every step's output, and what the handler prints",
	    OPTION_FLAG, &verbose },
	{ 0 },
};

static int
drive(const char *path, struct context *c, bool wait, struct err *e)
{
	struct drive d;

	drive_init(&d, path);
	d.context = c;
	d.is_resume = true;
	d.strict = strict || drive_setting(c, "DURABLE_STRICT");
	d.quiet = quiet;
	d.verbose = verbose;
	d.no_wait = !wait;
	return drive_run(&d, e);
}

/* One execution. Its exit status; 0 for one that has nothing to do now. */
static int
resume_one(const char *path, struct err *e)
{
	struct context *c = context_open(path, drive_notice, e);
	const struct execution_state *s;
	int status;

	if (!c && e->code == ERR_BUSY) {
		if (!quiet)
			fprintf(stderr, "durable: %s is running already\n",
			    path);
		return 0;
	}
	if (!c)
		return -1;
	s = context_state(c);
	if (s->header.is_journal) {
		context_close(c, false);
		return err_set(e, ERR_REFUSED,
		    "%s is a journal, not an execution", path);
	}
	if (s->ended != EVENT_NONE) {
		status = drive_report(s, path, NULL);
		context_close(c, false);
		return status;
	}
	return drive(path, c, false, e);
}

/* The worst of what the executions came to: our own failures first. */
static int
worse(int a, int b)
{
	if (a == 125 || b == 125)
		return 125;
	if (a == 0 || (a == 75 && b != 0))
		return b;
	return a;
}

struct sweep {
	int status;
};

static int
sweep_one(const char *path, const struct execution_state *s, void *arg,
    struct err *e)
{
	struct sweep *sw = arg;
	struct err why;
	int status;

	(void)e;
	if (s->ended != EVENT_NONE || s->header.is_journal)
		return 0;
	status = resume_one(path, &why);
	if (status < 0) {
		fprintf(stderr, "durable resume: %s\n", why.text);
		status = 125;
	}
	sw->status = worse(sw->status, status);
	return 0;
}

static int
run_resume(struct call *call, struct err *e)
{
	struct sweep sw = { 0 };
	char *path;
	int status;

	if (all == (call->argc > 0))
		return err_set(e, ERR_USAGE,
		    "which executions? --all, or names or context files");
	if (all)
		return folder_each(sweep_one, &sw, e) < 0 ? -1 : sw.status;
	for (int i = 0; i < call->argc; i++) {
		path = paths_find_context(call->argv[i], e);
		if (!path)
			return -1;
		status = resume_one(path, e);
		if (status < 0 && call->argc == 1)
			return -1;
		if (status < 0)
			fprintf(stderr, "durable resume: %s\n", e->text);
		sw.status = worse(sw.status, status < 0 ? 125 : status);
	}
	return sw.status;
}

const struct command cmd_resume = {
	.name = "resume",
	.synopsis = "[OPTION...] --all | NAME|CONTEXT...",
	.summary = "go on with executions that are due",
	.details =
	    "Drives each until it ends or is suspended; never sleeps. For "
	    "cron and timers.\n",
	.group = GROUP_RUN,
	.options = resume_options,
	.min_args = 0,
	.max_args = -1,
	.run = run_resume,
};

static const struct option_spec retry_options[] = {
	{ 0, "no-wait", NULL, "exit 75 when it is suspended", OPTION_FLAG,
	    &no_wait },
	{ 0, "strict", NULL, "a replay that differs is an error", OPTION_FLAG,
	    &strict },
	{ 0, "quiet", NULL, "say nothing but errors", OPTION_FLAG, &quiet },
	{ 'v', "verbose", NULL,
	    "show every step's output, and what the handler prints",
	    OPTION_FLAG, &verbose },
	{ 0 },
};

static int
run_retry(struct call *call, struct err *e)
{
	char *path = paths_find_context(call->argv[0], e);
	struct context *c;

	if (!path)
		return -1;
	c = context_open(path, drive_notice, e);
	if (!c)
		return -1;
	if (start_reopen(c, e) < 0) {
		context_close(c, false);
		return -1;
	}
	return drive(path, c, !no_wait, e);
}

const struct command cmd_retry = {
	.name = "retry",
	.synopsis = "[OPTION...] NAME|CONTEXT",
	.summary = "open a failed execution again and go on",
	.details = "What succeeded is kept, what failed is run anew.\n",
	.group = GROUP_RUN,
	.options = retry_options,
	.min_args = 1,
	.max_args = 1,
	.run = run_retry,
};
