/*
 * test_waiters.c - engine.h: who waits, and when is everything blocked?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story.h"

/* Nobody there, or nobody who waits: there is nothing to suspend for. */
static const struct scene nobody[] = {
	{ "", "blocked", "no" },
	{ "a", "open step s", "a RUN 1" },
	{ "", "blocked", "no" },
	{ "a", "ok s", "a OUTCOME! SUCCEEDED own" },
	{ "", "blocked", "no" },
	{ "a", "bye", "" },
	{ "a", "gone", "" },
	{ "", "blocked", "no" },
	{ 0 },
};

/* In one context: one that runs a command holds all, one that only prints
 * does not. */
static const struct scene background[] = {
	{ "a", "open wait w seconds=60", "" },
	{ "", "blocked", "yes" },
	{ "b", "open step s", "b RUN 1" },
	{ "", "blocked", "no" },
	{ "b", "ok s", "b OUTCOME! SUCCEEDED own" },
	{ "", "blocked", "yes" },
	{ "c", "log", "c VALUE =arn" },
	{ "", "blocked", "yes" },
	{ "b", "retry s seconds=1", "REFUSED an update *" },
	{ 0 },
};

/* A request that is held back is a request in hand. */
static const struct scene held[] = {
	{ "a", "open wait w seconds=60", "" },
	{ "b", "open step s", "b RUN 1" },
	{ "b", "hold", "" },
	{ "", "blocked", "no" },
	{ "b", "release", "" },
	{ "b", "fail s error={}", "b OUTCOME! FAILED own error={}" },
	{ "", "blocked", "yes" },
	{ "b", "hold", "" },
	{ "", "blocked", "no" },
	{ "b", "release", "" },
	{ "a", "hold", "" },
	{ "", "blocked", "no" },
	{ 0 },
};

/* A child is blocked when its body is. */
static const struct scene child[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "", "blocked", "no" },
	{ "b", "open wait w in c seconds=60", "" },
	{ "", "blocked", "yes" },
	{ "d", "open step s in c", "d RUN 1" },
	{ "", "blocked", "no" },
	{ "d", "retry s seconds=1 error={}", "" },
	{ "", "blocked", "yes" },
	{ "", "@1 tick", "d RUN 2 error={}" },
	{ "", "blocked", "no" },
	{ 0 },
};

/* A parallel is blocked when all its open branches are; those that wait for
 * a slot are not open. */
static const struct scene parallel[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "", "blocked", "no" },
	{ "a", "open branch x n=1 in p", "a RUN 1" },
	{ "", "blocked", "no" },
	{ "b", "open wait w in x seconds=60", "" },
	{ "", "blocked", "yes" },
	{ "a", "open branch y n=1 in p", "a RUN 1" },
	{ "", "blocked", "no" },
	{ "c", "open step s in y", "c RUN 1" },
	{ "", "blocked", "no" },
	{ "c", "ok s", "c OUTCOME! SUCCEEDED own" },
	{ "c", "bye", "" },
	{ "c", "gone", "" },
	{ "", "blocked", "no" },
	{ "a", "ok y", "a OUTCOME! SUCCEEDED own" },
	{ "", "blocked", "yes" },
	{ "", "@60 tick", "b OUTCOME! SUCCEEDED" },
	{ "", "blocked", "no" },
	{ 0 },
};

/* Nested: a parallel in a branch, a child in a branch of that. */
static const struct scene nested[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "a", "open branch x n=1 in p", "a RUN 1" },
	{ "a", "open branch y n=1 in p", "a RUN 1" },
	{ "b", "open parallel q in x", "b RUN 1" },
	{ "b", "open branch z n=1 in q", "b RUN 1" },
	{ "c", "open child c in z", "c RUN 1" },
	{ "d", "open wait w in c seconds=60", "" },
	{ "", "blocked", "no" },
	{ "e", "open wait v in y seconds=30", "" },
	{ "", "blocked", "yes" },
	{ "", "due", "30" },
	{ "", "@30 tick", "e OUTCOME! SUCCEEDED" },
	{ "", "blocked", "no" },
	{ "e", "bye", "" },
	{ "e", "gone", "" },
	{ "a", "ok y", "a OUTCOME! SUCCEEDED own" },
	{ "", "blocked", "yes" },
	{ "f", "open step s in z", "f RUN 1" },
	{ "", "blocked", "no" },
	{ 0 },
};

/* A parallel in the background beside a wait of the same context. */
static const struct scene parallel_in_background[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "a", "open branch x n=1 in p", "a RUN 1" },
	{ "b", "open wait w seconds=60", "" },
	{ "", "blocked", "no" },
	{ "c", "open wait v in x seconds=60", "" },
	{ "", "blocked", "yes" },
	{ "", "@60 tick", "* OUTCOME! SUCCEEDED; * OUTCOME! SUCCEEDED" },
	{ "", "blocked", "no" },
	{ 0 },
};

/* Once all are through, a batch is not blocked although nobody runs. */
static const struct scene between_branches[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "a", "open branch x n=1 in p", "a RUN 1" },
	{ "a", "ok x", "a OUTCOME! SUCCEEDED own" },
	{ "", "blocked", "no" },
	{ "a", "ok p", "a OUTCOME! SUCCEEDED own" },
	{ "", "blocked", "no" },
	{ 0 },
};

/* Two waits of two names in one context end each at its time. */
static const struct scene two_waits[] = {
	{ "a", "open wait w seconds=60", "" },
	{ "b", "open wait v seconds=30", "" },
	{ "", "blocked", "yes" },
	{ "", "due", "30" },
	{ "", "@30 tick", "b OUTCOME! SUCCEEDED" },
	{ "", "blocked", "yes" },
	{ "b", "gone", "crash" },
	{ "", "@60 tick", "a OUTCOME! SUCCEEDED" },
	{ 0 },
};

/* A wait that is over is not open: its name may come again. */
static const struct scene wait_again[] = {
	{ "a", "open wait w seconds=1", "" },
	{ "", "@1 tick", "a OUTCOME! SUCCEEDED" },
	{ "", "open?", "open:" },
	{ "a", "bye", "" },
	{ "a", "gone", "" },
	{ "b", "open wait w seconds=1", "" },
	{ "", "@2 tick", "b OUTCOME! SUCCEEDED" },
	{ 0 },
};

static void
only_waiting_blocks(void **state)
{
	(void)state;
	story_tell(nobody);
	story_tell(background);
	story_tell(two_waits);
	story_tell(wait_again);
}

static void
a_request_held_back_does_not_block(void **state)
{
	(void)state;
	story_tell(held);
}

static void
a_child_blocks_as_its_body_does(void **state)
{
	(void)state;
	story_tell(child);
}

static void
a_parallel_blocks_with_its_last_open_branch(void **state)
{
	(void)state;
	story_tell(parallel);
	story_tell(nested);
	story_tell(parallel_in_background);
	story_tell(between_branches);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_waiting_blocks),
		cmocka_unit_test(a_request_held_back_does_not_block),
		cmocka_unit_test(a_child_blocks_as_its_body_does),
		cmocka_unit_test(a_parallel_blocks_with_its_last_open_branch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
