/*
 * outside.c - doing something to an execution from outside it.
 *
 * The engine's socket is named in the log. Between the two attempts an engine
 * may end or start, so they are made in turn until one works.
 */
#include "manage/outside.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "manage/drive.h"
#include "proto/socket.h"
#include "store/arn.h"

enum { LIMIT_MS = 10000, FIRST_MS = 5, LONGEST_MS = 250, CHUNK = 4096 };

static void
pause_ms(int64_t ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&ts, NULL);
}

/* Reads one reply: 0 OK, 1 the engine went away, -1 refused. */
static int
read_reply(int fd, struct err *e)
{
	struct span frame;
	struct reply rp;
	struct buf in;
	char *room;
	ssize_t n;
	int got;

	buf_init(&in, 1 << 20);
	while ((got = msg_next(&in, &frame, e)) == 0) {
		room = buf_room(&in, CHUNK);
		n = room ? read(fd, room, CHUNK) : -1;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			buf_clear(&in);
			return 1;
		}
		buf_added(&in, (size_t)n);
	}
	if (got > 0 && msg_take_reply(frame, &rp, e) == 0) {
		got = 0;
		if (rp.type == MSG_REFUSED)
			got = err_set(e, (enum err_code)rp.number, "%.*s",
			    (int)rp.payload.n, rp.payload.p);
	} else {
		got = -1;
	}
	buf_clear(&in);
	return got;
}

/* What is at path now may be a later execution of that name. */
static int
check_meant(const char *path, const struct header *h, const struct outside *o,
    struct err *e)
{
	if (!o->child || child_is_of(o->child, h))
		return 0;
	return err_set(e, ERR_MISSING,
	    "%s has not invoked %s: that execution is gone", path,
	    o->child->name);
}

/* Asks the engine: 0 done, 1 there is none, -1 refused. */
static int
ask_engine(const char *path, struct outside *o, struct err *e)
{
	void (*before)(int);
	struct execution_state s;
	struct buf out;
	int fd, result = 1;

	if (context_read(path, &s, NULL, NULL, NULL, e) < 0)
		return -1;
	if (check_meant(path, &s.header, o, e) < 0) {
		execution_state_clear(&s);
		return -1;
	}
	fd = s.last.socket ? socket_connect(s.last.socket, e) : -1;
	execution_state_clear(&s);
	if (fd < 0)
		return 1;
	/* An engine that goes away before it has read is asked once more. */
	before = signal(SIGPIPE, SIG_IGN);
	buf_init(&out, BUF_NO_MAX);
	msg_put_request(o->rq, &out);
	if (fd_write_all(fd, out.data, out.len, "the engine", e) == 0) {
		result = read_reply(fd, e);
		o->was_lost |= result > 0;
	}
	buf_clear(&out);
	close(fd);
	(void)signal(SIGPIPE, before);
	return result;
}

int
outside_do(const char *path, struct outside *o, struct err *e)
{
	int64_t end = time_monotonic() + LIMIT_MS, wait = FIRST_MS;
	struct context *c;
	int result;

	o->was_lost = false;
	for (;;) {
		c = context_open(path, drive_notice, e);
		if (c) {
			result = check_meant(path, &context_state(c)->header, o,
			    e);
			if (result == 0)
				result = o->locked(c, o->arg, e);
			context_close(c, false);
			return result;
		}
		if (e->code != ERR_BUSY)
			return -1;
		result = ask_engine(path, o, e);
		if (result <= 0)
			return result;
		if (time_monotonic() > end)
			return err_set(e, ERR_BUSY,
			    "%s is locked by a process "
			    "that does not answer",
			    path);
		pause_ms(wait);
		wait = 2 * wait < LONGEST_MS ? 2 * wait : LONGEST_MS;
	}
}
