/*
 * api.c - signed calls of the Lambda API, tried again where that is right.
 *
 * A call is an attempt under way, or waits for the time of the next one, or is
 * done; api_turn moves each from one to the next. What was sent is kept until
 * the end: the service knows a repetition by its bytes.
 */
#include "lambda/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/account.h"
#include "lambda/answer.h"
#include "lambda/http.h"
#include "lambda/sign.h"

enum {
	CONNECT_TIMEOUT_MS = 5000,
	READ_TIMEOUT_MS = 50000,
	IDLE_MAX_MS = 30000, /* a connection is not used again after more */
};

struct api {
	struct http *http;
	bool is_http_ours;
	struct account account;
	int64_t skew_ms;     /* to be added to our clock, when signing */
	int64_t last_answer; /* instant; 0: none yet */
	struct api_call *calls;
};

struct api_call {
	struct api *api;
	struct api_call *next;
	char *method, *path, *query, *content_type;
	char **headers; /* NULL-terminated */
	char *body;
	size_t body_size;
	int64_t deadline, timeout_ms;
	bool once;

	struct http_call *http; /* the attempt under way */
	int64_t due;            /* monotonic: of the next one */
	int attempts, loads; /* loads: which credentials it was signed with */
	int64_t signed_at;   /* the instant that it was signed for */
	bool is_fresh;       /* the next attempt is on a new connection */
	bool may_have_arrived;
	bool has_reloaded, has_set_clock, is_done;
	int result;
	struct err err;
	struct api_response answer;
};

struct api *
api_open(const struct api_options *o, struct http *shared, struct err *e)
{
	struct api *a = xcalloc(1, sizeof(*a));

	a->http = shared;
	a->is_http_ours = !shared;
	if (account_open(&a->account, o, e) < 0 ||
	    (!a->http && !(a->http = http_new(e)))) {
		api_close(a);
		return NULL;
	}
	return a;
}

static void
free_call(struct api_call *c)
{
	http_cancel(c->http);
	for (char **header = c->headers; header && *header; header++)
		free(*header);
	free(c->headers);
	free(c->method);
	free(c->path);
	free(c->query);
	free(c->content_type);
	free(c->body);
	api_response_clear(&c->answer);
	free(c);
}

void
api_cancel(struct api_call *c)
{
	struct api_call **at;

	if (!c)
		return;
	for (at = &c->api->calls; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	free_call(c);
}

void
api_close(struct api *a)
{
	if (!a)
		return;
	while (a->calls)
		api_cancel(a->calls);
	if (a->is_http_ours)
		http_free(a->http);
	account_clear(&a->account);
	free(a);
}

const char *
api_region(const struct api *a)
{
	return a->account.endpoint.region;
}

const char *
api_url(const struct api *a)
{
	return a->account.endpoint.url;
}

static int
finish(struct api_call *c, int result)
{
	c->is_done = true;
	c->result = result;
	if (result < 0 && c->attempts > 1)
		err_wrap(&c->err, "after %d attempts", c->attempts);
	return result;
}

static char *
header(const char *name, const char *value)
{
	return xasprintf("%s: %s", name, value);
}

/* The attempt's headers: those of the signature, and the caller's. */
static char **
all_headers(const struct api_call *c, const struct sign_headers *made)
{
	const char *token = c->api->account.credentials.token;
	size_t n = 0, own = 0;
	char **all;

	while (c->headers[own])
		own++;
	all = xcalloc(own + 5, sizeof(*all));
	all[n++] = header("X-Amz-Date", made->date);
	all[n++] = header("Authorization", buf_str(&made->authorization));
	if (token)
		all[n++] = header("X-Amz-Security-Token", token);
	if (c->content_type)
		all[n++] = header("Content-Type", c->content_type);
	for (size_t i = 0; i < own; i++)
		all[n++] = xstrdup(c->headers[i]);
	return all;
}

static int
sign(struct api_call *c, struct sign_headers *out, struct err *e)
{
	const struct api *a = c->api;
	char *path = xasprintf("%s%s", a->account.endpoint.base, c->path);
	int result;

	c->signed_at = time_now() + a->skew_ms;
	result = sign_request(&(struct sign_request){ c->method,
				  a->account.endpoint.host, path, c->query,
				  c->content_type, { c->body, c->body_size },
				  a->account.endpoint.region, "lambda",
				  a->account.credentials.key_id,
				  a->account.credentials.secret,
				  a->account.credentials.token, c->signed_at },
	    out, e);
	free(path);
	return result;
}

static int64_t
at_most(int64_t ms, int64_t left)
{
	return ms < left ? ms : left;
}

/* A connection that has lain idle for long, across a freeze of the sandbox
 * perhaps, may be dead without anybody knowing. */
static bool
is_idle(const struct api *a)
{
	return time_now() - a->last_answer > IDLE_MAX_MS;
}

static int
send_attempt(struct api_call *c, int64_t left, struct err *e)
{
	struct api *a = c->api;
	struct sign_headers made;
	char **headers = NULL, *url;

	sign_headers_init(&made);
	url = xasprintf("%s%s%s%s%s", a->account.endpoint.url,
	    a->account.endpoint.base, c->path, c->query ? "?" : "",
	    c->query ? c->query : "");
	if (sign(c, &made, e) == 0) {
		headers = all_headers(c, &made);
		c->http = http_start(a->http,
		    &(struct http_request){ .method = c->method,
			.url = url,
			.headers = (const char *const *)headers,
			.body = { c->body, c->body_size },
			.timeout_ms = at_most(c->timeout_ms, left),
			.connect_timeout_ms = at_most(CONNECT_TIMEOUT_MS, left),
			.ca_bundle = a->account.ca_bundle,
			.fresh = c->is_fresh || c->once || is_idle(a) },
		    e);
	}
	for (char **h = headers; h && *h; h++)
		free(*h);
	free(headers);
	free(url);
	sign_headers_clear(&made);
	return c->http ? 0 : -1;
}

/* Sends the request, or finishes the call when it cannot be sent. */
static int
begin_attempt(struct api_call *c)
{
	int64_t left = c->deadline - time_now();
	struct err e;

	if (left <= 0) {
		/* Only before the first: no later one is planned behind it. */
		err_set(&c->err, ERR_IO, "%s %s%s: no time is left for it",
		    c->method, c->api->account.endpoint.url, c->path);
		return finish(c, -1);
	}
	if (account_refresh(&c->api->account, time_now() + c->api->skew_ms,
		&e) < 0 ||
	    send_attempt(c, left, &e) < 0) {
		c->err = e;
		return finish(c, -1);
	}
	c->loads = c->api->account.loads;
	c->attempts++;
	return 0;
}

struct api_call *
api_start(struct api *a, const struct api_request *rq, struct err *e)
{
	struct api_call *c = xcalloc(1, sizeof(*c));
	size_t n = 0;

	c->api = a;
	c->method = xstrdup(rq->method);
	c->path = xstrdup(rq->path);
	c->query = rq->query && *rq->query ? xstrdup(rq->query) : NULL;
	c->content_type = rq->content_type ? xstrdup(rq->content_type) : NULL;
	c->body = xmemdup(rq->body.p, rq->body.n);
	c->body_size = rq->body.n;
	while (rq->headers && rq->headers[n])
		n++;
	c->headers = xcalloc(n + 1, sizeof(*c->headers));
	for (size_t i = 0; i < n; i++)
		c->headers[i] = xstrdup(rq->headers[i]);
	c->deadline = rq->deadline ? rq->deadline : TIME_NEVER;
	c->timeout_ms = (rq->timeout_ms ? rq->timeout_ms : READ_TIMEOUT_MS) +
	    CONNECT_TIMEOUT_MS;
	c->once = rq->once;
	api_response_init(&c->answer);
	if (begin_attempt(c) < 0) {
		*e = c->err;
		free_call(c);
		return NULL;
	}
	c->next = a->calls;
	a->calls = c;
	return c;
}

/* Plans the next attempt, in delay_ms; false when there is none, as too many
 * were made or the deadline comes first. */
static bool
plan_attempt(struct api_call *c, int64_t delay_ms)
{
	if (c->attempts >= c->api->account.max_attempts || delay_ms < 0 ||
	    (c->deadline != TIME_NEVER && time_now() + delay_ms >= c->deadline))
		return false;
	c->due = time_monotonic() + delay_ms;
	log_line("api: the next attempt is in %lld ms", (long long)delay_ms);
	return true;
}

/* No answer came, and c->err says why. The first time it is tried again at
 * once: it may have been a connection that was dead already. */
static void
take_failure(struct api_call *c, const struct http_response *r)
{
	c->may_have_arrived |= r->may_have_arrived;
	c->is_fresh = true;
	if (!r->is_final && !(c->once && r->may_have_arrived) &&
	    plan_attempt(c,
		c->attempts == 1 ? 0
				 : answer_backoff(c->attempts - 1, false,
				       random_fraction())))
		return;
	finish(c, -1);
}

/* Whether the answer speaks of something that was mended now: such an attempt
 * does not count. */
static bool
mend(struct api_call *c, const struct api_response *r)
{
	struct api *a = c->api;
	int64_t skew = answer_skew(r, c->signed_at);
	struct err ignored;

	if (skew != 0 && !c->has_set_clock) {
		c->has_set_clock = true;
		a->skew_ms += skew;
		log_line("api: our clock is %lld ms behind the server's",
		    (long long)a->skew_ms);
		return true;
	}
	if (!answer_refuses_credentials(r) || c->has_reloaded)
		return false;
	c->has_reloaded = true;
	if (c->loads != a->account.loads)
		return true; /* another call's answer has said so before */
	return credentials_can_reload(&a->account.credentials) &&
	    account_reload(&a->account, &ignored) == 0;
}

static void
take_answer(struct api_call *c, struct http_response *from)
{
	struct api_response *r = &c->answer;
	int64_t after, delay;
	bool throttled;

	r->status = from->status;
	r->headers = from->headers;
	r->body = from->body;
	c->may_have_arrived = true;
	http_response_init(from);
	api_parse_error(r);
	c->api->last_answer = time_now();
	log_line("api %s %s: %d %s", c->method, c->path, r->status, r->type);
	throttled = answer_is_throttled(r);
	if (mend(c, r)) {
		c->attempts--;
		if (plan_attempt(c, 0))
			return;
	} else if (throttled || (answer_is_transient(r) && !c->once)) {
		after = answer_retry_after(r, time_now() + c->api->skew_ms);
		delay = answer_backoff(c->attempts, throttled,
		    random_fraction());
		if (after < 0 || after > delay)
			delay = after;
		if (plan_attempt(c, delay))
			return;
	}
	finish(c, 0);
}

static void
end_attempt(struct api_call *c)
{
	struct http_call *http = c->http;
	struct http_response r;

	c->http = NULL;
	api_response_clear(&c->answer);
	http_response_init(&r);
	if (http_take(http, &r, &c->err) < 0)
		take_failure(c, &r);
	else
		take_answer(c, &r);
	http_response_clear(&r);
}

size_t
api_fd_count(const struct api *a)
{
	return a->is_http_ours ? http_fd_count(a->http) : 0;
}

size_t
api_fill(const struct api *a, struct pollfd *fds, size_t room, int64_t *wait_ms)
{
	int64_t now = time_monotonic();

	for (const struct api_call *c = a->calls; c; c = c->next)
		if (!c->is_done && !c->http)
			time_lower_wait(wait_ms, c->due - now);
	return a->is_http_ours ? http_fill(a->http, fds, room, wait_ms) : 0;
}

static void
turn_call(struct api_call *c)
{
	if (!c->is_done && c->http && http_is_done(c->http))
		end_attempt(c);
	if (!c->is_done && !c->http && c->due <= time_monotonic())
		(void)begin_attempt(c);
}

int
api_turn(struct api *a, const struct pollfd *fds, size_t n, struct err *e)
{
	if (a->is_http_ours && http_turn(a->http, fds, n, e) < 0)
		return -1;
	for (struct api_call *c = a->calls; c; c = c->next)
		turn_call(c);
	return 0;
}

int
api_wait(struct api *a, struct err *e)
{
	int64_t wait_ms = -1;

	(void)api_fill(a, NULL, 0, &wait_ms);
	if (http_wait(a->http, wait_ms, e) < 0)
		return -1;
	return api_turn(a, NULL, 0, e);
}

bool
api_is_done(const struct api_call *c)
{
	return c->is_done;
}

int
api_take(struct api_call *c, struct api_response *out, struct err *e)
{
	int result = c->result;

	api_response_clear(out);
	*out = c->answer;
	api_response_init(&c->answer);
	if (result < 0) {
		out->may_have_arrived = c->may_have_arrived;
		*e = c->err;
	}
	api_cancel(c);
	return result;
}

int
api_perform(struct api *a, const struct api_request *rq,
    struct api_response *out, struct err *e)
{
	struct api_call *c = api_start(a, rq, e);

	if (!c)
		return -1;
	while (!api_is_done(c))
		if (api_wait(a, e) < 0) {
			api_cancel(c);
			return -1;
		}
	return api_take(c, out, e);
}
