/*
 * family.h - an execution's file, and those of the executions it has invoked.
 *
 * What an execution has invoked is of use to it alone: who removes it removes
 * them too. A file counts as a child's when its id says so, as only the
 * parent's id and the operation make it; another may lie at its path.
 */
#ifndef DURABLE_FAMILY_H
#define DURABLE_FAMILY_H

#include "store/context.h"

/* An execution, as far as its children are found by it. All borrowed. */
struct member {
	const char *path;
	const struct execution_state *state;
	struct table *table;
};

/*
 * Calls each for every child of m whose file is there; what each is given is
 * its for the call only. -1: each has returned it.
 */
int family_each(const struct member *m,
    int (*each)(const struct member *child, void *arg, struct err *e),
    void *arg, struct err *e) MUST_USE;

/* Whether the execution that has invoked this one is there; then *parent is
 * filled in, and the caller clears it. */
bool family_has_parent(const struct header *h, struct execution_state *parent);

/* Which of the children go along, and who is told of each file that is gone. */
struct family_removal {
	bool takes_open; /* also those that have not ended: ERR_BUSY for one
	                    that runs. Else these stay */
	void (*removed)(const char *name, const char *path); /* may be NULL */
};

/*
 * Removes the file of c, which stays open and locked, with its folder of
 * outputs; before it, in the same way, the files of its children. So a crash
 * in between leaves one that can be removed again. ERR_BUSY, ERR_IO.
 */
int family_remove(struct context *c, const struct family_removal *how,
    struct err *e) MUST_USE;

/*
 * Opens one that has ended, neither successfully nor with a compensation,
 * again; now is in its own clock. Likewise those that it still waits for and
 * that have failed in the meantime: it may have been stopped before they could
 * tell. ERR_IO.
 */
int family_reopen(struct context *c, int64_t now, struct err *e) MUST_USE;

#endif
