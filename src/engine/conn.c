/*
 * conn.c - the connections of a server.
 *
 * A client is read only while its buffers have room, so no client can make
 * the engine's memory grow by asking faster than it reads.
 */
#include "engine/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"

enum {
	FIRST_CHUNK = 2048,
	CHUNK = 64 * 1024,
	OUT_MAX_WAITING = 4 * 1024 * 1024
};

struct conn *
conn_new(int fd, struct engine *en, pid_t pid)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->fd = fd;
	buf_init(&c->in, (size_t)MSG_MAX + CHUNK + MSG_HEAD);
	buf_init(&c->out, BUF_NO_MAX);
	c->client = engine_connect(en, pid, c);
	return c;
}

bool
conn_free(struct conn *c, struct engine *en)
{
	bool crashed = engine_disconnect(en, c->client);

	close(c->fd);
	buf_clear(&c->in);
	buf_clear(&c->out);
	free(c);
	return crashed;
}

bool
conn_wants_input(const struct conn *c)
{
	return !c->eof && c->held_until == 0 &&
	    c->out.len - c->out.off < OUT_MAX_WAITING;
}

/* Requests are short as a rule: room for a long one is made when its beginning
 * has come. */
void
conn_read(struct conn *c)
{
	size_t want;
	char *room;
	ssize_t n;

	do {
		want = c->in.len > 0 ? CHUNK : FIRST_CHUNK;
		room = buf_room(&c->in, want);
		if (!room) {
			c->eof = true; /* more than any frame: not a client */
			return;
		}
		n = read(c->fd, room, want);
		if (n > 0)
			buf_added(&c->in, (size_t)n);
	} while (n == (ssize_t)want || (n < 0 && errno == EINTR));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK))
		c->eof = true;
}

void
conn_write(struct conn *c)
{
	ssize_t n;

	while (c->out.off < c->out.len) {
		n = write(c->fd, c->out.data + c->out.off,
		    c->out.len - c->out.off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		c->out.off += (size_t)n;
	}
	if (c->out.off == c->out.len)
		buf_reset(&c->out);
}

bool
conn_says_goodbye(const struct conn *c)
{
	struct buf view = c->in;
	struct span frame;
	struct request rq;
	struct err ignored;

	return view.off < view.len && msg_next(&view, &frame, &ignored) == 1 &&
	    msg_take_request(frame, &rq, &ignored) == 0 && rq.type == MSG_BYE;
}

bool
conn_ends_well(const struct conn *c)
{
	struct buf view = c->in;
	struct span frame;
	struct request rq;
	struct err ignored;
	enum msg_type last = 0;

	while (msg_next(&view, &frame, &ignored) == 1)
		if (msg_take_request(frame, &rq, &ignored) == 0)
			last = rq.type;
	return last == MSG_BYE || last == MSG_USAGE || last == MSG_ABORT;
}

int
conn_next(struct conn *c, struct span *frame, struct err *e)
{
	int got = msg_next(&c->in, frame, e);

	if (got == 0)
		buf_compact(&c->in);
	return got;
}
