/*
 * remote.c - the backend whose operations are kept by the service.
 *
 * One call is under way at most. When it has been answered, and what it told
 * is in the table, all that it carried is safe.
 */
#include "lambda/remote.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/merge.h"
#include "lambda/queue.h"
#include "lambda/sign.h"
#include "lambda/wire.h"
#include "store/service.h"

enum {
	HOLD_MS = 50, /* a START waits so long for its outcome */
	PAGE_ITEMS = 1000,
	AFTER_DUE_MS = 25, /* the service's clock is not ours */
	POLL_FIRST_MS = 1000,
	POLL_STEPS = 10,     /* a second longer each time, */
	POLL_MANY = 95,      /* and after that many */
	POLL_MAX_MS = 60000, /* so long */
};

struct remote {
	struct backend base;
	struct api *api;
	char *path; /* /2025-12-01/durable-executions/ARN */
	char *token;
	char *marker; /* of the page to be fetched next, or NULL */
	struct merge merge;
	int64_t deadline;
	struct queue *queue;
	struct service *timers; /* only for when to look; they do not fire */
	struct api_call *call;
	bool is_page;       /* the call fetches one */
	bool is_urgent;     /* what is queued is waited for */
	bool is_ended;      /* the execution's own end is queued, or sent */
	bool is_closing;    /* the call under way carries it */
	int64_t held_since; /* monotonic, of the first in the queue */
	int64_t last_call;  /* monotonic: when the last one ended */
	int64_t asked_at;   /* instant at which it began */
	unsigned polls;     /* in a row that brought nothing */
	bool is_unknown;    /* something is awaited that may come at any time */
	size_t seen_waiting;
	enum remote_failure failure;
	struct remote_counts counts;
};

/* Failures. */

static int
fail_as(struct remote *r, enum remote_failure how)
{
	r->failure = how;
	return -1;
}

static int
check_alive(const struct remote *r, struct err *e)
{
	if (r->failure == REMOTE_NONE)
		return 0;
	return err_set(e, ERR_BUG, "the service is used after it has failed");
}

/* What it says that is no answer to what we asked. */
static int
bad_answer(struct remote *r, const char *what, struct err *e)
{
	err_set(e, ERR_CORRUPT, "the service's answer %s", what);
	return fail_as(r, REMOTE_ENDS_INVOCATION);
}

static int
refused(struct remote *r, const char *what, const struct api_response *rp,
    struct err *e)
{
	const char *hint = "";

	switch (api_classify(rp)) {
	case API_FAILS_EXECUTION:
		r->failure = REMOTE_FAILS_EXECUTION;
		break;
	default:
		r->failure = REMOTE_ENDS_INVOCATION;
		break;
	}
	if (strcmp(rp->type, "AccessDeniedException") == 0)
		hint = "; the function's role needs "
		       "lambda:CheckpointDurableExecution and "
		       "lambda:GetDurableExecutionState on "
		       "function:NAME:*";
	return err_set(e, ERR_REFUSED, "%s was answered %d %s: %s%s", what,
	    rp->status, rp->type, rp->message, hint);
}

static int
fail_merge(struct remote *r)
{
	return fail_as(r,
	    r->merge.is_foreign ? REMOTE_FAILS_EXECUTION
				: REMOTE_ENDS_INVOCATION);
}

static int
take_operation(struct remote *r, struct span object, struct err *e)
{
	if (merge_operation(&r->merge, object, e) < 0)
		return fail_merge(r);
	if (r->merge.has_news)
		r->polls = 0;
	r->merge.has_news = false;
	return 0;
}

/* {"Operations":[...],"NextMarker":"..."}. Sets r->marker. */
static int
take_page(struct remote *r, struct span state, struct err *e)
{
	struct span operations, object;
	struct text next;
	struct buf marker;
	size_t pos = 0;

	if (json_find(state, "Operations", &operations) &&
	    json_kind(operations) == '[')
		while (json_next_element(operations, &pos, &object))
			if (take_operation(r, object, e) < 0)
				return -1;
	next = wire_string(state, "NextMarker");
	buf_init(&marker, BUF_NO_MAX);
	text_put_plain(next, &marker);
	if (marker.len > 0 && r->marker &&
	    strcmp(r->marker, buf_str(&marker)) == 0) {
		buf_clear(&marker);
		return bad_answer(r, "has the same NextMarker again", e);
	}
	free(r->marker);
	r->marker = marker.len > 0 ? buf_steal(&marker) : NULL;
	buf_clear(&marker);
	if (!r->marker && merge_late(&r->merge, e) < 0)
		return fail_merge(r);
	return 0;
}

/* Calls. */

static struct api_call *
start_call(struct remote *r, const struct api_request *wanted, struct err *e)
{
	struct api_request rq = *wanted;
	struct api_call *call;

	r->asked_at = time_now();
	if (r->deadline != TIME_NEVER)
		rq.deadline = r->deadline;
	call = api_start(r->api, &rq, e);
	r->base.is_asking = call != NULL;
	if (!call)
		r->failure = REMOTE_ENDS_INVOCATION;
	return call;
}

static int
start_page(struct remote *r, struct err *e)
{
	char *path = xasprintf("%s/state", r->path);
	struct api_request rq = { .method = "GET", .path = path };
	struct buf query;

	buf_init(&query, BUF_NO_MAX);
	buf_put_str(&query, "CheckpointToken=");
	sign_encode(r->token, strlen(r->token), &query);
	buf_put_str(&query, "&Marker=");
	sign_encode(r->marker, strlen(r->marker), &query);
	buf_printf(&query, "&MaxItems=%d", PAGE_ITEMS);
	rq.query = buf_str(&query);
	r->call = start_call(r, &rq, e);
	r->is_page = true;
	buf_clear(&query);
	free(path);
	return r->call ? 0 : -1;
}

/* One checkpoint with what is queued, as much as fits; with nothing it only
 * asks what is new. */
static int
start_checkpoint(struct remote *r, struct err *e)
{
	char *path = xasprintf("%s/checkpoint", r->path);
	struct api_request rq = { .method = "POST", .path = path };
	struct buf body;
	size_t n;

	buf_init(&body, BUF_NO_MAX);
	if (queue_put_request(r->queue, r->token, &body, &n, e) < 0) {
		r->failure = REMOTE_ENDS_INVOCATION;
		goto out;
	}
	if (queue_is_empty_behind_sent(r->queue))
		r->is_urgent = false;
	r->is_closing = r->is_ended && queue_is_empty_behind_sent(r->queue);
	rq.body = (struct span){ buf_str(&body), body.len };
	rq.content_type = "application/json";
	r->call = start_call(r, &rq, e);
	r->is_page = false;
	r->counts.calls++;
	r->counts.updates += n;
	log_line("checkpoint with %zu updates, %zu bytes", n, body.len);
out:
	buf_clear(&body);
	free(path);
	return r->call ? 0 : -1;
}

/* All that the answer told is taken in: what was sent is safe. */
static void
acknowledge(struct remote *r)
{
	size_t n = queue_drop_sent(r->queue);

	r->base.safe += n;
	r->held_since = time_monotonic();
	r->last_call = r->held_since;
	r->polls = n > 0 ? 0 : r->polls + 1;
	r->seen_waiting = SIZE_MAX;
}

static int
take_checkpoint(struct remote *r, struct span answer, struct err *e)
{
	struct text token = wire_string(answer, "CheckpointToken");
	struct span state;

	if (json_find(answer, "NewExecutionState", &state) &&
	    json_kind(state) == '{' && take_page(r, state, e) < 0)
		return -1;
	free(r->token);
	r->token = token.n > 0 ? text_dup(token) : NULL;
	if (!r->token && !r->is_closing) {
		r->base.safe += queue_drop_sent(r->queue);
		err_set(e, ERR_REFUSED,
		    "the service takes no more checkpoints from this "
		    "invocation");
		return fail_as(r, REMOTE_SUSPENDS);
	}
	return 0;
}

/* The call is done. Begins the next page where there is one. */
static int
take_answer(struct remote *r, struct err *e)
{
	const char *what = r->is_page ? "GetDurableExecutionState"
				      : "CheckpointDurableExecution";
	struct api_response rp;
	struct span answer;
	int result = -1;

	api_response_init(&rp);
	r->base.is_asking = false;
	if (api_take(r->call, &rp, e) < 0) {
		r->call = NULL;
		r->failure = REMOTE_ENDS_INVOCATION;
		goto out;
	}
	r->call = NULL;
	if (rp.status / 100 != 2) {
		refused(r, what, &rp, e);
		goto out;
	}
	if (json_check(buf_str(&rp.body), rp.body.len, &answer, e) < 0 ||
	    json_kind(answer) != '{') {
		bad_answer(r, "is no JSON object", e);
		goto out;
	}
	result = r->is_page ? take_page(r, answer, e)
			    : take_checkpoint(r, answer, e);
	/* Without a token nothing more can be asked for, nor is it needed. */
	if (result == 0 && r->marker && r->token)
		result = start_page(r, e);
	else if (result == 0)
		acknowledge(r);
out:
	api_response_clear(&rp);
	return result;
}

/* Polling: while something else runs, who waits is told nothing unless we
 * ask. */

static int
is_of_unknown_end(struct op *op, void *arg)
{
	(void)arg;
	return op->status == STATUS_STARTED &&
	    (op->type == OP_CALLBACK || op->type == OP_INVOKE);
}

/* When to ask next, in ms from now; -1 for never. */
static int64_t
until_poll(struct remote *r)
{
	int64_t due, ms, passed;
	unsigned n = r->polls + 1;

	if (r->base.waiting == 0 || r->call || !queue_is_empty(r->queue))
		return -1;
	if (r->seen_waiting != r->base.waiting) {
		r->seen_waiting = r->base.waiting;
		r->is_unknown = table_each(r->base.table, is_of_unknown_end,
				    NULL) != 0;
	}
	passed = time_monotonic() - r->last_call;
	ms = n > POLL_MANY
	    ? POLL_MAX_MS
	    : (int64_t)(n < POLL_STEPS ? n : POLL_STEPS) * POLL_FIRST_MS;
	ms -= passed;
	due = service_next_due(r->timers);
	if (due != TIME_NEVER)
		due += AFTER_DUE_MS;
	if (due != TIME_NEVER && due > r->asked_at &&
	    (due - time_now() < ms || !r->is_unknown))
		ms = due - time_now();
	return ms > 0 ? ms : 0;
}

/* The backend's operations. */

static int
remote_update(struct backend *b, const struct update *u, int64_t now,
    struct err *e)
{
	struct remote *r = (struct remote *)b;
	struct op *op;

	if (check_alive(r, e) < 0)
		return -1;
	op = table_apply(b->table, u, now, true, e);
	if (!op)
		return fail_as(r, REMOTE_ENDS_INVOCATION);
	if (queue_is_empty_behind_sent(r->queue))
		r->held_since = time_monotonic();
	queue_add(r->queue, op, u);
	b->queued++;
	if (u->action != ACTION_START ||
	    (u->type != OP_STEP && u->type != OP_CONTEXT))
		r->is_urgent = true;
	service_watch(r->timers, op);
	return 0;
}

/* The service keeps its own record of invocations. */
static int
remote_event(struct backend *b, const struct record *record, struct err *e)
{
	(void)b;
	if (record->event == EVENT_INVOCATION_STARTED ||
	    record->event == EVENT_INVOCATION_COMPLETED)
		return 0;
	return err_set(e, ERR_BUG, "%s is the service's to record",
	    event_name(record->event));
}

static int
remote_commit(struct backend *b, bool sync, struct err *e)
{
	struct remote *r = (struct remote *)b;

	if (check_alive(r, e) < 0)
		return -1;
	if (queue_is_empty_behind_sent(r->queue))
		return 0;
	r->is_urgent |= sync;
	if (r->call ||
	    (!r->is_urgent && !queue_is_full(r->queue) &&
		time_monotonic() - r->held_since < HOLD_MS))
		return 0;
	return start_checkpoint(r, e);
}

static int64_t
remote_next_due(struct backend *b)
{
	(void)b;
	return TIME_NEVER;
}

static int
remote_tick(struct backend *b, int64_t now, struct err *e)
{
	struct remote *r = (struct remote *)b;

	(void)now;
	if (check_alive(r, e) < 0)
		return -1;
	if (until_poll(r) != 0)
		return 0;
	return start_checkpoint(r, e);
}

static size_t
remote_fill(struct backend *b, struct pollfd *fds, size_t room,
    int64_t *wait_ms)
{
	struct remote *r = (struct remote *)b;
	int64_t poll_ms = until_poll(r);

	if (poll_ms >= 0)
		time_lower_wait(wait_ms, poll_ms);
	if (!r->call && !queue_is_empty(r->queue))
		time_lower_wait(wait_ms,
		    r->is_urgent ? 0
				 : r->held_since + HOLD_MS - time_monotonic());
	return r->call ? api_fill(r->api, fds, room, wait_ms) : 0;
}

static int
remote_turn(struct backend *b, const struct pollfd *fds, size_t n,
    struct err *e)
{
	struct remote *r = (struct remote *)b;

	if (check_alive(r, e) < 0)
		return -1;
	if (!r->call)
		return 0;
	if (api_turn(r->api, fds, n, e) < 0)
		return fail_as(r, REMOTE_ENDS_INVOCATION);
	return api_is_done(r->call) ? take_answer(r, e) : 0;
}

static int
remote_drain(struct backend *b, struct err *e)
{
	struct remote *r = (struct remote *)b;

	if (check_alive(r, e) < 0)
		return -1;
	while (r->call || !queue_is_empty(r->queue)) {
		if (!r->call && start_checkpoint(r, e) < 0)
			return -1;
		if (api_wait(r->api, e) < 0)
			return fail_as(r, REMOTE_ENDS_INVOCATION);
		if (api_is_done(r->call) && take_answer(r, e) < 0)
			return -1;
	}
	return 0;
}

static void
remote_close(struct backend *b)
{
	struct remote *r = (struct remote *)b;

	if (!r)
		return;
	if (r->call)
		api_cancel(r->call);
	service_free(r->timers);
	table_free(b->table);
	queue_free(r->queue);
	free(r->path);
	free(r->token);
	free(r->marker);
	merge_clear(&r->merge);
	free(r);
}

static const struct backend_ops remote_ops = {
	.kind = "service",
	.update = remote_update,
	.event = remote_event,
	.commit = remote_commit,
	.next_due = remote_next_due,
	.tick = remote_tick,
	.close = remote_close,
	.fill = remote_fill,
	.turn = remote_turn,
	.drain = remote_drain,
};

struct remote *
remote_new(struct api *api, const char *arn, struct text token,
    int64_t deadline)
{
	struct remote *r = xcalloc(1, sizeof(*r));
	struct buf path;

	r->base.ops = &remote_ops;
	r->base.table = table_new();
	r->api = api;
	r->deadline = deadline;
	r->queue = queue_new();
	r->timers = service_new(r->base.table);
	r->merge.backend = &r->base;
	r->merge.queue = r->queue;
	r->merge.timers = r->timers;
	r->last_call = time_monotonic();
	buf_init(&path, BUF_NO_MAX);
	wire_put_path(arn, "", &path);
	r->path = buf_steal(&path);
	r->token = text_dup(token);
	return r;
}

struct backend *
remote_backend(struct remote *r)
{
	return &r->base;
}

int
remote_load(struct remote *r, struct span state, struct err *e)
{
	if (take_page(r, state, e) < 0)
		return -1;
	if (r->marker && start_page(r, e) < 0)
		return -1;
	return r->call ? remote_drain(&r->base, e) : 0;
}

const char *
remote_input(const struct remote *r)
{
	return r->merge.input ? r->merge.input : "{}";
}

void
remote_end_execution(struct remote *r, struct span result)
{
	queue_add_end(r->queue, result);
	r->base.queued++;
	r->is_ended = true;
}

enum remote_failure
remote_failure(const struct remote *r)
{
	return r->failure;
}

struct remote_counts
remote_counts(const struct remote *r)
{
	return r->counts;
}
