/*
 * engine.c - requests become updates and answers.
 *
 * The logic of an operation lives in its client; here is what must be one for
 * all of them: identity and state (with replay.c), who waits (waiters.c), what
 * is recorded, and when the invocation must end.
 */
#include "engine/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/put_down.h"
#include "engine/requests.h"
#include "engine/state.h"
#include "model/opid.h"

struct live *
live_of(struct op *op)
{
	if (!op->live) {
		struct live *l = xcalloc(1, sizeof(*l));

		l->scope.op = op;
		op->live = l;
	}
	return op->live;
}

struct scope *
scope_of(struct engine *en, struct op *op)
{
	return op ? &live_of(op)->scope : &en->root;
}

/* The service has changed op: whoever waits for it is answered. Who has called
 * the service is told when that fails; nothing is answered after that. */
static void
on_changed(struct op *op, void *arg)
{
	struct engine *en = arg;

	if (!en->has_failed && waiters_answer(en, op, &en->fail) < 0)
		en->has_failed = true;
}

int
engine_served(struct engine *en, int result, struct err *e)
{
	if (!en->has_failed)
		return result;
	if (result == 0)
		*e = en->fail;
	return -1;
}

struct engine *
engine_new(struct backend *b, const struct engine_options *o,
    const struct engine_host *host)
{
	struct engine *en = xcalloc(1, sizeof(*en));

	en->b = b;
	en->t = b->table;
	en->options = *o;
	en->host = *host;
	en->root.is_open = true;
	buf_init(&en->result, BUF_NO_MAX);
	b->changed = on_changed;
	b->changed_arg = en;
	return en;
}

static void
free_live(struct op *op)
{
	struct live *l = op->live;

	if (!l)
		return;
	free(l->named_error);
	put_down_clear(&l->scope);
	free(l->scope.failed_error);
	free(l);
	op->live = NULL;
}

/* The table may outlive us: the next invocation meets everything anew. */
static int
forget(struct op *op, void *arg)
{
	(void)arg;
	free_live(op);
	op->met = false;
	return 0;
}

/* What is closed, and has nothing below it, is only looked up from now on. In a
 * log of many steps their live sides would be a third of the memory. */
static void
drop_live(struct op *op)
{
	const struct live *l = op ? op->live : NULL;

	if (l && op->type != OP_CONTEXT && !l->scope.is_open && !l->owner &&
	    !l->waiters && op_status_is_final((enum op_status)op->status))
		free_live(op);
}

void
engine_free(struct engine *en)
{
	struct met *m, *next;

	if (!en)
		return;
	function_clear(en);
	table_each(en->t, forget, NULL);
	HASH_ITER (hh, en->names, m, next) {
		HASH_DEL(en->names, m);
		free(m);
	}
	en->b->changed = NULL;
	buf_clear(&en->result);
	put_down_clear(&en->root);
	free(en->root.failed_error);
	free(en->named_error);
	free(en->message);
	free(en);
}

struct engine_client *
engine_connect(struct engine *en, pid_t pid, void *user)
{
	struct engine_client *c = xcalloc(1, sizeof(*c));

	c->en = en;
	c->pid = pid;
	c->user = user;
	return c;
}

void *
engine_client_user(const struct engine_client *c)
{
	return c->user;
}

pid_t
engine_client_pid(const struct engine_client *c)
{
	return c->pid;
}

void
engine_disown(struct op *op)
{
	struct live *l = op->live;
	struct op **at;

	if (!l->owner)
		return;
	at = &l->owner->owned;
	while (*at != op)
		at = &live_of(*at)->next_owned;
	*at = l->next_owned;
	l->owner = NULL;
}

void
engine_own(struct engine_client *c, struct op *op)
{
	struct live *l = live_of(op);

	engine_disown(op);
	l->owner = c;
	l->next_owned = c->owned;
	c->owned = op;
}

bool
engine_disconnect(struct engine *en, struct engine_client *c)
{
	bool crashed = !c->said_goodbye && !c->is_outside && !c->is_muted;

	(void)en;
	waiters_remove(c);
	function_unwatch(c);
	scope_leave(c);
	while (c->owned)
		engine_disown(c->owned);
	drop_live(c->op);
	log_line("client %ld gone%s", (long)c->pid, crashed ? ": crash" : "");
	free(c);
	return crashed;
}

void
engine_stranger(struct engine_client *c)
{
	c->is_outside = true;
}

void
engine_hold(struct engine_client *c, bool on)
{
	c->is_held = on;
}

bool
engine_client_is_running(const struct engine_client *c)
{
	return c->state == CLIENT_RUNNING && !c->is_muted;
}

enum err_code
engine_refusal(const struct engine *en)
{
	return en->refusal;
}

bool
engine_is_blocked(struct engine *en)
{
	return scope_is_blocked(&en->root);
}

enum verdict
engine_verdict(const struct engine *en, const char **message)
{
	*message = en->message ? en->message : "";
	return en->verdict;
}

void
engine_set_verdict(struct engine *en, enum verdict v, const char *p, size_t n)
{
	if (en->verdict != VERDICT_NONE)
		return;
	en->verdict = v;
	en->message = xmemdup(p, n);
	log_line("verdict %d: %s", (int)v, en->message);
}

void
engine_refuse(struct engine *en, struct engine_client *c, enum err_code code,
    const char *fmt, ...)
{
	struct reply rp = { .type = MSG_REFUSED };
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	if (!en->options.is_journal && !c->is_outside) {
		if (en->verdict == VERDICT_NONE)
			en->refusal = code;
		engine_set_verdict(en, VERDICT_REFUSED, text, (size_t)n);
		return;
	}
	rp.number = (uint32_t)code;
	rp.payload = (struct span){ text, (size_t)n };
	c->said_goodbye = true;
	en->host.reply(en->host.arg, c, &rp, false);
}

void
engine_send_run(struct engine *en, struct engine_client *c, struct op *op,
    uint32_t flags, bool needs_sync)
{
	struct reply rp = { .type = MSG_RUN };
	struct buf state, error;

	c->state = op->type == OP_CONTEXT ? CLIENT_CONTEXT : CLIENT_RUNNING;
	rp.flags = flags;
	rp.status = op->status;
	rp.number = op->attempt + 1;
	rp.limit = op->type == OP_CONTEXT && en->options.context_max > 0
	    ? en->options.context_max
	    : en->options.payload_max;
	rp.id = (struct span){ op->id, OPID_LEN };
	buf_init(&state, BUF_NO_MAX);
	if (op->result.p) {
		text_put_plain(op->result, &state);
		rp.payload = (struct span){ buf_str(&state), state.len };
	}
	buf_init(&error, BUF_NO_MAX);
	if (op->error.p) {
		text_put_plain(op->error, &error);
		rp.error = (struct span){ buf_str(&error), error.len };
	}
	en->host.reply(en->host.arg, c, &rp, needs_sync);
	buf_clear(&error);
	buf_clear(&state);
}

void
engine_send_outcome(struct engine *en, struct engine_client *c, struct op *op,
    uint32_t flags)
{
	struct reply rp = { .type = MSG_OUTCOME };
	struct buf payload, error;

	rp.flags = flags;
	rp.status = op->status;
	rp.number = op->attempt;
	rp.id = (struct span){ op->id, OPID_LEN };
	buf_init(&payload, BUF_NO_MAX);
	buf_init(&error, BUF_NO_MAX);
	if (op->result.p && !(flags & FLAG_OWN)) {
		text_put_plain(op->result, &payload);
		rp.payload = (struct span){ buf_str(&payload), payload.len };
	}
	if (op->error.p) {
		text_put_plain(op->error, &error);
		rp.error = (struct span){ buf_str(&error), error.len };
	}
	en->host.reply(en->host.arg, c, &rp, true);
	buf_clear(&payload);
	buf_clear(&error);
}

int
engine_update(struct engine *en, struct op *op, struct update *u, struct err *e)
{
	struct op *above = op->parent;

	while (above && above->virtual)
		above = above->parent;
	u->id = op->id;
	u->parent_id = above ? above->id : NULL;
	u->type = (enum op_type)op->type;
	u->subtype = (enum op_subtype)op->subtype;
	u->name = op->name;
	return en->b->ops->update(en->b, u, en->now, e);
}

int
engine_start(struct engine *en, struct engine_client *c, struct op *op,
    struct err *e)
{
	struct update u = { .action = ACTION_START };
	struct live *l = live_of(op);

	if (engine_update(en, op, &u, e) < 0)
		return -1;
	engine_send_run(en, c, op, 0, l->at_most_once);
	return 0;
}

/* op is opened by c: counted as open in the context around it. */
static void
mark_open(struct engine *en, struct engine_client *c, struct op *op)
{
	struct live *l = live_of(op);

	l->scope.is_open = l->scope.was_opened = true;
	l->scope.is_replay = op->virtual ? scope_of(en, op->parent)->is_replay
					 : op_status_is_final(op->status);
	engine_own(c, op);
	l->met->open++;
	l->around->open++;
}

static int
open_step(struct engine *en, struct engine_client *c, struct op *op,
    const struct request *rq, struct err *e)
{
	bool once = (rq->flags & FLAG_AT_MOST_ONCE) != 0;
	bool is_new = (rq->flags & FLAG_OPENED_NEW) != 0;

	live_of(op)->at_most_once = once;
	if (is_new)
		engine_send_run(en, c, op, 0, once);
	else if (op->status == STATUS_STARTED)
		engine_send_run(en, c, op, once ? FLAG_INTERRUPTED : 0, false);
	else if (op->status == STATUS_PENDING)
		waiters_add(op, c);
	else
		return engine_start(en, c, op, e);
	return 0;
}

static int
open_context(struct engine *en, struct engine_client *c, struct op *op,
    bool is_new, struct err *e)
{
	uint32_t flags = is_new ? 0 : FLAG_REPLAYED;

	if (op->status == STATUS_NONE && !op->virtual)
		return engine_start(en, c, op, e);
	if (op_status_is_final(op->status))
		flags |= FLAG_REPLAY_CHILDREN;
	engine_send_run(en, c, op, flags, false);
	return 0;
}

/* A wait, callback or invoke. A reopened one is started with its options. */
static int
open_service(struct engine *en, struct engine_client *c, struct op *op,
    const struct request *rq, struct err *e)
{
	struct update u = { .action = ACTION_START };
	bool is_reopened = op->status == STATUS_NONE;

	if (is_reopened) {
		u.wait_s = rq->op_type == OP_WAIT ? rq->seconds : 0;
		u.timeout_s = rq->op_type == OP_CALLBACK ? rq->seconds : 0;
		u.heartbeat_s = rq->seconds2;
		u.payload = text_bytes(rq->payload.p, rq->payload.n);
		u.function = text_bytes(rq->function.p, rq->function.n);
		u.tenant = text_bytes(rq->tenant.p, rq->tenant.n);
		if (engine_update(en, op, &u, e) < 0)
			return -1;
	}
	if (op->type == OP_CALLBACK) {
		(void)scope_close(en, op);
		if (op->callback_id.p) {
			engine_send_callback(en, c, op);
		} else {
			waiters_add(op, c);
			c->awaits_id = true;
		}
		return 0;
	}
	waiters_add(op, c);
	if (op->type == OP_INVOKE &&
	    (is_reopened || (rq->flags & FLAG_OPENED_NEW) != 0))
		return engine_invoke(en, op, rq, e);
	return 0;
}

int
engine_opened(struct engine *en, struct engine_client *c, struct op *op,
    const struct request *rq, struct err *e)
{
	bool closed = op_status_is_final(op->status) && !op->replay_children;

	if (!c->op)
		c->op = op;
	if (closed && op->type == OP_CALLBACK) {
		engine_send_callback(en, c, op);
		return 0;
	}
	if (closed) {
		engine_note_outcome(en, c, op, 0);
		engine_send_outcome(en, c, op, FLAG_REPLAYED);
		return 0;
	}
	mark_open(en, c, op);
	switch (op->type) {
	case OP_STEP:
		return open_step(en, c, op, rq, e);
	case OP_CONTEXT:
		return open_context(en, c, op,
		    (rq->flags & FLAG_OPENED_NEW) != 0, e);
	default:
		return open_service(en, c, op, rq, e);
	}
}

int
engine_tick(struct engine *en, int64_t now, struct err *e)
{
	en->now = now;
	return engine_served(en, en->b->ops->tick(en->b, now, e), e);
}

int64_t
engine_next_due(struct engine *en)
{
	return en->b->ops->next_due(en->b);
}

const struct buf *
engine_result(const struct engine *en)
{
	return en->has_result ? &en->result : NULL;
}

void
engine_counts(const struct engine *en, struct engine_counts *out)
{
	*out = en->counts;
}

struct open_walk {
	void (*each)(void *arg, const struct op *op);
	void *arg;
	int n;
};

static int
visit_open(struct op *op, void *arg)
{
	struct open_walk *w = arg;
	const struct live *l = op->live;

	if (!l || !l->scope.is_open)
		return 0;
	w->n++;
	w->each(w->arg, op);
	return 0;
}

int
engine_each_open(struct engine *en,
    void (*each)(void *arg, const struct op *op), void *arg)
{
	struct open_walk w = { each, arg, 0 };

	table_each(en->t, visit_open, &w);
	return w.n;
}
