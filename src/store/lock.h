/*
 * lock.h - opening a context file safely, and being its only writer.
 *
 * Every descriptor is close-on-exec; no symbolic link is followed in the last
 * part of a path. A lock is flock's, so it ends with the process, and it counts
 * only while the path still names the locked file.
 */
#ifndef DURABLE_LOCK_H
#define DURABLE_LOCK_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Each returns a descriptor, which the caller closes, or -1. They refuse,
 * with ERR_REFUSED and what to do about it, what is no regular file, and for
 * writing also another user's file and one that others may write.
 */

/* For reading, without a lock. ERR_MISSING, ERR_REFUSED, ERR_IO. */
int lock_open_to_read(const char *path, struct err *e) MUST_USE;

/* For appending, locked. Also ERR_BUSY: another process has the lock. */
int lock_open(const char *path, struct err *e) MUST_USE;

/* The same; makes the file, with mode 0600, when there is none. */
int lock_create(const char *path, struct err *e) MUST_USE;

/* The same with fd, which this process has locked before an exec. Takes fd
 * over, also on failure. */
int lock_adopt(const char *path, int fd, struct err *e) MUST_USE;

/* Whether a process has it locked. */
bool lock_is_taken(const char *path);

/* Returns 0 once nobody has the lock. ERR_MISSING, ERR_REFUSED, ERR_IO. */
int lock_wait(const char *path, struct err *e) MUST_USE;

#endif
