/*
 * memory_backend.c - store/backend.h without a file, for tests of the engine.
 */
#include "memory_backend.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "store/service.h"
#include "store/state.h"

/* A thing to be done again at a reload: an update, or a settling. */
struct kept {
	struct update u;
	int64_t now;
	enum op_status settled; /* STATUS_NONE: it is an update */
	struct kept *next;
};

struct memory {
	struct backend base;
	struct service *service;
	struct kept *first, **end;
	struct buf log;
	int fail_after;
};

static struct text
copy_text(struct text t)
{
	struct buf plain;

	if (!t.p)
		return t;
	buf_init(&plain, BUF_NO_MAX);
	text_put_plain(t, &plain);
	t.n = plain.len;
	t.escaped = false;
	t.p = buf_steal(&plain);
	return t;
}

static void
free_text(struct text t)
{
	free((char *)(uintptr_t)t.p);
}

static void
keep(struct memory *m, const struct update *u, enum op_status settled,
    int64_t now)
{
	struct kept *k = xcalloc(1, sizeof(*k));

	k->u = *u;
	k->u.id = xstrdup(u->id);
	k->u.parent_id = u->parent_id ? xstrdup(u->parent_id) : NULL;
	k->u.name = copy_text(u->name);
	k->u.payload = copy_text(u->payload);
	k->u.error = copy_text(u->error);
	k->u.callback_id = copy_text(u->callback_id);
	k->now = now;
	k->settled = settled;
	*m->end = k;
	m->end = &k->next;
}

static void
free_kept(struct kept *k)
{
	free((char *)(uintptr_t)k->u.id);
	free((char *)(uintptr_t)k->u.parent_id);
	free_text(k->u.name);
	free_text(k->u.payload);
	free_text(k->u.error);
	free_text(k->u.callback_id);
	free(k);
}

static void
note(struct memory *m, const struct update *u)
{
	if (m->log.len > 0)
		buf_put_char(&m->log, '\n');
	buf_printf(&m->log, "%s %s", op_action_name(u->action),
	    op_type_name(u->type));
	if (u->name.p) {
		buf_put_char(&m->log, ' ');
		text_put_plain(u->name, &m->log);
	}
}

static int
update(struct backend *b, const struct update *given, int64_t now,
    struct err *e)
{
	struct memory *m = (struct memory *)b;
	struct update u = *given;
	struct op *op;

	if (m->fail_after == 0)
		return err_set(e, ERR_IO, "the disk is full");
	if (m->fail_after > 0)
		m->fail_after--;
	if (u.type == OP_CALLBACK && u.action == ACTION_START)
		u.callback_id = text_of("callback-id");
	op = table_apply(b->table, &u, now, true, e);
	if (!op)
		return -1;
	note(m, &u);
	keep(m, &u, STATUS_NONE, now);
	service_watch(m->service, op);
	return 0;
}

/* Only the outcomes that come from outside: the engine makes no others. */
static int
event(struct backend *b, const struct record *r, struct err *e)
{
	struct memory *m = (struct memory *)b;
	struct op *op;

	if (state_apply_to_table(b->table, r, true, &op, e) < 0)
		return -1;
	if (op_status_is_final(op->status))
		keep(m, &r->u, (enum op_status)op->status, r->time);
	else
		service_watch(m->service, op);
	return 0;
}

static int
commit(struct backend *b, bool sync, struct err *e)
{
	(void)b;
	(void)sync;
	(void)e;
	return 0;
}

static int64_t
next_due(struct backend *b)
{
	return service_next_due(((struct memory *)b)->service);
}

static int
settle(struct memory *m, struct op *op, enum op_status status,
    const struct update *outcome, int64_t now)
{
	struct update u = *outcome;
	struct err e;

	u.id = op->id;
	if (table_settle(m->base.table, op, status, u.payload, u.error, now,
		true, &e) < 0)
		return -1;
	keep(m, &u, status, now);
	if (m->base.changed)
		m->base.changed(op, m->base.changed_arg);
	return 0;
}

static int
tick(struct backend *b, int64_t now, struct err *e)
{
	struct memory *m = (struct memory *)b;
	enum op_status status;
	bool is_heartbeat;
	struct update none = { 0 };
	struct op *op;

	(void)e;
	while ((op = service_take_due(m->service, now, &status, &is_heartbeat)))
		if (settle(m, op, status, &none, now) < 0)
			return -1;
	return 0;
}

static void
close_memory(struct backend *b)
{
	struct memory *m = (struct memory *)b;
	struct kept *k;

	if (!m)
		return;
	while ((k = m->first)) {
		m->first = k->next;
		free_kept(k);
	}
	service_free(m->service);
	table_free(b->table);
	buf_clear(&m->log);
	free(m);
}

static const struct backend_ops memory_ops = {
	.kind = "memory",
	.update = update,
	.event = event,
	.commit = commit,
	.next_due = next_due,
	.tick = tick,
	.close = close_memory,
};

struct backend *
memory_backend_new(int fail_after)
{
	struct memory *m = xcalloc(1, sizeof(*m));

	m->base.ops = &memory_ops;
	m->base.table = table_new();
	m->service = service_new(m->base.table);
	m->end = &m->first;
	m->fail_after = fail_after;
	buf_init(&m->log, BUF_NO_MAX);
	return &m->base;
}

struct backend *
memory_backend_reload(struct backend *b)
{
	struct backend *fresh = memory_backend_new(-1);
	struct memory *m = (struct memory *)fresh;
	struct err e;

	for (struct kept *k = ((struct memory *)b)->first; k; k = k->next) {
		struct op *op;

		if (k->settled == STATUS_NONE) {
			if (update(fresh, &k->u, k->now, &e) < 0)
				abort();
			continue;
		}
		op = table_find(fresh->table, k->u.id);
		if (!op || settle(m, op, k->settled, &k->u, k->now) < 0)
			abort();
	}
	close_memory(b);
	return fresh;
}

const char *
memory_backend_log(const struct backend *b)
{
	return buf_str(&((const struct memory *)b)->log);
}

int
memory_backend_settle(struct backend *b, const char *name, const char *result,
    int64_t now)
{
	struct op *op = table_find_named(b->table, NULL, text_of(name));
	struct update outcome = { .payload = text_of(result) };

	if (!op)
		return -1;
	return settle((struct memory *)b, op, STATUS_SUCCEEDED, &outcome, now);
}
