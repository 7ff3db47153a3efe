/*
 * list.c - "durable list": every execution of the state folder, a line each.
 */
#include "base/command.h"
#include "base/time.h"
#include "manage/commands.h"
#include "manage/folder.h"
#include "manage/hand_over.h"
#include "outside/rows.h"
#include "outside/view.h"
#include "outside/words.h"

static struct list_words words;

static const struct option_spec options[] = {
	LIST_OPTIONS(words),
	{ 0 },
};

struct list {
	unsigned wanted;
	int64_t now;
	struct rows rows;
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
	struct buf time;

	buf_init(&time, BUF_NO_MAX);
	if (state == VIEW_SUSPENDED)
		put_due(path, l->now, &time);
	else if (s->ended != EVENT_NONE)
		duration_format(s->ended_at - s->header.time, &time);
	else if (state == VIEW_RUNNING)
		duration_format(l->now - s->header.time, &time);
	rows_add(&l->rows, s->header.name, view_state_name(state),
	    s->header.time, buf_str(&time));
	buf_clear(&time);
}

static int
list_one(const char *path, const struct execution_state *s, void *arg,
    struct err *e)
{
	struct list *l = arg;

	(void)e;
	if (!view_states_have(l->wanted, view_state_of(s)))
		return 0;
	if (!words.json) {
		add_row(l, path, s);
		return 0;
	}
	view_put_execution(s, path, &l->json);
	buf_put_str(&l->json, "}\n");
	view_print(&l->json);
	return 0;
}

/* What only Lambda has. */
static int
check_unused(struct err *e)
{
	const char *option = words.name ? "--name"
	    : words.since               ? "--since"
	    : words.until               ? "--until"
	    : words.reverse             ? "--reverse"
					: NULL;

	if (option)
		return err_set(e, ERR_USAGE,
		    "%s is for executions on Lambda: give their --function",
		    option);
	return remote_check_unused(&words.of.remote, e);
}

static int
run(struct call *call, struct err *e)
{
	struct list l = { .wanted = ~0U, .now = time_now() };
	int result;

	if (words.of.function)
		return hand_over(call, e);
	if (check_unused(e) < 0 ||
	    (words.status && view_states_parse(words.status, &l.wanted, e) < 0))
		return -1;
	buf_init(&l.json, BUF_NO_MAX);
	result = folder_each(list_one, &l, e);
	rows_print(&l.rows);
	buf_clear(&l.json);
	return result;
}

const struct command cmd_list = {
	.name = "list",
	.synopsis = "[OPTION...] [--function FUNCTION]",
	.summary = "show every execution, a line each",
	.details = "Name, status, start, and how long it took or until when it "
		   "waits.\n",
	.group = GROUP_LOOK,
	.options = options,
	.min_args = 0,
	.max_args = 0,
	.run = run,
};
