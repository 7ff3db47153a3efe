/*
 * test_msg.c - msg.h: every frame there and back, and none that is not whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "proto/msg.h"

#define SPAN(text)          \
 {                          \
  (text), sizeof(text) - 1, \
 }

static const struct request requests[] = {
	{ .type = MSG_OPEN },
	{ .type = MSG_OPEN,
	    .flags = FLAG_AT_MOST_ONCE | FLAG_ONLY_FINISHED,
	    .invocation = SPAN("0123456789abcdef0123456789abcdef"),
	    .parent = SPAN("p"),
	    .id = SPAN("id"),
	    .op_type = 2,
	    .subtype = 255,
	    .action = 3,
	    .number = UINT32_MAX,
	    .seconds = INT64_MAX,
	    .seconds2 = -1,
	    .name = SPAN("any\0bytes\xff"),
	    .digest_of = SPAN("a\0b"),
	    .payload = SPAN("\"text\""),
	    .error = SPAN("{}"),
	    .function = SPAN("f"),
	    .tenant = SPAN("t") },
	{ .type = MSG_UPDATE, .payload = { "", 0 } }, /* empty is not none */
};

static const struct reply replies[] = {
	{ .type = MSG_RUN },
	{ .type = MSG_OUTCOME,
	    .flags = FLAG_REPLAYED,
	    .status = 5,
	    .number = 7,
	    .limit = UINT64_MAX,
	    .id = SPAN("id"),
	    .payload = SPAN("\0"),
	    .error = SPAN("{}") },
	{ .type = MSG_VALUE, .payload = { "", 0 } },
};

enum {
	REQUESTS = sizeof(requests) / sizeof(*requests),
	REPLIES = sizeof(replies) / sizeof(*replies),
	HEAD_AND_VERSION = MSG_HEAD + 1,
};

static void
assert_span_equal(struct span a, struct span b)
{
	assert_int_equal(!a.p, !b.p);
	assert_int_equal(a.n, b.n);
	if (a.n > 0)
		assert_memory_equal(a.p, b.p, a.n);
}

static void
assert_request_equal(const struct request *a, const struct request *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->flags, b->flags);
	assert_span_equal(a->invocation, b->invocation);
	assert_span_equal(a->parent, b->parent);
	assert_span_equal(a->id, b->id);
	assert_int_equal(a->op_type, b->op_type);
	assert_int_equal(a->subtype, b->subtype);
	assert_int_equal(a->action, b->action);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->seconds, b->seconds);
	assert_int_equal(a->seconds2, b->seconds2);
	assert_span_equal(a->name, b->name);
	assert_span_equal(a->digest_of, b->digest_of);
	assert_span_equal(a->payload, b->payload);
	assert_span_equal(a->error, b->error);
	assert_span_equal(a->function, b->function);
	assert_span_equal(a->tenant, b->tenant);
}

static void
assert_reply_equal(const struct reply *a, const struct reply *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->limit, b->limit);
	assert_span_equal(a->id, b->id);
	assert_span_equal(a->payload, b->payload);
	assert_span_equal(a->error, b->error);
}

/* The one frame in b. */
static struct span
only_frame(struct buf *b)
{
	struct span frame;
	struct err e;

	assert_int_equal(msg_next(b, &frame, &e), 1);
	assert_int_equal(b->off, b->len);
	return frame;
}

static void
requests_come_back_as_they_were(void **state)
{
	struct request back;
	struct buf b;
	struct err e;

	(void)state;
	for (size_t i = 0; i < REQUESTS; i++) {
		buf_init(&b, BUF_NO_MAX);
		msg_put_request(&requests[i], &b);
		assert_int_equal(msg_take_request(only_frame(&b), &back, &e),
		    0);
		assert_request_equal(&requests[i], &back);
		buf_clear(&b);
	}
}

static void
replies_come_back_as_they_were(void **state)
{
	struct reply back;
	struct buf b;
	struct err e;

	(void)state;
	for (size_t i = 0; i < REPLIES; i++) {
		buf_init(&b, BUF_NO_MAX);
		msg_put_reply(&replies[i], &b);
		assert_int_equal(msg_take_reply(only_frame(&b), &back, &e), 0);
		assert_reply_equal(&replies[i], &back);
		buf_clear(&b);
	}
}

static void
every_type_comes_back(void **state)
{
	struct request rq = { 0 }, rq_back;
	struct reply rp = { 0 }, rp_back;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	for (int type = 0; type < 256; type++) {
		bool asks = type >= MSG_OPEN && type <= MSG_SHELL;
		bool replies_with = type >= MSG_RUN && type <= MSG_NAMED;

		buf_reset(&b);
		rq.type = (enum msg_type)type;
		msg_put_request(&rq, &b);
		assert_int_equal(msg_take_request(only_frame(&b), &rq_back, &e),
		    asks ? 0 : -1);
		assert_true(asks || e.code == ERR_REFUSED);
		buf_reset(&b);
		rp.type = (enum msg_type)type;
		msg_put_reply(&rp, &b);
		assert_int_equal(msg_take_reply(only_frame(&b), &rp_back, &e),
		    replies_with ? 0 : -1);
	}
	buf_clear(&b);
}

/* Two frames that come in pieces of any length. */
static void
frames_come_in_pieces(void **state)
{
	struct buf whole, b;
	struct span frame;
	struct err e;

	(void)state;
	buf_init(&whole, BUF_NO_MAX);
	msg_put_request(&requests[0], &whole);
	msg_put_request(&requests[1], &whole);
	for (size_t cut = 1; cut < whole.len; cut++) {
		size_t n = 0;

		buf_init(&b, BUF_NO_MAX);
		buf_put(&b, whole.data, cut);
		while (msg_next(&b, &frame, &e) == 1)
			n++;
		buf_compact(&b);
		buf_put(&b, whole.data + cut, whole.len - cut);
		while (msg_next(&b, &frame, &e) == 1)
			n++;
		assert_int_equal(n, 2);
		assert_int_equal(b.off, b.len);
		buf_clear(&b);
	}
	buf_clear(&whole);
}

/* A body cut anywhere, or longer by one byte, is refused. */
static void
cut_and_overlong_bodies_are_refused(void **state)
{
	struct request rq;
	struct reply rp;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	msg_put_request(&requests[1], &b);
	buf_put_char(&b, 0);
	for (size_t n = 0; n <= b.len - MSG_HEAD; n++) {
		struct span frame = { b.data + MSG_HEAD, n };

		assert_int_equal(msg_take_request(frame, &rq, &e),
		    n == b.len - MSG_HEAD - 1 ? 0 : -1);
		assert_int_equal(msg_take_reply(frame, &rp, &e), -1);
	}
	buf_reset(&b);
	msg_put_reply(&replies[1], &b);
	buf_put_char(&b, 0);
	for (size_t n = 0; n <= b.len - MSG_HEAD; n++) {
		struct span frame = { b.data + MSG_HEAD, n };

		assert_int_equal(msg_take_reply(frame, &rp, &e),
		    n == b.len - MSG_HEAD - 1 ? 0 : -1);
		assert_int_equal(msg_take_request(frame, &rq, &e), -1);
	}
	buf_clear(&b);
}

static void
another_version_is_named(void **state)
{
	struct request rq;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	msg_put_request(&requests[0], &b);
	b.data[HEAD_AND_VERSION - 1] = 9;
	assert_int_equal(msg_take_request(only_frame(&b), &rq, &e), -1);
	assert_int_equal(e.code, ERR_REFUSED);
	assert_non_null(strstr(e.text, "version 9 met version 1"));
	buf_clear(&b);
}

static void
a_frame_over_the_limit_is_refused(void **state)
{
	struct span frame;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, BUF_NO_MAX);
	buf_put_u32(&b, MSG_MAX);
	assert_int_equal(msg_next(&b, &frame, &e), 0);
	buf_reset(&b);
	buf_put_u32(&b, MSG_MAX + 1);
	assert_int_equal(msg_next(&b, &frame, &e), -1);
	assert_int_equal(e.code, ERR_REFUSED);
	buf_clear(&b);
}

/* A frame that does not fit leaves a buf that says so, and nothing else. */
static void
a_full_buf_is_not_written_behind(void **state)
{
	struct buf b;

	(void)state;
	for (size_t max = 1; max < 60; max++) {
		buf_init(&b, max);
		msg_put_reply(&replies[1], &b);
		assert_true(b.len <= max);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_come_back_as_they_were),
		cmocka_unit_test(replies_come_back_as_they_were),
		cmocka_unit_test(every_type_comes_back),
		cmocka_unit_test(frames_come_in_pieces),
		cmocka_unit_test(cut_and_overlong_bodies_are_refused),
		cmocka_unit_test(another_version_is_named),
		cmocka_unit_test(a_frame_over_the_limit_is_refused),
		cmocka_unit_test(a_full_buf_is_not_written_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
