/*
 * commands.h - the subcommands that the thin client does itself. All others
 * are durable-engine's.
 */
#ifndef DURABLE_COMMANDS_H
#define DURABLE_COMMANDS_H

#include "base/command.h"

extern const struct command *const commands[]; /* ends with NULL */

extern const struct command cmd_branch;
extern const struct command cmd_callback;
extern const struct command cmd_checkpoint;
extern const struct command cmd_child;
extern const struct command cmd_compensate;
extern const struct command cmd_completion;
extern const struct command cmd_condition;
extern const struct command cmd_error;
extern const struct command cmd_fail;
extern const struct command cmd_help;
extern const struct command cmd_input;
extern const struct command cmd_invoke;
extern const struct command cmd_log;
extern const struct command cmd_map;
extern const struct command cmd_parallel;
extern const struct command cmd_result;
extern const struct command cmd_step;
extern const struct command cmd_undo;
extern const struct command cmd_wait;
extern const struct command cmd_wait_for_callback;

#endif
