/*
 * test_record.c - record.h: lines there and back, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"

#define ID     "9c2131f6357c2995fd14a033ae0bba10-e6c632b61e964e1f"
#define PARENT "00112233445566778899aabbccddeeff-0000000000000000"

enum { SEED = 12345 };

static void
assert_strings(char **a, char **b)
{
	size_t i;

	for (i = 0; a[i] && b[i]; i++)
		assert_string_equal(a[i], b[i]);
	assert_null(a[i]);
	assert_null(b[i]);
}

static void
header_comes_back_as_it_was(void **state)
{
	struct header h = sample_header(), back;
	uint64_t sum, back_sum;
	struct buf line;
	struct err e;

	(void)state;
	buf_init(&line, BUF_NO_MAX);
	header_format(&h, &sum, &line);
	assert_int_equal(line.data[line.len - 1], '\n');
	assert_null(memchr(line.data, '\n', line.len - 1));
	assert_int_equal(header_parse(line.data, line.len - 1, &back, &back_sum,
			     &e),
	    0);
	assert_true(sum == back_sum);
	assert_false(back.is_journal);
	assert_string_equal(back.name, h.name);
	assert_string_equal(back.id, h.id);
	assert_int_equal(back.time, h.time);
	assert_strings(back.argv, h.argv);
	assert_string_equal(back.cwd, h.cwd);
	assert_strings(back.env, h.env);
	assert_int_equal(back.umask, h.umask);
	assert_int_equal(back.timeout_s, h.timeout_s);
	assert_string_equal(back.input, h.input);
	assert_string_equal(back.parent, h.parent);
	assert_string_equal(back.parent_op, h.parent_op);
	assert_int_equal(back.depth, h.depth);
	header_clear(&back);
	buf_clear(&line);
}

static void
header_may_have_as_little_as_a_name(void **state)
{
	char name[] = "j", id[] = "1";
	char *none[] = { NULL };
	struct header h = { .is_journal = true,
		.name = name,
		.id = id,
		.argv = none },
		      back;
	uint64_t sum;
	struct buf line;
	struct err e;

	(void)state;
	buf_init(&line, BUF_NO_MAX);
	header_format(&h, &sum, &line);
	assert_int_equal(header_parse(line.data, line.len - 1, &back, &sum, &e),
	    0);
	assert_true(back.is_journal);
	assert_null(back.argv[0]);
	assert_null(back.cwd);
	assert_null(back.env);
	assert_null(back.input);
	assert_int_equal(back.depth, 0);
	header_clear(&back);
	buf_clear(&line);
}

static void
header_of_a_newer_version_is_named(void **state)
{
	static const char line[] = "{\"durable\":2,\"whatever\":[]}";
	struct header h;
	uint64_t sum;
	struct err e;

	(void)state;
	assert_int_equal(header_parse(line, sizeof(line) - 1, &h, &sum, &e),
	    -1);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_non_null(strstr(e.text, "version 2"));
	assert_non_null(strstr(e.text, "reads up to 1"));
	assert_int_equal(header_version(line, sizeof(line) - 1), 2);
	assert_int_equal(header_version(line, 5), -1);
}

/* Seals text as a line after SEED and parses it as what is is_header. */
static int
parse_sealed(const char *text, bool is_header)
{
	struct header h;
	struct record r;
	struct buf line;
	uint64_t sum = is_header ? 0 : SEED, seed = SEED;
	struct err e;
	int result;

	buf_init(&line, BUF_NO_MAX);
	buf_put_str(&line, text);
	record_seal(&line, 0, &sum);
	if (is_header) {
		result = header_parse(line.data, line.len - 1, &h, &seed, &e);
		if (result == 0)
			header_clear(&h);
	} else {
		result = record_parse(line.data, line.len - 1, &r, &seed, &e);
		assert_int_equal(record_scan(line.data, line.len - 1, &r),
		    result == 0);
		assert_true(result == 0 ? seed == sum : seed == SEED);
	}
	buf_clear(&line);
	return result;
}

static void
only_the_canonical_header_is_read(void **state)
{
#define HEAD  "{\"durable\":1,\"kind\":\"execution\",\"name\":\"x\",\"id\":\"1\""
#define OTHER "{\"durable\":1,\"kind\":\"x\",\"name\":\"x\",\"id\":\"1\""
	static const char *const bad[] = {
		"",
		"{\"durable\":0",
		"{\"durable\":1",
		HEAD,
		HEAD ",\"time\":1",
		HEAD ",\"time\":-1,\"umask\":18",
		HEAD ",\"time\":1,\"umask\":18,\"argv\":[]",
		HEAD ",\"time\":1,\"argv\":[,],\"umask\":18",
		HEAD ",\"time\":1,\"argv\":[\"a\",],\"umask\":18",
		HEAD ",\"time\":1,\"argv\":[\"a\" ],\"umask\":18",
		HEAD ",\"time\":1,\"argv\":[\"a\\u0000b\"],\"umask\":18",
		HEAD
		",\"time\":1,\"argv\":[{\"$base64\":\"/w=\"}],\"umask\":18",
		HEAD
		",\"time\":1,\"argv\":[{\"$base64\":\"AA==\"}],\"umask\":18",
		HEAD ",\"time\":1,\"umask\":18}",
		HEAD ",\"time\":1,\"umask\":18,\"more\":1",
		OTHER ",\"time\":1,\"umask\":18",
	};

	(void)state;
	assert_int_equal(parse_sealed(HEAD ",\"time\":1,\"umask\":18", true),
	    0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse_sealed(bad[i], true) == 0)
			fail_msg("accepted: %s", bad[i]);
}

#define TEXT(s)           \
 {                        \
  s, sizeof(s) - 1, false \
 }

static const struct record records[] = {
	{ .seq = 2,
	    .synced = 0,
	    .time = SAMPLE_TIME,
	    .u = { .id = ID,
		.type = OP_STEP,
		.subtype = SUB_STEP,
		.action = ACTION_START } },
	{ .seq = 3,
	    .synced = 1,
	    .time = 1,
	    .u = { .id = ID,
		.parent_id = PARENT,
		.type = OP_STEP,
		.subtype = SUB_CONDITION,
		.name = TEXT("a\"b\\c"),
		.action = ACTION_RETRY,
		.payload = TEXT("x\ny\x1f\x7f"),
		.delay_s = 31622400 } },
	{ .seq = 4,
	    .synced = 3,
	    .time = 2,
	    .u = { .id = ID,
		.type = OP_STEP,
		.action = ACTION_FAIL,
		.error = TEXT(
		    "{\"ErrorType\":\"A}\\\"{\",\"StackTrace\":[\"]\"]}") } },
	{ .seq = 5,
	    .synced = 3,
	    .time = 2,
	    .u = { .id = ID,
		.type = OP_CONTEXT,
		.subtype = SUB_PARALLEL,
		.action = ACTION_SUCCEED,
		.payload = TEXT(""),
		.replay_children = true } },
	{ .seq = 6,
	    .synced = 5,
	    .time = 2,
	    .u = { .id = ID,
		.type = OP_WAIT,
		.subtype = SUB_WAIT,
		.action = ACTION_START,
		.wait_s = 60 } },
	{ .seq = 7,
	    .synced = 5,
	    .time = 2,
	    .u = { .id = ID,
		.type = OP_CALLBACK,
		.subtype = SUB_CALLBACK,
		.action = ACTION_START,
		.timeout_s = 5,
		.heartbeat_s = 2,
		.callback_id = TEXT("abc_-") } },
	{ .seq = 8,
	    .synced = 5,
	    .time = 2,
	    .u = { .id = ID,
		.type = OP_INVOKE,
		.subtype = SUB_INVOKE,
		.action = ACTION_START,
		.payload = TEXT("1"),
		.function = TEXT("f"),
		.tenant = TEXT("t") } },
	{ .seq = 9,
	    .synced = 8,
	    .time = 3,
	    .event = EVENT_INVOCATION_STARTED,
	    .invocation = TEXT("0123456789abcdef0123456789abcdef"),
	    .pid = 17,
	    .socket = TEXT("/tmp/\xc3\xa9") },
	{ .seq = 10,
	    .synced = 8,
	    .time = 3,
	    .event = EVENT_INVOCATION_COMPLETED,
	    .start = 1,
	    .outcome = TEXT("CRASHED"),
	    .u = { .error = TEXT("{}") } },
	{ .seq = 11,
	    .synced = 8,
	    .time = 3,
	    .event = EVENT_CALLBACK_SUCCEEDED,
	    .u = { .id = ID, .payload = TEXT("{\"a\":1}") } },
	{ .seq = 12,
	    .synced = 8,
	    .time = 3,
	    .event = EVENT_CLOCK_SKIPPED,
	    .offset = 999999999999999999 },
};

static void
assert_text(struct text a, struct text b)
{
	assert_int_equal(!a.p, !b.p);
	assert_true(text_equal(a, b));
}

static void
assert_record(const struct record *a, const struct record *b)
{
	assert_true(a->seq == b->seq && a->synced == b->synced);
	assert_true(a->time == b->time && a->event == b->event);
	assert_true(a->u.type == b->u.type && a->u.subtype == b->u.subtype);
	assert_true(a->u.action == b->u.action);
	assert_text(text_of(a->u.id), text_of(b->u.id));
	assert_text(text_of(a->u.parent_id), text_of(b->u.parent_id));
	assert_text(a->u.name, b->u.name);
	assert_text(a->u.payload, b->u.payload);
	assert_text(a->u.error, b->u.error);
	assert_true(a->u.replay_children == b->u.replay_children);
	assert_true(a->u.delay_s == b->u.delay_s);
	assert_true(a->u.wait_s == b->u.wait_s);
	assert_true(a->u.timeout_s == b->u.timeout_s);
	assert_true(a->u.heartbeat_s == b->u.heartbeat_s);
	assert_text(a->u.function, b->u.function);
	assert_text(a->u.tenant, b->u.tenant);
	assert_text(a->u.callback_id, b->u.callback_id);
	assert_text(a->invocation, b->invocation);
	assert_text(a->socket, b->socket);
	assert_text(a->outcome, b->outcome);
	assert_true(a->pid == b->pid && a->start == b->start);
	assert_true(a->offset == b->offset);
}

static void
records_come_back_as_they_were(void **state)
{
	uint64_t sum = SEED, back_sum = SEED, again_sum = SEED;
	struct buf line, again;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct record back;

		buf_init(&line, BUF_NO_MAX);
		buf_init(&again, BUF_NO_MAX);
		record_format(&records[i], &sum, &line);
		assert_null(memchr(line.data, '\n', line.len - 1));
		assert_int_equal(record_parse(line.data, line.len - 1, &back,
				     &back_sum, &e),
		    0);
		assert_record(&records[i], &back);
		assert_true(sum == back_sum);
		record_format(&back, &again_sum, &again);
		assert_string_equal(line.data, again.data);
		buf_clear(&line);
		buf_clear(&again);
	}
}

static void
every_event_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int t = EVENT_NONE + 1; t < EVENTS; t++) {
		struct record r = { .seq = 2,
			.synced = 1,
			.event = (enum event_type)t },
			      back;
		uint64_t sum = SEED, seed = SEED;
		struct buf line;
		struct err e;

		buf_init(&line, BUF_NO_MAX);
		record_format(&r, &sum, &line);
		assert_int_equal(record_parse(line.data, line.len - 1, &back,
				     &seed, &e),
		    0);
		assert_int_equal(back.event, t);
		buf_clear(&line);
	}
}

static void
white_space_in_an_error_stays_on_the_line(void **state)
{
	struct record r = { .seq = 2, .event = EVENT_CALLBACK_FAILED }, back;
	uint64_t sum = SEED, seed = SEED;
	struct buf line;
	struct err e;

	(void)state;
	buf_init(&line, BUF_NO_MAX);
	r.u.error = text_of("{\r\n \"ErrorType\": \"A\"\n}");
	record_format(&r, &sum, &line);
	assert_null(memchr(line.data, '\n', line.len - 1));
	assert_int_equal(record_parse(line.data, line.len - 1, &back, &seed,
			     &e),
	    0);
	assert_text(back.u.error, text_of("{   \"ErrorType\": \"A\" }"));
	buf_clear(&line);
}

#define FRONT "{\"seq\":5,\"synced\":4,\"time\":1"
#define STEP  ",\"Id\":\"" ID "\",\"Type\":\"STEP\""
#define START ",\"Action\":\"START\""

static void
only_canonical_records_are_read(void **state)
{
	static const char *const bad[] = {
		"",
		FRONT,
		FRONT STEP,
		FRONT ",\"Type\":\"STEP\"" START,
		FRONT ",\"Id\":\"" ID "\"" START,
		FRONT STEP START "}",
		FRONT STEP START " ",
		FRONT " " STEP START,
		FRONT STEP START START,
		FRONT STEP START ",\"Name\":\"x\"",
		FRONT STEP START ",\"Unknown\":\"x\"",
		FRONT STEP ",\"SubType\":\"\"" START,
		FRONT STEP ",\"SubType\":\"Other\"" START,
		FRONT STEP ",\"Action\":\"START",
		FRONT STEP ",\"Action\":\"start\"",
		FRONT ",\"Id\":\"0\",\"Type\":\"STEP\"" START,
		FRONT ",\"Id\":\"" ID "0\",\"Type\":\"STEP\"" START,
		FRONT STEP START ",\"Payload\":1",
		FRONT STEP START ",\"Payload\":\"\\x\"",
		FRONT STEP START ",\"Payload\":\"\\u12g4\"",
		FRONT STEP START ",\"Payload\":\"\\u12",
		FRONT STEP START ",\"Payload\":\"\\",
		FRONT STEP START ",\"Payload\":\"\t\"",
		FRONT STEP START ",\"Payload\":\"\xff\"",
		FRONT STEP START ",\"Payload\":\"\xc0\x80\"",
		FRONT STEP START ",\"Payload\":\"\xed\xa0\x80\"",
		FRONT STEP START ",\"Error\":\"x\"",
		FRONT STEP START ",\"Error\":{",
		FRONT STEP START ",\"Error\":{]",
		FRONT STEP START ",\"Error\":{\"a\":01}",
		FRONT STEP START ",\"Error\":{\"a\"}",
		FRONT STEP START ",\"ReplayChildren\":false",
		FRONT STEP START ",\"WaitSeconds\":-1",
		FRONT STEP START ",\"WaitSeconds\":01",
		FRONT STEP START ",\"WaitSeconds\":1.0",
		FRONT STEP START ",\"WaitSeconds\":1000000000000000000",
		FRONT ",\"Event\":\"Started\"",
		FRONT ",\"Event\":\"\"",
		FRONT ",\"Event\":\"Reopened\"" STEP,
		"{\"seq\":5,\"synced\":5,\"time\":1" STEP START,
		"{\"seq\":0,\"synced\":0,\"time\":1" STEP START,
		"{\"synced\":4,\"seq\":5,\"time\":1" STEP START,
		"{\"seq\":5,\"synced\":4" STEP START,
	};

	(void)state;
	assert_int_equal(parse_sealed(FRONT STEP START, false), 0);
	assert_int_equal(parse_sealed(FRONT STEP START
			     ",\"Payload\":\"\\u00e9\\/\xf0\x9f\x98\x80\"",
			     false),
	    0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse_sealed(bad[i], false) == 0)
			fail_msg("accepted: %s", bad[i]);
}

static void
checksum_depends_on_the_line_before(void **state)
{
	uint64_t sum = SEED, other = SEED + 1, seed = SEED;
	struct record r;
	struct buf line;
	struct err e;

	(void)state;
	buf_init(&line, BUF_NO_MAX);
	record_format(&records[0], &sum, &line);
	assert_int_equal(record_parse(line.data, line.len - 1, &r, &other, &e),
	    -1);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_true(other == SEED + 1);
	for (size_t i = 0; i + 1 < line.len; i++) {
		line.data[i] ^= 1;
		assert_int_equal(record_parse(line.data, line.len - 1, &r,
				     &seed, &e),
		    -1);
		line.data[i] ^= 1;
		assert_int_equal(record_parse(line.data, i, &r, &seed, &e), -1);
	}
	assert_int_equal(record_parse(line.data, line.len - 1, &r, &seed, &e),
	    0);
	buf_clear(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_comes_back_as_it_was),
		cmocka_unit_test(header_may_have_as_little_as_a_name),
		cmocka_unit_test(header_of_a_newer_version_is_named),
		cmocka_unit_test(only_the_canonical_header_is_read),
		cmocka_unit_test(records_come_back_as_they_were),
		cmocka_unit_test(every_event_has_a_name_of_its_own),
		cmocka_unit_test(white_space_in_an_error_stays_on_the_line),
		cmocka_unit_test(only_canonical_records_are_read),
		cmocka_unit_test(checksum_depends_on_the_line_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
