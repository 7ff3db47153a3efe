/*
 * function.c - operations whose body is a function of the script's shell.
 *
 * Two clients make one operation: the first opens it and leaves it to the
 * shell that runs the function, the second takes it back with the function's
 * outcome and goes on as every client does. In between a client without a
 * connection stands for the shell. It is the operation's owner, and it holds
 * the invocation as one that runs a command does. The server watches the
 * shell: when that has gone before the operation is over, it is a crash.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/requests.h"
#include "engine/state.h"
#include "model/opid.h"

static void
watch(struct engine_client *c, pid_t shell)
{
	if (c->shell == 0) {
		c->next_shell = c->en->shells;
		c->en->shells = c;
	}
	c->shell = shell;
}

void
function_unwatch(struct engine_client *c)
{
	struct engine_client **at = &c->en->shells;

	if (c->shell == 0)
		return;
	while (*at && *at != c)
		at = &(*at)->next_shell;
	if (*at)
		*at = c->next_shell;
	c->shell = 0;
	c->next_shell = NULL;
}

struct engine_client *
engine_next_shell(struct engine *en, const struct engine_client *c)
{
	struct engine_client *next = c ? c->next_shell : en->shells;

	while (next && next->is_muted)
		next = next->next_shell;
	return next;
}

pid_t
engine_client_shell(const struct engine_client *c)
{
	return c->shell;
}

void
engine_shell_gone(struct engine_client *c)
{
	c->shell_is_gone = true;
}

bool
engine_shell_is_gone(const struct engine_client *c)
{
	return c->shell_is_gone;
}

static bool
may_have_function(unsigned subtype)
{
	switch (subtype) {
	case SUB_STEP:
	case SUB_CHILD:
	case SUB_PARALLEL:
	case SUB_MAP:
	case SUB_CONDITION:
	case SUB_WAIT_FOR_CALLBACK:
		return true;
	default:
		return false;
	}
}

int
function_open(struct engine *en, struct engine_client *c,
    const struct request *rq, struct err *e)
{
	struct request opened = *rq;

	if (rq->number == 0 || rq->number > INT_MAX ||
	    !may_have_function(rq->subtype)) {
		engine_refuse(en, c, ERR_REFUSED,
		    "an opening for a shell function that is not well-formed");
		return 0;
	}
	if (en->options.is_journal) {
		engine_refuse(en, c, ERR_REFUSED,
		    "a shell function as the body of an operation needs an "
		    "execution: in a journal, put it into a script of its own");
		return 0;
	}
	opened.number = 0; /* the occurrence is counted */
	watch(c, (pid_t)rq->number);
	return replay_open(en, c, &opened, e);
}

/* The operation that c has open itself, or NULL. */
static struct op *
owned_by(const struct engine_client *c)
{
	const struct live *l = c->op ? c->op->live : NULL;

	return l && l->scope.is_open && l->owner == c ? c->op : NULL;
}

void
function_leave(struct engine *en, struct engine_client *c)
{
	struct op *op = owned_by(c);
	struct engine_client *stand_in;
	struct live *l;

	if (c->shell > 0 && op) {
		l = live_of(op);
		stand_in = engine_connect(en, c->shell, NULL);
		stand_in->is_stand_in = true;
		stand_in->state = c->state;
		stand_in->op = op;
		scope_enter(c->scope, stand_in);
		watch(stand_in, c->shell);
		engine_own(stand_in, op);
		/* Each attempt may name an error of its own. */
		free(l->named_error);
		l->named_error = NULL;
	}
	function_unwatch(c);
}

static void
free_stand_in(struct engine_client *c)
{
	function_unwatch(c);
	scope_leave(c);
	free(c);
}

int
function_end(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e)
{
	struct op *op = opid_is_valid(rq->id.p, rq->id.n)
	    ? table_find(en->t, rq->id.p)
	    : NULL;
	struct live *l = op ? op->live : NULL;
	struct engine_client *stand_in;
	struct reply named = { .type = MSG_NAMED };

	(void)around;
	(void)e;
	if (!l || !l->scope.is_open || !l->owner || !l->owner->is_stand_in ||
	    l->owner->shell != (pid_t)rq->number || c->op) {
		engine_refuse(en, c, ERR_REFUSED,
		    "the end of a shell function that was not begun there");
		return 0;
	}
	watch(c, l->owner->shell);
	stand_in = l->owner;
	engine_own(c, op);
	c->op = op;
	free_stand_in(stand_in);
	if (l->named_error) {
		named.id = (struct span){ op->id, OPID_LEN };
		named.error = (struct span){ l->named_error,
			strlen(l->named_error) };
		en->host.reply(en->host.arg, c, &named, false);
	}
	engine_send_run(en, c, op,
	    l->scope.is_replay ? FLAG_REPLAYED | FLAG_REPLAY_CHILDREN : 0,
	    false);
	return 0;
}

int
function_subshell(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e)
{
	struct op *op = opid_is_valid(rq->id.p, rq->id.n)
	    ? table_find(en->t, rq->id.p)
	    : NULL;
	struct live *l = op ? op->live : NULL;

	(void)around;
	(void)e;
	if (!l || !l->scope.is_open || l->owner != c || rq->number == 0 ||
	    rq->number > INT_MAX) {
		engine_refuse(en, c, ERR_REFUSED,
		    "the subshell of a branch that its sender has not open");
		return 0;
	}
	l->subshell = (pid_t)rq->number;
	return 0;
}

void
function_clear(struct engine *en)
{
	struct engine_client *c, *next;

	for (c = en->shells; c; c = next) {
		next = c->next_shell;
		if (!c->is_stand_in)
			continue;
		while (c->owned)
			engine_disown(c->owned);
		free_stand_in(c);
	}
}
