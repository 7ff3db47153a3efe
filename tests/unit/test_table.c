/*
 * test_table.c - table.h: what updates make of the table, and what a reopened
 * execution is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "model/batch.h"
#include "model/opid.h"
#include "model/table.h"

enum { NOW = 1000000 };

/* An id that is made of a small number; digest tells two of them apart. */
static const char *
id_of(unsigned n, unsigned digest)
{
	static char ids[8][OPID_LEN + 1];
	static unsigned next;
	char *id = ids[next++ % 8];

	snprintf(id, OPID_LEN + 1, "%032x-%016x", n, digest);
	return id;
}

static struct text
escaped(const char *s)
{
	struct text t = text_of(s);

	t.escaped = true;
	return t;
}

static struct update
update(unsigned n, unsigned parent, enum op_type type, enum op_action action)
{
	static const enum op_subtype usual[OP_TYPES] = { SUB_NONE, SUB_CHILD,
		SUB_STEP, SUB_WAIT, SUB_CALLBACK, SUB_INVOKE };

	return (struct update){
		.id = id_of(n, 0),
		.parent_id = parent ? id_of(parent, 0) : NULL,
		.type = type,
		.subtype = usual[type],
		.action = action,
	};
}

/* Applies one update that must be right, texts copied. */
static struct op *
apply(struct table *t, struct update u)
{
	struct err e;
	struct op *op = table_apply(t, &u, NOW, true, &e);

	if (!op)
		fail_msg("%s", e.text);
	return op;
}

static void
refused(struct table *t, struct update u, const char *why)
{
	struct err e = { .code = ERR_NONE };
	size_t count = table_count(t);

	assert_null(table_apply(t, &u, NOW, true, &e));
	assert_int_equal(e.code, ERR_CORRUPT);
	if (!strstr(e.text, why))
		fail_msg("'%s' does not say '%s'", e.text, why);
	assert_int_equal(table_count(t), count);
}

static bool
has_text(struct text t, const char *s)
{
	return text_equal(t, text_of(s));
}

static void
a_step_goes_through_its_life(void **state)
{
	struct table *t = table_new();
	struct update u = update(1, 0, OP_STEP, ACTION_START);
	struct err e;
	struct op *op;

	(void)state;
	u.name = text_of("charge");
	op = apply(t, u);
	assert_int_equal(op->status, STATUS_STARTED);
	assert_int_equal(op->attempt, 0);
	assert_int_equal(op->started, NOW);
	assert_int_equal(op->due, TIME_NEVER);
	assert_true(has_text(op->name, "charge"));
	assert_true(op->name.p != u.name.p);
	refused(t, u, "cannot START a STEP that is STARTED");

	u.action = ACTION_RETRY;
	u.error = text_of("{\"ErrorType\":\"E\"}");
	u.delay_s = 5;
	assert_ptr_equal(table_apply(t, &u, NOW + 10, true, &e), op);
	assert_int_equal(op->status, STATUS_PENDING);
	assert_int_equal(op->attempt, 1);
	assert_int_equal(op->due, NOW + 10 + 5000);
	assert_true(has_text(op->error, "{\"ErrorType\":\"E\"}"));
	u.action = ACTION_START;
	refused(t, u, "cannot START a STEP that is PENDING");

	assert_int_equal(table_settle(t, op, STATUS_READY, text_of(NULL),
			     text_of(NULL), NOW + 5010, true, &e),
	    0);
	assert_int_equal(op->status, STATUS_READY);
	assert_int_equal(op->due, TIME_NEVER);
	assert_true(has_text(op->error, "{\"ErrorType\":\"E\"}"));

	u.error = text_of(NULL);
	apply(t, u);
	assert_int_equal(op->status, STATUS_STARTED);
	assert_int_equal(op->started, NOW);
	u.action = ACTION_SUCCEED;
	u.payload = escaped("\\\"ok\\\"");
	assert_ptr_equal(table_apply(t, &u, NOW + 6000, true, &e), op);
	assert_int_equal(op->status, STATUS_SUCCEEDED);
	assert_int_equal(op->attempt, 2);
	assert_int_equal(op->ended, NOW + 6000);
	assert_true(has_text(op->result, "\"ok\""));
	assert_null(op->error.p);
	refused(t, u, "cannot SUCCEED a STEP that is SUCCEEDED");
	assert_int_equal(table_count(t), 1);
	table_free(t);
}

static void
a_step_may_be_closed_without_a_start(void **state)
{
	static const enum op_action actions[] = { ACTION_SUCCEED, ACTION_FAIL,
		ACTION_RETRY };
	struct table *t = table_new();

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct update u = update(i + 1, 0, OP_STEP, actions[i]);
		struct op *op;

		u.delay_s = 1;
		op = apply(t, u);
		assert_int_equal(op->attempt, 1);
		assert_int_equal(op->started, NOW);
	}
	refused(t, update(9, 0, OP_CONTEXT, ACTION_SUCCEED),
	    "cannot SUCCEED a CONTEXT that is not started");
	refused(t, update(9, 0, OP_WAIT, ACTION_CANCEL),
	    "cannot CANCEL a WAIT that is not started");
	table_free(t);
}

static void
a_wait_and_a_callback_have_their_times(void **state)
{
	struct table *t = table_new();
	struct update u = update(1, 0, OP_WAIT, ACTION_START);
	struct err e;
	struct op *op;

	(void)state;
	u.wait_s = 60;
	op = apply(t, u);
	assert_int_equal(op->due, NOW + 60000);
	assert_int_equal(table_settle(t, op, STATUS_SUCCEEDED, text_of(NULL),
			     text_of(NULL), NOW + 60001, true, &e),
	    0);
	assert_int_equal(op->ended, NOW + 60001);
	assert_int_equal(op->due, TIME_NEVER);

	u = update(2, 0, OP_CALLBACK, ACTION_START);
	u.callback_id = text_of("id");
	op = apply(t, u);
	assert_int_equal(op->due, TIME_NEVER);
	assert_int_equal(op->heartbeat_due, TIME_NEVER);
	assert_true(has_text(op->callback_id, "id"));

	u = update(3, 0, OP_CALLBACK, ACTION_START);
	u.timeout_s = 10;
	u.heartbeat_s = 3;
	op = apply(t, u);
	assert_int_equal(op->due, NOW + 10000);
	assert_int_equal(op->heartbeat_due, NOW + 3000);
	assert_int_equal(op->heartbeat_s, 3);
	assert_int_equal(table_settle(t, op, STATUS_FAILED, text_of(NULL),
			     text_of("{}"), NOW, true, &e),
	    0);
	assert_int_equal(op->heartbeat_due, TIME_NEVER);
	assert_true(has_text(op->error, "{}"));

	u = update(4, 0, OP_WAIT, ACTION_START);
	u.wait_s = INT64_MAX;
	assert_int_equal(apply(t, u)->due, TIME_NEVER);
	table_free(t);
}

/* Which statuses the service may bring an operation of that type to. */
static bool
may_settle(enum op_type type, enum op_status from, enum op_status to)
{
	if (type == OP_STEP)
		return from == STATUS_PENDING && to == STATUS_READY;
	if (from != STATUS_STARTED)
		return false;
	switch (to) {
	case STATUS_SUCCEEDED:
	case STATUS_CANCELLED:
		return type == OP_WAIT || type == OP_CALLBACK ||
		    type == OP_INVOKE;
	case STATUS_FAILED:
	case STATUS_TIMED_OUT:
		return type == OP_CALLBACK || type == OP_INVOKE;
	case STATUS_STOPPED:
		return type == OP_INVOKE;
	default:
		return false;
	}
}

static void
the_service_settles_what_is_its_own(void **state)
{
	struct table *t = table_new();
	struct op *op = apply(t, update(1, 0, OP_STEP, ACTION_START));

	(void)state;
	for (int type = 0; type < OP_TYPES; type++)
		for (int from = 0; from < STATUSES; from++)
			for (int to = 0; to < STATUSES; to++) {
				struct err e = { .code = ERR_NONE };
				int result;

				op->type = (uint8_t)type;
				op->status = (uint8_t)from;
				result = table_settle(t, op, (enum op_status)to,
				    text_of(NULL), text_of(NULL), NOW, true,
				    &e);
				if (may_settle((enum op_type)type,
					(enum op_status)from,
					(enum op_status)to)) {
					assert_int_equal(result, 0);
					assert_int_equal(op->status, to);
				} else {
					assert_int_equal(result, -1);
					assert_int_equal(e.code, ERR_CORRUPT);
					assert_int_equal(op->status, from);
				}
			}
	table_free(t);
}

static void
contradictions_are_refused(void **state)
{
	struct table *t = table_new();
	struct update u;

	(void)state;
	u = update(1, 0, OP_CONTEXT, ACTION_START);
	u.name = text_of("a\\x5c");
	apply(t, u);
	apply(t, update(2, 1, OP_STEP, ACTION_START));

	u.action = ACTION_SUCCEED;
	u.name = text_of("b");
	refused(t, u, "Name");
	u.name = text_of(NULL);
	refused(t, u, "Name");
	u.name = escaped("a\\\\x5c");
	u.subtype = SUB_MAP;
	refused(t, u, "SubType");
	u.subtype = SUB_CHILD;
	u.parent_id = id_of(1, 0);
	refused(t, u, "ParentId");
	u.parent_id = NULL;
	apply(t, u);

	refused(t, update(2, 1, OP_WAIT, ACTION_START), "Type");
	refused(t, update(2, 0, OP_STEP, ACTION_SUCCEED), "ParentId");
	refused(t, update(3, 9, OP_STEP, ACTION_START), "no such parent");
	refused(t, update(3, 2, OP_STEP, ACTION_START), "no such parent");
	refused(t, update(3, 3, OP_CONTEXT, ACTION_START), "no such parent");
	u = update(3, 0, OP_STEP, ACTION_START);
	u.id = "short";
	refused(t, u, "Id");
	u.id = "0123456789abcdef0123456789abcdeX-0000000000000000";
	refused(t, u, "Id");
	u = update(3, 0, OP_STEP, ACTION_START);
	u.parent_id = "short";
	refused(t, u, "no such parent");
	table_free(t);
}

static void
operations_are_found_by_identity(void **state)
{
	enum { MANY = 5000 };
	struct table *t = table_new();

	(void)state;
	assert_null(table_find(t, id_of(1, 0)));
	assert_null(table_first(t));
	for (unsigned i = 1; i <= MANY; i++)
		apply(t, update(i, 0, OP_STEP, ACTION_START));
	assert_int_equal(table_count(t), MANY);
	for (unsigned i = 1; i <= MANY; i++) {
		struct op *op = table_find(t, id_of(i, 7));

		assert_non_null(op);
		assert_string_equal(op->id, id_of(i, 0));
	}
	assert_null(table_find(t, id_of(MANY + 1, 0)));
	assert_null(table_find(t, ""));
	table_free(t);
}

/* Names are equal in their plain form, whichever way they were recorded. */
static void
operations_are_found_by_name_under_their_parent(void **state)
{
	enum { MANY = 2000 };
	struct table *t = table_new();
	struct op *context, *op;
	struct update u;
	char name[16];

	(void)state;
	assert_null(table_find_named(t, NULL, text_of("x")));
	context = apply(t, update(1, 0, OP_CONTEXT, ACTION_START));
	for (unsigned i = 0; i < MANY; i++) {
		u = update(10 + i, i % 2 ? 1 : 0, OP_STEP, ACTION_START);
		snprintf(name, sizeof(name), "n%u", i / 2 % 100);
		u.name = text_of(name);
		apply(t, u);
	}
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		op = table_find_named(t, context, text_of(name));
		for (unsigned k = 0; k < MANY / 200; k++) {
			assert_non_null(op);
			assert_string_equal(op->id,
			    id_of(10 + 2 * (i + 100 * k) + 1, 0));
			op = table_next_named(op);
		}
		assert_null(op);
	}
	assert_null(table_find_named(t, context, text_of("n100")));
	assert_null(table_find_named(t, context, text_of(NULL)));

	u = update(9000, 0, OP_STEP, ACTION_START);
	u.name = escaped("a\\\\x0a\\u0041");
	op = apply(t, u);
	assert_ptr_equal(table_find_named(t, NULL, text_of("a\\x0aA")), op);
	assert_ptr_equal(table_find_named(t, NULL, escaped("a\\\\x0aA")), op);
	assert_null(table_next_named(op));
	table_free(t);
}

static int
note_id(struct op *op, void *arg)
{
	unsigned *sum = arg;

	*sum = *sum * 10 + (unsigned)strtoul(op->id + 24, NULL, 16);
	return *sum > 100000 ? 42 : 0;
}

static void
operations_stand_in_the_order_of_their_start(void **state)
{
	struct table *t = table_new();
	struct op *op;
	unsigned sum = 0;

	(void)state;
	apply(t, update(3, 0, OP_CONTEXT, ACTION_START));
	apply(t, update(1, 0, OP_STEP, ACTION_START));
	apply(t, update(5, 3, OP_STEP, ACTION_START));
	apply(t, update(2, 0, OP_STEP, ACTION_START));
	apply(t, update(4, 3, OP_STEP, ACTION_START));
	apply(t, update(1, 0, OP_STEP, ACTION_SUCCEED));
	assert_int_equal(table_each(t, note_id, &sum), 0);
	assert_int_equal(sum, 31524);
	assert_int_equal(table_each(t, note_id, &sum), 42);
	assert_int_equal(sum, 315243);

	op = table_first(t);
	assert_string_equal(op->id, id_of(3, 0));
	assert_string_equal(op->child->id, id_of(5, 0));
	assert_string_equal(op->child->sibling->id, id_of(4, 0));
	assert_null(op->child->sibling->sibling);
	assert_ptr_equal(op->last_child, op->child->sibling);
	assert_ptr_equal(op->child->parent, op);
	assert_string_equal(op->sibling->id, id_of(1, 0));
	assert_string_equal(op->sibling->sibling->id, id_of(2, 0));
	table_free(t);
}

static void
texts_are_borrowed_or_copied(void **state)
{
	struct table *t = table_new();
	struct update u = update(1, 0, OP_STEP, ACTION_RETRY);
	struct err e;
	struct op *op;

	(void)state;
	u.name = text_of("n");
	u.payload = text_of("state");
	u.delay_s = 1;
	op = table_apply(t, &u, NOW, false, &e);
	assert_non_null(op);
	assert_ptr_equal(op->name.p, u.name.p);
	assert_ptr_equal(op->result.p, u.payload.p);
	for (int i = 0; i < 3; i++) {
		/* A condition's state goes back into its own RETRY. */
		assert_int_equal(table_settle(t, op, STATUS_READY,
				     text_of(NULL), text_of(NULL), NOW, true,
				     &e),
		    0);
		u.payload = op->result;
		assert_non_null(table_apply(t, &u, NOW, i != 1, &e));
		assert_true(has_text(op->result, "state"));
	}
	table_free(t);
}

static void
a_virtual_branch_is_in_no_count(void **state)
{
	struct table *t = table_new();
	struct op *parallel, *branch;

	(void)state;
	parallel = apply(t, update(1, 0, OP_CONTEXT, ACTION_START));
	branch = table_add_virtual(t, id_of(2, 0), parallel, SUB_BRANCH,
	    text_of("b"));
	assert_true(branch->virtual);
	assert_int_equal(branch->type, OP_CONTEXT);
	assert_int_equal(branch->subtype, SUB_BRANCH);
	assert_int_equal(table_count(t), 1);
	assert_ptr_equal(parallel->child, branch);
	assert_ptr_equal(table_find(t, id_of(2, 5)), branch);
	assert_ptr_equal(table_find_named(t, parallel, text_of("b")), branch);
	assert_ptr_equal(table_add_virtual(t, id_of(2, 0), parallel, SUB_BRANCH,
			     text_of("b")),
	    branch);
	assert_int_equal(table_count(t), 1);
	table_free(t);
}

/*
 * Reopening. A tree is written as one line: an operation is a letter for its
 * kind, its status (as after the reopening in `after`), and its children in
 * brackets. Kinds: s step, w wait, k callback, i invoke, c child, b
 * wait-for-callback, p parallel (batch recorded as a success), q parallel
 * (batch recorded as a failure), e parallel whose result is encoded, m map
 * (a failure), r branch, t map item. Statuses: S succeeded, F failed, T timed
 * out, X stopped, . started, P pending, C cancelled, 0 not started.
 */
static const struct {
	const char *before, *after;
} trees[] = {
	{ "", "" },
	{ "sSwS", "sSwS" },
	{ "sSsF", "sSs0" },
	{ "s.sPwCw.k.", "s.sPwCw.k." },
	{ "kTkFiTiXiFiSkS", "k0k0i0i0i0iSkS" },
	{ "cF(sSsF)", "c0(sSs0)" },
	{ "cF(sS)", "c0(sS)" },
	{ "c.(sF)", "c0(s0)" },
	{ "c.(sSs.)", "c.(sSs.)" },
	{ "cS(sFcF(sF))", "cS(sFcF(sF))" },
	{ "cF(cS(sF)sS)", "c0(cS(sF)sS)" },
	{ "cF(c.(cF(sFsS)s.)w.)", "c0(c0(c0(s0sS)s.)w.)" },
	{ "c.(c.(c.(sF)))", "c0(c0(c0(s0)))" },
	{ "pS(rSrS)", "pS(rSrS)" },
	{ "pS(rSrF(sF)r.(s.))", "pS(rSrF(sF)r.(s.))" },
	{ "qS(rSrF(sSsF)r.(sSs.sF))", "q0(rSr0(sSs0)r0(sSs.s0))" },
	{ "qS(rSr.(s.))", "q0(rSr0(s.))" },
	{ "mS(tS(sF)tF)", "m0(tS(sF)t0)" },
	{ "qF(rS)", "q0(rS)" },
	{ "p.(rSrFr.)", "p0(rSr0r0)" },
	{ "p.(rSr.)", "p.(rSr.)" },
	{ "eS(rSrF)", "e0(rSr0)" },
	{ "eS(rSr.)", "eS(rSr.)" },
	{ "cS(qS(rF))", "cS(qS(rF))" },
	{ "c.(qS(rF))", "c0(q0(r0))" },
	{ "rF", "r0" },
	{ "qS(rF(pS(rF)qS(rSrFr.)))", "q0(r0(pS(rF)q0(rSr0r0)))" },
	{ "bF(kFsS)", "b0(k0s0)" },
	{ "bF(kTsS)", "b0(k0s0)" },
	{ "bF(k.sF)", "b0(k0s0)" },
	{ "b.(k.sS)", "b.(k.sS)" },
	{ "bS(kSsS)", "bS(kSsS)" },
};

static const struct {
	char letter;
	enum op_type type;
	enum op_subtype subtype;
	const char *result; /* of SUCCEEDED */
} kinds[] = {
	{ 's', OP_STEP, SUB_STEP, "\"s\"" },
	{ 'w', OP_WAIT, SUB_WAIT, NULL },
	{ 'k', OP_CALLBACK, SUB_CALLBACK, "\"k\"" },
	{ 'i', OP_INVOKE, SUB_INVOKE, "\"i\"" },
	{ 'c', OP_CONTEXT, SUB_CHILD, "\"c\"" },
	{ 'b', OP_CONTEXT, SUB_WAIT_FOR_CALLBACK, "\"b\"" },
	{ 'p', OP_CONTEXT, SUB_PARALLEL,
	    "{\\\"completionReason\\\":\\\"ALL_COMPLETED\\\"}" },
	{ 'q', OP_CONTEXT, SUB_PARALLEL,
	    "{\\\"completionReason\\\":\\\"X\\\",\\\"exitStatus\\\":3}" },
	{ 'e', OP_CONTEXT, SUB_PARALLEL, "{\\\"exitStatus\\\":3} ZW5j" },
	{ 'm', OP_CONTEXT, SUB_MAP,
	    "{\\\"completionReason\\\":\\\"X\\\",\\\"exitStatus\\\":1}" },
	{ 'r', OP_CONTEXT, SUB_BRANCH, "\"r\"" },
	{ 't', OP_CONTEXT, SUB_MAP_ITEM, "\"t\"" },
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };
static const char statuses[STATUSES + 1] = "0.PRSFCTX";

static size_t
kind_of(char letter)
{
	size_t i = 0;

	while (i < KINDS && kinds[i].letter != letter)
		i++;
	assert_true(i < KINDS);
	return i;
}

/* Brings a started operation to the status of that letter. */
static void
finish(struct table *t, struct op *op, struct update u, char status,
    const char *result)
{
	struct text value = escaped(result), error = text_of("{}");
	enum op_status s = (enum op_status)(
	    strchr(statuses, status) - statuses);
	struct err e;

	u.delay_s = 1;
	if (status == '.')
		return;
	if (op->type == OP_CONTEXT || op->type == OP_STEP) {
		u.action = s == STATUS_SUCCEEDED ? ACTION_SUCCEED
		    : s == STATUS_PENDING        ? ACTION_RETRY
						 : ACTION_FAIL;
		if (s == STATUS_SUCCEEDED)
			u.payload = value;
		else
			u.error = error;
		apply(t, u);
	} else if (table_settle(t, op, s, value, error, NOW, true, &e) < 0) {
		fail_msg("%s", e.text);
	}
	assert_int_equal(op->status, s);
}

/* The kinds of operation 1, 2, ... */
static char letters[64];

/* Builds the operations of one level; returns what is behind them. */
static const char *
grow(struct table *t, const char *p, unsigned parent, unsigned *number)
{
	while (*p && *p != ')') {
		size_t kind = kind_of(p[0]);
		unsigned n = ++*number;
		char status = p[1];
		struct update u = update(n, parent, kinds[kind].type,
		    ACTION_START);
		struct op *op;

		assert_true(n < sizeof(letters));
		letters[n] = p[0];
		u.subtype = kinds[kind].subtype;
		u.callback_id = text_of("id");
		op = apply(t, u);
		p += 2;
		if (*p == '(')
			p = grow(t, p + 1, n, number) + 1;
		u.id = id_of(n, 0); /* its memory has been used again */
		u.parent_id = parent ? id_of(parent, 0) : NULL;
		finish(t, op, u, status, kinds[kind].result);
	}
	return p;
}

/* Writes the operations of one level as they are now. */
static char *
show(const struct op *op, char *out)
{
	for (; op; op = op->sibling) {
		*out++ = letters[strtoul(op->id + 24, NULL, 16)];
		*out++ = statuses[op->status];
		if (op->child) {
			*out++ = '(';
			out = show(op->child, out);
			*out++ = ')';
		}
	}
	*out = 0;
	return out;
}

/* Nothing of the first attempt is left, and it can be started again. */
static int
check_reset(struct op *op, void *table)
{
	struct update u;

	assert_int_equal(op->reopened, op->status == STATUS_NONE);
	if (op->status != STATUS_NONE)
		return 0;
	assert_int_equal(op->attempt, 0);
	assert_null(op->result.p);
	assert_null(op->error.p);
	assert_null(op->callback_id.p);
	assert_int_equal(op->due, TIME_NEVER);
	assert_int_equal(op->ended, 0);
	u = (struct update){
		.id = id_of((unsigned)strtoul(op->id + 24, NULL, 16), 77),
		.parent_id = op->parent ? op->parent->id : NULL,
		.type = (enum op_type)op->type,
		.subtype = (enum op_subtype)op->subtype,
		.action = ACTION_START,
	};
	assert_ptr_equal(apply(table, u), op);
	assert_int_equal(op->status, STATUS_STARTED);
	assert_string_equal(op->id, u.id);
	assert_false(op->reopened);
	return 0;
}

static void
reopening_resets_what_failed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
		struct table *t = table_new();
		unsigned number = 0;
		char shown[256];

		grow(t, trees[i].before, 0, &number);
		show(table_first(t), shown);
		assert_string_equal(shown, trees[i].before);
		table_reopen(t);
		show(table_first(t), shown);
		assert_string_equal(shown, trees[i].after);
		table_reopen(t);
		show(table_first(t), shown);
		assert_string_equal(shown, trees[i].after);
		assert_int_equal(table_count(t), number);
		table_each(t, check_reset, t);
		table_free(t);
	}
}

/* A context in a context in a context: no part of it may recurse. */
static void
reopening_goes_to_any_depth(void **state)
{
	enum { DEEP = 100000 };
	struct table *t = table_new();
	struct op *op;

	(void)state;
	for (unsigned i = 1; i < DEEP; i++)
		apply(t, update(i, i - 1, OP_CONTEXT, ACTION_START));
	apply(t, update(DEEP, DEEP - 1, OP_STEP, ACTION_FAIL));
	table_reopen(t);
	for (op = table_first(t); op; op = op->child)
		assert_int_equal(op->status, STATUS_NONE);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_goes_through_its_life),
		cmocka_unit_test(a_step_may_be_closed_without_a_start),
		cmocka_unit_test(a_wait_and_a_callback_have_their_times),
		cmocka_unit_test(the_service_settles_what_is_its_own),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(operations_are_found_by_identity),
		cmocka_unit_test(
		    operations_are_found_by_name_under_their_parent),
		cmocka_unit_test(operations_stand_in_the_order_of_their_start),
		cmocka_unit_test(texts_are_borrowed_or_copied),
		cmocka_unit_test(a_virtual_branch_is_in_no_count),
		cmocka_unit_test(reopening_resets_what_failed),
		cmocka_unit_test(reopening_goes_to_any_depth),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
