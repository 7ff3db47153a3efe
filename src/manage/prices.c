/*
 * prices.c - what AWS Lambda durable functions cost and where their limits are.
 *
 * The built-in numbers are those that others have copied from the price and
 * quota pages of AWS Lambda; what sources contradict each other about, or no
 * source of AWS's own says, is marked.
 */
#include "manage/prices.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/value.h"

static const struct {
	const char *key, *help;
	double value;
	bool is_unconfirmed;
} entries[PRICE_KEYS] = {
	[PRICE_OPERATIONS] = { "operations-per-million",
	    "price of a million durable operations", 8, true },
	[PRICE_WRITTEN] = { "written-per-gb", "price of a GB written", 0.25,
	    true },
	[PRICE_RETAINED] = { "retained-per-gb-month",
	    "price of a GB kept for a month", 0.15, true },
	[PRICE_REQUESTS] = { "requests-per-million",
	    "price of a million invocations", 0.2, true },
	[PRICE_COMPUTE] = { "compute-per-gb-second",
	    "price of a GB of memory for a second, x86", 0.0000166667, true },
	[PRICE_MEMORY] = { "memory-mb", "the function's memory in MB", 128,
	    false },
	[PRICE_RETENTION] = { "retention-days",
	    "how long what has ended is kept", 14, true },
	[MOST_OPERATIONS] = { "limit-operations", "operations of an execution",
	    3000, true },
	[MOST_DATA] = { "limit-data", "bytes kept for an execution", 100e6,
	    false },
	[MOST_PAYLOAD] = { "limit-result",
	    "bytes of the result of a step or context", 262144, false },
	[MOST_CALLBACK] = { "limit-callback", "bytes of a callback's result",
	    262144, true },
	[MOST_INVOKE] = { "limit-invoke",
	    "bytes of the input and of the result of a chained invoke", 1048576,
	    false },
	[MOST_ERROR] = { "limit-error", "bytes of an update with an error",
	    32768, true },
	[MOST_EXECUTION] = { "limit-execution",
	    "bytes of the input and of the result of an execution", 1048576,
	    false },
	[MOST_EXECUTION_SYNC] = { "limit-execution-sync",
	    "the same, invoked synchronously", 6291456, false },
	[MOST_SECONDS] = { "limit-seconds", "an execution's length", 31622400,
	    false },
	[MOST_SECONDS_SYNC] = { "limit-seconds-sync",
	    "the same, invoked synchronously", 900, false },
	[MOST_INVOCATION] = { "limit-invocation", "seconds of one invocation",
	    900, false },
};

static const struct {
	const char *key, *help;
	size_t at;
	const char *value;
} words[] = {
	{ "region", "where these prices are asked",
	    offsetof(struct prices, region), "us-east-1" },
	{ "date", "when they were put down", offsetof(struct prices, date),
	    "2026-11-22" },
	{ "currency", "what they are in", offsetof(struct prices, currency),
	    "USD" },
};

enum { WORDS = sizeof(words) / sizeof(words[0]), KEY_WIDTH = 23 };

void
prices_init(struct prices *p)
{
	memset(p, 0, sizeof(*p));
	for (int i = 0; i < PRICE_KEYS; i++) {
		p->value[i] = entries[i].value;
		p->is_unconfirmed[i] = entries[i].is_unconfirmed;
	}
	for (int i = 0; i < WORDS; i++)
		memcpy((char *)p + words[i].at, words[i].value,
		    strlen(words[i].value) + 1);
}

/* The plain form only: no sign, no hex, no inf. */
static bool
parse_number(const char *text, double *value)
{
	char *end;

	if (text[strspn(text, "0123456789.e-")] != '\0' || *text == '-')
		return false;
	*value = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*value);
}

/* One key with its value; its place among all keys in *place. */
static int
take(struct prices *p, const char *key, const char *value, int *place,
    struct err *e)
{
	for (int i = 0; i < WORDS; i++) {
		if (strcmp(words[i].key, key) != 0)
			continue;
		if (strlen(value) >= PRICE_WORD_SIZE)
			return err_set(e, ERR_USAGE,
			    "%s: '%s' is longer than %d bytes", key, value,
			    PRICE_WORD_SIZE - 1);
		memcpy((char *)p + words[i].at, value, strlen(value) + 1);
		*place = i;
		return 0;
	}
	for (int i = 0; i < PRICE_KEYS; i++) {
		if (strcmp(entries[i].key, key) != 0)
			continue;
		if (!parse_number(value, &p->value[i]))
			return err_set(e, ERR_USAGE,
			    "%s: '%s' is not a number: use for instance 8 or "
			    "0.25",
			    key, value);
		p->is_unconfirmed[i] = false;
		*place = WORDS + i;
		return 0;
	}
	return err_set(e, ERR_USAGE,
	    "there is no key '%s': 'durable cost --print-prices' prints all",
	    key);
}

static int
take_line(struct prices *p, char *line, bool *given, struct err *e)
{
	static const char blank[] = " \t\r";
	char *rest = NULL, *key, *value;
	int place;

	line[strcspn(line, "#")] = '\0';
	key = strtok_r(line, blank, &rest);
	if (!key)
		return 0;
	value = strtok_r(NULL, blank, &rest);
	if (!value || strtok_r(NULL, blank, &rest))
		return err_set(e, ERR_USAGE, "a line is a key and one value");
	if (take(p, key, value, &place, e) < 0)
		return -1;
	if (given[place])
		return err_set(e, ERR_USAGE, "%s is given twice", key);
	given[place] = true;
	return 0;
}

int
prices_read(struct prices *p, const char *path, struct err *e)
{
	bool given[WORDS + PRICE_KEYS] = { false };
	char *rest, *line;
	struct buf text;
	int result, n = 0;

	buf_init(&text, BUF_NO_MAX);
	result = value_read_file(path, &text, e);
	if (result == 0 && strlen(buf_str(&text)) != text.len)
		result = err_set(e, ERR_USAGE, "%s holds a NUL byte", path);
	rest = text.data;
	while (result == 0 && (line = strsep(&rest, "\n"))) {
		n++;
		result = take_line(p, line, given, e);
		if (result < 0)
			err_wrap(e, "%s: line %d", path, n);
	}
	buf_clear(&text);
	return result;
}

void
prices_print(const struct prices *p, FILE *out)
{
	for (int i = 0; i < WORDS; i++)
		fprintf(out, "%-*s %-14s # %s\n", KEY_WIDTH, words[i].key,
		    (const char *)p + words[i].at, words[i].help);
	for (int i = 0; i < PRICE_KEYS; i++)
		fprintf(out, "%-*s %-14.10g # %s%s\n", KEY_WIDTH,
		    entries[i].key, p->value[i], entries[i].help,
		    p->is_unconfirmed[i] ? " (unconfirmed)" : "");
}
