/*
 * op.h - the nouns: an operation, one change of it, and the tables of names.
 *
 * Names, actions and statuses are those of the durable execution API. The
 * rule of what an action does to a status is one table (op_next_status).
 */
#ifndef DURABLE_OP_H
#define DURABLE_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/text.h"

enum {
	OPID_LEN = 49,       /* 32 hex digits, '-', 16 hex digits */
	OPID_IDENTITY = 32,  /* what operations are found by */
	OP_NAME_MAX = 4096,  /* bytes of a name as given */
	OP_NAME_SHOWN = 256, /* bytes of its printable form */
};

enum op_type {
	OP_EXECUTION,
	OP_CONTEXT,
	OP_STEP,
	OP_WAIT,
	OP_CALLBACK,
	OP_INVOKE, /* CHAINED_INVOKE */
	OP_TYPES,
};

enum op_subtype {
	SUB_NONE,
	SUB_STEP,
	SUB_CONDITION, /* WaitForCondition */
	SUB_WAIT,
	SUB_CALLBACK,
	SUB_INVOKE,            /* ChainedInvoke */
	SUB_CHILD,             /* RunInChildContext */
	SUB_WAIT_FOR_CALLBACK, /* WaitForCallback */
	SUB_MAP,
	SUB_MAP_ITEM, /* MapIteration */
	SUB_PARALLEL,
	SUB_BRANCH, /* ParallelBranch */
	SUB_TYPES,
};

enum op_status {
	STATUS_NONE, /* not started */
	STATUS_STARTED,
	STATUS_PENDING, /* a step that waits for its next attempt */
	STATUS_READY,   /* a step whose next attempt is due */
	STATUS_SUCCEEDED,
	STATUS_FAILED,
	STATUS_CANCELLED,
	STATUS_TIMED_OUT,
	STATUS_STOPPED,
	STATUSES,
};

enum op_action {
	ACTION_START,
	ACTION_SUCCEED,
	ACTION_FAIL,
	ACTION_RETRY,
	ACTION_CANCEL,
	ACTIONS,
};

const char *op_type_name(enum op_type t);       /* "STEP" */
const char *op_subtype_name(enum op_subtype s); /* "Step"; "" for none */
const char *op_status_name(enum op_status s);   /* "STARTED" */
const char *op_action_name(enum op_action a);   /* "START" */
const char *op_noun(enum op_subtype s); /* "step", "wait", "branch": messages */

/* The value of that name (n bytes), or -1. */
int op_type_parse(const char *p, size_t n);
int op_subtype_parse(const char *p, size_t n);
int op_action_parse(const char *p, size_t n);

/* Whether the operation has its outcome. */
bool op_status_is_final(enum op_status s);

/*
 * The status that action leads to from status, or -1 where the API's state
 * machine has no such arrow (wire reference, section 4.3).
 */
int op_next_status(enum op_type t, enum op_status s, enum op_action a);

/* One change of an operation, as recorded or sent. Everything borrowed. */
struct update {
	const char *id;        /* OPID_LEN characters and NUL */
	const char *parent_id; /* NULL at the root */
	enum op_type type;
	enum op_subtype subtype;
	struct text name; /* printable form; none when unnamed */
	enum op_action action;
	struct text payload;
	struct text error; /* a JSON object, never escaped; none */
	bool replay_children;
	int64_t delay_s;         /* of RETRY: NextAttemptDelaySeconds */
	int64_t wait_s;          /* of a WAIT's START */
	int64_t timeout_s;       /* of a CALLBACK's START; 0 none */
	int64_t heartbeat_s;     /* the same */
	struct text function;    /* of a CHAINED_INVOKE's START */
	struct text tenant;      /* the same */
	struct text callback_id; /* of a CALLBACK's START: the service's */
};

/*
 * One operation as the log has it. Owned by its table (table.h); name,
 * result, error and callback_id are what `owned` says: pointers into the
 * loaded log, or memory that table_free frees.
 */
struct op {
	char id[OPID_LEN + 1];
	uint8_t type, subtype, status; /* of the enums above */
	bool replay_children;
	bool virtual;  /* a branch that is not recorded (--flat) */
	bool met;      /* opened in this invocation */
	bool reopened; /* a retry of the execution made it not started again;
	                  until its next START */
	unsigned char owned;                     /* the table's own bits */
	uint32_t attempt;                        /* finished attempts */
	struct op *parent;                       /* NULL at the root */
	struct op *child, *last_child, *sibling; /* as they were STARTed */
	struct text name;
	struct text result; /* payload of SUCCEED or of the last RETRY */
	struct text error;
	struct text callback_id;
	int64_t started, ended; /* instants; 0 not yet */
	int64_t due; /* end of the wait, next attempt, callback's deadline;
	                TIME_NEVER when there is none */
	int64_t heartbeat_due;
	int64_t heartbeat_s;
	void *live; /* the engine's own (engine/state.h); NULL after loading */
	struct op *next_by_name; /* the table's own: table_next_named */
};

#endif
