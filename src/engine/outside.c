/*
 * outside.c - what comes from outside the workflow, and waiting for it:
 * callbacks and chained invokes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/requests.h"
#include "engine/state.h"
#include "model/opid.h"
#include "store/callback.h"

/* The callback that a client waits for: by its id, or by the name that its
 * context last met. */
static struct op *
find_callback(struct engine *en, const struct request *rq, struct op *around)
{
	char *word = xmemdup(rq->name.p ? rq->name.p : "", rq->name.n);
	struct op *op = callback_find(en->t, word);

	free(word);
	if (!op)
		op = replay_last_named(en, scope_of(en, around), rq->name);
	return op && op->type == OP_CALLBACK ? op : NULL;
}

int
engine_await(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e)
{
	struct reply missing = { .type = MSG_MISSING };
	struct op *op = find_callback(en, rq, around);

	(void)e;
	if (!op) {
		en->host.reply(en->host.arg, c, &missing, false);
		return 0;
	}
	if (!c->op)
		c->op = op;
	if (op_status_is_final(op->status))
		engine_send_outcome(en, c, op, FLAG_REPLAYED);
	else
		waiters_add(op, c);
	return 0;
}

int
engine_complete(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e)
{
	struct completion done = { .type = (enum op_type)rq->op_type };
	struct reply ok = { .type = MSG_OK };
	struct op *op;
	struct err why;

	(void)around;
	done.id = rq->id;
	done.status = (enum op_status)rq->number;
	done.result = rq->payload;
	done.error = rq->error;
	if (completion_record(en->b, &done, en->now, &op, &why) < 0) {
		if (why.code != ERR_MISSING && why.code != ERR_REFUSED) {
			*e = why;
			return -1;
		}
		engine_refuse(en, c, why.code, "%s", why.text);
		return 0;
	}
	log_line("completed %s from outside", op->id);
	en->host.reply(en->host.arg, c, &ok, true);
	return waiters_answer(en, op, e);
}

int
engine_invoke(struct engine *en, struct op *op, const struct request *rq,
    struct err *e)
{
	struct completion done = { .type = OP_INVOKE };
	struct buf error;
	int result = 0;

	if (!en->host.invoke)
		return 0;
	buf_init(&error, BUF_NO_MAX);
	if (!en->host.invoke(en->host.arg, op, rq, &error)) {
		done.id = (struct span){ op->id, OPID_LEN };
		done.status = STATUS_FAILED;
		done.error = (struct span){ buf_str(&error), error.len };
		result = completion_record(en->b, &done, en->now, &op, e);
		if (result == 0)
			result = waiters_answer(en, op, e);
	}
	buf_clear(&error);
	return result;
}
