/*
 * fuzz_state.c - any JSON as an event, or as the answer to a checkpoint: its
 * operations are taken in or refused, and the table is never wrong.
 *
 * They are taken in twice: the second time they are no news.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lambda/merge.h"
#include "lambda/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static int
check_op(struct op *op, void *arg)
{
	(void)arg;
	require(op->type < OP_TYPES);
	require(op->status < STATUSES);
	require(strlen(op->id) == OPID_LEN);
	require(!op->parent || op->parent->type == OP_CONTEXT);
	for (const struct op *above = op->parent; above; above = above->parent)
		require(above != op);
	return 0;
}

/* Takes in the operations; false as soon as one is refused. */
static bool
take_all(struct merge *m, struct span operations)
{
	struct span object;
	struct err e = { 0 };
	size_t pos = 0;

	if (json_kind(operations) != '[')
		return false;
	while (json_next_element(operations, &pos, &object)) {
		if (merge_operation(m, object, &e) == 0)
			continue;
		require(e.text[0] && e.code != ERR_NONE);
		return false;
	}
	return merge_late(m, &e) == 0;
}

static void
check_operations(struct span body)
{
	struct backend b = { .table = table_new() };
	struct merge m = { .backend = &b,
		.queue = queue_new(),
		.timers = service_new(b.table) };
	struct span state, operations = { "[]", 2 };

	if (!json_find(body, "NewExecutionState", &state) &&
	    !json_find(body, "InitialExecutionState", &state))
		state = body;
	(void)wire_string(state, "NextMarker");
	(void)wire_string(body, "CheckpointToken");
	if (json_kind(state) == '{')
		(void)json_find(state, "Operations", &operations);
	if (take_all(&m, operations)) {
		m.has_news = false;
		require(take_all(&m, operations) || m.is_foreign);
	}
	(void)table_each(b.table, check_op, NULL);
	(void)service_next_due(m.timers);
	merge_clear(&m);
	service_free(m.timers);
	queue_free(m.queue);
	table_free(b.table);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span checked;
	struct err e;

	if (json_check((const char *)data, n, &checked, &e) == 0 &&
	    json_kind(checked) == '{')
		check_operations(checked);
	return 0;
}
