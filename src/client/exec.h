/*
 * exec.h - becoming the program that does what the thin client cannot.
 */
#ifndef DURABLE_EXEC_H
#define DURABLE_EXEC_H

#include "base/err.h"

/*
 * Executes `durable-engine COMMAND [WORDS...]` in place of this process; words
 * ends with NULL. It is looked for beside this program, then in
 * ../libexec/durable, then where it was configured. Returns -1 only.
 */
int exec_engine(const char *command, char *const *words, struct err *e);

/* The same with the program that has the command: durable-engine, or
 * durable-lambda. */
int exec_other(const char *command, char *const *words, struct err *e);

/* The paths of the two; the caller frees them. */
char *exec_engine_path(void);
char *exec_lambda_path(void);

#endif
