/*
 * history.c - records as the API's history events.
 *
 * A record says what has changed, an event also what that was: which attempt,
 * how long a wait. So each operation is remembered from its START on, with as
 * little as events need; its payloads are not. Events that have the form of
 * others (a result, an error) are listed, not written out.
 */
#include "store/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
/* The default, HASH_JEN, falls through its cases without saying so. */
#define HASH_FUNCTION HASH_FNV
#include <uthash.h>

#include "base/time.h"
#include "base/xalloc.h"

enum { INVOCATION_DIGITS = 32 };

/* What later events need of an operation. */
struct known {
	char identity[OPID_IDENTITY];
	char parent_id[OPID_LEN + 1]; /* "" at the root */
	enum op_type type;
	enum op_subtype subtype;
	char *name;       /* printable; NULL for none */
	int64_t attempts; /* finished */
	int64_t wait_s;
	UT_hash_handle hh;
};

struct history {
	struct known *by_identity;
	int64_t last_id; /* EventId */
};

/* What the details of an event hold. */
enum details {
	DETAILS_NONE,   /* no event */
	DETAILS_RESULT, /* Result */
	DETAILS_ERROR,  /* Error */
	DETAILS_WAIT,   /* Duration */
	DETAILS_INVOCATION,
};

static const enum details event_details[EVENTS] = {
	[EVENT_INVOCATION_COMPLETED] = DETAILS_INVOCATION,
	[EVENT_WAIT_SUCCEEDED] = DETAILS_WAIT,
	[EVENT_CALLBACK_SUCCEEDED] = DETAILS_RESULT,
	[EVENT_CALLBACK_FAILED] = DETAILS_ERROR,
	[EVENT_CALLBACK_TIMED_OUT] = DETAILS_ERROR,
	[EVENT_INVOKE_SUCCEEDED] = DETAILS_RESULT,
	[EVENT_INVOKE_FAILED] = DETAILS_ERROR,
	[EVENT_INVOKE_TIMED_OUT] = DETAILS_ERROR,
	[EVENT_INVOKE_STOPPED] = DETAILS_ERROR,
	[EVENT_EXECUTION_SUCCEEDED] = DETAILS_RESULT,
	[EVENT_EXECUTION_FAILED] = DETAILS_ERROR,
	[EVENT_EXECUTION_TIMED_OUT] = DETAILS_ERROR,
	[EVENT_EXECUTION_STOPPED] = DETAILS_ERROR,
};

/* The event's name, but for what the action adds; NULL: no event. */
static const char *const type_names[OP_TYPES] = {
	[OP_CONTEXT] = "Context",
	[OP_STEP] = "Step",
	[OP_WAIT] = "Wait",
	[OP_CALLBACK] = "Callback",
	[OP_INVOKE] = "ChainedInvoke",
};

struct history *
history_new(void)
{
	return xcalloc(1, sizeof(struct history));
}

void
history_free(struct history *h)
{
	struct known *k, *next;

	if (!h)
		return;
	HASH_ITER (hh, h->by_identity, k, next) {
		HASH_DEL(h->by_identity, k);
		free(k->name);
		free(k);
	}
	free(h);
}

static struct known *
find(const struct history *h, const char *id)
{
	struct known *k;

	if (!id)
		return NULL;
	HASH_FIND(hh, h->by_identity, id, OPID_IDENTITY, k);
	return k;
}

/* The operation of an update; made when it is new. */
static struct known *
know(struct history *h, const struct update *u)
{
	struct known *k = find(h, u->id);

	if (!k) {
		k = xcalloc(1, sizeof(*k));
		memcpy(k->identity, u->id, OPID_IDENTITY);
		HASH_ADD(hh, h->by_identity, identity, OPID_IDENTITY, k);
		if (u->parent_id)
			memcpy(k->parent_id, u->parent_id, OPID_LEN);
		k->name = text_dup(u->name);
	}
	k->type = u->type;
	k->subtype = u->subtype;
	if (u->action == ACTION_START)
		k->wait_s = u->wait_s;
	else
		k->attempts++;
	return k;
}

static void
put_timestamp(int64_t ms, struct buf *out)
{
	buf_printf(out, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
}

static void
put_quoted(const char *key, struct text value, struct buf *out)
{
	if (!value.p)
		return;
	buf_printf(out, ",\"%s\":", key);
	text_put_quoted(value, out);
}

/* `,"KEY":{"Payload":..,"Truncated":false}`; is_json: value as it stands. */
static void
put_data(const char *key, struct text value, bool is_json, struct buf *out)
{
	buf_printf(out, ",\"%s\":{", key);
	if (value.p) {
		buf_put_str(out, "\"Payload\":");
		if (is_json)
			buf_put(out, value.p, value.n);
		else
			text_put_quoted(value, out);
		buf_put_char(out, ',');
	}
	buf_put_str(out, "\"Truncated\":false}");
}

/* All that stands before the details; name and subtype may be NULL. */
static void
put_start(struct history *h, const char *type, const char *action, int64_t time,
    struct buf *out)
{
	buf_printf(out,
	    "{\"EventType\":\"%s%s\",\"EventId\":%" PRId64
	    ",\"EventTimestamp\":",
	    type, action, ++h->last_id);
	put_timestamp(time, out);
}

static void
put_operation(const char *id, const struct known *k, struct buf *out)
{
	put_quoted("Id", text_of(id), out);
	if (!k)
		return;
	put_quoted("Name", text_of(k->name), out);
	if (k->subtype != SUB_NONE)
		put_quoted("SubType", text_of(op_subtype_name(k->subtype)),
		    out);
	if (k->parent_id[0])
		put_quoted("ParentId", text_of(k->parent_id), out);
}

/*
 * The details' members are put each with a comma before it; the first one's is
 * taken away again at the end. Returns where they begin.
 */
static size_t
open_details(const char *type, const char *action, struct buf *out)
{
	buf_printf(out, ",\"%s%sDetails\":{", type, action);
	return out->len;
}

static void
close_details(size_t start, struct buf *out)
{
	if (out->len > start) {
		memmove(out->data + start, out->data + start + 1,
		    out->len - start - 1);
		out->len--;
	}
	buf_put_str(out, "}}");
}

void
history_put_header(struct history *h, const struct header *header,
    struct buf *out)
{
	size_t start;

	put_start(h, "ExecutionStarted", "", header->time, out);
	put_quoted("Id", text_of(header->id), out);
	put_quoted("Name", text_of(header->name), out);
	start = open_details("ExecutionStarted", "", out);
	put_data("Input", text_of(header->input), false, out);
	buf_printf(out, ",\"ExecutionTimeout\":%" PRId64, header->timeout_s);
	close_details(start, out);
}

static void
put_number(const char *key, int64_t n, struct buf *out)
{
	if (n > 0)
		buf_printf(out, ",\"%s\":%" PRId64, key, n);
}

static void
put_started(const struct record *r, struct buf *out)
{
	const struct update *u = &r->u;
	int64_t wait_s = u->wait_s < DURATION_MAX_S ? u->wait_s
						    : DURATION_MAX_S;

	switch (u->type) {
	case OP_WAIT:
		buf_printf(out,
		    ",\"Duration\":%" PRId64 ",\"ScheduledEndTimestamp\":",
		    wait_s);
		put_timestamp(r->time + wait_s * 1000, out);
		return;
	case OP_CALLBACK:
		put_quoted("CallbackId", u->callback_id, out);
		put_number("HeartbeatTimeout", u->heartbeat_s, out);
		put_number("Timeout", u->timeout_s, out);
		return;
	case OP_INVOKE:
		put_quoted("FunctionName", u->function, out);
		put_quoted("TenantId", u->tenant, out);
		put_quoted("ExecutedVersion", text_of("$LATEST"), out);
		put_quoted("DurableExecutionArn", u->callback_id, out);
		if (u->payload.p)
			put_data("Input", u->payload, false, out);
		return;
	default:
		return;
	}
}

static void
put_retry_details(const struct update *u, int64_t attempt, struct buf *out)
{
	buf_printf(out, ",\"RetryDetails\":{\"CurrentAttempt\":%" PRId64,
	    attempt);
	if (u->action == ACTION_RETRY)
		buf_printf(out, ",\"NextAttemptDelaySeconds\":%" PRId64,
		    u->delay_s);
	buf_put_char(out, '}');
}

/* What the event's name ends with; NULL when the API has no such event. */
static const char *
action_name(const struct update *u)
{
	switch (u->action) {
	case ACTION_START:
		return "Started";
	case ACTION_SUCCEED:
		return "Succeeded";
	case ACTION_FAIL:
		return "Failed";
	case ACTION_RETRY:
		return u->payload.p ? "Succeeded" : "Failed";
	case ACTION_CANCEL:
		return u->type == OP_WAIT ? "Cancelled" : NULL;
	default:
		return NULL;
	}
}

static bool
put_update(struct history *h, const struct record *r, struct buf *out)
{
	const struct update *u = &r->u;
	const char *type = type_names[u->type], *action = action_name(u);
	const struct known *k = know(h, u);
	size_t start;

	if (!type || !action)
		return false;
	put_start(h, type, action, r->time, out);
	put_operation(u->id, k, out);
	start = open_details(type, action, out);
	if (u->action == ACTION_START)
		put_started(r, out);
	else if (strcmp(action, "Succeeded") == 0)
		put_data("Result", u->payload, false, out);
	else
		put_data("Error", u->error, true, out);
	if (u->type == OP_STEP && u->action != ACTION_START)
		put_retry_details(u, k->attempts, out);
	close_details(start, out);
	return true;
}

/* 32 hex digits in the form of a UUID; anything else as it is. */
static void
put_request_id(struct text t, struct buf *out)
{
	bool is_token = t.n == INVOCATION_DIGITS && !memchr(t.p, '\\', t.n);

	if (!is_token) {
		put_quoted("RequestId", t, out);
		return;
	}
	buf_put_str(out, ",\"RequestId\":\"");
	for (size_t i = 0; i < t.n; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			buf_put_char(out, '-');
		buf_put_char(out, t.p[i]);
	}
	buf_put_char(out, '"');
}

static void
put_invocation(const struct record *r, struct buf *out)
{
	struct text error = r->u.error;

	buf_put_str(out, ",\"StartTimestamp\":");
	put_timestamp(r->start, out);
	buf_put_str(out, ",\"EndTimestamp\":");
	put_timestamp(r->time, out);
	put_request_id(r->invocation, out);
	if (!error.p)
		return;
	put_data("Error", error, true, out);
}

static bool
put_event(struct history *h, const struct record *r, struct buf *out)
{
	enum details details = event_details[r->event];
	const char *name = event_name(r->event);
	const struct known *k = find(h, r->u.id);
	size_t start;

	if (details == DETAILS_NONE)
		return false;
	put_start(h, name, "", r->time, out);
	put_operation(r->u.id, k, out);
	start = open_details(name, "", out);
	if (details == DETAILS_RESULT)
		put_data("Result", r->u.payload, false, out);
	else if (details == DETAILS_ERROR)
		put_data("Error", r->u.error, true, out);
	else if (details == DETAILS_WAIT)
		put_number("Duration", k ? k->wait_s : 0, out);
	else
		put_invocation(r, out);
	close_details(start, out);
	return true;
}

/* A retry of the execution counts attempts anew; what has succeeded has none
 * to come. */
static void
forget_attempts(struct history *h)
{
	for (struct known *k = h->by_identity; k; k = k->hh.next)
		k->attempts = 0;
}

bool
history_put(struct history *h, const struct record *r, struct buf *out)
{
	if (r->event == EVENT_NONE)
		return put_update(h, r, out);
	if (r->event == EVENT_REOPENED)
		forget_attempts(h);
	return put_event(h, r, out);
}
