/*
 * list.c - "durable list --function": a function's executions, a line each.
 */
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/time.h"
#include "lambda/commands.h"
#include "lambda/manage.h"
#include "lambda/wire.h"
#include "outside/rows.h"

static struct list_words words;

static const struct option_spec options[] = {
	LIST_OPTIONS(words),
	{ 0 },
};

struct list {
	int64_t now;
	struct rows rows;
	struct buf json;
};

/* Those that Lambda knows; what is suspended there is RUNNING. */
static int
put_statuses(struct buf *filters, struct err *e)
{
	unsigned wanted;

	if (!words.status)
		return 0;
	if (view_states_parse(words.status, &wanted, e) < 0)
		return -1;
	for (int i = 0; i < VIEW_STATES; i++) {
		if (!view_states_have(wanted, (enum view_state)i))
			continue;
		if (i == VIEW_SUSPENDED || i == VIEW_JOURNAL)
			return err_set(e, ERR_USAGE,
			    "--status: Lambda does not tell what is %s; what "
			    "has not ended is RUNNING there",
			    view_state_name((enum view_state)i));
		manage_put_query("Statuses",
		    view_state_name((enum view_state)i), filters);
	}
	return 0;
}

static int
put_time(const char *option, const char *name, const char *text,
    struct buf *filters, struct err *e)
{
	struct buf iso;
	int64_t ms;

	if (!text)
		return 0;
	if (time_parse(text, time_now(), &ms, e) < 0)
		return err_wrap(e, "%s", option);
	buf_init(&iso, BUF_NO_MAX);
	time_format(ms, &iso);
	manage_put_query(name, buf_str(&iso), filters);
	buf_clear(&iso);
	return 0;
}

static void
add_row(struct list *l, struct span item)
{
	int64_t start = wire_instant(item, "StartTimestamp");
	int64_t end = wire_instant(item, "EndTimestamp");
	struct buf name, status, time;

	buf_init(&name, BUF_NO_MAX);
	buf_init(&status, BUF_NO_MAX);
	buf_init(&time, BUF_NO_MAX);
	text_put_plain(wire_string(item, "DurableExecutionName"), &name);
	text_put_plain(wire_string(item, "Status"), &status);
	if (end > 0 || strcmp(buf_str(&status), "RUNNING") == 0)
		duration_format((end > 0 ? end : l->now) - start, &time);
	rows_add(&l->rows, buf_str(&name), buf_str(&status), start,
	    buf_str(&time));
	buf_clear(&name);
	buf_clear(&status);
	buf_clear(&time);
}

static int
list_one(struct span item, void *arg, struct err *e)
{
	struct list *l = arg;

	(void)e;
	if (!words.json) {
		add_row(l, item);
		return 0;
	}
	buf_put_char(&l->json, '{');
	manage_put_members(item, &l->json);
	buf_put_str(&l->json, ",\"State\":");
	text_put_quoted(wire_string(item, "Status"), &l->json);
	buf_put_str(&l->json, "}\n");
	view_print(&l->json);
	return 0;
}

static int
run(struct call *call, struct err *e)
{
	struct list l = { .now = time_now() };
	struct visit v = { list_one, &l };
	struct buf filters;
	int result = -1;

	(void)call;
	if (!words.of.function)
		return err_set(e, ERR_USAGE, "of which --function?");
	buf_init(&filters, BUF_NO_MAX);
	buf_init(&l.json, BUF_NO_MAX);
	manage_put_query("DurableExecutionName", words.name, &filters);
	manage_put_query("ReverseOrder", words.reverse ? "true" : NULL,
	    &filters);
	if (put_statuses(&filters, e) == 0 &&
	    put_time("--since", "StartedAfter", words.since, &filters, e) ==
		0 &&
	    put_time("--until", "StartedBefore", words.until, &filters, e) ==
		0) {
		result = manage_each_execution(&words.of, buf_str(&filters), &v,
		    e);
		rows_print(&l.rows);
	}
	buf_clear(&filters);
	buf_clear(&l.json);
	return result;
}

const struct command cmd_list = {
	.name = "list",
	.synopsis = "[OPTION...] --function FUNCTION",
	.summary = "show the executions of a function on Lambda, a line each",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 0,
	.max_args = 0,
	.run = run,
};
