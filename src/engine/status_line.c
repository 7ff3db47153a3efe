/*
 * status_line.c - the live line on a terminal.
 */
#include "engine/status_line.h"

#include <stdio.h>

#include "base/time.h"
#include "engine/conn.h"

enum { EVERY_MS = 200 };

static int
count_done(struct op *op, void *arg)
{
	size_t *done = arg;

	*done += op_status_is_final((enum op_status)op->status);
	return 0;
}

static size_t
count_running(const struct server *s)
{
	size_t n = 0;

	for (const struct conn *c = s->conns; c; c = c->next)
		n += engine_client_is_running(c->client);
	return n;
}

void
status_line_show(struct server *s)
{
	int64_t mono = time_monotonic(), due = engine_next_due(s->engine);
	struct engine_counts n;
	struct buf line;
	size_t done = 0;

	if (!s->job->show_status || mono < s->status_due)
		return;
	engine_counts(s->engine, &n);
	(void)table_each(s->table, count_done, &done);
	buf_init(&line, BUF_NO_MAX);
	buf_printf(&line, "\r\033[K%s: %zu done, %zu running", s->job->name,
	    done, count_running(s));
	if (n.waiting > 0)
		buf_printf(&line, ", %llu waiting",
		    (unsigned long long)n.waiting);
	if (n.waiting > 0 && due != TIME_NEVER) {
		buf_put_str(&line, " until ");
		time_format_local(due, &line);
	}
	buf_put_char(&line, '\r');
	fputs(buf_str(&line), stderr);
	fflush(stderr);
	buf_clear(&line);
	s->status_shown_at = mono;
	s->status_due = mono + EVERY_MS;
}
