/*
 * client.c - ask, wait, and never return without an answer.
 */
#include "client/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "client/exec.h"
#include "proto/socket.h"

enum { FIRST_CHUNK = 2048, CHUNK = 64 * 1024, STATUS_OURS = 125 };

static char **main_argv;
static bool stdin_was_read; /* a second process would find it empty */

void
client_set_argv(char **argv)
{
	main_argv = argv;
}

struct span
span_of(const char *s)
{
	return (struct span){ s, s ? strlen(s) : 0 };
}

bool
client_is_in_workflow(void)
{
	const char *socket = getenv("DURABLE_SOCKET");

	return socket && *socket;
}

static void
client_init(struct client *c)
{
	memset(c, 0, sizeof(*c));
	c->fd = -1;
	buf_init(&c->in, (size_t)MSG_MAX + CHUNK + MSG_HEAD);
	buf_init(&c->kept, (size_t)MSG_MAX + CHUNK + MSG_HEAD);
	buf_init(&c->out, BUF_NO_MAX);
}

int
client_enter(struct err *e)
{
	const char *context = getenv("DURABLE_CONTEXT");

	if (client_is_in_workflow())
		return 0;
	if (context && *context)
		return exec_engine("serve", main_argv + 1, e);
	return err_set(e, ERR_NOT_RUN,
	    "there is no execution to take part in: start the script with "
	    "'durable run', or set DURABLE_CONTEXT to a file for a journal");
}

int
client_open(struct client *c, struct err *e)
{
	struct err why;

	client_init(c);
	if (client_enter(e) < 0)
		return -1;
	/* A reader of our output that has gone: to die of it would be a crash. */
	(void)signal(SIGPIPE, SIG_IGN);
	c->fd = socket_connect(getenv("DURABLE_SOCKET"), &why);
	if (c->fd >= 0)
		return 0;
	if (why.code == ERR_NOT_RUN)
		client_die(c);
	*e = why;
	return -1;
}

/*
 * DURABLE_GROUPS has the process groups of the handler and of the contexts
 * around this client, outermost first. They are ended before this process, so
 * that no shell among them goes on with "the operation has returned".
 */
static void
kill_groups(void)
{
	const char *at = getenv("DURABLE_GROUPS");
	char *end;
	long group;

	if (!at)
		return;
	for (group = strtol(at, &end, 10); end != at;
	     group = strtol(at, &end, 10)) {
		at = end;
		if (group > 1 && group != (long)getpgrp())
			(void)kill((pid_t)-group, SIGKILL);
	}
}

/*
 * In a journal nobody above is ours to be ended. The engine that was there has
 * ended with its last client: one that it has not answered yet begins again,
 * and may become the engine itself.
 */
static _Noreturn void
leave_journal(const struct client *c)
{
	struct err e;

	if (!c->has_reply && !stdin_was_read && main_argv &&
	    unsetenv("DURABLE_SOCKET") == 0 &&
	    unsetenv("DURABLE_INVOCATION") == 0)
		(void)exec_engine("serve", main_argv + 1, &e);
	fputs("durable: the engine of this journal has gone; what is recorded "
	      "is kept: run the command again\n",
	    stderr);
	exit(STATUS_OURS);
}

void
client_no_second_try(void)
{
	stdin_was_read = true;
}

_Noreturn void
client_die(struct client *c)
{
	log_line("ending the command, the contexts around and this process");
	if (c && c->group > 1)
		(void)kill((pid_t)-c->group, SIGKILL);
	if (c && !getenv("DURABLE_GROUPS"))
		leave_journal(c);
	kill_groups();
	(void)kill(0, SIGKILL);
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

void
client_put(struct request *rq, struct buf *out)
{
	if (!rq->invocation.p)
		rq->invocation = span_of(getenv("DURABLE_INVOCATION"));
	if (!rq->parent.p)
		rq->parent = span_of(getenv("DURABLE_OPERATION"));
	msg_put_request(rq, out);
}

void
client_send_frames(struct client *c, struct buf *frames)
{
	struct err why;

	if (socket_send(c->fd, buf_str(frames), frames->len, &why) < 0)
		client_die(c);
	buf_reset(frames);
}

void
client_send(struct client *c, struct request *rq)
{
	client_put(rq, &c->out);
	client_send_frames(c, &c->out);
}

/* Reads more; dies with the engine. Replies are short as a rule: room for a
 * long one is made when its beginning has come. */
static void
read_more(struct client *c)
{
	size_t want = c->in.len > 0 ? CHUNK : FIRST_CHUNK;
	char *room = buf_room(&c->in, want);
	ssize_t n;

	if (!room)
		client_die(c);
	do {
		n = read(c->fd, room, want);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		client_die(c);
	buf_added(&c->in, (size_t)n);
}

/*
 * The bytes of the reply that is handed out: a NAMED that comes while its
 * command runs must not be read over them.
 */
static struct span
keep(struct client *c, struct span frame)
{
	struct buf kept = c->kept;

	if (c->in.off == c->in.len) {
		c->kept = c->in;
		c->in = kept;
		buf_reset(&c->in);
		return frame;
	}
	buf_reset(&c->kept);
	buf_put(&c->kept, frame.p, frame.n);
	return (struct span){ buf_str(&c->kept), frame.n };
}

/* 1: *rp is the next reply; 0: it is not there yet. */
static int
take_reply(struct client *c, struct reply *rp, struct err *e)
{
	struct span frame;
	int got;

	for (;;) {
		if (c->in.off == c->in.len)
			buf_reset(&c->in);
		got = msg_next(&c->in, &frame, e);
		if (got <= 0)
			return got;
		if (msg_take_reply(frame, rp, e) < 0)
			return -1;
		if (rp->type != MSG_NAMED)
			break;
		if (c->on_named) {
			c->on_named(c->named_arg, rp->id, rp->error);
			continue;
		}
		free(c->named_error);
		c->named_error = xmemdup(rp->error.p, rp->error.n);
	}
	if (msg_take_reply(keep(c, frame), rp, e) < 0)
		return -1;
	c->has_reply = true;
	if (rp->type == MSG_REFUSED)
		return err_set(e, ERR_REFUSED, "%.*s", (int)rp->payload.n,
		    rp->payload.p ? rp->payload.p : "");
	return 1;
}

int
client_wait(struct client *c, struct reply *rp, struct err *e)
{
	int got;

	while ((got = take_reply(c, rp, e)) == 0)
		read_more(c);
	return got < 0 ? -1 : 0;
}

int
client_poll(struct client *c, struct reply *rp, struct err *e)
{
	struct pollfd p = { c->fd, POLLIN, 0 };
	int got;

	while ((got = take_reply(c, rp, e)) == 0) {
		if (poll(&p, 1, 0) <= 0)
			return 0;
		read_more(c);
	}
	return got;
}

int
client_ask(struct client *c, struct request *rq, struct reply *rp,
    struct err *e)
{
	client_send(c, rq);
	return client_wait(c, rp, e);
}

void
client_bye(struct client *c, int status)
{
	struct request rq = { .type = MSG_BYE };

	rq.number = (uint32_t)status;
	client_send(c, &rq);
}

/* The engine ends this process; it has been told why. */
static _Noreturn void
wait_for_the_end(struct client *c)
{
	struct reply rp;
	struct err ignored;

	for (;;)
		if (client_wait(c, &rp, &ignored) < 0)
			exit(125);
}

_Noreturn void
client_abort(struct client *c, const char *message)
{
	struct request rq = { .type = MSG_ABORT };

	rq.payload = span_of(message);
	client_send(c, &rq);
	wait_for_the_end(c);
}

void
client_usage_error(const char *message)
{
	struct request rq = { .type = MSG_USAGE };
	struct client c;
	struct reply rp;
	struct err ignored;

	if (!client_is_in_workflow() || client_open(&c, &ignored) < 0)
		return;
	rq.payload = span_of(message);
	/* The engine of a journal answers, any other ends this process. */
	if (client_ask(&c, &rq, &rp, &ignored) < 0)
		exit(125);
}

void
client_give_up(const char *message)
{
	struct client c;
	struct err ignored;

	if (client_is_in_workflow() && client_open(&c, &ignored) == 0)
		client_abort(&c, message);
}

void
client_put_words(char *const *words, struct buf *out)
{
	for (size_t i = 0; words[i]; i++)
		buf_put(out, words[i], strlen(words[i]) + 1);
}

int
client_put_down(enum put_kind kind, const char *key, const char *name,
    char *const *words, struct err *e)
{
	struct request rq = { .type = MSG_PUT_DOWN };
	struct client c;
	struct reply rp;
	struct buf blob;

	if (client_open(&c, e) < 0)
		return -1;
	buf_init(&blob, BUF_NO_MAX);
	buf_put(&blob, name, strlen(name) + 1);
	client_put_words(words, &blob);
	rq.number = kind;
	rq.name = span_of(key);
	rq.payload = (struct span){ buf_str(&blob), blob.len };
	if (client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	client_bye(&c, 0);
	buf_clear(&blob);
	return 0;
}
