/*
 * fuzz_msg.c - any bytes on the socket, from either side: taken apart and put
 * together again they are the same, or they are refused with a reason.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
require_same(struct span frame, const struct buf *again)
{
	require(again->len == frame.n + MSG_HEAD);
	require(memcmp(again->data + MSG_HEAD, frame.p, frame.n) == 0);
}

static void
check_frame(struct span frame)
{
	struct request rq;
	struct reply rp;
	struct buf again;
	struct err e;
	bool is_request, is_reply;

	buf_init(&again, BUF_NO_MAX);
	is_request = msg_take_request(frame, &rq, &e) == 0;
	require(is_request || (e.code == ERR_REFUSED && e.text[0]));
	if (is_request) {
		msg_put_request(&rq, &again);
		require_same(frame, &again);
		buf_reset(&again);
	}
	is_reply = msg_take_reply(frame, &rp, &e) == 0;
	require(is_reply || (e.code == ERR_REFUSED && e.text[0]));
	require(!is_request || !is_reply);
	if (is_reply) {
		msg_put_reply(&rp, &again);
		require_same(frame, &again);
	}
	buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span frame;
	struct buf in;
	struct err e;
	int got;

	buf_init(&in, BUF_NO_MAX);
	buf_put(&in, data, n);
	while ((got = msg_next(&in, &frame, &e)) > 0)
		check_frame(frame);
	require(got == 0 || e.code == ERR_REFUSED);
	buf_clear(&in);
	return 0;
}
