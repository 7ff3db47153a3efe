/*
 * slots.c - an open-addressed hash array of operations.
 */
#include "model/slots.h"

#include <stdlib.h>

#include "base/xalloc.h"

enum { SLOTS_MIN = 64 };

void
slots_reserve(struct slots *s, slots_hash *hash)
{
	struct slots bigger = { .size = s->size ? 2 * s->size : SLOTS_MIN };

	if ((s->used + 1) * 4 <= s->size * 3)
		return;
	bigger.op = xcalloc(bigger.size, sizeof(struct op *));
	for (size_t i = 0; i < s->size; i++)
		if (s->op[i])
			slots_add(&bigger, s->op[i], hash);
	free(s->op);
	*s = bigger;
}

void
slots_add(struct slots *s, struct op *op, slots_hash *hash)
{
	size_t i = slot_first(s, hash(op));

	while (s->op[i])
		i = slot_next(s, i);
	s->op[i] = op;
	s->used++;
}

size_t
slot_first(const struct slots *s, uint64_t hash)
{
	return (size_t)hash & (s->size - 1);
}

size_t
slot_next(const struct slots *s, size_t i)
{
	return (i + 1) & (s->size - 1);
}

uint64_t
slots_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}
