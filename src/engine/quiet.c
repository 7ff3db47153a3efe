/*
 * quiet.c - may the invocation be suspended now?
 */
#include "engine/quiet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/conn.h"
#include "engine/reap.h"

enum { QUIET_MS = 50, LIMIT_MS = 1000, LOOK_MS = 10 };

/* A process below, and whether it may be ended without a word. */
struct seen {
	struct proc proc;
	bool is_client;  /* of the engine, and blocked */
	bool is_settled; /* that, or an ancestor of one */
};

struct look {
	struct seen *list;
	size_t n;
};

static int
by_pid(const void *a, const void *b)
{
	pid_t x = ((const struct seen *)a)->proc.pid;
	pid_t y = ((const struct seen *)b)->proc.pid;

	return x < y ? -1 : x > y;
}

static struct seen *
find_seen(struct look *l, pid_t pid)
{
	struct seen key;

	memset(&key, 0, sizeof(key));
	key.proc.pid = pid;
	return bsearch(&key, l->list, l->n, sizeof(*l->list), by_pid);
}

/* Marks p and all above it. */
static void
settle(struct look *l, struct seen *p)
{
	while (p && !p->is_settled) {
		p->is_settled = true;
		p = find_seen(l, p->proc.parent);
	}
}

static struct look
look_below(struct server *s)
{
	struct procs procs;
	struct look l = { 0 };
	struct seen *p;

	procs_below(&procs);
	l.list = xcalloc(procs.n + 1, sizeof(*l.list));
	for (size_t i = 0; i < procs.n; i++)
		if (procs.list[i].state != 'Z')
			l.list[l.n++].proc = procs.list[i];
	procs_clear(&procs);
	qsort(l.list, l.n, sizeof(*l.list), by_pid);
	for (struct conn *c = s->conns; c; c = c->next) {
		if (!engine_client_is_blocked(c->client))
			continue;
		p = find_seen(&l, engine_client_pid(c->client));
		if (!p)
			continue;
		p->is_client = true;
		settle(&l, p);
	}
	return l;
}

bool
quiet_check(struct server *s)
{
	int64_t mono = time_monotonic();
	bool all_settled = true, any_runs = false;
	struct look l;

	if (!engine_is_blocked(s->engine)) {
		s->blocked_since = 0;
		return false;
	}
	if (s->blocked_since == 0)
		s->blocked_since = mono;
	s->next_look = mono + LOOK_MS;
	l = look_below(s);
	for (size_t i = 0; i < l.n; i++) {
		if (l.list[i].is_settled ||
		    server_is_daemon(s->table, l.list[i].proc.pid))
			continue;
		all_settled = false;
		any_runs |= l.list[i].proc.state == 'R';
	}
	free(l.list);
	if (all_settled || mono - s->blocked_since >= LIMIT_MS)
		return true;
	if (any_runs)
		s->last_activity = s->now;
	return s->now - s->last_activity >= QUIET_MS;
}

/* Whether p is the reading end of a waiting client's pipeline. */
static bool
is_in_pipeline(const struct look *l, const struct seen *p)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].is_settled &&
		    proc_reads_from(p->proc.pid, l->list[i].proc.pid))
			return true;
	return false;
}

static void
name_one(struct server *s, const struct seen *p)
{
	struct buf name;
	char *line;

	buf_init(&name, BUF_NO_MAX);
	proc_name(p->proc.pid, &name);
	line = xasprintf("%s was ended by a suspension: make it a step",
	    buf_str(&name));
	invocation_say(s, line);
	free(line);
	buf_clear(&name);
}

void
quiet_name_ended(struct server *s)
{
	struct look l = look_below(s);

	for (size_t i = 0; i < l.n; i++) {
		const struct seen *p = &l.list[i];
		const struct seen *above = find_seen(&l, p->proc.parent);

		if (p->is_settled || (above && !above->is_settled) ||
		    server_is_daemon(s->table, p->proc.pid) ||
		    is_in_pipeline(&l, p))
			continue;
		name_one(s, p);
	}
	free(l.list);
}
