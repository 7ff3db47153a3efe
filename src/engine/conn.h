/*
 * conn.h - the connections of a server: bytes in, frames, bytes out.
 */
#ifndef DURABLE_CONN_H
#define DURABLE_CONN_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

struct conn {
	int fd;
	struct buf in, out;
	struct engine_client *client;
	bool eof;
	uint64_t
	    needs; /* what out holds leaves when the backend is safe so far */
	int64_t
	    held_until; /* its next request waits until then; 0: it does not */
	struct conn *next;
};

/* Takes fd over. */
struct conn *conn_new(int fd, struct engine *en, pid_t pid);

/* Closes and frees c; returns whether its end was a crash of the invocation. */
bool conn_free(struct conn *c, struct engine *en);

/* Whether more can be taken in: neither too much in hand nor to be sent. */
bool conn_wants_input(const struct conn *c);

/* Reads what is there, at most a few frames' worth. Sets eof. */
void conn_read(struct conn *c);

/* Writes what it takes. A peer that has gone is seen by reading. */
void conn_write(struct conn *c);

/* Whether a goodbye is what comes next. */
bool conn_says_goodbye(const struct conn *c);

/* Whether the bytes that were read end with a goodbye (or another request that
 * ends its client). */
bool conn_ends_well(const struct conn *c);

/* The next whole request: returns 1 and sets *frame, 0 when it is not all
 * there, -1 when it is malformed. */
int conn_next(struct conn *c, struct span *frame, struct err *e) MUST_USE;

#endif
