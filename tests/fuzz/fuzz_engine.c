/*
 * fuzz_engine.c - any requests, in any order, from any number of clients: the
 * engine answers or refuses, what it has recorded can be loaded, and a closed
 * context is never answered.
 *
 * The input is a byte for each choice. Names, contexts and ids are taken from
 * what there is, so that most requests make sense.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/memory_backend.h"
#include "base/time.h"
#include "engine/engine.h"
#include "model/opid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { CLIENTS = 6, IDS = 16 };

struct run {
	const uint8_t *data;
	size_t n;
	struct backend *backend;
	struct engine *engine;
	struct engine_client *clients[CLIENTS];
	char ids[IDS][OPID_LEN + 1];
	size_t n_ids;
	int64_t now;
};

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static unsigned
next(struct run *r, unsigned below)
{
	if (r->n == 0)
		return 0;
	r->n--;
	return *r->data++ % below;
}

static void
on_reply(void *arg, struct engine_client *c, const struct reply *rp,
    bool needs_sync)
{
	struct run *r = arg;

	(void)needs_sync;
	require(engine_client_user(c) == r);
	require(rp->type >= MSG_RUN && rp->type <= MSG_NAMED);
	if (rp->id.n > 0) {
		require(opid_is_valid(rp->id.p, rp->id.n));
		memcpy(r->ids[r->n_ids++ % IDS], rp->id.p, OPID_LEN);
	}
}

static void
on_notice(void *arg, const char *line)
{
	(void)arg;
	require(line[0] && !strchr(line, '\n'));
}

static void
on_closed(void *arg, const struct op *op)
{
	(void)arg;
	require(op->type == OP_CONTEXT);
}

static void
on_subshell_closed(void *arg, pid_t pid)
{
	(void)arg;
	require(pid > 0);
}

static void
start(struct run *r, unsigned mode)
{
	struct engine_options o = { .arn = "arn",
		.strict = mode & 1,
		.is_journal = mode & 2,
		.payload_max = 100 };
	struct engine_host host = { .arg = r,
		.reply = on_reply,
		.notice = on_notice,
		.closed = on_closed,
		.subshell_closed = on_subshell_closed };

	r->engine = engine_new(r->backend, &o, &host);
}

static void
stop(struct run *r)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		if (r->clients[i])
			(void)engine_disconnect(r->engine, r->clients[i]);
		r->clients[i] = NULL;
	}
	engine_free(r->engine);
}

static struct span
choose_id(struct run *r)
{
	size_t known = r->n_ids < IDS ? r->n_ids : IDS;
	unsigned i = next(r, IDS);

	if (i >= known)
		return (struct span){ NULL, 0 };
	return (struct span){ r->ids[i], OPID_LEN };
}

static struct span
choose_text(struct run *r)
{
	static const struct span texts[] = { { NULL, 0 }, { "", 0 }, { "a", 1 },
		{ "b", 1 }, { "undo a", 6 }, { "c\0\xff\n", 4 },
		{ "{\"ErrorType\":\"X\",\"ErrorData\":\"7\"}", 33 } };

	return texts[next(r, sizeof(texts) / sizeof(*texts))];
}

/* Types that stand for what the choices of a chained invoke would need. */
static void
request(struct run *r, struct engine_client *c)
{
	static const uint8_t kinds[][2] = { { OP_STEP, SUB_STEP },
		{ OP_WAIT, SUB_WAIT }, { OP_CALLBACK, SUB_CALLBACK },
		{ OP_CONTEXT, SUB_CHILD }, { OP_CONTEXT, SUB_PARALLEL },
		{ OP_CONTEXT, SUB_BRANCH }, { OP_STEP, SUB_CONDITION },
		{ OP_CONTEXT, SUB_BRANCH }, { OP_EXECUTION, SUB_TYPES } };
	unsigned kind = next(r, sizeof(kinds) / sizeof(*kinds));
	struct request rq = { 0 };
	struct err e;

	rq.type = (enum msg_type)(MSG_OPEN + next(r, MSG_SHELL));
	if (next(r, 2) == 0)
		rq.type = next(r, 2) == 0 ? MSG_OPEN : MSG_UPDATE;
	rq.op_type = kinds[kind][0];
	rq.subtype = kinds[kind][1];
	rq.action = (uint8_t)next(r, ACTIONS + 1);
	rq.flags = 1U << next(r, 16) & ((FLAG_ONLY_FINISHED << 1) - 1);
	if (rq.subtype != SUB_BRANCH)
		rq.flags &= ~(uint32_t)FLAG_VIRTUAL;
	rq.number = next(r, 4);
	rq.seconds = next(r, 4);
	rq.seconds2 = next(r, 4);
	rq.parent = choose_id(r);
	rq.id = choose_id(r);
	rq.name = choose_text(r);
	rq.digest_of = choose_text(r);
	rq.payload = choose_text(r);
	rq.error = choose_text(r);
	/* A refused arrow of the state machine is the backend's error. */
	if (engine_request(r->engine, c, &rq, r->now, &e) < 0)
		require(e.code != ERR_NONE && e.text[0]);
}

static void
one_turn(struct run *r)
{
	struct engine_client **c = &r->clients[next(r, CLIENTS)];
	struct err e;

	switch (next(r, 12)) {
	case 0:
		r->now += 1000 * next(r, 4);
		require(engine_tick(r->engine, r->now, &e) == 0);
		require(engine_next_due(r->engine) > r->now);
		break;
	case 1:
		if (*c)
			(void)engine_disconnect(r->engine, *c);
		*c = NULL;
		break;
	case 2:
		if (*c)
			engine_hold(*c, next(r, 2));
		break;
	case 3:
		stop(r);
		r->backend = memory_backend_reload(r->backend);
		start(r, next(r, 4));
		break;
	default:
		if (!*c)
			*c = engine_connect(r->engine, 1, r);
		request(r, *c);
	}
	(void)engine_is_blocked(r->engine);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct run r = { .data = data, .n = n };
	struct buf error;
	struct err e;

	r.backend = memory_backend_new(-1);
	start(&r, next(&r, 4));
	while (r.n > 0)
		one_turn(&r);
	buf_init(&error, BUF_NO_MAX);
	engine_handler_error(r.engine, 1, &error);
	require(json_check(buf_str(&error), error.len, NULL, &e) == 0);
	buf_clear(&error);
	if (engine_check_unmet(r.engine, &e) < 0)
		assert(e.code == ERR_DIVERGED);
	stop(&r);
	r.backend->ops->close(r.backend);
	return 0;
}
