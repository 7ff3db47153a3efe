/*
 * usage.c - what a recorded execution would use on AWS Lambda.
 *
 * Calls are counted as the Lambda back end makes them: what the script waits
 * for goes at once, the START of a step waits up to 50 ms for its outcome, that
 * of a context for whatever goes next; all that is queued goes together. A call
 * itself is taken to last no time, so that branches merge less here than they
 * would there: the count is at most too high.
 */
#include "manage/usage.h"

#include <stdlib.h>
#include <string.h>
/* The default, HASH_JEN, falls through its cases without saying so. */
#define HASH_FUNCTION HASH_FNV
#include <uthash.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "model/payload.h"
#include "outside/view.h"

enum {
	HOLD_MS = 50,        /* how long a START waits for its outcome */
	CALL_UPDATES = 250,  /* in one call */
	CALL_BYTES = 768000, /* the same */
	UPDATE_BYTES = 256,  /* of an update besides name, payload and error */
	RESPONSE_BYTES = 6291456, /* a longer result is checkpointed first */
	POLL_FAST = 95,    /* so many polls come at growing distance, ... */
	POLL_LONGEST = 10, /* of at most so many seconds, */
	POLL_SLOW = 60,    /* then every so many */
};

/* What is remembered of an operation. */
struct known {
	char identity[OPID_IDENTITY];
	int64_t begun;      /* its attempt, or what it waits for */
	int64_t invocation; /* of its last update */
	bool is_running;    /* an attempt of a step */
	UT_hash_handle hh;
};

struct usage_reader {
	struct usage *u;
	struct table *table;
	struct known *by_identity;
	int64_t invocation;       /* its number */
	int64_t invocation_start; /* 0: none runs */
	bool is_replayed;         /* it has got to something new */
	int64_t last_time;        /* of the record before */
	struct buf scratch;

	/* What is queued for the next call. */
	int64_t queued, queued_bytes;
	uint64_t
	    queued_seq;     /* of the first that the script waits for; 0 none */
	int64_t hold_until; /* TIME_NEVER: for whatever goes next */
};

struct usage_reader *
usage_reader_new(struct usage *u, struct table *t)
{
	struct usage_reader *ur = xcalloc(1, sizeof(*ur));

	memset(u, 0, sizeof(*u));
	ur->u = u;
	ur->table = t;
	ur->hold_until = TIME_NEVER;
	buf_init(&ur->scratch, BUF_NO_MAX);
	return ur;
}

void
usage_reader_free(struct usage_reader *ur)
{
	struct known *k, *next;

	if (!ur)
		return;
	HASH_ITER (hh, ur->by_identity, k, next) {
		HASH_DEL(ur->by_identity, k);
		free(k);
	}
	buf_clear(&ur->scratch);
	free(ur);
}

void
usage_clear(struct usage *u)
{
	for (int i = 0; i < LIMITS; i++)
		free(u->where[i]);
	memset(u, 0, sizeof(*u));
}

int64_t
usage_operations(const struct usage *u)
{
	int64_t n = u->retries + u->crashes;

	for (int i = 0; i < OP_TYPES; i++)
		n += u->operations[i];
	return n;
}

static struct known *
know(struct usage_reader *ur, const char *id)
{
	struct known *k;

	HASH_FIND(hh, ur->by_identity, id, OPID_IDENTITY, k);
	if (k)
		return k;
	k = xcalloc(1, sizeof(*k));
	memcpy(k->identity, id, OPID_IDENTITY);
	HASH_ADD(hh, ur->by_identity, identity, OPID_IDENTITY, k);
	return k;
}

/* op NULL: the execution's own. */
static void
note(struct usage *u, enum limit l, int64_t used, const struct op *op)
{
	struct buf where;

	if (used <= u->most[l])
		return;
	u->most[l] = used;
	free(u->where[l]);
	u->where[l] = NULL;
	if (!op)
		return;
	buf_init(&where, BUF_NO_MAX);
	view_put_op(op, &where);
	u->where[l] = buf_steal(&where);
}

static int64_t
plain_size(struct usage_reader *ur, struct text t)
{
	buf_reset(&ur->scratch);
	text_put_plain(t, &ur->scratch);
	return (int64_t)ur->scratch.len;
}

static void
send_queue(struct usage_reader *ur)
{
	if (ur->queued > 0)
		ur->u->calls++;
	ur->queued = 0;
	ur->queued_bytes = 0;
	ur->queued_seq = 0;
	ur->hold_until = TIME_NEVER;
}

/* What was due before r: a record that knows what is queued to be on disk was
 * written after the script had its answer. */
static void
send_due(struct usage_reader *ur, const struct record *r)
{
	if (r->time > ur->hold_until ||
	    (ur->queued_seq > 0 && r->synced >= ur->queued_seq))
		send_queue(ur);
}

/* The result of a branch that is over the limit is recorded here; there the
 * branch is repeated for it. */
static struct text
sent_payload(const struct update *u)
{
	bool is_left_out = u->replay_children &&
	    u->payload.n > PAYLOAD_LAMBDA_MAX;

	return is_left_out ? (struct text){ 0 } : u->payload;
}

static void
queue(struct usage_reader *ur, const struct record *r)
{
	const struct update *u = &r->u;
	int64_t size = UPDATE_BYTES + (int64_t)(u->name.n + sent_payload(u).n) +
	    (int64_t)(u->error.n + u->function.n);
	bool waits = u->action != ACTION_START ||
	    (u->type != OP_STEP && u->type != OP_CONTEXT);
	int64_t until = TIME_NEVER;

	ur->u->updates++;
	if (ur->queued == CALL_UPDATES ||
	    (ur->queued > 0 && ur->queued_bytes + size > CALL_BYTES))
		send_queue(ur);
	ur->queued++;
	ur->queued_bytes += size;
	if (waits)
		until = r->time;
	else if (u->type == OP_STEP)
		until = r->time + HOLD_MS;
	if (until < ur->hold_until)
		ur->hold_until = until;
	/* An at-most-once step waits for its START, which only the next record
	 * tells; one that did not wait rides with another's answer. */
	if (ur->queued_seq == 0 && until != TIME_NEVER)
		ur->queued_seq = r->seq;
}

/* How often the back end looks for what comes from outside in that time, while
 * something else keeps the invocation running. */
static int64_t
polls_in(int64_t ms)
{
	int64_t n = 0, seconds = 0, distance;

	while (seconds * 1000 < ms) {
		n++;
		distance = n < POLL_LONGEST ? n : POLL_LONGEST;
		seconds += n <= POLL_FAST ? distance : POLL_SLOW;
	}
	return n;
}

static void
note_attempt(struct usage_reader *ur, struct known *k, int64_t now,
    const struct op *op)
{
	/* What an invocation left unfinished was begun again in the next. */
	int64_t from = k->begun > ur->invocation_start ? k->begun
						       : ur->invocation_start;

	if (k->is_running && ur->invocation_start > 0)
		note(ur->u, LIMIT_ATTEMPT, now - from, op);
}

static void
take_start(struct usage_reader *ur, const struct record *r, const struct op *op,
    struct known *k)
{
	bool is_again = op->type == OP_STEP && op->attempt > 0;

	/* A retry that comes due while other branches run is asked for. */
	if (is_again && k->invocation == ur->invocation)
		ur->u->polls++;
	if (!is_again)
		ur->u->operations[op->type]++;
	if (op->type == OP_INVOKE)
		note(ur->u, LIMIT_INVOKE_INPUT, plain_size(ur, r->u.payload),
		    op);
	k->begun = r->time;
	k->is_running = op->type == OP_STEP;
}

static void
take_update(struct usage_reader *ur, const struct record *r)
{
	const struct op *op = table_find(ur->table, r->u.id);
	struct known *k = know(ur, r->u.id);
	int64_t size = plain_size(ur, sent_payload(&r->u));

	queue(ur, r);
	ur->is_replayed = true;
	ur->u->most[LIMIT_DATA] += size + (int64_t)r->u.error.n;
	if (r->u.error.p)
		note(ur->u, LIMIT_ERROR,
		    UPDATE_BYTES + (int64_t)(r->u.name.n + r->u.error.n), op);
	if (r->u.action == ACTION_START) {
		take_start(ur, r, op, k);
	} else {
		if (op->type == OP_STEP)
			note(ur->u, LIMIT_STEP, size, op);
		else if (op->type == OP_CONTEXT)
			note(ur->u, LIMIT_CONTEXT, size, op);
		note_attempt(ur, k, r->time, op);
		k->is_running = false;
	}
	if (r->u.action == ACTION_RETRY)
		ur->u->retries++;
	k->invocation = ur->invocation;
}

/* An outcome that the service or somebody outside has brought. */
static void
take_outcome(struct usage_reader *ur, const struct record *r)
{
	const struct op *op = table_find(ur->table, r->u.id);
	struct known *k = know(ur, r->u.id);
	int64_t size = plain_size(ur, r->u.payload), from;

	ur->u->most[LIMIT_DATA] += size + (int64_t)r->u.error.n;
	if (op->type == OP_CALLBACK)
		note(ur->u, LIMIT_CALLBACK, size, op);
	else if (op->type == OP_INVOKE)
		note(ur->u, LIMIT_INVOKE_RESULT, size, op);
	/* What came while nothing ran is told to the next invocation, or is
	 * recorded first thing in it. */
	if (ur->invocation_start == 0 || !ur->is_replayed)
		return;
	from = k->begun > ur->invocation_start ? k->begun
					       : ur->invocation_start;
	ur->u->polls += op->type == OP_WAIT ? 1 : polls_in(r->time - from);
}

static void
end_invocation(struct usage_reader *ur, int64_t now)
{
	int64_t ms = now - ur->invocation_start;

	if (ur->invocation_start == 0)
		return;
	ur->u->invoked_ms += ms;
	if (ms > ur->u->longest_ms)
		ur->u->longest_ms = ms;
	ur->invocation_start = 0;
}

static void
take_invocation(struct usage_reader *ur, const struct record *r)
{
	static const char *const only_here[] = { "INTERRUPTED", "LOST",
		"REFUSED" };

	if (r->event == EVENT_INVOCATION_STARTED) {
		ur->invocation++;
		ur->invocation_start = r->time;
		ur->is_replayed = false;
		return;
	}
	send_queue(ur);
	/* Nothing ran between the engine's death and its being found out. */
	end_invocation(ur,
	    text_equal(r->outcome, text_of("LOST")) ? ur->last_time : r->time);
	ur->u->crashes += text_equal(r->outcome, text_of("CRASHED"));
	for (size_t i = 0; i < sizeof(only_here) / sizeof(*only_here); i++)
		if (text_equal(r->outcome, text_of(only_here[i])))
			return;
	ur->u->invocations++;
}

static void
take_end(struct usage_reader *ur, const struct record *r)
{
	bool is_success = r->event == EVENT_EXECUTION_SUCCEEDED;
	int64_t size = plain_size(ur, r->u.payload);

	send_queue(ur);
	ur->u->most[LIMIT_DATA] += is_success ? size : (int64_t)r->u.error.n;
	if (!is_success)
		return;
	note(ur->u, LIMIT_RESULT, size, NULL);
	buf_reset(&ur->scratch);
	text_put_quoted(r->u.payload, &ur->scratch);
	if (ur->scratch.len > RESPONSE_BYTES)
		ur->u->calls++;
}

static void
take(struct usage_reader *ur, const struct record *r)
{
	switch (r->event) {
	case EVENT_NONE:
		take_update(ur, r);
		return;
	case EVENT_INVOCATION_STARTED:
	case EVENT_INVOCATION_COMPLETED:
		take_invocation(ur, r);
		return;
	case EVENT_EXECUTION_SUCCEEDED:
	case EVENT_EXECUTION_FAILED:
	case EVENT_EXECUTION_TIMED_OUT:
	case EVENT_EXECUTION_STOPPED:
		take_end(ur, r);
		return;
	case EVENT_REOPENED:
		ur->u->was_reopened = true;
		return;
	case EVENT_CALLBACK_HEARTBEAT:
	case EVENT_CLOCK_SKIPPED:
		return;
	default:
		take_outcome(ur, r);
		return;
	}
}

void
usage_take(struct usage_reader *ur, const struct record *r)
{
	send_due(ur, r);
	take(ur, r);
	ur->last_time = r->time;
}

struct moment {
	struct usage_reader *ur;
	int64_t now;
};

static int
note_running(struct op *op, void *arg)
{
	struct moment *m = arg;

	if (!op->virtual && op->type == OP_STEP)
		note_attempt(m->ur, know(m->ur, op->id), m->now, op);
	return 0;
}

void
usage_finish(struct usage_reader *ur, const struct execution_state *s,
    bool is_running, int64_t now)
{
	struct usage *u = ur->u;
	const char *input = s->header.input;
	int64_t input_size = input ? (int64_t)strlen(input) : 0;
	/* When its engine was killed nobody knows: after the last record. */
	struct moment m = { ur, is_running ? now : ur->last_time };

	send_queue(ur);
	if (ur->invocation_start > 0) {
		(void)table_each(ur->table, note_running, &m);
		end_invocation(ur, m.now);
		u->invocations++;
	}
	note(u, LIMIT_INPUT, input_size, NULL);
	u->most[LIMIT_DATA] += input_size;
	note(u, LIMIT_OPERATIONS, usage_operations(u), NULL);
	note(u, LIMIT_LENGTH,
	    (s->ended != EVENT_NONE ? s->ended_at : now) - s->header.time,
	    NULL);
}
