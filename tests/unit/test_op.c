/*
 * test_op.c - op.h: names both ways, and every arrow of the state machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "model/op.h"

static void
names_are_the_api_s(void **state)
{
	(void)state;
	assert_string_equal(op_type_name(OP_INVOKE), "CHAINED_INVOKE");
	assert_string_equal(op_subtype_name(SUB_NONE), "");
	assert_string_equal(op_subtype_name(SUB_CHILD), "RunInChildContext");
	assert_string_equal(op_subtype_name(SUB_MAP_ITEM), "MapIteration");
	assert_string_equal(op_status_name(STATUS_TIMED_OUT), "TIMED_OUT");
	assert_string_equal(op_action_name(ACTION_CANCEL), "CANCEL");
	assert_string_equal(op_noun(SUB_BRANCH), "branch");
}

static void
names_are_parsed_back(void **state)
{
	(void)state;
	for (int i = 0; i < OP_TYPES; i++) {
		const char *s = op_type_name((enum op_type)i);

		assert_int_equal(op_type_parse(s, strlen(s)), i);
		assert_int_equal(op_type_parse(s, strlen(s) - 1), -1);
	}
	for (int i = 0; i < SUB_TYPES; i++) {
		const char *s = op_subtype_name((enum op_subtype)i);

		assert_int_equal(op_subtype_parse(s, strlen(s)), i);
		assert_true(*op_noun((enum op_subtype)i));
	}
	for (int i = 0; i < ACTIONS; i++) {
		const char *s = op_action_name((enum op_action)i);

		assert_int_equal(op_action_parse(s, strlen(s)), i);
	}
}

static void
other_names_are_refused(void **state)
{
	static const char *const words[] = { "", "step", "STEPS", "Start ",
		"\xff" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);

		assert_int_equal(op_type_parse(words[i], n), -1);
		assert_int_equal(op_action_parse(words[i], n), -1);
		assert_int_equal(op_subtype_parse(words[i], n), n ? -1 : 0);
	}
	assert_int_equal(op_type_parse("STEP\0", 5), -1);
	assert_int_equal(op_type_parse(NULL, 0), -1);
}

static void
final_statuses_are_those_with_an_outcome(void **state)
{
	(void)state;
	for (int i = 0; i < STATUSES; i++)
		assert_int_equal(op_status_is_final((enum op_status)i),
		    i == STATUS_SUCCEEDED || i == STATUS_FAILED ||
			i == STATUS_CANCELLED || i == STATUS_TIMED_OUT ||
			i == STATUS_STOPPED);
}

/*
 * The statuses that START, SUCCEED, FAIL, RETRY and CANCEL lead to, as first
 * letters (P pending, C cancelled); a row that is not here has no arrows.
 */
static const struct {
	enum op_type type;
	enum op_status from;
	const char *to;
} arrows[] = {
	{ OP_EXECUTION, STATUS_STARTED, "-SF--" },
	{ OP_CONTEXT, STATUS_NONE, "s----" },
	{ OP_CONTEXT, STATUS_STARTED, "-SF--" },
	{ OP_STEP, STATUS_NONE, "sSFP-" },
	{ OP_STEP, STATUS_STARTED, "-SFP-" },
	{ OP_STEP, STATUS_READY, "sSFP-" },
	{ OP_WAIT, STATUS_NONE, "s----" },
	{ OP_WAIT, STATUS_STARTED, "----C" },
	{ OP_CALLBACK, STATUS_NONE, "s----" },
	{ OP_INVOKE, STATUS_NONE, "s----" },
};

static int
expected(enum op_type t, enum op_status s, enum op_action a)
{
	for (size_t i = 0; i < sizeof(arrows) / sizeof(*arrows); i++) {
		if (arrows[i].type != t || arrows[i].from != s)
			continue;
		switch (arrows[i].to[a]) {
		case 's':
			return STATUS_STARTED;
		case 'S':
			return STATUS_SUCCEEDED;
		case 'F':
			return STATUS_FAILED;
		case 'P':
			return STATUS_PENDING;
		case 'C':
			return STATUS_CANCELLED;
		}
	}
	return -1;
}

static void
the_state_machine_has_these_arrows_and_no_other(void **state)
{
	(void)state;
	for (int t = 0; t < OP_TYPES; t++)
		for (int s = 0; s < STATUSES; s++)
			for (int a = 0; a < ACTIONS; a++)
				assert_int_equal(op_next_status((enum op_type)t,
						     (enum op_status)s,
						     (enum op_action)a),
				    expected((enum op_type)t, (enum op_status)s,
					(enum op_action)a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_api_s),
		cmocka_unit_test(names_are_parsed_back),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(final_statuses_are_those_with_an_outcome),
		cmocka_unit_test(
		    the_state_machine_has_these_arrows_and_no_other),
	};

	return cmocka_run_group_tests_name("op", tests, NULL, NULL);
}
