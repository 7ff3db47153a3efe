/*
 * help.c - "durable help" and "durable completion": this program's commands
 * and, asked of it, durable-engine's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "base/xalloc.h"
#include "client/client.h"
#include "client/exec.h"
#include "client/runner.h"
#include "cmd/commands.h"
#include "cmd/completion.h"

static bool as_list, as_table;

static const struct option_spec options[] = {
	{ 0, "list", NULL, "the names only, one a line", OPTION_FLAG,
	    &as_list },
	{ 0, "table", NULL, "every command and option, one a line, by tabs",
	    OPTION_FLAG, &as_table },
	{ 0 },
};

/* What the program at path prints for `help HOW`. Takes path over. */
static int
program_help(char *path, const char *how, struct buf *out, struct err *e)
{
	char *argv[] = { path, (char *)(uintptr_t) "help",
		(char *)(uintptr_t)how, NULL };
	struct run r;
	int result = -1;

	run_init(&r);
	r.argv = argv;
	r.env = environ;
	r.limit = 1 << 20;
	if (run_start(&r, NULL, e) == 0 && run_wait(&r, NULL, e) == 0) {
		result = 0;
		if (r.status != 0)
			result = err_set(e, ERR_IO, "%s %s", argv[0],
			    buf_str(&r.tail));
	}
	if (result == 0)
		buf_put(out, buf_str(&r.out), r.out.len);
	run_clear(&r);
	free(argv[0]);
	return result;
}

/* What the programs behind this one print; that for Lambda may not be there. */
static int
engine_help(const char *how, struct buf *out, struct err *e)
{
	char *lambda;

	if (program_help(exec_engine_path(), how, out, e) < 0)
		return -1;
	lambda = exec_lambda_path();
	if (access(lambda, X_OK) == 0)
		return program_help(lambda, how, out, e);
	free(lambda);
	return 0;
}

/* Appends the lines of a table but those of hidden commands, which have the
 * lines of their options behind them. */
static void
put_shown(char *table, struct buf *out)
{
	bool hidden = false;
	char *line, *group;

	while ((line = strsep(&table, "\n"))) {
		if (strncmp(line, "command\t", 8) == 0) {
			group = strchr(line + 8, '\t');
			hidden = group && strncmp(group, "\thidden\t", 8) == 0;
		}
		if (*line && !hidden)
			buf_printf(out, "%s\n", line);
	}
}

int
help_table(struct buf *out, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct buf engine;
	int result;

	if (!f)
		return err_sys(e, "open a memory stream");
	command_table(commands, f);
	fclose(f);
	put_shown(text, out);
	free(text);
	buf_init(&engine, BUF_NO_MAX);
	result = engine_help("--table", &engine, e);
	if (result == 0)
		put_shown(engine.data, out);
	buf_clear(&engine);
	return result;
}

static int
print_names(struct err *e)
{
	struct buf out;
	char *line, *rest;

	buf_init(&out, BUF_NO_MAX);
	if (help_table(&out, e) < 0)
		return -1;
	for (rest = out.data; (line = strtok_r(rest, "\n", &rest));)
		if (strncmp(line, "command\t", 8) == 0)
			printf("%.*s\n", (int)strcspn(line + 8, "\t"),
			    line + 8);
	buf_clear(&out);
	return 0;
}

/* One command's: ours, or the engine's own --help. */
static int
help_of(const char *name, struct err *e)
{
	const struct command *c = command_find(commands, name);
	char *words[] = { (char *)(uintptr_t) "--help", NULL };

	if (!c)
		return exec_other(name, words, e);
	command_help(c, stdout);
	return 0;
}

static int
run(struct call *call, struct err *e)
{
	struct buf out;

	if (call->argc == 1)
		return help_of(call->argv[0], e);
	if (as_list)
		return print_names(e);
	buf_init(&out, BUF_NO_MAX);
	if (as_table) {
		if (help_table(&out, e) < 0)
			return -1;
		fputs(buf_str(&out), stdout);
		return 0;
	}
	if (engine_help("--commands", &out, e) < 0)
		return -1;
	printf("usage: durable COMMAND [OPTION...] [ARG...]\n\n"
	       "durable makes a shell script survive anything: killed at any "
	       "point, it is run\nagain and goes on where it was.\n\n");
	fputs(buf_str(&out), stdout);
	command_list(commands, stdout);
	printf("\n'durable help COMMAND' and durable-COMMAND(1) have the "
	       "details; begin with\ndurable(1).\n");
	buf_clear(&out);
	return 0;
}

const struct command cmd_help = {
	.name = "help",
	.synopsis = "[--list | --table] [COMMAND]",
	.summary = "say what commands there are, or what one does",
	.group = GROUP_ABOUT,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.run = run,
};

static int
run_completion(struct call *call, struct err *e)
{
	struct buf table;
	int result;

	buf_init(&table, BUF_NO_MAX);
	if (help_table(&table, e) < 0)
		return -1;
	result = completion_print(call->argv[0], &table, stdout, e);
	buf_clear(&table);
	return result;
}

const struct command cmd_completion = {
	.name = "completion",
	.synopsis = "bash|zsh|fish",
	.summary = "print a completion script for a shell",
	.group = GROUP_ABOUT,
	.min_args = 1,
	.max_args = 1,
	.run = run_completion,
};
