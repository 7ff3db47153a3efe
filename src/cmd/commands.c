/*
 * commands.c - the table of subcommands of the thin client. Add yours here and
 * in commands.h.
 */
#include "cmd/commands.h"

#include <stddef.h>

const struct command *const commands[] = {
	&cmd_input,
	&cmd_step,
	&cmd_checkpoint,
	&cmd_result,
	&cmd_wait,
	&cmd_child,
	&cmd_parallel,
	&cmd_branch,
	&cmd_map,
	&cmd_condition,
	&cmd_callback,
	&cmd_wait_for_callback,
	&cmd_invoke,
	&cmd_log,
	&cmd_fail,
	&cmd_error,
	&cmd_undo,
	&cmd_compensate,
	&cmd_help,
	&cmd_completion,
	NULL,
};
