/*
 * test_engine.c - engine.h: the life of each kind of operation, as histories.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story.h"

/* A step runs once; a replay hands back what is recorded. */
static const struct scene step[] = {
	{ "a", "open step charge cmd=pay", "a RUN 1" },
	{ "a", "open?", "open: charge" },
	{ "a", "ok charge =\"paid\"", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open?", "open:" },
	{ "a", "bye", "" },
	{ "a", "gone", "" },
	{ "", "recorded", "START STEP charge\nSUCCEED STEP charge" },
	{ "", "restart", "" },
	{ "b", "open step charge cmd=pay",
	    "b OUTCOME! SUCCEEDED replayed =\"paid\"" },
	{ "", "recorded", "START STEP charge\nSUCCEED STEP charge" },
	{ 0 },
};

/* A failure is an outcome too, with its error; nothing is run again. */
static const struct scene failed_step[] = {
	{ "a", "open step charge", "a RUN 1" },
	{ "a", "fail charge status=3 error={\"ErrorType\":\"X\"}",
	    "a OUTCOME! FAILED own error={\"ErrorType\":\"X\"}" },
	{ "", "restart", "" },
	{ "a", "open step charge",
	    "a OUTCOME! FAILED replayed error={\"ErrorType\":\"X\"}" },
	{ 0 },
};

/* An error of no bytes is none: it would be no JSON in the record. */
static const struct scene empty_error[] = {
	{ "a", "open step charge", "a RUN 1" },
	{ "a", "fail charge error=", "a OUTCOME! FAILED own" },
	{ "a", "bye status=1", "" },
	{ "", "handler status=1", "{\"ErrorType\":\"HandlerFailed\"*" },
	{ 0 },
};

/* An unnamed operation goes by its occurrence. */
static const struct scene unnamed[] = {
	{ "a", "open step", "a RUN 1" },
	{ "a", "ok a =1", "a OUTCOME! SUCCEEDED own" },
	{ "b", "open step", "b RUN 1" },
	{ "b", "ok b =2", "b OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open step", "a OUTCOME! SUCCEEDED replayed =1" },
	{ "a", "open step", "a OUTCOME! SUCCEEDED replayed =2" },
	{ "a", "open step", "a RUN 1" },
	{ 0 },
};

/* A step that a crash has cut off runs again. */
static const struct scene at_least_once[] = {
	{ "a", "open step charge", "a RUN 1" },
	{ "a", "gone", "crash" },
	{ "", "restart", "" },
	{ "a", "open step charge", "a RUN 1" },
	{ "a", "ok charge", "a OUTCOME! SUCCEEDED own" },
	{ 0 },
};

/* A client that is killed is a crash, whether or not it had asked: its shell
 * goes on with a status that nobody has recorded. */
static const struct scene killed_early[] = {
	{ "a", "gone", "crash" },
	{ "b", "bye", "" },
	{ "b", "gone", "" },
	{ 0 },
};

/* Unless it is to run at most once: its START is synced before the go-ahead,
 * and the client is told that the attempt was cut off. */
static const struct scene at_most_once[] = {
	{ "a", "open step charge once", "a RUN! 1" },
	{ "a", "gone", "crash" },
	{ "", "restart", "" },
	{ "a", "open step charge once", "a RUN 1 interrupted" },
	{ "a", "fail charge error={}", "a OUTCOME! FAILED own error={}" },
	{ 0 },
};

/* A retry waits for its time, then gets a START and the next number. */
static const struct scene retry[] = {
	{ "a", "open step charge once", "a RUN! 1" },
	{ "a", "@100 retry charge seconds=10 error={}", "" },
	{ "", "blocked", "yes" },
	{ "", "due", "110" },
	{ "", "@109 tick", "" },
	{ "", "@110 tick", "a RUN! 2 error={}" },
	{ "", "due", "never" },
	{ "", "blocked", "no" },
	{ "a", "retry charge seconds=5 =\"state\"", "" },
	{ "", "restart", "" },
	{ "b", "@112 open step charge once", "" },
	{ "", "blocked", "yes" },
	{ "", "@200 tick", "b RUN! 3 =\"state\"" },
	{ "b", "ok charge", "b OUTCOME! SUCCEEDED own" },
	{ "", "recorded",
	    "START STEP charge\nRETRY STEP charge\nSTART STEP charge\n"
	    "RETRY STEP charge\nSTART STEP charge\nSUCCEED STEP charge" },
	{ 0 },
};

/* Due while nobody was there: READY at once. */
static const struct scene retry_is_due[] = {
	{ "a", "open step charge", "a RUN 1" },
	{ "a", "@100 retry charge seconds=10 error={}", "" },
	{ "", "restart", "" },
	{ "", "@300 tick", "" },
	{ "a", "open step charge", "a RUN 2 error={}" },
	{ 0 },
};

static const struct scene wait[] = {
	{ "a", "@100 open wait nap seconds=60", "" },
	{ "", "blocked", "yes" },
	{ "", "due", "160" },
	{ "", "restart", "" },
	{ "", "@120 due", "160" },
	{ "a", "open wait nap seconds=60", "" },
	{ "", "blocked", "yes" },
	{ "", "@159 tick", "" },
	{ "", "@160 tick", "a OUTCOME! SUCCEEDED" },
	{ "", "blocked", "no" },
	{ "a", "bye", "" },
	{ "a", "gone", "" },
	{ "", "restart", "" },
	{ "a", "@300 open wait nap seconds=60",
	    "a OUTCOME! SUCCEEDED replayed" },
	{ 0 },
};

/* A client that is killed while it waits leaves nothing behind. */
static const struct scene waiter_is_killed[] = {
	{ "a", "@100 open wait nap seconds=60", "" },
	{ "a", "gone", "crash" },
	{ "", "blocked", "no" },
	{ "", "@160 tick", "" },
	{ 0 },
};

/* The id of a callback is there at once; it is no operation to wait for. */
static const struct scene callback[] = {
	{ "a", "open callback ask seconds=60",
	    "a OUTCOME! SUCCEEDED replayed =callback-id" },
	{ "", "blocked", "no" },
	{ "", "due", "60" },
	{ "", "restart", "" },
	{ "a", "open callback ask seconds=60",
	    "a OUTCOME! SUCCEEDED replayed =callback-id" },
	{ "", "@10 settle ask =\"yes\"", "" },
	{ "", "due", "never" },
	{ "", "restart", "" },
	{ "a", "open callback ask seconds=60",
	    "a OUTCOME! SUCCEEDED replayed =callback-id" },
	{ 0 },
};

/* A child runs its body; finished, the body is not run again. */
static const struct scene child[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step s in c", "b RUN 1" },
	{ "b", "ok s =1", "b OUTCOME! SUCCEEDED own" },
	{ "b", "bye", "" },
	{ "b", "gone", "" },
	{ "", "restart", "" },
	{ "a", "open child c", "a RUN 1 replayed" },
	{ "b", "open step s in c", "b OUTCOME! SUCCEEDED replayed =1" },
	{ "b", "bye", "" },
	{ "b", "gone", "" },
	{ "a", "ok c =2", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open child c", "a OUTCOME! SUCCEEDED replayed =2" },
	{ 0 },
};

/* A result that was too large is made again from the body's records. */
static const struct scene replay_children[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step s in c", "b RUN 1" },
	{ "b", "ok s =1", "b OUTCOME! SUCCEEDED own" },
	{ "a", "ok c children", "closed c; a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open child c", "a RUN 1 repeat replayed" },
	{ "b", "open step s in c", "b OUTCOME! SUCCEEDED replayed =1" },
	{ "b", "bye", "" },
	{ "b", "gone", "" },
	{ "a", "ok c", "a OUTCOME! SUCCEEDED own" },
	{ "", "recorded",
	    "START CONTEXT c\nSTART STEP s\nSUCCEED STEP s\n"
	    "SUCCEED CONTEXT c" },
	{ 0 },
};

/* Only what is recorded may stand in such a body. */
static const struct scene replay_children_new[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "a", "ok c children", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open child c", "a RUN 1 repeat replayed" },
	{ "b", "open step s in c",
	    "REFUSED step 's' is not in the log, but the context around it *" },
	{ 0 },
};

/* A flat branch is in no record, what is in it hangs below the batch. */
static const struct scene flat[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "a", "open branch b1 virtual in p", "a RUN 1" },
	{ "b", "open step s in b1", "b RUN 1" },
	{ "b", "ok s =1", "b OUTCOME! SUCCEEDED own" },
	{ "b", "bye", "" },
	{ "b", "gone", "" },
	{ "a", "ok b1 =x", "a OUTCOME! SUCCEEDED own" },
	{ "a", "ok p", "a OUTCOME! SUCCEEDED own" },
	{ "", "recorded",
	    "START CONTEXT p\nSTART STEP s\nSUCCEED STEP s\n"
	    "SUCCEED CONTEXT p" },
	{ 0 },
};

static const struct scene flat_replay[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "a", "open branch b1 virtual in p", "a RUN 1" },
	{ "b", "open step s in b1", "b RUN 1" },
	{ "b", "ok s =1", "b OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open parallel p", "a RUN 1 replayed" },
	{ "a", "open branch b1 virtual in p", "a RUN 1" },
	{ "b", "open step s in b1", "b OUTCOME! SUCCEEDED replayed =1" },
	{ "a", "fail b1 error={}",
	    "closed b1; a OUTCOME! FAILED own error={}" },
	{ 0 },
};

/* A batch that goes on asks for its branches' outcomes without opening. */
static const struct scene only_finished[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "a", "open branch b1 in p", "a RUN 1" },
	{ "a", "ok b1 =1", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open branch b2 in p", "a RUN 1" },
	{ "", "restart", "" },
	{ "a", "open parallel p", "a RUN 1 replayed" },
	{ "a", "open branch b1 in p finished",
	    "a OUTCOME! SUCCEEDED replayed =1" },
	{ "a", "open branch b2 in p finished", "a MISSING" },
	{ "a", "open branch b3 n=1 in p finished", "a MISSING" },
	{ "", "open?", "open: p" },
	{ 0 },
};

/* When the disk is full nothing is answered. */
static const struct scene full_disk[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "ok s", "the disk is full" },
	{ 0 },
};
static const struct scene full_at_open[] = {
	{ "a", "open step s", "the disk is full" },
	{ 0 },
};
static const struct scene full_at_wait[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "retry s seconds=1 error={}", "" },
	{ "", "@10 tick", "the disk is full" },
	{ 0 },
};

static void
steps_run_once(void **state)
{
	(void)state;
	story_tell(step);
	story_tell(failed_step);
	story_tell(empty_error);
	story_tell(unnamed);
}

static void
an_interrupted_step_runs_again(void **state)
{
	(void)state;
	story_tell(at_least_once);
}

static void
a_killed_client_is_a_crash(void **state)
{
	(void)state;
	story_tell(killed_early);
}

static void
an_interrupted_step_at_most_once_does_not(void **state)
{
	(void)state;
	story_tell(at_most_once);
}

static void
a_retry_waits_for_its_time(void **state)
{
	(void)state;
	story_tell(retry);
	story_tell(retry_is_due);
}

static void
a_wait_ends_at_its_time(void **state)
{
	(void)state;
	story_tell(wait);
	story_tell(waiter_is_killed);
}

static void
a_callback_has_its_id_at_once(void **state)
{
	(void)state;
	story_tell(callback);
}

static void
a_finished_context_is_not_run_again(void **state)
{
	(void)state;
	story_tell(child);
}

static void
a_large_context_is_only_repeated(void **state)
{
	(void)state;
	story_tell(replay_children);
	story_tell(replay_children_new);
}

static void
a_flat_branch_is_not_recorded(void **state)
{
	(void)state;
	story_tell(flat);
	story_tell(flat_replay);
}

static void
a_batch_looks_at_outcomes_only(void **state)
{
	(void)state;
	story_tell(only_finished);
}

static void
a_failed_backend_answers_nothing(void **state)
{
	(void)state;
	story_run(&(struct story){ .scenes = full_disk, .fail_after = 2 });
	story_run(&(struct story){ .scenes = full_at_open, .fail_after = 1 });
	story_run(&(struct story){ .scenes = full_at_wait, .fail_after = 3 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_run_once),
		cmocka_unit_test(an_interrupted_step_runs_again),
		cmocka_unit_test(a_killed_client_is_a_crash),
		cmocka_unit_test(an_interrupted_step_at_most_once_does_not),
		cmocka_unit_test(a_retry_waits_for_its_time),
		cmocka_unit_test(a_wait_ends_at_its_time),
		cmocka_unit_test(a_callback_has_its_id_at_once),
		cmocka_unit_test(a_finished_context_is_not_run_again),
		cmocka_unit_test(a_large_context_is_only_repeated),
		cmocka_unit_test(a_flat_branch_is_not_recorded),
		cmocka_unit_test(a_batch_looks_at_outcomes_only),
		cmocka_unit_test(a_failed_backend_answers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
