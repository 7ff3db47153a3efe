/*
 * table.c - the operations of one execution, found by identity or by name.
 *
 * Operations stand in slabs, in the order of their START, so a parent always
 * stands before its children. Two open-addressed arrays point at them: one
 * slot an identity, and one slot a pair of parent and name, where operations
 * of the same form a ring. The slot holds the ring's last, whose next is the
 * first: both ends are at hand in the size of one pointer. Nothing is ever
 * removed.
 */
#include "model/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "model/batch.h"
#include "model/opid.h"
#include "model/slots.h"

enum { SLAB_OPS = 64 };

/* Bits of op->owned. */
enum {
	OWNED_NAME = 1,
	OWNED_RESULT = 2,
	OWNED_ERROR = 4,
	OWNED_CALLBACK_ID = 8,
	NAMED_LAST = 16,  /* the last of its ring: next_by_name is the first */
	REOPEN_KEPT = 32, /* table_reopen's: at or below what stays */
	REOPEN_REACHED = 64, /* table_reopen's: is reset, or above what is */
};

struct table {
	struct op **slabs;       /* of SLAB_OPS each */
	size_t count;            /* operations in them */
	size_t virtuals;         /* how many of these are virtual */
	struct op *first, *last; /* at the root */
	struct slots by_id, by_name;
};

static uint64_t
hash_id(const char *id)
{
	uint64_t h = 0, word;

	for (size_t i = 0; i < OPID_IDENTITY; i += sizeof(word)) {
		memcpy(&word, id + i, sizeof(word));
		h = slots_mix(h, word);
	}
	return h;
}

static uint64_t
hash_bytes(uint64_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* The same for all forms of the name: it may be escaped here, plain there. */
static uint64_t
hash_name(const struct op *parent, struct text name)
{
	uint64_t h = slots_mix(UINT64_C(0xcbf29ce484222325), (uintptr_t)parent);
	struct buf plain;

	/* Without a backslash both forms are the same bytes. */
	if (!name.escaped || !memchr(name.p, '\\', name.n))
		return slots_mix(0, hash_bytes(h, name.p, name.n));
	buf_init(&plain, BUF_NO_MAX);
	text_put_plain(name, &plain);
	h = hash_bytes(h, plain.data, plain.len);
	buf_clear(&plain);
	return slots_mix(0, h);
}

static uint64_t
hash_op_id(const struct op *op)
{
	return hash_id(op->id);
}

static uint64_t
hash_op_name(const struct op *op)
{
	return hash_name(op->parent, op->name);
}

/* The slot that holds the ring of parent and name, or NULL. */
static struct op **
find_ring(const struct table *t, const struct op *parent, struct text name)
{
	const struct slots *s = &t->by_name;
	size_t i;

	if (!name.p || s->size == 0)
		return NULL;
	i = slot_first(s, hash_name(parent, name));
	for (; s->op[i]; i = slot_next(s, i))
		if (s->op[i]->parent == parent &&
		    text_equal(s->op[i]->name, name))
			return &s->op[i];
	return NULL;
}

static void
add_to_names(struct table *t, struct op *op)
{
	struct op **ring = find_ring(t, op->parent, op->name);

	op->owned |= NAMED_LAST;
	if (!ring) {
		op->next_by_name = op;
		slots_reserve(&t->by_name, hash_op_name);
		slots_add(&t->by_name, op, hash_op_name);
		return;
	}
	op->next_by_name = (*ring)->next_by_name;
	(*ring)->next_by_name = op;
	(*ring)->owned &= (unsigned char)~NAMED_LAST;
	*ring = op;
}

static void
add_to_tree(struct table *t, struct op *op)
{
	struct op **first = op->parent ? &op->parent->child : &t->first;
	struct op **last = op->parent ? &op->parent->last_child : &t->last;

	if (*last)
		(*last)->sibling = op;
	else
		*first = op;
	*last = op;
}

static struct op *
op_at(const struct table *t, size_t i)
{
	return &t->slabs[i / SLAB_OPS][i % SLAB_OPS];
}

static void
add_slab(struct table *t)
{
	size_t n = t->count / SLAB_OPS;

	/* The array of slabs doubles: it is full at the powers of two. */
	if ((n & (n - 1)) == 0)
		t->slabs = xreallocarray(t->slabs, n ? 2 * n : 1,
		    sizeof(struct op *));
	t->slabs[n] = xcalloc(SLAB_OPS, sizeof(struct op));
}

/* Sets *slot to text, copied when copy is set, and frees what it held. The
 * text may be the one it holds. */
static void
set_text(struct op *op, struct text *slot, unsigned char bit, struct text text,
    bool copy)
{
	char *old = op->owned & bit ? (char *)(uintptr_t)slot->p : NULL;

	if (old && text.p == old) {
		*slot = text;
		return;
	}
	*slot = text;
	op->owned &= (unsigned char)~bit;
	if (copy && text.p) {
		slot->p = xmemdup(text.p, text.n);
		op->owned |= bit;
	}
	free(old);
}

static void
set_outcome(struct op *op, struct text result, struct text error, bool copy)
{
	set_text(op, &op->result, OWNED_RESULT, result, copy);
	set_text(op, &op->error, OWNED_ERROR, error, copy);
}

/* Makes an operation that is not started and has its place everywhere. */
static struct op *
add_op(struct table *t, const char *id, struct op *parent, struct text name,
    bool copy)
{
	struct op *op;

	if (t->count % SLAB_OPS == 0)
		add_slab(t);
	op = op_at(t, t->count++);
	memcpy(op->id, id, OPID_LEN);
	op->parent = parent;
	op->due = op->heartbeat_due = TIME_NEVER;
	set_text(op, &op->name, OWNED_NAME, name, copy);
	slots_reserve(&t->by_id, hash_op_id);
	slots_add(&t->by_id, op, hash_op_id);
	add_to_tree(t, op);
	if (op->name.p)
		add_to_names(t, op);
	return op;
}

/* The instant that many seconds after now; TIME_NEVER for none. */
static int64_t
seconds_after(int64_t now, int64_t seconds)
{
	if (seconds <= 0 || seconds > (TIME_NEVER - now) / 1000)
		return TIME_NEVER;
	return now + seconds * 1000;
}

static int
check_same(const struct op *op, const struct update *u, const struct op *parent,
    struct err *e)
{
	const char *what = NULL;

	if (op->type != u->type)
		what = "Type";
	else if (op->subtype != u->subtype)
		what = "SubType";
	else if (op->parent != parent)
		what = "ParentId";
	else if (!text_equal(op->name, u->name))
		what = "Name";
	if (what)
		return err_set(e, ERR_CORRUPT,
		    "%s of operation %s differs from its START", what, u->id);
	return 0;
}

/* Where an update leads. */
struct change {
	struct op *op; /* NULL: a new one */
	struct op *parent;
	int status;
};

/* Checks *u against what there is, and finds out what it changes. */
static int
check_update(struct table *t, const struct update *u, struct change *c,
    struct err *e)
{
	enum op_status from;

	c->parent = u->parent_id ? table_find(t, u->parent_id) : NULL;
	if (u->parent_id && (!c->parent || c->parent->type != OP_CONTEXT))
		return err_set(e, ERR_CORRUPT,
		    "operation %s has no such parent context", u->id);
	c->op = table_find(t, u->id);
	if (c->op && check_same(c->op, u, c->parent, e) < 0)
		return -1;
	from = c->op ? (enum op_status)c->op->status : STATUS_NONE;
	if (from == STATUS_NONE && !opid_is_valid(u->id, strlen(u->id)))
		return err_set(e, ERR_CORRUPT, "Id is not an operation's");
	c->status = op_next_status(u->type, from, u->action);
	if (c->status < 0)
		return err_set(e, ERR_CORRUPT,
		    "cannot %s a %s that is %s (operation %s)",
		    op_action_name(u->action), op_type_name(u->type),
		    from == STATUS_NONE ? "not started" : op_status_name(from),
		    u->id);
	return 0;
}

static void
apply_start(struct op *op, const struct update *u, int64_t now, bool copy)
{
	if (u->type == OP_WAIT)
		op->due = seconds_after(now, u->wait_s);
	if (u->type != OP_CALLBACK)
		return;
	op->due = seconds_after(now, u->timeout_s);
	op->heartbeat_s = u->heartbeat_s;
	op->heartbeat_due = seconds_after(now, u->heartbeat_s);
	set_text(op, &op->callback_id, OWNED_CALLBACK_ID, u->callback_id, copy);
}

static void
apply_action(struct op *op, const struct update *u, int64_t now, bool copy)
{
	op->due = TIME_NEVER;
	if (u->action == ACTION_START) {
		apply_start(op, u, now, copy);
		return;
	}
	if (op->type == OP_STEP)
		op->attempt++;
	set_outcome(op, u->payload, u->error, copy);
	if (u->action == ACTION_RETRY) {
		op->due = seconds_after(now, u->delay_s);
		return;
	}
	op->replay_children = u->replay_children;
	op->ended = now;
}

/* Whether the service may bring an operation of that type there. */
static bool
can_settle(const struct op *op, enum op_status status)
{
	static const unsigned to[OP_TYPES] = {
		[OP_WAIT] = 1U << STATUS_SUCCEEDED | 1U << STATUS_CANCELLED,
		[OP_CALLBACK] = 1U << STATUS_SUCCEEDED | 1U << STATUS_FAILED |
		    1U << STATUS_TIMED_OUT | 1U << STATUS_CANCELLED,
		[OP_INVOKE] = 1U << STATUS_SUCCEEDED | 1U << STATUS_FAILED |
		    1U << STATUS_TIMED_OUT | 1U << STATUS_STOPPED |
		    1U << STATUS_CANCELLED,
	};

	if (op->type == OP_STEP)
		return op->status == STATUS_PENDING && status == STATUS_READY;
	return op->status == STATUS_STARTED && to[op->type] >> status & 1U;
}

static void
reset(struct op *op)
{
	const struct text none = { .p = NULL };

	set_outcome(op, none, none, false);
	set_text(op, &op->callback_id, OWNED_CALLBACK_ID, none, false);
	op->status = STATUS_NONE;
	op->attempt = 0;
	op->replay_children = false;
	op->started = op->ended = op->heartbeat_s = 0;
	op->due = op->heartbeat_due = TIME_NEVER;
	op->reopened = true;
}

static bool
has_failed_branch(const struct op *op)
{
	for (const struct op *i = op->child; i; i = i->sibling)
		if (i->status == STATUS_FAILED)
			return true;
	return false;
}

/*
 * Whether op is a parallel or map that succeeded, as all do, and returned
 * non-zero. What an --encode command made of the batch cannot be read: then
 * the branches say it.
 */
static bool
is_failed_batch(const struct op *op)
{
	struct buf plain;
	struct span v, reason;
	struct err ignored;
	bool failed;

	if ((op->subtype != SUB_PARALLEL && op->subtype != SUB_MAP) ||
	    op->status != STATUS_SUCCEEDED)
		return false;
	buf_init(&plain, BUF_NO_MAX);
	text_put_plain(op->result, &plain);
	if (json_check(buf_str(&plain), plain.len, &v, &ignored) == 0 &&
	    json_kind(v) == '{' && json_find(v, "completionReason", &reason))
		failed = batch_is_failure(v);
	else
		failed = has_failed_branch(op);
	buf_clear(&plain);
	return failed;
}

/* Parents first: what stays, with all below it, and what failed by itself. */
static void
mark_for_reopen(struct op *op)
{
	bool failed_batch = is_failed_batch(op);

	op->owned &= (unsigned char)~(REOPEN_KEPT | REOPEN_REACHED);
	if ((op->parent && op->parent->owned & REOPEN_KEPT) ||
	    (op->status == STATUS_SUCCEEDED && !failed_batch))
		op->owned |= REOPEN_KEPT;
	else if (failed_batch || op->status == STATUS_FAILED ||
	    op->status == STATUS_TIMED_OUT || op->status == STATUS_STOPPED)
		op->owned |= REOPEN_REACHED;
}

/*
 * Below a context that is reset: unfinished branches, which a closed batch had
 * ended; and all of a wait-for-callback, as a new callback has a new id and a
 * submitter that knew the old one must run again.
 */
static bool
goes_with_its_parent(const struct op *op)
{
	if (!op->parent || !(op->parent->owned & REOPEN_REACHED))
		return false;
	if (op->parent->subtype == SUB_WAIT_FOR_CALLBACK)
		return true;
	return op->status == STATUS_STARTED &&
	    (op->subtype == SUB_BRANCH || op->subtype == SUB_MAP_ITEM);
}

static void
free_texts(struct op *op)
{
	const struct text none = { .p = NULL };

	set_outcome(op, none, none, false);
	set_text(op, &op->callback_id, OWNED_CALLBACK_ID, none, false);
	set_text(op, &op->name, OWNED_NAME, none, false);
}

struct table *
table_new(void)
{
	return xcalloc(1, sizeof(struct table));
}

void
table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		free_texts(op_at(t, i));
	for (size_t i = 0; i < t->count; i += SLAB_OPS)
		free(t->slabs[i / SLAB_OPS]);
	free(t->slabs);
	free(t->by_id.op);
	free(t->by_name.op);
	free(t);
}

size_t
table_count(const struct table *t)
{
	return t->count - t->virtuals;
}

struct op *
table_find(const struct table *t, const char *id)
{
	const struct slots *s = &t->by_id;
	size_t i;

	if (s->size == 0 || memchr(id, 0, OPID_IDENTITY))
		return NULL;
	i = slot_first(s, hash_id(id));
	while (s->op[i] && !opid_same_identity(s->op[i]->id, id))
		i = slot_next(s, i);
	return s->op[i];
}

struct op *
table_find_named(const struct table *t, const struct op *parent,
    struct text name)
{
	struct op **ring = find_ring(t, parent, name);

	return ring ? (*ring)->next_by_name : NULL;
}

struct op *
table_next_named(const struct op *op)
{
	return op->owned & NAMED_LAST ? NULL : op->next_by_name;
}

struct op *
table_first(const struct table *t)
{
	return t->first;
}

int
table_each(struct table *t, int (*each)(struct op *, void *), void *arg)
{
	for (size_t i = 0; i < t->count; i++) {
		int result = each(op_at(t, i), arg);

		if (result != 0)
			return result;
	}
	return 0;
}

struct op *
table_apply(struct table *t, const struct update *u, int64_t now, bool copy,
    struct err *e)
{
	struct change c = { .status = STATUS_NONE };
	struct op *op;

	if (check_update(t, u, &c, e) < 0)
		return NULL;
	op = c.op;
	if (!op) {
		op = add_op(t, u->id, c.parent, u->name, copy);
		op->type = (uint8_t)u->type;
		op->subtype = (uint8_t)u->subtype;
	}
	if (op->status == STATUS_NONE) {
		/* After a reopening the command line may be another. */
		memcpy(op->id, u->id, OPID_LEN);
		op->started = now;
		op->reopened = false;
	}
	op->status = (uint8_t)c.status;
	apply_action(op, u, now, copy);
	return op;
}

int
table_settle(struct table *t, struct op *op, enum op_status status,
    struct text result, struct text error, int64_t now, bool copy,
    struct err *e)
{
	(void)t;
	if (!can_settle(op, status))
		return err_set(e, ERR_CORRUPT,
		    "a %s that is %s cannot become %s (operation %s)",
		    op_type_name(op->type), op_status_name(op->status),
		    op_status_name(status), op->id);
	op->status = (uint8_t)status;
	op->due = op->heartbeat_due = TIME_NEVER;
	if (status == STATUS_READY)
		return 0;
	op->ended = now;
	set_outcome(op, result, error, copy);
	return 0;
}

void
table_reopen(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		mark_for_reopen(op_at(t, i));
	for (size_t i = t->count; i-- > 0;) { /* children first */
		struct op *op = op_at(t, i);

		if (op->owned & REOPEN_REACHED && op->parent)
			op->parent->owned |= REOPEN_REACHED;
	}
	for (size_t i = 0; i < t->count; i++) {
		struct op *op = op_at(t, i);

		if (op->owned & REOPEN_REACHED || goes_with_its_parent(op))
			reset(op);
	}
}

void
table_set_callback_id(struct op *op, struct text id)
{
	set_text(op, &op->callback_id, OWNED_CALLBACK_ID, id, true);
}

struct op *
table_add_virtual(struct table *t, const char *id, struct op *parent,
    enum op_subtype subtype, struct text name)
{
	struct op *op = table_find(t, id);

	if (op)
		return op;
	op = add_op(t, id, parent, name, true);
	op->type = OP_CONTEXT;
	op->subtype = (uint8_t)subtype;
	op->status = STATUS_STARTED;
	op->virtual = true;
	t->virtuals++;
	return op;
}
