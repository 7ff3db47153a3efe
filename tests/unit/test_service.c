/*
 * test_service.c - service.h: what is due when, in which order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "sample.h"
#include "store/service.h"

enum { MANY = 1000 };

static struct table *table;

static int
make_table(void **state)
{
	(void)state;
	table = table_new();
	return 0;
}

static int
free_table(void **state)
{
	(void)state;
	table_free(table);
	return 0;
}

static struct op *
apply(const char *name, const struct update *options, int64_t now)
{
	struct update u = *options;
	char id[OPID_LEN + 1];
	struct op *op;
	struct err e;

	u.id = sample_id(name, id);
	op = table_apply(table, &u, now, true, &e);
	assert_non_null(op);
	return op;
}

static struct op *
start_wait(const char *name, int64_t seconds)
{
	struct update u = { .type = OP_WAIT,
		.subtype = SUB_WAIT,
		.wait_s = seconds };

	return apply(name, &u, 0);
}

static struct op *
start_callback(const char *name, int64_t seconds, int64_t heartbeat_s)
{
	struct update u = { .type = OP_CALLBACK,
		.subtype = SUB_CALLBACK,
		.timeout_s = seconds,
		.heartbeat_s = heartbeat_s };

	return apply(name, &u, 0);
}

static struct op *
start_retry(const char *name, int64_t seconds)
{
	struct update u = { .type = OP_STEP, .subtype = SUB_STEP };

	apply(name, &u, 0);
	u.action = ACTION_RETRY;
	u.delay_s = seconds;
	return apply(name, &u, 0);
}

static void
settle(struct op *op, enum op_status status)
{
	struct text none = { NULL, 0, false };
	struct err e;

	assert_int_equal(table_settle(table, op, status, none, none, 1, true,
			     &e),
	    0);
}

/* Expects op next at now, and settles it. */
static void
expect(struct service *s, int64_t now, struct op *op, enum op_status wanted,
    bool wanted_heartbeat)
{
	enum op_status status;
	bool is_heartbeat;

	assert_ptr_equal(service_take_due(s, now, &status, &is_heartbeat), op);
	assert_int_equal(status, wanted);
	assert_int_equal(is_heartbeat, wanted_heartbeat);
	settle(op, status);
}

static void
expect_nothing(struct service *s, int64_t now)
{
	enum op_status status;
	bool is_heartbeat;

	assert_null(service_take_due(s, now, &status, &is_heartbeat));
}

static void
nothing_is_ever_due_in_an_empty_table(void **state)
{
	struct service *s = service_new(table);

	(void)state;
	assert_true(service_next_due(s) == TIME_NEVER);
	expect_nothing(s, TIME_NEVER);
	service_free(s);
	service_free(NULL);
}

static void
each_kind_comes_to_its_end_in_time(void **state)
{
	struct op *wait = start_wait("w", 3), *retry = start_retry("r", 1);
	struct op *callback = start_callback("c", 2, 0);
	struct op *heartbeat = start_callback("h", 9, 4);
	struct op *for_ever = start_callback("e", 0, 0);
	struct service *s = service_new(table);

	(void)state;
	assert_int_equal(service_next_due(s), 1000);
	expect_nothing(s, 999);
	expect(s, 1000, retry, STATUS_READY, false);
	expect_nothing(s, 1000);
	assert_int_equal(service_next_due(s), 2000);
	expect(s, 5000, callback, STATUS_TIMED_OUT, false);
	expect(s, 5000, wait, STATUS_SUCCEEDED, false);
	expect(s, 5000, heartbeat, STATUS_TIMED_OUT, true);
	assert_true(service_next_due(s) == TIME_NEVER);
	assert_int_equal(for_ever->status, STATUS_STARTED);
	service_free(s);
}

static void
earlier_of_two_limits_counts(void **state)
{
	struct op *both = start_callback("c", 2, 5);
	struct op *equal = start_callback("d", 3, 3);
	struct service *s = service_new(table);

	(void)state;
	expect(s, 9000, both, STATUS_TIMED_OUT, false);
	expect(s, 9000, equal, STATUS_TIMED_OUT, true);
	service_free(s);
}

static void
heartbeat_puts_off_its_own_limit_only(void **state)
{
	struct op *op = start_callback("c", 8, 2);
	struct service *s = service_new(table);

	(void)state;
	op->heartbeat_due = 6000;
	assert_int_equal(service_next_due(s), 6000);
	expect_nothing(s, 5999);
	op->heartbeat_due = 12000;
	assert_int_equal(service_next_due(s), 8000);
	expect(s, 8000, op, STATUS_TIMED_OUT, false);
	service_free(s);
}

static void
what_has_ended_is_not_due(void **state)
{
	struct op *callback = start_callback("c", 2, 1);
	struct service *s = service_new(table);

	(void)state;
	settle(callback, STATUS_SUCCEEDED);
	assert_true(service_next_due(s) == TIME_NEVER);
	service_free(s);
}

static void
what_is_watched_later_is_due_too(void **state)
{
	struct service *s = service_new(table);
	struct op *wait = start_wait("w", 2), *retry = start_retry("r", 1);

	(void)state;
	service_watch(s, wait);
	service_watch(s, retry);
	service_watch(s, retry); /* twice is once */
	expect(s, 2000, retry, STATUS_READY, false);
	expect(s, 2000, wait, STATUS_SUCCEEDED, false);
	expect_nothing(s, TIME_NEVER);
	service_free(s);
}

static void
many_come_in_order_and_equal_ones_as_they_began(void **state)
{
	static struct op *ops[MANY];
	struct service *s;
	int64_t last = 0;
	size_t place[MANY] = { 0 };

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		char name[32];

		snprintf(name, sizeof(name), "w%zu", i);
		ops[i] = start_wait(name, (int64_t)(1 + i * 7919 % 50));
	}
	s = service_new(table);
	for (size_t n = 0; n < MANY; n++) {
		int64_t due = service_next_due(s);
		enum op_status status;
		bool is_heartbeat;
		struct op *op;
		size_t i = 0;

		assert_true(due >= last);
		last = due;
		op = service_take_due(s, due, &status, &is_heartbeat);
		assert_non_null(op);
		while (ops[i] != op)
			i++;
		assert_true(i >= place[due / 1000]);
		place[due / 1000] = i;
		settle(op, status);
	}
	expect_nothing(s, TIME_NEVER);
	service_free(s);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_table, free_table)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_ever_due_in_an_empty_table),
		CASE(each_kind_comes_to_its_end_in_time),
		CASE(earlier_of_two_limits_counts),
		CASE(heartbeat_puts_off_its_own_limit_only),
		CASE(what_has_ended_is_not_due),
		CASE(what_is_watched_later_is_due_too),
		CASE(many_come_in_order_and_equal_ones_as_they_began),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
