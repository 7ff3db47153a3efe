/*
 * program.c - what the programs behind the thin client have in common: their
 * main, and their part of "durable help".
 */
#include <stdio.h>
#include <string.h>

#include "base/command.h"

static bool as_table, as_commands;

static const struct option_spec options[] = {
	{ 0, "table", NULL, "every command and option, by tabs", OPTION_FLAG,
	    &as_table },
	{ 0, "commands", NULL, "the commands, by group", OPTION_FLAG,
	    &as_commands },
	{ 0 },
};

static int
run(struct call *call, struct err *e)
{
	(void)call;
	if (as_table == as_commands)
		return err_set(e, ERR_USAGE, "use 'durable help'");
	if (as_table)
		command_table(commands, stdout);
	else
		command_list(commands, stdout);
	return 0;
}

void
command_report(const struct command *c, const struct err *e)
{
	if (c->is_internal)
		fprintf(stderr, "durable: %s\n", e->text);
	else
		fprintf(stderr, "durable %s: %s\n", c->name, e->text);
}

int
command_main(const char *program, const struct command *const *table, int argc,
    char **argv)
{
	const struct command *c;

	if (argc < 2) {
		fprintf(stderr, "%s: use 'durable'\n", program);
		return 2;
	}
	c = command_find(table, argv[1]);
	if (!c) {
		fprintf(stderr,
		    "durable: unknown command '%s'; see 'durable "
		    "help'\n",
		    argv[1]);
		return 2;
	}
	return command_run(c, argv + 2, command_report);
}

const struct command cmd_own_help = {
	.name = "help",
	.synopsis = "--table | --commands",
	.summary = "this program's part of durable help",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 0,
	.max_args = 0,
	.run = run,
};
