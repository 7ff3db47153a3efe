/*
 * paths.h - where executions are kept and what they are called.
 */
#ifndef DURABLE_PATHS_H
#define DURABLE_PATHS_H

#include <stdbool.h>

#include "base/err.h"

enum { EXECUTION_NAME_MAX = 64 };

/* ${XDG_STATE_HOME:-~/.local/state}/durable; the caller frees it. NULL with
 * *e set when neither XDG_STATE_HOME nor HOME says where. */
char *paths_state_folder(struct err *e);

/* FOLDER/NAME.jsonl; the caller frees it. */
char *paths_context_of(const char *folder, const char *name);

/* Whether name is 1 to 64 characters [A-Za-z0-9_-]. */
bool paths_name_is_valid(const char *name);

/* A valid name made of a file's: its base name without .jsonl, what is not
 * allowed replaced by '-', cut. The caller frees it. */
char *paths_name_of_file(const char *path);

/*
 * The context file that word means: a path when it has a '/' or ends in
 * .jsonl, else the name of an execution. The caller frees it; NULL with *e.
 */
char *paths_find_context(const char *word, struct err *e);

/* path made absolute (cwd put in front); the caller frees it. */
char *paths_absolute(const char *path, struct err *e);

/*
 * The handler that word means, absolute: a path, a file in the working
 * directory, or a program found by PATH. ERR_MISSING: there is none, or it is
 * not executable (says what to do).
 */
char *paths_find_handler(const char *word, struct err *e);

#endif
