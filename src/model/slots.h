/*
 * slots.h - an open-addressed hash array of operations; table.c's own.
 *
 * A search begins at slot_first of a hash, goes on with slot_next, and ends
 * at a slot that is empty: there is always one once slots_reserve was called.
 */
#ifndef DURABLE_SLOTS_H
#define DURABLE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "model/op.h"

/* Starts as zeros. Owns the array, which free(op) frees, not what it holds. */
struct slots {
	struct op **op; /* NULL: empty */
	size_t size;    /* a power of two, or 0 */
	size_t used;    /* at most three quarters of size */
};

typedef uint64_t slots_hash(const struct op *op);

/* Makes room for one more. Slots move. */
void slots_reserve(struct slots *s, slots_hash *hash);

/* Puts op into a slot of its own, whatever else has its hash. */
void slots_add(struct slots *s, struct op *op, slots_hash *hash);

size_t slot_first(const struct slots *s, uint64_t hash);
size_t slot_next(const struct slots *s, size_t i);

/* Brings one more word into a hash that began as 0. */
uint64_t slots_mix(uint64_t hash, uint64_t word);

#endif
