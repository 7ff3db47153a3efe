/*
 * test_remote.c - remote.h against a real server: what is sent when, with
 * which token, and what each answer leads to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "lambda/remote.h"
#include "sample.h"
#include "web_server.h"

#define ARN "arn:aws:lambda:eu-west-1:1:function:f:1/durable-execution/n/i"
#define PATH                                                            \
 "/2025-12-01/durable-executions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3A" \
 "function%3Af%3A1%2Fdurable-execution%2Fn%2Fi"
#define ONE "00000000000000000000000000000001-00000000000000aa"

#define TOKEN(t) "{\"CheckpointToken\":\"" t "\"}"

/* A server with its script, and the backend that speaks to it. */
struct story {
	struct web_server *server;
	struct api *api;
	struct remote *remote;
	struct backend *b;
	struct err e;
	int changed;
};

static void
count_change(struct op *op, void *arg)
{
	struct story *s = arg;

	(void)op;
	s->changed++;
}

static void
story_begin(struct story *s, const struct web_step *steps, size_t n,
    int64_t deadline)
{
	struct api_options o = { .in_runtime = true };

	memset(s, 0, sizeof(*s));
	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	s->server = web_start(steps, n);
	o.endpoint_url = web_url(s->server);
	if (!(s->api = api_open(&o, NULL, &s->e)))
		fail_msg("%s", s->e.text);
	s->remote = remote_new(s->api, ARN, text_of("t/0="), deadline);
	s->b = remote_backend(s->remote);
	s->b->changed = count_change;
	s->b->changed_arg = s;
}

static void
story_end(struct story *s)
{
	s->b->ops->close(s->b);
	api_close(s->api);
	web_free(s->server);
}

static int
load(struct story *s, const char *state)
{
	return remote_load(s->remote, (struct span){ state, strlen(state) },
	    &s->e);
}

static void
update(struct story *s, const char *name, enum op_action action,
    const char *payload)
{
	char id[OPID_LEN + 1];
	struct update u = sample_step(sample_id(name, id), name, action);

	if (payload)
		u.payload = text_of(payload);
	assert_int_equal(s->b->ops->update(s->b, &u, time_now(), &s->e), 0);
}

static const char *
sent(struct story *s, size_t i)
{
	return buf_str(&web_request(s->server, i)->text);
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void
state_is_paged_in_to_its_end(void **state)
{
	const struct web_step steps[] = {
		{ WEB_ANSWER,
		    WEB_OK("{\"Operations\":[],\"NextMarker\":\"m2\"}") },
		{ WEB_ANSWER,
		    WEB_OK("{\"Operations\":[{\"Id\":\"" ONE
			   "\",\"Type\":\"STEP\",\"Status\":\"SUCCEEDED\","
			   "\"StepDetails\":{\"Attempt\":1,\"Result\":\"7\"}}],"
			   "\"NextMarker\":null,\"Colour\":[1]}") },
	};
	struct story s;

	(void)state;
	story_begin(&s, steps, 2, TIME_NEVER);
	assert_int_equal(load(&s,
			     "{\"Operations\":[{\"Id\":\"e\",\"Type\":"
			     "\"EXECUTION\",\"Status\":\"STARTED\","
			     "\"ExecutionDetails\":{\"InputPayload\":"
			     "\"{\\\"n\\\":1}\"}}],\"NextMarker\":\"m/1+\"}"),
	    0);
	web_stop(s.server);
	assert_int_equal(web_request_count(s.server), 2);
	assert_non_null(strstr(sent(&s, 0),
	    "GET " PATH "/state?CheckpointToken=t%2F0%3D&Marker=m%2F1%2B&"
	    "MaxItems=1000 "));
	assert_non_null(strstr(sent(&s, 1), "&Marker=m2&"));
	assert_string_equal(remote_input(s.remote), "{\"n\":1}");
	assert_non_null(table_find(s.b->table, ONE));
	story_end(&s);
}

static void
pages_that_go_round_end_the_invocation(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER,
	    WEB_OK("{\"Operations\":[],\"NextMarker\":\"m1\"}") } };
	struct story s;

	(void)state;
	story_begin(&s, steps, 1, TIME_NEVER);
	assert_int_equal(load(&s, "{\"NextMarker\":\"m1\"}"), -1);
	assert_int_equal(remote_failure(s.remote), REMOTE_ENDS_INVOCATION);
	assert_non_null(strstr(s.e.text, "the same NextMarker again"));
	story_end(&s);
}

static void
each_call_takes_the_token_of_the_one_before(void **state)
{
	const struct web_step steps[] = {
		{ WEB_ANSWER,
		    WEB_OK("{\"CheckpointToken\":\"t1\",\"NewExecutionState\":"
			   "{\"Operations\":[],\"NextMarker\":\"more\"}}") },
		{ WEB_ANSWER, WEB_OK("{\"Operations\":[]}") },
		{ WEB_ANSWER, WEB_OK(TOKEN("t2")) },
	};
	struct story s;

	(void)state;
	story_begin(&s, steps, 3, TIME_NEVER);
	update(&s, "a", ACTION_START, NULL);
	update(&s, "a", ACTION_SUCCEED, "1");
	assert_int_equal(s.b->ops->drain(s.b, &s.e), 0);
	assert_int_equal(s.b->safe, 2);
	update(&s, "b", ACTION_START, NULL);
	assert_int_equal(s.b->ops->drain(s.b, &s.e), 0);
	assert_int_equal(s.b->safe, 3);
	web_stop(s.server);
	assert_int_equal(web_request_count(s.server), 3);
	assert_non_null(strstr(sent(&s, 0), "POST " PATH "/checkpoint "));
	assert_non_null(strstr(sent(&s, 0), "\"CheckpointToken\":\"t/0=\""));
	assert_int_equal(count(sent(&s, 0), "\"Action\""), 2);
	assert_non_null(
	    strstr(sent(&s, 1), "/state?CheckpointToken=t1&Marker=more&"));
	assert_non_null(strstr(sent(&s, 2), "\"CheckpointToken\":\"t1\""));
	assert_int_equal(remote_counts(s.remote).calls, 2);
	story_end(&s);
}

static void
a_call_has_250_updates_and_750_kib_at_most(void **state)
{
	const struct web_step steps[] = {
		{ WEB_ANSWER, WEB_OK(TOKEN("t1")) },
		{ WEB_ANSWER, WEB_OK(TOKEN("t2")) },
		{ WEB_ANSWER, WEB_OK(TOKEN("t3")) },
		{ WEB_ANSWER, WEB_OK(TOKEN("t4")) },
	};
	char name[16], *large = xcalloc(1, 260001);
	struct story s;

	(void)state;
	story_begin(&s, steps, 4, TIME_NEVER);
	for (int i = 0; i < 251; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		update(&s, name, ACTION_START, NULL);
	}
	assert_int_equal(s.b->ops->drain(s.b, &s.e), 0);
	memset(large, 'x', 260000);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		update(&s, name, ACTION_SUCCEED, large);
	}
	assert_int_equal(s.b->ops->drain(s.b, &s.e), 0);
	web_stop(s.server);
	assert_int_equal(web_request_count(s.server), 4);
	assert_int_equal(count(sent(&s, 0), "\"Action\""), 250);
	assert_int_equal(count(sent(&s, 1), "\"Action\""), 1);
	assert_int_equal(count(sent(&s, 2), "\"Action\""), 2);
	assert_true(web_request(s.server, 2)->text.len < 768000 + 2000);
	assert_int_equal(s.b->safe, 255);
	free(large);
	story_end(&s);
}

/* Turns until something is sent, or ms have passed. */
static void
turn_for(struct story *s, int64_t ms)
{
	int64_t end = time_monotonic() + ms;
	struct pollfd fds[16];

	while (time_monotonic() < end && s->b->safe < s->b->queued) {
		int64_t wait = 10;
		size_t n = s->b->ops->fill(s->b, fds, 16, &wait);

		if (poll(fds, n, (int)wait) < 0)
			fail();
		assert_int_equal(s->b->ops->turn(s->b, fds, n, &s->e), 0);
		assert_int_equal(s->b->ops->commit(s->b, false, &s->e), 0);
	}
}

static void
a_start_waits_for_its_outcome(void **state)
{
	const struct web_step steps[] = {
		{ WEB_ANSWER, WEB_OK(TOKEN("t1")) },
		{ WEB_ANSWER, WEB_OK(TOKEN("t2")) },
	};
	struct story s;
	int64_t began;

	(void)state;
	story_begin(&s, steps, 2, TIME_NEVER);
	began = time_monotonic();
	update(&s, "a", ACTION_START, NULL);
	assert_int_equal(s.b->ops->commit(s.b, false, &s.e), 0);
	turn_for(&s, 5000);
	assert_true(time_monotonic() - began >= 50);
	assert_int_equal(s.b->safe, 1);
	update(&s, "b", ACTION_START, NULL);
	update(&s, "b", ACTION_SUCCEED, "1");
	assert_int_equal(s.b->ops->commit(s.b, true, &s.e), 0);
	turn_for(&s, 5000);
	web_stop(s.server);
	assert_int_equal(web_request_count(s.server), 2);
	assert_int_equal(count(sent(&s, 1), "\"Action\""), 2);
	story_end(&s);
}

static void
check_failure(struct web_step step, enum remote_failure wanted,
    const char *text, uint64_t safe)
{
	struct story s;

	story_begin(&s, &step, 1, TIME_NEVER);
	update(&s, "a", ACTION_START, NULL);
	assert_int_equal(s.b->ops->drain(s.b, &s.e), -1);
	assert_int_equal(remote_failure(s.remote), wanted);
	if (!strstr(s.e.text, text))
		fail_msg("'%s' does not have '%s'", s.e.text, text);
	assert_int_equal(s.b->safe, safe);
	assert_int_equal(s.b->ops->drain(s.b, &s.e), -1);
	web_stop(s.server);
	assert_int_equal(web_request_count(s.server), 1);
	story_end(&s);
}

#define REFUSAL(status, type, text)                        \
 (struct web_step)                                         \
 {                                                         \
  WEB_ANSWER,                                              \
      WEB_STATUS(status, "x-amzn-ErrorType: " type "\r\n", \
	  "{\"message\":\"" text "\"}")                    \
 }

static void
refusals_have_their_consequence(void **state)
{
	(void)state;
	check_failure(REFUSAL("400 Bad", "InvalidParameterValueException",
			  "InVALID checkpoint TOKEN"),
	    REMOTE_ENDS_INVOCATION, "InVALID", 0);
	check_failure(REFUSAL("400 Bad", "InvalidParameterValueException",
			  "payload size"),
	    REMOTE_FAILS_EXECUTION, "payload size", 0);
	check_failure(REFUSAL("403 No", "AccessDeniedException", "no"),
	    REMOTE_FAILS_EXECUTION,
	    "the function's role needs lambda:CheckpointDurableExecution", 0);
	check_failure(REFUSAL("502 Key", "KMSDisabledException", "key"),
	    REMOTE_FAILS_EXECUTION, "KMSDisabledException", 0);
}

static void
answers_that_are_none_end_the_invocation(void **state)
{
	static const char *const bodies[] = { "", "[]", "{", "\"t\"",
		"{\"CheckpointToken\":\"t\"}}",
		"{\"CheckpointToken\":\"t\",\"NewExecutionState\":"
		"{\"Operations\":[5]}}",
		"{\"CheckpointToken\":\"t\",\"NewExecutionState\":"
		"{\"Operations\":[{\"Type\":\"STEP\"}]}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		check_failure((struct web_step){ WEB_ANSWER,
				  WEB_OK(bodies[i]) },
		    REMOTE_ENDS_INVOCATION, "service", 0);
}

static void
without_a_token_all_is_safe_and_nothing_follows(void **state)
{
	(void)state;
	check_failure((struct web_step){ WEB_ANSWER,
			  WEB_OK("{\"NewExecutionState\":{}}") },
	    REMOTE_SUSPENDS, "takes no more checkpoints", 1);
	check_failure((struct web_step){ WEB_ANSWER,
			  WEB_OK("{\"CheckpointToken\":\"\"}") },
	    REMOTE_SUSPENDS, "takes no more checkpoints", 1);
}

static void
what_the_service_does_is_told(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER,
	    WEB_OK("{\"CheckpointToken\":\"t1\",\"NewExecutionState\":"
		   "{\"Operations\":[{\"Id\":\"" ONE
		   "\",\"Type\":\"CALLBACK\",\"SubType\":\"Callback\","
		   "\"Name\":\"c\",\"Status\":\"STARTED\",\"CallbackDetails\":"
		   "{\"CallbackId\":\"id\\/1\"}}]}}") } };
	struct update u = { .id = ONE,
		.type = OP_CALLBACK,
		.subtype = SUB_CALLBACK,
		.action = ACTION_START };
	struct story s;
	struct op *op;

	(void)state;
	story_begin(&s, steps, 1, TIME_NEVER);
	u.name = text_of("c");
	assert_int_equal(s.b->ops->update(s.b, &u, time_now(), &s.e), 0);
	assert_int_equal(s.b->ops->drain(s.b, &s.e), 0);
	op = table_find(s.b->table, ONE);
	assert_non_null(op);
	assert_true(op->callback_id.p && op->callback_id.n > 0);
	assert_int_equal(s.changed, 1);
	story_end(&s);
}

static void
no_call_outlives_the_deadline(void **state)
{
	const struct web_step steps[] = { { WEB_SILENT, NULL } };
	int64_t began = time_monotonic(), took;
	struct story s;

	(void)state;
	story_begin(&s, steps, 1, time_now() + 400);
	update(&s, "a", ACTION_START, NULL);
	assert_int_equal(s.b->ops->drain(s.b, &s.e), -1);
	took = time_monotonic() - began;
	assert_int_equal(remote_failure(s.remote), REMOTE_ENDS_INVOCATION);
	/* Not much sooner; and not after the 50 s that a call may take. */
	assert_true(took >= 300 && took < 10000);
	story_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_is_paged_in_to_its_end),
		cmocka_unit_test(pages_that_go_round_end_the_invocation),
		cmocka_unit_test(each_call_takes_the_token_of_the_one_before),
		cmocka_unit_test(a_call_has_250_updates_and_750_kib_at_most),
		cmocka_unit_test(a_start_waits_for_its_outcome),
		cmocka_unit_test(refusals_have_their_consequence),
		cmocka_unit_test(answers_that_are_none_end_the_invocation),
		cmocka_unit_test(
		    without_a_token_all_is_safe_and_nothing_follows),
		cmocka_unit_test(what_the_service_does_is_told),
		cmocka_unit_test(no_call_outlives_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
