/*
 * state.h - what a record does to the execution's state and to its table.
 *
 * The same for a record that is loaded and for one that is being written, so
 * that a process which has just loaded knows what its predecessor knew.
 */
#ifndef DURABLE_STATE_H
#define DURABLE_STATE_H

#include "store/context.h"

/* The execution as a whole. Texts are copied. */
void state_apply(struct execution_state *s, const struct record *r);

/*
 * The operations. A retry that came due leaves no record, so a step that is
 * still PENDING is made READY before what the record does to it. Texts are
 * copied when copy is set, else they must live as long as the table. *changed
 * is the operation, NULL for none. ERR_CORRUPT when the record does not fit.
 */
int state_apply_to_table(struct table *t, const struct record *r, bool copy,
    struct op **changed, struct err *e) MUST_USE;

#endif
