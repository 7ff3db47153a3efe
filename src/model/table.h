/*
 * table.h - the operations of one execution, found by identity or by name.
 *
 * It is the state that the replay log describes: applying the log's updates
 * in order gives the table, and applying an update here is the only way the
 * table changes. Look-ups cost the same whatever the number of operations.
 */
#ifndef DURABLE_TABLE_H
#define DURABLE_TABLE_H

#include <stddef.h>

#include "model/op.h"

struct table;

struct table *table_new(void);
void table_free(struct table *t); /* t may be NULL */

/* How many operations it has, virtual ones left out. */
size_t table_count(const struct table *t);

/* The operation whose identity is the first OPID_IDENTITY characters of id,
 * or NULL. */
struct op *table_find(const struct table *t, const char *id);

/* The first operation named name (printable form, as recorded) whose parent
 * is parent (NULL: the root), or NULL; then table_next_named for further ones,
 * in the order of their START. */
struct op *table_find_named(const struct table *t, const struct op *parent,
    struct text name);
struct op *table_next_named(const struct op *op);

/* The first operation at the root; go on with ->sibling and ->child. */
struct op *table_first(const struct table *t);

/* Each operation, virtual ones too, in the order of their START. Stops when
 * each returns non-zero, and returns that. */
int table_each(struct table *t, int (*each)(struct op *, void *), void *arg);

/*
 * Applies one update at instant now (the record's time): finds or makes the
 * operation, checks the state machine, sets status, times, result, error,
 * attempt and due. due of a wait is now + wait_s; of a RETRY now + delay_s; of
 * a callback now + timeout_s. When copy is set texts are copied, else they
 * stay borrowed and must live as long as the table.
 * Returns the operation, or NULL with ERR_CORRUPT: "no such parent", "cannot
 * SUCCEED a WAIT that is STARTED", "Type differs", ...
 * A SUCCEED or FAIL of a STEP raises attempt by one, as RETRY does. Each of
 * the three sets result and error to what it brings, none included.
 */
struct op *table_apply(struct table *t, const struct update *u, int64_t now,
    bool copy, struct err *e);

/*
 * What the service does to an operation: a wait that is over (SUCCEEDED), a
 * retry that is due (READY), a callback or chained invoke that has ended
 * (result or error, NULL for none). ERR_CORRUPT when op is not in a state to
 * get there. Texts as in table_apply.
 */
int table_settle(struct table *t, struct op *op, enum op_status status,
    struct text result, struct text error, int64_t now, bool copy,
    struct err *e) MUST_USE;

/*
 * Opens a failed execution again: every operation FAILED, TIMED_OUT or STOPPED
 * becomes not started with no attempts; so does every context above one, every
 * unfinished branch below such a context, and every parallel or map whose
 * recorded batch is a failure (batch_is_failure; where --encode hides the batch,
 * when a branch failed). What succeeded stays with all below it, and so do
 * branches of a batch that was a success for all its failures. But of a
 * wait-for-callback everything is reset: a new callback has a new id, so its
 * submitter must run again.
 */
void table_reopen(struct table *t);

/* The id of a callback that its START did not bring; copied. */
void table_set_callback_id(struct op *op, struct text id);

/* Adds a branch that is in no record, for --flat: a CONTEXT, STARTED; name is
 * copied. Returns the one it has when id is known already. */
struct op *table_add_virtual(struct table *t, const char *id, struct op *parent,
    enum op_subtype subtype, struct text name);

#endif
