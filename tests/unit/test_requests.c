/*
 * test_requests.c - engine.h: closing, named errors, what is put down, and
 * when the invocation must end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story.h"

/* The branch that decides a batch closes the others: nothing from below them
 * is answered any more, whoever asks and whatever comes due. */
static const struct scene decided[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "a", "open branch x n=1 in p", "a RUN 1" },
	{ "a", "open branch y n=1 in p", "a RUN 1" },
	{ "b", "open wait w in y seconds=5", "" },
	{ "c", "open child c in y", "c RUN 1" },
	{ "d", "open step s in c", "d RUN 1" },
	{ "a", "ok x decided =1", "closed p; a OUTCOME! SUCCEEDED own" },
	{ "d", "ok s", "" },
	{ "d", "open step t in c", "" },
	{ "e", "open step u in y", "" },
	{ "e", "bye", "" },
	{ "c", "fail c error={}", "" },
	{ "", "@5 tick", "" },
	{ "", "open?", "open: p" },
	{ "b", "gone", "" },
	{ "d", "gone", "" },
	{ "e", "gone", "" },
	{ "a", "ok p", "a OUTCOME! SUCCEEDED own" },
	{ "", "recorded",
	    "START CONTEXT p\nSTART CONTEXT x\nSTART CONTEXT y\n"
	    "START WAIT w\nSTART CONTEXT c\nSTART STEP s\n"
	    "SUCCEED CONTEXT x\nSUCCEED CONTEXT p" },
	{ "", "restart", "" },
	{ "a", "open parallel p", "a OUTCOME! SUCCEEDED replayed" },
	{ 0 },
};

/* A context that ends with something open below it closes that. */
static const struct scene orphans[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step s in c", "b RUN 1" },
	{ "a", "ok c", "closed c; a OUTCOME! SUCCEEDED own" },
	{ "b", "ok s", "" },
	{ "d", "log in c", "" },
	{ "d", "gone", "" },
	{ "b", "gone", "" },
	{ "", "blocked", "no" },
	{ "", "open?", "open:" },
	{ 0 },
};
static const struct scene no_orphans[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step s in c", "b RUN 1" },
	{ "b", "ok s", "b OUTCOME! SUCCEEDED own" },
	{ "b", "bye", "" },
	{ "b", "gone", "" },
	{ "a", "ok c", "a OUTCOME! SUCCEEDED own" },
	{ 0 },
};

/* A context that nobody has opened in this invocation is closed as well. */
static const struct scene not_open[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "", "restart", "" },
	{ "b", "open step s in c", "" },
	{ "b", "gone", "" },
	{ 0 },
};

/* Nobody updates what he has not open. */
static const struct scene not_owner[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "b", "ok s", "REFUSED an update of an operation that its sender *" },
	{ 0 },
};
static const struct scene owner_again[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "ok s", "a OUTCOME! SUCCEEDED own" },
	{ "a", "ok s", "REFUSED an update of an operation that its sender *" },
	{ 0 },
};
static const struct scene start_again[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "begin s", "REFUSED an update of an operation that its *" },
	{ 0 },
};

/* A client that goes without a goodbye is a crash, even before it asked. */
static const struct scene goodbye[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "ok s", "a OUTCOME! SUCCEEDED own" },
	{ "b", "log", "b VALUE =arn" },
	{ "b", "bye", "" },
	{ "b", "gone", "" },
	{ "c", "hold", "" },
	{ "c", "gone", "crash" },
	{ "a", "gone", "crash" },
	{ 0 },
};

/* `durable fail`: the client around it is told before fail is answered. */
static const struct scene named_in_step[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "b", "name in s error={\"ErrorType\":\"X\"}",
	    "a NAMED error={\"ErrorType\":\"X\"}; b OK" },
	{ "c", "name in s error={}", "a NAMED error={}; c OK" },
	{ 0 },
};

/* In the handler it is final: after it nothing new begins but undoing. */
static const struct scene named_in_handler[] = {
	{ "a",
	    "name error={\"ErrorType\":\"X\",\"ErrorMessage\":\"m\","
	    "\"ErrorData\":\"7\"}",
	    "a OK" },
	{ "a", "error x", "a MISSING" },
	{ "a", "log", "a VALUE =arn" },
	{ "a", "undo-take", "a VALUE =" },
	{ "", "handler status=3",
	    "{\"ErrorType\":\"X\",\"ErrorMessage\":\"m\","
	    "\"ErrorData\":\"{\\\"exitStatus\\\":3,\\\"data\\\":7}\"}" },
	{ "b", "open step s", "FAILED" },
	{ 0 },
};

/* The handler's error without `durable fail`: that of its last operation,
 * where that one's status is the handler's. */
static const struct scene inherited[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "fail s status=1 error={\"e\":1}",
	    "a OUTCOME! FAILED own error={\"e\":1}" },
	{ "a", "bye status=1", "" },
	{ "", "handler status=1", "{\"e\":1}" },
	{ "", "handler status=4",
	    "{\"ErrorType\":\"HandlerFailed\",\"ErrorMessage\":"
	    "\"exited with status 4\",\"ErrorData\":\"{*4}\"}" },
	{ "b", "open step t", "b RUN 1" },
	{ "b", "ok t", "b OUTCOME! SUCCEEDED own" },
	{ "", "handler status=1", "{\"ErrorType\":\"HandlerFailed\"*" },
	{ 0 },
};
static const struct scene inherited_on_replay[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "fail s status=1 error={\"e\":1}", "a *" },
	{ "", "restart", "" },
	{ "a", "open step s", "a OUTCOME! FAILED replayed error={\"e\":1}" },
	{ "a", "bye status=1", "" },
	{ "", "handler status=1", "{\"e\":1}" },
	{ 0 },
};

/* A context inherits in the same way, when its client asks for it. */
static const struct scene context_inherits[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step s in c", "b RUN 1" },
	{ "b", "fail s status=1 error={\"e\":1}", "b *" },
	{ "b", "bye status=1", "" },
	{ "b", "gone", "" },
	{ "a", "fail c status=1 inherit error={\"e\":2}",
	    "a OUTCOME! FAILED own error={\"e\":1}" },
	{ "a", "open child d", "a RUN 1" },
	{ "b", "open step s in d", "b RUN 1" },
	{ "b", "fail s status=1 error={\"e\":1}", "b *" },
	{ "b", "bye status=1", "" },
	{ "b", "gone", "" },
	{ "a", "fail d status=4 inherit error={\"e\":2}",
	    "a OUTCOME! FAILED own error={\"e\":2,\"ErrorData\":"
	    "\"{\\\"exitStatus\\\":4}\"}" },
	{ 0 },
};

/* What somebody else wrote into the data is not the context's status. */
static const struct scene context_says_its_status[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step s in c", "b RUN 1" },
	{ "b",
	    "fail s status=1 error={\"ErrorData\":\"{\\\"exitStatus\\\":7}\"}",
	    "b OUTCOME! FAILED own error={\"ErrorData\":"
	    "\"{\\\"exitStatus\\\":7}\"}" },
	{ "b", "bye status=1", "" },
	{ "b", "gone", "" },
	{ "a", "fail c status=1 inherit error={}",
	    "a OUTCOME! FAILED own error={\"ErrorData\":"
	    "\"{\\\"exitStatus\\\":1,\\\"data\\\":{\\\"exitStatus\\\":7}}\"}" },
	{ 0 },
};

/* `durable error`: of the last of that name that was met. */
static const struct scene get_error[] = {
	{ "a", "error s", "a MISSING" },
	{ "a", "open step s", "a RUN 1" },
	{ "b", "error s", "b MISSING" },
	{ "a", "fail s status=1 error={\"e\":1}", "a *" },
	{ "b", "error s", "b VALUE! = error={\"e\":1}" },
	{ "a", "open step s", "a RUN 1" },
	{ "a", "fail s status=1 error={\"e\":2}", "a *" },
	{ "b", "error s", "b VALUE! = error={\"e\":2}" },
	{ "c", "open child c", "c RUN 1" },
	{ "d", "error s in c", "d MISSING" },
	{ 0 },
};

/* A log line is silent until all that is recorded has been met. */
static const struct scene replaying[] = {
	{ "a", "log", "a VALUE =arn" },
	{ "a", "open step s", "a RUN 1" },
	{ "a", "ok s", "a *" },
	{ "a", "open step t", "a RUN 1" },
	{ "a", "ok t", "a *" },
	{ "", "restart", "" },
	{ "b", "log", "b VALUE replaying =arn" },
	{ "a", "open step s", "a OUTCOME! *" },
	{ "b", "log", "b VALUE replaying =arn" },
	{ "a", "open step t", "a OUTCOME! *" },
	{ "b", "log", "b VALUE =arn" },
	{ 0 },
};

/* What is put down is taken up once, in order, by kind, name and context. */
static const struct scene put_down[] = {
	{ "a", "put p =1", "a OK" },
	{ "a", "put q =2", "a OK" },
	{ "a", "undo-put p =3", "a OK" },
	{ "a", "put p =4", "a OK" },
	{ "a", "put =5", "a OK" },
	{ "c", "open child c", "c RUN 1" },
	{ "d", "take p in c", "d VALUE =" },
	{ "d", "put p in c =6", "d OK" },
	{ "a", "take p",
	    "a VALUE =\\x00\\x00\\x00\\x011\\x00\\x00\\x00\\x014" },
	{ "a", "take p", "a VALUE =" },
	{ "a", "put p =7", "a OK" },
	{ "a", "take", "a VALUE =\\x00\\x00\\x00\\x015" },
	{ "a", "take p", "a VALUE =\\x00\\x00\\x00\\x017" },
	{ "a", "take q", "a VALUE =\\x00\\x00\\x00\\x012" },
	{ "a", "undo-take p", "a VALUE =\\x00\\x00\\x00\\x013" },
	{ 0 },
};

static const struct scene input[] = {
	{ "a", "input", "a VALUE ={\"a\":1}" },
	{ "a", "result =1", "a OK" },
	{ "a", "result =2", "a OK" },
	{ "a", "result", "a OK" },
	{ 0 },
};
static const struct scene no_input[] = {
	{ "a", "input", "a VALUE none" },
	{ 0 },
};

/* Only the first verdict counts. */
static const struct scene usage[] = {
	{ "a", "usage =no such option", "USAGE no such option" },
	{ "b", "abort =cannot go on", "" },
	{ "a", "gone", "" },
	{ 0 },
};
static const struct scene abort_of_client[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "abort =disk full", "REFUSED disk full" },
	{ "a", "gone", "" },
	{ 0 },
};
static const struct scene stop[] = {
	{ "z", "stop error={\"e\":1}", "z OK; STOPPED {\"e\":1}" },
	{ "z", "gone", "" },
	{ 0 },
};
static const struct scene stop_without_error[] = {
	{ "z", "stop", "z OK; STOPPED" },
	{ 0 },
};

/* Somebody outside completes a callback; who waits for it is answered. */
static const struct scene completed[] = {
	{ "a", "await ask", "a MISSING" },
	{ "z", "complete =1", "z REFUSED =Invalid callback id*" },
	{ "z", "gone", "" },
	{ "a", "open callback ask seconds=60 ", "a OUTCOME! * =callback-id" },
	{ "a", "bye", "" },
	{ "a", "gone", "" },
	{ "b", "await ask", "" },
	{ "c", "await callback-id", "" },
	{ "", "blocked", "yes" },
	{ "z", "heartbeat", "z OK!" },
	{ "", "blocked", "yes" },
	{ "z", "complete =\"yes\"",
	    "z OK!; c OUTCOME! SUCCEEDED =\"yes\"; b OUTCOME! * =\"yes\"" },
	{ "b", "await ask", "b OUTCOME! SUCCEEDED replayed =\"yes\"" },
	{ "z", "complete =1", "z REFUSED =*already completed*" },
	{ "", "restart", "" },
	{ "b", "open callback ask", "b OUTCOME! * =callback-id" },
	{ "b", "await ask", "b OUTCOME! SUCCEEDED replayed =\"yes\"" },
	{ 0 },
};
static const struct scene callback_timed_out[] = {
	{ "a", "open callback ask seconds=60", "a OUTCOME! * =callback-id" },
	{ "a", "await ask", "" },
	{ "", "@60 tick", "a OUTCOME! TIMED_OUT" },
	{ 0 },
};

/* A wait-for-callback: what waits goes on being the owner of its context. */
static const struct scene wait_for_callback[] = {
	{ "a", "open child w", "a RUN 1" },
	{ "a", "open callback ask in w", "a OUTCOME! * =callback-id" },
	{ "a", "open step s in w", "a RUN 1" },
	{ "a", "ok s", "a OUTCOME! SUCCEEDED own" },
	{ "", "blocked", "no" },
	{ "a", "await ask in w", "" },
	{ "", "blocked", "yes" },
	{ "z", "complete =1", "z OK!; a OUTCOME! SUCCEEDED =1" },
	{ "a", "ok w =1", "a OUTCOME! SUCCEEDED own" },
	{ 0 },
};

/* An operation whose client has gone has no owner who could be told. */
static const struct scene no_owner[] = {
	{ "a", "open child w", "a RUN 1" },
	{ "a", "open callback ask in w", "a OUTCOME! * =callback-id" },
	{ "a", "open step s in w", "a RUN 1" },
	{ "a", "await ask in w", "" },
	{ "a", "gone", "crash" },
	{ "b", "name in w error={}", "b OK" },
	{ "b", "name in s error={}", "b OK" },
	{ "b", "ok w", "REFUSED an update of an operation that its sender *" },
	{ 0 },
};

static const struct scene invoked[] = {
	{ "a", "open invoke f", "invoke" },
	{ "", "blocked", "yes" },
	{ "b", "open invoke broken",
	    "invoke; b OUTCOME! FAILED error={\"ErrorType\":\"Invoke.*\"}" },
	{ "", "restart", "" },
	{ "b", "open invoke broken", "b OUTCOME! FAILED replayed error=*" },
	{ "a", "open invoke f", "*" },
	{ "", "settle f =2", "a OUTCOME! SUCCEEDED =2" },
	{ 0 },
};

/* What no client of ours sends is refused before it does harm. */
static const struct scene malformed[] = {
	{ "z", "stop error={}", "z OK; STOPPED {}" },
	{ "z", "open execution x", "z REFUSED =request 1 of process 1 is *" },
	{ "z", "open nonsense x", "z REFUSED =request 1 of process 1 is *" },
	{ "z", "open stepchild x", "z REFUSED =request 1 of process 1 is *" },
	{ "z", "open wait x seconds=-1", "z REFUSED *" },
	{ "z", "open wait x seconds=31622401", "z REFUSED *" },
	{ "z", "stop error={", "z REFUSED *" },
	{ "z", "stop error=[]", "z REFUSED *" },
	{ "z", "name", "z REFUSED *" },
	{ "z", "stop error={\"e\":\n1}", "z REFUSED *" },
	{ "z", "function", "z REFUSED =the end of a shell function *" },
	{ "", "open?", "open:" },
	{ "", "recorded", "" },
	{ 0 },
};

static void
a_callback_is_completed_from_outside(void **state)
{
	(void)state;
	story_tell(completed);
	story_tell(callback_timed_out);
	story_tell(wait_for_callback);
	story_tell(no_owner);
}

static void
an_invoke_waits_for_its_outcome(void **state)
{
	(void)state;
	story_tell(invoked);
}

static void
malformed_requests_are_refused(void **state)
{
	(void)state;
	story_tell(malformed);
}

static void
the_deciding_branch_closes_the_others(void **state)
{
	(void)state;
	story_tell(decided);
}

static void
a_closed_context_is_not_answered(void **state)
{
	(void)state;
	story_tell(orphans);
	story_tell(no_orphans);
	story_tell(not_open);
}

static void
only_the_owner_updates(void **state)
{
	(void)state;
	story_tell(not_owner);
	story_tell(owner_again);
	story_tell(start_again);
}

static void
going_without_a_goodbye_is_a_crash(void **state)
{
	(void)state;
	story_tell(goodbye);
}

static void
a_named_error_is_told_to_its_client(void **state)
{
	(void)state;
	story_tell(named_in_step);
	story_tell(named_in_handler);
}

static void
errors_are_inherited_by_status(void **state)
{
	(void)state;
	story_tell(inherited);
	story_tell(inherited_on_replay);
	story_tell(context_inherits);
	story_tell(context_says_its_status);
}

static void
errors_can_be_asked_for(void **state)
{
	(void)state;
	story_tell(get_error);
}

static void
a_context_replays_until_all_is_met(void **state)
{
	(void)state;
	story_tell(replaying);
}

static void
what_is_put_down_is_taken_up_once(void **state)
{
	(void)state;
	story_tell(put_down);
}

static void
input_and_result_are_kept(void **state)
{
	(void)state;
	story_tell(input);
	story_run(&(struct story){ .scenes = no_input, .is_journal = true });
}

static void
the_first_verdict_counts(void **state)
{
	(void)state;
	story_tell(usage);
	story_tell(abort_of_client);
	story_tell(stop);
	story_tell(stop_without_error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_deciding_branch_closes_the_others),
		cmocka_unit_test(a_closed_context_is_not_answered),
		cmocka_unit_test(only_the_owner_updates),
		cmocka_unit_test(going_without_a_goodbye_is_a_crash),
		cmocka_unit_test(a_named_error_is_told_to_its_client),
		cmocka_unit_test(errors_are_inherited_by_status),
		cmocka_unit_test(errors_can_be_asked_for),
		cmocka_unit_test(a_context_replays_until_all_is_met),
		cmocka_unit_test(what_is_put_down_is_taken_up_once),
		cmocka_unit_test(input_and_result_are_kept),
		cmocka_unit_test(the_first_verdict_counts),
		cmocka_unit_test(malformed_requests_are_refused),
		cmocka_unit_test(a_callback_is_completed_from_outside),
		cmocka_unit_test(an_invoke_waits_for_its_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
