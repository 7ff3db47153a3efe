/*
 * child.h - bringing the outcome of a chained invoke to its parent.
 */
#ifndef DURABLE_CHILD_H
#define DURABLE_CHILD_H

#include "store/context.h"

/* Whether a chained invoke has been started and its outcome is to come. Its
 * engine may have died with ours; an invocation starts it again. */
bool child_is_awaited(struct table *t);

/* The context files of those, with a NULL behind them; NULL when there is none.
 * child_files_free frees it. */
char **child_files(struct context *c);
void child_files_free(char **files);

/* Whether the engine of one of them was killed: nobody drives it, nothing in
 * its log says why. */
bool child_is_lost(char **files);

/* Nothing for an execution that has no parent or has not ended. 0 also when
 * the parent knows already or is gone; -1 with ERR_BUSY, ERR_IO. */
int child_complete_parent(const struct execution_state *s,
    struct err *e) MUST_USE;

#endif
