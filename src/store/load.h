/*
 * load.h - from the bytes of a context file to state, table and good end.
 *
 * Used by the lock's holder, by readers and by the fuzzer. Makes no system
 * call and changes nothing but what it is given.
 */
#ifndef DURABLE_LOAD_H
#define DURABLE_LOAD_H

#include "store/context.h"

/* What is wanted, filled in by the caller. */
struct load {
	const char *path;              /* for messages */
	struct execution_state *state; /* cleared before */
	struct table *table;           /* NULL: none wanted */
	bool
	    copy; /* the table copies its texts; else the bytes must outlive it */
	int (*each)(const struct record *, void *, struct err *); /* or NULL */
	void *arg;

	/* What was found. */
	size_t good_bytes; /* up to the end of the last good record */
	uint64_t sum;      /* its checksum, the seed of the next */
	uint64_t line;     /* its line number, from 1 */
	uint64_t synced; /* known to be on disk: what the last record says; 0 */
};

/*
 * Loads the n bytes at p. What stands behind good_bytes was never
 * acknowledged. ERR_MISSING: the first line was never whole, nothing was
 * acknowledged at all. ERR_CORRUPT: damaged, or no context file. What each has
 * set. On failure *state is cleared.
 */
int load_run(struct load *l, const char *p, size_t n, struct err *e) MUST_USE;

#endif
