/*
 * batch.h - when a parallel or map is complete, and its result.
 *
 * Wire reference, section 5.7. Our default differs: without any criterion
 * every branch is run, and any failure makes the batch return non-zero.
 */
#ifndef DURABLE_BATCH_H
#define DURABLE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

struct batch_rules {
	int64_t min_successful;      /* -1: not given */
	int64_t tolerated_count;     /* -1: not given */
	double tolerated_percentage; /* < 0: not given; of all branches */
};

struct batch_counts {
	size_t total;   /* branches there are */
	size_t started; /* all that ever were, also those that have ended */
	size_t succeeded, failed;
};

enum batch_reason {
	BATCH_OPEN, /* not complete */
	BATCH_ALL_COMPLETED,
	BATCH_MIN_SUCCESSFUL_REACHED,
	BATCH_FAILURE_TOLERANCE_EXCEEDED,
};

void batch_rules_init(struct batch_rules *r);
const char *batch_reason_name(enum batch_reason reason);

/*
 * Whether the batch is complete and why. Tested in the order tolerance
 * exceeded (count: failed > count; percentage: 100*failed/total > percentage),
 * all completed, minimum reached. A batch of none is ALL_COMPLETED.
 */
enum batch_reason batch_decide(const struct batch_rules *r,
    const struct batch_counts *c);

/*
 * Whether the exit status is 0: no branch failed, or a tolerance is given and
 * not exceeded, or only min_successful is given and was reached. With a
 * minimum that was not reached the batch is a failure.
 */
bool batch_is_success(const struct batch_rules *r,
    const struct batch_counts *c);

/* One finished or unfinished branch. Texts are borrowed. */
struct batch_item {
	size_t index;
	struct span name;   /* printable; p NULL when unnamed */
	int outcome;        /* 'S' succeeded, 'F' failed, '-' started only,
	                       0 never started: left out */
	struct span result; /* a JSON value; p NULL: none */
	struct span error;  /* the error object */
};

/*
 * Appends the batch result:
 * {"status":"FAILED","completionReason":"ALL_COMPLETED","successCount":1,
 *  "failureCount":1,"startedCount":0,"totalCount":2,"all":[{"index":0,
 *  "name":"a","status":"SUCCEEDED","result":...},{"index":1,"name":"b",
 *  "status":"FAILED","error":{...}}]}
 * startedCount are those that were started and not finished, totalCount all
 * that were started. status is FAILED as soon as one branch failed. `exitStatus`
 * is what the operation returns; it comes last and is left out when 0.
 */
void batch_put(const struct batch_counts *c, enum batch_reason reason,
    int exit_status, const struct batch_item *items, size_t n, struct buf *out);

/* The exitStatus in a recorded batch result; 0 when there is none, or when
 * it is something else than a batch result (an --encode command's output). */
int batch_exit_status(struct span batch);

/* Whether a recorded batch result is one that returned non-zero. */
bool batch_is_failure(struct span batch);

/* Appends the error object of the first failed branch by index. Nothing when
 * batch is no batch result: a user's --encode may have written anything. */
void batch_put_first_error(struct span batch, struct buf *out);

#endif
