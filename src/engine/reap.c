/*
 * reap.c - /proc, kill, wait.
 *
 * Everything here is repeated until nothing is found: a process may fork
 * between the look and the signal, and its child is found the next time.
 */
#include "engine/reap.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "base/time.h"
#include "base/xalloc.h"

enum {
	SMALL_MAX = 64 * 1024,
	PAUSE_MS = 2,
	SHELL_FD = 8, /* client/tell.h */
};

bool
reap_become_subreaper(void)
{
#ifdef PR_SET_CHILD_SUBREAPER
	return prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) == 0;
#else
	return false;
#endif
}

/* The parent and state are the two fields behind the last ')'. */
static bool
read_stat(pid_t pid, struct proc *p)
{
	struct buf text;
	const char *close_paren;
	bool ok = false;

	buf_init(&text, SMALL_MAX);
	if (proc_read(pid, "stat", &text)) {
		close_paren = strrchr(buf_str(&text), ')');
		if (close_paren && close_paren[1] == ' ') {
			p->pid = pid;
			p->state = close_paren[2];
			p->parent = (pid_t)strtol(close_paren + 3, NULL, 10);
			ok = true;
		}
	}
	buf_clear(&text);
	return ok;
}

bool
proc_has_ended(pid_t pid)
{
	struct proc p;

	return !read_stat(pid, &p) || p.state == 'Z' || p.state == 'X';
}

static void
procs_add(struct procs *out, const struct proc *p)
{
	if (out->n == out->size) {
		out->size = out->size ? 2 * out->size : 32;
		out->list = xreallocarray(out->list, out->size,
		    sizeof(*out->list));
	}
	out->list[out->n++] = *p;
}

void
procs_clear(struct procs *p)
{
	free(p->list);
	memset(p, 0, sizeof(*p));
}

/* Adds the children of one thread, from the kernel's own list. */
static void
add_children_of(pid_t pid, const char *tid, struct procs *out)
{
	char name[300], *end;
	struct buf text;
	struct proc p;
	const char *at;
	long child;

	snprintf(name, sizeof(name), "task/%s/children", tid);
	buf_init(&text, BUF_NO_MAX);
	if (proc_read(pid, name, &text)) {
		at = buf_str(&text);
		for (child = strtol(at, &end, 10); end != at;
		     child = strtol(at, &end, 10)) {
			at = end;
			if (read_stat((pid_t)child, &p))
				procs_add(out, &p);
		}
	}
	buf_clear(&text);
}

static void
add_children(pid_t pid, struct procs *out)
{
	char path[64];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0]))
			add_children_of(pid, d->d_name, out);
	closedir(dir);
}

/* The engine of a chained invoke is our child and yet not below us: it has an
 * execution of its own. */
static bool
is_detached(pid_t pid)
{
	struct buf value;
	bool is;

	buf_init(&value, SMALL_MAX);
	is = proc_environ(pid, "DURABLE_DETACHED", &value);
	buf_clear(&value);
	return is;
}

void
procs_below(struct procs *out)
{
	size_t kept = 0;

	memset(out, 0, sizeof(*out));
	add_children(getpid(), out);
	for (size_t i = 0; i < out->n; i++)
		if (!is_detached(out->list[i].pid))
			out->list[kept++] = out->list[i];
	out->n = kept;
	for (size_t i = 0; i < out->n; i++)
		add_children(out->list[i].pid, out);
}

void
proc_name(pid_t pid, struct buf *out)
{
	struct buf text;

	buf_init(&text, SMALL_MAX);
	if (!proc_read(pid, "comm", &text) || text.len == 0)
		buf_put_str(out, "?");
	else
		buf_put(out, text.data, text.len - 1);
	buf_clear(&text);
}

/* What descriptor fd of pid is on. */
static void
read_link(pid_t pid, int fd, char *name, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
	n = readlink(path, name, size - 1);
	name[n > 0 ? n : 0] = '\0';
}

bool
proc_reads_from(pid_t pid, pid_t writer)
{
	char in[64], out[64], told[64];

	read_link(pid, STDIN_FILENO, in, sizeof(in));
	read_link(writer, STDOUT_FILENO, out, sizeof(out));
	read_link(writer, SHELL_FD, told, sizeof(told));
	if (strncmp(in, "pipe:", 5) == 0)
		return strcmp(in, out) == 0 || strcmp(in, told) == 0;
	/* ksh93 makes a pipe of two sockets, each with a name of its own. */
	return strncmp(in, "socket:", 7) == 0 && strncmp(told, in, 7) == 0;
}

static void
pause_a_little(void)
{
	struct timespec ts = { 0, PAUSE_MS * 1000000L };

	(void)nanosleep(&ts, NULL);
}

/* Reaps what has ended, without waiting. False when nothing is left. */
static bool
reap_ended(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		;
	return pid == 0 || errno != ECHILD;
}

static void
signal_each(const struct procs *p, int signal)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].state != 'Z')
			(void)kill(p->list[i].pid, signal);
}

/*
 * Kills each process below that is not to be spared; how many those were. They
 * are stopped first: the end of one would tell another, as the reader of its
 * pipe, to go on.
 */
static size_t
kill_below(reap_spare spare, void *arg, pid_t *last)
{
	struct procs p;
	size_t n = 0;

	procs_below(&p);
	for (size_t i = 0; i < p.n; i++) {
		if (spare && p.list[i].state != 'Z' &&
		    spare(arg, p.list[i].pid))
			continue;
		*last = p.list[i].pid;
		p.list[n++] = p.list[i];
	}
	p.n = n;
	signal_each(&p, SIGSTOP);
	signal_each(&p, SIGKILL);
	procs_clear(&p);
	return n;
}

int
reap_all(reap_spare spare, void *arg, int limit_ms, struct err *e)
{
	int64_t end = time_monotonic() + limit_ms;
	pid_t last = 0;

	while (kill_below(spare, arg, &last) > 0) {
		if (!reap_ended())
			return 0;
		if (time_monotonic() > end)
			return err_set(e, ERR_IO, "process %ld cannot be ended",
			    (long)last);
		pause_a_little();
	}
	(void)reap_ended();
	return 0;
}

void
reap_kill(reap_spare spare, void *arg)
{
	pid_t last;

	(void)kill_below(spare, arg, &last);
}

void
reap_signal(int signal)
{
	struct procs p;

	procs_below(&p);
	signal_each(&p, signal);
	procs_clear(&p);
}

static bool
is_chosen(const struct proc *p, bool is_child, reap_choice choose, void *arg)
{
	struct buf operation;
	bool is;

	buf_init(&operation, SMALL_MAX);
	(void)proc_environ(p->pid, "DURABLE_OPERATION", &operation);
	is = choose(arg, p->pid, buf_str(&operation), is_child);
	buf_clear(&operation);
	return is;
}

static bool
has_pid(const struct procs *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].pid == pid)
			return true;
	return false;
}

/* Stops what is chosen and adds it to chosen; whether there was more of it. */
static bool
stop_chosen(struct procs *chosen, reap_choice choose, void *arg)
{
	size_t before = chosen->n;
	struct procs p;

	procs_below(&p);
	for (size_t i = 0; i < p.n; i++) {
		if (p.list[i].state == 'Z' || has_pid(chosen, p.list[i].pid) ||
		    !is_chosen(&p.list[i], has_pid(chosen, p.list[i].parent),
			choose, arg))
			continue;
		(void)kill(p.list[i].pid, SIGSTOP);
		procs_add(chosen, &p.list[i]);
	}
	procs_clear(&p);
	return chosen->n > before;
}

/* They are stopped first, so that none can fork and leave a child that nobody
 * knows for theirs. */
void
reap_kill_where(reap_choice choose, void *arg)
{
	struct procs chosen;

	memset(&chosen, 0, sizeof(chosen));
	while (stop_chosen(&chosen, choose, arg))
		;
	for (size_t i = 0; i < chosen.n; i++)
		(void)kill(chosen.list[i].pid, SIGKILL);
	procs_clear(&chosen);
}

/* Whether pid belongs to the invocation and is to be ended. */
static bool
is_of_invocation(pid_t pid, const char *token, reap_spare spare, void *arg)
{
	struct buf value;
	struct proc p;
	bool is;

	if (pid == getpid() || !read_stat(pid, &p) || p.state == 'Z')
		return false;
	buf_init(&value, SMALL_MAX);
	is = proc_environ(pid, "DURABLE_INVOCATION", &value) &&
	    strcmp(buf_str(&value), token) == 0;
	buf_clear(&value);
	return is && !(spare && spare(arg, pid));
}

struct left_over {
	const char *token;
	reap_spare spare;
	void *arg;
	pid_t last;
	size_t n;
};

static bool
kill_left_over(pid_t pid, void *arg)
{
	struct left_over *l = arg;

	if (!is_of_invocation(pid, l->token, l->spare, l->arg))
		return true;
	log_line("end left-over process %ld", (long)pid);
	(void)kill(pid, SIGKILL);
	l->last = pid;
	l->n++;
	return true;
}

int
reap_invocation(const char *token, reap_spare spare, void *arg, int limit_ms,
    struct err *e)
{
	int64_t end = time_monotonic() + limit_ms;
	struct left_over l = { token, spare, arg, 0, 0 };

	for (;;) {
		l.n = 0;
		proc_each(kill_left_over, &l);
		if (l.n == 0)
			return 0;
		if (time_monotonic() > end)
			return err_set(e, ERR_BUSY,
			    "process %ld of the interrupted run cannot be "
			    "ended: end it, then run again",
			    (long)l.last);
		pause_a_little();
	}
}
