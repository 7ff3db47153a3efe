/*
 * proc.h - looking at other processes through /proc.
 */
#ifndef DURABLE_PROC_H
#define DURABLE_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

/* Reads all of /proc/PID/name; false when the process is gone or not ours. */
bool proc_read(pid_t pid, const char *name, struct buf *out);

/* The value of name in the environment that pid was started with. False when
 * there is none or it cannot be read. Of a process that is being started the
 * environment is waited for, half a second at most. */
bool proc_environ(pid_t pid, const char *name, struct buf *value);

/* Calls each for the pid of every process there is, while it returns true. */
void proc_each(bool (*each)(pid_t pid, void *arg), void *arg);

struct setting {
	const char *name, *value;
};

/* Sends signal to every process whose environment has all the settings, but for
 * this one, but itself and its process group. The last one's name is NULL.
 * Returns how many there were. */
size_t proc_signal_where(const struct setting *settings, pid_t but, int signal);

#endif
