/*
 * bill.c - what an execution's usage costs, and which limits it breaks.
 */
#include "manage/bill.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"

enum { NUMBER_SIZE = 32 };

/* What has a limit, for people and for programs, and where its number is. */
static const struct {
	const char *title, *name;
	enum price_key most, most_sync;
	int unit; /* how many of usage.h's are one of the number's */
} limits[LIMITS] = {
	[LIMIT_OPERATIONS] = { "operations", "Operations", MOST_OPERATIONS,
	    MOST_OPERATIONS, 1 },
	[LIMIT_DATA] = { "bytes kept", "Data", MOST_DATA, MOST_DATA, 1 },
	[LIMIT_STEP] = { "bytes of a step's result", "StepResult", MOST_PAYLOAD,
	    MOST_PAYLOAD, 1 },
	[LIMIT_CONTEXT] = { "bytes of a context's result", "ContextResult",
	    MOST_PAYLOAD, MOST_PAYLOAD, 1 },
	[LIMIT_CALLBACK] = { "bytes of a callback's result", "CallbackResult",
	    MOST_CALLBACK, MOST_CALLBACK, 1 },
	[LIMIT_INVOKE_INPUT] = { "bytes of an invoke's input", "InvokeInput",
	    MOST_INVOKE, MOST_INVOKE, 1 },
	[LIMIT_INVOKE_RESULT] = { "bytes of an invoke's result", "InvokeResult",
	    MOST_INVOKE, MOST_INVOKE, 1 },
	[LIMIT_ERROR] = { "bytes of an update with an error", "ErrorUpdate",
	    MOST_ERROR, MOST_ERROR, 1 },
	[LIMIT_INPUT] = { "bytes of the input", "Input", MOST_EXECUTION,
	    MOST_EXECUTION_SYNC, 1 },
	[LIMIT_RESULT] = { "bytes of the result", "Result", MOST_EXECUTION,
	    MOST_EXECUTION_SYNC, 1 },
	[LIMIT_LENGTH] = { "seconds from start to end", "Seconds", MOST_SECONDS,
	    MOST_SECONDS_SYNC, 1000 },
	[LIMIT_ATTEMPT] = { "seconds of a step's attempt", "AttemptSeconds",
	    MOST_INVOCATION, MOST_INVOCATION, 1000 },
};

static const struct {
	const char *one, *name;
} kinds[OP_TYPES] = {
	[OP_CONTEXT] = { "context", "Contexts" },
	[OP_STEP] = { "step", "Steps" },
	[OP_WAIT] = { "wait", "Waits" },
	[OP_CALLBACK] = { "callback", "Callbacks" },
	[OP_INVOKE] = { "chained invoke", "ChainedInvokes" },
};

static const struct {
	const char *title, *name;
} items[ITEMS] = {
	[ITEM_OPERATIONS] = { "operations", "Operations" },
	[ITEM_WRITTEN] = { "data written", "DataWritten" },
	[ITEM_RETAINED] = { "data retained", "DataRetained" },
	[ITEM_REQUESTS] = { "invocations", "Requests" },
	[ITEM_COMPUTE] = { "compute", "Compute" },
};

static enum price_key
key_of(const struct bill *b, int limit)
{
	return b->is_sync ? limits[limit].most_sync : limits[limit].most;
}

static double
allowed(const struct bill *b, int limit)
{
	return b->prices.value[key_of(b, limit)];
}

/* In what the limit is in. */
static double
used(const struct bill *b, int limit)
{
	return (double)b->usage.most[limit] / limits[limit].unit;
}

void
bill_reckon(struct bill *b)
{
	const double *price = b->prices.value;
	const struct usage *u = &b->usage;
	double gb = (double)u->most[LIMIT_DATA] / 1e9;
	/* From its start until it is removed. */
	double days = (double)u->most[LIMIT_LENGTH] / 86400e3 +
	    price[PRICE_RETENTION];

	b->item[ITEM_OPERATIONS] = (double)usage_operations(u) *
	    price[PRICE_OPERATIONS] / 1e6;
	b->item[ITEM_WRITTEN] = gb * price[PRICE_WRITTEN];
	b->item[ITEM_RETAINED] = gb * price[PRICE_RETAINED] * days / 30;
	b->item[ITEM_REQUESTS] = (double)u->invocations *
	    price[PRICE_REQUESTS] / 1e6;
	b->item[ITEM_COMPUTE] = (double)u->invoked_ms / 1000 *
	    price[PRICE_MEMORY] / 1024 * price[PRICE_COMPUTE];
	b->total = 0;
	for (int i = 0; i < ITEMS; i++)
		b->total += b->item[i];
	b->broken = 0;
	for (int i = 0; i < LIMITS; i++)
		b->broken += used(b, i) > allowed(b, i);
}

/* 1,234,567 */
static void
put_grouped(int64_t n, int width, struct buf *out)
{
	char digits[NUMBER_SIZE];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n);

	for (int i = len + (len - 1) / 3; i < width; i++)
		buf_put_char(out, ' ');
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_put_char(out, ',');
		buf_put_char(out, digits[i]);
	}
}

static void
put_kind(int64_t n, const char *one, const char **between, struct buf *out)
{
	if (n == 0)
		return;
	buf_put_str(out, *between);
	put_grouped(n, 0, out);
	buf_printf(out, " %s%s", one, n == 1 ? "" : "s");
	*between = ", ";
}

static void
put_usage(const struct usage *u, struct buf *out)
{
	const char *between = "  ";

	buf_put_str(out, "  durable operations  ");
	put_grouped(usage_operations(u), 13, out);
	for (int i = 0; i < OP_TYPES; i++)
		if (kinds[i].one)
			put_kind(u->operations[i], kinds[i].one, &between, out);
	put_kind(u->retries, "further attempt", &between, out);
	put_kind(u->crashes, "crash of the handler, run again", &between, out);
	buf_put_str(out, "\n  checkpoint calls    ");
	put_grouped(u->calls + u->polls, 13, out);
	buf_printf(out, "  at most, for %" PRId64 " update%s", u->updates,
	    u->updates == 1 ? "" : "s");
	if (u->polls > 0)
		buf_printf(out, ", and %" PRId64 " to ask what is new",
		    u->polls);
	buf_put_str(out, "\n  invocations         ");
	put_grouped(u->invocations, 13, out);
	buf_put_str(out, "  ");
	duration_format(u->invoked_ms, out);
	buf_put_str(out, " in all, as long as here\n  bytes written       ");
	put_grouped(u->most[LIMIT_DATA], 13, out);
	buf_put_str(out, "  input, results and errors\n");
}

static void
put_limit(const struct bill *b, int i, struct buf *out)
{
	double part = used(b, i) / allowed(b, i) * 100;
	const char *where = b->usage.where[i];

	buf_printf(out, "  %-33s", limits[i].title);
	if (limits[i].unit == 1)
		put_grouped(b->usage.most[i], 12, out);
	else
		buf_printf(out, "%12.1f", used(b, i));
	put_grouped((int64_t)allowed(b, i), 13, out);
	buf_printf(out, "  %5.1f %%", part);
	if (used(b, i) > allowed(b, i))
		buf_put_str(out, "  BROKEN");
	if (where && part >= 1)
		buf_printf(out, "  %s", where);
	if (b->prices.is_unconfirmed[key_of(b, i)])
		buf_put_str(out, "  (limit unconfirmed)");
	buf_put_char(out, '\n');
}

static void
put_prices(const struct bill *b, struct buf *out)
{
	const struct prices *p = &b->prices;
	bool is_unconfirmed = false;

	for (int i = 0; i <= PRICE_COMPUTE; i++)
		is_unconfirmed |= p->is_unconfirmed[i];
	for (int i = 0; i < ITEMS; i++)
		buf_printf(out, "  %-20s%13.8f\n", items[i].title, b->item[i]);
	buf_printf(out, "  %-20s%13.8f  a million such: %.2f\n", "in all",
	    b->total, b->total * 1e6);
	buf_put_str(out, "  prices of ");
	text_escape(p->region, strlen(p->region), out);
	buf_put_str(out, ", ");
	text_escape(p->date, strlen(p->date), out);
	buf_printf(out, "%s; %g MB, kept %g days\n",
	    is_unconfirmed ? ", unconfirmed" : "", p->value[PRICE_MEMORY],
	    p->value[PRICE_RETENTION]);
}

void
bill_put(const struct bill *b, const char *name, struct buf *out)
{
	text_escape(name, strlen(name), out);
	buf_put_str(out, ": on AWS Lambda it would use\n");
	put_usage(&b->usage, out);
	if (b->usage.was_reopened)
		buf_put_str(out,
		    "  it was opened again by durable retry, which Lambda has "
		    "not\n");
	buf_printf(out, "\n  %-33s%12s%13s\n",
	    b->is_sync ? "LIMIT (invoked synchronously)" : "LIMIT", "MOST USED",
	    "ALLOWED");
	for (int i = 0; i < LIMITS; i++)
		if (b->usage.most[i] > 0)
			put_limit(b, i, out);
	if (used(b, LIMIT_ATTEMPT) <= allowed(b, LIMIT_ATTEMPT) &&
	    (double)b->usage.longest_ms / 1000 > allowed(b, LIMIT_ATTEMPT)) {
		buf_put_str(out, "  one invocation lasted ");
		duration_format(b->usage.longest_ms, out);
		buf_put_str(out, ": it would be ended and run again\n");
	}
	buf_printf(out, "\n  %-20s%13s\n", "COST", b->prices.currency);
	put_prices(b, out);
	if (b->broken > 0)
		buf_printf(out, "\n  %d limit%s would be BROKEN\n", b->broken,
		    b->broken == 1 ? "" : "s");
}

static void
put_limits_json(const struct bill *b, struct buf *out)
{
	buf_put_str(out, ",\"Limits\":[");
	for (int i = 0; i < LIMITS; i++) {
		const char *where = b->usage.where[i];

		buf_printf(out,
		    "%s{\"Name\":\"%s\",\"Used\":%.15g,\"Allowed\":%.15g,"
		    "\"Broken\":%s,\"Unconfirmed\":%s",
		    i > 0 ? "," : "", limits[i].name, used(b, i), allowed(b, i),
		    used(b, i) > allowed(b, i) ? "true" : "false",
		    b->prices.is_unconfirmed[key_of(b, i)] ? "true" : "false");
		if (where) {
			buf_put_str(out, ",\"Operation\":");
			json_escape(where, strlen(where), out);
		}
		buf_put_char(out, '}');
	}
	buf_put_char(out, ']');
}

static void
put_word(const char *key, const char *word, struct buf *out)
{
	buf_printf(out, "\"%s\":", key);
	json_escape(word, strlen(word), out);
	buf_put_char(out, ',');
}

void
bill_put_json(const struct bill *b, struct buf *out)
{
	const struct usage *u = &b->usage;

	buf_printf(out, ",\"Operations\":{\"Total\":%" PRId64,
	    usage_operations(u));
	for (int i = 0; i < OP_TYPES; i++)
		if (kinds[i].one)
			buf_printf(out, ",\"%s\":%" PRId64, kinds[i].name,
			    u->operations[i]);
	buf_printf(out,
	    ",\"Retries\":%" PRId64 ",\"Crashes\":%" PRId64
	    "},\"Updates\":%" PRId64 ",\"CheckpointCalls\":%" PRId64
	    ",\"Polls\":%" PRId64 ",\"Invocations\":%" PRId64
	    ",\"InvokedMilliseconds\":%" PRId64 ",\"BytesWritten\":%" PRId64,
	    u->retries, u->crashes, u->updates, u->calls + u->polls, u->polls,
	    u->invocations, u->invoked_ms, u->most[LIMIT_DATA]);
	put_limits_json(b, out);
	buf_put_str(out, ",\"Cost\":{");
	put_word("Currency", b->prices.currency, out);
	put_word("Region", b->prices.region, out);
	put_word("Date", b->prices.date, out);
	for (int i = 0; i < ITEMS; i++)
		buf_printf(out, "\"%s\":%.12g,", items[i].name, b->item[i]);
	buf_printf(out, "\"Total\":%.12g}", b->total);
}
