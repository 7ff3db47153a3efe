/*
 * test_random.c - random bytes, and what is made of them: random.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

static void
a_uuid_has_its_form(void **state)
{
	char a[UUID_SIZE], b[UUID_SIZE];
	struct err e;

	(void)state;
	assert_int_equal(random_uuid(a, &e), 0);
	assert_int_equal(random_uuid(b, &e), 0);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), UUID_SIZE - 1);
	for (size_t i = 0; i < UUID_SIZE - 1; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23)
			assert_int_equal(a[i], '-');
		else
			assert_non_null(strchr("0123456789abcdef", a[i]));
	assert_int_equal(a[14], '4');
	assert_non_null(strchr("89ab", a[19]));
}

static void
hex_has_two_digits_a_byte(void **state)
{
	char a[33], b[33];
	struct err e;

	(void)state;
	assert_int_equal(random_hex(a, 16, &e), 0);
	assert_int_equal(random_hex(b, 16, &e), 0);
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
}

static void
fractions_are_spread_from_0_to_1(void **state)
{
	double least = 1, most = 0, f;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		f = random_fraction();
		assert_true(f >= 0 && f < 1);
		least = f < least ? f : least;
		most = f > most ? f : most;
	}
	assert_true(least < 0.1 && most > 0.9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uuid_has_its_form),
		cmocka_unit_test(hex_has_two_digits_a_byte),
		cmocka_unit_test(fractions_are_spread_from_0_to_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
