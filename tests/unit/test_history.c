/*
 * test_history.c - history.h: each record's event, to the letter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "store/history.h"

#define STEP_ID  "11111111111111111111111111111111-0123456789abcdef"
#define CHILD_ID "22222222222222222222222222222222-0000000000000000"
#define WAIT_ID  "33333333333333333333333333333333-0000000000000000"
#define CALL_ID  "44444444444444444444444444444444-0000000000000000"
#define FUNC_ID  "55555555555555555555555555555555-0000000000000000"

static struct history *history;

static int
make_history(void **state)
{
	(void)state;
	history = history_new();
	return 0;
}

static int
free_history(void **state)
{
	(void)state;
	history_free(history);
	return 0;
}

/* Expects record r to give the event; NULL: none. */
static void
expect(const struct record *r, const char *event)
{
	struct span value;
	struct buf out;
	struct err e;

	buf_init(&out, BUF_NO_MAX);
	assert_int_equal(history_put(history, r, &out), event != NULL);
	assert_string_equal(buf_str(&out), event ? event : "");
	if (event)
		assert_int_equal(json_check(buf_str(&out), out.len, &value, &e),
		    0);
	buf_clear(&out);
}

static void
expect_update(const struct update *u, int64_t time, const char *event)
{
	struct record r = { .time = time, .u = *u };

	expect(&r, event);
}

static void
header_is_the_first_event(void **state)
{
	char name[] = "x", id[] = "i-1", input[] = "\"a\\n\"";
	struct header h = { .name = name, .id = id, .time = SAMPLE_TIME };
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	history_put_header(history, &h, &out);
	assert_string_equal(buf_str(&out),
	    "{\"EventType\":\"ExecutionStarted\",\"EventId\":1,"
	    "\"EventTimestamp\":1767323045.123,\"Id\":\"i-1\",\"Name\":\"x\","
	    "\"ExecutionStartedDetails\":{\"Input\":{\"Truncated\":false},"
	    "\"ExecutionTimeout\":0}}");
	buf_clear(&out);
	history_free(history);
	history = history_new();
	h.input = input;
	h.timeout_s = 60;
	history_put_header(history, &h, &out);
	assert_non_null(strstr(buf_str(&out),
	    "{\"Input\":{\"Payload\":\"\\\"a\\\\n\\\"\",\"Truncated\":false},"
	    "\"ExecutionTimeout\":60}}"));
	buf_clear(&out);
}

#define STEP_NAMES                                                  \
 "\"Id\":\"" STEP_ID "\",\"Name\":\"charge\",\"SubType\":\"Step\"," \
 "\"ParentId\":\"" CHILD_ID "\","

static void
step_has_an_event_for_every_attempt(void **state)
{
	struct update u = { .id = STEP_ID,
		.parent_id = CHILD_ID,
		.type = OP_STEP,
		.subtype = SUB_STEP,
		.name = { "charge", 6, false } };

	(void)state;
	expect_update(&u, 1001,
	    "{\"EventType\":\"StepStarted\",\"EventId\":1,"
	    "\"EventTimestamp\":1.001," STEP_NAMES
	    "\"StepStartedDetails\":{}}");
	u.action = ACTION_RETRY;
	u.error = text_of("{\"ErrorType\":\"E\"}");
	u.delay_s = 5;
	expect_update(&u, 2000,
	    "{\"EventType\":\"StepFailed\",\"EventId\":2,"
	    "\"EventTimestamp\":2.000," STEP_NAMES
	    "\"StepFailedDetails\":{\"Error\":{\"Payload\":"
	    "{\"ErrorType\":\"E\"},\"Truncated\":false},\"RetryDetails\":"
	    "{\"CurrentAttempt\":1,\"NextAttemptDelaySeconds\":5}}}");
	u.error.p = NULL;
	u.payload = text_of("state");
	expect_update(&u, 3000,
	    "{\"EventType\":\"StepSucceeded\",\"EventId\":3,"
	    "\"EventTimestamp\":3.000," STEP_NAMES
	    "\"StepSucceededDetails\":{\"Result\":{\"Payload\":\"state\","
	    "\"Truncated\":false},\"RetryDetails\":{\"CurrentAttempt\":2,"
	    "\"NextAttemptDelaySeconds\":5}}}");
	u.action = ACTION_SUCCEED;
	u.payload = (struct text){ "\\u00e9\\n", 8, true };
	expect_update(&u, 4000,
	    "{\"EventType\":\"StepSucceeded\",\"EventId\":4,"
	    "\"EventTimestamp\":4.000," STEP_NAMES
	    "\"StepSucceededDetails\":{\"Result\":{\"Payload\":"
	    "\"\\u00e9\\n\",\"Truncated\":false},"
	    "\"RetryDetails\":{\"CurrentAttempt\":3}}}");
}

static void
failed_step_begins_anew_when_reopened(void **state)
{
	struct update u = { .id = STEP_ID,
		.type = OP_STEP,
		.action = ACTION_FAIL };
	struct record reopened = { .event = EVENT_REOPENED };

	(void)state;
	expect_update(&u, 1000,
	    "{\"EventType\":\"StepFailed\",\"EventId\":1,"
	    "\"EventTimestamp\":1.000,\"Id\":\"" STEP_ID "\","
	    "\"StepFailedDetails\":{\"Error\":{\"Truncated\":false},"
	    "\"RetryDetails\":{\"CurrentAttempt\":1}}}");
	expect(&reopened, NULL);
	expect_update(&u, 1000,
	    "{\"EventType\":\"StepFailed\",\"EventId\":2,"
	    "\"EventTimestamp\":1.000,\"Id\":\"" STEP_ID "\","
	    "\"StepFailedDetails\":{\"Error\":{\"Truncated\":false},"
	    "\"RetryDetails\":{\"CurrentAttempt\":1}}}");
}

static void
context_has_no_retry_details(void **state)
{
	struct update u = { .id = CHILD_ID,
		.type = OP_CONTEXT,
		.subtype = SUB_CHILD };

	(void)state;
	expect_update(&u, 1000,
	    "{\"EventType\":\"ContextStarted\",\"EventId\":1,"
	    "\"EventTimestamp\":1.000,\"Id\":\"" CHILD_ID "\","
	    "\"SubType\":\"RunInChildContext\","
	    "\"ContextStartedDetails\":{}}");
	u.action = ACTION_SUCCEED;
	u.payload = text_of("1");
	expect_update(&u, 1000,
	    "{\"EventType\":\"ContextSucceeded\",\"EventId\":2,"
	    "\"EventTimestamp\":1.000,\"Id\":\"" CHILD_ID "\","
	    "\"SubType\":\"RunInChildContext\",\"ContextSucceededDetails\":"
	    "{\"Result\":{\"Payload\":\"1\",\"Truncated\":false}}}");
	u.action = ACTION_FAIL;
	u.error = text_of("{}");
	expect_update(&u, 1000,
	    "{\"EventType\":\"ContextFailed\",\"EventId\":3,"
	    "\"EventTimestamp\":1.000,\"Id\":\"" CHILD_ID "\","
	    "\"SubType\":\"RunInChildContext\",\"ContextFailedDetails\":"
	    "{\"Error\":{\"Payload\":{},\"Truncated\":false}}}");
}

static void
wait_has_its_duration_twice(void **state)
{
	struct update u = { .id = WAIT_ID,
		.type = OP_WAIT,
		.subtype = SUB_WAIT,
		.name = { "w", 1, false },
		.wait_s = 60 };
	struct record r = { .event = EVENT_WAIT_SUCCEEDED,
		.time = 61000,
		.u = { .id = WAIT_ID } };

	(void)state;
	expect_update(&u, 1000,
	    "{\"EventType\":\"WaitStarted\",\"EventId\":1,"
	    "\"EventTimestamp\":1.000,\"Id\":\"" WAIT_ID "\",\"Name\":\"w\","
	    "\"SubType\":\"Wait\",\"WaitStartedDetails\":{\"Duration\":60,"
	    "\"ScheduledEndTimestamp\":61.000}}");
	expect(&r,
	    "{\"EventType\":\"WaitSucceeded\",\"EventId\":2,"
	    "\"EventTimestamp\":61.000,\"Id\":\"" WAIT_ID "\",\"Name\":\"w\","
	    "\"SubType\":\"Wait\",\"WaitSucceededDetails\":{\"Duration\":60}}");
	u.action = ACTION_CANCEL;
	expect_update(&u, 1000,
	    "{\"EventType\":\"WaitCancelled\",\"EventId\":3,"
	    "\"EventTimestamp\":1.000,\"Id\":\"" WAIT_ID "\",\"Name\":\"w\","
	    "\"SubType\":\"Wait\",\"WaitCancelledDetails\":"
	    "{\"Error\":{\"Truncated\":false}}}");
}

#define CALL_NAMES "\"Id\":\"" CALL_ID "\",\"SubType\":\"Callback\","

static void
callback_ends_with_result_or_error(void **state)
{
	struct update u = { .id = CALL_ID,
		.type = OP_CALLBACK,
		.subtype = SUB_CALLBACK,
		.heartbeat_s = 5,
		.callback_id = { "abc", 3, false } };
	struct record r = { .event = EVENT_CALLBACK_HEARTBEAT,
		.time = 2000,
		.u = { .id = CALL_ID } };

	(void)state;
	expect_update(&u, 1000,
	    "{\"EventType\":\"CallbackStarted\",\"EventId\":1,"
	    "\"EventTimestamp\":1.000," CALL_NAMES
	    "\"CallbackStartedDetails\":{\"CallbackId\":\"abc\","
	    "\"HeartbeatTimeout\":5}}");
	expect(&r, NULL);
	r.event = EVENT_CALLBACK_SUCCEEDED;
	r.u.payload = text_of("\"x\"");
	expect(&r,
	    "{\"EventType\":\"CallbackSucceeded\",\"EventId\":2,"
	    "\"EventTimestamp\":2.000," CALL_NAMES
	    "\"CallbackSucceededDetails\":{\"Result\":{\"Payload\":"
	    "\"\\\"x\\\"\",\"Truncated\":false}}}");
	r.event = EVENT_CALLBACK_TIMED_OUT;
	r.u.error = text_of("{\"ErrorType\":\"Callback.Timeout\"}");
	expect(&r,
	    "{\"EventType\":\"CallbackTimedOut\",\"EventId\":3,"
	    "\"EventTimestamp\":2.000," CALL_NAMES
	    "\"CallbackTimedOutDetails\":{\"Error\":{\"Payload\":"
	    "{\"ErrorType\":\"Callback.Timeout\"},\"Truncated\":false}}}");
	u.timeout_s = 9;
	u.heartbeat_s = 0;
	expect_update(&u, 1000,
	    "{\"EventType\":\"CallbackStarted\",\"EventId\":4,"
	    "\"EventTimestamp\":1.000," CALL_NAMES
	    "\"CallbackStartedDetails\":{\"CallbackId\":\"abc\","
	    "\"Timeout\":9}}");
}

#define FUNC_NAMES "\"Id\":\"" FUNC_ID "\",\"SubType\":\"ChainedInvoke\","

static void
chained_invoke_has_its_input(void **state)
{
	struct update u = { .id = FUNC_ID,
		.type = OP_INVOKE,
		.subtype = SUB_INVOKE,
		.function = { "f", 1, false },
		.payload = { "{}", 2, false } };
	struct record r = { .event = EVENT_INVOKE_STOPPED,
		.time = 2000,
		.u = { .id = FUNC_ID, .error = { "{}", 2, false } } };

	(void)state;
	expect_update(&u, 1000,
	    "{\"EventType\":\"ChainedInvokeStarted\",\"EventId\":1,"
	    "\"EventTimestamp\":1.000," FUNC_NAMES
	    "\"ChainedInvokeStartedDetails\":{\"FunctionName\":\"f\","
	    "\"ExecutedVersion\":\"$LATEST\","
	    "\"Input\":{\"Payload\":\"{}\",\"Truncated\":false}}}");
	expect(&r,
	    "{\"EventType\":\"ChainedInvokeStopped\",\"EventId\":2,"
	    "\"EventTimestamp\":2.000," FUNC_NAMES
	    "\"ChainedInvokeStoppedDetails\":{\"Error\":{\"Payload\":{},"
	    "\"Truncated\":false}}}");
}

#define REQUEST "\"RequestId\":\"01234567-89ab-cdef-0123-456789abcdef\""

static void
an_invocation_has_the_error_of_its_record(void **state)
{
	struct record r = { .event = EVENT_INVOCATION_STARTED,
		.time = 1000,
		.invocation = { "0123456789abcdef0123456789abcdef", 32,
		    false } };

	(void)state;
	expect(&r, NULL);
	r.event = EVENT_INVOCATION_COMPLETED;
	r.start = 500;
	r.outcome = text_of("FAILED");
	expect(&r,
	    "{\"EventType\":\"InvocationCompleted\",\"EventId\":1,"
	    "\"EventTimestamp\":1.000,\"InvocationCompletedDetails\":"
	    "{\"StartTimestamp\":0.500,\"EndTimestamp\":1.000," REQUEST "}}");
	r.outcome = text_of("CRASHED");
	r.u.error = text_of("{\"ErrorType\":\"Runtime.ExitError\"}");
	expect(&r,
	    "{\"EventType\":\"InvocationCompleted\",\"EventId\":2,"
	    "\"EventTimestamp\":1.000,\"InvocationCompletedDetails\":"
	    "{\"StartTimestamp\":0.500,\"EndTimestamp\":1.000," REQUEST
	    ",\"Error\":{\"Payload\":{\"ErrorType\":\"Runtime.ExitError\"},"
	    "\"Truncated\":false}}}");
}

static void
execution_ends_with_result_or_error(void **state)
{
	struct record r = { .event = EVENT_EXECUTION_SUCCEEDED,
		.time = 1000,
		.u = { .payload = { "7", 1, false } } };

	(void)state;
	expect(&r,
	    "{\"EventType\":\"ExecutionSucceeded\",\"EventId\":1,"
	    "\"EventTimestamp\":1.000,\"ExecutionSucceededDetails\":"
	    "{\"Result\":{\"Payload\":\"7\",\"Truncated\":false}}}");
	r.event = EVENT_EXECUTION_TIMED_OUT;
	r.u.error = text_of("{}");
	expect(&r,
	    "{\"EventType\":\"ExecutionTimedOut\",\"EventId\":2,"
	    "\"EventTimestamp\":1.000,\"ExecutionTimedOutDetails\":"
	    "{\"Error\":{\"Payload\":{},\"Truncated\":false}}}");
	r.event = EVENT_CLOCK_SKIPPED;
	expect(&r, NULL);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_history, free_history)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(header_is_the_first_event),
		CASE(step_has_an_event_for_every_attempt),
		CASE(failed_step_begins_anew_when_reopened),
		CASE(context_has_no_retry_details),
		CASE(wait_has_its_duration_twice),
		CASE(callback_ends_with_result_or_error),
		CASE(chained_invoke_has_its_input),
		CASE(an_invocation_has_the_error_of_its_record),
		CASE(execution_ends_with_result_or_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
