/*
 * web_server.h - a real HTTP server on 127.0.0.1 that does, request after
 * request, what its script says. It runs in a thread of the test.
 */
#ifndef DURABLE_WEB_SERVER_H
#define DURABLE_WEB_SERVER_H

#include <stddef.h>

#include "base/buf.h"

enum web_action {
	WEB_ANSWER,     /* text, and the connection stays */
	WEB_CLOSE,      /* text, then the end of the connection */
	WEB_RESET,      /* the connection is reset once all was read */
	WEB_REFUSE,     /* it is reset as soon as a byte has come */
	WEB_SILENT,     /* nothing, until the client goes */
	WEB_ANSWER_END, /* text; a moment later the idle connection is closed */
};

struct web_step {
	enum web_action action;
	const char *text; /* the whole answer, as it is sent */
};

/* What came, in order. */
struct web_request {
	int connection;  /* from 0, in order of their opening */
	struct buf text; /* head and body */
};

struct web_server;

/* Starts it; steps (n of them) are borrowed. Behind the last one every
 * request is answered with 599. Ends the test when it cannot. */
struct web_server *web_start(const struct web_step *steps, size_t n);

int web_port(const struct web_server *s);

/* "http://127.0.0.1:PORT"; valid until web_stop. */
const char *web_url(const struct web_server *s);

/* Stops it; what came can be read from then on. */
void web_stop(struct web_server *s);

size_t web_request_count(const struct web_server *s);
const struct web_request *web_request(const struct web_server *s, size_t i);

void web_free(struct web_server *s);

/* An answer with its length: WEB_OK("{}"). */
#define WEB_OK(body) WEB_STATUS("200 OK", "", body)
#define WEB_STATUS(status, headers, body) \
 web_text(status, headers, body, (char[4096]){ 0 }, 4096)
const char *web_text(const char *status, const char *headers, const char *body,
    char *out, size_t size);

#endif
