/*
 * requests.c - what each request does, as one table.
 *
 * A request of a client below the handler names the operation around it
 * (DURABLE_OPERATION). Where that one is closed the request is never answered:
 * the process belongs to a branch that nobody needs, and is about to be ended.
 */
#include "engine/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/put_down.h"
#include "engine/state.h"
#include "model/batch.h"
#include "model/error.h"
#include "model/opid.h"
#include "model/payload.h"

static void
answer(struct engine_client *c, const struct reply *rp, bool needs_sync)
{
	c->en->host.reply(c->en->host.arg, c, rp, needs_sync);
}

static void
answer_type(struct engine_client *c, enum msg_type type)
{
	answer(c, &(struct reply){ .type = type }, false);
}

void
engine_note_outcome(struct engine *en, const struct engine_client *c,
    struct op *op, int status)
{
	const struct live *l = op->live;
	struct scope *s = l && l->around ? l->around : scope_of(en, op->parent);
	struct buf text, batch;

	/* One that is only looked up does not know the flat branch it is in. */
	if (c->op == op && c->scope)
		s = c->scope;
	free(s->failed_error);
	s->failed_error = NULL;
	s->failed_status = status;
	buf_init(&text, BUF_NO_MAX);
	if (op->status != STATUS_SUCCEEDED) {
		text_put_plain(op->error, &text);
	} else if (status != 0 &&
	    (op->subtype == SUB_PARALLEL || op->subtype == SUB_MAP)) {
		/* Its client took it as failed: so did its first branch that
		 * is. */
		buf_init(&batch, BUF_NO_MAX);
		text_put_plain(op->result, &batch);
		batch_put_first_error((struct span){ buf_str(&batch),
					  batch.len },
		    &text);
		buf_clear(&batch);
	}
	if (text.len > 0)
		s->failed_error = buf_steal(&text);
	buf_clear(&text);
}

void
engine_send_callback(struct engine *en, struct engine_client *c, struct op *op)
{
	struct reply rp = { .type = MSG_OUTCOME, .flags = FLAG_REPLAYED };

	(void)en;
	rp.status = STATUS_SUCCEEDED;
	rp.id = (struct span){ op->id, OPID_LEN };
	rp.payload = (struct span){ op->callback_id.p, op->callback_id.n };
	answer(c, &rp, true);
}

/* The operation with that id when it is open in this invocation, or NULL. */
static struct op *
find_open(struct engine *en, struct span id)
{
	struct op *op;
	struct live *l;

	if (!opid_is_valid(id.p, id.n))
		return NULL;
	op = table_find(en->t, id.p);
	if (!op)
		return NULL;
	l = op->live;
	return l && l->scope.is_open ? op : NULL;
}

/*
 * Finds the context that a request was made in and puts the client there.
 * Returns false when the request is not to be answered or was refused.
 */
static bool
enter_scope(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op **enclosing)
{
	*enclosing = NULL;
	if (rq->parent.n > 0) {
		*enclosing = find_open(en, rq->parent);
		if (!*enclosing) {
			c->is_muted = true;
			log_line("request %d of a closed context", rq->type);
			return false;
		}
	}
	if (!c->scope)
		scope_enter(scope_of(en, *enclosing), c);
	return true;
}

static int
do_open(struct engine *en, struct engine_client *c, const struct request *rq,
    struct op *around, struct err *e)
{
	if (around && around->type == OP_STEP) {
		engine_refuse(en, c, ERR_REFUSED,
		    "a durable operation inside the command of a step: its "
		    "outcome could not be told from the step's. Move it out "
		    "of the step, or use durable child");
		return 0;
	}
	if (!around && en->named_error &&
	    (rq->name.n < 5 || memcmp(rq->name.p, "undo ", 5) != 0)) {
		engine_set_verdict(en, VERDICT_FAILED, "", 0);
		return 0;
	}
	if (rq->flags & FLAG_FUNCTION)
		return function_open(en, c, rq, e);
	return replay_open(en, c, rq, e);
}

/* A context's error is that of its last failed operation, where the status is
 * that operation's. It says the status with which the context has failed. */
static struct text
failure_of(const struct op *op, const struct request *rq, struct buf *room)
{
	const struct scope *s = &((const struct live *)op->live)->scope;

	if ((rq->flags & FLAG_INHERIT) && s->failed_error &&
	    (uint32_t)s->failed_status == rq->number)
		buf_put_str(room, s->failed_error);
	else
		buf_put(room, rq->error.p, rq->error.n);
	if (room->len > 0 && op->type == OP_CONTEXT)
		error_say_status(room, (int)rq->number);
	return room->len > 0 ? text_bytes(buf_str(room), room->len)
			     : text_of(NULL);
}

static void
close_operation(struct engine *en, struct engine_client *c, struct op *op)
{
	if (scope_close(en, op) && op->type == OP_CONTEXT)
		en->host.closed(en->host.arg, op);
	if (c->op == op)
		c->state = CLIENT_IDLE;
}

/* What a branch without a record has failed of is known here alone. */
static void
keep_failure(struct scope *s, struct span error)
{
	free(s->failed_error);
	s->failed_error = error.p ? xmemdup(error.p, error.n) : NULL;
}

/* An outcome that is not recorded: of a branch without a record of its own,
 * or of a context whose recorded body was only repeated. */
static void
close_unrecorded(struct engine *en, struct engine_client *c, struct op *op,
    const struct request *rq)
{
	struct reply rp = { .type = MSG_OUTCOME, .flags = FLAG_OWN };
	struct buf room;
	struct text error;

	buf_init(&room, BUF_NO_MAX);
	error = failure_of(op, rq, &room);
	rp.status = rq->action == ACTION_SUCCEED ? STATUS_SUCCEEDED
						 : STATUS_FAILED;
	rp.id = (struct span){ op->id, OPID_LEN };
	rp.error = (struct span){ error.p, error.n };
	if (op->virtual)
		keep_failure(&live_of(op)->scope,
		    rp.status == STATUS_FAILED ? rp.error : (struct span){ 0 });
	close_operation(en, c, op);
	answer(c, &rp, true);
	buf_clear(&room);
}

/* The batch around op is decided by op's outcome: its other branches are not
 * needed, and nothing more is taken from below them. */
static void
close_siblings(struct engine *en, const struct op *op)
{
	bool any = false;

	if (!op->parent)
		return;
	for (struct op *b = op->parent->child; b; b = b->sibling)
		if (b != op)
			any |= scope_close(en, b);
	if (any)
		en->host.closed(en->host.arg, op->parent);
}

static int
do_update(struct engine *en, struct engine_client *c, const struct request *rq,
    struct op *around, struct err *e)
{
	struct op *op = find_open(en, rq->id);
	struct update u = { 0 };
	struct buf room;
	int result;

	(void)around;
	if (!op || ((struct live *)op->live)->owner != c ||
	    rq->action >= ACTIONS || rq->action == ACTION_START) {
		engine_refuse(en, c, ERR_REFUSED,
		    "an update of an operation that its sender has not open");
		return 0;
	}
	((struct live *)op->live)->subshell = 0;
	if (rq->flags & FLAG_DECIDED)
		close_siblings(en, op);
	if (op->virtual || ((struct live *)op->live)->scope.is_replay) {
		close_unrecorded(en, c, op, rq);
		return 0;
	}
	u.action = (enum op_action)rq->action;
	u.delay_s = rq->seconds;
	u.replay_children = (rq->flags & FLAG_REPLAY_CHILDREN) != 0;
	u.payload = text_bytes(rq->payload.p, rq->payload.n);
	buf_init(&room, BUF_NO_MAX);
	u.error = failure_of(op, rq, &room);
	result = engine_update(en, op, &u, e);
	buf_clear(&room);
	if (result < 0)
		return -1;
	log_line("%s %s", op_action_name(u.action), op->id);
	if (u.action == ACTION_RETRY) {
		waiters_add(op, c);
		return 0;
	}
	close_operation(en, c, op);
	engine_note_outcome(en, c, op, (int)rq->number);
	engine_send_outcome(en, c, op, FLAG_OWN);
	return 0;
}

static int
do_bye(struct engine *en, struct engine_client *c, const struct request *rq,
    struct op *around, struct err *e)
{
	(void)around;
	(void)e;
	c->said_goodbye = true;
	function_leave(en, c);
	c->state = CLIENT_IDLE;
	if (c->op && op_status_is_final(c->op->status))
		engine_note_outcome(en, c, c->op, (int)rq->number);
	return 0;
}

static int
do_input(struct engine *en, struct engine_client *c, const struct request *rq,
    struct op *around, struct err *e)
{
	struct reply rp = { .type = MSG_VALUE };

	(void)rq;
	(void)around;
	(void)e;
	if (en->options.input)
		rp.payload = (struct span){ en->options.input,
			strlen(en->options.input) };
	else
		rp.flags = FLAG_NOT_PRESENT;
	answer(c, &rp, false);
	return 0;
}

static int
do_result(struct engine *en, struct engine_client *c, const struct request *rq,
    struct op *around, struct err *e)
{
	(void)around;
	(void)e;
	buf_reset(&en->result);
	buf_put(&en->result, rq->payload.p, rq->payload.n);
	en->has_result = true;
	answer_type(c, MSG_OK);
	return 0;
}

/* `durable fail`: the enclosing operation has failed, whatever follows. Its
 * client is told before `fail` is answered, so it knows in time. */
static int
do_name_error(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e)
{
	struct reply rp = { .type = MSG_NAMED };
	struct live *l;
	char **at = &en->named_error;

	(void)e;
	if (around) {
		l = live_of(around);
		at = &l->named_error;
		rp.id = (struct span){ around->id, OPID_LEN };
		rp.error = rq->error;
		if (l->owner && !l->owner->is_stand_in)
			answer(l->owner, &rp, false);
	}
	free(*at);
	*at = xmemdup(rq->error.p, rq->error.n);
	answer_type(c, MSG_OK);
	return 0;
}

static struct text
failure_of_branch(const struct op *branch)
{
	const struct live *l = branch->live;

	if (branch->subtype != SUB_BRANCH && branch->subtype != SUB_MAP_ITEM)
		return text_of(NULL);
	if (branch->virtual)
		return text_of(
		    l && !l->scope.is_open ? l->scope.failed_error : NULL);
	return branch->status == STATUS_FAILED ? branch->error : text_of(NULL);
}

/* The failed branches as a batch result has them, where there are any: the
 * result itself may be too large to be recorded, or be what --encode made. */
static void
put_failed_branches(const struct op *batch, struct buf *out)
{
	struct text error;
	size_t n = 0;

	for (const struct op *b = batch->child; b; b = b->sibling) {
		error = failure_of_branch(b);
		if (!error.p)
			continue;
		buf_put_str(out, n++ > 0 ? "," : "{\"all\":[");
		buf_put_str(out, "{\"status\":\"FAILED\",\"error\":");
		text_put_plain(error, out);
		buf_put_char(out, '}');
	}
	if (n > 0)
		buf_put_str(out, "]}");
}

static int
do_get_error(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e)
{
	struct reply rp = { .type = MSG_VALUE };
	struct buf error, payload;
	struct op *op;

	(void)e;
	op = replay_last_named(en, scope_of(en, around), rq->name);
	if (!op || !op_status_is_final(op->status)) {
		answer_type(c, MSG_MISSING);
		return 0;
	}
	buf_init(&error, BUF_NO_MAX);
	buf_init(&payload, BUF_NO_MAX);
	text_put_plain(op->error, &error);
	if (op->subtype == SUB_PARALLEL || op->subtype == SUB_MAP)
		put_failed_branches(op, &payload);
	if (payload.len == 0)
		text_put_plain(op->result, &payload);
	rp.status = op->status;
	rp.number = op->subtype;
	rp.error = (struct span){ buf_str(&error), error.len };
	rp.payload = (struct span){ buf_str(&payload), payload.len };
	answer(c, &rp, true);
	buf_clear(&error);
	buf_clear(&payload);
	return 0;
}

static int
do_log(struct engine *en, struct engine_client *c, const struct request *rq,
    struct op *around, struct err *e)
{
	struct reply rp = { .type = MSG_VALUE };
	struct scope *s = scope_of(en, around);

	(void)rq;
	(void)e;
	if (!s->knows_unmet) {
		s->unmet = replay_count_unmet(en, s);
		s->knows_unmet = true;
	}
	/* What a journal has is not yet to come again. */
	if (s->unmet > 0 && !en->options.is_journal &&
	    (!around || around->type == OP_CONTEXT))
		rp.flags = FLAG_REPLAYING;
	rp.payload = (struct span){ en->options.arn, strlen(en->options.arn) };
	answer(c, &rp, false);
	return 0;
}

static int
do_end(struct engine *en, struct engine_client *c, const struct request *rq,
    struct op *around, struct err *e)
{
	(void)around;
	(void)e;
	c->said_goodbye = true;
	if (rq->type == MSG_USAGE && en->options.is_journal) {
		/* No script above: it is the mistake of this command alone. */
		answer_type(c, MSG_OK);
		return 0;
	}
	engine_set_verdict(en,
	    rq->type == MSG_USAGE ? VERDICT_USAGE : VERDICT_REFUSED,
	    rq->payload.p ? rq->payload.p : "", rq->payload.n);
	return 0;
}

static int
do_stop(struct engine *en, struct engine_client *c, const struct request *rq,
    struct op *around, struct err *e)
{
	(void)around;
	(void)e;
	engine_set_verdict(en, VERDICT_STOPPED, rq->error.p ? rq->error.p : "",
	    rq->error.n);
	answer_type(c, MSG_OK);
	return 0;
}

/* Who may ask what. Requests of inside need a context that is still open. */
static const struct handling {
	enum msg_type type;
	bool from_outside;
	int (*handle)(struct engine *en, struct engine_client *c,
	    const struct request *rq, struct op *around, struct err *e);
} table[] = {
	{ MSG_OPEN, false, do_open },
	{ MSG_UPDATE, false, do_update },
	{ MSG_BYE, false, do_bye },
	{ MSG_INPUT, false, do_input },
	{ MSG_RESULT, false, do_result },
	{ MSG_NAME_ERROR, false, do_name_error },
	{ MSG_GET_ERROR, false, do_get_error },
	{ MSG_LOG, false, do_log },
	{ MSG_PUT_DOWN, false, put_down_keep },
	{ MSG_TAKE_UP, false, put_down_take_up },
	{ MSG_USAGE, false, do_end },
	{ MSG_ABORT, false, do_end },
	{ MSG_AWAIT, false, engine_await },
	{ MSG_FUNCTION_END, false, function_end },
	{ MSG_SHELL, false, function_subshell },
	{ MSG_STOP, true, do_stop },
	{ MSG_COMPLETE, true, engine_complete },
};

static bool
is_duration(int64_t seconds)
{
	return seconds >= 0 && seconds <= DURATION_MAX_S;
}

/* An error is recorded as it is: on one line, or the record would not be. */
static bool
is_error_object(struct span error)
{
	struct span object;
	struct err e;

	return !error.p ||
	    (!memchr(error.p, '\n', error.n) &&
		json_check(error.p, error.n, &object, &e) == 0 &&
		json_kind(object) == '{');
}

/* Whether a client of ours can have sent this. */
static bool
is_sound(const struct request *rq)
{
	if (rq->type == MSG_OPEN &&
	    (rq->op_type == OP_EXECUTION || rq->op_type >= OP_TYPES ||
		rq->subtype == SUB_NONE || rq->subtype >= SUB_TYPES))
		return false;
	if (rq->type == MSG_NAME_ERROR && !rq->error.p)
		return false;
	return rq->name.n <= OP_NAME_MAX && is_duration(rq->seconds) &&
	    is_duration(rq->seconds2) && is_error_object(rq->error);
}

int
engine_request(struct engine *en, struct engine_client *c,
    const struct request *given, int64_t now, struct err *e)
{
	struct request copy = *given, *rq = &copy;
	struct op *around = NULL;

	if (rq->error.n == 0)
		rq->error.p = NULL; /* an empty text is no object: none */

	en->now = now;
	if (c->is_muted)
		return 0;
	if (!is_sound(rq)) {
		engine_refuse(en, c, ERR_REFUSED,
		    "request %d of process %ld is not well-formed", rq->type,
		    (long)c->pid);
		return 0;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (table[i].type != rq->type)
			continue;
		if (table[i].from_outside) {
			c->is_outside = true;
			return table[i].handle(en, c, rq, NULL, e);
		}
		if (rq->type != MSG_BYE && rq->type != MSG_UPDATE &&
		    !enter_scope(en, c, rq, &around))
			return 0;
		return table[i].handle(en, c, rq, around, e);
	}
	engine_refuse(en, c, ERR_REFUSED, "request %d is not known here",
	    rq->type);
	return 0;
}
