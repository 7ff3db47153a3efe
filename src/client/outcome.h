/*
 * outcome.h - recorded outcomes as exit statuses, failed runs as errors.
 */
#ifndef DURABLE_OUTCOME_H
#define DURABLE_OUTCOME_H

#include "base/buf.h"
#include "client/output.h"
#include "client/runner.h"
#include "model/retry.h"

/* How an operation failed, before it is recorded. */
struct failed_run {
	struct failure failure; /* for the retry policy */
	struct buf error;       /* the error object; failed_run_clear frees */
	char type[256];         /* what failure.type points to */
	int64_t delay_s; /* until the next attempt; 0 or less: there is none */
	uint32_t flags;  /* of the update that records it */
};

void failed_run_clear(struct failed_run *f);

/*
 * Whether the run failed: not when its status is 0 or accepted, and nobody has
 * named an error. named is the object that `durable fail` gave, or NULL.
 */
bool outcome_is_failure(const struct run *r, const char *accept,
    const char *named);

/* Words a failed run: CommandFailed, CommandKilled or CommandTimedOut, or what
 * named says. With hide nothing of its output is kept. */
void outcome_of_run(const struct run *r, const char *named, bool hide,
    struct failed_run *f);

/* Words a failure that is no command's: type and message, exit status. */
void outcome_of_text(const char *type, const char *message, int status,
    struct failed_run *f);

/* The exit status of a recorded outcome that is no success. */
int outcome_status(uint8_t status, struct span error);

/* The type in an error object, copied into type (256 bytes). */
void outcome_error_type(struct span error, char *type);

#endif
