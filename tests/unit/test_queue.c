/*
 * test_queue.c - what goes into one checkpoint: queue.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "lambda/queue.h"
#include "sample.h"

static struct op ops[300];

static void
add(struct queue *q, int i, enum op_type type, enum op_action action)
{
	char id[OPID_LEN + 1];
	struct update u = { .id = id, .type = type, .action = action };

	snprintf(id, sizeof(id), "%032d-0000000000000000", i);
	queue_add(q, &ops[i], &u);
}

/* How many updates the next request has; its body is checked to be JSON. */
static size_t
send(struct queue *q)
{
	struct span v, updates, one;
	struct buf body;
	struct err e;
	size_t n, pos = 0, seen = 0;

	buf_init(&body, BUF_NO_MAX);
	assert_int_equal(queue_put_request(q, "dG9r", &body, &n, &e), 0);
	assert_int_equal(json_check(buf_str(&body), body.len, &v, &e), 0);
	assert_true(json_find(v, "Updates", &updates));
	while (json_next_element(updates, &pos, &one))
		seen++;
	assert_int_equal(seen, n);
	assert_true(json_find(v, "ClientToken", &one));
	assert_int_equal(one.n, 38);
	buf_clear(&body);
	return n;
}

static void
a_start_goes_with_its_outcome(void **state)
{
	struct queue *q = queue_new();

	(void)state;
	add(q, 1, OP_STEP, ACTION_START);
	add(q, 1, OP_STEP, ACTION_SUCCEED);
	add(q, 2, OP_CONTEXT, ACTION_START);
	add(q, 2, OP_CONTEXT, ACTION_FAIL);
	assert_int_equal(send(q), 4);
	assert_true(queue_is_empty_behind_sent(q));
	assert_int_equal(queue_drop_sent(q), 4);
	assert_true(queue_is_empty(q));
	queue_free(q);
}

static void
an_operation_is_in_a_request_once_otherwise(void **state)
{
	struct queue *q = queue_new();

	(void)state;
	add(q, 1, OP_STEP, ACTION_START);
	add(q, 1, OP_STEP, ACTION_RETRY);
	add(q, 1, OP_STEP, ACTION_START);
	add(q, 2, OP_STEP, ACTION_START);
	assert_int_equal(send(q), 2);
	assert_true(queue_has_unsent(q, &ops[1]));
	assert_false(queue_has_unsent(q, &ops[3]));
	assert_int_equal(queue_drop_sent(q), 2);
	assert_int_equal(send(q), 2);
	assert_false(queue_has_unsent(q, &ops[1]));
	assert_int_equal(queue_drop_sent(q), 2);
	add(q, 3, OP_STEP, ACTION_RETRY);
	add(q, 3, OP_STEP, ACTION_START);
	assert_int_equal(send(q), 1);
	queue_free(q);
}

static void
a_request_has_250_updates_at_most(void **state)
{
	struct queue *q = queue_new();

	(void)state;
	for (int i = 0; i < 260; i++) {
		assert_int_equal(queue_is_full(q), i >= QUEUE_UPDATES_MAX);
		add(q, i, OP_STEP, ACTION_START);
	}
	assert_int_equal(send(q), 250);
	assert_int_equal(queue_drop_sent(q), 250);
	assert_int_equal(send(q), 10);
	queue_free(q);
}

static void
a_request_has_750_kib_at_most(void **state)
{
	struct queue *q = queue_new();
	size_t n = 300 * 1024;
	char *text = xcalloc(n + 1, 1), id[OPID_LEN + 1];
	struct update u = sample_step(sample_id("a", id), "a", ACTION_SUCCEED);

	(void)state;
	memset(text, 'x', n);
	u.payload = text_bytes(text, n);
	for (int i = 0; i < 5; i++)
		queue_add(q, &ops[i], &u);
	assert_true(queue_is_full(q));
	assert_int_equal(send(q), 2);
	queue_drop_sent(q);
	assert_int_equal(send(q), 2);
	queue_drop_sent(q);
	assert_int_equal(send(q), 1);
	queue_free(q);
	free(text);
}

/* A chained invoke takes a payload of 1 MiB. */
static void
what_is_larger_goes_alone(void **state)
{
	struct queue *q = queue_new();
	size_t n = 1024 * 1024;
	char *text = xcalloc(n + 1, 1), id[OPID_LEN + 1];
	struct update u = sample_step(sample_id("a", id), "a", ACTION_SUCCEED);

	(void)state;
	memset(text, 'x', n);
	u.payload = text_bytes(text, n);
	queue_add(q, &ops[1], &u);
	add(q, 2, OP_STEP, ACTION_START);
	assert_int_equal(send(q), 1);
	queue_drop_sent(q);
	assert_int_equal(send(q), 1);
	queue_free(q);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_goes_with_its_outcome),
		cmocka_unit_test(an_operation_is_in_a_request_once_otherwise),
		cmocka_unit_test(a_request_has_250_updates_at_most),
		cmocka_unit_test(a_request_has_750_kib_at_most),
		cmocka_unit_test(what_is_larger_goes_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
