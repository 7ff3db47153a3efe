/*
 * distant.c - the engine and a service that is elsewhere.
 */
#include "engine/distant.h"

#include "engine/requests.h"
#include "engine/state.h"
#include "model/error.h"

int
engine_take_service(struct engine *en, const struct pollfd *fds, size_t n,
    struct err *e)
{
	return engine_served(en, en->b->ops->turn(en->b, fds, n, e), e);
}

struct give_up {
	struct engine *en;
	struct err *e;
};

/* A step whose command runs. Its attempt is over, and not by its own doing. */
static int
give_up_one(struct op *op, void *arg)
{
	static const char error[] =
	    "{\"ErrorType\":\"" ERROR_DEADLINE "\",\"ErrorMessage\":"
	    "\"the invocation's time was up before it had ended\"}";
	struct update u = { .action = ACTION_RETRY, .delay_s = 1 };
	const struct live *l = op->live;
	struct give_up *g = arg;

	if (op->type != OP_STEP || op->status != STATUS_STARTED || !l ||
	    !l->scope.is_open || !l->owner || l->owner->is_muted ||
	    l->scope.is_replay)
		return 0;
	/* A condition that has no state yet keeps its initial one. */
	if (op->subtype == SUB_CONDITION && op->result.p)
		u.payload = op->result;
	else
		u.error = text_of(error);
	return engine_update(g->en, op, &u, g->e);
}

int
engine_give_up_running(struct engine *en, int64_t now, struct err *e)
{
	struct give_up g = { en, e };

	en->now = now;
	return table_each(en->t, give_up_one, &g);
}

static int
is_pending(struct op *op, void *arg)
{
	(void)arg;
	for (const struct op *above = op->parent; above; above = above->parent)
		if (op_status_is_final((enum op_status)above->status))
			return 0;
	return op->status == STATUS_PENDING || op->status == STATUS_READY ||
	    (op->status == STATUS_STARTED &&
		(op->type == OP_WAIT || op->type == OP_CALLBACK ||
		    op->type == OP_INVOKE));
}

bool
engine_has_pending(struct engine *en)
{
	return table_each(en->t, is_pending, NULL) != 0;
}
