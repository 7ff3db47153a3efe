/*
 * commands.h - the subcommands of durable-engine.
 */
#ifndef DURABLE_COMMANDS_H
#define DURABLE_COMMANDS_H

#include "base/command.h"

extern const struct command cmd_callback;
extern const struct command cmd_child;
extern const struct command cmd_cost;
extern const struct command cmd_drive;
extern const struct command cmd_filter;
extern const struct command cmd_hash;
extern const struct command cmd_history;
extern const struct command cmd_list;
extern const struct command cmd_purge;
extern const struct command cmd_resume;
extern const struct command cmd_retry;
extern const struct command cmd_run;
extern const struct command cmd_serve;
extern const struct command cmd_status;
extern const struct command cmd_stop;

#endif
