/*
 * test_retry.c - retry.h: what is tried again, and after how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/time.h"
#include "model/retry.h"

/* Which failures a policy wants: lists as in the options. */
static const struct {
	bool any, none;
	const char *retry_on, *no_retry_on;
	int status;
	const char *type;
	bool is_final, wanted;
} wants[] = {
	/* By default only EX_TEMPFAIL. */
	{ false, false, NULL, NULL, 75, "CommandFailed", false, true },
	{ false, false, NULL, NULL, 1, "CommandFailed", false, false },
	{ false, false, NULL, NULL, -1, "CommandTimedOut", false, false },
	{ false, false, NULL, NULL, 75, "CommandFailed", true, false },
	{ false, true, NULL, NULL, 75, "CommandFailed", false, false },
	{ false, false, NULL, "75", 75, "CommandFailed", false, false },
	/* --retry. */
	{ true, false, NULL, NULL, 1, "CommandFailed", false, true },
	{ true, false, NULL, NULL, 125, "CommandFailed", false, true },
	{ true, false, NULL, NULL, 126, "CommandFailed", false, false },
	{ true, false, NULL, NULL, 127, "CommandFailed", false, false },
	{ true, false, NULL, NULL, 128, "CommandKilled", false, true },
	{ true, false, NULL, NULL, 0, "Output.NotJSON", false, false },
	{ true, false, NULL, NULL, 0, "Output.TooLarge", false, false },
	{ true, false, NULL, NULL, 0, "OutputX", false, true },
	{ true, false, NULL, NULL, -1, "CommandTimedOut", false, true },
	{ true, false, NULL, NULL, 1, NULL, false, true },
	{ true, false, NULL, NULL, 1, "Mine", true, false },
	{ true, true, NULL, NULL, 1, "Mine", false, false },
	{ true, false, NULL, "1", 1, "Mine", false, false },
	{ true, false, NULL, "M*", 1, "Mine", false, false },
	/* --retry-on takes the place of either choice. */
	{ false, false, "5?,Net*", NULL, 52, "CommandFailed", false, true },
	{ false, false, "5?,Net*", NULL, 75, "CommandFailed", false, false },
	{ false, false, "5?,Net*", NULL, 1, "NetDown", false, true },
	{ true, false, "5?,Net*", NULL, 1, "CommandFailed", false, false },
	{ true, false, "127", NULL, 127, "CommandFailed", false, true },
	{ true, false, "Output.*", NULL, 0, "Output.NotJSON", false, true },
	{ false, false, "*", NULL, -1, "Odd", false, true },
	{ false, false, "5?", NULL, -1, "Odd", false, false },
	/* What durable fail has named: by its type alone. */
	{ false, false, "*", NULL, 1, "Mine", true, true },
	{ false, false, "Mine,5", NULL, 1, "Mine", true, true },
	{ false, false, "1,Other", NULL, 1, "Mine", true, false },
	{ false, false, "Mine", "M*", 1, "Mine", true, false },
	/* --no-retry-on is stronger, --no-retry is strongest. */
	{ false, false, "5?", "55", 55, "CommandFailed", false, false },
	{ false, false, "5?", "55", 56, "CommandFailed", false, true },
	{ false, true, "*", NULL, 1, "Mine", false, false },
};

static void
wants_follows_the_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
		struct failure f = { wants[i].status, wants[i].type,
			wants[i].is_final };
		struct retry_policy p;

		retry_default(&p);
		p.any = wants[i].any;
		p.none = wants[i].none;
		p.retry_on = wants[i].retry_on;
		p.no_retry_on = wants[i].no_retry_on;
		if (retry_wants(&p, &f) != wants[i].wanted)
			fail_msg("case %zu", i);
	}
}

static const struct {
	const char *list;
	int status;
	const char *type;
	bool has;
} lists[] = {
	{ "75", 75, NULL, true },
	{ "75", 7, NULL, false },
	{ "75", 175, NULL, false },
	{ "1,75,3", 75, NULL, true },
	{ "1,75,3", 3, NULL, true },
	{ "1,75,3", 17, NULL, false },
	{ "12[89]", 129, NULL, true },
	{ "12[89]", 127, NULL, false },
	{ "1*", 1, NULL, true },
	{ "-1", -1, NULL, false },
	{ "Net.Down", 1, "Net.Down", true },
	{ "Net.Down", 1, "Net.Downs", false },
	{ "net*", 1, "Network", false },
	{ "A,B*,C", 1, "Bee", true },
};

static void
lists_hold_statuses_and_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (retry_list_has(lists[i].list, lists[i].status,
			lists[i].type) != lists[i].has)
			fail_msg("case %zu", i);
}

static void
lists_are_checked(void **state)
{
	static const char *const good[] = { "0", "255", "1,2", "5?,Net*,75",
		"Command*" };
	static const char *const bad[] = { "", ",", "1,", ",1", "1,,2", "256",
		"1,1000", "99999999999999999999", "007" };
	struct err e = { .code = ERR_NONE };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(retry_list_check(good[i], &e), 0);
	assert_int_equal(e.code, ERR_NONE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		e.code = ERR_NONE;
		assert_int_equal(retry_list_check(bad[i], &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
	}
}

/* Attempt, delay, maximum, rate, jitter, r: the seconds. */
static const struct {
	int64_t n, delay_s, max_s;
	double rate;
	enum jitter jitter;
	double r;
	int64_t seconds;
} delays[] = {
	{ 1, 5, 60, 2, JITTER_NONE, 0.5, 5 },
	{ 2, 5, 60, 2, JITTER_NONE, 0.5, 10 },
	{ 4, 5, 60, 2, JITTER_NONE, 0.5, 40 },
	{ 5, 5, 60, 2, JITTER_NONE, 0.5, 60 },
	{ 1000000000, 5, 60, 2, JITTER_NONE, 0.5, 60 },
	{ INT64_MAX, 5, 60, 1.0000001, JITTER_NONE, 0.5, 60 },
	{ 7, 3, 60, 1, JITTER_NONE, 0.5, 3 },
	{ 3, 8, 60, 0.5, JITTER_NONE, 0.5, 2 },
	{ 9, 8, 60, 0.5, JITTER_NONE, 0.5, 1 },
	{ 2, 8, 60, 0, JITTER_NONE, 0.5, 1 },
	/* Rounded up, but not for the sake of a binary fraction. */
	{ 2, 5, 300, 1.5, JITTER_NONE, 0.5, 8 },
	{ 3, 5, 300, 1.5, JITTER_NONE, 0.5, 12 },
	{ 3, 100, 300, 1.1, JITTER_NONE, 0.5, 121 },
	{ 1, 7, 60, 2, JITTER_FULL, 0, 1 },
	{ 1, 7, 60, 2, JITTER_FULL, 0.5, 4 },
	{ 1, 7, 60, 2, JITTER_FULL, 0.999999999, 7 },
	{ 1, 7, 60, 2, JITTER_HALF, 0, 4 },
	{ 1, 8, 60, 2, JITTER_HALF, 0.5, 6 },
	{ 1, 8, 60, 2, JITTER_HALF, 0.999999999, 8 },
	/* Never more than the API takes, nor less than a second. */
	{ 50, 5, INT64_MAX, 10, JITTER_NONE, 0.5, DURATION_MAX_S },
	{ 1, 5, 1, 2, JITTER_NONE, 0.5, 1 },
	{ INT64_MAX, 0, 60, 2, JITTER_NONE, 0.5, 60 },
	{ 1, 0, 60, 2, JITTER_NONE, 0.5, 1 },
};

static void
backoff_follows_the_formula(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++)
		if (backoff_delay(delays[i].n, delays[i].delay_s,
			delays[i].max_s, delays[i].rate, delays[i].jitter,
			delays[i].r) != delays[i].seconds)
			fail_msg("case %zu", i);
}

static void
attempts_are_counted_in_all(void **state)
{
	struct failure f = { 75, "CommandFailed", false };
	struct retry_policy p;

	(void)state;
	retry_default(&p);
	assert_int_equal(p.max_attempts, 6);
	p.jitter = JITTER_NONE;
	assert_int_equal(retry_delay(&p, 1, &f, 0.5), 5);
	assert_int_equal(retry_delay(&p, 5, &f, 0.5), 60);
	assert_int_equal(retry_delay(&p, 6, &f, 0.5), -1);
	p.max_attempts = 1;
	assert_int_equal(retry_delay(&p, 1, &f, 0.5), -1);
	p.max_attempts = 6;
	f.status = 1;
	assert_int_equal(retry_delay(&p, 1, &f, 0.5), -1);
	p.jitter = JITTER_FULL;
	f.status = 75;
	for (int i = 0; i < 100; i++) {
		int64_t d = retry_delay(&p, 3, &f, i / 100.0);

		assert_in_range(d, 1, 20);
	}
}

static void
jitter_has_three_words(void **state)
{
	struct err e = { .code = ERR_NONE };
	enum jitter j = JITTER_FULL;

	(void)state;
	assert_int_equal(jitter_parse("none", &j, &e), 0);
	assert_int_equal(j, JITTER_NONE);
	assert_int_equal(jitter_parse("half", &j, &e), 0);
	assert_int_equal(j, JITTER_HALF);
	assert_int_equal(jitter_parse("full", &j, &e), 0);
	assert_int_equal(j, JITTER_FULL);
	assert_int_equal(jitter_parse("Full", &j, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.text, "none, full or half"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wants_follows_the_lists),
		cmocka_unit_test(lists_hold_statuses_and_types),
		cmocka_unit_test(lists_are_checked),
		cmocka_unit_test(backoff_follows_the_formula),
		cmocka_unit_test(attempts_are_counted_in_all),
		cmocka_unit_test(jitter_has_three_words),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
