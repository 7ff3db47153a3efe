/*
 * shells.c - pidfds in the poll set, or else a look at /proc.
 *
 * A descriptor is opened for each wait anew: a shell runs a function for a
 * turn or two as a rule, and nothing has to be kept in step with the engine.
 */
#include "engine/shells.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/conn.h"
#include "engine/reap.h"

enum { LOOK_MS = 100 };

size_t
shells_count(const struct server *s)
{
	const struct engine_client *c = NULL;
	size_t n = 0;

	while ((c = engine_next_shell(s->engine, c)))
		n++;
	return n;
}

static int
open_process(pid_t pid)
{
#ifdef HAVE_PIDFD
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	errno = ENOSYS;
	return -1;
#endif
}

void
shells_fill(const struct server *s, struct pollfd *fds, int64_t *wait_ms)
{
	const struct engine_client *c = NULL;
	int64_t limit;

	for (; (c = engine_next_shell(s->engine, c)); fds++) {
		fds->fd = open_process(engine_client_shell(c));
		fds->events = POLLIN;
		fds->revents = 0;
		if (fds->fd >= 0)
			continue;
		limit = errno == ESRCH ? 0 : LOOK_MS;
		if (*wait_ms > limit)
			*wait_ms = limit;
	}
}

void
shells_look(struct server *s, struct pollfd *fds)
{
	struct engine_client *c = NULL;
	bool gone;

	for (; (c = engine_next_shell(s->engine, c)); fds++) {
		gone = fds->fd >= 0 ? fds->revents != 0
				    : proc_has_ended(engine_client_shell(c));
		if (gone)
			engine_shell_gone(c);
		if (fds->fd >= 0)
			close(fds->fd);
	}
}

void
shells_check(struct server *s)
{
	struct engine_client *c = NULL;
	const struct conn *conn;
	pid_t pid;

	while ((c = engine_next_shell(s->engine, c))) {
		conn = engine_client_user(c);
		pid = engine_client_shell(c);
		/* The handler's own end is told as such. */
		if (!engine_shell_is_gone(c) || pid == s->handler ||
		    (conn && conn_ends_well(conn)))
			continue;
		invocation_crashed(s,
		    "the shell of a function (process %ld) was killed",
		    (long)pid);
	}
}
