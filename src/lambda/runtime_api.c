/*
 * runtime_api.c - the Lambda Runtime API.
 */
#include "lambda/runtime_api.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/http.h"

enum {
	NEXT_TRIES = 10, /* in a row, when the connection breaks */
	POST_TRIES = 3,
	PAUSE_MS = 50,
	POST_MS = 30000,
};

struct runtime_api {
	struct http *http;
	char *base; /* http://HOST:PORT/2018-06-01/runtime */
};

void
invocation_event_init(struct invocation_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	buf_init(&ev->body, BUF_NO_MAX);
}

void
invocation_event_clear(struct invocation_event *ev)
{
	free(ev->trace_id);
	ev->trace_id = NULL;
	buf_clear(&ev->body);
}

struct runtime_api *
runtime_api_open(struct err *e)
{
	const char *host = getenv("AWS_LAMBDA_RUNTIME_API");
	struct runtime_api *a;

	if (!host || !*host) {
		err_set(e, ERR_USAGE,
		    "AWS_LAMBDA_RUNTIME_API is not set: this is the runtime of "
		    "a Lambda function, started by Lambda; on this machine use "
		    "durable run");
		return NULL;
	}
	a = xcalloc(1, sizeof(*a));
	a->base = xasprintf("http://%s/2018-06-01/runtime", host);
	a->http = http_new(e);
	if (a->http)
		return a;
	runtime_api_close(a);
	return NULL;
}

void
runtime_api_close(struct runtime_api *a)
{
	if (!a)
		return;
	http_free(a->http);
	free(a->base);
	free(a);
}

/* One request, to its end; 1 when is_ended said so before. */
static int
perform(struct runtime_api *a, const struct http_request *rq,
    bool (*is_ended)(void), struct http_response *rp, struct err *e)
{
	struct http_call *call = http_start(a->http, rq, e);

	if (!call)
		return -1;
	while (!http_is_done(call)) {
		int got = http_wait(a->http, -1, e);

		if (got == 0 && is_ended && is_ended())
			got = 1;
		if (got != 0) {
			http_cancel(call);
			return got;
		}
	}
	return http_take(call, rp, e);
}

static char *
header(const struct http_response *rp, const char *name)
{
	struct span v;

	return http_header(rp, name, &v) ? xmemdup(v.p, v.n) : NULL;
}

static int
take_event(struct http_response *rp, struct invocation_event *ev, struct err *e)
{
	char *id = header(rp, "Lambda-Runtime-Aws-Request-Id");
	char *deadline = header(rp, "Lambda-Runtime-Deadline-Ms");
	int result = 0;

	if (!id || !*id || strlen(id) >= sizeof(ev->request_id)) {
		result = err_set(e, ERR_CORRUPT,
		    "the Runtime API sent an event without a usable "
		    "Lambda-Runtime-Aws-Request-Id");
	} else {
		snprintf(ev->request_id, sizeof(ev->request_id), "%s", id);
		ev->trace_id = header(rp, "Lambda-Runtime-Trace-Id");
		ev->deadline = deadline ? strtoll(deadline, NULL, 10) : 0;
		if (ev->deadline <= 0)
			ev->deadline = TIME_NEVER;
		buf_put(&ev->body, rp->body.data, rp->body.len);
	}
	free(id);
	free(deadline);
	return result;
}

int
runtime_api_next(struct runtime_api *a, struct invocation_event *ev,
    bool (*is_ended)(void), struct err *e)
{
	char *url = xasprintf("%s/invocation/next", a->base);
	struct http_request rq = { .method = "GET",
		.url = url,
		.body_max = HTTP_EVENT_MAX,
		.no_proxy = true };
	struct http_response rp;
	int result = -1;

	http_response_init(&rp);
	for (int i = 0; i < NEXT_TRIES; i++) {
		result = perform(a, &rq, is_ended, &rp, e);
		if (result > 0)
			break;
		if (result == 0) {
			result = -1;
			if (rp.status == 200)
				result = take_event(&rp, ev, e);
			else
				err_set(e, ERR_IO,
				    "the Runtime API answered next with %d: "
				    "%.300s",
				    rp.status, buf_str(&rp.body));
			break;
		}
		log_line("next: %s", e->text);
		rq.fresh = true;
		(void)poll(NULL, 0, i * PAUSE_MS);
	}
	http_response_clear(&rp);
	free(url);
	return result;
}

/* The API takes an outcome once; a connection that breaks is tried again, and
 * that the first one had arrived after all is told as a wrong state. */
static int
post(struct runtime_api *a, const char *url, const char *const *headers,
    struct span body, struct err *e)
{
	struct http_request rq = { .method = "POST",
		.url = url,
		.headers = headers,
		.body = body,
		.timeout_ms = POST_MS,
		.no_proxy = true,
		.fresh = true }; /* on a kept one libcurl may send it twice */
	struct http_response rp;
	int result = -1;

	http_response_init(&rp);
	for (int i = 0; i < POST_TRIES; i++) {
		if (perform(a, &rq, NULL, &rp, e) == 0) {
			/* 413: too large, and counted as sent. */
			if (rp.status / 100 == 2 || rp.status == 413 ||
			    (i > 0 && rp.status / 100 == 4))
				result = 0;
			if (rp.status / 100 != 2)
				err_set(e, ERR_IO,
				    "the Runtime API answered %s with %d: "
				    "%.300s",
				    strrchr(url, '/'), rp.status,
				    buf_str(&rp.body));
			if (rp.status == 413)
				log_line("%s", e->text);
			break;
		}
		log_line("post: %s", e->text);
	}
	http_response_clear(&rp);
	return result;
}

int
runtime_api_respond(struct runtime_api *a, const char *request_id,
    struct span body, struct err *e)
{
	static const char *const headers[] = { "Content-Type: application/json",
		NULL };
	char *url = xasprintf("%s/invocation/%s/response", a->base, request_id);
	int result = post(a, url, headers, body, e);

	free(url);
	return result;
}

int
runtime_api_fail(struct runtime_api *a, const char *request_id,
    const char *type, const char *message, struct err *e)
{
	char *kind = xasprintf("Lambda-Runtime-Function-Error-Type: %s", type);
	const char *const headers[] = { "Content-Type: application/json", kind,
		NULL };
	char *url = request_id
	    ? xasprintf("%s/invocation/%s/error", a->base, request_id)
	    : xasprintf("%s/init/error", a->base);
	struct buf body, plain;
	int result;

	buf_init(&body, BUF_NO_MAX);
	buf_init(&plain, BUF_NO_MAX);
	text_escape(message, strlen(message), &plain);
	buf_put_str(&body, "{\"errorMessage\":");
	json_escape(buf_str(&plain), plain.len, &body);
	buf_clear(&plain);
	buf_put_str(&body, ",\"errorType\":");
	json_escape(type, strlen(type), &body);
	buf_put_str(&body, ",\"stackTrace\":[]}");
	result = post(a, url, headers,
	    (struct span){ buf_str(&body), body.len }, e);
	buf_clear(&body);
	free(url);
	free(kind);
	return result;
}
