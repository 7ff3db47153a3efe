/*
 * test_json.c - the strict check, cutting, paths, escapes, base64.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/skim.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A text that may hold NUL. */
#define TEXT(s)    \
 {                 \
  s, sizeof(s) - 1 \
 }

static struct span
span_of(const char *s)
{
	struct span v = { s, strlen(s) };

	return v;
}

/* A copy that ends where its memory ends, for the address sanitizer. */
static char *
copy_exactly(const char *p, size_t n)
{
	char *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, p, n);
	return copy;
}

static int
check(const char *p, size_t n, struct err *e)
{
	char *copy = copy_exactly(p, n);
	int result = json_check(copy, n, NULL, e);

	free(copy);
	return result;
}

static void
valid_text_is_accepted(void **state)
{
	static const struct span cases[] = {
		TEXT("null"),
		TEXT("true"),
		TEXT("false"),
		TEXT("0"),
		TEXT("-0"),
		TEXT("-1"),
		TEXT("1.5"),
		TEXT("1E5"),
		TEXT("1e+5"),
		TEXT("1e-05"),
		TEXT("0.1e1"),
		TEXT("0e0"),
		TEXT("1e99999"),
		TEXT("123456789012345678901234567890"),
		TEXT("\"\""),
		TEXT("[]"),
		TEXT("{}"),
		TEXT(" \t\r\n[ \t\r\n] \t\r\n"),
		TEXT("[1,2,3]"),
		TEXT("{\"a\":1,\"a\":2}"),
		TEXT("{\"\":0}"),
		TEXT("{ \"a\" : [ { } , [ ] , null ] }"),
		TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uABcd\""),
		TEXT("\"\\u0000\""),
		TEXT("\"\\uD83D\\uDE42\""),
		TEXT("\"\\ud800\""),
		TEXT("\"\\udc00\\ud800\""),
		TEXT("\"\\uD83Dx\""),
		TEXT("\"\x7f\""),
		TEXT("\"\xc2\x80\xdf\xbf\""),
		TEXT("\"\xe0\xa0\x80\""),
		TEXT("\"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""),
		TEXT("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
		TEXT("\"\xe2\x80\xa8\""),
		TEXT("\"12345678\\\\\""),
		TEXT("\"1234567\xc3\xa9 8\""),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e;

		if (check(cases[i].p, cases[i].n, &e) < 0)
			fail_msg("%s: %s", cases[i].p, e.text);
	}
}

static void
invalid_text_is_refused(void **state)
{
	static const struct span cases[] = {
		TEXT(""),
		TEXT(" "),
		TEXT("nan"),
		TEXT("NaN"),
		TEXT("Infinity"),
		TEXT("-Infinity"),
		TEXT("inf"),
		TEXT("undefined"),
		TEXT("True"),
		TEXT("nul"),
		TEXT("nulll"),
		TEXT("truefalse"),
		TEXT("007"),
		TEXT("00"),
		TEXT("-01"),
		TEXT("+1"),
		TEXT("-"),
		TEXT("--1"),
		TEXT("1."),
		TEXT(".5"),
		TEXT("-.5"),
		TEXT("1.e1"),
		TEXT("1e"),
		TEXT("1e+"),
		TEXT("1e1.5"),
		TEXT("1.5.5"),
		TEXT("0x10"),
		TEXT("1_000"),
		TEXT("1 2"),
		TEXT("1a"),
		TEXT("[1,]"),
		TEXT("[,1]"),
		TEXT("[1,,2]"),
		TEXT("[1 2]"),
		TEXT("["),
		TEXT("]"),
		TEXT("[1"),
		TEXT("[1}"),
		TEXT("[1:2]"),
		TEXT("[]]"),
		TEXT("[][]"),
		TEXT("{"),
		TEXT("}"),
		TEXT("{\"a\"}"),
		TEXT("{\"a\":}"),
		TEXT("{\"a\":1,}"),
		TEXT("{,\"a\":1}"),
		TEXT("{\"a\":1]"),
		TEXT("{a:1}"),
		TEXT("{'a':1}"),
		TEXT("{1:1}"),
		TEXT("{null:1}"),
		TEXT("{\"a\" 1}"),
		TEXT("{\"a\"::1}"),
		TEXT("{\"a\":1 \"b\":2}"),
		TEXT("{\"a\":1,,\"b\":2}"),
		TEXT("{\"a\":1}x"),
		TEXT("\""),
		TEXT("\"abc"),
		TEXT("\"\\\""),
		TEXT("\"\\"),
		TEXT("'a'"),
		TEXT("\"\n\""),
		TEXT("\"\t\""),
		TEXT("\"\0\""),
		TEXT("\"\x1f\""),
		TEXT("\"\\x41\""),
		TEXT("\"\\a\""),
		TEXT("\"\\\0\""),
		TEXT("\"\\'\""),
		TEXT("\"\\u\""),
		TEXT("\"\\u12\""),
		TEXT("\"\\u123"),
		TEXT("\"\\u12g4\""),
		TEXT("\"\\U0041\""),
		TEXT("\"\x80\""),
		TEXT("\"\xc3\""),
		TEXT("\"\xc3"),
		TEXT("\"\xc0\xaf\""),
		TEXT("\"\xc1\xbf\""),
		TEXT("\"\xe0\x80\xaf\""),
		TEXT("\"\xe0\x9f\xbf\""),
		TEXT("\"\xed\xa0\x80\""),
		TEXT("\"\xed\xbf\xbf\""),
		TEXT("\"\xf0\x8f\xbf\xbf\""),
		TEXT("\"\xf4\x90\x80\x80\""),
		TEXT("\"\xf5\x80\x80\x80\""),
		TEXT("\"\xff\""),
		TEXT("\"\xe2\x82\""),
		TEXT("\"\xf0\x9f\x99\""),
		TEXT("\"\xf0\x9f\x99"),
		TEXT("\"12345678\xff\""),
		TEXT("\xef\xbb\xbf{}"),
		TEXT("[1] // x"),
		TEXT("/**/1"),
		TEXT("\xc2\xa0"
		     "1"),
		TEXT("\f1"),
		TEXT("1\0"),
		TEXT("\0"),
		TEXT("[\0]"),
		TEXT("[1,\n1\n,1"),
		TEXT("*"),
		TEXT("\xff"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e = { .code = ERR_NONE };

		if (check(cases[i].p, cases[i].n, &e) == 0)
			fail_msg("%zu: '%s' was accepted", i, cases[i].p);
		assert_int_equal(e.code, ERR_USAGE);
	}
}

/* No beginning of a valid text is valid, and none reads beyond its end. */
static void
every_cut_is_refused(void **state)
{
	static const char text[] =
	    "{\"a\":[1.5e+5,true,false,null,\"\\u00e9\\n\xc3\xa9\"]}";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct err e;

		assert_int_equal(check(text, n, &e), -1);
	}
}

static void
refusals_say_what_and_where(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", "expected a value at byte 0, the end of the text" },
		{ "[1,]", "expected a value at byte 3" },
		{ "007", "a number with a leading zero at byte 1" },
		{ "nan", "expected a value at byte 0" },
		{ "1.", "expected a digit at byte 2, the end of the text" },
		{ "{\"a\":1,}",
		    "expected a member's name in quotes at byte 7" },
		{ "{\"a\" 1}", "expected ':' at byte 5" },
		{ "[1 2]", "expected ',' or ']' at byte 3" },
		{ "{\"a\":1 2}", "expected ',' or '}' at byte 7" },
		{ "\"a",
		    "a string that is not closed at byte 2, the end of "
		    "the text" },
		{ "\"\n\"", "a control character in a string at byte 1" },
		{ "\"\\x\"", "an unknown escape at byte 2" },
		{ "\"\\u12x4\"", "expected a hexadecimal digit at byte 5" },
		{ "\"a\xff\"", "invalid UTF-8 at byte 2" },
		{ "{} {}", "more text behind the value at byte 3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e;

		assert_int_equal(check(cases[i].text, strlen(cases[i].text),
				     &e),
		    -1);
		assert_string_equal(e.text, cases[i].message);
	}
}

/* depth brackets of alternating kind, closed again when close is set. */
static size_t
nest(char *text, size_t depth, bool close)
{
	char *p = text;

	for (size_t i = 0; i < depth; i++) {
		const char *open = i % 2 ? "{\"\":" : "[";

		memcpy(p, open, strlen(open));
		p += strlen(open);
	}
	*p++ = '0';
	for (size_t i = depth; close && i > 0; i--)
		*p++ = (i - 1) % 2 ? '}' : ']';
	return (size_t)(p - text);
}

static void
depth_is_limited(void **state)
{
	static char text[8 * 100000];
	struct err e;
	size_t n = nest(text, JSON_DEPTH_MAX, true);

	(void)state;
	assert_int_equal(check(text, n, &e), 0);
	n = nest(text, JSON_DEPTH_MAX + 1, true);
	assert_int_equal(check(text, n, &e), -1);
	assert_string_equal(e.text, "nested too deeply at byte 1280");
	n = nest(text, 100000, false);
	assert_int_equal(check(text, n, &e), -1);
}

static void
value_is_given_without_white_space(void **state)
{
	static const char text[] = " \n[1, 2] \t";
	struct span v;
	struct err e;

	(void)state;
	assert_int_equal(json_check(text, sizeof(text) - 1, &v, &e), 0);
	assert_ptr_equal(v.p, text + 2);
	assert_int_equal(v.n, 6);
}

static void
kinds_follow_the_first_byte(void **state)
{
	static const struct {
		const char *text;
		char kind;
	} cases[] = {
		{ "{}", '{' },
		{ "[]", '[' },
		{ "\"\"", '"' },
		{ "true", 't' },
		{ "false", 'f' },
		{ "null", 'n' },
		{ "0", '0' },
		{ "-1", '0' },
		{ "9", '0' },
		{ "", '\0' },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(json_kind(span_of(cases[i].text)),
		    cases[i].kind);
}

static void
assert_span(struct span s, const char *text)
{
	assert_int_equal(s.n, strlen(text));
	assert_memory_equal(s.p, text, s.n);
}

static void
members_are_cut_in_order(void **state)
{
	static const struct {
		const char *key, *value;
	} members[] = {
		{ "\"a\"", "1" },
		{ "\"b\\\"}\"", "\"x\\\\\"" },
		{ "\"\"", "{\"in\": [\"]}\", {}]}" },
		{ "\"d\"", "[ ]" },
		{ "\"e\"", "-1.50e+3" },
		{ "\"f\"", "null" },
	};
	struct span object = span_of("{ \"a\" : 1 ,\"b\\\"}\":\"x\\\\\",\n"
				     "\"\":{\"in\": [\"]}\", {}]},\"d\":[ ] "
				     ",\"e\":-1.50e+3\n, \"f\": null }");
	struct span key, value;
	size_t pos = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(members); i++) {
		assert_true(json_next_member(object, &pos, &key, &value));
		assert_span(key, members[i].key);
		assert_span(value, members[i].value);
	}
	assert_false(json_next_member(object, &pos, &key, &value));
	pos = 0;
	assert_false(json_next_member(span_of("{ }"), &pos, &key, &value));
}

static void
elements_are_cut_in_order(void **state)
{
	static const char *const elements[] = { "1", "\"a,]\"", "[[],[2]]",
		"{\"k\":[1]}", "true", "0.0" };
	struct span array = span_of(
	    "[1 ,\"a,]\", [[],[2]],{\"k\":[1]}\t,true,0.0\n]");
	struct span value;
	size_t pos = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(elements); i++) {
		assert_true(json_next_element(array, &pos, &value));
		assert_span(value, elements[i]);
	}
	assert_false(json_next_element(array, &pos, &value));
	pos = 0;
	assert_false(json_next_element(span_of("[]"), &pos, &value));
}

static void
members_are_found_by_plain_name(void **state)
{
	struct span object = span_of(
	    "{\"a\":1,\"b\":2,\"a\":3,\"\\u0062\":4,\"c\\\"\":5,\"\":6,"
	    "\"in\":{\"z\":7},\"d\\u0000e\":8}");
	struct span v;

	(void)state;
	assert_true(json_find(object, "a", &v));
	assert_span(v, "3"); /* the last of equals */
	assert_true(json_find(object, "b", &v));
	assert_span(v, "4");
	assert_true(json_find(object, "c\"", &v));
	assert_span(v, "5");
	assert_true(json_find(object, "", &v));
	assert_span(v, "6");
	assert_false(json_find(object, "z", &v));
	assert_false(json_find(object, "d", &v));
	assert_false(json_find(span_of("[\"a\",1]"), "a", &v));
	assert_false(json_find(span_of("\"a\""), "a", &v));
}

static const char document[] =
    "{\"a\":{\"b\":[10,20.50,{\"c\":\"deep\"}],\"null\":null},"
    "\"x y\":{\"z\":1},\"\\u00e9\":2,\"and\":3,\"_1\":true,"
    "\"big\":123456789012345678901234567890}";

static void
paths_are_followed(void **state)
{
	static const struct {
		const char *filter;
		int result;
		const char *value;
	} cases[] = {
		{ ".", 1, document },
		{ ".a.b[0]", 1, "10" },
		{ ".a.b[1]", 1, "20.50" },
		{ ".a.b[-1].c", 1, "\"deep\"" },
		{ ".a.b[-3]", 1, "10" },
		{ ".a[\"b\"][2][\"c\"]", 1, "\"deep\"" },
		{ ".[\"a\"].null", 1, "null" },
		{ ".\"x y\".z", 1, "1" },
		{ ".\"\\u00e9\"", 1, "2" },
		{ ".\"\xc3\xa9\"", 1, "2" },
		{ ".and", 1, "3" },
		{ "._1", 1, "true" },
		{ ".big", 1, "123456789012345678901234567890" },
		{ ".a.b[3]", 0, NULL },
		{ ".a.b[-4]", 0, NULL },
		{ ".a.b[999999999]", 0, NULL },
		{ ".nothing", 0, NULL },
		{ ".nothing.below[3].it", 0, NULL },
		{ ".a.null.below", 0, NULL },
		{ ".a.null[0]", 0, NULL },
		{ ".[0]", -2, NULL },
		{ ".a.b.c", -2, NULL },
		{ ".and.x", -2, NULL },
		{ ".and[0]", -2, NULL },
		{ "._1[0]", -2, NULL },
		{ ".a.b[2].c[0]", -2, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span v;
		int result = json_path(span_of(document), cases[i].filter, &v);

		if (result != cases[i].result)
			fail_msg("%s: %d", cases[i].filter, result);
		assert_true(json_is_path(cases[i].filter));
		if (result == 1)
			assert_span(v, cases[i].value);
	}
}

static void
other_filters_are_no_paths(void **state)
{
	static const char *const cases[] = { "", "a", "..", ".a.", ".a..b",
		".a|.b", ".a,.b", ".a?", ".a ", " .a", ".[]", ".a[]", ".[1:2]",
		".[1.5]", ".[-]", ".[-0]", ".[ 0]", ".[0", ".[\"a\"", ".[\"a]",
		".\"a", ".\"a\\(1)\"", ".\"\\u0000\"", ".\"\\x\"", ".\"\n\"",
		".\"\xff\"", ".[1234567890]", ".[.a]", ".[a]", ".1", ".a.1",
		"[0]", ".a.[0]", ".a.[\"b\"]", ".a\"b\"", "keys", "$x", ".a+1",
		".a-b", ".\"", ".\"\\", ".[\"", ".[", ".$a", ".a#" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span v;
		char *copy = copy_exactly(cases[i], strlen(cases[i]) + 1);

		if (json_is_path(copy))
			fail_msg("'%s' was taken", cases[i]);
		assert_int_equal(json_path(span_of(document), copy, &v), -1);
		free(copy);
	}
}

static void
strings_are_unescaped(void **state)
{
	static const struct {
		const char *quoted;
		struct span plain;
	} cases[] = {
		{ "\"\"", TEXT("") },
		{ "\"abc\"", TEXT("abc") },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", TEXT("\"\\/\b\f\n\r\t") },
		{ "\"\\u0041\\u00e9\\u20AC\"", TEXT("A\xc3\xa9\xe2\x82\xac") },
		{ "\"a\\u0000b\"", TEXT("a\0b") },
		{ "\"\\ud83d\\ude42\"", TEXT("\xf0\x9f\x99\x82") },
		{ "\"\\uD800\\uDC00\\uDBFF\\uDFFF\"",
		    TEXT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") },
		{ "\"\\ud83d\"", TEXT("\xef\xbf\xbd") },
		{ "\"\\ud83dx\"", TEXT("\xef\xbf\xbdx") },
		{ "\"\\ud83d\\n\"", TEXT("\xef\xbf\xbd\n") },
		{ "\"\\ud83d\\u0041\"",
		    TEXT("\xef\xbf\xbd"
			 "A") },
		{ "\"\\ud83d\\ud83d\\ude42\"",
		    TEXT("\xef\xbf\xbd\xf0\x9f\x99\x82") },
		{ "\"\\ude42\\ud83d\"", TEXT("\xef\xbf\xbd\xef\xbf\xbd") },
		{ "\"\\ud7ff\\ue000\\uffff\"",
		    TEXT("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf") },
		{ "\"\\u07ff\\u0800\"", TEXT("\xdf\xbf\xe0\xa0\x80") },
	};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e;

		assert_int_equal(check(cases[i].quoted, strlen(cases[i].quoted),
				     &e),
		    0);
		buf_reset(&out);
		json_unescape(span_of(cases[i].quoted), &out);
		assert_int_equal(out.len, cases[i].plain.n);
		assert_memory_equal(buf_str(&out), cases[i].plain.p, out.len);
	}
	buf_clear(&out);
}

static void
strings_are_escaped(void **state)
{
	static const struct {
		struct span plain;
		const char *quoted;
	} cases[] = {
		{ TEXT(""), "\"\"" },
		{ TEXT("abc"), "\"abc\"" },
		{ TEXT("\"\\/\b\f\n\r\t"), "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ TEXT("\0\1\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\"" },
		{ TEXT("12345678\""), "\"12345678\\\"\"" },
		{ TEXT("1234567\x7f"), "\"1234567\\u007f\"" },
		{ TEXT("\xc3\xa9\xf0\x9f\x99\x82"),
		    "\"\xc3\xa9\xf0\x9f\x99\x82\"" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&out);
		json_escape(cases[i].plain.p, cases[i].plain.n, &out);
		assert_string_equal(buf_str(&out), cases[i].quoted);
	}
	buf_clear(&out);
}

/* Every ASCII byte at every place of a block, and blocks of nothing but what
 * needs most room. */
static void
escapes_round_trip(void **state)
{
	char plain[3000];
	struct buf quoted, again;
	struct err e;

	(void)state;
	buf_init(&quoted, BUF_NO_MAX);
	buf_init(&again, BUF_NO_MAX);
	for (size_t n = 0; n < sizeof(plain); n += n < 40 ? 1 : 397) {
		for (int c = -1; c < 128; c++) {
			for (size_t i = 0; i < n; i++)
				plain[i] = (char)(c < 0 ? i % 128 : 'x');
			if (c >= 0 && n > 0)
				plain[(size_t)c % n] = (char)c;
			if (c == 1)
				memset(plain, 1, n);
			buf_reset(&quoted);
			buf_reset(&again);
			json_escape(plain, n, &quoted);
			assert_int_equal(check(quoted.data, quoted.len, &e), 0);
			json_unescape((struct span){ quoted.data, quoted.len },
			    &again);
			assert_int_equal(again.len, n);
			assert_memory_equal(buf_str(&again), plain, n);
		}
	}
	buf_clear(&quoted);
	buf_clear(&again);
}

static void
escaping_respects_the_maximum(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 5);
	json_escape("abc", 3, &out);
	assert_false(buf_overflowed(&out));
	buf_reset(&out);
	json_escape("abcd", 4, &out);
	assert_true(buf_overflowed(&out));
	buf_reset(&out);
	/* What it becomes counts, not what it was. */
	json_unescape(span_of("\"\\u0041\\u0042\\u0043\\u0044\\u0045\""), &out);
	assert_false(buf_overflowed(&out));
	assert_string_equal(buf_str(&out), "ABCDE");
	buf_clear(&out);
}

/* What skims eight bytes at a time stops where one byte at a time would. */
static void
plain_text_ends_at_the_first_byte_that_is_none(void **state)
{
	char text[24];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++)
		for (int c = 0; c < 256; c++) {
			bool is_plain = c >= 0x20 && c < 0x7f && c != '"' &&
			    c != '\\';

			memset(text, 'x', sizeof(text));
			text[at] = (char)c;
			assert_ptr_equal(skim_plain(text, text + sizeof(text)),
			    text + (is_plain ? sizeof(text) : at));
			text[at / 2] = '\\';
			assert_ptr_equal(skim_plain(text, text + sizeof(text)),
			    text + at / 2);
		}
}

static void
text_is_utf8_without_nul(void **state)
{
	static const struct {
		struct span bytes;
		bool is_text;
	} cases[] = {
		{ TEXT(""), true },
		{ TEXT("plain ascii, long enough for a step\n\x01\x7f"), true },
		{ TEXT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82"), true },
		{ TEXT("12345678\xc3\xa9"
		       "12345678"),
		    true },
		{ TEXT("\0"), false },
		{ TEXT("1234567\0"), false },
		{ TEXT("12345678\0"), false },
		{ TEXT("1234567\xc3"), false },
		{ TEXT("\xed\xa0\x80"), false },
		{ TEXT("\xc0\x80"), false },
		{ TEXT("\xff\xfe"), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *copy = copy_exactly(cases[i].bytes.p, cases[i].bytes.n);

		assert_int_equal(utf8_is_text(copy, cases[i].bytes.n),
		    cases[i].is_text);
		free(copy);
	}
}

static void
base64_is_as_in_the_rfc(void **state)
{
	static const struct {
		struct span plain;
		const char *encoded;
	} cases[] = {
		{ TEXT(""), "" },
		{ TEXT("f"), "Zg==" },
		{ TEXT("fo"), "Zm8=" },
		{ TEXT("foo"), "Zm9v" },
		{ TEXT("foob"), "Zm9vYg==" },
		{ TEXT("fooba"), "Zm9vYmE=" },
		{ TEXT("foobar"), "Zm9vYmFy" },
		{ TEXT("\0\xff\xfe"), "AP/+" },
		{ TEXT("\0"), "AA==" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&out);
		base64_encode(cases[i].plain.p, cases[i].plain.n, &out);
		assert_string_equal(buf_str(&out), cases[i].encoded);
		buf_reset(&out);
		assert_int_equal(base64_decode(cases[i].encoded,
				     strlen(cases[i].encoded), &out),
		    0);
		assert_int_equal(out.len, cases[i].plain.n);
		assert_memory_equal(buf_str(&out), cases[i].plain.p, out.len);
	}
	buf_clear(&out);
}

static void
other_base64_is_refused(void **state)
{
	static const char *const cases[] = { "Z", "Zg", "Zg=", "Zg===", "=",
		"====", "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n",
		"Zm 9v==", "Zm-_", "Zm9v====", "=Zm9", "Z=m9",
		"\xff\xff\xff\xff" };
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (base64_decode(cases[i], strlen(cases[i]), &out) == 0)
			fail_msg("'%s' was taken", cases[i]);
		assert_int_equal(out.len, 0);
	}
	buf_clear(&out);
}

static void
terminal_text_cannot_steer(void **state)
{
	static const struct {
		struct span bytes;
		const char *shown;
	} cases[] = {
		{ TEXT(""), "" },
		{ TEXT("plain \"text\" \\ x"), "plain \"text\" \\ x" },
		{ TEXT("\x1b[31mred\n\t\r\0\x7f"),
		    "\\x1b[31mred\\x0a\\x09\\x0d\\x00\\x7f" },
		{ TEXT("\xc3\xa9\xe2\x82\xac"), "\xc3\xa9\xe2\x82\xac" },
		{ TEXT("\xc2\x9b"
		       "31m\xc2\xa0"),
		    "\\xc2\\x9b31m\xc2\xa0" },
		{ TEXT("a\xff\xc3"), "a\\xff\\xc3" },
		{ TEXT("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&out);
		text_escape(cases[i].bytes.p, cases[i].bytes.n, &out);
		assert_string_equal(buf_str(&out), cases[i].shown);
	}
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_text_is_accepted),
		cmocka_unit_test(invalid_text_is_refused),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(refusals_say_what_and_where),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(value_is_given_without_white_space),
		cmocka_unit_test(kinds_follow_the_first_byte),
		cmocka_unit_test(members_are_cut_in_order),
		cmocka_unit_test(elements_are_cut_in_order),
		cmocka_unit_test(members_are_found_by_plain_name),
		cmocka_unit_test(paths_are_followed),
		cmocka_unit_test(other_filters_are_no_paths),
		cmocka_unit_test(strings_are_unescaped),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(escapes_round_trip),
		cmocka_unit_test(escaping_respects_the_maximum),
		cmocka_unit_test(
		    plain_text_ends_at_the_first_byte_that_is_none),
		cmocka_unit_test(text_is_utf8_without_nul),
		cmocka_unit_test(base64_is_as_in_the_rfc),
		cmocka_unit_test(other_base64_is_refused),
		cmocka_unit_test(terminal_text_cannot_steer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
