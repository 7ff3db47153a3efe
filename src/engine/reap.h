/*
 * reap.h - the processes below the engine: seen, ended, waited for.
 *
 * The engine is the child subreaper, so whatever a workflow starts stays below
 * it, however it forks. All of it is found through /proc.
 */
#ifndef DURABLE_REAP_H
#define DURABLE_REAP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct proc {
	pid_t pid, parent;
	char state; /* as in /proc/PID/stat: R S D T Z */
};

struct procs {
	struct proc *list; /* procs_clear frees it */
	size_t n, size;
};

/* Makes this process the one that orphans below it are given to. Returns
 * false where the system has no such thing. */
bool reap_become_subreaper(void);

/* All processes below this one, parents before their children; the engines of
 * chained invokes and what is below them left out. */
void procs_below(struct procs *out);
void procs_clear(struct procs *p);

/* The command's name (/proc/PID/comm) for messages; "?" when it is gone. */
void proc_name(pid_t pid, struct buf *out);

/* Whether the standard input of pid is a pipe that the standard output of
 * writer goes to, or what it tells durable.sh: it is part of its pipeline. */
bool proc_reads_from(pid_t pid, pid_t writer);

/* Whether the process with that pid is to be left alone. */
typedef bool (*reap_spare)(void *arg, pid_t pid);

/*
 * Ends everything below this process with SIGKILL and reaps it, again and
 * again until nothing is left but what spare names, for limit_ms at most.
 * Returns 0, or -1 with ERR_IO naming a process that is still there.
 */
int reap_all(reap_spare spare, void *arg, int limit_ms, struct err *e) MUST_USE;

/* Sends SIGKILL to everything below but what spare names, and does not wait. */
void reap_kill(reap_spare spare, void *arg);

/* Whether the process has ended, reaped or not. */
bool proc_has_ended(pid_t pid);

/* Sends signal to everything below (SIGSTOP, SIGCONT). */
void reap_signal(int signal);

/* Whether the process is to be ended. operation is DURABLE_OPERATION in the
 * environment that it was started with, or ""; is_child: its parent is to be
 * ended. */
typedef bool (
    *reap_choice)(void *arg, pid_t pid, const char *operation, bool is_child);

/* Sends SIGKILL to every process below this one that is chosen. */
void reap_kill_where(reap_choice choose, void *arg);

/*
 * Ends every process of this user whose DURABLE_INVOCATION is token, wherever
 * it hangs, and waits until they are gone, limit_ms at most. This process and
 * those that spare names are left alone.
 */
int reap_invocation(const char *token, reap_spare spare, void *arg,
    int limit_ms, struct err *e) MUST_USE;

#endif
