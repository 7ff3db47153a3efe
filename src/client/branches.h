/*
 * branches.h - running the branches of a parallel or map: started as the
 * concurrency allows, caught, recorded; the batch decided and recorded.
 */
#ifndef DURABLE_BRANCHES_H
#define DURABLE_BRANCHES_H

#include <poll.h>

#include "client/operation.h"
#include "client/subshell.h"
#include "model/batch.h"

enum branch_state {
	BRANCH_NEW,     /* not started in this invocation */
	BRANCH_OPENING, /* asked for; the reply is on its way */
	BRANCH_RUNNING,
	BRANCH_ENDING, /* its outcome is on its way to the log */
	BRANCH_SUCCEEDED,
	BRANCH_FAILED,
	BRANCH_CUT_OFF,  /* the batch was decided without it */
	BRANCH_LEFT_OUT, /* and before it could begin */
};

#define OPERATION_IS "DURABLE_OPERATION="

struct branch {
	const char *name;    /* NULL: known by its index */
	uint32_t occurrence; /* of its name among equals; 0: none (unnamed) */
	char **words;
	struct span item; /* of a map; p NULL in a parallel */
	const char
	    *item_env[3]; /* "NAME=value" for its environment; NULL ends */

	enum branch_state state;
	char id[OPID_LEN + 1];
	struct run run;
	struct subshell *subshell; /* while it runs as a function, or NULL */
	char **env;                /* while it runs as a program, or NULL */
	char setting[sizeof(OPERATION_IS) + OPID_LEN]; /* of its environment */
	bool was_begun;      /* by an earlier invocation, without an outcome */
	bool is_again;       /* it has succeeded: run only for its value */
	char *named_error;   /* by `durable fail`, or NULL */
	struct buf recorded; /* what was sent */
	struct buf value;    /* of a success: a JSON value for the batch */
	struct buf error;    /* of a failure */
};

enum batch_print { PRINT_EACH, PRINT_ARRAY, PRINT_BATCH };

struct branches {
	struct operation batch; /* its output options are those of the whole */
	enum op_subtype branch_subtype;
	struct branch *list;
	size_t n;
	struct batch_rules rules;
	int64_t max_concurrency; /* -1: none */
	bool is_flat;
	enum batch_print print;
	struct output output; /* of each branch */

	/* in the course of it */
	char id[OPID_LEN + 1];
	size_t next, running, max_at_once;
	size_t again; /* that are run again and have not ended */
	struct batch_counts counts;
	enum batch_reason reason;
	size_t *expected, expected_from, expected_n; /* replies, by branch */
	uint64_t limit;
	bool is_rebuild; /* recorded, but for its result: too large */
	size_t awaited;  /* outcomes of a flat one, for the recorded reason */
	enum batch_reason recorded_reason;
	bool batch_merged; /* stdout and stderr are the same file */
	struct buf result; /* the batch result */
	int status;
};

void branches_init(struct branches *b, enum op_subtype batch,
    enum op_subtype branch);

/* Adds one; words is borrowed. */
struct branch *branches_add(struct branches *b, const char *name, char **words);

/* branch.c, for branches.c: its command is started; 1 when that has ended by
 * itself, as only a function does; what of it is to be polled, 3 entries at
 * most; nothing of it is needed any more. */
int branch_start(struct branches *b, struct branch *br, struct err *e) MUST_USE;
int branch_take(struct branch *br, struct err *e) MUST_USE;
void branch_signal(const struct branch *br, int signal);
size_t branch_fill(const struct branch *br, struct pollfd *fds);
void branch_end(struct branch *br);

/* The JSON value that the batch has for what a branch has recorded. */
int branch_take_value(struct branches *b, struct branch *br,
    struct span recorded, struct err *e) MUST_USE;

/* Opens the batch, runs, prints; returns the exit status or -1. */
int branches_run(struct branches *b, struct err *e) MUST_USE;

/*
 * Prints what a batch result comes to, as b->print says. Shared by the first
 * run and every replay.
 */
int branches_print(const struct branches *b, struct span result,
    struct buf *out, struct err *e) MUST_USE;

/* Puts the batch result together from the branches. */
void branches_make_result(struct branches *b);

/*
 * What is recorded of a flat batch whose result is not: the branches that had
 * an outcome, and why it was complete. Where it is taken only those run again,
 * and the batch is decided when all of them have ended, in any order.
 */
void branches_put_summary(const struct branches *b, struct buf *out);
void branches_take_summary(struct branches *b, struct span summary);

#endif
