/*
 * install.h - where the parts of durable are.
 */
#ifndef DURABLE_INSTALL_H
#define DURABLE_INSTALL_H

#include "base/err.h"

/*
 * The path of a program that users do not type: beside this program, else in
 * ../libexec/durable, else where it was configured (that one need not exist).
 * By name and not by /proc/self/exe, so that an upgrade takes effect.
 * Allocated.
 */
char *install_program(const char *name);

/* Executes `PATH COMMAND [WORDS...]` in place of this process; words ends with
 * NULL. Returns -1 only, with ERR_IO. */
int install_execute(char *path, const char *command, char *const *words,
    struct err *e);

/* The folder that `durable` is in: this program's own, ../../bin, bin below
 * it, or the configured one. Allocated. */
char *install_bin_folder(void);

#endif
