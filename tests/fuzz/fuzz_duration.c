/*
 * fuzz_duration.c - a duration or a time that is taken is within its limits
 * and comes back from its own text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define YEAR_0_MS     INT64_C(-62167219200000)
#define YEAR_10000_MS INT64_C(253402300800000)

/* 2026-01-02T03:04:05Z */
static const int64_t now = 1767323045000;

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check_duration(const char *text)
{
	int64_t seconds, again;
	struct buf out;
	struct err e;

	if (duration_parse(text, &seconds, &e) < 0) {
		require(e.code == ERR_USAGE);
		return;
	}
	require(seconds >= DURATION_MIN_S && seconds <= DURATION_MAX_S);
	buf_init(&out, BUF_NO_MAX);
	duration_format(seconds * 1000, &out);
	require(duration_parse(buf_str(&out), &again, &e) == 0);
	require(again == seconds);
	buf_clear(&out);
}

static void
check_time(const char *text)
{
	int64_t ms, again;
	struct buf out;
	struct err e;

	if (time_parse(text, now, &ms, &e) < 0) {
		require(e.code == ERR_USAGE);
		return;
	}
	buf_init(&out, BUF_NO_MAX);
	time_format_local(ms, &out);
	buf_reset(&out);
	time_format(ms, &out);
	/* An offset may lead out of the years that can be written. */
	if (ms >= YEAR_0_MS && ms < YEAR_10000_MS) {
		require(time_parse(buf_str(&out), now, &again, &e) == 0);
		require(again == ms);
	}
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = xmemdup(data, n);
	int64_t ms = 0;
	struct buf out;

	check_duration(text);
	check_time(text);
	memcpy(&ms, text, n < sizeof(ms) ? n : sizeof(ms));
	buf_init(&out, BUF_NO_MAX);
	duration_format(ms, &out);
	time_format(ms, &out);
	time_format_local(ms, &out);
	buf_clear(&out);
	free(text);
	return 0;
}
