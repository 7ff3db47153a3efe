/*
 * commands.c - the table of subcommands of durable-lambda. Add yours here and
 * in commands.h.
 */
#include "lambda/commands.h"

#include <stddef.h>

const struct command *const commands[] = {
	&cmd_lambda,
	&cmd_start,
	&cmd_stop,
	&cmd_list,
	&cmd_status,
	&cmd_history,
	&cmd_callback,
	&cmd_own_help,
	NULL,
};
