/*
 * test_family.c - family.h: whose child a file is, and what goes with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "store/arn.h"
#include "store/family.h"

#define PARENT "p.jsonl"

static char op_id[] = "11112222333344445555666677778888-0000000000000000";

static struct err e; /* of the last call */

/* PARENT, as an execution of its own. */
static struct header
parent_header(void)
{
	struct header h = sample_header();

	h.parent = h.parent_op = NULL;
	return h;
}

static void
commit(struct context *c)
{
	struct backend *b = context_backend(c);

	if (b->ops->commit(b, true, &e) < 0)
		fail_msg("%s", e.text);
}

static void
end(struct context *c, enum event_type event)
{
	struct record r = { .time = SAMPLE_TIME, .event = event };
	struct backend *b = context_backend(c);

	assert_int_equal(b->ops->event(b, &r, &e), 0);
	commit(c);
}

/* An open parent that has started the invoke op_id. */
static struct context *
make_parent(void)
{
	struct header h = parent_header();
	struct context *c = context_create(PARENT, &h, &e);
	struct update u = { .id = op_id,
		.type = OP_INVOKE,
		.subtype = SUB_INVOKE,
		.action = ACTION_START };

	assert_non_null(c);
	assert_int_equal(context_backend(c)->ops->update(context_backend(c), &u,
			     SAMPLE_TIME, &e),
	    0);
	commit(c);
	return c;
}

/* The file of its child, or of a stranger at that path, which has ended so. The
 * caller frees what it returns. */
static char *
make_child(enum event_type ended, bool is_stranger)
{
	struct header own = parent_header(), h = sample_header();
	char *path = child_path(PARENT, &own, op_id), id[CHILD_ID_SIZE];
	struct context *c;

	child_id(&own, op_id, id);
	if (!is_stranger)
		h.id = id;
	h.parent = (char *)(uintptr_t)PARENT;
	h.parent_op = op_id;
	c = context_create(path, &h, &e);
	assert_non_null(c);
	if (ended != EVENT_NONE)
		end(c, ended);
	context_close(c, false);
	return path;
}

static enum event_type
end_of(const char *path)
{
	struct execution_state s;
	enum event_type ended;

	assert_int_equal(context_read(path, &s, NULL, NULL, NULL, &e), 0);
	ended = s.ended;
	execution_state_clear(&s);
	return ended;
}

static void
child_is_of_the_id_that_made_it(void **state)
{
	struct header parent = parent_header(), child = sample_header();
	char id[CHILD_ID_SIZE],
	    other[] = "0d9d1f7e-6a3d-4b8e-9a57-000000000000";

	(void)state;
	child.id = id;
	child_id(&parent, child.parent_op, id);
	assert_true(child_is_of(&child, &parent));
	parent.id = other;
	assert_false(child_is_of(&child, &parent));
	assert_false(child_is_of(&parent, &child));
}

static void
removal_takes_what_has_ended(void **state)
{
	struct family_removal how = { false, NULL };
	struct context *c = make_parent();
	char *child = make_child(EVENT_EXECUTION_FAILED, false);

	(void)state;
	assert_int_equal(family_remove(c, &how, &e), 0);
	assert_int_equal(access(child, F_OK), -1);
	assert_int_equal(access(PARENT, F_OK), -1);
	context_close(c, false);
	free(child);
}

static void
removal_takes_what_is_open_when_told(void **state)
{
	struct family_removal how = { false, NULL };
	struct context *c = make_parent(), *running;
	char *child = make_child(EVENT_NONE, false);

	(void)state;
	assert_int_equal(family_remove(c, &how, &e), 0);
	assert_int_equal(access(child, F_OK), 0);
	context_close(c, false);

	c = make_parent();
	how.takes_open = true;
	running = context_open(child, NULL, &e);
	assert_int_equal(family_remove(c, &how, &e), -1);
	assert_int_equal(e.code, ERR_BUSY);
	assert_int_equal(access(PARENT, F_OK), 0);
	context_close(running, false);
	assert_int_equal(family_remove(c, &how, &e), 0);
	assert_int_equal(access(child, F_OK), -1);
	context_close(c, false);
	free(child);
}

static void
removal_leaves_a_stranger(void **state)
{
	struct family_removal how = { true, NULL };
	struct context *c = make_parent();
	char *child = make_child(EVENT_EXECUTION_FAILED, true);

	(void)state;
	assert_int_equal(family_remove(c, &how, &e), 0);
	assert_int_equal(unlink(child), 0);
	context_close(c, false);
	free(child);
}

static void
reopening_goes_to_what_is_awaited(void **state)
{
	struct context *c = make_parent();
	char *child = make_child(EVENT_EXECUTION_STOPPED, false);

	(void)state;
	end(c, EVENT_EXECUTION_STOPPED);
	assert_int_equal(family_reopen(c, SAMPLE_TIME, &e), 0);
	assert_int_equal(end_of(child), EVENT_NONE);
	assert_int_equal(end_of(PARENT), EVENT_NONE);
	context_close(c, false);
	assert_int_equal(unlink(child) + unlink(PARENT), 0);
	free(child);
}

static void
reopening_leaves_what_succeeded(void **state)
{
	struct context *c = make_parent();
	char *child = make_child(EVENT_EXECUTION_SUCCEEDED, false);

	(void)state;
	end(c, EVENT_EXECUTION_FAILED);
	assert_int_equal(family_reopen(c, SAMPLE_TIME, &e), 0);
	assert_int_equal(end_of(child), EVENT_EXECUTION_SUCCEEDED);
	context_close(c, false);
	assert_int_equal(unlink(child) + unlink(PARENT), 0);
	free(child);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_is_of_the_id_that_made_it),
		cmocka_unit_test(removal_takes_what_has_ended),
		cmocka_unit_test(removal_takes_what_is_open_when_told),
		cmocka_unit_test(removal_leaves_a_stranger),
		cmocka_unit_test(reopening_goes_to_what_is_awaited),
		cmocka_unit_test(reopening_leaves_what_succeeded),
	};

	return cmocka_run_group_tests(tests, sample_enter_folder,
	    sample_leave_folder);
}
