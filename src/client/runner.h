/*
 * runner.h - runs a command: its output caught, its time limited, its group
 * ended when it must be.
 *
 * A command is over when its process has exited: what is in the pipes by then
 * is its output. What it leaves running is left alone.
 */
#ifndef DURABLE_RUNNER_H
#define DURABLE_RUNNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "client/client.h"

enum {
	TAIL_MAX = 4096, /* of stdout and stderr, kept for an error */
	KILL_AFTER_DEFAULT_S = 10,
};

struct run {
	/* what to run; all borrowed */
	char *const *argv;
	char *const *env;  /* complete */
	int stdout_fd;     /* its standard output goes there; -1: to us */
	struct span input; /* its standard input; p NULL: /dev/null */
	size_t limit;      /* of its output, in bytes */
	const char *spill; /* file for an output over the limit; NULL: none */
	bool discard;      /* the output is not kept at all */
	bool hides_errors; /* its stderr is only kept, not passed through */
	bool tee;          /* stdout goes to our stderr as it comes, too */
	const char *label; /* the same with this before every line; NULL: not */
	bool is_context;   /* gets its group into DURABLE_GROUPS */
	int64_t timeout_s; /* 0: none */
	int64_t kill_after_s;
	int signal; /* at the time limit */

	/* how it went */
	struct buf out;  /* the output; run_clear frees */
	struct buf tail; /* the end of its stderr */
	uint64_t total;  /* bytes of output, kept or not */
	bool too_large;
	int status;    /* as the shell has it: 128+N for a signal */
	int killed_by; /* that signal, or 0 */
	bool timed_out;
	bool interrupted; /* ended by INT, TERM, HUP, or with 129, 130, 143 */
	int exec_errno;   /* it could not be started; status is 126 or 127 */

	/* of the running command */
	char **sh_argv;
	pid_t pid;
	int out_fd, err_fd, in_fd;
	size_t in_off;
	int spill_fd;
	bool is_merged;      /* stdout and stderr are one pipe */
	bool is_inside_line; /* what label stands before has begun */
};

void run_init(struct run *r);
void run_clear(struct run *r);

/*
 * Starts the command in a process group of its own. A command that cannot be
 * executed is not a failure of this function: exec_errno says why, status is
 * as in the shell. -1: no pipe, no process, ...
 */
int run_start(struct run *r, struct client *c, struct err *e) MUST_USE;

/* Takes what is in the pipes now, without waiting. */
void run_take(struct run *r);

/* The command has ended with that wait status: takes the rest, closes all. */
void run_ended(struct run *r, int wait_status);

/* The same for what ran elsewhere: its output from a file, its status as the
 * shell has it. */
int run_take_file(struct run *r, int fd, struct err *e) MUST_USE;
void run_set_status(struct run *r, int status);

/* Sends signal to the command's whole group and to what has left it but is
 * still below this process. */
void run_signal(const struct run *r, int signal);

/*
 * Runs the command to its end, passing signals on and watching the engine:
 * client_die when that has gone.
 */
int run_wait(struct run *r, struct client *c, struct err *e) MUST_USE;

/* Whether both are the same open file, as after 2>&1. */
bool run_outputs_are_one(void);

/* The environment with names set: pairs ends with NULL. Each is "NAME=value"
 * and replaces what was. The array is allocated. */
char **run_environ(const char *const *set);

#endif
