/*
 * test_options.c - the grammar of options, their values, their help.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/options.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { WORDS_MAX = 8 };

static bool quiet, all;
static const char *name;
static int64_t timeout_s, limit;
static double rate;
static struct string_list args;

static const struct option_spec specs[] = {
	{ 'q', "quiet", NULL, "print nothing", OPTION_FLAG, &quiet },
	{ 'a', NULL, NULL, "take all", OPTION_FLAG, &all },
	{ 'n', "name", "NAME", "call it NAME", OPTION_STRING, &name },
	{ 0, "timeout", "D", "at most D", OPTION_DURATION, &timeout_s },
	{ 'l', "limit", "N", "at most N", OPTION_COUNT, &limit },
	{ 0, "rate", "X", "grow by X", OPTION_REAL, &rate },
	{ 'A', "arg", "KEY=VALUE", "a member", OPTION_LIST, &args },
	{ 0 },
};

static void
forget(void)
{
	quiet = all = false;
	name = NULL;
	timeout_s = limit = -1;
	rate = -1;
	free(args.items);
	args.items = NULL;
	args.n = 0;
}

/* Parses a NULL-terminated list of words. */
static int
parse(const char *const *words, bool eat_dashes, bool *help, struct err *e)
{
	char *argv[WORDS_MAX + 1];
	int argc = 0;

	forget();
	for (; words[argc]; argc++)
		memcpy(&argv[argc], &words[argc], sizeof(argv[argc]));
	return options_parse(specs, argc, argv, eat_dashes, help, e);
}

static void
parsing_stops_at_what_is_no_option(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		bool eat_dashes;
		int used;
	} cases[] = {
		{ { NULL }, false, 0 },
		{ { "x" }, false, 0 },
		{ { "x", "-q" }, false, 0 },
		{ { "-q", "x" }, false, 1 },
		{ { "-" }, false, 0 },
		{ { "" }, false, 0 },
		{ { "-q", "-" }, false, 1 },
		{ { "--" }, false, 0 },
		{ { "--" }, true, 1 },
		{ { "-q", "--", "-q" }, false, 1 },
		{ { "-q", "--", "-q" }, true, 2 },
		{ { "--", "--" }, true, 1 },
		{ { "x", "--" }, true, 0 },
		{ { "-n", "x", "y" }, false, 2 },
		{ { "-n", "-q", "y" }, false, 2 },
		{ { "--name", "--quiet", "y" }, false, 2 },
		{ { "--name=--", "y" }, false, 1 },
		{ { "-nx", "-qa", "-aqny", "z" }, false, 3 },
		{ { "-qn", "x", "y" }, false, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool help = false;
		struct err e;
		int used = parse(cases[i].words, cases[i].eat_dashes, &help,
		    &e);

		if (used < 0)
			fail_msg("%zu: %s", i, e.text);
		if (used != cases[i].used)
			fail_msg("%zu: %d", i, used);
		assert_false(help);
	}
}

static void
values_go_where_the_table_says(void **state)
{
	static const char *const by_letter[] = { "-qan", "me", "-l9", "-Aa=1",
		"-A", "b", NULL };
	static const char *const by_name[] = { "--quiet", "--name=x=y",
		"--timeout", "1h30m", "--limit=9223372036854775807",
		"--rate=1.5", "--arg=", NULL };
	struct err e;

	(void)state;
	assert_int_equal(parse(by_letter, false, NULL, &e), 6);
	assert_true(quiet && all);
	assert_string_equal(name, "me");
	assert_int_equal(limit, 9);
	assert_int_equal(args.n, 2);
	assert_string_equal(args.items[0], "a=1");
	assert_string_equal(args.items[1], "b");

	assert_int_equal(parse(by_name, false, NULL, &e), 7);
	assert_true(quiet && !all);
	assert_string_equal(name, "x=y");
	assert_int_equal(timeout_s, 5400);
	assert_true(limit == INT64_MAX);
	assert_true(rate == 1.5);
	assert_int_equal(args.n, 1);
	assert_string_equal(args.items[0], "");
}

static void
reals_are_plain_numbers(void **state)
{
	static const struct {
		const char *text;
		double value; /* -1: refused */
	} cases[] = {
		{ "0", 0 },
		{ "2", 2 },
		{ "2.", 2 },
		{ ".5", 0.5 },
		{ "1.25", 1.25 },
		{ "007", 7 },
		{ "", -1 },
		{ ".", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ " 1", -1 },
		{ "1 ", -1 },
		{ "1.5.5", -1 },
		{ "1,5", -1 },
		{ "1e3", -1 },
		{ "0x10", -1 },
		{ "inf", -1 },
		{ "nan", -1 },
		{ "1x", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *words[] = { "--rate", cases[i].text, NULL };
		struct err e;
		int used = parse(words, false, NULL, &e);

		if ((used < 0) != (cases[i].value < 0))
			fail_msg("'%s': %d", cases[i].text, used);
		if (used >= 0)
			assert_true(rate == cases[i].value);
	}
}

static void
too_large_reals_are_refused(void **state)
{
	char digits[400];
	const char *words[] = { "--rate", digits, NULL };
	struct err e;

	(void)state;
	memset(digits, '9', sizeof(digits));
	digits[sizeof(digits) - 1] = '\0';
	assert_int_equal(parse(words, false, NULL, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
}

static void
mistakes_are_named(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		const char *message;
	} cases[] = {
		{ { "--x" }, "unknown option --x" },
		{ { "--x=y" }, "unknown option --x" },
		{ { "--nam=y" }, "unknown option --nam" },
		{ { "--names" }, "unknown option --names" },
		{ { "--=x" }, "unknown option --" },
		{ { "---" }, "unknown option ---" },
		{ { "-x" }, "unknown option -x" },
		{ { "-qx" }, "unknown option -x" },
		{ { "-q-" }, "unknown option --" },
		{ { "-\xc3\xa9" }, "unknown option -\xc3\xa9" },
		{ { "--help" }, "unknown option --help" },
		{ { "-5" }, "unknown option -5" },
		{ { "--quiet=1" }, "--quiet takes no argument" },
		{ { "--quiet=" }, "--quiet takes no argument" },
		{ { "--name" }, "--name needs an argument (NAME)" },
		{ { "-n" }, "-n needs an argument (NAME)" },
		{ { "-qn" }, "-n needs an argument (NAME)" },
		{ { "--arg" }, "--arg needs an argument (KEY=VALUE)" },
		{ { "--name", "--", "x" }, "--name needs an argument (NAME)" },
		{ { "--limit", "x" },
		    "--limit: 'x' is not a number: use a "
		    "whole one, 0 or more" },
		{ { "-l", "" }, "-l: '' is not a number" },
		{ { "-l", "-1" }, "-l: '-1' is not a number" },
		{ { "-l", "1.5" }, "-l: '1.5' is not a number" },
		{ { "-l", "9223372036854775808" }, "is not a number" },
		{ { "--rate=x" },
		    "--rate: 'x' is not a number: use for "
		    "instance 2 or 1.5" },
		{ { "--timeout=soon" }, "--timeout: 'soon' is not a duration" },
		{ { "--timeout=0" }, "--timeout: '0' is too short" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e;

		if (parse(cases[i].words, false, NULL, &e) >= 0)
			fail_msg("'%s' was taken", cases[i].words[0]);
		assert_int_equal(e.code, ERR_USAGE);
		if (strncmp(e.text, cases[i].message,
			strlen(cases[i].message)) != 0 &&
		    !strstr(e.text, cases[i].message))
			fail_msg("%s", e.text);
	}
}

static void
help_stops_parsing(void **state)
{
	static const char *const words[] = { "-q", "--help", "--nonsense",
		NULL };
	static const char *const as_value[] = { "--name", "--help", NULL };
	bool help = false;
	struct err e;

	(void)state;
	assert_int_equal(parse(words, true, &help, &e), 2);
	assert_true(help);
	help = false;
	assert_int_equal(parse(as_value, true, &help, &e), 2);
	assert_false(help);
	assert_string_equal(name, "--help");
}

static void
no_table_has_no_options(void **state)
{
	char word[] = "--x";
	char *argv[] = { word, NULL };
	struct err e;

	(void)state;
	assert_int_equal(options_parse(NULL, 1, argv, false, NULL, &e), -1);
	assert_int_equal(options_parse(NULL, 0, argv, false, NULL, &e), 0);
}

/* What options_help prints; the caller frees it. */
static char *
help_of(const struct option_spec *table)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	options_help(table, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void
help_is_aligned(void **state)
{
	static const struct option_spec long_one[] = {
		{ 0, "an-option-with-a-long-name", "ARGUMENT",
		    "help of its own", OPTION_STRING, &name },
		{ 'q', "quiet", NULL, "print nothing", OPTION_FLAG, &quiet },
		{ 0 },
	};
	char *text = help_of(specs);

	(void)state;
	assert_string_equal(text,
	    "  -q, --quiet          print nothing\n"
	    "  -a                   take all\n"
	    "  -n, --name=NAME      call it NAME\n"
	    "      --timeout=D      at most D\n"
	    "  -l, --limit=N        at most N\n"
	    "      --rate=X         grow by X\n"
	    "  -A, --arg=KEY=VALUE  a member\n");
	free(text);
	text = help_of(long_one);
	assert_string_equal(text,
	    "      --an-option-with-a-long-name=ARGUMENT\n"
	    "               help of its own\n"
	    "  -q, --quiet  print nothing\n");
	free(text);
	text = help_of(NULL);
	assert_string_equal(text, "");
	free(text);
}

static int
clean_up(void **state)
{
	(void)state;
	forget();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing_stops_at_what_is_no_option),
		cmocka_unit_test(values_go_where_the_table_says),
		cmocka_unit_test(reals_are_plain_numbers),
		cmocka_unit_test(too_large_reals_are_refused),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(help_stops_parsing),
		cmocka_unit_test(no_table_has_no_options),
		cmocka_unit_test(help_is_aligned),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
