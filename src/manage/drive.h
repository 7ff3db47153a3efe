/*
 * drive.h - an execution, driven to its end: invocation after invocation, with
 * sleeps in between.
 */
#ifndef DURABLE_DRIVE_H
#define DURABLE_DRIVE_H

#include <stdbool.h>

#include "engine/server.h"
#include "store/context.h"

/* --skip-time: which due times pass at once. */
enum skip { SKIP_NONE, SKIP_WAITS, SKIP_ALL };

/* How one that was compensated is done again, for messages. */
#define START_ANEW                                               \
 "start a new execution: 'durable run --if-failed new ...', or " \
 "with another --name or --context"

struct drive {
	const char *path;        /* of the context file, absolute */
	struct context *context; /* open and locked; drive_run closes it */
	bool strict, quiet, verbose;
	enum skip skip_time;
	bool is_silent; /* a chained invoke's: its parent says what there is */
	bool no_wait;   /* returns when suspended, instead of sleeping */
	bool is_resume; /* the recorded environment is taken, not ours */

	/* in the course of it */
	char *socket;
	int listen_fd; /* -1: not yet */
	struct engine_counts counts;
	int failures;        /* crashes on the way */
	bool has_invoked;    /* the engines of open invokes have been started */
	bool has_lost_child; /* the engine of an open invoke was killed */
	bool is_knocked;     /* somebody has connected while we slept */
	int signal;          /* that ended a sleep */
	int64_t due; /* when suspended: TIME_NEVER for an outside event */
};

void drive_init(struct drive *d, const char *path);

/*
 * Drives to the end, or until suspended with no_wait, interrupted, or refused.
 * Returns the exit status of `durable run`: of the handler (mapped), 0, 75
 * suspended, 124 timed out, 125, 128+N; says on stderr what there is to say.
 * -1 with *e set when it could not go on (the backend failed).
 */
int drive_run(struct drive *d, struct err *e) MUST_USE;

/*
 * Prints what a finished execution came to and gives its exit status. d may be
 * NULL: it was finished before, nothing was run now.
 */
int drive_report(const struct execution_state *s, const char *path,
    const struct drive *d);

/* The exit status that `run` has for an execution that failed with error. */
int drive_status_of(const struct execution_state *s);

/* After an engine that died: ends what its invocation left running, and writes
 * the end that this lacks. Nothing when it had one. */
int drive_clear_left_overs(struct context *c, struct err *e) MUST_USE;

/* What a variable is for one that is resumed: as recorded, else as ours. */
const char *drive_setting(const struct context *c, const char *name);

/* The clock of the execution: ours plus the offset that it has recorded. */
void drive_set_clock(const struct context *c);

/* "1", "all" or nothing of DURABLE_SKIP_TIME and --skip-time. ERR_USAGE. */
int drive_parse_skip(const char *text, enum skip *out, struct err *e) MUST_USE;

/* Notices of context_open, to stderr. */
void drive_notice(const char *line);

/* "durable:NAME:ID", what log lines carry as executionArn. Allocated. */
char *drive_arn(const struct header *h);

#endif
