/*
 * events.c - history events of the API as records.
 *
 * Wire reference, section 9.2. An event's details are in a member that is
 * called after its type. Ids of other SDKs have other forms than ours: all are
 * made into one of ours by a hash, as only their being the same matters here.
 */
#include "lambda/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "lambda/wire.h"
#include "model/opid.h"
#include "outside/view.h"
#include "store/state.h"

struct events {
	struct execution_state *s;
	struct table *table;
	struct buf type;  /* of the last event */
	struct buf words; /* what the last record borrows */
};

/* function:NAME:VERSION/durable-execution/EXECUTION/ID */
static char *
name_in(const char *arn)
{
	static const char before[] = "/durable-execution/";
	const char *name = strstr(arn, before);

	if (!name)
		return xstrdup("");
	name += sizeof(before) - 1;
	return xmemdup(name, strcspn(name, "/"));
}

struct events *
events_new(struct execution_state *s, struct table *t, const char *arn)
{
	struct events *ev = xcalloc(1, sizeof(*ev));

	memset(s, 0, sizeof(*s));
	s->header.name = name_in(arn);
	ev->s = s;
	ev->table = t;
	buf_init(&ev->type, BUF_NO_MAX);
	buf_init(&ev->words, BUF_NO_MAX);
	return ev;
}

void
events_free(struct events *ev)
{
	if (!ev)
		return;
	buf_clear(&ev->type);
	buf_clear(&ev->words);
	free(ev);
}

/* One of ours as it is, any other as a hash of it in our form. */
static bool
take_id(struct span event, const char *member, char out[OPID_LEN + 1])
{
	char low[OPID_LEN + 1], high[OPID_LEN + 1];
	struct text t = wire_string(event, member);
	struct buf both;

	if (!t.p || t.n == 0)
		return false;
	if (opid_is_valid(t.p, t.n)) {
		memcpy(out, t.p, OPID_LEN);
		out[OPID_LEN] = '\0';
		return true;
	}
	buf_init(&both, BUF_NO_MAX);
	buf_put_char(&both, '#');
	buf_put(&both, t.p, t.n);
	opid_digest(high, both.data, both.len);
	opid_digest(low, t.p, t.n);
	buf_clear(&both);
	memcpy(out, high, OPID_IDENTITY / 2);
	memcpy(out + OPID_IDENTITY / 2, low, OPID_IDENTITY / 2);
	memset(out + OPID_IDENTITY, '0', OPID_LEN - OPID_IDENTITY);
	out[OPID_IDENTITY] = '-';
	out[OPID_LEN] = '\0';
	return true;
}

/* The Payload of a wrapper `"MEMBER":{"Payload":..,"Truncated":..}`. */
static bool
find_payload(struct span details, const char *member, struct span *value)
{
	struct span wrapper;

	return json_find(details, member, &wrapper) &&
	    json_kind(wrapper) == '{' && json_find(wrapper, "Payload", value);
}

static struct text
take_payload(struct span details, const char *member)
{
	struct text none = { NULL, 0, false };
	struct span v;

	if (!find_payload(details, member, &v) || json_kind(v) != '"')
		return none;
	return (struct text){ v.p + 1, v.n - 2, true };
}

static struct text
take_error(struct span details)
{
	struct span v;

	if (!find_payload(details, "Error", &v) || json_kind(v) != '{')
		return (struct text){ NULL, 0, false };
	return text_bytes(v.p, v.n);
}

static int64_t
take_number(struct span object, const char *member)
{
	struct span v;
	double n;

	if (!json_find(object, member, &v) || json_kind(v) != '0')
		return 0;
	n = strtod(v.p, NULL);
	return n > 0 && n < 1e12 ? (int64_t)n : 0;
}

/* What an event's name begins with, and the type of its operation. */
static const struct {
	const char *prefix;
	enum op_type type;
	enum op_subtype subtype; /* where the event has none */
} nouns[] = {
	{ "Context", OP_CONTEXT, SUB_CHILD },
	{ "Step", OP_STEP, SUB_STEP },
	{ "Wait", OP_WAIT, SUB_WAIT },
	{ "Callback", OP_CALLBACK, SUB_CALLBACK },
	{ "ChainedInvoke", OP_INVOKE, SUB_INVOKE },
};

/* What is left of the name behind that; NULL: no operation's. */
static const char *
take_noun(const char *type, struct record *r)
{
	for (size_t i = 0; i < sizeof(nouns) / sizeof(*nouns); i++) {
		size_t n = strlen(nouns[i].prefix);

		if (strncmp(type, nouns[i].prefix, n) != 0)
			continue;
		r->u.type = nouns[i].type;
		r->u.subtype = nouns[i].subtype;
		return type + n;
	}
	return NULL;
}

/* Events that the service makes; the others are updates of the function. */
static enum event_type
find_event(const char *type)
{
	for (int i = EVENT_NONE + 1; i < EVENTS; i++)
		if (strcmp(event_name((enum event_type)i), type) == 0)
			return (enum event_type)i;
	return EVENT_NONE;
}

static void
take_started(struct span details, struct record *r)
{
	r->u.action = ACTION_START;
	r->u.wait_s = take_number(details, "Duration");
	r->u.timeout_s = take_number(details, "Timeout");
	r->u.heartbeat_s = take_number(details, "HeartbeatTimeout");
	r->u.callback_id = wire_string(details, "CallbackId");
	r->u.function = wire_string(details, "FunctionName");
}

/* Returns false for an event that is none of an operation's that we know. */
static bool
take_update(const char *type, struct span details, struct record *r)
{
	const char *action = take_noun(type, r);
	struct span retry;

	if (!action)
		return false;
	r->u.payload = take_payload(details, "Result");
	r->u.error = take_error(details);
	if (json_find(details, "RetryDetails", &retry) &&
	    json_kind(retry) == '{')
		r->u.delay_s = take_number(retry, "NextAttemptDelaySeconds");
	if (strcmp(action, "Started") == 0)
		take_started(details, r);
	else if (r->u.delay_s > 0)
		r->u.action = ACTION_RETRY;
	else if (strcmp(action, "Succeeded") == 0)
		r->u.action = ACTION_SUCCEED;
	else if (strcmp(action, "Cancelled") == 0)
		r->u.action = ACTION_CANCEL;
	else
		r->u.action = ACTION_FAIL;
	return true;
}

static void
take_event(struct events *ev, struct span details, struct record *r)
{
	struct record noun;

	r->u.payload = take_payload(details, "Result");
	r->u.error = take_error(details);
	if (take_noun(event_name(r->event), &noun))
		return;
	r->u.id = NULL; /* an execution's own is no operation's */
	if (r->event != EVENT_INVOCATION_COMPLETED)
		return;
	r->start = wire_instant(details, "StartTimestamp");
	buf_put_str(&ev->words, "request ");
	text_put_plain(wire_string(details, "RequestId"), &ev->words);
	r->outcome = text_bytes(buf_str(&ev->words), ev->words.len);
}

static void
apply(struct events *ev, const struct record *r, const struct op **op)
{
	struct op *changed = NULL;
	struct err e;

	if (r->event == EVENT_NONE && !r->u.id)
		return;
	state_apply(ev->s, r);
	if (state_apply_to_table(ev->table, r, true, &changed, &e) < 0)
		log_line("an event that does not fit: %s", e.text);
	*op = changed ? changed
	    : r->u.id ? table_find(ev->table, r->u.id)
		      : NULL;
}

const char *
events_take(struct events *ev, struct span event, struct record *r,
    const struct op **op)
{
	struct span details = { "{}", 2 };
	struct text subtype;
	char *member;
	const char *type;
	int known;

	memset(r, 0, sizeof(*r));
	*op = NULL;
	buf_reset(&ev->type);
	buf_reset(&ev->words);
	view_put_text(wire_string(event, "EventType"), &ev->type);
	type = buf_str(&ev->type);
	member = xasprintf("%sDetails", type);
	if (!json_find(event, member, &details) || json_kind(details) != '{')
		details = (struct span){ "{}", 2 };
	free(member);
	r->time = wire_instant(event, "EventTimestamp");
	r->u.id = take_id(event, "Id", r->id) ? r->id : NULL;
	/* At the root some name the execution, which is no context. */
	if (take_id(event, "ParentId", r->parent_id) &&
	    table_find(ev->table, r->parent_id))
		r->u.parent_id = r->parent_id;
	r->u.name = wire_string(event, "Name");
	r->event = find_event(type);
	if (strcmp(type, "ExecutionStarted") == 0) {
		ev->s->header.time = r->time;
		ev->s->header.timeout_s = take_number(details,
		    "ExecutionTimeout");
		return type;
	}
	if (r->event != EVENT_NONE)
		take_event(ev, details, r);
	else if (!take_update(type, details, r))
		return type;
	subtype = wire_string(event, "SubType");
	known = subtype.p ? op_subtype_parse(subtype.p, subtype.n) : -1;
	if (known > SUB_NONE)
		r->u.subtype = (enum op_subtype)known;
	apply(ev, r, op);
	return type;
}
