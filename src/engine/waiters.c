/*
 * waiters.c - who waits for what, and is everything blocked?
 *
 * A context is blocked when a client of it waits for the service, or runs
 * contexts that are all blocked, and no client of it does anything else. The
 * invocation is suspended when the handler's context is.
 */
#include <stdlib.h>

#include "engine/requests.h"
#include "engine/state.h"

void
waiters_remove(struct engine_client *c)
{
	struct engine_client **at;

	if (!c->waits_for)
		return;
	for (at = &live_of(c->waits_for)->waiters; *at;
	     at = &(*at)->next_waiter) {
		if (*at != c)
			continue;
		*at = c->next_waiter;
		c->en->counts.waiting--;
		break;
	}
	c->next_waiter = NULL;
	c->waits_for = NULL;
	c->state = CLIENT_IDLE;
}

void
waiters_add(struct op *op, struct engine_client *c)
{
	struct live *l = live_of(op);

	waiters_remove(c);
	c->state = CLIENT_WAITING;
	c->awaits_id = false;
	c->waits_for = op;
	c->next_waiter = l->waiters;
	l->waiters = c;
	c->en->counts.waiting++;
}

/* One client whose operation the service has moved on. */
static int
answer_one(struct engine *en, struct op *op, struct engine_client *c,
    struct err *e)
{
	c->state = CLIENT_IDLE;
	if (c->is_muted)
		return 0;
	if (c->awaits_id) {
		engine_send_callback(en, c, op);
		return 0;
	}
	if (op->status == STATUS_READY)
		return engine_start(en, c, op, e);
	(void)scope_close(en, op);
	engine_send_outcome(en, c, op, 0);
	return 0;
}

/* Whether what c waits for has come. */
static bool
is_to_be_answered(const struct engine_client *c, const struct op *op)
{
	return c->awaits_id
	    ? op->callback_id.p != NULL
	    : op->status == STATUS_READY || op_status_is_final(op->status);
}

int
waiters_answer(struct engine *en, struct op *op, struct err *e)
{
	struct live *l = op->live;
	struct engine_client **at, *c;

	if (!l)
		return 0;
	at = &l->waiters;
	while ((c = *at)) {
		if (!is_to_be_answered(c, op)) {
			at = &c->next_waiter;
			continue;
		}
		*at = c->next_waiter;
		c->next_waiter = NULL;
		c->waits_for = NULL;
		en->counts.waiting--;
		if (answer_one(en, op, c, e) < 0)
			return -1;
	}
	return 0;
}

void
scope_enter(struct scope *s, struct engine_client *c)
{
	c->scope = s;
	c->prev_in_scope = NULL;
	c->next_in_scope = s->clients;
	if (s->clients)
		s->clients->prev_in_scope = c;
	s->clients = c;
}

void
scope_leave(struct engine_client *c)
{
	if (!c->scope)
		return;
	if (c->prev_in_scope)
		c->prev_in_scope->next_in_scope = c->next_in_scope;
	else
		c->scope->clients = c->next_in_scope;
	if (c->next_in_scope)
		c->next_in_scope->prev_in_scope = c->prev_in_scope;
	c->scope = NULL;
}

static bool
is_open_branch(const struct op *op)
{
	const struct live *l = op->live;

	return l && l->scope.is_open &&
	    (op->subtype == SUB_BRANCH || op->subtype == SUB_MAP_ITEM);
}

/* A parallel or map: at least one branch is open, and all those are blocked.
 * With --flat the operations in branches stand beside them. */
static bool
branches_are_blocked(const struct op *batch)
{
	bool any = false;

	for (const struct op *b = batch->child; b; b = b->sibling) {
		const struct live *l = b->live;

		if (!is_open_branch(b))
			continue;
		if (!scope_is_blocked(&l->scope))
			return false;
		any = true;
	}
	return any;
}

bool
engine_client_is_blocked(const struct engine_client *c)
{
	const struct live *l;

	if (c->is_held)
		return false;
	if (c->state == CLIENT_WAITING)
		return true;
	if (c->state != CLIENT_CONTEXT || !c->op)
		return false;
	if (c->op->subtype == SUB_PARALLEL || c->op->subtype == SUB_MAP)
		return branches_are_blocked(c->op);
	l = c->op->live;
	return l && scope_is_blocked(&l->scope);
}

bool
scope_is_blocked(const struct scope *s)
{
	bool any = false;

	for (const struct engine_client *c = s->clients; c;
	     c = c->next_in_scope) {
		if (c->is_muted || (c->state == CLIENT_IDLE && !c->is_held))
			continue;
		if (!engine_client_is_blocked(c))
			return false;
		any = true;
	}
	return any;
}

static bool
mute_clients(struct scope *s)
{
	bool any = s->clients != NULL;

	for (struct engine_client *c = s->clients; c; c = c->next_in_scope) {
		waiters_remove(c);
		c->is_muted = true;
	}
	return any;
}

bool
scope_close(struct engine *en, struct op *op)
{
	struct live *l = op->live;
	bool any = false;

	if (!l || !l->scope.is_open)
		return false;
	l->scope.is_open = false;
	if (l->subshell > 0)
		en->host.subshell_closed(en->host.arg, l->subshell);
	l->subshell = 0;
	if (l->met && l->met->open > 0)
		l->met->open--;
	if (l->around->open > 0)
		l->around->open--;
	if (op->type != OP_CONTEXT)
		return true;
	any = mute_clients(&l->scope);
	for (struct op *child = op->child; child; child = child->sibling)
		any |= scope_close(en, child);
	return any;
}
