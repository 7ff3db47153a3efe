/*
 * commands.c - the table of subcommands of durable-engine. Add yours here and
 * in commands.h.
 */
#include "manage/commands.h"

#include <stddef.h>

const struct command *const commands[] = {
	&cmd_run,
	&cmd_resume,
	&cmd_retry,
	&cmd_stop,
	&cmd_list,
	&cmd_status,
	&cmd_history,
	&cmd_cost,
	&cmd_purge,
	&cmd_own_help,
	&cmd_serve,
	&cmd_drive,
	&cmd_child,
	&cmd_filter,
	&cmd_hash,
	&cmd_callback,
	NULL,
};
