/*
 * describe.c - one execution in words: how it stands, what it came to, and
 * each operation that is not finished.
 */
#include "outside/describe.h"

#include <inttypes.h>
#include <string.h>

#include "base/time.h"

static void
put_ago(const char *what, int64_t since, const struct look *l, struct buf *out)
{
	buf_put_str(out, what);
	time_format_local(since, out);
	if (l->state != VIEW_RUNNING && l->state != VIEW_SUSPENDED)
		return;
	buf_put_str(out, " (");
	duration_format(l->now - since, out);
	buf_put_str(out, " ago)");
}

/* " until ...", and what is to be done when nobody sees to it. */
static void
put_suspension(struct look *l)
{
	int64_t due = view_due(l->table, &l->s, l->now);
	bool is_due = due <= l->now, is_driven = view_is_driven(&l->s);
	struct buf *out = &l->out;

	if (l->s.last.is_open && !is_driven) {
		buf_put_str(out, ", its engine was killed");
	} else {
		buf_put_char(out, ' ');
		view_put_due(due, l->now, out);
	}
	if (!is_driven)
		buf_printf(out, "; 'durable resume %s' goes on%s", l->word,
		    is_due ? "" : " then");
}

/* "order-1: SUSPENDED until ..." */
static void
put_headline(struct look *l)
{
	const struct header *h = &l->s.header;
	struct buf *out = &l->out;

	text_escape(h->name, strlen(h->name), out);
	buf_printf(out, ": %s", view_state_name(l->state));
	if (l->s.ended != EVENT_NONE) {
		buf_put_str(out, " after ");
		duration_format(l->s.ended_at - h->time, out);
	} else if (l->state == VIEW_SUSPENDED) {
		put_suspension(l);
	}
	buf_put_char(out, '\n');
}

static void
put_word(const char *word, struct buf *out)
{
	bool is_plain = word[0] && !word[strcspn(word, " \t\n\"'\\$;&|<>*?")];

	buf_put_str(out, is_plain ? " " : " '");
	text_escape(word, strlen(word), out);
	if (!is_plain)
		buf_put_char(out, '\'');
}

/* Each line of a text behind a margin, what could steer a terminal escaped. */
static void
put_lines(const char *title, const char *p, size_t n, struct buf *out)
{
	const char *end = p + n, *stop;

	buf_printf(out, "  %-10s  ", title);
	for (;; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		text_escape(p, (size_t)((stop ? stop : end) - p), out);
		buf_put_char(out, '\n');
		if (!stop)
			return;
		buf_printf(out, "%14s", "");
	}
}

static void
put_result(const char *result, struct buf *out)
{
	struct span v = { result, strlen(result) };
	struct buf plain;

	if (json_kind(v) != '"') {
		put_lines("result", v.p, v.n, out);
		return;
	}
	buf_init(&plain, BUF_NO_MAX);
	json_unescape(v, &plain);
	put_lines("result", buf_str(&plain), plain.len, out);
	buf_clear(&plain);
}

static int
count(struct op *op, void *arg)
{
	size_t *counts = arg;

	if (!op->virtual)
		counts[op->status]++;
	return 0;
}

/* "  operations  12: 10 SUCCEEDED, 2 STARTED; 3 tried again" */
static void
put_counts(struct look *l)
{
	size_t counts[STATUSES] = { 0 };
	const char *between = ": ";
	struct buf *out = &l->out;

	(void)table_each(l->table, count, counts);
	buf_printf(out, "  operations  %zu", table_count(l->table));
	for (int i = STATUSES - 1; i >= 0; i--) {
		if (counts[i] == 0)
			continue;
		buf_printf(out, "%s%zu %s", between, counts[i],
		    i == STATUS_NONE ? "to run again"
				     : op_status_name((enum op_status)i));
		between = ", ";
	}
	if (l->s.retries > 0)
		buf_printf(out, "; %" PRId64 " tried again", l->s.retries);
	buf_put_char(out, '\n');
}

static void
put_facts(struct look *l)
{
	const struct execution_state *s = &l->s;
	struct buf *out = &l->out;
	int64_t begun = s->invocations + s->last.is_open;

	for (const struct fact *f = l->facts; f->title; f++)
		put_lines(f->title, f->text, strlen(f->text), out);
	if (s->header.argv && s->header.argv[0]) {
		buf_put_str(out, "  handler    ");
		for (char **word = s->header.argv; *word; word++)
			put_word(*word, out);
		buf_put_char(out, '\n');
	}
	put_ago("  started     ", s->header.time, l, out);
	buf_printf(out, ", %" PRId64 " invocation%s\n", begun,
	    begun == 1 ? "" : "s");
	if (s->ended != EVENT_NONE) {
		put_ago("  ended       ", s->ended_at, l, out);
		buf_put_char(out, '\n');
	}
	put_counts(l);
	if (s->error &&
	    view_put_error("  error       ",
		(struct span){ s->error, strlen(s->error) }, out))
		buf_put_char(out, '\n');
	if (s->result)
		put_result(s->result, out);
}

static bool
is_unfinished(const struct op *op)
{
	return op->status != STATUS_NONE &&
	    !op_status_is_final((enum op_status)op->status);
}

/* Up to when it waits, or since when it runs. */
static void
put_when(const struct op *op, struct look *l)
{
	int64_t due = op->due < op->heartbeat_due ? op->due : op->heartbeat_due;
	struct buf *out = &l->out;

	if (op->status == STATUS_READY || due <= l->now) {
		buf_put_str(out, "  due");
	} else if (due == TIME_NEVER) {
		put_ago("  since ", op->started, l, out);
	} else {
		buf_put_str(out, "  until ");
		time_format_local(due, out);
	}
}

static void
put_operation(const struct op *op, int depth, struct look *l)
{
	struct buf *out = &l->out;
	size_t start = out->len;

	buf_printf(out, "%*s", 2 * depth, "");
	view_put_op(op, out);
	buf_printf(out, "%*s  %-7s", l->width - (int)(out->len - start), "",
	    op_status_name((enum op_status)op->status));
	put_when(op, l);
	if (op->type == OP_STEP)
		buf_printf(out, ", attempt %lu",
		    (unsigned long)op->attempt + 1);
	if (op->callback_id.p) {
		buf_put_str(out, ", id ");
		view_put_text(op->callback_id, out);
	}
	buf_put_char(out, '\n');
}

static void
measure(const struct op *op, int depth, struct look *l)
{
	struct buf text;
	int width;

	buf_init(&text, BUF_NO_MAX);
	view_put_op(op, &text);
	width = 2 * depth + (int)text.len;
	if (width > l->width)
		l->width = width;
	buf_clear(&text);
}

/* Each below its parent. What is below a finished one was ended with it. */
static void
each_unfinished(const struct op *op, int depth, struct look *l,
    void (*each)(const struct op *op, int depth, struct look *l))
{
	for (; op; op = op->sibling) {
		if (!is_unfinished(op))
			continue;
		each(op, depth, l);
		each_unfinished(op->child, depth + 1, l, each);
	}
}

void
describe(struct look *l)
{
	put_headline(l);
	put_facts(l);
	if (l->notes)
		buf_put_str(&l->out, l->notes);
	/* What an execution has left open at its end waits for nothing. */
	if (l->s.ended != EVENT_NONE)
		return;
	each_unfinished(table_first(l->table), 1, l, measure);
	if (l->width > 0)
		buf_put_char(&l->out, '\n');
	each_unfinished(table_first(l->table), 1, l, put_operation);
}
