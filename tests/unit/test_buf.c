/*
 * test_buf.c - growth, the maximum, numbers and strings, put and taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void
empty_has_no_bytes(void **state)
{
	struct buf b;
	char *stolen;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	assert_string_equal(buf_str(&b), "");
	buf_put(&b, NULL, 0);
	buf_put_str(&b, "");
	buf_compact(&b);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_false(buf_overflowed(&b));
	stolen = buf_steal(&b);
	assert_string_equal(stolen, "");
	free(stolen);
	buf_clear(&b);
}

static void
grows_and_stays_a_string(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	for (size_t i = 0; i < 100000; i++) {
		buf_put_char(&b, (char)('a' + i % 26));
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_int_equal(b.len, 100000);
	assert_true(b.size < 2 * b.len + 64);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], 'a' + (int)(i % 26));
	buf_clear(&b);
	assert_null(b.data);
}

static void
maximum_is_reached_and_not_passed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_put_str(&b, "12345678");
	assert_false(buf_overflowed(&b));
	buf_put(&b, "", 0);
	assert_false(buf_overflowed(&b));
	buf_put_char(&b, '9');
	assert_true(buf_overflowed(&b));
	assert_string_equal(buf_str(&b), "12345678");
	buf_reset(&b);
	assert_false(buf_overflowed(&b));
	buf_put_str(&b, "123456789"); /* nothing of what does not fit */
	assert_int_equal(b.len, 0);
	buf_put_str(&b, "1"); /* nor of what comes later */
	assert_int_equal(b.len, 0);
	assert_true(buf_overflowed(&b));
	buf_clear(&b);
	assert_int_equal(b.max, 8);
	assert_false(buf_overflowed(&b));
}

static void
printf_respects_the_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	buf_printf(&b, "%d", 12345);
	buf_printf(&b, "%s", "");
	buf_printf(&b, "%c", '6');
	assert_false(buf_overflowed(&b));
	assert_string_equal(buf_str(&b), "123456");
	buf_printf(&b, "%c", '7');
	assert_true(buf_overflowed(&b));
	assert_string_equal(buf_str(&b), "123456");
	buf_clear(&b);
}

static void
impossible_sizes_overflow(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	buf_put_str(&b, "x");
	assert_null(buf_room(&b, SIZE_MAX));
	assert_true(buf_overflowed(&b));
	buf_reset(&b);
	buf_put_lstr(&b, "", (size_t)UINT32_MAX + 1);
	assert_true(buf_overflowed(&b));
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

static void
room_takes_what_was_added(void **state)
{
	struct buf b;
	char *p;

	(void)state;
	buf_init(&b, 10);
	assert_non_null(p = buf_room(&b, 10));
	memcpy(p, "abc", 3);
	buf_added(&b, 3);
	assert_string_equal(buf_str(&b), "abc");
	assert_null(buf_room(&b, 8));
	assert_true(buf_overflowed(&b));
	buf_clear(&b);
}

static void
numbers_and_strings_round_trip(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 0x7f, 0xff,
		0x0102030405060708, UINT32_MAX, UINT64_MAX };
	struct buf b;
	const char *p;
	size_t n;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint8_t u8;
		uint32_t u32;
		uint64_t u64;

		buf_put_u8(&b, (uint8_t)numbers[i]);
		buf_put_u32(&b, (uint32_t)numbers[i]);
		buf_put_u64(&b, numbers[i]);
		buf_put_lstr(&b, "a\0b", 3);
		buf_put_lstr(&b, NULL, 0);
		assert_int_equal(buf_take_u8(&b, &u8), 0);
		assert_int_equal(buf_take_u32(&b, &u32), 0);
		assert_int_equal(buf_take_u64(&b, &u64), 0);
		assert_int_equal(u8, (uint8_t)numbers[i]);
		assert_int_equal(u32, (uint32_t)numbers[i]);
		assert_true(u64 == numbers[i]);
		assert_int_equal(buf_take_lstr(&b, &p, &n), 0);
		assert_int_equal(n, 3);
		assert_memory_equal(p, "a\0b", 3);
		assert_int_equal(buf_take_lstr(&b, &p, &n), 0);
		assert_int_equal(n, 0);
	}
	assert_int_equal(b.off, b.len);
	buf_compact(&b);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

static void
numbers_are_big_endian(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	buf_put_u8(&b, 1);
	buf_put_u32(&b, 0x02030405);
	buf_put_u64(&b, 0x060708090a0b0c0d);
	buf_put_lstr(&b, "z", 1);
	assert_int_equal(b.len, 18);
	assert_memory_equal(b.data, "\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\0\0\0\1z",
	    18);
	buf_clear(&b);
}

static void
what_is_not_there_is_not_taken(void **state)
{
	struct buf b;
	uint8_t u8;
	uint32_t u32;
	uint64_t u64;
	const char *p;
	size_t n;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	assert_int_equal(buf_take_u8(&b, &u8), -1);
	assert_int_equal(buf_take_lstr(&b, &p, &n), -1);
	buf_put_u32(&b, 4); /* a length, and three bytes */
	buf_put_str(&b, "abc");
	assert_int_equal(buf_take_u64(&b, &u64), -1);
	assert_int_equal(buf_take_lstr(&b, &p, &n), -1);
	assert_int_equal(b.off, 0);
	buf_put_str(&b, "d");
	assert_int_equal(buf_take_lstr(&b, &p, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(buf_take_u32(&b, &u32), -1);
	assert_int_equal(b.off, 8);
	buf_clear(&b);
}

static void
compact_drops_what_was_taken(void **state)
{
	struct buf b;
	uint8_t u8;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	buf_put_str(&b, "abc");
	assert_int_equal(buf_take_u8(&b, &u8), 0);
	buf_compact(&b);
	assert_string_equal(buf_str(&b), "bc");
	assert_int_equal(b.off, 0);
	buf_clear(&b);
}

static void
stolen_bytes_are_the_callers(void **state)
{
	struct buf b;
	char *stolen;

	(void)state;
	buf_init(&b, 100);
	buf_put_str(&b, "mine");
	stolen = buf_steal(&b);
	assert_string_equal(stolen, "mine");
	assert_string_equal(buf_str(&b), "");
	buf_put_str(&b, "new");
	assert_string_equal(stolen, "mine");
	assert_int_equal(b.max, 100);
	free(stolen);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_has_no_bytes),
		cmocka_unit_test(grows_and_stays_a_string),
		cmocka_unit_test(maximum_is_reached_and_not_passed),
		cmocka_unit_test(printf_respects_the_maximum),
		cmocka_unit_test(impossible_sizes_overflow),
		cmocka_unit_test(room_takes_what_was_added),
		cmocka_unit_test(numbers_and_strings_round_trip),
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(what_is_not_there_is_not_taken),
		cmocka_unit_test(compact_drops_what_was_taken),
		cmocka_unit_test(stolen_bytes_are_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
