/*
 * test_text.c - text.h: plain and escaped texts are the same to a reader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "model/text.h"

static struct text
escaped(const char *s)
{
	struct text t = text_of(s);

	t.escaped = true;
	return t;
}

static const struct {
	const char *in;
	bool is_escaped;
	const char *plain, *quoted;
} cases[] = {
	{ NULL, false, "", "\"\"" },
	{ NULL, true, "", "\"\"" },
	{ "", false, "", "\"\"" },
	{ "", true, "", "\"\"" },
	{ "abc", false, "abc", "\"abc\"" },
	{ "abc", true, "abc", "\"abc\"" },
	{ "a\"b\\c\n", false, "a\"b\\c\n", "\"a\\\"b\\\\c\\n\"" },
	{ "a\\\"b\\\\c\\n", true, "a\"b\\c\n", "\"a\\\"b\\\\c\\n\"" },
	{ "\\u00e4\\ud83d\\ude00", true, "\xc3\xa4\xf0\x9f\x98\x80",
	    "\"\\u00e4\\ud83d\\ude00\"" },
	{ "\xc3\xa4", true, "\xc3\xa4", "\"\xc3\xa4\"" },
};

static void
both_forms_are_put(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct text t = cases[i].is_escaped ? escaped(cases[i].in)
						    : text_of(cases[i].in);

		buf_reset(&b);
		text_put_plain(t, &b);
		assert_string_equal(buf_str(&b), cases[i].plain);
		buf_reset(&b);
		text_put_quoted(t, &b);
		assert_string_equal(buf_str(&b), cases[i].quoted);
	}
	buf_clear(&b);
}

static void
nul_bytes_are_kept(void **state)
{
	struct text plain = text_bytes("a\0b", 3);
	struct text t = escaped("a\\u0000b");
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	text_put_plain(t, &b);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 3);
	assert_true(text_equal(plain, t));
	assert_false(text_equal(text_of("a"), t));
	buf_clear(&b);
}

static void
equality_is_of_the_plain_bytes(void **state)
{
	(void)state;
	assert_true(text_equal(text_of("a"), escaped("a")));
	assert_true(text_equal(text_of("A\\"), escaped("\\u0041\\\\")));
	assert_true(text_equal(escaped("A"), escaped("\\u0041")));
	assert_true(text_equal(text_of(""), escaped("")));
	assert_false(text_equal(text_of("\\n"), escaped("\\n")));
	assert_false(text_equal(text_of("a"), text_of("b")));
	assert_false(text_equal(text_of("a"), text_of("ab")));
}

static void
none_is_not_empty(void **state)
{
	(void)state;
	assert_null(text_of(NULL).p);
	assert_int_equal(text_bytes(NULL, 5).n, 0);
	assert_true(text_equal(text_of(NULL), escaped(NULL)));
	assert_false(text_equal(text_of(NULL), text_of("")));
	assert_false(text_equal(text_of(""), text_of(NULL)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_put),
		cmocka_unit_test(nul_bytes_are_kept),
		cmocka_unit_test(equality_is_of_the_plain_bytes),
		cmocka_unit_test(none_is_not_empty),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
