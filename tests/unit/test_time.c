/*
 * test_time.c - durations and instants, text to number and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/time.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void
set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* Middle European time without a time zone database. */
static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static void
durations_are_parsed(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ "1", 1 },
		{ "90", 90 },
		{ "007", 7 },
		{ "90s", 90 },
		{ "5m", 300 },
		{ "1h30m", 5400 },
		{ "2d", 172800 },
		{ "1d2h3m4s", 93784 },
		{ "0d1s", 1 },
		{ "366d", 31622400 },
		{ "31622400", 31622400 },
		{ "31622400s", 31622400 },
		{ "365d24h", 31622400 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t seconds = -1;
		struct err e;

		if (duration_parse(cases[i].text, &seconds, &e) < 0)
			fail_msg("%s: %s", cases[i].text, e.text);
		assert_int_equal(seconds, cases[i].seconds);
	}
}

static void
what_is_no_duration_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "",
		    "'' is not a duration: use for instance 90, 90s, 5m, "
		    "1h30m or 2d" },
		{ "soon", "'soon' is not a duration" },
		{ "s", "is not a duration" },
		{ "1h30", "is not a duration" },
		{ "5x", "is not a duration" },
		{ "5S", "is not a duration" },
		{ "5 m", "is not a duration" },
		{ " 5", "is not a duration" },
		{ "5 ", "is not a duration" },
		{ "+5", "is not a duration" },
		{ "-5", "is not a duration" },
		{ "1.5h", "is not a duration" },
		{ "30m1h", "is not a duration" },
		{ "1m1m", "is not a duration" },
		{ "0x10", "is not a duration" },
		{ "500ms", "is not a duration" },
		{ "0", "'0' is too short: a duration is 1 s at least" },
		{ "0d0h0m0s", "too short" },
		{ "31622401", "too long: a duration is 366 days at most" },
		{ "366d1s", "too long" },
		{ "367d", "too long" },
		{ "18446744073709551617", "too long" },
		{ "99999999999999999999999999999999d", "too long" },
		{ "99999999d99999999h99999999m99999999s", "too long" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t seconds = 77;
		struct err e;

		if (duration_parse(cases[i].text, &seconds, &e) == 0)
			fail_msg("'%s' was taken", cases[i].text);
		assert_int_equal(e.code, ERR_USAGE);
		if (!strstr(e.text, cases[i].message))
			fail_msg("'%s': %s", cases[i].text, e.text);
		assert_int_equal(seconds, 77);
	}
}

static void
durations_are_formatted(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "0ms" },
		{ 12, "12ms" },
		{ 999, "999ms" },
		{ 1000, "1s" },
		{ 1099, "1s" },
		{ 1234, "1.2s" },
		{ 59999, "59.9s" },
		{ 60000, "1m" },
		{ 60999, "1m" },
		{ 90000, "1m30s" },
		{ 3600000, "1h" },
		{ 5400000, "1h30m" },
		{ 3601000, "1h1s" },
		{ 90061000, "1d1h1m1s" },
		{ -1500, "-1.5s" },
		{ INT64_MIN, "-106751991167d7h12m55s" },
		{ INT64_MAX, "106751991167d7h12m55s" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&out);
		duration_format(cases[i].ms, &out);
		assert_string_equal(buf_str(&out), cases[i].text);
	}
	buf_clear(&out);
}

static void
whole_seconds_round_trip(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	for (int64_t s = 1; s <= DURATION_MAX_S; s = s * 3 + s % 7 + 1) {
		int64_t parsed;
		struct err e;

		buf_reset(&out);
		duration_format(s * 1000, &out);
		assert_int_equal(duration_parse(buf_str(&out), &parsed, &e), 0);
		assert_int_equal(parsed, s);
	}
	buf_clear(&out);
}

static void
times_with_an_offset_are_parsed(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "2026-01-02T03:04:05Z", 1767323045000 },
		{ "2026-01-02t03:04:05z", 1767323045000 },
		{ "2026-01-02 03:04:05Z", 1767323045000 },
		{ "2026-01-02T03:04Z", 1767323040000 },
		{ "2026-01-02T03:04:05.6Z", 1767323045600 },
		{ "2026-01-02T03:04:05.678Z", 1767323045678 },
		{ "2026-01-02T03:04:05.6789999999999Z", 1767323045678 },
		{ "2026-01-02T04:04:05+01:00", 1767323045000 },
		{ "2026-01-01T21:34:05-05:30", 1767323045000 },
		{ "2026-01-02T03:04:05-00:00", 1767323045000 },
		{ "2024-02-29T00:00:00Z", 1709164800000 },
		{ "2000-02-29T00:00:00Z", 951782400000 },
		{ "2016-12-31T23:59:60Z", 1483228800000 },
		{ "0000-01-01T00:00:00Z", -62167219200000 },
		{ "0001-01-01T00:00:00Z", -62135596800000 },
		{ "9999-12-31T23:59:59.999Z", 253402300799999 },
		{ "@0", 0 },
		{ "@1767323045", 1767323045000 },
		{ "@253402300799", 253402300799000 },
	};

	(void)state;
	set_zone(berlin);
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms = 77;
		struct err e;

		if (time_parse(cases[i].text, 0, &ms, &e) < 0)
			fail_msg("%s: %s", cases[i].text, e.text);
		if (ms != cases[i].ms)
			fail_msg("%s: %lld", cases[i].text, (long long)ms);
	}
}

static void
times_without_one_are_local(void **state)
{
	static const struct {
		const char *zone;
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "UTC0", "2026-01-02", 1767312000000 },
		{ "UTC0", "2026-01-02T03:04:05", 1767323045000 },
		{ berlin, "2026-01-02", 1767308400000 },
		{ berlin, "2026-01-02 03:04", 1767319440000 },
		{ berlin, "2026-01-02 03:04:05", 1767319445000 },
		{ berlin, "2026-01-02T03:04:05.5", 1767319445500 },
		{ berlin, "2026-07-02 03:04:05", 1782954245000 },
		{ "EST5", "1969-12-31 18:59:59", -1000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms = 77;
		struct err e;

		set_zone(cases[i].zone);
		if (time_parse(cases[i].text, 0, &ms, &e) < 0)
			fail_msg("%s: %s", cases[i].text, e.text);
		if (ms != cases[i].ms)
			fail_msg("%s: %lld", cases[i].text, (long long)ms);
	}
}

/* 1767323045000 is 2026-01-02 04:04:05 in Berlin, 1774742400000 is
 * 2026-03-29 01:00:00 there, an hour before the clocks go forward. */
static void
times_of_day_are_the_next_ones(void **state)
{
	static const struct {
		const char *text;
		int64_t now, ms;
	} cases[] = {
		{ "04:05", 1767323045000, 1767323100000 },
		{ "04:04:06", 1767323045000, 1767323046000 },
		{ "04:04:05", 1767323045000, 1767323045000 + 86400000 },
		{ "04:04:05", 1767323044999, 1767323045000 },
		{ "04:04:05.5", 1767323045000, 1767323045500 },
		{ "00:00", 1767323045000, 1767394800000 },
		{ "18:30", 1767323045000, 1767375000000 },
		{ "03:30", 1774742400000, 1774747800000 },
	};

	(void)state;
	set_zone(berlin);
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms = 77;
		struct err e;

		if (time_parse(cases[i].text, cases[i].now, &ms, &e) < 0)
			fail_msg("%s: %s", cases[i].text, e.text);
		if (ms != cases[i].ms)
			fail_msg("%s: %lld", cases[i].text, (long long)ms);
	}
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const cases[] = { "", "soon", "@", "@-1", "@1x",
		"@253402300800", "@99999999999999999999", "2026", "2026-01",
		"2026-1-2", "26-01-02", "2026-13-01", "2026-00-01",
		"2026-01-00", "2026-01-32", "2026-02-29", "2100-02-29",
		"2026-04-31", "2026-01-02T", "2026-01-02T03",
		"2026-01-02T24:00:00Z", "2026-01-02T03:60:00Z",
		"2026-01-02T03:04:60Z", "2026-01-02T03:59:61Z",
		"2026-01-02T03:04:05.Z", "2026-01-02T03:04:05,5Z",
		"2026-01-02T03:04:05ZZ", "2026-01-02T03:04:05+1:00",
		"2026-01-02T03:04:05+0100", "2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60", "2026-01-02T03:04:05 ",
		"2026-01-02Z", "2026-01-02  03:04", " 2026-01-02", "3:04",
		"03:4", "24:00", "03:60", "03:04:", "03:04:61", "03:04Z",
		"20260102T030405Z" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms = 77;
		struct err e;

		if (time_parse(cases[i], 1767323045000, &ms, &e) == 0)
			fail_msg("'%s' was taken", cases[i]);
		assert_int_equal(e.code, ERR_USAGE);
		assert_non_null(strstr(e.text, "is not a time: use"));
		assert_int_equal(ms, 77);
	}
}

static void
times_are_formatted(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 1767323045678, "2026-01-02T03:04:05.678Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ -62135596800001, "0000-12-31T23:59:59.999Z" },
		{ 253402300800000, "10000-01-01T00:00:00.000Z" },
		{ TIME_NEVER, "292278994-08-17T07:12:55.807Z" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&out);
		time_format(cases[i].ms, &out);
		assert_string_equal(buf_str(&out), cases[i].text);
	}
	buf_reset(&out);
	set_zone(berlin);
	time_format_local(1767323045678, &out);
	assert_string_equal(buf_str(&out), "2026-01-02 04:04:05");
	buf_reset(&out);
	time_format_local(-1, &out);
	assert_string_equal(buf_str(&out), "1970-01-01 00:59:59");
	buf_clear(&out);
}

static void
times_round_trip(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	/* A prime step of about 53 days, over ten thousand years. */
	for (int64_t ms = -62167219200000; ms < 253402300799999;
	     ms += 4567891237) {
		int64_t parsed;
		struct err e;

		buf_reset(&out);
		time_format(ms, &out);
		assert_int_equal(time_parse(buf_str(&out), 0, &parsed, &e), 0);
		assert_int_equal(parsed, ms);
	}
	buf_clear(&out);
}

static void
clocks_run(void **state)
{
	int64_t before = time_monotonic();

	(void)state;
	assert_in_range(time_now() / 1000, (uintmax_t)time(NULL) - 1,
	    (uintmax_t)time(NULL) + 1);
	assert_true(time_monotonic() >= before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_parsed),
		cmocka_unit_test(what_is_no_duration_is_refused),
		cmocka_unit_test(durations_are_formatted),
		cmocka_unit_test(whole_seconds_round_trip),
		cmocka_unit_test(times_with_an_offset_are_parsed),
		cmocka_unit_test(times_without_one_are_local),
		cmocka_unit_test(times_of_day_are_the_next_ones),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(times_are_formatted),
		cmocka_unit_test(times_round_trip),
		cmocka_unit_test(clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
