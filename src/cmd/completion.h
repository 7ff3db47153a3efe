/*
 * completion.h - completion scripts made of the option tables.
 */
#ifndef DURABLE_COMPLETION_H
#define DURABLE_COMPLETION_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/* Prints the script for shell (bash, zsh, fish) from the lines of
 * command_table (base/command.h). table is changed. ERR_USAGE: no such shell. */
int completion_print(const char *shell, struct buf *table, FILE *out,
    struct err *e) MUST_USE;

/* The lines of command_table of this program and of durable-engine's, those of
 * hidden commands left out. */
int help_table(struct buf *out, struct err *e) MUST_USE;

#endif
