/*
 * view.c - what the commands that only look share.
 *
 * Looking takes no lock, not even for an instant: a writer that tries for it
 * at that instant would believe the execution to be in use. Whether an engine
 * lives is asked of its process instead.
 */
#include "outside/view.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/proc.h"
#include "base/time.h"
#include "model/payload.h"
#include "store/arn.h"

static const char *const names[VIEW_STATES] = {
	[VIEW_RUNNING] = "RUNNING",
	[VIEW_SUSPENDED] = "SUSPENDED",
	[VIEW_SUCCEEDED] = "SUCCEEDED",
	[VIEW_FAILED] = "FAILED",
	[VIEW_TIMED_OUT] = "TIMED_OUT",
	[VIEW_STOPPED] = "STOPPED",
	[VIEW_JOURNAL] = "JOURNAL",
};

const char *
view_state_name(enum view_state v)
{
	return names[v];
}

bool
view_is_driven(const struct execution_state *s)
{
	pid_t pid = (pid_t)s->last.pid;
	struct buf comm;
	bool result = true;

	if (pid <= 0 || (kill(pid, 0) < 0 && errno != EPERM))
		return false;
	/* The number may be another process's by now. */
	buf_init(&comm, BUF_NO_MAX);
	if (proc_read(pid, "comm", &comm))
		result = strncmp(buf_str(&comm), "durable", 7) == 0;
	buf_clear(&comm);
	return result;
}

enum view_state
view_state_of(const struct execution_state *s)
{
	switch (s->ended) {
	case EVENT_EXECUTION_SUCCEEDED:
		return VIEW_SUCCEEDED;
	case EVENT_EXECUTION_FAILED:
		return VIEW_FAILED;
	case EVENT_EXECUTION_TIMED_OUT:
		return VIEW_TIMED_OUT;
	case EVENT_EXECUTION_STOPPED:
		return VIEW_STOPPED;
	default:
		break;
	}
	if (s->header.is_journal)
		return VIEW_JOURNAL;
	return s->last.is_open && view_is_driven(s) ? VIEW_RUNNING
						    : VIEW_SUSPENDED;
}

static int
find_state(const char *word, size_t n)
{
	for (int i = 0; i < VIEW_STATES; i++)
		if (strlen(names[i]) == n &&
		    strncasecmp(names[i], word, n) == 0)
			return i;
	return -1;
}

int
view_states_parse(const char *list, unsigned *set, struct err *e)
{
	*set = 0;
	for (;;) {
		size_t n = strcspn(list, ",");
		int state = find_state(list, n);

		if (state < 0)
			return err_set(e, ERR_USAGE,
			    "--status: '%.*s' is not one of RUNNING, "
			    "SUSPENDED, SUCCEEDED, FAILED, TIMED_OUT, STOPPED "
			    "and JOURNAL",
			    (int)n, list);
		*set |= 1U << state;
		if (list[n] == '\0')
			return 0;
		list += n + 1;
	}
}

bool
view_states_have(unsigned set, enum view_state v)
{
	return (set >> v & 1) != 0;
}

static int
take_earlier(struct op *op, void *arg)
{
	int64_t *due = arg;

	if (op_status_is_final((enum op_status)op->status))
		return 0;
	if (op->due < *due)
		*due = op->due;
	if (op->heartbeat_due < *due)
		*due = op->heartbeat_due;
	return 0;
}

int64_t
view_due(struct table *t, const struct execution_state *s, int64_t now)
{
	const char *outcome = s->last.outcome;
	int64_t due = TIME_NEVER;

	if (outcome && strcmp(outcome, "CRASHED") == 0 && s->crashes > 0)
		return s->last.end + (1000LL << (s->crashes - 1));
	if (!outcome || strcmp(outcome, "PENDING") != 0 || s->changed_since)
		return now;
	due = execution_deadline(s);
	(void)table_each(t, take_earlier, &due);
	return due;
}

void
view_put_due(int64_t due, int64_t now, struct buf *out)
{
	if (due == TIME_NEVER) {
		buf_put_str(out, "for an event from outside");
	} else if (due <= now) {
		buf_put_str(out, "due");
	} else {
		buf_put_str(out, "until ");
		time_format_local(due, out);
	}
}

void
view_put_text(struct text t, struct buf *out)
{
	struct buf plain;

	buf_init(&plain, BUF_NO_MAX);
	text_put_plain(t, &plain);
	text_escape(buf_str(&plain), plain.len, out);
	buf_clear(&plain);
}

void
view_put_op(const struct op *op, struct buf *out)
{
	buf_put_str(out, op_noun((enum op_subtype)op->subtype));
	if (!op->name.p || op->name.n == 0)
		return;
	buf_put_char(out, ' ');
	view_put_text(op->name, out);
}

/* The member's string behind before, escaped for a terminal. */
static bool
put_string_of(struct span object, const char *name, const char *before,
    struct buf *out)
{
	struct buf plain;
	struct span v;
	bool result;

	if (!json_find(object, name, &v) || json_kind(v) != '"')
		return false;
	buf_init(&plain, BUF_NO_MAX);
	json_unescape(v, &plain);
	result = plain.len > 0;
	if (result) {
		buf_put_str(out, before);
		text_escape(plain.data, plain.len, out);
	}
	buf_clear(&plain);
	return result;
}

bool
view_put_error(const char *before, struct span error, struct buf *out)
{
	bool has_type = put_string_of(error, "ErrorType", before, out);

	return put_string_of(error, "ErrorMessage", has_type ? ": " : before,
		   out) ||
	    has_type;
}

void
view_put_member(const char *key, const char *value, struct buf *out)
{
	struct buf shown;

	buf_printf(out, ",\"%s\":", key);
	buf_init(&shown, BUF_NO_MAX);
	/* A path may be any bytes, JSON may not. */
	if (!utf8_is_text(value, strlen(value))) {
		text_escape(value, strlen(value), &shown);
		value = buf_str(&shown);
	}
	json_escape(value, strlen(value), out);
	buf_clear(&shown);
}

void
view_put_timestamp(const char *key, int64_t ms, struct buf *out)
{
	buf_printf(out, ",\"%s\":%" PRId64 ".%03d", key, ms / 1000,
	    (int)(ms % 1000));
}

/* To the API what has not ended is running. */
static const char *
api_status(enum view_state v)
{
	return v == VIEW_SUSPENDED || v == VIEW_JOURNAL ? names[VIEW_RUNNING]
							: names[v];
}

void
view_put_execution(const struct execution_state *s, const char *path,
    struct buf *out)
{
	enum view_state state = view_state_of(s);
	char *arn = arn_make(s->header.name, s->header.id);
	const struct header *h = &s->header;

	buf_put_str(out, "{\"DurableExecutionName\":");
	json_escape(h->name, strlen(h->name), out);
	view_put_member("DurableExecutionArn", arn, out);
	view_put_member("FunctionArn", h->argv && h->argv[0] ? h->argv[0] : "",
	    out);
	view_put_member("Status", api_status(state), out);
	view_put_timestamp("StartTimestamp", h->time, out);
	if (s->ended != EVENT_NONE)
		view_put_timestamp("EndTimestamp", s->ended_at, out);
	view_put_member("State", names[state], out);
	view_put_member("Context", path, out);
	free(arn);
}

void
view_print(struct buf *b)
{
	(void)fwrite(buf_str(b), 1, b->len, stdout);
	buf_reset(b);
}

int
view_print_result(const char *result, struct err *e)
{
	struct span v = { result, result ? strlen(result) : 0 };
	struct buf out;
	int got = 0;

	if (!result || strcmp(result, "null") == 0)
		return 0;
	buf_init(&out, BUF_NO_MAX);
	if (json_kind(v) == '"' || strncmp(result, "{\"$base64\":", 11) == 0)
		got = payload_print(PAYLOAD_TEXT, false, v, &out, e);
	if (got < 0 || out.len == 0) {
		buf_reset(&out);
		if (json_kind(v) != '"') {
			buf_put(&out, v.p, v.n);
			buf_put_char(&out, '\n');
		}
	}
	/* Not through stdout, which would try once more at the exit, and know
	 * no reason by then. */
	got = fd_write_all(STDOUT_FILENO, buf_str(&out), out.len,
	    "standard output", e);
	buf_clear(&out);
	return got;
}
