/*
 * reason.c - the error of an operation that failed, where the service has none.
 *
 * An Error is optional there, and so is each of its members; but a script that
 * asks why something failed must be told something that is true. The types are
 * those that one machine records, or else the service's own.
 */
#include "lambda/reason.h"

#include <string.h>

#include "base/json.h"
#include "model/op.h"

static bool
has_failed(const struct wire_op *wo)
{
	return wo->status >= 0 && wo->status != STATUS_SUCCEEDED &&
	    op_status_is_final((enum op_status)wo->status);
}

static const char *
type_of(const struct wire_op *wo)
{
	if (wo->status == STATUS_CANCELLED)
		return "Cancelled";
	if (wo->status == STATUS_STOPPED)
		return "Stopped";
	if (wo->type == OP_CALLBACK)
		return wo->status == STATUS_TIMED_OUT ? "Callback.Timeout"
						      : "Error";
	if (wo->type == OP_INVOKE)
		return wo->status == STATUS_TIMED_OUT ? "ChainedInvoke.Timeout"
						      : "Invoke.Failed";
	return "CommandFailed";
}

static const char *
noun_of(const struct wire_op *wo)
{
	if (wo->type == OP_CALLBACK)
		return "callback";
	if (wo->type == OP_INVOKE)
		return "invoked function";
	return "operation";
}

static const char *
verb_of(const struct wire_op *wo)
{
	switch (wo->status) {
	case STATUS_TIMED_OUT:
		return "timed out";
	case STATUS_STOPPED:
		return "was stopped";
	case STATUS_CANCELLED:
		return "was cancelled";
	default:
		return "failed";
	}
}

static bool
has_text(struct span error, const char *name)
{
	struct span v;

	return error.p && json_find(error, name, &v) && json_kind(v) == '"' &&
	    v.n > 2;
}

static bool
is_key(struct span key, const char *quoted)
{
	return key.n == strlen(quoted) && memcmp(key.p, quoted, key.n) == 0;
}

/* The members of error but for those that are replaced. */
static void
put_rest(struct span error, bool has_message, struct buf *out)
{
	struct span key, value;
	size_t pos = 0;

	while (error.p && json_next_member(error, &pos, &key, &value)) {
		if (is_key(key, "\"ErrorType\"") ||
		    (!has_message && is_key(key, "\"ErrorMessage\"")))
			continue;
		buf_put_char(out, ',');
		buf_put(out, key.p, key.n);
		buf_put_char(out, ':');
		buf_put(out, value.p, value.n);
	}
}

void
reason_complete(struct wire_op *wo, struct buf *room)
{
	struct span error = { wo->error.p, wo->error.n };
	bool has_message;

	if (!has_failed(wo) || has_text(error, "ErrorType"))
		return;
	has_message = has_text(error, "ErrorMessage");
	buf_printf(room, "{\"ErrorType\":\"%s\"", type_of(wo));
	if (!has_message)
		buf_printf(room,
		    ",\"ErrorMessage\":\"the %s %s; the service gave no "
		    "reason\"",
		    noun_of(wo), verb_of(wo));
	put_rest(error, has_message, room);
	buf_put_char(room, '}');
	wo->error = text_bytes(buf_str(room), room->len);
}
