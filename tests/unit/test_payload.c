/*
 * test_payload.c - payload.h: what is recorded, what is printed for it, and
 * that an error object stays under its limit whatever is put in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "model/payload.h"

enum { ERROR_LIMIT = PAYLOAD_UPDATE_WITH_ERROR_MAX - 4096 };

/* Output, its form, the recorded text, and what is printed (NULL: output). */
static const struct {
	enum payload_form form;
	bool bare;
	const char *output;
	size_t n;
	const char *recorded, *printed;
	size_t printed_n;
} forms[] = {
	{ PAYLOAD_TEXT, false, "ok\n", 3, "\"ok\"", "ok\n", 3 },
	{ PAYLOAD_TEXT, false, "ok", 2, "\"ok\"", "ok\n", 3 },
	{ PAYLOAD_TEXT, false, "a\n\nb\n\n\n", 7, "\"a\\n\\nb\"", "a\n\nb\n",
	    5 },
	{ PAYLOAD_TEXT, false, "", 0, "\"\"", "", 0 },
	{ PAYLOAD_TEXT, false, "\n\n", 2, "\"\"", "", 0 },
	{ PAYLOAD_TEXT, false, " \r\n", 3, "\" \\r\"", " \r\n", 3 },
	{ PAYLOAD_TEXT, false, "\xc3\xa4\"\\\x01", 5,
	    "\"\xc3\xa4\\\"\\\\\\u0001\"", "\xc3\xa4\"\\\x01\n", 6 },
	{ PAYLOAD_TEXT, true, "{\"$base64\":\"QQ==\"}", 18,
	    "\"{\\\"$base64\\\":\\\"QQ==\\\"}\"", "{\"$base64\":\"QQ==\"}\n",
	    19 },
	{ PAYLOAD_TEXT, false, "a\0b\n", 4, "{\"$base64\":\"YQBiCg==\"}",
	    "a\0b\n", 4 },
	{ PAYLOAD_TEXT, false, "\xff\n\n", 3, "{\"$base64\":\"/woK\"}",
	    "\xff\n\n", 3 },
	{ PAYLOAD_TEXT, false, "\xed\xa0\x80", 3, "{\"$base64\":\"7aCA\"}",
	    "\xed\xa0\x80", 3 },
	{ PAYLOAD_RAW, false, "a\n\n", 3, "\"a\\n\\n\"", "a\n\n", 3 },
	{ PAYLOAD_RAW, false, "a", 1, "\"a\"", "a", 1 },
	{ PAYLOAD_RAW, false, "", 0, "\"\"", "", 0 },
	{ PAYLOAD_RAW, false, "\0", 1, "{\"$base64\":\"AA==\"}", "\0", 1 },
	{ PAYLOAD_JSON, false, " {\"a\": 1.50}\n", 13, "{\"a\": 1.50}",
	    "{\"a\": 1.50}\n", 12 },
	{ PAYLOAD_JSON, false, "9007199254740993", 16, "9007199254740993",
	    "9007199254740993\n", 17 },
	{ PAYLOAD_JSON, false, "\"a\\u0041\"\n", 10, "\"a\\u0041\"",
	    "\"a\\u0041\"\n", 10 },
	{ PAYLOAD_JSON, true, "\"a\\u0041\"\n", 10, "\"a\\u0041\"", "aA\n", 3 },
	{ PAYLOAD_JSON, true, "\"\"", 2, "\"\"", "\n", 1 },
	{ PAYLOAD_JSON, true, "[\"a\"]", 5, "[\"a\"]", "[\"a\"]\n", 6 },
	{ PAYLOAD_JSON, true, "null", 4, "null", "null\n", 5 },
	{ PAYLOAD_JSON, false, "{\"$base64\":\"QQ==\"}", 18,
	    "{\"$base64\":\"QQ==\"}", "{\"$base64\":\"QQ==\"}\n", 19 },
};

static void
the_first_run_and_a_replay_print_the_same(void **state)
{
	struct buf recorded, printed;
	struct err e;

	(void)state;
	buf_init(&recorded, 0);
	buf_init(&printed, 0);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		buf_reset(&recorded);
		buf_reset(&printed);
		assert_int_equal(payload_record(forms[i].form, forms[i].output,
				     forms[i].n, &recorded, &e),
		    0);
		assert_string_equal(buf_str(&recorded), forms[i].recorded);
		assert_int_equal(payload_print(forms[i].form, forms[i].bare,
				     (struct span){ recorded.data,
					 recorded.len },
				     &printed, &e),
		    0);
		if (printed.len != forms[i].printed_n ||
		    (printed.len > 0 &&
			memcmp(printed.data, forms[i].printed, printed.len)))
			fail_msg("case %zu printed '%s'", i, buf_str(&printed));
	}
	buf_clear(&recorded);
	buf_clear(&printed);
}

static void
every_byte_survives(void **state)
{
	struct buf recorded, printed;
	char bytes[513];
	struct err e;

	(void)state;
	buf_init(&recorded, 0);
	buf_init(&printed, 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		buf_reset(&recorded);
		buf_reset(&printed);
		assert_int_equal(payload_record(PAYLOAD_RAW, bytes, n,
				     &recorded, &e),
		    0);
		assert_int_equal(payload_print(PAYLOAD_RAW, false,
				     (struct span){ recorded.data,
					 recorded.len },
				     &printed, &e),
		    0);
		assert_int_equal(printed.len, n);
		if (n > 0)
			assert_memory_equal(printed.data, bytes, n);
	}
	buf_clear(&recorded);
	buf_clear(&printed);
}

static void
what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = { "", "\n", "007", "nan", "{} {}",
		"'a'", "[1,]", "\"\xff\"" };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err e = { .code = ERR_NONE };

		assert_int_equal(payload_record(PAYLOAD_JSON, bad[i],
				     strlen(bad[i]), &out, &e),
		    -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_int_equal(strncmp(e.text, "is not JSON: ", 13), 0);
		assert_int_equal(out.len, 0);
	}
	buf_clear(&out);
}

/* Decoding follows the option: what was recorded by another is no text. */
static void
a_payload_of_another_form_is_refused(void **state)
{
	static const char *const bad[] = { "", "42", "null", "[\"a\"]", "{}",
		"{\"$base64\":1}", "{\"$base64\":\"?\"}",
		"{\"$base64\":\"QQ\"}", "{\"$base64\":\"QQ==\",\"a\":1}",
		"{\"base64\":\"QQ==\"}", "{\"$base64x\":\"QQ==\"}", "\"a",
		"a" };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct span v = { bad[i], strlen(bad[i]) };
		struct err e = { .code = ERR_NONE };

		assert_int_equal(payload_print(PAYLOAD_TEXT, false, v, &out,
				     &e),
		    -1);
		assert_int_equal(e.code, ERR_CORRUPT);
		assert_int_equal(payload_print(PAYLOAD_RAW, false, v, &out, &e),
		    -1);
	}
	buf_clear(&out);
}

static void
no_payload_prints_nothing(void **state)
{
	struct err e;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(payload_print(PAYLOAD_JSON, false,
			     (struct span){ NULL, 0 }, &out, &e),
	    0);
	assert_int_equal(out.len, 0);
}

static const struct {
	int status;
	const char *value, *wrapped;
} exits[] = {
	{ 3, "\"a\"", "{\"$exit\":3,\"$value\":\"a\"}" },
	{ 0, "{}", "{\"$exit\":0,\"$value\":{}}" },
	{ 255, "", "{\"$exit\":255,\"$value\":}" },
	{ 7, NULL, "{\"$exit\":7}" },
	{ 1, "gpg},\"$value\":", "{\"$exit\":1,\"$value\":gpg},\"$value\":}" },
};

static void
an_accepted_status_is_wrapped_and_unwrapped(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(exits) / sizeof(*exits); i++) {
		const char *value = exits[i].value;
		struct span v = { value, value ? strlen(value) : 0 }, back;
		struct err e;
		int status = -1;

		buf_reset(&out);
		payload_wrap_exit(exits[i].status, v, &out);
		assert_string_equal(buf_str(&out), exits[i].wrapped);
		assert_int_equal(payload_unwrap_exit((struct span){ out.data,
							 out.len },
				     &status, &back, &e),
		    0);
		assert_int_equal(status, exits[i].status);
		assert_int_equal(back.n, v.n);
		if (value)
			assert_memory_equal(back.p, value, v.n);
		else
			assert_null(back.p);
	}
	buf_clear(&out);
}

static void
what_has_no_status_is_not_unwrapped(void **state)
{
	static const char *const bad[] = { "", "\"a\"", "{}",
		"{\"$exit\":", "{\"$exit\":}", "{\"$exit\":-1}",
		"{\"$exit\":256}", "{\"$exit\":3", "{\"$exit\":3,\"$value\"}",
		"{\"$exit\":3,}", "{\"$exit\":3 }",
		"{\"$exit\":99999999999999999999}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err e = { .code = ERR_NONE };
		struct span back;
		int status;

		assert_int_equal(payload_unwrap_exit((struct span){ bad[i],
							 strlen(bad[i]) },
				     &status, &back, &e),
		    -1);
		assert_int_equal(e.code, ERR_CORRUPT);
	}
}

static void
an_error_has_these_members(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	error_put("CommandFailed", "no \"x\"\n", 7, NULL, 0, &out);
	assert_string_equal(buf_str(&out),
	    "{\"ErrorType\":\"CommandFailed\","
	    "\"ErrorMessage\":\"no \\\"x\\\"\\n\"}");
	buf_reset(&out);
	error_put("T", "", 0, "{\"exitStatus\":1}", 16, &out);
	assert_string_equal(buf_str(&out),
	    "{\"ErrorType\":\"T\",\"ErrorMessage\":\"\","
	    "\"ErrorData\":\"{\\\"exitStatus\\\":1}\"}");
	buf_reset(&out);
	error_put("T", "a\xff\0\xc3", 4, NULL, 0, &out);
	assert_string_equal(buf_str(&out),
	    "{\"ErrorType\":\"T\",\"ErrorMessage\":\"a\xef\xbf\xbd"
	    "\xef\xbf\xbd\xef\xbf\xbd\"}");
	buf_clear(&out);
}

/* What a text is filled with, again and again. */
static const char *const fillings[] = { "a", "\x01", "\"", "\\", "\n", "\xff",
	"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf0\x9f",
	"a\xf0\x9f\x98\x80", "ab\xf0\x9f\x98\x80\x01", "\x7f" };
enum { FILLED_MAX = 40000, FILLINGS = sizeof(fillings) / sizeof(*fillings) };

static char *
filled(const char *with, size_t n)
{
	char *p = malloc(n + 1);
	size_t len = strlen(with);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = with[i % len];
	p[n] = 0;
	return p;
}

/* Puts an error, checks that it is JSON below the limit, and returns its
 * length. */
static size_t
put_checked(const char *type, const char *message, size_t message_n,
    const char *data, size_t data_n)
{
	struct span v, member;
	struct err e;
	struct buf out;
	size_t n;

	buf_init(&out, 0);
	error_put(type, message, message_n, data, data_n, &out);
	if (json_check(out.data, out.len, &v, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(json_find(v, "ErrorType", &member));
	assert_true(json_find(v, "ErrorMessage", &member));
	assert_int_equal(json_find(v, "ErrorData", &member), data != NULL);
	n = out.len;
	buf_clear(&out);
	assert_true(n < ERROR_LIMIT);
	return n;
}

static void
an_error_stays_under_its_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILLINGS; i++) {
		char *p = filled(fillings[i], FILLED_MAX);

		assert_true(put_checked("T", p, FILLED_MAX, NULL, 0) >
		    ERROR_LIMIT - 64);
		assert_true(
		    put_checked("T", "", 0, p, FILLED_MAX) > ERROR_LIMIT - 64);
		assert_true(put_checked("T", p, FILLED_MAX, p, FILLED_MAX) >
		    ERROR_LIMIT - 64);
		put_checked(p, p, FILLED_MAX, p, FILLED_MAX);
		for (size_t n = 28500; n < 28700; n++)
			put_checked("T", p, n, NULL, 0);
		for (size_t n = 14200; n < 14400; n++)
			put_checked("T", p, n, p, FILLED_MAX);
		free(p);
	}
}

/* The limit falls before, into and behind a character of four bytes. */
static void
a_text_is_cut_between_characters(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 8; shift++) {
		char *p = filled("\xf0\x9f\x98\x80", FILLED_MAX);
		struct span v, member;
		struct err e;
		struct buf out, text;

		memmove(p + shift, p, FILLED_MAX - shift);
		memset(p, 'a', shift);
		buf_init(&out, 0);
		buf_init(&text, 0);
		error_put("T", p, FILLED_MAX, NULL, 0, &out);
		assert_int_equal(json_check(out.data, out.len, &v, &e), 0);
		assert_true(json_find(v, "ErrorMessage", &member));
		json_unescape(member, &text);
		assert_int_equal(text.len % 4, shift % 4);
		assert_memory_equal(text.data, p, text.len);
		buf_clear(&out);
		buf_clear(&text);
		free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_run_and_a_replay_print_the_same),
		cmocka_unit_test(every_byte_survives),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(a_payload_of_another_form_is_refused),
		cmocka_unit_test(no_payload_prints_nothing),
		cmocka_unit_test(an_accepted_status_is_wrapped_and_unwrapped),
		cmocka_unit_test(what_has_no_status_is_not_unwrapped),
		cmocka_unit_test(an_error_has_these_members),
		cmocka_unit_test(an_error_stays_under_its_limit),
		cmocka_unit_test(a_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
