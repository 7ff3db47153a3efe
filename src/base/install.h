/*
 * install.h - where the parts of durable are.
 */
#ifndef DURABLE_INSTALL_H
#define DURABLE_INSTALL_H

/*
 * The path of a program that users do not type: beside this program, else in
 * ../libexec/durable, else where it was configured (that one need not exist).
 * By name and not by /proc/self/exe, so that an upgrade takes effect.
 * Allocated.
 */
char *install_program(const char *name);

/* The folder that `durable` is in: this program's own, ../../bin, bin below
 * it, or the configured one. Allocated. */
char *install_bin_folder(void);

#endif
