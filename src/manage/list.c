/*
 * list.c - "durable list": every execution of the state folder, a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "manage/commands.h"
#include "manage/folder.h"
#include "outside/view.h"

static const char *status;
static bool as_json;

static const struct option_spec options[] = {
	{ 0, "status", "LIST", "only these, as in RUNNING,SUSPENDED",
	    OPTION_STRING, &status },
	{ 0, "json", NULL, "one JSON object a line", OPTION_FLAG, &as_json },
	{ 0 },
};

struct row {
	char *name, *started, *time;
	enum view_state state;
};

/* Lines are aligned, so the first waits for the last. */
struct list {
	unsigned wanted;
	int64_t now;
	struct row *rows;
	size_t n;
	int width; /* of the longest name */
	struct buf json;
};

/* Until when it is suspended. The log is read once more, for its operations:
 * most executions of a folder have ended and need no table. */
static void
put_due(const char *path, int64_t now, struct buf *out)
{
	struct table *t = table_new();
	struct execution_state s;
	struct err ignored;

	/* It may have gone since. */
	if (context_read(path, &s, t, NULL, NULL, &ignored) == 0) {
		view_put_due(view_due(t, &s, now), now, out);
		execution_state_clear(&s);
	}
	table_free(t);
}

static void
add_row(struct list *l, const char *path, const struct execution_state *s)
{
	enum view_state state = view_state_of(s);
	struct row *row;
	struct buf text;

	l->rows = xreallocarray(l->rows, l->n + 1, sizeof(*l->rows));
	row = &l->rows[l->n++];
	buf_init(&text, BUF_NO_MAX);
	text_escape(s->header.name, strlen(s->header.name), &text);
	if ((int)text.len > l->width)
		l->width = (int)text.len;
	row->name = buf_steal(&text);
	time_format_local(s->header.time, &text);
	row->started = buf_steal(&text);
	if (state == VIEW_SUSPENDED)
		put_due(path, l->now, &text);
	else if (s->ended != EVENT_NONE)
		duration_format(s->ended_at - s->header.time, &text);
	else if (state == VIEW_RUNNING)
		duration_format(l->now - s->header.time, &text);
	row->time = xstrdup(buf_str(&text));
	buf_clear(&text);
	row->state = state;
}

static int
list_one(const char *path, const struct execution_state *s, void *arg,
    struct err *e)
{
	struct list *l = arg;

	(void)e;
	if (!view_states_have(l->wanted, view_state_of(s)))
		return 0;
	if (!as_json) {
		add_row(l, path, s);
		return 0;
	}
	view_put_execution(s, path, &l->json);
	buf_put_str(&l->json, "}\n");
	view_print(&l->json);
	return 0;
}

static void
print_rows(struct list *l)
{
	static const char head[] = "NAME";

	if (l->width < (int)sizeof(head) - 1)
		l->width = (int)sizeof(head) - 1;
	if (l->n > 0 && isatty(STDOUT_FILENO))
		printf("%-*s  %-9s  %-19s  %s\n", l->width, head, "STATUS",
		    "STARTED", "TOOK OR WAITS");
	for (size_t i = 0; i < l->n; i++) {
		struct row *r = &l->rows[i];

		printf("%-*s  %-9s  %s%s%s\n", l->width, r->name,
		    view_state_name(r->state), r->started,
		    r->time[0] ? "  " : "", r->time);
		free(r->name);
		free(r->started);
		free(r->time);
	}
	free(l->rows);
}

static int
run(struct call *call, struct err *e)
{
	struct list l = { .wanted = ~0U, .now = time_now() };
	int result;

	(void)call;
	if (status && view_states_parse(status, &l.wanted, e) < 0)
		return -1;
	buf_init(&l.json, BUF_NO_MAX);
	result = folder_each(list_one, &l, e);
	print_rows(&l);
	buf_clear(&l.json);
	return result;
}

const struct command cmd_list = {
	.name = "list",
	.synopsis = "[--status LIST] [--json]",
	.summary = "show every execution, a line each",
	.details = "Name, status, start, and how long it took or until when it "
		   "waits.\n",
	.group = GROUP_LOOK,
	.options = options,
	.min_args = 0,
	.max_args = 0,
	.run = run,
};
