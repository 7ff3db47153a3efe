/*
 * commands.h - the subcommands of durable-lambda.
 */
#ifndef DURABLE_COMMANDS_H
#define DURABLE_COMMANDS_H

#include "base/command.h"

extern const struct command cmd_lambda;

#endif
