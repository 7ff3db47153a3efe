/*
 * sleep.c - between two invocations.
 *
 * No single sleep is longer than 30 seconds: the clock may be set, and a
 * laptop may be suspended; the due time is a wall-clock instant. As often it
 * looks whether each chained invoke that is awaited still has an engine, as
 * nobody else would start another: soon after one of ours has ended, but one
 * that an earlier engine has started is not ours.
 */
#include "manage/sleep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/install.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/signals.h"
#include "manage/child.h"
#include "manage/paths.h"

enum { SLICE_MS = 30000, OPERANDS = 8, LOST_MS = 1000 };

static int
inherit(int fd, struct err *e)
{
	if (fcntl(fd, F_SETFD, 0) < 0)
		return err_sys(e, "hand descriptor %d over", fd);
	return 0;
}

/* Becomes a fresh image of the program that is installed now. */
static int
become(struct drive *d, int lock_fd, bool knocked, struct err *e)
{
	char *program = install_program("durable-engine");
	char lock[16], listen[16], flags[16], run[32], replayed[32], failed[16];
	char *argv[] = { program, (char *)(uintptr_t) "drive",
		(char *)(uintptr_t)d->path, lock, listen, d->socket, flags, run,
		replayed, failed, NULL };

	snprintf(lock, sizeof(lock), "%d", lock_fd);
	snprintf(listen, sizeof(listen), "%d", d->listen_fd);
	snprintf(flags, sizeof(flags), "-%s%s%s%s%s%s%s%s",
	    d->is_silent ? "c" : "", d->strict ? "s" : "", d->quiet ? "q" : "",
	    d->verbose ? "v" : "", d->is_resume ? "r" : "", knocked ? "k" : "",
	    d->has_lost_child ? "l" : "",
	    d->skip_time == SKIP_ALL         ? "T"
		: d->skip_time == SKIP_WAITS ? "t"
					     : "");
	snprintf(run, sizeof(run), "%llu", (unsigned long long)d->counts.run);
	snprintf(replayed, sizeof(replayed), "%llu",
	    (unsigned long long)d->counts.replayed);
	snprintf(failed, sizeof(failed), "%d", d->failures);
	if (inherit(lock_fd, e) < 0 || inherit(d->listen_fd, e) < 0)
		return -1;
	log_line("wake");
	signals_stop();
	limits_restore_files();
	execv(program, argv);
	return err_sys(e, "execute %s", program);
}

/* A signal that ends us; Ctrl-Z stops us until we are continued. */
static int
take_signal(int64_t *look)
{
	int64_t soon = time_monotonic() + LOST_MS;
	int signal;

	/* The engine of a chained invoke has ended, or it was killed. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		*look = soon < *look ? soon : *look;
	while ((signal = signals_take()) != 0) {
		if (signal == SIGTSTP)
			(void)kill(getpid(), SIGSTOP);
		else if (signal == SIGINT || signal == SIGTERM ||
		    signal == SIGHUP)
			return signal;
	}
	return 0;
}

static void
show(const struct drive *d, const char *name, int64_t due)
{
	struct buf text;

	if (d->quiet || !isatty(STDERR_FILENO))
		return;
	buf_init(&text, BUF_NO_MAX);
	if (due == TIME_NEVER)
		buf_put_str(&text, "an event from outside");
	else
		time_format_local(due, &text);
	fprintf(stderr, "\r\033[K%s: %llu recorded; waiting until %s\r", name,
	    (unsigned long long)(d->counts.run + d->counts.replayed),
	    buf_str(&text));
	fflush(stderr);
	buf_clear(&text);
}

enum woken
sleep_until(struct drive *d, int64_t due, struct err *e)
{
	struct pollfd fds[2];
	char **children = child_files(d->context);
	int64_t left, look = time_monotonic() + LOST_MS;
	int lock_fd = context_fd(d->context);

	show(d, context_state(d->context)->header.name, due);
	context_close(d->context, true);
	d->context = NULL;
	fds[0] = (struct pollfd){ signals_fd(), POLLIN, 0 };
	fds[1] = (struct pollfd){ d->listen_fd, POLLIN, 0 };
	for (;;) {
		d->signal = take_signal(&look);
		if (d->signal != 0)
			break;
		if (time_monotonic() >= look) {
			d->has_lost_child = child_is_lost(children);
			look = time_monotonic() + SLICE_MS;
		}
		left = due - time_now();
		if (left <= 0 || (fds[1].revents & POLLIN) || d->has_lost_child)
			break;
		if (left > look - time_monotonic())
			left = look - time_monotonic();
		if (poll(fds, 2, left > 0 ? (int)left : 0) < 0 &&
		    errno != EINTR) {
			err_sys(e, "sleep");
			return WOKEN_FAILED;
		}
	}
	child_files_free(children);
	if (d->signal != 0)
		return WOKEN_BY_SIGNAL;
	(void)become(d, lock_fd, (fds[1].revents & POLLIN) != 0, e);
	return WOKEN_FAILED;
}

static int
take_fd(const char *text, struct err *e)
{
	char *end;
	long fd = strtol(text, &end, 10);

	if (*end || fd < 3 || fd > 1 << 20 ||
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(e, ERR_USAGE,
		    "descriptor %s was not handed over", text);
	return (int)fd;
}

int
sleep_woken(struct drive *d, char **argv, struct err *e)
{
	int lock_fd;

	drive_init(d, argv[0]);
	d->has_invoked = strchr(argv[4], 'l') == NULL;
	lock_fd = take_fd(argv[1], e);
	if (lock_fd < 0)
		return -1;
	d->listen_fd = take_fd(argv[2], e);
	if (d->listen_fd < 0)
		return -1;
	d->socket = xstrdup(argv[3]);
	d->strict = strchr(argv[4], 's') != NULL;
	d->quiet = strchr(argv[4], 'q') != NULL;
	d->verbose = strchr(argv[4], 'v') != NULL;
	d->is_resume = strchr(argv[4], 'r') != NULL;
	d->is_knocked = strchr(argv[4], 'k') != NULL;
	d->is_silent = strchr(argv[4], 'c') != NULL;
	d->skip_time = strchr(argv[4], 'T') ? SKIP_ALL
	    : strchr(argv[4], 't')          ? SKIP_WAITS
					    : SKIP_NONE;
	d->counts.run = strtoull(argv[5], NULL, 10);
	d->counts.replayed = strtoull(argv[6], NULL, 10);
	d->failures = (int)strtol(argv[7], NULL, 10);
	d->context = context_open_locked(argv[0], lock_fd, drive_notice, e);
	return d->context ? 0 : -1;
}
