/*
 * commands.c - the table of subcommands of durable-lambda. Add yours here and
 * in commands.h.
 */
#include "lambda/commands.h"

#include <stddef.h>

const struct command *const commands[] = {
	&cmd_lambda,
	&cmd_own_help,
	NULL,
};
