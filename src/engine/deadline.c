/*
 * deadline.c - ending what runs when an invocation's time is up.
 */
#include "engine/deadline.h"

#include <poll.h>
#include <signal.h>

#include "base/log.h"
#include "base/time.h"
#include "engine/conn.h"
#include "engine/distant.h"
#include "engine/reap.h"

enum { LOOK_MS = 10 };

static bool
is_running_client(const struct server *s, pid_t pid)
{
	for (const struct conn *c = s->conns; c; c = c->next)
		if (engine_client_pid(c->client) == pid &&
		    engine_client_is_running(c->client))
			return true;
	return false;
}

/* Whether p is the command of a step: it leads a group of its own. */
static bool
is_command(const struct server *s, const struct proc *p)
{
	return p->state != 'Z' && is_running_client(s, p->parent);
}

/* How many commands there are; each is sent signal and goes on. */
static size_t
signal_commands(struct server *s, int signal)
{
	struct procs procs;
	size_t n = 0;

	procs_below(&procs);
	for (size_t i = 0; i < procs.n; i++) {
		if (!is_command(s, &procs.list[i]))
			continue;
		n++;
		if (signal == 0)
			continue;
		log_line("time is up: %ld is ended", (long)procs.list[i].pid);
		(void)kill(-procs.list[i].pid, signal);
		(void)kill(-procs.list[i].pid, SIGCONT);
	}
	procs_clear(&procs);
	return n;
}

/* First the record: a command that needs its time, or does not end by itself,
 * must not take it from the call that says what becomes of it. */
static int
record_running(struct server *s, struct err *e)
{
	struct backend *b = s->backend;

	if (engine_give_up_running(s->engine, time_now(), e) < 0)
		return -1;
	return b->ops->drain ? b->ops->drain(b, e) : 0;
}

int
deadline_end(struct server *s, struct err *e)
{
	int64_t end = s->job->guard_due + s->job->guard_grace_ms;

	reap_signal(SIGSTOP);
	if (record_running(s, e) < 0)
		return -1;
	if (signal_commands(s, SIGTERM) == 0)
		return 0;
	while (time_now() < end && signal_commands(s, 0) > 0)
		(void)poll(NULL, 0, LOOK_MS);
	return 0;
}
