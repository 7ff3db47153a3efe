/*
 * wire.c - updates and operations as the JSON of the durable execution API.
 *
 * Payloads pass through as text: what is escaped stays so, nothing is parsed
 * and printed again.
 */
#include "lambda/wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/sign.h"
#include "model/payload.h"

/* A number from here on is milliseconds: seconds would be the year 5138. */
#define MILLISECONDS_FROM 1e11

enum { FUNCTION_MAX = 256 /* bytes of a FunctionName */ };

void
wire_put_path(const char *arn, const char *rest, struct buf *out)
{
	buf_put_str(out, WIRE_VERSION "/durable-executions/");
	sign_encode(arn, strlen(arn), out);
	buf_put_str(out, rest);
}

static void
put_member(const char *name, struct text value, struct buf *out)
{
	if (!value.p)
		return;
	buf_printf(out, ",\"%s\":", name);
	text_put_quoted(value, out);
}

static void
put_number(const char *name, int64_t value, struct buf *out)
{
	buf_printf(out, "\"%s\":%lld", name, (long long)value);
}

static void
put_callback_options(const struct update *u, struct buf *out)
{
	if (u->timeout_s <= 0 && u->heartbeat_s <= 0)
		return;
	buf_put_str(out, ",\"CallbackOptions\":{");
	if (u->timeout_s > 0)
		put_number("TimeoutSeconds", u->timeout_s, out);
	if (u->timeout_s > 0 && u->heartbeat_s > 0)
		buf_put_char(out, ',');
	if (u->heartbeat_s > 0)
		put_number("HeartbeatTimeoutSeconds", u->heartbeat_s, out);
	buf_put_char(out, '}');
}

/* Whether a name, a partial or a full ARN ends with a version or an alias.
 * Names may end with "function" themselves. */
static bool
is_qualified(struct span name)
{
	static const char word[] = "function:";
	size_t from = 0;

	for (size_t i = 0; i + sizeof(word) - 1 <= name.n; i++)
		if ((i == 0 || name.p[i - 1] == ':') &&
		    memcmp(name.p + i, word, sizeof(word) - 1) == 0)
			from = i + sizeof(word) - 1;
	return memchr(name.p + from, ':', name.n - from) != NULL;
}

/* A durable function cannot be invoked without a qualifier, and a handler
 * that names another one as here, by its name alone, has none. A name that
 * leaves no room for one is no function's: the service says so, where one that
 * is longer than the API has them would fail the whole execution. */
static void
put_invoke_options(const struct update *u, struct buf *out)
{
	static const char latest[] = ":$LATEST";
	struct buf name;

	buf_init(&name, BUF_NO_MAX);
	text_put_plain(u->function, &name);
	if (!is_qualified((struct span){ buf_str(&name), name.len }) &&
	    name.len + sizeof(latest) - 1 <= FUNCTION_MAX)
		buf_put_str(&name, latest);
	buf_put_str(out, ",\"ChainedInvokeOptions\":{\"FunctionName\":");
	text_put_quoted(text_bytes(buf_str(&name), name.len), out);
	buf_clear(&name);
	if (u->tenant.p && u->tenant.n > 0)
		put_member("TenantId", u->tenant, out);
	buf_put_char(out, '}');
}

static void
put_options(const struct update *u, struct buf *out)
{
	if (u->action == ACTION_RETRY) {
		buf_put_str(out, ",\"StepOptions\":{");
		put_number("NextAttemptDelaySeconds",
		    u->delay_s > 0 ? u->delay_s : 1, out);
		buf_put_char(out, '}');
	}
	if (u->type == OP_CONTEXT && u->replay_children)
		buf_put_str(out,
		    ",\"ContextOptions\":{\"ReplayChildren\":true}");
	if (u->action != ACTION_START)
		return;
	if (u->type == OP_WAIT) {
		buf_put_str(out, ",\"WaitOptions\":{");
		put_number("WaitSeconds", u->wait_s, out);
		buf_put_char(out, '}');
	} else if (u->type == OP_CALLBACK) {
		put_callback_options(u, out);
	} else if (u->type == OP_INVOKE) {
		put_invoke_options(u, out);
	}
}

void
wire_put_update(const struct update *u, struct buf *out)
{
	buf_printf(out, "{\"Id\":\"%s\",\"Type\":\"%s\",\"Action\":\"%s\"",
	    u->id, op_type_name(u->type), op_action_name(u->action));
	if (u->subtype != SUB_NONE)
		buf_printf(out, ",\"SubType\":\"%s\"",
		    op_subtype_name(u->subtype));
	if (u->parent_id)
		buf_printf(out, ",\"ParentId\":\"%s\"", u->parent_id);
	if (u->name.n > 0)
		put_member("Name", u->name, out);
	/* What is replayed needs no result, and the API would refuse it. */
	if (!u->replay_children || u->payload.n <= PAYLOAD_LAMBDA_MAX)
		put_member("Payload", u->payload, out);
	if (u->error.p) {
		buf_put_str(out, ",\"Error\":");
		text_put_plain(u->error, out);
	}
	put_options(u, out);
	buf_put_char(out, '}');
}

struct text
wire_string(struct span object, const char *name)
{
	struct text t = { NULL, 0, false };
	struct span v;

	if (!json_find(object, name, &v) || json_kind(v) != '"')
		return t;
	t.p = v.p + 1;
	t.n = v.n - 2;
	t.escaped = true;
	return t;
}

int64_t
wire_instant(struct span object, const char *name)
{
	struct buf plain;
	struct span v;
	struct err ignored;
	int64_t ms = 0;
	char *text;
	double n;

	if (!json_find(object, name, &v))
		return 0;
	if (json_kind(v) == '"') {
		buf_init(&plain, BUF_NO_MAX);
		json_unescape(v, &plain);
		if (time_parse(buf_str(&plain), 0, &ms, &ignored) < 0)
			ms = 0;
		buf_clear(&plain);
		return ms;
	}
	if (json_kind(v) != '0')
		return 0;
	text = xmemdup(v.p, v.n);
	n = strtod(text, NULL);
	free(text);
	if (n < MILLISECONDS_FROM)
		n *= 1000;
	return n > 0 && n < 9e15 ? (int64_t)(n + 0.5) : 0;
}

static int
parse_status(struct text t)
{
	const char *name;

	for (int s = STATUS_STARTED; s < STATUSES; s++) {
		name = op_status_name((enum op_status)s);
		if (strlen(name) == t.n && memcmp(name, t.p, t.n) == 0)
			return s;
	}
	return -1;
}

/* ContextDetails, StepDetails, ...: at most one of them is there. */
static void
take_details(struct span object, struct wire_op *out)
{
	static const char *const members[] = { "StepDetails", "ContextDetails",
		"CallbackDetails", "ChainedInvokeDetails", "WaitDetails",
		"ExecutionDetails" };
	struct span d, v;
	int64_t due;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		if (!json_find(object, members[i], &d) || json_kind(d) != '{')
			continue;
		if (!out->result.p)
			out->result = wire_string(d, "Result");
		if (json_find(d, "Error", &v) && json_kind(v) == '{')
			out->error = text_bytes(v.p, v.n);
		if (json_find(d, "ReplayChildren", &v))
			out->replay_children = json_kind(v) == 't';
		if (json_find(d, "Attempt", &v) && json_kind(v) == '0')
			out->attempt = (uint32_t)strtoul(v.p, NULL, 10);
		if (!out->callback_id.p)
			out->callback_id = wire_string(d, "CallbackId");
		if (!out->input.p)
			out->input = wire_string(d, "InputPayload");
		due = wire_instant(d, "NextAttemptTimestamp");
		if (due == 0)
			due = wire_instant(d, "ScheduledEndTimestamp");
		if (due != 0)
			out->due = due;
	}
}

int
wire_take_operation(struct span object, struct wire_op *out, struct err *e)
{
	struct text t;

	memset(out, 0, sizeof(*out));
	out->type = out->subtype = out->status = -1;
	if (json_kind(object) != '{')
		return err_set(e, ERR_CORRUPT,
		    "the service sent an operation that is no object");
	out->id = wire_string(object, "Id");
	if (!out->id.p || out->id.n == 0)
		return err_set(e, ERR_CORRUPT,
		    "the service sent an operation without an Id");
	out->parent_id = wire_string(object, "ParentId");
	out->name = wire_string(object, "Name");
	t = wire_string(object, "Type");
	if (t.p)
		out->type = op_type_parse(t.p, t.n);
	t = wire_string(object, "SubType");
	if (t.p)
		out->subtype = op_subtype_parse(t.p, t.n);
	t = wire_string(object, "Status");
	if (t.p)
		out->status = parse_status(t);
	take_details(object, out);
	return 0;
}
