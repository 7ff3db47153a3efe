/*
 * test_functions.c - engine/function.c: an operation in the hands of a shell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story.h"

/* The first client goes; the operation stays open, and holds what waits. */
static const struct scene step[] = {
	{ "a", "open step s function n=7", "a RUN 1" },
	{ "", "shells", "7" },
	{ "a", "bye", "" },
	{ "a", "gone", "" },
	{ "", "shells", "7!" },
	{ "w", "open wait w seconds=60", "" },
	{ "", "blocked", "no" },
	{ "b", "return s n=7", "b RUN 1" },
	{ "", "shells", "7" },
	{ "", "blocked", "no" },
	{ "b", "ok s =x", "b OUTCOME! SUCCEEDED own" },
	{ "b", "bye", "" },
	{ "", "shells", "" },
	{ "b", "gone", "" },
	{ "", "blocked", "yes" },
	{ "c", "open step t function n=7", "c RUN 1" },
	{ 0 },
};

/* What is recorded is handed out, and nothing is left to the shell. */
static const struct scene replay[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "ok s =x", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "b", "open step s function n=7", "b OUTCOME! SUCCEEDED replayed =x" },
	{ "b", "bye", "" },
	{ "", "shells", "" },
	{ "", "blocked", "no" },
	{ 0 },
};

/* A child's body is what its operations do. */
static const struct scene child[] = {
	{ "a", "open child c function n=7", "a RUN 1" },
	{ "a", "bye", "" },
	{ "", "blocked", "no" },
	{ "w", "open wait w seconds=60 in c", "" },
	{ "", "blocked", "yes" },
	{ "b", "open step s function n=8 in c", "b RUN 1" },
	{ "b", "bye", "" },
	{ "", "shells", "8!; 7!" },
	{ "", "blocked", "no" },
	{ "b", "gone", "" },
	{ "d", "return s n=8 in c", "d RUN 1" },
	{ "d", "ok s", "d OUTCOME! SUCCEEDED own" },
	{ "d", "bye", "" },
	{ "", "blocked", "yes" },
	{ 0 },
};

/* The second client waits for the next attempt, and leaves that to the shell
 * again. What an attempt has named is that attempt's. */
static const struct scene retry[] = {
	{ "a", "@1 open step s function n=7", "a RUN 1" },
	{ "a", "bye", "" },
	{ "x", "name in s error={}", "x OK" },
	{ "b", "return s n=7", "b NAMED*; b RUN 1" },
	{ "b", "retry s seconds=1 error={}", "" },
	{ "", "blocked", "yes" },
	{ "", "@2 tick", "b RUN 2 error={}" },
	{ "b", "bye", "" },
	{ "", "shells", "7!" },
	{ "", "blocked", "no" },
	{ "c", "return s n=7", "c RUN 2 error={}" },
	{ "c", "fail s error={}", "c OUTCOME! FAILED own error={}" },
	{ 0 },
};

/* A client that is killed with the operation in hand is a crash as ever. */
static const struct scene killed[] = {
	{ "a", "open step s function n=7", "a RUN 1" },
	{ "a", "gone", "crash" },
	{ "", "shells", "" },
	{ 0 },
};

static const struct scene other_shell[] = {
	{ "a", "open step s function n=7", "a RUN 1" },
	{ "a", "bye", "" },
	{ "b", "return s n=8", "REFUSED the end of a shell function *" },
	{ 0 },
};

static const struct scene not_left[] = {
	{ "a", "open step s function n=7", "a RUN 1" },
	{ "b", "return s n=7", "REFUSED the end of a shell function *" },
	{ 0 },
};

static const struct scene no_function[] = {
	{ "a", "open step s", "a RUN 1" },
	{ "a", "bye", "" },
	{ "b", "return s n=7", "REFUSED the end of a shell function *" },
	{ 0 },
};

static const struct scene no_shell[] = {
	{ "a", "open step s function", "REFUSED *not well-formed" },
	{ 0 },
};

static const struct scene no_body[] = {
	{ "a", "open wait w seconds=1 function n=7",
	    "REFUSED *not well-formed" },
	{ 0 },
};

/* In a branch that nobody needs any more the shell may go. */
static const struct scene closed[] = {
	{ "p", "open parallel p", "p RUN 1" },
	{ "p", "open branch l n=1 in p", "p RUN 1" },
	{ "p", "open branch r n=2 in p", "p RUN 1" },
	{ "a", "open step s function n=7 in r", "a RUN 1" },
	{ "a", "bye", "" },
	{ "", "shells", "7!" },
	{ "p", "ok l decided", "*closed*SUCCEEDED own" },
	{ "", "shells", "" },
	{ 0 },
};

/* A batch, whose branches are subshells: nothing is left to the shell. */
static const struct scene batch[] = {
	{ "p", "open parallel p function n=7", "p RUN 1" },
	{ "", "shells", "7" },
	{ "p", "open branch l n=1 in p", "p RUN 1" },
	{ "p", "subshell l n=8 in p", "" },
	{ "p", "ok l decided", "p OUTCOME! SUCCEEDED own" },
	{ "p", "ok p", "p OUTCOME! SUCCEEDED own" },
	{ "p", "bye", "" },
	{ "", "shells", "" },
	{ 0 },
};

/* The subshells of branches that nobody needs are to be ended, also of those
 * that are deeper. */
static const struct scene subshells[] = {
	{ "p", "open parallel p function n=7", "p RUN 1" },
	{ "p", "open branch l n=1 in p", "p RUN 1" },
	{ "p", "subshell l n=11 in p", "" },
	{ "p", "open branch r n=2 in p", "p RUN 1" },
	{ "p", "subshell r n=12 in p", "" },
	{ "q", "open map q function n=12 in r", "q RUN 1" },
	{ "q", "open item i n=1 in q", "q RUN 1" },
	{ "q", "subshell i n=13 in q", "" },
	{ "p", "ok l decided", "end 12; end 13; *closed*SUCCEEDED own" },
	{ 0 },
};

static const struct scene foreign_subshell[] = {
	{ "p", "open parallel p function n=7", "p RUN 1" },
	{ "p", "open branch l n=1 in p", "p RUN 1" },
	{ "q", "subshell l n=11", "REFUSED the subshell of a branch *" },
	{ 0 },
};

static const struct scene no_subshell[] = {
	{ "p", "open parallel p function n=7", "p RUN 1" },
	{ "p", "open branch l n=1 in p", "p RUN 1" },
	{ "p", "subshell l in p", "REFUSED the subshell of a branch *" },
	{ 0 },
};

static const struct scene journal[] = {
	{ "a", "open step s function n=7", "a REFUSED *a journal*" },
	{ 0 },
};

static void
functions_are_followed(void **state)
{
	(void)state;
	story_tell(step);
	story_tell(replay);
	story_tell(child);
	story_tell(retry);
	story_tell(killed);
	story_tell(closed);
	story_tell(batch);
	story_tell(subshells);
}

static void
what_cannot_be_is_refused(void **state)
{
	(void)state;
	story_tell(other_shell);
	story_tell(not_left);
	story_tell(no_function);
	story_tell(no_shell);
	story_tell(no_body);
	story_tell(foreign_subshell);
	story_tell(no_subshell);
	story_run(&(struct story){ .scenes = journal, .is_journal = true });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_followed),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
