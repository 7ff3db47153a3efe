/*
 * test_command.c - the grammar of commands, their help, running one.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/command.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { WORDS_MAX = 8 };

static bool quiet;
static const char *name;

static const struct option_spec options[] = {
	{ 'q', "quiet", NULL, "print nothing", OPTION_FLAG, &quiet },
	{ 'n', "name", "NAME", "call it NAME", OPTION_STRING, &name },
	{ 0 },
};

/* What the commands below do when they are run. */
static enum { SUCCEED, FAIL, PRINT, PRINT_AND_FAIL } behaviour;

static int
run(struct call *c, struct err *e)
{
	assert_non_null(c->command);
	if (behaviour == PRINT || behaviour == PRINT_AND_FAIL)
		printf("output of %d\n", c->argc);
	if (behaviour == FAIL || behaviour == PRINT_AND_FAIL)
		return err_set(e, ERR_MISSING, "no such thing");
	return behaviour == SUCCEED ? 7 : 0;
}

static const struct command step = {
	.name = "step",
	.synopsis = "[OPTION...] [NAME] -- CMD [ARG...]",
	.summary = "run CMD once",
	.details = "More about it.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.max_args = 1,
	.takes_command = true,
	.run = run,
};

static const struct command wait_for = {
	.name = "wait",
	.synopsis = "[OPTION...] [NAME] DURATION",
	.summary = "suspend the workflow",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};

static const struct command list = {
	.name = "list",
	.synopsis = "",
	.summary = "show executions",
	.group = GROUP_LOOK,
	.max_args = -1,
	.run = run,
};

static const struct command parallel = {
	.name = "parallel",
	.synopsis = "...",
	.summary = "run branches",
	.group = GROUP_HIDDEN,
	.raw = true,
	.run = run,
};

static const struct command *const table[] = { &wait_for, &list, &parallel,
	&step, NULL };

/* Words as argv has them: NULL-terminated, not const. */
static void
copy_words(const char *const *words, char *argv[WORDS_MAX + 1])
{
	int n = 0;

	for (; words[n]; n++)
		memcpy(&argv[n], &words[n], sizeof(argv[n]));
	argv[n] = NULL;
}

static void
commands_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(command_find(table, "step"), &step);
	assert_ptr_equal(command_find(table, "parallel"), &parallel);
	assert_null(command_find(table, "ste"));
	assert_null(command_find(table, ""));
}

static void
words_are_sorted_out(void **state)
{
	static const struct {
		const struct command *command;
		const char *words[WORDS_MAX];
		const char *operands, *command_words;
		bool quiet;
	} cases[] = {
		{ &step, { "--", "true" }, "", "true", false },
		{ &step, { "pay", "--", "sh", "-q", "--" }, "pay", "sh -q --",
		    false },
		{ &step, { "-q", "pay", "--", "x" }, "pay", "x", true },
		{ &step, { "pay", "-q", "--", "x" }, "pay", "x", true },
		{ &step, { "-n", "m", "-q", "--", "--help" }, "", "--help",
		    true },
		{ &step, { "-", "--", "x" }, "-", "x", false },
		{ &step, { "", "--", "x" }, "", "x", false },
		{ &wait_for, { "5" }, "5", NULL, false },
		{ &wait_for, { "a", "-q", "5" }, "a 5", NULL, true },
		{ &wait_for, { "a", "5", "-q" }, "a 5", NULL, true },
		{ &wait_for, { "--", "-q" }, "-q", NULL, false },
		{ &wait_for, { "a", "--", "--" }, "a --", NULL, false },
		{ &list, { "a", "b", "c", "d" }, "a b c d", NULL, false },
		{ &list, { NULL }, "", NULL, false },
		{ &parallel, { "--branch", "--", "--help" },
		    "--branch -- --help", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *argv[WORDS_MAX + 1];
		char joined[100] = "";
		struct call call;
		struct err e;

		quiet = false;
		copy_words(cases[i].words, argv);
		if (command_parse(cases[i].command, argv, &call, &e) != 0)
			fail_msg("%zu: %s", i, e.text);
		for (int n = 0; n < call.argc; n++)
			snprintf(joined + strlen(joined),
			    sizeof(joined) - strlen(joined), "%s%s",
			    n ? " " : "", call.argv[n]);
		assert_string_equal(joined, cases[i].operands);
		assert_null(call.argv[call.argc]);
		assert_int_equal(!call.words, !cases[i].command_words);
		joined[0] = '\0';
		for (int n = 0; call.words && call.words[n]; n++)
			snprintf(joined + strlen(joined),
			    sizeof(joined) - strlen(joined), "%s%s",
			    n ? " " : "", call.words[n]);
		if (call.words)
			assert_string_equal(joined, cases[i].command_words);
		assert_int_equal(quiet, cases[i].quiet);
		assert_ptr_equal(call.all, argv);
		assert_ptr_equal(call.command, cases[i].command);
		if (call.argv != argv)
			free(call.argv);
	}
}

static void
mistakes_are_explained(void **state)
{
	static const struct {
		const struct command *command;
		const char *words[WORDS_MAX];
		const char *message;
	} cases[] = {
		{ &step, { NULL },
		    "there is no -- before the command; usage: durable step "
		    "[OPTION...] [NAME] -- CMD [ARG...]" },
		{ &step, { "pay", "curl", "--fail" },
		    "there is no -- before the command; usage: durable step "
		    "[OPTION...] [NAME] -- CMD [ARG...]" },
		{ &step, { "--name" },
		    "there is no -- before the command; usage: durable step "
		    "[OPTION...] [NAME] -- CMD [ARG...]" },
		{ &step, { "pay", "--" },
		    "there is no command behind --; usage: durable step "
		    "[OPTION...] [NAME] -- CMD [ARG...]" },
		{ &step, { "a", "b", "--", "x" },
		    "'b' is one operand too many; usage: durable step "
		    "[OPTION...] [NAME] -- CMD [ARG...]" },
		{ &step, { "--nmae", "x", "--", "y" },
		    "unknown option --nmae; see 'durable step --help'" },
		{ &step, { "--name", "--", "y" },
		    "--name needs an argument (NAME); see 'durable step "
		    "--help'" },
		{ &wait_for, { NULL },
		    "too few operands; usage: durable wait [OPTION...] [NAME] "
		    "DURATION" },
		{ &wait_for, { "a", "b", "c" },
		    "'c' is one operand too many; usage: durable wait "
		    "[OPTION...] [NAME] DURATION" },
		{ &wait_for, { "a", "-x" },
		    "unknown option -x; see 'durable wait --help'" },
		{ &list, { "--all" },
		    "unknown option --all; see 'durable list --help'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *argv[WORDS_MAX + 1];
		struct call call;
		struct err e;

		copy_words(cases[i].words, argv);
		assert_int_equal(command_parse(cases[i].command, argv, &call,
				     &e),
		    -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_string_equal(e.text, cases[i].message);
		free(call.argv);
	}
}

static void
help_is_seen_before_mistakes(void **state)
{
	static const struct {
		const struct command *command;
		const char *words[WORDS_MAX];
	} cases[] = {
		{ &step, { "--help" } },
		{ &step, { "-q", "--help", "--nonsense" } },
		{ &step, { "a", "b", "c", "--help" } },
		{ &list, { "--help" } },
		{ &parallel, { "--help" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *argv[WORDS_MAX + 1];
		struct call call;
		struct err e;

		copy_words(cases[i].words, argv);
		assert_int_equal(command_parse(cases[i].command, argv, &call,
				     &e),
		    1);
		if (call.argv != argv)
			free(call.argv);
	}
}

/* Where output goes while it is looked at. */
static FILE *
start_output(char **text)
{
	static size_t n;
	FILE *out = open_memstream(text, &n);

	assert_non_null(out);
	return out;
}

static void
help_is_printed_from_the_struct(void **state)
{
	char *text;
	FILE *out = start_output(&text);

	(void)state;
	command_help(&step, out);
	fclose(out);
	assert_string_equal(text,
	    "usage: durable step [OPTION...] [NAME] -- CMD [ARG...]\n"
	    "\n"
	    "Run CMD once.\n"
	    "\n"
	    "More about it.\n"
	    "\n"
	    "Options:\n"
	    "  -q, --quiet      print nothing\n"
	    "  -n, --name=NAME  call it NAME\n"
	    "      --help       print this help and exit\n");
	free(text);

	out = start_output(&text);
	command_help(&list, out);
	fclose(out);
	assert_string_equal(text,
	    "usage: durable list\n"
	    "\n"
	    "Show executions.\n"
	    "\n"
	    "Options:\n"
	    "      --help  print this help and exit\n");
	free(text);
}

static void
commands_are_listed_by_group(void **state)
{
	char *text;
	FILE *out = start_output(&text);

	(void)state;
	command_list(table, out);
	fclose(out);
	assert_string_equal(text,
	    "Inside a workflow:\n"
	    "  wait  suspend the workflow\n"
	    "  step  run CMD once\n"
	    "\n"
	    "Look at executions:\n"
	    "  list  show executions\n"
	    "\n");
	free(text);
}

static void
table_is_printed_for_scripts(void **state)
{
	char *text;
	FILE *out = start_output(&text);

	(void)state;
	command_table(table, out);
	fclose(out);
	assert_string_equal(text,
	    "command\twait\tinside\tsuspend the workflow\n"
	    "option\twait\t--quiet\t-q\t\tprint nothing\n"
	    "option\twait\t--name\t-n\tNAME\tcall it NAME\n"
	    "command\tlist\tlook\tshow executions\n"
	    "command\tparallel\thidden\trun branches\n"
	    "command\tstep\tinside\trun CMD once\n"
	    "option\tstep\t--quiet\t-q\t\tprint nothing\n"
	    "option\tstep\t--name\t-n\tNAME\tcall it NAME\n");
	free(text);
}

static char reported[2000];

static void
report(const struct command *c, const struct err *e)
{
	snprintf(reported, sizeof(reported), "%s: %s", c->name, e->text);
}

/* Runs "durable list x" with its stdout going to fd. */
static int
run_list(int fd)
{
	char word[] = "x";
	char *words[] = { word, NULL };
	int saved, status;

	fflush(stdout);
	reported[0] = '\0';
	saved = dup(STDOUT_FILENO);
	assert_true(saved >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	status = command_run(&list, words, report);
	clearerr(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	return status;
}

static void
run_returns_the_status(void **state)
{
	int null = open("/dev/null", O_WRONLY);

	(void)state;
	assert_true(null >= 0);
	behaviour = SUCCEED;
	assert_int_equal(run_list(null), 7);
	assert_string_equal(reported, "");
	behaviour = FAIL;
	assert_int_equal(run_list(null), 1);
	assert_string_equal(reported, "list: no such thing");
	close(null);
}

static void
output_comes_before_the_message(void **state)
{
	int fds[2];
	char text[100];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	behaviour = PRINT_AND_FAIL;
	assert_int_equal(run_list(fds[1]), 1);
	n = read(fds[0], text, sizeof(text));
	assert_int_equal(n, strlen("output of 1\n"));
	assert_memory_equal(text, "output of 1\n", (size_t)n);
	close(fds[0]);
	close(fds[1]);
}

static void
lost_output_is_a_failure(void **state)
{
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(full >= 0);
	behaviour = PRINT;
	assert_int_equal(run_list(full), 125);
	assert_string_equal(reported,
	    "list: write to standard output: No space left on device");
	close(full);
}

static void
closed_pipe_is_a_silent_failure(void **state)
{
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	behaviour = PRINT;
	assert_int_equal(run_list(fds[1]), 125);
	assert_string_equal(reported, "");
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_found_by_name),
		cmocka_unit_test(words_are_sorted_out),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(help_is_seen_before_mistakes),
		cmocka_unit_test(help_is_printed_from_the_struct),
		cmocka_unit_test(commands_are_listed_by_group),
		cmocka_unit_test(table_is_printed_for_scripts),
		cmocka_unit_test(run_returns_the_status),
		cmocka_unit_test(output_comes_before_the_message),
		cmocka_unit_test(lost_output_is_a_failure),
		cmocka_unit_test(closed_pipe_is_a_silent_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
