/*
 * workflow.h - starting the user's script.
 */
#ifndef DURABLE_WORKFLOW_H
#define DURABLE_WORKFLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct workflow {
	char *const *argv; /* argv[0] is the path, absolute */
	const char *cwd;
	char *const *env; /* complete; NULL-terminated */
	int umask;        /* -1: ours */
	int out;          /* becomes its standard output */
	int err_fd;       /* becomes its standard error; -1: ours */
	bool outlives;    /* goes on when this process ends */
	bool gives_way;   /* is what the kernel ends when memory runs out */
	bool in_place;    /* in our session, with our standard input */
};

/*
 * Starts it in a session and process group of its own, with /dev/null as
 * standard input; a file that is no binary and has no #! is run by /bin/sh.
 * Returns its pid, or -1: ERR_MISSING "no such file", "is not executable: try
 * chmod +x", ..., ERR_IO.
 */
pid_t workflow_start(const struct workflow *w, struct err *e);

/*
 * Adds NAME=value to a NULL-terminated environment, replacing the old one;
 * value NULL takes it away. The array is allocated; strings too, never freed
 * before environ_free.
 */
char **environ_copy(char *const *env);
void environ_set(char ***env, const char *name, const char *value);
void environ_free(char **env);

/* The value of name in it, or NULL. */
const char *environ_value(char *const *env, const char *name);

/* Takes away every DURABLE_* that belongs to an invocation around us. */
void environ_drop_invocation(char ***env);

/* The same in the environment of this process. */
void environ_leave_invocation(void);

#endif
