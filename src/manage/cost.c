/*
 * cost.c - "durable cost": what an execution would use on AWS Lambda, what
 * that costs, and how far it is from the limits there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/command.h"
#include "base/time.h"
#include "manage/bill.h"
#include "manage/commands.h"
#include "manage/paths.h"
#include "outside/view.h"

static const char *prices_file;
static bool as_json, is_sync, prints_prices;

static const struct option_spec options[] = {
	{ 0, "prices", "FILE", "take prices and limits from FILE",
	    OPTION_STRING, &prices_file },
	{ 0, "sync", NULL, "as if its caller waited for the result",
	    OPTION_FLAG, &is_sync },
	{ 0, "json", NULL, "one JSON object", OPTION_FLAG, &as_json },
	{ 0, "print-prices", NULL, "print the prices and limits in force",
	    OPTION_FLAG, &prints_prices },
	{ 0 },
};

static int
read_prices(struct prices *p, struct err *e)
{
	const char *file = prices_file ? prices_file : getenv("DURABLE_PRICES");

	prices_init(p);
	return file && *file ? prices_read(p, file, e) : 0;
}

static int
take_record(const struct record *r, void *arg, struct err *e)
{
	(void)e;
	usage_take(arg, r);
	return 0;
}

/* On success *s is the caller's to clear. */
static int
read_usage(const char *path, struct usage *u, struct execution_state *s,
    struct err *e)
{
	struct table *t = table_new();
	struct usage_reader *ur = usage_reader_new(u, t);
	int result = context_read(path, s, t, take_record, ur, e);

	if (result == 0 && s->header.is_journal) {
		result = err_set(e, ERR_REFUSED,
		    "%s is a journal: Lambda has executions only", path);
		execution_state_clear(s);
	}
	/* Its clock may run ahead of ours. */
	if (result == 0)
		usage_finish(ur, s, view_state_of(s) == VIEW_RUNNING,
		    time_now() + s->clock_offset);
	usage_reader_free(ur);
	table_free(t);
	return result;
}

static void
print(struct bill *b, const struct execution_state *s, const char *path)
{
	struct buf out;

	buf_init(&out, BUF_NO_MAX);
	if (as_json) {
		view_put_execution(s, path, &out);
		bill_put_json(b, &out);
		buf_put_str(&out, "}\n");
	} else {
		bill_put(b, s->header.name, &out);
	}
	view_print(&out);
	buf_clear(&out);
}

static int
run(struct call *call, struct err *e)
{
	struct bill b = { .is_sync = is_sync };
	struct execution_state s;
	char *path;
	int result;

	if (read_prices(&b.prices, e) < 0)
		return -1;
	if (!prints_prices && call->argc == 0)
		return err_set(e, ERR_USAGE,
		    "of which execution? usage: durable cost %s",
		    call->command->synopsis);
	if (prints_prices && call->argc > 0)
		return err_set(e, ERR_USAGE,
		    "--print-prices takes no execution");
	if (prints_prices) {
		prices_print(&b.prices, stdout);
		return 0;
	}
	if (!(path = paths_find_context(call->argv[0], e)))
		return -1;
	result = read_usage(path, &b.usage, &s, e);
	if (result == 0) {
		bill_reckon(&b);
		print(&b, &s, path);
		execution_state_clear(&s);
		result = b.broken > 0;
	}
	usage_clear(&b.usage);
	free(path);
	return result;
}

const struct command cmd_cost = {
	.name = "cost",
	.synopsis = "[--prices FILE] [--sync] [--json] NAME|CONTEXT",
	.summary = "show what an execution would use and cost on AWS Lambda",
	.details = "Exits 1 when it would break a limit there.\n",
	.group = GROUP_LOOK,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
