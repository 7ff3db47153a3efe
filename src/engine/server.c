/*
 * server.c - the poll loop that stands between the clients and the engine.
 *
 * One turn: reap, take in every request that is ready, commit once, and only
 * then let the answers go. So no client ever sees what a crash could undo,
 * and branches that run at the same time share one disk sync. Reaping and
 * reading come before any request is handled: in the turn in which a crash is
 * seen, nothing that happened after it is taken.
 */
#include "engine/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/conn.h"
#include "engine/distant.h"
#include "engine/invocation.h"
#include "engine/invoke.h"
#include "engine/reap.h"
#include "engine/shells.h"
#include "engine/signals.h"
#include "engine/workflow.h"
#include "proto/socket.h"

enum {
	HOLD_MS = 250, /* an interruption is not an outcome */
	SLEEP_MAX_MS = 30000,
	ACCEPT_PAUSE_MS = 1000,
	BACKEND_FDS = 16,
};

/* What the engine asks for during a turn. */

static void
on_reply(void *arg, struct engine_client *client, const struct reply *rp,
    bool needs_sync)
{
	struct server *s = arg;
	struct conn *c = engine_client_user(client);

	msg_put_reply(rp, &c->out);
	s->needs_sync |= needs_sync;
	if (needs_sync)
		c->needs = s->backend->queued;
}

static void
on_notice(void *arg, const char *line)
{
	invocation_say(arg, line);
}

static void
on_closed(void *arg, const struct op *op)
{
	struct server *s = arg;

	s->closed = xreallocarray(s->closed, s->n_closed + 1,
	    sizeof(*s->closed));
	s->closed[s->n_closed++] = op;
}

static void
on_subshell_closed(void *arg, pid_t pid)
{
	struct server *s = arg;

	s->subshells = xreallocarray(s->subshells, s->n_subshells + 1,
	    sizeof(*s->subshells));
	s->subshells[s->n_subshells++] = pid;
}

/* What a closed context has started shows its operation; a subshell shows the
 * script's, as do those below it. */
static bool
is_below_closed(void *arg, pid_t pid, const char *operation, bool is_child)
{
	struct server *s = arg;
	const struct op *op = NULL;

	if (strlen(operation) >= OPID_IDENTITY)
		op = table_find(s->table, operation);
	if (op && server_is_daemon_of(op))
		return false;
	if (is_child)
		return true;
	for (size_t i = 0; i < s->n_subshells; i++)
		if (s->subshells[i] == pid)
			return true;
	for (; op; op = op->parent)
		for (size_t i = 0; i < s->n_closed; i++)
			if (s->closed[i] == op)
				return true;
	return false;
}

/* Reading. */

/* The oldest first, so that what a context's client is told leaves before the
 * answer to a client below it. */
static void
accept_all(struct server *s)
{
	struct conn *c, **end = &s->conns;
	struct err e;
	pid_t pid;
	int fd;

	while (*end)
		end = &(*end)->next;
	for (;;) {
		fd = socket_accept(s->listen_fd, &pid, &e);
		if (fd < 0 && e.code == ERR_REFUSED) {
			invocation_say(s, e.text);
			continue;
		}
		if (fd < 0)
			break;
		c = conn_new(fd, s->engine, pid);
		*end = c;
		end = &c->next;
		s->had_client = true;
		s->last_activity = s->now;
	}
	/* Out of descriptors: stop accepting for a while instead of spinning. */
	if (e.sys == EMFILE || e.sys == ENFILE)
		s->accept_after = s->now + ACCEPT_PAUSE_MS;
}

/* Reads every connection. Sees the client that has gone without a goodbye. */
static void
read_all(struct server *s)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		if (!c->eof && c->out.len - c->out.off == 0)
			conn_read(c);
		else if (!c->eof && conn_wants_input(c))
			conn_read(c);
	}
}

/* Drops the connections that have ended and have nothing left to be handled.
 * A crash ends the invocation. */
static void
drop_ended(struct server *s)
{
	struct conn **at = &s->conns, *c;
	pid_t pid;

	while ((c = *at)) {
		if (!c->eof || (c->in.off < c->in.len && conn_ends_well(c))) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		s->last_activity = s->now;
		pid = engine_client_pid(c->client);
		if (conn_free(c, s->engine) && !s->job->is_journal &&
		    !s->job->serve_only)
			invocation_crashed(s,
			    "durable (process %ld) was killed", (long)pid);
	}
}

/* Handling. */

static void
bad_request(struct server *s, struct conn *c, const struct err *e)
{
	struct reply rp = { .type = MSG_REFUSED };

	invocation_say(s, e->text);
	rp.number = e->code;
	rp.payload = (struct span){ e->text, strlen(e->text) };
	msg_put_reply(&rp, &c->out);
	c->eof = true;
}

/*
 * Whether the request must wait: a command that was ended by INT, TERM or HUP
 * may have been ended because everything is, and we are told a moment later.
 */
static bool
hold_back(struct server *s, struct conn *c, const struct request *rq)
{
	if (!(rq->flags & FLAG_INTERRUPTED) || rq->type != MSG_UPDATE)
		return false;
	if (c->held_until == 0) {
		c->held_until = time_monotonic() + HOLD_MS;
		engine_hold(c->client, true);
		return true;
	}
	if (time_monotonic() < c->held_until)
		return true;
	c->held_until = 0;
	engine_hold(c->client, false);
	(void)s;
	return false;
}

static bool
is_allowed(const struct server *s, const struct request *rq)
{
	if (rq->type == MSG_STOP || rq->type == MSG_COMPLETE)
		return true;
	return rq->invocation.n == strlen(s->token) &&
	    memcmp(rq->invocation.p, s->token, rq->invocation.n) == 0;
}

static int
handle_frame(struct server *s, struct conn *c, struct span frame, bool *held,
    struct err *e)
{
	struct request rq;
	struct err bad;

	if (msg_take_request(frame, &rq, &bad) < 0) {
		bad_request(s, c, &bad);
		return 0;
	}
	if (!is_allowed(s, &rq)) {
		err_set(&bad, ERR_REFUSED,
		    "a process of an earlier run (%ld) "
		    "asked for an operation: it was not answered",
		    (long)engine_client_pid(c->client));
		log_line("%s", bad.text);
		engine_stranger(c->client);
		return 0;
	}
	*held = hold_back(s, c, &rq);
	if (*held)
		return 0;
	s->last_activity = s->now;
	if (s->has_exited && !s->job->is_journal && rq.type != MSG_BYE)
		return 0; /* what it decided stands */
	return engine_request(s->engine, c->client, &rq, s->now, e);
}

static int
handle_conn(struct server *s, struct conn *c, struct err *e)
{
	struct span frame;
	struct err bad;
	size_t before;
	bool held = false;
	int got;

	for (;;) {
		before = c->in.off;
		got = conn_next(c, &frame, &bad);
		if (got < 0)
			bad_request(s, c, &bad);
		if (got <= 0)
			return 0;
		if (handle_frame(s, c, frame, &held, e) < 0)
			return -1;
		if (held) {
			c->in.off = before;
			return 0;
		}
		if (engine_verdict(s->engine, &(const char *){ NULL }) !=
		    VERDICT_NONE)
			return 0;
	}
}

/*
 * Goodbyes first: an operation's client has gone before the context around it
 * can end, but that one's connection is the older, and its error is that of the
 * operation only once the status is known with which the operation has ended.
 */
static int
handle_all(struct server *s, struct err *e)
{
	for (struct conn *c = s->conns; c; c = c->next)
		if (conn_says_goodbye(c) && handle_conn(s, c, e) < 0)
			return -1;
	for (struct conn *c = s->conns; c; c = c->next)
		if (handle_conn(s, c, e) < 0)
			return -1;
	return 0;
}

/* The whole turn. */

/* Whether what is to be sent to c may leave. */
static bool
may_leave(const struct server *s, const struct conn *c)
{
	return c->out.off < c->out.len && c->needs <= s->backend->safe;
}

static bool
fill_pollfds(struct server *s, struct pollfd *fds, nfds_t *n)
{
	nfds_t i = 0;

	fds[i++] = (struct pollfd){ signals_fd(), POLLIN, 0 };
	fds[i++] = (struct pollfd){ s->now < s->accept_after ? -1
							     : s->listen_fd,
		POLLIN, 0 };
	for (struct conn *c = s->conns; c; c = c->next) {
		fds[i].fd = c->eof ? -1 : c->fd;
		fds[i].events = 0;
		if (conn_wants_input(c))
			fds[i].events |= POLLIN;
		if (may_leave(s, c))
			fds[i].events |= POLLOUT;
		i++;
	}
	*n = i;
	return true;
}

static int
wait_for_events(struct server *s, struct err *e)
{
	int64_t wait_ms = invocation_wait_ms(s);
	size_t n_conns = 0, n_shells = shells_count(s);
	struct backend *b = s->backend;
	nfds_t n, n_all;
	int got;

	for (struct conn *c = s->conns; c; c = c->next) {
		int64_t left = c->held_until - time_monotonic();

		n_conns++;
		if (c->held_until != 0 && left < wait_ms)
			wait_ms = left > 0 ? left : 0;
	}
	if (wait_ms > SLEEP_MAX_MS)
		wait_ms = SLEEP_MAX_MS;
	if (s->n_fds < n_conns + n_shells + BACKEND_FDS + 2) {
		s->n_fds = 2 * (n_conns + n_shells + BACKEND_FDS + 2);
		s->fds = xreallocarray(s->fds, s->n_fds, sizeof(*s->fds));
	}
	(void)fill_pollfds(s, s->fds, &n);
	shells_fill(s, s->fds + n, &wait_ms);
	n_all = n + n_shells;
	if (b->ops->fill)
		n_all += b->ops->fill(b, s->fds + n_all, BACKEND_FDS, &wait_ms);
	got = poll(s->fds, n_all, (int)wait_ms);
	if (got < 0 && errno != EINTR)
		return err_sys(e, "wait for events");
	s->now = time_now();
	s->needs_sync = false;
	shells_look(s, s->fds + n);
	if (!b->ops->turn)
		return 0;
	return engine_take_service(s->engine, s->fds + n + n_shells,
	    n_all - n - n_shells, e);
}

static void
flush_all(struct server *s)
{
	for (struct conn *c = s->conns; c; c = c->next)
		if (may_leave(s, c))
			conn_write(c);
}

static int
tick(struct server *s, struct err *e)
{
	struct engine_counts n;

	engine_counts(s->engine, &n);
	s->backend->waiting = (size_t)n.waiting;
	return engine_tick(s->engine, s->now, e);
}

static int
server_turn(struct server *s, struct err *e)
{
	if (wait_for_events(s, e) < 0)
		return -1;
	invocation_take_signals(s);
	/* First: a client that was killed has closed its connection before its
	 * shell can end, so what is read now tells why the handler has. */
	if (invocation_reap(s, e) < 0)
		return -1;
	accept_all(s); /* what has connected has mostly asked by now */
	read_all(s);
	drop_ended(s);
	shells_check(s);
	if (s->is_over)
		return 0;
	if (s->crash_hold_until == 0 &&
	    (handle_all(s, e) < 0 || tick(s, e) < 0))
		return -1;
	/* What a chained invoke does is not to be forgotten by us alone. */
	if (s->backend->ops->commit(s->backend,
		s->needs_sync || s->n_to_start > 0, e) < 0)
		return -1; /* answers that are queued must never leave */
	/* Before the script goes on behind a batch that was decided early. */
	if (s->n_closed + s->n_subshells > 0)
		reap_kill_where(is_below_closed, s);
	s->n_closed = s->n_subshells = 0;
	flush_all(s);
	invoke_start_all(s);
	invocation_check(s);
	return 0;
}

static void
clear_server(struct server *s)
{
	struct conn *c;

	while ((c = s->conns)) {
		s->conns = c->next;
		(void)conn_free(c, s->engine);
	}
	engine_free(s->engine);
	if (s->tmpdir)
		server_remove_tmpdir(s->tmpdir);
	free(s->tmpdir);
	invoke_clear(s);
	free(s->closed);
	free(s->subshells);
	free(s->fds);
}

static struct engine *
make_engine(struct server *s)
{
	const struct server_job *job = s->job;
	struct engine_host host = { s, on_reply, on_notice,
		job->context ? invoke_create : NULL, on_closed,
		on_subshell_closed };
	struct engine_options o = { 0 };

	o.arn = job->arn;
	o.input = job->input;
	o.strict = job->strict;
	o.is_journal = job->is_journal;
	o.payload_max = job->payload_max;
	o.context_max = job->context_max;
	return engine_new(s->backend, &o, &host);
}

void
server_job_init(struct server_job *job, struct context *c, char *const *env)
{
	const struct header *h = &context_state(c)->header;

	memset(job, 0, sizeof(*job));
	job->backend = context_backend(c);
	job->context = c;
	job->name = h->name;
	job->input = h->input;
	job->env = env;
	job->payload_max = invocation_payload_max(env);
	job->execution_due = job->guard_due = TIME_NEVER;
}

int
server_run(const struct server_job *job, struct invocation_result *r,
    struct err *e)
{
	struct server s = { .job = job, .result = r };
	int result = -1;

	s.backend = job->backend;
	s.table = s.backend->table;
	s.now = s.start = s.last_activity = time_now();
	s.engine = make_engine(&s);
	(void)limits_raise_files();
	s.listen_fd = job->listen_fd;
	s.output_fd = -1;
	if (signals_start(e) < 0)
		goto out;
	if (!job->serve_only && invocation_start(&s, e) < 0)
		goto out;
	while (!s.is_over)
		if (server_turn(&s, e) < 0) {
			invocation_abandon(&s);
			goto out;
		}
	engine_counts(s.engine, &r->counts);
	result = invocation_finish(&s, e);
out:
	signals_stop();
	clear_server(&s);
	return result;
}
