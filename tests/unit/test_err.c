/*
 * test_err.c - the error value: texts, wrapping, cutting, exit statuses.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void
set_fills_in_everything(void **state)
{
	struct err e = { .code = ERR_IO, .sys = ENOENT };

	(void)state;
	assert_int_equal(err_set(&e, ERR_BUSY, "%s has %d owners", "x", 2), -1);
	assert_int_equal(e.code, ERR_BUSY);
	assert_int_equal(e.sys, 0);
	assert_string_equal(e.text, "x has 2 owners");
}

static void
sys_adds_the_reason_and_keeps_errno(void **state)
{
	struct err e;

	(void)state;
	errno = ENOSPC;
	assert_int_equal(err_sys(&e, "append to %s", "log"), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(e.sys, ENOSPC);
	assert_string_equal(e.text, "append to log: No space left on device");
}

static void
wrap_puts_a_frame_around(void **state)
{
	struct err e;

	(void)state;
	errno = EIO;
	err_sys(&e, "append");
	assert_int_equal(err_wrap(&e, "step %s", "pay"), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(e.sys, EIO);
	assert_string_equal(e.text, "step pay: append: Input/output error");
}

static void
text_may_be_made_of_itself(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_BUG, "inner");
	err_set(&e, ERR_BUG, "outer (%s)", e.text);
	assert_string_equal(e.text, "outer (inner)");
	err_wrap(&e, "%s", e.text);
	assert_string_equal(e.text, "outer (inner): outer (inner)");
}

static void
newlines_at_the_end_are_dropped(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_BUG, "one\ntwo\n\n");
	assert_string_equal(e.text, "one\ntwo");
	err_set(&e, ERR_BUG, "\n");
	assert_string_equal(e.text, "");
}

/* Texts of 4-byte characters, shifted so that the cut falls on each byte. */
static void
long_text_is_cut_between_characters(void **state)
{
	char text[2048];
	struct err e;

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		size_t n = shift;

		memset(text, 'x', shift);
		for (; n + 4 < sizeof(text); n += 4)
			memcpy(text + n, "\xf0\x9f\x99\x82", 4);
		text[n] = '\0';
		err_set(&e, ERR_BUG, "%s", text);
		n = strlen(e.text);
		assert_int_equal((n - shift) % 4, 0);
		assert_true(n > sizeof(e.text) - 5);
		assert_memory_equal(e.text, text, n);
	}
}

static void
long_text_keeps_the_reason_and_the_frame(void **state)
{
	char text[2048];
	struct err e;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	errno = EACCES;
	err_sys(&e, "%s", text);
	assert_non_null(strstr(e.text, "xxx: Permission denied"));
	err_wrap(&e, "outer");
	assert_memory_equal(e.text, "outer: xxx", 10);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void
status_follows_the_code(void **state)
{
	static const struct {
		enum err_code code;
		int status;
	} cases[] = {
		{ ERR_USAGE, 2 },
		{ ERR_MISSING, 1 },
		{ ERR_NOT_RUN, 125 },
		{ ERR_IO, 125 },
		{ ERR_CORRUPT, 125 },
		{ ERR_BUSY, 125 },
		{ ERR_DIVERGED, 125 },
		{ ERR_REFUSED, 125 },
		{ ERR_BUG, 125 },
		{ ERR_NONE, 125 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { .code = cases[i].code };

		assert_int_equal(err_exit_status(&e), cases[i].status);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_fills_in_everything),
		cmocka_unit_test(sys_adds_the_reason_and_keeps_errno),
		cmocka_unit_test(wrap_puts_a_frame_around),
		cmocka_unit_test(text_may_be_made_of_itself),
		cmocka_unit_test(newlines_at_the_end_are_dropped),
		cmocka_unit_test(long_text_is_cut_between_characters),
		cmocka_unit_test(long_text_keeps_the_reason_and_the_frame),
		cmocka_unit_test(status_follows_the_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
