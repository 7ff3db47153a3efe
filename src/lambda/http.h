/*
 * http.h - HTTP requests for somebody else's poll loop, over libcurl.
 *
 * An owner starts calls, adds what http_fill tells to its poll set, and lets
 * http_turn work after each poll. Nothing here blocks and nothing is retried
 * by us. libcurl itself sends a request once more, on a new connection, when
 * a kept connection turns out to be dead before any byte of an answer; a
 * request with fresh set is on a connection of its own and so is sent once.
 *
 * Certificates are checked always, redirects are never followed, and an
 * answer that is larger than its limit ends the call.
 */
#ifndef DURABLE_HTTP_H
#define DURABLE_HTTP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct http;
struct http_call;

enum {
	HTTP_BODY_MAX = 16 * 1024 * 1024,  /* of an answer, unless said */
	HTTP_EVENT_MAX = 32 * 1024 * 1024, /* for the Runtime API's events */
	HTTP_HEADERS_MAX = 256 * 1024,
};

struct http_request {
	const char *method;
	const char *url; /* sent as it is: dots and escapes are not touched */
	const char *const *headers; /* "Name: value" ... NULL; or NULL */
	struct span body;           /* borrowed until the call is taken */
	int64_t timeout_ms; /* of it all; 0: none, as for the long poll */
	int64_t connect_timeout_ms; /* 0: libcurl's, five minutes */
	size_t body_max;            /* of the answer; 0: HTTP_BODY_MAX */
	const char *ca_bundle;      /* a PEM file; NULL: the system's */
	bool no_proxy;              /* whatever the environment says */
	bool fresh;                 /* on a new connection */
};

/* The caller embeds it, with http_response_init before and _clear after. */
struct http_response {
	int status;         /* 0 when no answer came */
	struct buf headers; /* as they came, "Name: value\r\n" each */
	struct buf body;
	bool may_have_arrived; /* bytes of the request were sent */
	bool is_final; /* no answer, and none will come from trying again:
			* untrusted certificate, not a URL, answer too large */
};

void http_response_init(struct http_response *r);
void http_response_clear(struct http_response *r);

/* The first header of that name, in any letter case, without blanks around
 * its value; the span is valid as long as r. */
bool http_header(const struct http_response *r, const char *name,
    struct span *value);

/* As http_header, on the text of headers. */
bool http_find_header(struct span headers, const char *name,
    struct span *value);

/* Instant of an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT"), or -1. */
int64_t http_parse_date(struct span text);

/* Holds the connections that are kept. ERR_IO when libcurl cannot start. */
struct http *http_new(struct err *e) MUST_USE;

/* Ends all its calls too: their http_call pointers are dead then. */
void http_free(struct http *h);

/*
 * Begins a request; the work is done in http_turn. All of rq is copied but
 * its body, which is borrowed until http_take or http_cancel. NULL with
 * ERR_USAGE for a URL that is none, or that is not http or https.
 */
struct http_call *http_start(struct http *h, const struct http_request *rq,
    struct err *e) MUST_USE;

/* How many descriptors http_fill wants to be polled now. */
size_t http_fd_count(const struct http *h);

/*
 * Puts at most room entries into fds and returns how many. *wait_ms (-1: for
 * ever) is lowered to the time by which http_turn must be called anyhow.
 */
size_t http_fill(const struct http *h, struct pollfd *fds, size_t room,
    int64_t *wait_ms);

/* Does what can be done without waiting. fds are those of the last http_fill,
 * with revents; n may be 0 when only time has passed. ERR_BUG. */
int http_turn(struct http *h, const struct pollfd *fds, size_t n,
    struct err *e) MUST_USE;

/* Polls for at most wait_ms (-1: until something happens) and works: for
 * those who have no loop. Ends early on a signal. */
int http_wait(struct http *h, int64_t wait_ms, struct err *e) MUST_USE;

bool http_is_done(const struct http_call *c);

/*
 * Moves what came of a call that is done into out (was initialised; its
 * bytes are then out's) and frees the call. -1 (ERR_IO, or ERR_REFUSED for an
 * answer over the limit) when no whole answer came: what was tried, where,
 * why not in plain words, and what to do; out then has may_have_arrived and
 * is_final, and no bytes.
 */
int http_take(struct http_call *c, struct http_response *out,
    struct err *e) MUST_USE;

/* Ends a call, done or not, and its connection when it was under way. */
void http_cancel(struct http_call *c);

#endif
