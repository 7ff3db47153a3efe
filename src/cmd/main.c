/*
 * main.c - program "durable": the commands used inside a workflow, and the
 * way to the others.
 *
 * A command that is not in the table is durable-engine's. This program is
 * started once per operation, so it links libc only and does nothing before
 * it knows its command.
 */
#include <stdio.h>
#include <string.h>

#include "base/command.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "client/client.h"
#include "client/exec.h"
#include "client/function.h"
#include "client/subshell.h"
#include "cmd/commands.h"

/* What is said instead of an outcome: not found, refused in a step. */
static bool
is_answer(enum err_code code)
{
	return code == ERR_MISSING || code == ERR_REFUSED;
}

/* A usage error of the script ends the handler: it is told to the engine
 * before anything is recorded. What went wrong otherwise is no outcome, so
 * that the script must not see it. */
static void
report(const struct command *c, const struct err *e)
{
	char *message = xasprintf("durable %s: %s", c->name, e->text);

	fprintf(stderr, "%s\n", message);
	if (c->group != GROUP_INSIDE)
		return;
	if (e->code == ERR_USAGE)
		client_usage_error(message);
	else if (!is_answer(e->code))
		client_give_up(message);
}

static int
fail(const struct err *e)
{
	fprintf(stderr, "durable: %s\n", e->text);
	return err_exit_status(e);
}

static int
run_special(const char *word, char **argv)
{
	struct err e;

	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return command_run(&cmd_help, argv + 2, report);
	if (strcmp(word, "--version") == 0) {
		/* A line may be written by printf itself: both can fail. */
		return printf("durable %s\n", PACKAGE_VERSION) > 0 &&
			fflush(stdout) == 0
		    ? 0
		    : 125;
	}
	err_set(&e, ERR_USAGE, "unknown option %s; see 'durable help'", word);
	return fail(&e);
}

int
main(int argc, char **argv)
{
	const struct command *c;
	char **words;
	struct err e;
	int status;

	fd_fill_standard();
	log_open("client");
	time_take_offset();
	if (argc < 2) {
		err_set(&e, ERR_USAGE, "which command? see 'durable help'");
		return fail(&e);
	}
	if (argv[1][0] == '-')
		return run_special(argv[1], argv);
	client_set_argv(argv);
	words = function_take_words(argv + 1, &e);
	if (!words)
		return fail(&e);
	c = command_find(commands, words[0]);
	if (!c) {
		exec_other(argv[1], argv + 2, &e);
		return fail(&e);
	}
	if (function_check_journal(&e) < 0) {
		report(c, &e);
		status = err_exit_status(&e);
	} else {
		status = command_run(c, words + 1, report);
	}
	subshell_tell_status(status);
	return status;
}
