/*
 * own_help.c - a program's part of "durable help", for the thin client.
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
