/*
 * merge.c - what the service tells of operations, taken over into the table.
 *
 * The table runs ahead of the service by what is queued. Of what an answer
 * tells only what the service alone does is taken over (a wait is over, a
 * retry is due, a callback has an id or an outcome); everything else is our
 * own updates coming back. An operation that has an update which the answer
 * cannot know of yet is left as it is.
 *
 * The children of a closed context are not told of, but what is below these may
 * be: AWS's own engine looks at the parent alone.
 */
#include "lambda/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/reason.h"
#include "lambda/wire.h"

/* The callback id of wo is compared and handed out as it is. */
static void
put_callback_id(const struct wire_op *wo, struct buf *out)
{
	buf_init(out, BUF_NO_MAX);
	text_put_plain(wo->callback_id, out);
}

/* What can be taken over of wo: only what the service alone does. */
static int
merge_into(struct merge *m, struct op *op, const struct wire_op *wo,
    bool *is_news, struct err *e)
{
	const struct text none = { NULL, 0, false };
	int64_t now = time_now();
	struct buf id;

	if (wo->callback_id.p && !op->callback_id.p) {
		put_callback_id(wo, &id);
		table_set_callback_id(op, text_bytes(buf_str(&id), id.len));
		buf_clear(&id);
		*is_news = true;
	}
	if (queue_has_unsent(m->queue, op) || wo->status < 0)
		return 0;
	if (op->type == OP_STEP && op->status == STATUS_PENDING) {
		if (wo->status == STATUS_READY) {
			*is_news = true;
			return table_settle(m->backend->table, op, STATUS_READY,
			    none, none, now, true, e);
		}
	} else if (op->type == OP_STEP || op->type == OP_CONTEXT ||
	    op->status != STATUS_STARTED) {
		return 0;
	} else if (op_status_is_final((enum op_status)wo->status)) {
		*is_news = true;
		return table_settle(m->backend->table, op,
		    (enum op_status)wo->status, wo->result, wo->error, now,
		    true, e);
	}
	if (wo->due > 0 && wo->due != op->due) {
		op->due = wo->due;
		service_watch(m->timers, op);
	}
	return 0;
}

/* Leads a step, which *u has started, to where the service has it. */
static int
lead_step(struct merge *m, struct op *op, const struct wire_op *wo,
    struct update *u, struct err *e)
{
	const struct text none = { NULL, 0, false };
	enum op_status to = (enum op_status)wo->status;
	int64_t now = time_now();

	if (to == STATUS_STARTED && wo->attempt == 0)
		return 0;
	u->action = to == STATUS_SUCCEEDED ? ACTION_SUCCEED
	    : to == STATUS_FAILED          ? ACTION_FAIL
					   : ACTION_RETRY;
	if (!table_apply(m->backend->table, u, now, true, e))
		return -1;
	if ((to == STATUS_READY || to == STATUS_STARTED) &&
	    table_settle(m->backend->table, op, STATUS_READY, none, none, now,
		true, e) < 0)
		return -1;
	u->action = ACTION_START;
	if (to == STATUS_STARTED &&
	    !table_apply(m->backend->table, u, now, true, e))
		return -1;
	op->attempt = wo->attempt;
	return 0;
}

static int
lead_there(struct merge *m, struct op *op, const struct wire_op *wo,
    struct update *u, struct err *e)
{
	enum op_status to = (enum op_status)wo->status;

	if (op->type == OP_STEP)
		return lead_step(m, op, wo, u, e);
	if (!op_status_is_final(to))
		return 0;
	if (op->type != OP_CONTEXT)
		return table_settle(m->backend->table, op, to, wo->result,
		    wo->error, time_now(), true, e);
	u->action = to == STATUS_SUCCEEDED ? ACTION_SUCCEED : ACTION_FAIL;
	return table_apply(m->backend->table, u, time_now(), true, e) ? 0 : -1;
}

static int
apply_known(struct merge *m, const struct wire_op *wo, const char *id,
    const char *parent, struct err *e)
{
	struct update u = { .id = id, .parent_id = parent };
	struct buf callback_id;
	struct op *op;

	u.type = (enum op_type)wo->type;
	u.subtype = wo->subtype < 0 ? SUB_NONE : (enum op_subtype)wo->subtype;
	u.name = wo->name;
	u.action = ACTION_START;
	put_callback_id(wo, &callback_id);
	if (wo->callback_id.p)
		u.callback_id = text_bytes(buf_str(&callback_id),
		    callback_id.len);
	op = table_apply(m->backend->table, &u, time_now(), true, e);
	buf_clear(&callback_id);
	if (!op)
		return -1;
	u.payload = wo->result;
	u.error = wo->error;
	u.replay_children = wo->replay_children;
	if (lead_there(m, op, wo, &u, e) < 0)
		return -1;
	if (wo->due > 0)
		op->due = wo->due;
	service_watch(m->timers, op);
	return 0;
}

/* Whether wo stands at the root, or its parent is known. */
static bool
has_parent(const struct merge *m, const struct wire_op *wo)
{
	struct buf parent;
	bool has;

	if (!wo->parent_id.p)
		return true;
	buf_init(&parent, BUF_NO_MAX);
	text_put_plain(wo->parent_id, &parent);
	has = parent.len < OPID_IDENTITY ||
	    table_find(m->backend->table, buf_str(&parent));
	buf_clear(&parent);
	return has;
}

static void
keep_late(struct merge *m, struct span object)
{
	m->late = xreallocarray(m->late, m->n_late + 1, sizeof(*m->late));
	m->late[m->n_late++] = xmemdup(object.p, object.n);
}

/* An operation that we do not know: of an earlier invocation. */
static int
add_known(struct merge *m, const struct wire_op *wo, struct err *e)
{
	struct buf id, parent;
	int result = -1;

	buf_init(&id, BUF_NO_MAX);
	buf_init(&parent, BUF_NO_MAX);
	text_put_plain(wo->id, &id);
	text_put_plain(wo->parent_id, &parent);
	if (wo->type < 0 || wo->status < 0)
		err_set(e, ERR_CORRUPT,
		    "operation %.80s is of a Type or Status that this durable "
		    "does not know",
		    buf_str(&id));
	else if (id.len != OPID_LEN)
		err_set(e, ERR_CORRUPT,
		    "operation %.80s is not of durable: what has begun this "
		    "execution must end it too (a version for each, and an "
		    "alias, keep them apart)",
		    buf_str(&id));
	else
		result = apply_known(m, wo, buf_str(&id),
		    wo->parent_id.p ? buf_str(&parent) : NULL, e);
	/* Another SDK's, or a change of the service that we cannot go on with:
	 * the next invocation would find the same. */
	if (result < 0)
		m->is_foreign = true;
	buf_clear(&id);
	buf_clear(&parent);
	return result;
}

static void
take_input(struct merge *m, const struct wire_op *wo)
{
	struct buf b;

	buf_init(&b, BUF_NO_MAX);
	text_put_plain(wo->input, &b);
	free(m->input);
	m->input = xstrdup(
	    buf_str(&b)[strspn(buf_str(&b), " \t\r\n")] ? buf_str(&b) : "{}");
	buf_clear(&b);
}

/* A callback without an id is one that nobody can answer: it would be awaited
 * for ever. */
static int
check_callback(const struct wire_op *wo, const struct op *op, struct err *e)
{
	struct buf name, shown;

	if (wo->type != OP_CALLBACK || wo->callback_id.n > 0 ||
	    (op && op->callback_id.p))
		return 0;
	buf_init(&name, BUF_NO_MAX);
	buf_init(&shown, BUF_NO_MAX);
	text_put_plain(wo->name, &name);
	text_escape(buf_str(&name), name.len, &shown);
	err_set(e, ERR_CORRUPT,
	    "the service's answer has no CallbackId for the callback '%.80s'",
	    buf_str(&shown));
	buf_clear(&name);
	buf_clear(&shown);
	return -1;
}

static int
take_over(struct merge *m, struct op *op, struct wire_op *wo, struct err *e)
{
	bool is_news = false;
	struct buf error;
	int result;

	if (check_callback(wo, op, e) < 0)
		return -1;
	buf_init(&error, BUF_NO_MAX);
	reason_complete(wo, &error);
	result = op ? merge_into(m, op, wo, &is_news, e) : add_known(m, wo, e);
	buf_clear(&error);
	m->has_news |= is_news;
	if (result == 0 && is_news && m->backend->changed)
		m->backend->changed(op, m->backend->changed_arg);
	return result;
}

int
merge_operation(struct merge *m, struct span object, struct err *e)
{
	struct wire_op wo;
	struct op *op = NULL;
	struct buf id;

	if (wire_take_operation(object, &wo, e) < 0)
		return -1;
	if (wo.type == OP_EXECUTION) {
		if (!m->input)
			take_input(m, &wo);
		return 0;
	}
	buf_init(&id, BUF_NO_MAX);
	text_put_plain(wo.id, &id);
	if (id.len >= OPID_IDENTITY)
		op = table_find(m->backend->table, buf_str(&id));
	buf_clear(&id);
	if (!op && wo.type >= 0 && !has_parent(m, &wo)) {
		keep_late(m, object);
		return 0;
	}
	return take_over(m, op, &wo, e);
}

int
merge_late(struct merge *m, struct err *e)
{
	size_t before;
	char **late;
	int result = 0;

	do {
		before = m->n_late;
		late = m->late;
		m->late = NULL;
		m->n_late = 0;
		for (size_t i = 0; i < before; i++) {
			if (result == 0)
				result = merge_operation(m,
				    (struct span){ late[i], strlen(late[i]) },
				    e);
			free(late[i]);
		}
		free(late);
	} while (result == 0 && m->n_late > 0 && m->n_late < before);
	while (m->n_late > 0)
		free(m->late[--m->n_late]);
	return result;
}

void
merge_clear(struct merge *m)
{
	while (m->n_late > 0)
		free(m->late[--m->n_late]);
	free(m->late);
	free(m->input);
}
