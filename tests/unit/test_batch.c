/*
 * test_batch.c - batch.h: when a batch is complete, a success, and its text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "model/batch.h"

enum { NONE = -1 };

/*
 * Rules (minimum, tolerated count, percentage), the outcomes of the branches
 * as they end one by one, how many there are, and what comes out: after how
 * many the batch is complete, why, and whether that is a success.
 */
static const struct {
	const char *name;
	int64_t min, count;
	double percentage;
	const char *outcomes;
	size_t total, ends_after;
	enum batch_reason reason;
	bool success;
} runs[] = {
	{ "no branch", NONE, NONE, NONE, "", 0, 0, BATCH_ALL_COMPLETED, true },
	{ "no branch, minimum", 1, NONE, NONE, "", 0, 0, BATCH_ALL_COMPLETED,
	    true },
	{ "no branch, percentage", NONE, NONE, 0, "", 0, 0, BATCH_ALL_COMPLETED,
	    true },
	{ "all succeed", NONE, NONE, NONE, "SS", 2, 2, BATCH_ALL_COMPLETED,
	    true },
	{ "without rules all run", NONE, NONE, NONE, "FSF", 3, 3,
	    BATCH_ALL_COMPLETED, false },
	{ "fail fast", NONE, 0, NONE, "F", 2, 1,
	    BATCH_FAILURE_TOLERANCE_EXCEEDED, false },
	{ "minimum of 4", 2, NONE, NONE, "SS", 4, 2,
	    BATCH_MIN_SUCCESSFUL_REACHED, true },
	{ "one tolerated, second fails", NONE, 1, NONE, "FF", 3, 2,
	    BATCH_FAILURE_TOLERANCE_EXCEEDED, false },
	{ "one tolerated, one fails", NONE, 1, NONE, "FSS", 3, 3,
	    BATCH_ALL_COMPLETED, true },
	{ "25% of 4, two fail", NONE, NONE, 25, "FF", 4, 2,
	    BATCH_FAILURE_TOLERANCE_EXCEEDED, false },
	{ "25% of 4, one fails", NONE, NONE, 25, "FSSS", 4, 4,
	    BATCH_ALL_COMPLETED, true },
	{ "100%", NONE, NONE, 100, "FFFF", 4, 4, BATCH_ALL_COMPLETED, true },
	{ "0%", NONE, NONE, 0, "SF", 4, 2, BATCH_FAILURE_TOLERANCE_EXCEEDED,
	    false },
	{ "a third", NONE, NONE, 33.3, "SSF", 3, 3,
	    BATCH_FAILURE_TOLERANCE_EXCEEDED, false },
	{ "all fail, all tolerated", NONE, 3, NONE, "FFF", 3, 3,
	    BATCH_ALL_COMPLETED, true },
	{ "minimum alone: failures do not stop", 3, NONE, NONE, "SFS", 3, 3,
	    BATCH_ALL_COMPLETED, false },
	{ "minimum with the last", 2, NONE, NONE, "FSS", 3, 3,
	    BATCH_ALL_COMPLETED, true },
	{ "minimum after a failure", 2, NONE, NONE, "FSS", 4, 3,
	    BATCH_MIN_SUCCESSFUL_REACHED, true },
	{ "minimum beyond all", 5, NONE, NONE, "SS", 2, 2, BATCH_ALL_COMPLETED,
	    true },
	{ "minimum missed within tolerance", 3, 2, NONE, "SSFF", 4, 4,
	    BATCH_ALL_COMPLETED, false },
	{ "minimum reached within tolerance", 2, 1, NONE, "FSS", 5, 3,
	    BATCH_MIN_SUCCESSFUL_REACHED, true },
	{ "tolerance before minimum", 1, 0, NONE, "F", 3, 1,
	    BATCH_FAILURE_TOLERANCE_EXCEEDED, false },
	{ "count before percentage", NONE, 0, 100, "SF", 4, 2,
	    BATCH_FAILURE_TOLERANCE_EXCEEDED, false },
	{ "percentage before count", NONE, 9, 20, "SF", 4, 2,
	    BATCH_FAILURE_TOLERANCE_EXCEEDED, false },
};

static struct batch_rules
rules_of(size_t i)
{
	struct batch_rules r;

	batch_rules_init(&r);
	r.min_successful = runs[i].min;
	r.tolerated_count = runs[i].count;
	r.tolerated_percentage = runs[i].percentage;
	return r;
}

static void
a_batch_is_complete_when_the_rules_say_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		struct batch_rules r = rules_of(i);
		struct batch_counts c = { .total = runs[i].total };
		size_t ended = 0;

		while (batch_decide(&r, &c) == BATCH_OPEN) {
			if (!runs[i].outcomes[ended])
				fail_msg("%s: never ends", runs[i].name);
			c.started++;
			if (runs[i].outcomes[ended++] == 'S')
				c.succeeded++;
			else
				c.failed++;
		}
		if (ended != runs[i].ends_after ||
		    batch_decide(&r, &c) != runs[i].reason)
			fail_msg("%s: %s after %zu", runs[i].name,
			    batch_reason_name(batch_decide(&r, &c)), ended);
		if (batch_is_success(&r, &c) != runs[i].success)
			fail_msg("%s: success or not", runs[i].name);
	}
}

static void
a_minimum_of_none_starts_nothing(void **state)
{
	struct batch_rules r;
	struct batch_counts c = { .total = 2 };

	(void)state;
	batch_rules_init(&r);
	assert_int_equal(batch_decide(&r, &c), BATCH_OPEN);
	r.min_successful = 0;
	assert_int_equal(batch_decide(&r, &c), BATCH_MIN_SUCCESSFUL_REACHED);
}

static struct span
span_of(const char *s)
{
	return (struct span){ s, s ? strlen(s) : 0 };
}

static void
the_result_is_written_in_this_order(void **state)
{
	const struct batch_item items[] = {
		{ 0, span_of("a"), 'S', span_of("{\"x\": 1.50}"),
		    span_of(NULL) },
		{ 1, span_of("b\"\\"), 'F', span_of(NULL),
		    span_of("{\"ErrorType\":\"E\"}") },
		{ 2, span_of(NULL), '-', span_of(NULL), span_of(NULL) },
		{ 3, span_of("never"), 0, span_of(NULL), span_of(NULL) },
		{ 4, span_of(NULL), 'S', span_of(NULL), span_of(NULL) },
	};
	const struct batch_counts c = { 5, 4, 2, 1 };
	struct span v;
	struct err e;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	batch_put(&c, BATCH_MIN_SUCCESSFUL_REACHED, 3, items, 5, &b);
	assert_string_equal(buf_str(&b),
	    "{\"status\":\"FAILED\","
	    "\"completionReason\":\"MIN_SUCCESSFUL_REACHED\","
	    "\"successCount\":2,\"failureCount\":1,\"startedCount\":1,"
	    "\"totalCount\":4,\"all\":["
	    "{\"index\":0,\"name\":\"a\",\"status\":\"SUCCEEDED\","
	    "\"result\":{\"x\": 1.50}},"
	    "{\"index\":1,\"name\":\"b\\\"\\\\\",\"status\":\"FAILED\","
	    "\"error\":{\"ErrorType\":\"E\"}},"
	    "{\"index\":2,\"status\":\"STARTED\"},"
	    "{\"index\":4,\"status\":\"SUCCEEDED\"}],\"exitStatus\":3}");
	assert_int_equal(json_check(b.data, b.len, &v, &e), 0);
	assert_int_equal(batch_exit_status(v), 3);
	assert_true(batch_is_failure(v));
	buf_clear(&b);
}

static void
an_empty_batch_is_a_success(void **state)
{
	const struct batch_counts c = { 0, 0, 0, 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	batch_put(&c, BATCH_ALL_COMPLETED, 0, NULL, 0, &b);
	assert_string_equal(buf_str(&b),
	    "{\"status\":\"SUCCEEDED\",\"completionReason\":\"ALL_COMPLETED\","
	    "\"successCount\":0,\"failureCount\":0,\"startedCount\":0,"
	    "\"totalCount\":0,\"all\":[]}");
	assert_false(batch_is_failure((struct span){ b.data, b.len }));
	buf_clear(&b);
}

/* What stands in a branch's result is not the batch's own. */
static const struct {
	const char *text;
	int status;
} recorded[] = {
	{ NULL, 0 },
	{ "", 0 },
	{ "{}", 0 },
	{ "[{\"exitStatus\":3}]", 0 },
	{ "\"exitStatus\"", 0 },
	{ "{\"exitStatus\":0}", 0 },
	{ "{\"exitStatus\":1}", 1 },
	{ "{\"exitStatus\":255}", 255 },
	{ "{\"exitStatus\":256}", 0 },
	{ "{\"exitStatus\":99999999999999999999}", 0 },
	{ "{\"exitStatus\":-1}", 0 },
	{ "{\"exitStatus\":1.5}", 0 },
	{ "{\"exitStatus\":\"3\"}", 0 },
	{ "{\"all\":[{\"exitStatus\":3}]}", 0 },
	{ " {\"status\":\"FAILED\",\"exitStatus\" : 7 } ", 7 },
	{ "{\"exitStatus\":7", 0 },
	{ "encrypted \xff", 0 },
};

static void
the_exit_status_is_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		struct span v = span_of(recorded[i].text);

		if (batch_exit_status(v) != recorded[i].status)
			fail_msg("case %zu: %d", i, batch_exit_status(v));
		assert_int_equal(batch_is_failure(v), recorded[i].status != 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_is_complete_when_the_rules_say_so),
		cmocka_unit_test(a_minimum_of_none_starts_nothing),
		cmocka_unit_test(the_result_is_written_in_this_order),
		cmocka_unit_test(an_empty_batch_is_a_success),
		cmocka_unit_test(the_exit_status_is_read_back),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
