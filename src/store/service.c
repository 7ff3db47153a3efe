/*
 * service.c - the timers of the local service: a heap of due times.
 *
 * An entry is a reminder to look at its operation, not a promise: the
 * operation may have been closed, or its heartbeat put off, since. So an entry
 * that comes to the top is first compared with what the operation says now,
 * and moved or dropped. That spares every change a search in the heap.
 */
#include "store/service.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/xalloc.h"

struct entry {
	int64_t due;
	uint64_t order; /* equal due times fire as they were set */
	struct op *op;
};

struct service {
	struct entry *heap;
	size_t n, size;
	uint64_t next_order;
};

static bool
is_before(const struct entry *a, const struct entry *b)
{
	return a->due < b->due || (a->due == b->due && a->order < b->order);
}

/* A callback's heartbeat limit, TIME_NEVER without one. */
static int64_t
heartbeat_due(const struct op *op)
{
	return op->heartbeat_due > 0 ? op->heartbeat_due : TIME_NEVER;
}

/* When the operation has a timer that fires, or TIME_NEVER. */
static int64_t
op_due(const struct op *op)
{
	int64_t due = op->due > 0 ? op->due : TIME_NEVER;

	switch (op->type) {
	case OP_WAIT:
		return op->status == STATUS_STARTED ? due : TIME_NEVER;
	case OP_STEP:
		return op->status == STATUS_PENDING ? due : TIME_NEVER;
	case OP_CALLBACK:
		if (op->status != STATUS_STARTED)
			return TIME_NEVER;
		return due < heartbeat_due(op) ? due : heartbeat_due(op);
	default:
		return TIME_NEVER;
	}
}

static void
move_up(struct service *s, size_t i)
{
	struct entry moved = s->heap[i];

	while (i > 0 && is_before(&moved, &s->heap[(i - 1) / 2])) {
		s->heap[i] = s->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->heap[i] = moved;
}

static void
move_down(struct service *s)
{
	struct entry moved = s->heap[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->n) {
		if (child + 1 < s->n &&
		    is_before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!is_before(&s->heap[child], &moved))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = moved;
}

static void
drop_first(struct service *s)
{
	s->heap[0] = s->heap[--s->n];
	if (s->n > 0)
		move_down(s);
}

static int
watch_each(struct op *op, void *arg)
{
	service_watch(arg, op);
	return 0;
}

struct service *
service_new(struct table *t)
{
	struct service *s = xcalloc(1, sizeof(*s));

	table_each(t, watch_each, s);
	return s;
}

void
service_free(struct service *s)
{
	if (!s)
		return;
	free(s->heap);
	free(s);
}

void
service_watch(struct service *s, struct op *op)
{
	int64_t due = op_due(op);

	if (due == TIME_NEVER)
		return;
	if (s->n == s->size) {
		s->size = s->size ? s->size * 2 : 16;
		s->heap = xreallocarray(s->heap, s->size, sizeof(*s->heap));
	}
	s->heap[s->n] = (struct entry){ due, s->next_order++, op };
	move_up(s, s->n++);
}

int64_t
service_next_due(struct service *s)
{
	while (s->n > 0) {
		int64_t due = op_due(s->heap[0].op);

		if (due == s->heap[0].due)
			return due;
		if (due == TIME_NEVER) {
			drop_first(s);
			continue;
		}
		s->heap[0].due = due;
		move_down(s);
	}
	return TIME_NEVER;
}

struct op *
service_take_due(struct service *s, int64_t now, enum op_status *status,
    bool *is_heartbeat)
{
	struct op *op;

	if (service_next_due(s) > now || s->n == 0)
		return NULL;
	op = s->heap[0].op;
	drop_first(s);
	*is_heartbeat = false;
	if (op->type == OP_WAIT) {
		*status = STATUS_SUCCEEDED;
	} else if (op->type == OP_STEP) {
		*status = STATUS_READY;
	} else {
		*status = STATUS_TIMED_OUT;
		*is_heartbeat = heartbeat_due(op) <= now &&
		    (op->due <= 0 || heartbeat_due(op) <= op->due);
	}
	return op;
}
