/*
 * branches.c - a poll loop over the branches of one batch.
 *
 * Outcomes are sent without waiting for their records, so branches that end
 * together share one sync; the replies come back in the order of the requests.
 * The batch is decided here: the outcome that decides it says so, and from
 * that turn on the engine takes nothing from the other branches.
 */
#include "client/branches.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "client/function.h"
#include "client/signals.h"
#include "client/tell.h"

enum { FILES_A_BRANCH = 4 }; /* three pipes, and some to spare */

void
branches_init(struct branches *b, enum op_subtype batch, enum op_subtype branch)
{
	memset(b, 0, sizeof(*b));
	operation_init(&b->batch, OP_CONTEXT, batch);
	b->branch_subtype = branch;
	b->max_concurrency = -1;
	batch_rules_init(&b->rules);
	buf_init(&b->result, BUF_NO_MAX);
	buf_init(&b->batch.recorded, BUF_NO_MAX);
}

static void
expect(struct branches *b, const struct branch *br)
{
	b->expected = xreallocarray(b->expected, b->expected_n + 1,
	    sizeof(*b->expected));
	b->expected[b->expected_n++] = (size_t)(br - b->list);
}

static int
take_outcome(struct branches *b, struct branch *br, const struct reply *rp,
    struct err *e)
{
	struct span payload = rp->payload;

	if (rp->flags & FLAG_OWN)
		payload = (struct span){ buf_str(&br->recorded),
			br->recorded.len };
	if (rp->status == STATUS_SUCCEEDED) {
		br->state = BRANCH_SUCCEEDED;
		if (branch_take_value(b, br, payload, e) < 0)
			return -1;
	} else {
		br->state = BRANCH_FAILED;
		buf_put(&br->error, rp->error.p ? rp->error.p : "{}",
		    rp->error.p ? rp->error.n : 2);
	}
	buf_clear(&br->recorded);
	return 0;
}

static void
count_outcome(struct branches *b, bool succeeded)
{
	if (b->again > 0) {
		if (--b->again == 0)
			b->reason = BATCH_ALL_COMPLETED;
		return;
	}
	b->counts.succeeded += succeeded;
	b->counts.failed += !succeeded;
	if (b->awaited > 0) {
		if (--b->awaited == 0)
			b->reason = b->recorded_reason;
	} else if (b->reason == BATCH_OPEN)
		b->reason = batch_decide(&b->rules, &b->counts);
}

static void
ask_for(struct branches *b, struct branch *br, uint32_t flags)
{
	struct request rq = { .type = MSG_OPEN };
	struct buf words;

	buf_init(&words, BUF_NO_MAX);
	client_put_words(br->words, &words);
	rq.flags = flags | (b->is_flat ? FLAG_VIRTUAL : 0);
	rq.parent = span_of(b->id);
	rq.op_type = OP_CONTEXT;
	rq.subtype = (uint8_t)b->branch_subtype;
	rq.name = span_of(br->name);
	rq.number = br->name ? br->occurrence : (uint32_t)(br - b->list) + 1;
	rq.digest_of = br->item.p ? br->item
				  : (struct span){ words.data, words.len };
	client_put(&rq, &b->batch.client.out);
	buf_clear(&words);
	expect(b, br);
}

/* The reply to an opening. */
static int
opened(struct branches *b, struct branch *br, const struct reply *rp,
    struct err *e)
{
	if (rp->type == MSG_OUTCOME) {
		if (take_outcome(b, br, rp, e) < 0)
			return -1;
		b->counts.started++;
		count_outcome(b, br->state == BRANCH_SUCCEEDED);
		return 0;
	}
	if (rp->type != MSG_RUN)
		return err_set(e, ERR_BUG, "unexpected answer %d", rp->type);
	snprintf(br->id, sizeof(br->id), "%.*s", (int)rp->id.n, rp->id.p);
	b->limit = rp->limit;
	b->counts.started += !br->is_again;
	if (b->reason != BATCH_OPEN) {
		br->state = BRANCH_CUT_OFF;
		return 0;
	}
	if (branch_start(b, br, e) < 0)
		return -1;
	br->state = BRANCH_RUNNING;
	b->running++;
	return 0;
}

/* One reply, by what it was asked for. */
static int
take_reply(struct branches *b, const struct reply *rp, struct err *e)
{
	struct branch *br;

	if (b->expected_from == b->expected_n)
		return err_set(e, ERR_BUG, "an answer that was not asked for");
	br = &b->list[b->expected[b->expected_from++]];
	if (br->state == BRANCH_OPENING)
		return opened(b, br, rp, e);
	if (br->state == BRANCH_ENDING)
		return take_outcome(b, br, rp, e);
	/* a look at what is recorded already */
	if (rp->type != MSG_OUTCOME) {
		br->was_begun = rp->status != STATUS_NONE;
		return 0;
	}
	br->is_again = (rp->flags & FLAG_REPLAY_CHILDREN) != 0;
	if (!br->is_again && take_outcome(b, br, rp, e) < 0)
		return -1;
	b->counts.started++;
	count_outcome(b, br->is_again || br->state == BRANCH_SUCCEEDED);
	return 0;
}

/* Sends what is queued and takes every reply that is expected. */
static int
take_all_replies(struct branches *b, struct err *e)
{
	struct client *c = &b->batch.client;
	struct reply rp;

	if (c->out.len > 0)
		client_send_frames(c, &c->out);
	while (b->expected_from < b->expected_n)
		if (client_wait(c, &rp, e) < 0 || take_reply(b, &rp, e) < 0)
			return -1;
	b->expected_from = b->expected_n = 0;
	return 0;
}

/* A batch that was begun before: first all recorded outcomes, so that none is
 * started which one makes unnecessary. Nothing is recorded behind the outcome
 * that decides, so all of them together say what it was. */
static int
look_up_finished(struct branches *b, struct err *e)
{
	enum { AT_ONCE = 256 };

	for (size_t i = 0; i < b->n; i++) {
		ask_for(b, &b->list[i], FLAG_ONLY_FINISHED);
		if (i % AT_ONCE == AT_ONCE - 1 && take_all_replies(b, e) < 0)
			return -1;
	}
	if (take_all_replies(b, e) < 0)
		return -1;
	b->reason = batch_decide(&b->rules, &b->counts);
	for (struct branch *br = b->list; br < b->list + b->n; br++)
		if (br->was_begun &&
		    (b->is_rebuild || b->reason != BATCH_OPEN)) {
			br->state = BRANCH_CUT_OFF;
			b->counts.started++;
		}
	return 0;
}

/* Records how a branch's process has ended. */
static void
send_end(struct branches *b, struct branch *br)
{
	struct request rq = { .type = MSG_UPDATE };
	struct output_failure bad;
	struct failed_run f;
	struct run *r = &br->run;
	bool failed = true;

	if (r->too_large)
		outcome_of_text("Output.TooLarge",
		    "the branch printed more than the limit", 1, &f);
	else if (outcome_is_failure(r, NULL, br->named_error))
		outcome_of_run(r, br->named_error, false, &f);
	else if (output_record(&b->output,
		     (struct span){ buf_str(&r->out), r->out.len }, 0,
		     &br->recorded, &bad) < 0)
		outcome_of_text(bad.type, bad.text, 1, &f);
	else
		failed = false;
	count_outcome(b, !failed);
	rq.id = span_of(br->id);
	rq.flags = b->reason != BATCH_OPEN && !br->is_again ? FLAG_DECIDED : 0;
	if (failed) {
		rq.action = ACTION_FAIL;
		rq.error = (struct span){ buf_str(&f.error), f.error.len };
		rq.number = (uint32_t)f.failure.status;
		if (!f.failure.is_final)
			rq.flags |= FLAG_INHERIT;
		if (r->interrupted)
			rq.flags |= FLAG_INTERRUPTED;
	} else {
		rq.action = ACTION_SUCCEED;
		rq.payload = (struct span){ buf_str(&br->recorded),
			br->recorded.len };
		if (br->recorded.len > PAYLOAD_LAMBDA_MAX)
			rq.flags |= FLAG_REPLAY_CHILDREN;
	}
	client_put(&rq, &b->batch.client.out);
	expect(b, br);
	br->state = BRANCH_ENDING;
	b->running--;
	branch_end(br);
	if (failed)
		failed_run_clear(&f);
}

static int
poll_replies(struct branches *b, struct err *e)
{
	struct client *c = &b->batch.client;
	struct reply rp;
	int got;

	if (c->out.len > 0)
		client_send_frames(c, &c->out);
	while ((got = client_poll(c, &rp, e)) > 0)
		if (take_reply(b, &rp, e) < 0)
			return -1;
	if (b->expected_from == b->expected_n)
		b->expected_from = b->expected_n = 0;
	return got;
}

/* The command of a branch has ended. What `durable fail` named in it has come
 * by now. */
static int
end_branch(struct branches *b, struct branch *br, struct err *e)
{
	if (poll_replies(b, e) < 0)
		return -1;
	send_end(b, br);
	return 0;
}

/* Takes what the branches print, and ends those that are functions and over,
 * until the batch is decided. */
static int
take_from_branches(struct branches *b, struct err *e)
{
	struct branch *br;
	int got;

	for (size_t i = 0; i < b->next && b->reason == BATCH_OPEN; i++) {
		br = &b->list[i];
		if (br->state != BRANCH_RUNNING)
			continue;
		got = branch_take(br, e);
		if (got < 0 || (got > 0 && end_branch(b, br, e) < 0))
			return -1;
	}
	subshell_check();
	return 0;
}

/* Reaps branches that are programs, until the batch is decided. */
static int
reap_branches(struct branches *b, struct err *e)
{
	struct branch *br;
	int status;
	pid_t pid;

	while (b->reason == BATCH_OPEN &&
	    (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < b->next; i++) {
			br = &b->list[i];
			if (br->state != BRANCH_RUNNING || br->subshell ||
			    br->run.pid != pid)
				continue;
			run_ended(&br->run, status);
			if (end_branch(b, br, e) < 0)
				return -1;
			break;
		}
	}
	return 0;
}

/* Asks for as many branches as may run. */
static void
ask_for_more(struct branches *b, size_t opening)
{
	size_t room = b->max_concurrency < 0 ? b->n
					     : (size_t)b->max_concurrency;

	/* Without descriptors for its pipes a branch waits for a slot. */
	if (room > b->max_at_once)
		room = b->max_at_once;

	while (b->next < b->n && b->running + opening < room) {
		struct branch *br = &b->list[b->next];

		b->next++;
		if (br->state != BRANCH_NEW || (b->again > 0 && !br->is_again))
			continue;
		ask_for(b, br, 0);
		br->state = BRANCH_OPENING;
		opening++;
	}
}

static size_t
count_opening(const struct branches *b)
{
	size_t n = 0;

	for (size_t i = b->expected_from; i < b->expected_n; i++)
		n += b->list[b->expected[i]].state == BRANCH_OPENING;
	return n;
}

/* Waits for pipes, children, signals, the engine, or the shell's end. */
static void
wait_for_events(struct branches *b)
{
	struct pollfd *fds;
	nfds_t n = 0;

	fds = xcalloc(3 * b->running + 2, sizeof(*fds));
	fds[n++] = (struct pollfd){ b->batch.client.fd, POLLIN, 0 };
	if (function_has_branches())
		fds[n++] = (struct pollfd){ TELL_FD, 0, 0 };
	for (size_t i = 0; i < b->next; i++)
		if (b->list[i].state == BRANCH_RUNNING)
			n += branch_fill(&b->list[i], fds + n);
	(void)signals_wait(fds, n, -1);
	free(fds);
}

static void
pass_signals_on(struct branches *b)
{
	int signal;

	while ((signal = signals_take()) != 0)
		for (size_t i = 0; i < b->next; i++)
			if (b->list[i].state == BRANCH_RUNNING)
				branch_signal(&b->list[i], signal);
}

/* Runs until the batch is decided and every outcome is recorded. */
static int
run_branches(struct branches *b, struct err *e)
{
	size_t running;

	b->max_at_once = limits_raise_files() / FILES_A_BRANCH;
	if (b->max_at_once == 0)
		b->max_at_once = 1;
	signals_block();
	while (b->reason == BATCH_OPEN || b->expected_from < b->expected_n) {
		if (b->reason == BATCH_OPEN)
			ask_for_more(b, count_opening(b));
		if (poll_replies(b, e) < 0)
			return -1;
		if (b->reason != BATCH_OPEN && b->expected_n == 0)
			break;
		pass_signals_on(b);
		running = b->running;
		if (take_from_branches(b, e) < 0 || reap_branches(b, e) < 0)
			return -1;
		/* A filter that ran meanwhile may have taken the SIGCHLD of a
		 * branch: so nothing is waited for before a look found none. */
		if (running == b->running &&
		    (b->running > 0 || b->expected_n > 0))
			wait_for_events(b);
	}
	signals_unblock();
	/* The engine has ended them by now, or is about to. */
	for (size_t i = 0; i < b->next; i++)
		if (b->list[i].subshell)
			branch_end(&b->list[i]);
	return 0;
}

/* Branches that have succeeded with more than a record has room for: what is in
 * them is recorded, and gives their values. The batch is not decided by it. */
static int
run_again(struct branches *b, struct err *e)
{
	enum batch_reason reason = b->reason;

	for (size_t i = 0; i < b->n; i++)
		b->again += b->list[i].is_again;
	if (b->again == 0)
		return 0;
	b->reason = BATCH_OPEN;
	if (run_branches(b, e) < 0)
		return -1;
	b->reason = reason;
	b->next = 0;
	/* One may fail where it is not the same any more. */
	for (size_t i = 0; i < b->n; i++)
		if (b->list[i].is_again && b->list[i].state == BRANCH_FAILED) {
			b->counts.succeeded--;
			b->counts.failed++;
		}
	return 0;
}

/* Records the batch: it succeeds whatever its branches did. */
static int
record_batch(struct branches *b, struct reply *rp, struct err *e)
{
	struct request rq = { .type = MSG_UPDATE };
	struct operation *o = &b->batch;
	struct buf printed, summary;
	int result = 0;

	branches_make_result(b);
	buf_reset(&o->recorded);
	if (o->output.encode) {
		buf_init(&printed, BUF_NO_MAX);
		result = branches_print(b,
		    (struct span){ buf_str(&b->result), b->result.len },
		    &printed, e);
		if (result == 0)
			result = output_filter(o->output.encode,
			    (struct span){ buf_str(&printed), printed.len },
			    &o->recorded, e);
		buf_clear(&printed);
		if (b->status != 0)
			rq.flags |= FLAG_REPLAY_CHILDREN;
	} else {
		buf_put(&o->recorded, b->result.data, b->result.len);
	}
	if (result < 0)
		return -1;
	rq.id = span_of(b->id);
	rq.action = ACTION_SUCCEED;
	if (o->recorded.len > PAYLOAD_LAMBDA_MAX)
		rq.flags |= FLAG_REPLAY_CHILDREN;
	buf_init(&summary, PAYLOAD_LAMBDA_MAX);
	if (!(rq.flags & FLAG_REPLAY_CHILDREN))
		rq.payload = (struct span){ o->recorded.data, o->recorded.len };
	else if (b->is_flat)
		branches_put_summary(b, &summary);
	if (summary.len > 0 && !buf_overflowed(&summary))
		rq.payload = (struct span){ summary.data, summary.len };
	result = client_ask(&o->client, &rq, rp, e);
	buf_clear(&summary);
	return result;
}

/* `durable fail` in a branch: what it names counts when the branch ends. */
static void
on_named(void *arg, struct span id, struct span error)
{
	struct branches *b = arg;

	for (size_t i = 0; i < b->next; i++) {
		struct branch *br = &b->list[i];

		if (id.n != OPID_LEN || memcmp(br->id, id.p, id.n) != 0)
			continue;
		free(br->named_error);
		br->named_error = xmemdup(error.p, error.n);
	}
}

/* Opened to go on, or to be rebuilt from what its branches have recorded. */
static int
go_ahead(struct branches *b, struct reply *rp, struct err *e)
{
	bool begun = (rp->flags & FLAG_REPLAYED) != 0;

	snprintf(b->id, sizeof(b->id), "%.*s", (int)rp->id.n, rp->id.p);
	b->limit = rp->limit;
	b->is_rebuild = (rp->flags & FLAG_REPLAY_CHILDREN) != 0;
	b->counts.total = b->n;
	b->batch_merged = run_outputs_are_one();
	if (b->n == 0)
		b->reason = batch_decide(&b->rules, &b->counts);
	if (b->is_rebuild && b->is_flat)
		branches_take_summary(b, rp->payload);
	if (begun && !b->is_flat &&
	    (look_up_finished(b, e) < 0 || run_again(b, e) < 0))
		return -1;
	/* Flat branches have no record, so they run again; what is in them has. */
	if ((!b->is_rebuild || b->is_flat) && run_branches(b, e) < 0)
		return -1;
	if (b->is_rebuild && b->reason == BATCH_OPEN)
		b->reason = BATCH_ALL_COMPLETED;
	return record_batch(b, rp, e);
}

/* Prints the outcome; a batch that is closed is made of its record alone. */
static int
finish(struct branches *b, const struct reply *rp, struct err *e)
{
	struct operation *o = &b->batch;
	struct span result = { buf_str(&b->result), b->result.len };
	struct buf out, plain;
	bool closed = false;
	int got = 0, ignored;

	if (rp->status != STATUS_SUCCEEDED)
		return operation_finish(o, rp);
	buf_init(&out, BUF_NO_MAX);
	buf_init(&plain, BUF_NO_MAX);
	if (!(rp->flags & FLAG_OWN))
		result = rp->payload;
	if (o->output.encode) {
		struct span recorded = rp->flags & FLAG_OWN
		    ? (struct span){ buf_str(&o->recorded), o->recorded.len }
		    : rp->payload;
		struct output whole = o->output;

		whole.raw = true;
		got = output_decode(&whole, recorded, &ignored, &out, e);
	} else {
		b->status = batch_exit_status(result);
		got = branches_print(b, result, &out, e);
	}
	if (got == 0 && !o->output.quiet)
		got = output_write(&out, &closed, e);
	if (got < 0)
		client_abort(&o->client, e->text);
	subshell_tell_status(closed ? 141 : b->status);
	client_bye(&o->client, b->status);
	buf_clear(&out);
	buf_clear(&plain);
	return closed ? 141 : b->status;
}

int
branches_run(struct branches *b, struct err *e)
{
	struct request rq = { .type = MSG_OPEN };
	struct operation *o = &b->batch;
	struct reply rp;

	if (client_open(&o->client, e) < 0)
		return -1;
	o->client.on_named = on_named;
	o->client.named_arg = b;
	rq.op_type = OP_CONTEXT;
	rq.subtype = (uint8_t)o->subtype;
	rq.name = span_of(o->name);
	function_put_request(&rq);
	if (client_ask(&o->client, &rq, &rp, e) < 0)
		return -1;
	if (rp.type == MSG_RUN && go_ahead(b, &rp, e) < 0)
		client_abort(&o->client, e->text);
	return finish(b, &rp, e);
}
