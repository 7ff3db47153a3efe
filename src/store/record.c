/*
 * record.c - one line of the context file <-> a struct; the whole codec.
 *
 * The order of a record's members is a table, which writing and reading walk
 * alike: so what is written is what is read, and a record costs one pass and
 * no allocation. The checksum of a line is seeded with the one before it; it
 * is put on and taken off here and nowhere else.
 */
#include "store/record.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/xalloc.h"
#include "model/opid.h"
#include "store/line.h"

enum {
	SUM_DIGITS = 16,
	SUM_MEMBER = sizeof(",\"sum\":\"") - 1,
	SEAL = SUM_MEMBER + SUM_DIGITS + sizeof("\"}") - 1,
};

static const char *const event_names[EVENTS] = {
	[EVENT_NONE] = "",
	[EVENT_INVOCATION_STARTED] = "InvocationStarted",
	[EVENT_INVOCATION_COMPLETED] = "InvocationCompleted",
	[EVENT_WAIT_SUCCEEDED] = "WaitSucceeded",
	[EVENT_CALLBACK_SUCCEEDED] = "CallbackSucceeded",
	[EVENT_CALLBACK_FAILED] = "CallbackFailed",
	[EVENT_CALLBACK_TIMED_OUT] = "CallbackTimedOut",
	[EVENT_CALLBACK_HEARTBEAT] = "CallbackHeartbeat",
	[EVENT_INVOKE_SUCCEEDED] = "ChainedInvokeSucceeded",
	[EVENT_INVOKE_FAILED] = "ChainedInvokeFailed",
	[EVENT_INVOKE_TIMED_OUT] = "ChainedInvokeTimedOut",
	[EVENT_INVOKE_STOPPED] = "ChainedInvokeStopped",
	[EVENT_EXECUTION_SUCCEEDED] = "ExecutionSucceeded",
	[EVENT_EXECUTION_FAILED] = "ExecutionFailed",
	[EVENT_EXECUTION_TIMED_OUT] = "ExecutionTimedOut",
	[EVENT_EXECUTION_STOPPED] = "ExecutionStopped",
	[EVENT_REOPENED] = "Reopened",
	[EVENT_CLOCK_SKIPPED] = "ClockSkipped",
};

const char *
event_name(enum event_type t)
{
	return event_names[t];
}

void
record_seal(struct buf *out, size_t start, uint64_t *sum)
{
	*sum = XXH64(out->data + start, out->len - start, *sum);
	buf_printf(out, ",\"sum\":\"%016" PRIx64 "\"}\n", *sum);
}

static bool
parse_sum(const char *p, uint64_t *sum)
{
	*sum = 0;
	for (int i = 0; i < SUM_DIGITS; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			*sum = *sum << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*sum = *sum << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* Looks at the end of a line: its checksum, not compared with anything yet,
 * and in *s what is before it. */
static bool
split(const char *p, size_t n, struct line *s, uint64_t *sum)
{
	const char *end;

	if (n < SEAL)
		return false;
	end = p + (n - SEAL);
	s->p = p;
	s->end = end;
	return memcmp(end, ",\"sum\":\"", SUM_MEMBER) == 0 &&
	    memcmp(p + n - 2, "\"}", 2) == 0 &&
	    parse_sum(end + SUM_MEMBER, sum);
}

int
record_unseal(const char *p, size_t n, struct line *s, uint64_t *sum,
    struct err *e)
{
	uint64_t own;

	if (!split(p, n, s, &own))
		return err_set(e, ERR_CORRUPT, "it has no checksum at its end");
	if (XXH64(s->p, (size_t)(s->end - s->p), *sum) != own)
		return err_set(e, ERR_CORRUPT, "its checksum does not match");
	*sum = own;
	return 0;
}

/* The members of a record behind "time", in their order. */
enum member_kind {
	MEMBER_ID,
	MEMBER_PARENT,
	MEMBER_TYPE,
	MEMBER_SUBTYPE,
	MEMBER_ACTION,
	MEMBER_EVENT,
	MEMBER_TEXT,   /* a struct text */
	MEMBER_OBJECT, /* a struct text that is JSON */
	MEMBER_TRUE,   /* a bool */
	MEMBER_NUMBER, /* an int64_t */
};

struct member {
	const char *key; /* from the comma to the colon */
	size_t n;
	enum member_kind kind;
	size_t at; /* offset in struct record; 0 where the kind says it */
};

#define KEY(name) ",\"" name "\":", sizeof(",\"" name "\":") - 1
#define AT(what)  offsetof(struct record, what)

static const struct member update_members[] = {
	{ KEY("Id"), MEMBER_ID, 0 },
	{ KEY("ParentId"), MEMBER_PARENT, 0 },
	{ KEY("Type"), MEMBER_TYPE, 0 },
	{ KEY("SubType"), MEMBER_SUBTYPE, 0 },
	{ KEY("Name"), MEMBER_TEXT, AT(u.name) },
	{ KEY("Action"), MEMBER_ACTION, 0 },
	{ KEY("Payload"), MEMBER_TEXT, AT(u.payload) },
	{ KEY("Error"), MEMBER_OBJECT, AT(u.error) },
	{ KEY("ReplayChildren"), MEMBER_TRUE, AT(u.replay_children) },
	{ KEY("NextAttemptDelaySeconds"), MEMBER_NUMBER, AT(u.delay_s) },
	{ KEY("WaitSeconds"), MEMBER_NUMBER, AT(u.wait_s) },
	{ KEY("TimeoutSeconds"), MEMBER_NUMBER, AT(u.timeout_s) },
	{ KEY("HeartbeatTimeoutSeconds"), MEMBER_NUMBER, AT(u.heartbeat_s) },
	{ KEY("FunctionName"), MEMBER_TEXT, AT(u.function) },
	{ KEY("TenantId"), MEMBER_TEXT, AT(u.tenant) },
	{ KEY("CallbackId"), MEMBER_TEXT, AT(u.callback_id) },
	{ NULL, 0, MEMBER_ID, 0 },
};

static const struct member event_members[] = {
	{ KEY("Event"), MEMBER_EVENT, 0 },
	{ KEY("Id"), MEMBER_ID, 0 },
	{ KEY("Invocation"), MEMBER_TEXT, AT(invocation) },
	{ KEY("Pid"), MEMBER_NUMBER, AT(pid) },
	{ KEY("Socket"), MEMBER_TEXT, AT(socket) },
	{ KEY("Start"), MEMBER_NUMBER, AT(start) },
	{ KEY("Outcome"), MEMBER_TEXT, AT(outcome) },
	{ KEY("Payload"), MEMBER_TEXT, AT(u.payload) },
	{ KEY("Error"), MEMBER_OBJECT, AT(u.error) },
	{ KEY("Offset"), MEMBER_NUMBER, AT(offset) },
	{ NULL, 0, MEMBER_ID, 0 },
};

static void
put_name(const struct member *m, const char *name, struct buf *out)
{
	buf_put(out, m->key, m->n);
	buf_put_char(out, '"');
	buf_put_str(out, name);
	buf_put_char(out, '"');
}

/* A member whose place in the record says what it is. */
static void
put_value(const struct member *m, const void *at, struct buf *out)
{
	const struct text *t = at;
	size_t start;

	switch (m->kind) {
	case MEMBER_TEXT:
		if (!t->p)
			return;
		buf_put(out, m->key, m->n);
		text_put_quoted(*t, out);
		return;
	case MEMBER_OBJECT:
		if (!t->p)
			return;
		buf_put(out, m->key, m->n);
		start = out->len;
		buf_put(out, t->p, t->n);
		/* White space of JSON that came from outside: a record is one
		 * line. */
		for (size_t i = start; i < out->len; i++)
			if (out->data[i] == '\n' || out->data[i] == '\r')
				out->data[i] = ' ';
		return;
	case MEMBER_TRUE:
		if (!*(const bool *)at)
			return;
		buf_put(out, m->key, m->n);
		buf_put_str(out, "true");
		return;
	case MEMBER_NUMBER:
		if (*(const int64_t *)at == 0)
			return;
		assert(*(const int64_t *)at > 0);
		buf_put(out, m->key, m->n);
		buf_printf(out, "%" PRId64, *(const int64_t *)at);
		return;
	default:
		return;
	}
}

static void
put_member(const struct record *r, const struct member *m, struct buf *out)
{
	switch (m->kind) {
	case MEMBER_ID:
		if (r->u.id)
			put_name(m, r->u.id, out);
		return;
	case MEMBER_PARENT:
		if (r->u.parent_id)
			put_name(m, r->u.parent_id, out);
		return;
	case MEMBER_TYPE:
		put_name(m, op_type_name(r->u.type), out);
		return;
	case MEMBER_SUBTYPE:
		if (r->u.subtype != SUB_NONE)
			put_name(m, op_subtype_name(r->u.subtype), out);
		return;
	case MEMBER_ACTION:
		put_name(m, op_action_name(r->u.action), out);
		return;
	case MEMBER_EVENT:
		put_name(m, event_name(r->event), out);
		return;
	default:
		put_value(m, (const char *)r + m->at, out);
	}
}

void
record_format(const struct record *r, uint64_t *sum, struct buf *out)
{
	const struct member *m = r->event ? event_members : update_members;
	size_t start = out->len;

	buf_printf(out,
	    "{\"seq\":%" PRIu64 ",\"synced\":%" PRIu64 ",\"time\":%" PRId64,
	    r->seq, r->synced, r->time);
	for (; m->key; m++)
		put_member(r, m, out);
	record_seal(out, start, sum);
}

static int
parse_event_name(const char *p, size_t n)
{
	for (int t = EVENT_NONE + 1; t < EVENTS; t++)
		if (strlen(event_names[t]) == n &&
		    memcmp(event_names[t], p, n) == 0)
			return t;
	return -1;
}

static bool
take_id(struct line *s, char *id)
{
	if (!line_take(s, "\"", 1) || s->end - s->p < OPID_LEN ||
	    !opid_is_valid(s->p, OPID_LEN))
		return false;
	memcpy(id, s->p, OPID_LEN);
	id[OPID_LEN] = '\0';
	s->p += OPID_LEN;
	return line_take(s, "\"", 1);
}

/* A name out of a table; parse gives its number or -1. */
static bool
take_name(struct line *s, int (*parse)(const char *, size_t), int *value)
{
	struct text t;

	return line_string(s, &t) && (*value = parse(t.p, t.n)) >= 0;
}

static bool
take_value(const struct member *m, struct line *s, void *at)
{
	struct span object;
	struct text *t = at;

	switch (m->kind) {
	case MEMBER_TEXT:
		return line_string(s, t);
	case MEMBER_OBJECT:
		if (!line_object(s, &object))
			return false;
		*t = text_bytes(object.p, object.n);
		return true;
	case MEMBER_TRUE:
		*(bool *)at = true;
		return line_take(s, "true", 4);
	case MEMBER_NUMBER:
		return line_number(s, at);
	default:
		return false;
	}
}

static bool
take_member(const struct member *m, struct line *s, struct record *r)
{
	int value = 0;
	bool is_good;

	switch (m->kind) {
	case MEMBER_ID:
		r->u.id = r->id;
		return take_id(s, r->id);
	case MEMBER_PARENT:
		r->u.parent_id = r->parent_id;
		return take_id(s, r->parent_id);
	case MEMBER_TYPE:
		is_good = take_name(s, op_type_parse, &value);
		r->u.type = (enum op_type)value;
		return is_good;
	case MEMBER_SUBTYPE:
		is_good = take_name(s, op_subtype_parse, &value);
		r->u.subtype = (enum op_subtype)value;
		return is_good && value != SUB_NONE;
	case MEMBER_ACTION:
		is_good = take_name(s, op_action_parse, &value);
		r->u.action = (enum op_action)value;
		return is_good;
	case MEMBER_EVENT:
		is_good = take_name(s, parse_event_name, &value);
		r->event = (enum event_type)value;
		return is_good;
	default:
		return take_value(m, s, (char *)r + m->at);
	}
}

/* All members but the checksum. */
static bool
take_record(struct line *s, struct record *r)
{
	static const char event[] = ",\"Event\":";
	const struct member *m;
	unsigned found = 0, wanted;
	int64_t seq, synced;
	bool is_event;

	memset(r, 0, sizeof(*r));
	if (!line_literal(s, "{\"seq\":") || !line_number(s, &seq) ||
	    !line_literal(s, ",\"synced\":") || !line_number(s, &synced) ||
	    synced >= seq || !line_literal(s, ",\"time\":") ||
	    !line_number(s, &r->time))
		return false;
	r->seq = (uint64_t)seq;
	r->synced = (uint64_t)synced;
	is_event = (size_t)(s->end - s->p) >= sizeof(event) &&
	    memcmp(s->p, event, sizeof(event) - 1) == 0;
	for (m = is_event ? event_members : update_members; m->key; m++) {
		/* Behind the comma and the quote: most members are not there. */
		if (s->end - s->p < 3 || s->p[2] != m->key[2] ||
		    !line_take(s, m->key, m->n))
			continue;
		if (!take_member(m, s, r))
			return false;
		found |= 1U << m->kind;
	}
	wanted = is_event
	    ? 1U << MEMBER_EVENT
	    : 1U << MEMBER_ID | 1U << MEMBER_TYPE | 1U << MEMBER_ACTION;
	return s->p == s->end && (found & wanted) == wanted;
}

bool
record_scan(const char *p, size_t n, struct record *r)
{
	struct line s;
	uint64_t sum;

	return split(p, n, &s, &sum) && take_record(&s, r);
}

int
record_parse(const char *p, size_t n, struct record *r, uint64_t *sum,
    struct err *e)
{
	struct line s;
	uint64_t own = *sum;

	if (record_unseal(p, n, &s, &own, e) < 0)
		return -1;
	if (!take_record(&s, r))
		return err_set(e, ERR_CORRUPT, "it is not a record");
	*sum = own;
	return 0;
}
