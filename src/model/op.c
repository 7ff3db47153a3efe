/*
 * op.c - the tables of names, and the state machine of operations.
 */
#include "model/op.h"

#include <stddef.h>
#include <string.h>

static const char *const type_names[OP_TYPES] = {
	[OP_EXECUTION] = "EXECUTION",
	[OP_CONTEXT] = "CONTEXT",
	[OP_STEP] = "STEP",
	[OP_WAIT] = "WAIT",
	[OP_CALLBACK] = "CALLBACK",
	[OP_INVOKE] = "CHAINED_INVOKE",
};

static const char *const subtype_names[SUB_TYPES] = {
	[SUB_NONE] = "",
	[SUB_STEP] = "Step",
	[SUB_CONDITION] = "WaitForCondition",
	[SUB_WAIT] = "Wait",
	[SUB_CALLBACK] = "Callback",
	[SUB_INVOKE] = "ChainedInvoke",
	[SUB_CHILD] = "RunInChildContext",
	[SUB_WAIT_FOR_CALLBACK] = "WaitForCallback",
	[SUB_MAP] = "Map",
	[SUB_MAP_ITEM] = "MapIteration",
	[SUB_PARALLEL] = "Parallel",
	[SUB_BRANCH] = "ParallelBranch",
};

static const char *const nouns[SUB_TYPES] = {
	[SUB_NONE] = "operation",
	[SUB_STEP] = "step",
	[SUB_CONDITION] = "wait-for-condition",
	[SUB_WAIT] = "wait",
	[SUB_CALLBACK] = "callback",
	[SUB_INVOKE] = "invoke",
	[SUB_CHILD] = "child",
	[SUB_WAIT_FOR_CALLBACK] = "wait-for-callback",
	[SUB_MAP] = "map",
	[SUB_MAP_ITEM] = "map item",
	[SUB_PARALLEL] = "parallel",
	[SUB_BRANCH] = "branch",
};

static const char *const status_names[STATUSES] = {
	[STATUS_NONE] = "NONE",
	[STATUS_STARTED] = "STARTED",
	[STATUS_PENDING] = "PENDING",
	[STATUS_READY] = "READY",
	[STATUS_SUCCEEDED] = "SUCCEEDED",
	[STATUS_FAILED] = "FAILED",
	[STATUS_CANCELLED] = "CANCELLED",
	[STATUS_TIMED_OUT] = "TIMED_OUT",
	[STATUS_STOPPED] = "STOPPED",
};

static const char *const action_names[ACTIONS] = {
	[ACTION_START] = "START",
	[ACTION_SUCCEED] = "SUCCEED",
	[ACTION_FAIL] = "FAIL",
	[ACTION_RETRY] = "RETRY",
	[ACTION_CANCEL] = "CANCEL",
};

/*
 * EXECUTION  STARTED --SUCCEED/FAIL--> SUCCEEDED/FAILED
 * CONTEXT    none --START--> STARTED --SUCCEED/FAIL--> SUCCEEDED/FAILED
 * STEP       none|READY --START--> STARTED
 *            none|STARTED|READY --SUCCEED/FAIL--> SUCCEEDED/FAILED
 *            none|STARTED|READY --RETRY--> PENDING --(due)--> READY
 * WAIT       none --START--> STARTED --(due)--> SUCCEEDED
 *            STARTED --CANCEL--> CANCELLED
 * CALLBACK   none --START--> STARTED --(service)--> SUCCEEDED/FAILED/TIMED_OUT
 * INVOKE     none --START--> STARTED --(service)--> SUCCEEDED/FAILED/
 *            TIMED_OUT/STOPPED
 *
 * The arrows in brackets are table_settle's. A step that is closed or retried
 * from none has been started implicitly. No action leads to STATUS_NONE, so
 * its 0, all that is not listed, says that there is no arrow.
 */
static const unsigned char next_status[OP_TYPES][STATUSES][ACTIONS] = {
	[OP_EXECUTION] = {
		[STATUS_STARTED] = {
			[ACTION_SUCCEED] = STATUS_SUCCEEDED,
			[ACTION_FAIL] = STATUS_FAILED,
		},
	},
	[OP_CONTEXT] = {
		[STATUS_NONE] = { [ACTION_START] = STATUS_STARTED },
		[STATUS_STARTED] = {
			[ACTION_SUCCEED] = STATUS_SUCCEEDED,
			[ACTION_FAIL] = STATUS_FAILED,
		},
	},
	[OP_STEP] = {
		[STATUS_NONE] = {
			[ACTION_START] = STATUS_STARTED,
			[ACTION_SUCCEED] = STATUS_SUCCEEDED,
			[ACTION_FAIL] = STATUS_FAILED,
			[ACTION_RETRY] = STATUS_PENDING,
		},
		[STATUS_STARTED] = {
			[ACTION_SUCCEED] = STATUS_SUCCEEDED,
			[ACTION_FAIL] = STATUS_FAILED,
			[ACTION_RETRY] = STATUS_PENDING,
		},
		[STATUS_READY] = {
			[ACTION_START] = STATUS_STARTED,
			[ACTION_SUCCEED] = STATUS_SUCCEEDED,
			[ACTION_FAIL] = STATUS_FAILED,
			[ACTION_RETRY] = STATUS_PENDING,
		},
	},
	[OP_WAIT] = {
		[STATUS_NONE] = { [ACTION_START] = STATUS_STARTED },
		[STATUS_STARTED] = { [ACTION_CANCEL] = STATUS_CANCELLED },
	},
	[OP_CALLBACK] = {
		[STATUS_NONE] = { [ACTION_START] = STATUS_STARTED },
	},
	[OP_INVOKE] = {
		[STATUS_NONE] = { [ACTION_START] = STATUS_STARTED },
	},
};

static int
find_name(const char *const *names, int count, const char *p, size_t n)
{
	for (int i = 0; i < count; i++)
		if (strlen(names[i]) == n && memcmp(names[i], p, n) == 0)
			return i;
	return -1;
}

const char *
op_type_name(enum op_type t)
{
	return type_names[t];
}

const char *
op_subtype_name(enum op_subtype s)
{
	return subtype_names[s];
}

const char *
op_status_name(enum op_status s)
{
	return status_names[s];
}

const char *
op_action_name(enum op_action a)
{
	return action_names[a];
}

const char *
op_noun(enum op_subtype s)
{
	return nouns[s];
}

int
op_type_parse(const char *p, size_t n)
{
	return n ? find_name(type_names, OP_TYPES, p, n) : -1;
}

int
op_subtype_parse(const char *p, size_t n)
{
	return n ? find_name(subtype_names, SUB_TYPES, p, n) : SUB_NONE;
}

int
op_action_parse(const char *p, size_t n)
{
	return n ? find_name(action_names, ACTIONS, p, n) : -1;
}

bool
op_status_is_final(enum op_status s)
{
	return s >= STATUS_SUCCEEDED;
}

int
op_next_status(enum op_type t, enum op_status s, enum op_action a)
{
	int next = next_status[t][s][a];

	return next == STATUS_NONE ? -1 : next;
}
