/*
 * context.h - the context file: locked, loaded, appended, committed.
 *
 * One process at a time holds the lock (flock) and may write; readers take no
 * lock and ignore an incomplete end. durable-context(5) describes the format.
 *
 * What recovery does with the end of the file: loading stops at the first bad
 * record k. When a whole record behind it says synced >= k, record k had been
 * acknowledged and is damaged: ERR_CORRUPT, nothing is changed. Else all from
 * k on was never acknowledged and is cut, with a notice.
 */
#ifndef DURABLE_CONTEXT_H
#define DURABLE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/backend.h"

/* The last invocation that the log knows of. */
struct last_invocation {
	char token[33]; /* 32 hex digits; "" when there was none */
	int64_t pid;    /* of its engine */
	int64_t start, end;
	char *socket;  /* path, or NULL */
	char *outcome; /* of InvocationCompleted; NULL while it has no end */
	bool is_open;  /* started and never completed */
};

/* What the log says about the execution as a whole. */
struct execution_state {
	struct header header;
	enum event_type ended; /* EVENT_EXECUTION_*, or EVENT_NONE */
	int64_t ended_at;
	int64_t reopened_at; /* by the last `durable retry`; 0: never */
	char *result; /* JSON text of ExecutionSucceeded; NULL for none */
	char *error;  /* error object of the other ends, or NULL */
	struct last_invocation last;
	int64_t invocations; /* completed ones */
	int crashes;         /* in a row, no operation completed in between */
	bool
	    changed_since; /* since the last completed one; not by heartbeats */
	bool was_compensated;   /* a step `undo ...` has started */
	int64_t clock_offset;   /* ms, of the last ClockSkipped */
	int64_t deadline_shift; /* ms by which deadlines have moved along */
	int64_t retries;        /* RETRY updates so far */
	uint64_t last_seq;
};

struct context; /* begins with a struct backend */

/*
 * Makes the file with its header, synced with its folder, and locks it.
 * Missing folders are made, 0700. ERR_BUSY: it exists already and is whole
 * (an empty file or a torn first line is taken over); ERR_IO.
 * On success the caller closes it with context_close.
 */
struct context *context_create(const char *path, const struct header *h,
    struct err *e);

/*
 * Opens and locks an existing file, without waiting: ERR_BUSY "PATH is in use
 * by another durable", ERR_MISSING when it does not exist or was never whole,
 * ERR_REFUSED when it is a folder, a symbolic link, owned by another user or
 * writable by others (message says what to do), ERR_CORRUPT, ERR_IO. Loads it
 * into the backend's table, cuts a torn end (notice through `notice`, which
 * may be NULL).
 */
struct context *context_open(const char *path, void (*notice)(const char *),
    struct err *e);

/* As context_open with a lock that this process has already: fd, from before
 * an exec. Takes fd over, also on failure. */
struct context *context_open_locked(const char *path, int fd,
    void (*notice)(const char *), struct err *e);

/* Whether a process has the lock. */
bool context_is_locked(const char *path);

/* Waits for the lock, then releases it. -1 with ERR_IO (EINTR: a signal). */
int context_wait_unlocked(const char *path, struct err *e) MUST_USE;

struct backend *context_backend(struct context *c);

/* Valid until the context is closed; kept up to date by event(). */
const struct execution_state *context_state(const struct context *c);
const char *context_path(const struct context *c);

/* The descriptor that holds the lock, to be inherited across an exec. */
int context_fd(const struct context *c);

/* Frees the table, and closes the file unless keep_lock. c may be NULL. */
void context_close(struct context *c, bool keep_lock);

/*
 * For readers: no lock, whole records only. Calls each for every record in
 * order (with the header known by then in *state), when each is not NULL, and
 * fills in *state; table may be NULL. ERR_MISSING, ERR_CORRUPT, ERR_IO, or what
 * each set when it returned -1. execution_state_clear frees what *state owns.
 */
int context_read(const char *path, struct execution_state *state,
    struct table *table,
    int (*each)(const struct record *, void *, struct err *), void *arg,
    struct err *e) MUST_USE;

void execution_state_clear(struct execution_state *s);

/* When the execution's own time is up; TIME_NEVER without a limit. */
int64_t execution_deadline(const struct execution_state *s);

/* How many write and sync calls this process has made on context files; for
 * the tests of the budget, shown in DURABLE_LOG at close. */
void context_counts(uint64_t *writes, uint64_t *syncs);

#endif
