/*
 * timeline.c - records as lines for people.
 */
#include "outside/timeline.h"

#include <string.h>

#include "base/time.h"
#include "outside/view.h"

enum {
	TIME_WIDTH = 9,
	EVENT_WIDTH = 22, /* ChainedInvokeSucceeded */
	FINE_MS = 3600000,
};

static void
put_padded(const char *text, int width, struct buf *out)
{
	buf_printf(out, "%-*s  ", width, text);
}

/* To the millisecond where that says something. */
static void
put_offset(int64_t ms, struct buf *out)
{
	buf_put_char(out, '+');
	if (ms < 0 || ms >= FINE_MS)
		duration_format(ms, out);
	else
		buf_printf(out, "%d.%03ds", (int)(ms / 1000), (int)(ms % 1000));
}

/* "2026-01-02 03:04:05  +1.234s   StepStarted             " */
static void
put_columns(const struct header *h, int64_t time, const char *event,
    struct buf *out)
{
	struct buf offset;

	time_format_local(time, out);
	buf_put_str(out, "  ");
	buf_init(&offset, BUF_NO_MAX);
	put_offset(time - h->time, &offset);
	put_padded(buf_str(&offset), TIME_WIDTH, out);
	put_padded(event, EVENT_WIDTH, out);
	buf_clear(&offset);
}

static void
put_took(int64_t from, int64_t to, struct buf *out)
{
	if (from <= 0)
		return;
	buf_put_str(out, ", took ");
	duration_format(to - from, out);
}

static void
put_error_of(struct text error, struct buf *out)
{
	if (error.p)
		(void)view_put_error(", ", (struct span){ error.p, error.n },
		    out);
}

/* Below its parents, one step to the right for each. */
static void
put_op_details(const struct op *op, const struct record *r, struct buf *out)
{
	bool is_start = r->event == EVENT_NONE && r->u.action == ACTION_START;
	bool is_retry = r->event == EVENT_NONE && r->u.action == ACTION_RETRY;
	unsigned long attempt = (unsigned long)op->attempt + is_start;

	for (const struct op *up = op->parent; up; up = up->parent)
		buf_put_str(out, "  ");
	view_put_op(op, out);
	if (op->type == OP_STEP && (attempt > 1 || is_retry))
		buf_printf(out, ", attempt %lu", attempt);
	if (is_start && op->due != TIME_NEVER) {
		buf_put_str(out, ", until ");
		time_format_local(op->due, out);
	}
	if (op_status_is_final((enum op_status)op->status))
		put_took(op->started, r->time, out);
	put_error_of(r->u.error, out);
	if (is_retry) {
		buf_put_str(out, ", again in ");
		duration_format(r->u.delay_s * 1000, out);
	}
}

static void
put_event_details(const struct header *h, const struct record *r,
    struct buf *out)
{
	switch (r->event) {
	case EVENT_INVOCATION_STARTED:
		buf_printf(out, "process %lld", (long long)r->pid);
		return;
	case EVENT_INVOCATION_COMPLETED:
		view_put_text(r->outcome, out);
		put_took(r->start, r->time, out);
		break;
	case EVENT_CLOCK_SKIPPED:
		buf_put_str(out, "ahead by ");
		duration_format(r->offset, out);
		return;
	case EVENT_REOPENED:
		buf_put_str(out, "by durable retry");
		return;
	default:
		view_put_text(text_of(h->name), out);
		put_took(h->time, r->time, out);
		break;
	}
	put_error_of(r->u.error, out);
}

void
timeline_put_start(const struct header *h, struct buf *out)
{
	put_columns(h, h->time, "ExecutionStarted", out);
	text_escape(h->name, strlen(h->name), out);
	buf_put_char(out, '\n');
}

void
timeline_put(const struct header *h, const struct record *r,
    const struct op *op, const char *event, struct buf *out)
{
	put_columns(h, r->time, event, out);
	if (op)
		put_op_details(op, r, out);
	else if (r->event == EVENT_NONE)
		view_put_text(r->u.name, out);
	else
		put_event_details(h, r, out);
	buf_put_char(out, '\n');
}
