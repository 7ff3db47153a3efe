/*
 * commands.h - the subcommands of durable-lambda.
 */
#ifndef DURABLE_COMMANDS_H
#define DURABLE_COMMANDS_H

#include "base/command.h"

extern const struct command cmd_callback;
extern const struct command cmd_history;
extern const struct command cmd_lambda;
extern const struct command cmd_list;
extern const struct command cmd_start;
extern const struct command cmd_status;
extern const struct command cmd_stop;

#endif
