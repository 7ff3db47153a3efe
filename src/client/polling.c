/*
 * polling.c - one poll of a wait-for-condition.
 *
 * The state is the payload of the last RETRY; a poll that prints nothing keeps
 * it. The condition is tested before the number of attempts.
 */
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "client/function.h"
#include "client/operation.h"

enum { NOT_YET = 1, USED_UP = 124 };

/* The state that CMD gets: the recorded one, else the initial one. */
static int
take_state(struct operation *o, const struct reply *rp, struct err *e)
{
	int ignored;

	buf_reset(&o->input);
	o->reads_input = true;
	if (rp->payload.p)
		return output_decode(&o->output, rp->payload, &ignored,
		    &o->input, e);
	if (o->poll.initial)
		buf_put_str(&o->input, o->poll.initial);
	return 0;
}

static bool
is_empty(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] != '\n')
			return false;
	return true;
}

/* Sets o->recorded to the new state. */
static int
record_state(struct operation *o, const struct run *r, struct output_failure *f)
{
	const struct buf *from = is_empty(&r->out) ? &o->input : &r->out;
	struct span v = { buf_str(from), from->len };

	if (o->output.json && v.n == 0)
		v = span_of("null");
	buf_reset(&o->recorded);
	return output_record(&o->output, v, 0, &o->recorded, f);
}

static bool
has_failed(const struct run *r, const char *named)
{
	return outcome_is_failure(r, NULL, named) &&
	    (named || r->timed_out || r->exec_errno != 0 || r->killed_by != 0 ||
		r->too_large || r->status != NOT_YET);
}

/* Records that it failed with f, which is cleared. */
static int
fail_of(struct operation *o, struct reply *rp, struct failed_run *f,
    struct err *e)
{
	int result = operation_record_failure(o, rp, f, e);

	failed_run_clear(f);
	return result;
}

static int
use_up(struct operation *o, struct reply *rp, uint32_t polls, struct err *e)
{
	struct failed_run f;
	char text[128];

	snprintf(text, sizeof(text),
	    "the condition did not hold after %lu polls", (unsigned long)polls);
	outcome_of_text("WaitForConditionError", text, USED_UP, &f);
	return fail_of(o, rp, &f, e);
}

static int
poll_again(struct operation *o, struct reply *rp, struct err *e)
{
	const struct retry_policy *p = &o->retry;
	struct request rq = { .type = MSG_UPDATE, .action = ACTION_RETRY };
	char id[OPID_LEN + 1];

	if ((int64_t)rp->number >= p->max_attempts)
		return use_up(o, rp, rp->number, e);
	snprintf(id, sizeof(id), "%.*s", (int)rp->id.n, rp->id.p);
	rq.id = span_of(id);
	rq.payload = (struct span){ buf_str(&o->recorded), o->recorded.len };
	rq.seconds = backoff_delay(rp->number, p->delay_s, p->max_delay_s,
	    p->rate, p->jitter, random_fraction());
	return client_ask(&o->client, &rq, rp, e);
}

int
polling_attempt(struct operation *o, struct reply *rp, struct err *e)
{
	const char *named;
	struct output_failure bad;
	struct failed_run f;
	struct run r;
	int result;

	/* A poll that was cut off by the end of an invocation's time counts. */
	if ((int64_t)rp->number > o->retry.max_attempts)
		return use_up(o, rp, rp->number - 1, e);
	if (take_state(o, rp, e) < 0 ||
	    (o->is_function ? function_run : operation_run_once)(o, rp, &r, e) <
		0)
		return -1;
	named = o->client.named_error;
	if (has_failed(&r, named)) {
		outcome_of_run(&r, named, false, &f);
		f.flags = r.interrupted ? FLAG_INTERRUPTED : 0;
		result = fail_of(o, rp, &f, e);
	} else if (record_state(o, &r, &bad) < 0) {
		outcome_of_text(bad.type, bad.text, 1, &f);
		result = fail_of(o, rp, &f, e);
	} else if (o->recorded.len > rp->limit) {
		outcome_of_text("Output.TooLarge",
		    "the state is larger than the limit", 1, &f);
		result = fail_of(o, rp, &f, e);
	} else if (r.status == NOT_YET) {
		result = poll_again(o, rp, e);
	} else {
		result = operation_record_success(o, rp, e);
	}
	run_clear(&r);
	return result;
}
