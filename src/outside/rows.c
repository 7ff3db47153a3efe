/*
 * rows.c - executions as aligned lines: name, status, start, and a time.
 */
#include "outside/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "base/xalloc.h"

static char *
escaped(const char *text)
{
	struct buf out;

	buf_init(&out, BUF_NO_MAX);
	text_escape(text, strlen(text), &out);
	return buf_steal(&out);
}

void
rows_add(struct rows *r, const char *name, const char *status, int64_t started,
    const char *time)
{
	struct row *row;
	struct buf text;

	r->rows = xreallocarray(r->rows, r->n + 1, sizeof(*r->rows));
	row = &r->rows[r->n++];
	row->name = escaped(name);
	if ((int)strlen(row->name) > r->width)
		r->width = (int)strlen(row->name);
	row->status = escaped(status);
	buf_init(&text, BUF_NO_MAX);
	time_format_local(started, &text);
	row->started = buf_steal(&text);
	row->time = xstrdup(time);
}

void
rows_print(struct rows *r)
{
	static const char head[] = "NAME";

	if (r->width < (int)sizeof(head) - 1)
		r->width = (int)sizeof(head) - 1;
	if (r->n > 0 && isatty(STDOUT_FILENO))
		printf("%-*s  %-9s  %-19s  %s\n", r->width, head, "STATUS",
		    "STARTED", "TOOK OR WAITS");
	for (size_t i = 0; i < r->n; i++) {
		struct row *row = &r->rows[i];

		printf("%-*s  %-9s  %s%s%s\n", r->width, row->name, row->status,
		    row->started, row->time[0] ? "  " : "", row->time);
		free(row->name);
		free(row->status);
		free(row->started);
		free(row->time);
	}
	free(r->rows);
	memset(r, 0, sizeof(*r));
}
