/*
 * test_identity.c - engine.h: does what is asked for match what is recorded?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story.h"

/* What is put in, taken out or moved disturbs nothing that is named. */
static const struct scene moved[] = {
	{ "a", "open step one", "a RUN 1" },
	{ "a", "ok one =1", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step two", "a RUN 1" },
	{ "a", "ok two =2", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open step two", "a OUTCOME! SUCCEEDED replayed =2" },
	{ "a", "open step one", "a OUTCOME! SUCCEEDED replayed =1" },
	{ "a", "open step three", "a RUN 1" },
	{ 0 },
};

/* The same name again is the next occurrence, under each parent anew. */
static const struct scene again[] = {
	{ "a", "open step x", "a RUN 1" },
	{ "a", "ok x =1", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step x", "a RUN 1" },
	{ "a", "ok x =2", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step x in c", "b RUN 1" },
	{ "b", "ok x =3", "b OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open step x", "a OUTCOME! SUCCEEDED replayed =1" },
	{ "a", "open step x", "a OUTCOME! SUCCEEDED replayed =2" },
	{ "a", "open child c", "a RUN 1 replayed" },
	{ "b", "open step x in c", "b OUTCOME! SUCCEEDED replayed =3" },
	{ "b", "open step x in c", "b RUN 1" },
	{ 0 },
};

/* But not while the first is open: which is which would be chance. */
static const struct scene at_once[] = {
	{ "a", "open step x", "a RUN 1" },
	{ "b", "open step x",
	    "REFUSED step 'x' is opened while another of that name *" },
	{ 0 },
};
static const struct scene unnamed_at_once[] = {
	{ "a", "open step", "a RUN 1" },
	{ "b", "open wait seconds=1", "" },
	{ "c", "open step",
	    "REFUSED an unnamed step is opened while another of that *" },
	{ 0 },
};

/* Branches and items bring their number, and may be open together. */
static const struct scene numbered[] = {
	{ "a", "open map m", "a RUN 1" },
	{ "a", "open item x n=1 in m", "a RUN 1" },
	{ "a", "open item x n=2 in m", "a RUN 1" },
	{ "a", "ok x =2", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open map m", "a RUN 1 replayed" },
	{ "a", "open item x n=2 in m", "a OUTCOME! SUCCEEDED replayed =2" },
	{ "a", "open item x n=1 in m", "a RUN 1 replayed" },
	{ 0 },
};

static const struct scene other_type[] = {
	{ "a", "open step x", "a RUN 1" },
	{ "a", "ok x", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open wait x seconds=1",
	    "REFUSED 'x' is a wait here and was a step before in the same *" },
	{ 0 },
};
static const struct scene other_subtype[] = {
	{ "a", "open step x", "a RUN 1" },
	{ "a", "ok x", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open condition x",
	    "REFUSED 'x' is a * in the script and a step in the log: *" },
	{ 0 },
};
static const struct scene other_type_elsewhere[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step x in c", "b RUN 1" },
	{ "b", "ok x", "b OUTCOME! SUCCEEDED own" },
	{ "b", "bye", "" },
	{ "b", "gone", "" },
	{ "a", "ok c", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open wait x seconds=1", "" },
	{ 0 },
};

/* Another command line is told once, and the recorded result is used. */
static const struct scene other_command[] = {
	{ "a", "open step x cmd=old", "a RUN 1" },
	{ "a", "ok x =1", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open step x cmd=new",
	    "notice step 'x' has another command line than the one recorded; "
	    "the recorded result is used; "
	    "a OUTCOME! SUCCEEDED replayed =1" },
	{ 0 },
};

/* --digest none; and a step that did not finish may be changed at will. */
static const struct scene no_digest[] = {
	{ "a", "open step x cmd=old nodigest", "a RUN 1" },
	{ "a", "ok x =1", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step y cmd=old", "a RUN 1" },
	{ "", "restart", "" },
	{ "a", "open step x cmd=new nodigest",
	    "a OUTCOME! SUCCEEDED replayed =1" },
	{ "a", "open step y cmd=new", "a RUN 1" },
	{ 0 },
};

/* Where order is part of the identity a changed command is refused. */
static const struct scene other_command_again[] = {
	{ "a", "open step x cmd=1", "a RUN 1" },
	{ "a", "ok x =1", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step x cmd=2", "a RUN 1" },
	{ "a", "ok x =2", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open step x cmd=2",
	    "REFUSED step 'x' has another command line * met more than once*" },
	{ 0 },
};
static const struct scene other_command_second[] = {
	{ "a", "open step x cmd=1", "a RUN 1" },
	{ "a", "ok x =1", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step x cmd=2", "a RUN 1" },
	{ "", "restart", "" },
	{ "a", "open step x cmd=1", "a OUTCOME! SUCCEEDED replayed =1" },
	{ "a", "open step x cmd=3",
	    "REFUSED step 'x' has another command line * met more than once*" },
	{ 0 },
};
static const struct scene other_command_at_once[] = {
	{ "a", "open step x cmd=1", "a RUN 1" },
	{ "b", "open step y cmd=2", "b RUN 1" },
	{ "b", "ok y", "b OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open step x cmd=1", "a RUN 1" },
	{ "b", "open step y cmd=3",
	    "REFUSED step 'y' has another command line * at the same time*" },
	{ 0 },
};

/* A named branch is known by its name, whatever runs beside it. */
static const struct scene other_branch[] = {
	{ "a", "open parallel p", "a RUN 1" },
	{ "a", "open branch x cmd=1 n=1 in p", "a RUN 1" },
	{ "a", "open branch y cmd=2 n=1 in p", "a RUN 1" },
	{ "a", "ok y =2", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open parallel p", "a RUN 1 replayed" },
	{ "a", "open branch x cmd=1 n=1 in p", "a RUN 1 replayed" },
	{ "a", "open branch y cmd=3 n=1 in p",
	    "notice branch 'y' has another *; "
	    "a OUTCOME! SUCCEEDED replayed =2" },
	{ 0 },
};

static const struct scene strict_command[] = {
	{ "a", "open step x cmd=old", "a RUN 1" },
	{ "a", "ok x =1", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open step x cmd=new",
	    "REFUSED step 'x' has another command line * --strict *" },
	{ 0 },
};

/* Finished operations that the script does not come to are named once, in
 * front of the first new one. */
static const struct scene unmet[] = {
	{ "a", "open step x", "a RUN 1" },
	{ "a", "ok x", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open wait seconds=1", "" },
	{ "", "@1 tick", "a OUTCOME! SUCCEEDED" },
	{ "a", "open step unfinished", "a RUN 1" },
	{ "", "restart", "" },
	{ "a", "open step new",
	    "notice the log has operations that the script did not come to: "
	    "step 'x', wait; a RUN 1" },
	{ "a", "ok new", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step newer", "a RUN 1" },
	{ "", "unmet", "" },
	{ 0 },
};
static const struct scene unmet_at_the_end[] = {
	{ "a", "open step x", "a RUN 1" },
	{ "a", "ok x", "a OUTCOME! SUCCEEDED own" },
	{ "", "unmet", "" },
	{ "", "restart", "" },
	{ "", "unmet", "notice the log has * come to: step 'x'" },
	{ "", "unmet", "" },
	{ 0 },
};
static const struct scene unmet_many[] = {
	{ "a", "open step 1", "a RUN 1" },
	{ "a", "ok 1", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step 2", "a RUN 1" },
	{ "a", "ok 2", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step 3", "a RUN 1" },
	{ "a", "ok 3", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step 4", "a RUN 1" },
	{ "a", "ok 4", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step 5", "a RUN 1" },
	{ "a", "ok 5", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step 6", "a RUN 1" },
	{ "a", "ok 6", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "", "unmet",
	    "notice *: step '1', step '2', step '3', step '4', step '5', ..." },
	{ 0 },
};
static const struct scene strict_unmet[] = {
	{ "a", "open step x", "a RUN 1" },
	{ "a", "ok x", "a OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "", "unmet", "the log has operations * come to: step 'x'" },
	{ "a", "open step new",
	    "REFUSED the log has operations * come to: step 'x'" },
	{ 0 },
};
static const struct scene unmet_in_a_child[] = {
	{ "a", "open child c", "a RUN 1" },
	{ "b", "open step x in c", "b RUN 1" },
	{ "b", "ok x", "b OUTCOME! SUCCEEDED own" },
	{ "", "restart", "" },
	{ "a", "open child c", "a RUN 1 replayed" },
	{ "b", "open step y in c", "notice * come to: step 'x'; b RUN 1" },
	{ 0 },
};

static const struct scene in_a_step[] = {
	{ "a", "open step x", "a RUN 1" },
	{ "b", "open step y in x",
	    "REFUSED a durable operation inside the command of a step: *" },
	{ 0 },
};

/* In a journal a name is the identity, and refusals are answers. */
static const struct scene journal[] = {
	{ "a", "open step x cmd=1", "a RUN 1" },
	{ "a", "ok x =1", "a OUTCOME! SUCCEEDED own" },
	{ "a", "open step x cmd=1", "a OUTCOME! SUCCEEDED replayed =1" },
	{ "b", "open step x cmd=2",
	    "b REFUSED =step 'x' has another command line * journal *" },
	{ "b", "gone", "" },
	{ "", "restart", "" },
	{ "a", "open step y cmd=1", "a RUN 1" },
	{ "b", "open step y cmd=1", "b REFUSED =step 'y' is opened while *" },
	{ "c", "open wait x seconds=1",
	    "c REFUSED ='x' is a wait in the script and a step in the log*" },
	{ "", "unmet", "" },
	{ 0 },
};

/* Names are any bytes; what is shown and recorded is printable. */
static const struct scene shown[] = {
	{ "a", "open step a\tb\\", "a RUN 1" },
	{ "", "recorded", "START STEP a\\x09b\\x5c" },
	{ "b", "open step a\tb\\", "REFUSED step 'a\\x09b\\x5c' is opened *" },
	{ 0 },
};

static void
names_are_found_wherever_they_are(void **state)
{
	(void)state;
	story_tell(moved);
	story_tell(again);
	story_tell(numbered);
}

static void
equal_names_are_refused_at_once(void **state)
{
	(void)state;
	story_tell(at_once);
	story_tell(unnamed_at_once);
}

static void
a_name_of_another_type_is_refused(void **state)
{
	(void)state;
	story_tell(other_type);
	story_tell(other_subtype);
	story_tell(other_type_elsewhere);
}

static void
another_command_line_is_told(void **state)
{
	(void)state;
	story_tell(other_command);
	story_tell(no_digest);
	story_tell(other_branch);
}

static void
another_command_line_is_refused_where_order_counts(void **state)
{
	(void)state;
	story_tell(other_command_again);
	story_tell(other_command_second);
	story_tell(other_command_at_once);
}

static void
what_is_skipped_is_told_once(void **state)
{
	(void)state;
	story_tell(unmet);
	story_tell(unmet_at_the_end);
	story_tell(unmet_many);
	story_tell(unmet_in_a_child);
}

static void
strict_makes_both_errors(void **state)
{
	(void)state;
	story_run(&(struct story){ .scenes = strict_command, .strict = true });
	story_run(&(struct story){ .scenes = strict_unmet, .strict = true });
}

static void
a_step_holds_no_operations(void **state)
{
	(void)state;
	story_tell(in_a_step);
}

static void
a_journal_goes_by_names(void **state)
{
	(void)state;
	story_run(&(struct story){ .scenes = journal, .is_journal = true });
}

static void
names_are_any_bytes(void **state)
{
	(void)state;
	story_tell(shown);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_wherever_they_are),
		cmocka_unit_test(equal_names_are_refused_at_once),
		cmocka_unit_test(a_name_of_another_type_is_refused),
		cmocka_unit_test(another_command_line_is_told),
		cmocka_unit_test(
		    another_command_line_is_refused_where_order_counts),
		cmocka_unit_test(what_is_skipped_is_told_once),
		cmocka_unit_test(strict_makes_both_errors),
		cmocka_unit_test(a_step_holds_no_operations),
		cmocka_unit_test(a_journal_goes_by_names),
		cmocka_unit_test(names_are_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
