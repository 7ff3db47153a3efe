/*
 * test_wire.c - updates and operations as the API has them: wire.h, merge.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/merge.h"
#include "lambda/wire.h"
#include "sample.h"

#define ID     "00000000000000000000000000000001-00000000000000aa"
#define PARENT "00000000000000000000000000000002-0000000000000000"

static void
check_update(struct update u, const char *wanted)
{
	struct buf b;

	u.id = ID;
	buf_init(&b, BUF_NO_MAX);
	wire_put_update(&u, &b);
	assert_string_equal(buf_str(&b), wanted);
	buf_clear(&b);
}

static void
updates_have_the_members_of_the_api(void **state)
{
	struct update u = { .type = OP_STEP, .subtype = SUB_STEP };

	(void)state;
	u.name = text_of("a \"b\"");
	u.parent_id = PARENT;
	u.action = ACTION_RETRY;
	u.delay_s = 5;
	u.error = text_of("{\"ErrorType\":\"X\"}");
	check_update(u,
	    "{\"Id\":\"" ID "\",\"Type\":\"STEP\",\"Action\":\"RETRY\","
	    "\"SubType\":\"Step\",\"ParentId\":\"" PARENT "\","
	    "\"Name\":\"a \\\"b\\\"\",\"Error\":{\"ErrorType\":\"X\"},"
	    "\"StepOptions\":{\"NextAttemptDelaySeconds\":5}}");
	u = (struct update){ .type = OP_WAIT, .subtype = SUB_WAIT };
	u.wait_s = 60;
	check_update(u,
	    "{\"Id\":\"" ID "\",\"Type\":\"WAIT\",\"Action\":\"START\","
	    "\"SubType\":\"Wait\",\"WaitOptions\":{\"WaitSeconds\":60}}");
	u = (struct update){ .type = OP_INVOKE, .subtype = SUB_INVOKE };
	u.function = text_of("fn:1");
	u.payload = text_of("{}");
	check_update(u,
	    "{\"Id\":\"" ID "\",\"Type\":\"CHAINED_INVOKE\",\"Action\":"
	    "\"START\",\"SubType\":\"ChainedInvoke\",\"Payload\":\"{}\","
	    "\"ChainedInvokeOptions\":{\"FunctionName\":\"fn:1\"}}");
}

static void
an_invoke_has_a_qualifier(void **state)
{
	static const char *const names[][2] = {
		{ "fn", "fn:$LATEST" },
		{ "fn:live", "fn:live" },
		{ "my-function", "my-function:$LATEST" },
		{ "my-function:7", "my-function:7" },
		{ "123456789012:function:fn",
		    "123456789012:function:fn:$LATEST" },
		{ "function:fn:7", "function:fn:7" },
		{ "arn:aws:lambda:eu-west-1:123456789012:function:fn",
		    "arn:aws:lambda:eu-west-1:123456789012:function:fn:$LATEST" },
		{ "arn:aws:lambda:eu-west-1:123456789012:function:fn:7",
		    "arn:aws:lambda:eu-west-1:123456789012:function:fn:7" },
	};
	struct update u = { .type = OP_INVOKE, .subtype = SUB_INVOKE };
	char want[512];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		u.function = text_of(names[i][0]);
		snprintf(want, sizeof(want),
		    "{\"Id\":\"" ID "\",\"Type\":\"CHAINED_INVOKE\","
		    "\"Action\":\"START\",\"SubType\":\"ChainedInvoke\","
		    "\"ChainedInvokeOptions\":{\"FunctionName\":\"%s\"}}",
		    names[i][1]);
		check_update(u, want);
	}
}

/* A request over the shape's limit would fail the whole execution. */
static void
a_function_name_has_256_bytes_with_its_qualifier(void **state)
{
	static const char member[] = "\"FunctionName\":\"";
	struct update u = { .id = ID, .type = OP_INVOKE };
	char name[257] = "";
	struct buf out;

	(void)state;
	for (size_t n = 240; n <= 256; n++) {
		memset(name, 'f', n);
		u.function = text_bytes(name, n);
		buf_init(&out, BUF_NO_MAX);
		wire_put_update(&u, &out);
		assert_int_equal(strcspn(strstr(buf_str(&out), member) +
					 sizeof(member) - 1,
				     "\""),
		    n <= 248 ? n + 8 : n);
		buf_clear(&out);
	}
}

static void
what_is_replayed_goes_without_a_result_that_is_too_large(void **state)
{
	enum { LIMIT = 262144 };
	struct update u = { .type = OP_CONTEXT, .subtype = SUB_CHILD };
	char *large = xcalloc(LIMIT + 1, 1);
	struct buf out;

	(void)state;
	memset(large, 'x', LIMIT + 1);
	u.action = ACTION_SUCCEED;
	u.replay_children = true;
	u.payload = text_bytes(large, LIMIT + 1);
	check_update(u,
	    "{\"Id\":\"" ID "\",\"Type\":\"CONTEXT\",\"Action\":\"SUCCEED\","
	    "\"SubType\":\"RunInChildContext\","
	    "\"ContextOptions\":{\"ReplayChildren\":true}}");
	u.payload.n = LIMIT;
	u.id = ID;
	buf_init(&out, BUF_NO_MAX);
	wire_put_update(&u, &out);
	assert_true(out.len > LIMIT);
	buf_clear(&out);
	free(large);
}

static void
options_that_say_nothing_are_left_out(void **state)
{
	struct update u = { .type = OP_CALLBACK, .subtype = SUB_CALLBACK };

	(void)state;
	check_update(u,
	    "{\"Id\":\"" ID "\",\"Type\":\"CALLBACK\",\"Action\":\"START\","
	    "\"SubType\":\"Callback\"}");
	u.heartbeat_s = 7;
	check_update(u,
	    "{\"Id\":\"" ID "\",\"Type\":\"CALLBACK\",\"Action\":\"START\","
	    "\"SubType\":\"Callback\",\"CallbackOptions\":"
	    "{\"HeartbeatTimeoutSeconds\":7}}");
	u = (struct update){ .type = OP_CONTEXT, .subtype = SUB_CHILD };
	u.action = ACTION_SUCCEED;
	u.replay_children = true;
	check_update(u,
	    "{\"Id\":\"" ID "\",\"Type\":\"CONTEXT\",\"Action\":\"SUCCEED\","
	    "\"SubType\":\"RunInChildContext\",\"ContextOptions\":"
	    "{\"ReplayChildren\":true}}");
}

static void
instants_come_in_three_forms(void **state)
{
	struct span o = { NULL, 0 };

	(void)state;
	o.p = "{\"a\":1767323045123,\"b\":1767323045.123,"
	      "\"c\":\"2026-01-02T03:04:05.123Z\",\"d\":null}";
	o.n = strlen(o.p);
	assert_int_equal(wire_instant(o, "a"), SAMPLE_TIME);
	assert_int_equal(wire_instant(o, "b"), SAMPLE_TIME);
	assert_int_equal(wire_instant(o, "c"), SAMPLE_TIME);
	assert_int_equal(wire_instant(o, "d"), 0);
	assert_int_equal(wire_instant(o, "e"), 0);
}

/* A table, and what the service says of it. */
struct scene {
	struct backend backend;
	struct merge merge;
	int changes;
};

static void
count_change(struct op *op, void *arg)
{
	struct scene *s = arg;

	(void)op;
	s->changes++;
}

static void
scene_open(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->backend.table = table_new();
	s->backend.changed = count_change;
	s->backend.changed_arg = s;
	s->merge.backend = &s->backend;
	s->merge.queue = queue_new();
	s->merge.timers = service_new(s->backend.table);
}

static void
scene_close(struct scene *s)
{
	queue_free(s->merge.queue);
	service_free(s->merge.timers);
	table_free(s->backend.table);
	merge_clear(&s->merge);
}

static int
tell(struct scene *s, const char *json)
{
	struct err e;

	return merge_operation(&s->merge, (struct span){ json, strlen(json) },
	    &e);
}

static void
the_state_of_an_earlier_invocation_is_taken_over(void **state)
{
	struct scene s;
	struct op *op;

	(void)state;
	scene_open(&s);
	assert_int_equal(tell(&s,
			     "{\"Id\":\"x\",\"Type\":\"EXECUTION\",\"Status\":"
			     "\"STARTED\",\"ExecutionDetails\":"
			     "{\"InputPayload\":\"{\\\"a\\\":1}\"}}"),
	    0);
	assert_string_equal(s.merge.input, "{\"a\":1}");
	assert_int_equal(tell(&s,
			     "{\"Id\":\"" ID "\",\"Type\":\"STEP\",\"SubType\":"
			     "\"Step\",\"Name\":\"a\",\"Status\":\"STARTED\","
			     "\"StepDetails\":{\"Attempt\":2,\"Result\":\"7\"},"
			     "\"Unknown\":[{}]}"),
	    0);
	op = table_find(s.backend.table, ID);
	assert_non_null(op);
	assert_int_equal(op->status, STATUS_STARTED);
	assert_int_equal(op->attempt, 2);
	assert_true(text_equal(op->result, text_of("7")));
	assert_int_equal(s.changes, 0);
	scene_close(&s);
}

static void
each_status_can_be_taken_over(void **state)
{
	static const struct {
		const char *type, *status, *details;
		enum op_status is;
	} cases[] = {
		{ "STEP", "PENDING", "\"StepDetails\":{\"Attempt\":1}",
		    STATUS_PENDING },
		{ "STEP", "READY", "\"StepDetails\":{\"Attempt\":1}",
		    STATUS_READY },
		{ "STEP", "SUCCEEDED", "\"StepDetails\":{\"Result\":\"1\"}",
		    STATUS_SUCCEEDED },
		{ "STEP", "FAILED", "\"StepDetails\":{\"Error\":{}}",
		    STATUS_FAILED },
		{ "CONTEXT", "SUCCEEDED", "\"ContextDetails\":{}",
		    STATUS_SUCCEEDED },
		{ "CONTEXT", "FAILED", "\"ContextDetails\":{\"Error\":{}}",
		    STATUS_FAILED },
		{ "WAIT", "SUCCEEDED", "\"WaitDetails\":{}", STATUS_SUCCEEDED },
		{ "CALLBACK", "TIMED_OUT",
		    "\"CallbackDetails\":{\"CallbackId\":\"cb\"}",
		    STATUS_TIMED_OUT },
		{ "CHAINED_INVOKE", "STOPPED", "\"ChainedInvokeDetails\":{}",
		    STATUS_STOPPED },
	};
	struct scene s;
	char *json;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scene_open(&s);
		json = xasprintf("{\"Id\":\"" ID "\",\"Type\":\"%s\","
				 "\"Status\":\"%s\",%s}",
		    cases[i].type, cases[i].status, cases[i].details);
		assert_int_equal(tell(&s, json), 0);
		assert_int_equal(table_find(s.backend.table, ID)->status,
		    cases[i].is);
		free(json);
		scene_close(&s);
	}
}

static void
only_what_the_service_does_is_taken_over_later(void **state)
{
	struct update u = { .id = ID, .type = OP_CALLBACK };
	struct scene s;
	struct op *op;
	struct err e;

	(void)state;
	scene_open(&s);
	u.subtype = SUB_CALLBACK;
	op = table_apply(s.backend.table, &u, SAMPLE_TIME, true, &e);
	assert_non_null(op);
	assert_int_equal(tell(&s,
			     "{\"Id\":\"" ID "\",\"Type\":\"CALLBACK\","
			     "\"Status\":\"STARTED\",\"CallbackDetails\":"
			     "{\"CallbackId\":\"cb\"}}"),
	    0);
	assert_true(text_equal(op->callback_id, text_of("cb")));
	assert_int_equal(s.changes, 1);
	assert_int_equal(tell(&s,
			     "{\"Id\":\"" ID "\",\"Type\":\"CALLBACK\","
			     "\"Status\":\"SUCCEEDED\",\"CallbackDetails\":"
			     "{\"CallbackId\":\"cb\",\"Result\":\"yes\"}}"),
	    0);
	assert_int_equal(op->status, STATUS_SUCCEEDED);
	assert_true(text_equal(op->result, text_of("yes")));
	assert_int_equal(s.changes, 2);
	scene_close(&s);
}

static void
what_is_queued_is_newer_than_the_answer(void **state)
{
	char id[OPID_LEN + 1];
	struct update u = sample_step(sample_id("a", id), "a", ACTION_START);
	struct scene s;
	struct op *op;
	struct err e;
	char *json;

	(void)state;
	scene_open(&s);
	op = table_apply(s.backend.table, &u, SAMPLE_TIME, true, &e);
	u.action = ACTION_RETRY;
	u.delay_s = 5;
	assert_ptr_equal(table_apply(s.backend.table, &u, SAMPLE_TIME, true,
			     &e),
	    op);
	queue_add(s.merge.queue, op, &u);
	json =
	    xasprintf("{\"Id\":\"%s\",\"Type\":\"STEP\",\"Status\":\"READY\"}",
		id);
	assert_int_equal(tell(&s, json), 0);
	assert_int_equal(op->status, STATUS_PENDING);
	queue_free(s.merge.queue);
	s.merge.queue = queue_new();
	assert_int_equal(tell(&s, json), 0);
	assert_int_equal(op->status, STATUS_READY);
	free(json);
	scene_close(&s);
}

/* The children of a closed context are not told of; what is below them is. */
static void
what_is_below_a_closed_context_is_not_needed(void **state)
{
	static const char gone[] = "{\"Id\":\"" ID "\",\"Type\":\"STEP\","
				   "\"ParentId\":\"" PARENT "\","
				   "\"Status\":\"STARTED\"}";
	struct scene s;
	struct err e;

	(void)state;
	scene_open(&s);
	assert_int_equal(tell(&s, gone), 0);
	assert_int_equal(merge_late(&s.merge, &e), 0);
	assert_null(table_find(s.backend.table, ID));
	/* It may only have come before its parent. */
	assert_int_equal(tell(&s, gone), 0);
	assert_int_equal(tell(&s,
			     "{\"Id\":\"" PARENT "\",\"Type\":\"CONTEXT\","
			     "\"SubType\":\"ParallelBranch\","
			     "\"Status\":\"STARTED\"}"),
	    0);
	assert_null(table_find(s.backend.table, ID));
	assert_int_equal(merge_late(&s.merge, &e), 0);
	assert_non_null(table_find(s.backend.table, ID));
	scene_close(&s);
}

#define UNTOLD(what) "\"the " what "; the service gave no reason\""

/* The error of an operation of that type and status, given details: as it is
 * known at once, and when an earlier invocation has seen it begin. */
static void
check_error(const char *type, const char *status, const char *details,
    const char *wanted)
{
	static const char form[] = "{\"Id\":\"" ID "\",\"Type\":\"%s\","
				   "\"Status\":\"%s\",%s}";
	bool is_callback = strcmp(type, "CALLBACK") == 0;
	struct scene s;
	char *json;

	for (int is_known = 0; is_known < 2; is_known++) {
		scene_open(&s);
		json = xasprintf(form, type, "STARTED",
		    is_callback ? "\"CallbackDetails\":{\"CallbackId\":\"c\"}"
				: "\"Name\":null");
		if (is_known)
			assert_int_equal(tell(&s, json), 0);
		free(json);
		json = xasprintf(form, type, status, details);
		assert_int_equal(tell(&s, json), 0);
		if (!text_equal(table_find(s.backend.table, ID)->error,
			text_of(wanted)))
			fail_msg("%s is not told as %s", json, wanted);
		free(json);
		scene_close(&s);
	}
}

static void
what_failed_without_an_error_has_a_true_one(void **state)
{
	(void)state;
	check_error("CHAINED_INVOKE", "FAILED", "\"ChainedInvokeDetails\":{}",
	    "{\"ErrorType\":\"Invoke.Failed\",\"ErrorMessage\":" UNTOLD(
		"invoked function failed") "}");
	check_error("CHAINED_INVOKE", "TIMED_OUT", "\"Other\":1",
	    "{\"ErrorType\":\"ChainedInvoke.Timeout\",\"ErrorMessage\":" UNTOLD(
		"invoked function timed out") "}");
	check_error("CHAINED_INVOKE", "STOPPED",
	    "\"ChainedInvokeDetails\":{\"Error\":{}}",
	    "{\"ErrorType\":\"Stopped\",\"ErrorMessage\":" UNTOLD(
		"invoked function was stopped") "}");
	check_error("CHAINED_INVOKE", "CANCELLED",
	    "\"ChainedInvokeDetails\":{\"Error\":null}",
	    "{\"ErrorType\":\"Cancelled\",\"ErrorMessage\":" UNTOLD(
		"invoked function was cancelled") "}");
	check_error("CALLBACK", "FAILED",
	    "\"CallbackDetails\":{\"CallbackId\":\"c\"}",
	    "{\"ErrorType\":\"Error\",\"ErrorMessage\":" UNTOLD(
		"callback failed") "}");
	check_error("CALLBACK", "TIMED_OUT",
	    "\"CallbackDetails\":{\"CallbackId\":\"c\",\"Error\":{}}",
	    "{\"ErrorType\":\"Callback.Timeout\",\"ErrorMessage\":" UNTOLD(
		"callback timed out") "}");
}

static void
what_the_service_says_of_a_failure_stays(void **state)
{
	(void)state;
	check_error("CHAINED_INVOKE", "FAILED",
	    "\"ChainedInvokeDetails\":{\"Error\":{\"ErrorMessage\":\"\\\"big\\\"\","
	    "\"StackTrace\":[\"a\"]}}",
	    "{\"ErrorType\":\"Invoke.Failed\",\"ErrorMessage\":\"\\\"big\\\"\","
	    "\"StackTrace\":[\"a\"]}");
	check_error("CHAINED_INVOKE", "FAILED",
	    "\"ChainedInvokeDetails\":{\"Error\":{\"ErrorType\":null,"
	    "\"ErrorMessage\":null,\"ErrorData\":\"7\"}}",
	    "{\"ErrorType\":\"Invoke.Failed\",\"ErrorMessage\":" UNTOLD(
		"invoked function failed") ",\"ErrorData\":\"7\"}");
	check_error("CALLBACK", "TIMED_OUT",
	    "\"CallbackDetails\":{\"CallbackId\":\"c\",\"Error\":"
	    "{ \"ErrorType\":\"Callback.Heartbeat\" }}",
	    "{ \"ErrorType\":\"Callback.Heartbeat\" }");
}

static void
a_step_that_failed_without_an_error_has_one_when_replayed(void **state)
{
	static const char wanted[] = "{\"ErrorType\":\"CommandFailed\","
				     "\"ErrorMessage\":" UNTOLD(
					 "operation failed") "}";
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(tell(&s,
			     "{\"Id\":\"" ID "\",\"Type\":\"STEP\","
			     "\"Status\":\"FAILED\"}"),
	    0);
	assert_true(text_equal(table_find(s.backend.table, ID)->error,
	    text_of(wanted)));
	scene_close(&s);
	scene_open(&s);
	assert_int_equal(tell(&s,
			     "{\"Id\":\"" ID "\",\"Type\":\"STEP\","
			     "\"Status\":\"PENDING\"}"),
	    0);
	assert_null(table_find(s.backend.table, ID)->error.p);
	scene_close(&s);
}

/* Nobody could answer it, so that it would be awaited for ever. */
static void
a_callback_without_an_id_is_no_answer(void **state)
{
	static const char *const told[] = {
		"\"Status\":\"STARTED\"}",
		"\"Status\":\"STARTED\",\"CallbackDetails\":{}}",
		"\"Status\":\"STARTED\",\"CallbackDetails\":"
		"{\"CallbackId\":\"\"}}",
		"\"Status\":\"SUCCEEDED\",\"CallbackDetails\":"
		"{\"Result\":\"1\"}}",
		"\"Status\":\"PONDERING\"}",
	};
	struct update u = { .id = ID, .type = OP_CALLBACK };
	struct scene s;
	struct err e;
	char *json;

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		json = xasprintf("{\"Id\":\"" ID "\",\"Type\":\"CALLBACK\","
				 "\"Name\":\"ask\",%s",
		    told[i]);
		for (int is_known = 0; is_known < 2; is_known++) {
			scene_open(&s);
			if (is_known)
				assert_non_null(table_apply(s.backend.table, &u,
				    SAMPLE_TIME, true, &e));
			assert_int_equal(tell(&s, json), -1);
			assert_false(s.merge.is_foreign);
			scene_close(&s);
		}
		scene_open(&s);
		u.callback_id = text_of("cb");
		assert_non_null(
		    table_apply(s.backend.table, &u, SAMPLE_TIME, true, &e));
		u.callback_id = text_of(NULL);
		assert_int_equal(tell(&s, json), 0);
		scene_close(&s);
		free(json);
	}
}

/* Some print JSON with escapes that need not be. */
static void
a_callback_id_is_what_its_text_says(void **state)
{
	static const char json[] =
	    "{\"Id\":\"" ID "\",\"Type\":\"CALLBACK\",\"Status\":"
	    "\"STARTED\",\"CallbackDetails\":{\"CallbackId\":"
	    "\"a\\/b\\u003d\"}}";
	struct update u = { .id = ID, .type = OP_CALLBACK };
	struct scene s;
	struct op *op;
	struct err e;

	(void)state;
	scene_open(&s);
	assert_int_equal(tell(&s, json), 0);
	op = table_find(s.backend.table, ID);
	assert_int_equal(op->callback_id.n, 4);
	assert_memory_equal(op->callback_id.p, "a/b=", 4);
	scene_close(&s);
	scene_open(&s);
	assert_non_null(
	    table_apply(s.backend.table, &u, SAMPLE_TIME, true, &e));
	assert_int_equal(tell(&s, json), 0);
	op = table_find(s.backend.table, ID);
	assert_memory_equal(op->callback_id.p, "a/b=", 4);
	scene_close(&s);
}

static void
operations_of_another_sdk_are_refused(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(tell(&s,
			     "{\"Id\":\"c4ca4238a0b92382\",\"Type\":\"STEP\","
			     "\"Status\":\"SUCCEEDED\"}"),
	    -1);
	assert_true(s.merge.is_foreign);
	assert_int_equal(tell(&s,
			     "{\"Id\":\"" ID "\",\"Type\":\"NEW\","
			     "\"Status\":\"STARTED\"}"),
	    -1);
	assert_int_equal(tell(&s, "{\"Type\":\"STEP\"}"), -1);
	assert_int_equal(tell(&s, "[]"), -1);
	scene_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(updates_have_the_members_of_the_api),
		cmocka_unit_test(an_invoke_has_a_qualifier),
		cmocka_unit_test(
		    a_function_name_has_256_bytes_with_its_qualifier),
		cmocka_unit_test(
		    what_is_replayed_goes_without_a_result_that_is_too_large),
		cmocka_unit_test(options_that_say_nothing_are_left_out),
		cmocka_unit_test(instants_come_in_three_forms),
		cmocka_unit_test(
		    the_state_of_an_earlier_invocation_is_taken_over),
		cmocka_unit_test(each_status_can_be_taken_over),
		cmocka_unit_test(
		    only_what_the_service_does_is_taken_over_later),
		cmocka_unit_test(what_is_queued_is_newer_than_the_answer),
		cmocka_unit_test(what_is_below_a_closed_context_is_not_needed),
		cmocka_unit_test(what_failed_without_an_error_has_a_true_one),
		cmocka_unit_test(what_the_service_says_of_a_failure_stays),
		cmocka_unit_test(
		    a_step_that_failed_without_an_error_has_one_when_replayed),
		cmocka_unit_test(a_callback_without_an_id_is_no_answer),
		cmocka_unit_test(a_callback_id_is_what_its_text_says),
		cmocka_unit_test(operations_of_another_sdk_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
