/*
 * state.c - what a record does to the execution's state and to its table.
 */
#include "store/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

static const char undo_prefix[] = "undo ";

/* Puts the plain text in place of *string; NULL for none. */
static void
replace(char **string, struct text t)
{
	free(*string);
	*string = text_dup(t);
}

/* Printable names hold no escape in their first bytes but for a quote or a
 * backslash, and the prefix has neither. */
static bool
is_undo(const struct update *u)
{
	return u->type == OP_STEP && u->name.p &&
	    u->name.n >= sizeof(undo_prefix) - 1 &&
	    memcmp(u->name.p, undo_prefix, sizeof(undo_prefix) - 1) == 0;
}

static void
apply_update(struct execution_state *s, const struct update *u)
{
	s->changed_since = true;
	if (u->action == ACTION_RETRY)
		s->retries++;
	if (u->action == ACTION_SUCCEED || u->action == ACTION_FAIL)
		s->crashes = 0;
	if (u->action == ACTION_START && is_undo(u))
		s->was_compensated = true;
}

static void
start_invocation(struct execution_state *s, const struct record *r)
{
	struct last_invocation *last = &s->last;
	size_t n = r->invocation.n;

	if (n >= sizeof(last->token))
		n = sizeof(last->token) - 1;
	memset(last->token, 0, sizeof(last->token));
	if (r->invocation.p)
		memcpy(last->token, r->invocation.p, n);
	last->pid = r->pid;
	last->start = r->time;
	last->end = 0;
	replace(&last->socket, r->socket);
	replace(&last->outcome, (struct text){ NULL, 0, false });
	last->is_open = true;
}

static void
complete_invocation(struct execution_state *s, const struct record *r)
{
	struct last_invocation *last = &s->last;

	replace(&last->outcome, r->outcome);
	last->end = r->time;
	last->is_open = false;
	s->invocations++;
	if (last->outcome && strcmp(last->outcome, "CRASHED") == 0)
		s->crashes++;
	s->changed_since = false;
}

static void
end_execution(struct execution_state *s, const struct record *r)
{
	struct text none = { NULL, 0, false };
	bool is_success = r->event == EVENT_EXECUTION_SUCCEEDED;

	s->ended = r->event;
	s->ended_at = r->time;
	replace(&s->result, is_success ? r->u.payload : none);
	replace(&s->error, is_success ? none : r->u.error);
}

static void
reopen(struct execution_state *s, const struct record *r)
{
	s->reopened_at = r->time;
	s->deadline_shift = 0;
	struct text none = { NULL, 0, false };

	s->ended = EVENT_NONE;
	s->ended_at = 0;
	replace(&s->result, none);
	replace(&s->error, none);
	s->crashes = 0;
}

/* The status in which an event leaves its operation, or STATUS_NONE. */
static enum op_status
settled_status(enum event_type t)
{
	switch (t) {
	case EVENT_WAIT_SUCCEEDED:
	case EVENT_CALLBACK_SUCCEEDED:
	case EVENT_INVOKE_SUCCEEDED:
		return STATUS_SUCCEEDED;
	case EVENT_CALLBACK_FAILED:
	case EVENT_INVOKE_FAILED:
		return STATUS_FAILED;
	case EVENT_CALLBACK_TIMED_OUT:
	case EVENT_INVOKE_TIMED_OUT:
		return STATUS_TIMED_OUT;
	case EVENT_INVOKE_STOPPED:
		return STATUS_STOPPED;
	default:
		return STATUS_NONE;
	}
}

void
state_apply(struct execution_state *s, const struct record *r)
{
	s->last_seq = r->seq;
	if (r->event == EVENT_NONE) {
		apply_update(s, &r->u);
		return;
	}
	/* A heartbeat gives the handler nothing to go on with. */
	if (r->event != EVENT_CALLBACK_HEARTBEAT)
		s->changed_since = true;
	if (settled_status(r->event) != STATUS_NONE)
		s->crashes = 0;
	switch (r->event) {
	case EVENT_INVOCATION_STARTED:
		start_invocation(s, r);
		return;
	case EVENT_INVOCATION_COMPLETED:
		complete_invocation(s, r);
		return;
	case EVENT_EXECUTION_SUCCEEDED:
	case EVENT_EXECUTION_FAILED:
	case EVENT_EXECUTION_TIMED_OUT:
	case EVENT_EXECUTION_STOPPED:
		end_execution(s, r);
		return;
	case EVENT_REOPENED:
		reopen(s, r);
		return;
	case EVENT_CLOCK_SKIPPED:
		s->clock_offset = r->offset;
		s->deadline_shift += r->start;
		return;
	default:
		return;
	}
}

/* A retry has all of the time anew. */
int64_t
execution_deadline(const struct execution_state *s)
{
	int64_t began = s->reopened_at > 0 ? s->reopened_at : s->header.time;

	began += s->deadline_shift;
	return s->header.timeout_s > 0 ? began + s->header.timeout_s * 1000
				       : TIME_NEVER;
}

void
execution_state_clear(struct execution_state *s)
{
	header_clear(&s->header);
	free(s->result);
	free(s->error);
	free(s->last.socket);
	free(s->last.outcome);
	memset(s, 0, sizeof(*s));
}

/* The type of operation that an event is about. */
static enum op_type
event_op_type(enum event_type t)
{
	if (t == EVENT_WAIT_SUCCEEDED)
		return OP_WAIT;
	return t >= EVENT_CALLBACK_SUCCEEDED && t <= EVENT_CALLBACK_HEARTBEAT
	    ? OP_CALLBACK
	    : OP_INVOKE;
}

/* An event about an operation, from the service or from outside. */
static int
apply_op_event(struct table *t, const struct record *r, bool copy,
    struct op **changed, struct err *e)
{
	enum op_status status = settled_status(r->event);
	struct op *op = r->u.id ? table_find(t, r->u.id) : NULL;

	if (!op || op->type != event_op_type(r->event))
		return err_set(e, ERR_CORRUPT, "%s of no such operation",
		    event_name(r->event));
	*changed = op;
	if (r->event == EVENT_CALLBACK_HEARTBEAT) {
		if (op->heartbeat_s > 0 &&
		    op->heartbeat_s <= (TIME_NEVER - r->time) / 1000)
			op->heartbeat_due = r->time + op->heartbeat_s * 1000;
		return 0;
	}
	/* What came from outside is settled before its record is queued. */
	if (op->status == (uint8_t)status)
		return 0;
	return table_settle(t, op, status, r->u.payload, r->u.error, r->time,
	    copy, e);
}

static int
apply_op_update(struct table *t, const struct record *r, bool copy,
    struct op **changed, struct err *e)
{
	struct text none = { NULL, 0, false };
	struct op *op = table_find(t, r->u.id);

	if (op && op->type == OP_STEP && op->status == STATUS_PENDING &&
	    table_settle(t, op, STATUS_READY, none, none, r->time, copy, e) < 0)
		return -1;
	*changed = table_apply(t, &r->u, r->time, copy, e);
	return *changed ? 0 : -1;
}

struct shift {
	int64_t by;
};

/* What somebody outside must answer by moves along when the clock jumps. */
static int
shift_deadline(struct op *op, void *arg)
{
	const struct shift *s = arg;

	if (op->type != OP_CALLBACK || op->status != STATUS_STARTED)
		return 0;
	if (op->due > 0 && op->due < TIME_NEVER - s->by)
		op->due += s->by;
	if (op->heartbeat_due > 0 && op->heartbeat_due < TIME_NEVER - s->by)
		op->heartbeat_due += s->by;
	return 0;
}

int
state_apply_to_table(struct table *t, const struct record *r, bool copy,
    struct op **changed, struct err *e)
{
	struct shift shift;

	*changed = NULL;
	if (r->event == EVENT_NONE)
		return apply_op_update(t, r, copy, changed, e);
	if (r->event == EVENT_REOPENED)
		table_reopen(t);
	if (r->event == EVENT_CLOCK_SKIPPED) {
		shift.by = r->start;
		(void)table_each(t, shift_deadline, &shift);
	}
	if (r->event >= EVENT_WAIT_SUCCEEDED &&
	    r->event <= EVENT_INVOKE_STOPPED)
		return apply_op_event(t, r, copy, changed, e);
	return 0;
}
