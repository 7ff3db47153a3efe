/*
 * runner.c - vfork, exec, poll.
 *
 * vfork: the child runs in our memory until it execs, so nothing is copied; it
 * makes only calls that are safe there. Signals are blocked except while we
 * wait in ppoll, so that none is lost between a look and the wait.
 */
#include "client/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "client/signals.h"

enum { CHUNK = 64 * 1024, GROUP_DIGITS = 10 };

extern char **environ;

void
run_init(struct run *r)
{
	memset(r, 0, sizeof(*r));
	r->signal = SIGTERM;
	r->kill_after_s = KILL_AFTER_DEFAULT_S;
	r->stdout_fd = -1;
	r->out_fd = r->err_fd = r->in_fd = r->spill_fd = -1;
	buf_init(&r->out, BUF_NO_MAX);
	buf_init(&r->tail, 4 * TAIL_MAX + CHUNK);
}

void
run_clear(struct run *r)
{
	buf_clear(&r->out);
	buf_clear(&r->tail);
}

/* The pipes of one start, child's ends and ours. */
struct pipes {
	int out[2], err[2], in[2];
};

static void
close_pipes(struct pipes *p)
{
	int *const all[] = { p->out, p->err, p->in };

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 2; j++)
			if (all[i][j] >= 0)
				close(all[i][j]);
}

static int
make_pipes(struct run *r, struct pipes *p, struct err *e)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (fd_pipe(p->out, e) < 0 || (!r->is_merged && fd_pipe(p->err, e) < 0))
		goto fail;
	if (r->input.p) {
		if (fd_pipe(p->in, e) < 0 ||
		    fd_set_nonblocking(p->in[1], true, e) < 0)
			goto fail;
	} else {
		p->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (p->in[0] < 0) {
			err_sys(e, "open /dev/null");
			goto fail;
		}
	}
	if (fd_set_nonblocking(p->out[0], true, e) < 0 ||
	    (!r->is_merged && fd_set_nonblocking(p->err[0], true, e) < 0))
		goto fail;
	return 0;
fail:
	close_pipes(p);
	return -1;
}

/* Makes room for the number of the group that the child is going to lead. */
static char *
groups_entry(void)
{
	const char *above = getenv("DURABLE_GROUPS");

	return xasprintf("DURABLE_GROUPS=%s %*s", above ? above : "",
	    GROUP_DIGITS, "");
}

static void
fill_in_group(char *entry)
{
	long n = (long)getpid();

	for (char *at = entry + strlen(entry); n > 0; n /= 10)
		*--at = (char)('0' + n % 10);
}

/* In the vforked child; returns only when it fails. */
static void
become(const struct run *r, const struct pipes *p, char **env, char *groups)
{
	char *const *argv = r->argv;

	if (setpgid(0, 0) < 0)
		return;
	if (groups)
		fill_in_group(groups);
	if (dup2(p->in[0], STDIN_FILENO) < 0 ||
	    dup2(r->stdout_fd >= 0 ? r->stdout_fd : p->out[1], STDOUT_FILENO) <
		0 ||
	    dup2(r->is_merged ? p->out[1] : p->err[1], STDERR_FILENO) < 0)
		return;
	signals_reset();
	limits_restore_files();
#ifdef PR_SET_PDEATHSIG
	/* Of several clients in a group that lose their engine, the first ends
	 * the others, which then cannot end their commands any more. */
	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL);
#endif
	/* PATH is the one in the environment given, which is ours. */
	environ = env;
	execvp(argv[0], argv);
	if (errno == ENOEXEC && strchr(argv[0], '/')) {
		/* A script without #!, as every shell runs it. */
		r->sh_argv[1] = argv[0];
		execv("/bin/sh", r->sh_argv);
	}
}

/* What the shell would say: 127 for what is not there, 126 for the rest. */
static void
not_started(struct run *r, int sys)
{
	r->exec_errno = sys;
	r->status = sys == ENOENT || sys == ENOTDIR ? 127 : 126;
	buf_printf(&r->tail, "cannot execute '%s': %s", r->argv[0],
	    strerror(sys));
}

/* The environment to give, with room for the group when it is a context. */
static char **
with_groups(struct run *r, char **groups)
{
	size_t n = 0;
	char **env;

	*groups = NULL;
	if (!r->is_context)
		return (char **)(uintptr_t)r->env;
	while (r->env[n])
		n++;
	env = xcalloc(n + 2, sizeof(*env));
	memcpy(env, r->env, n * sizeof(*env));
	*groups = groups_entry();
	for (size_t i = 0; i < n; i++)
		if (strncmp(env[i], "DURABLE_GROUPS=", 15) == 0)
			env[i] = *groups;
	env[n] = *groups;
	return env;
}

static char **
shell_argv(char *const *argv)
{
	size_t n = 0;
	char **sh;

	while (argv[n])
		n++;
	sh = xcalloc(n + 2, sizeof(*sh));
	sh[0] = (char *)(uintptr_t) "sh";
	memcpy(sh + 1, argv, n * sizeof(*sh));
	return sh;
}

/* Apart from run_start, whose variables the child would share: *failed is the
 * one thing that it is to change. */
__attribute__((noinline)) static pid_t
spawn(const struct run *r, const struct pipes *p, char **env, char *groups,
    int *failed)
{
	pid_t pid = vfork();

	if (pid == 0) {
		become(r, p, env, groups);
		*failed = errno;
		_exit(127);
	}
	return pid;
}

int
run_start(struct run *r, struct client *c, struct err *e)
{
	char **env, *groups, **own = environ;
	int failed = 0;
	struct pipes p;

	if (make_pipes(r, &p, e) < 0)
		return -1;
	env = with_groups(r, &groups);
	r->sh_argv = shell_argv(r->argv);
	signals_block();
	r->pid = spawn(r, &p, env, groups, &failed);
	environ = own;
	if (r->pid < 0) {
		err_sys(e, "start a process for '%s'", r->argv[0]);
		close_pipes(&p);
		return -1;
	}
	r->out_fd = p.out[0];
	r->err_fd = p.err[0];
	r->in_fd = p.in[1];
	p.out[0] = p.err[0] = p.in[1] = -1;
	close_pipes(&p);
	if (failed != 0)
		not_started(r, failed);
	if (c)
		c->group = (long)r->pid;
	log_line("start %s as %ld", r->argv[0], (long)r->pid);
	free(groups);
	free(r->sh_argv);
	r->sh_argv = NULL;
	if (env != r->env)
		free(env);
	return 0;
}

static int
open_spill(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = xmemdup(path, slash ? (size_t)(slash - path) : 0);
	struct err why;
	int fd = -1;

	if (*folder == '\0' || fd_make_folders(folder, &why) == 0)
		fd = open(path,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	free(folder);
	return fd;
}

/* An output over the limit goes to a file, beginning with what came first. */
static void
spill(struct run *r, const char *p, size_t n)
{
	struct err why;

	if (!r->too_large) {
		r->too_large = true;
		if (r->spill)
			r->spill_fd = open_spill(r->spill);
		if (r->spill_fd >= 0 &&
		    fd_write_all(r->spill_fd, r->out.data, r->out.len, r->spill,
			&why) < 0) {
			close(r->spill_fd);
			r->spill_fd = -1;
		}
	}
	if (r->spill_fd >= 0 &&
	    fd_write_all(r->spill_fd, p, n, r->spill, &why) < 0) {
		close(r->spill_fd);
		r->spill_fd = -1;
	}
}

/* run -v: every line of the output as it comes, behind the step's name. */
static void
show_labelled(struct run *r, const char *p, size_t n)
{
	struct err ignored;
	struct buf out;
	const char *stop;
	size_t len;

	buf_init(&out, BUF_NO_MAX);
	for (; n > 0; p += len, n -= len) {
		stop = memchr(p, '\n', n);
		len = stop ? (size_t)(stop - p) + 1 : n;
		if (!r->is_inside_line)
			buf_printf(&out, "%s: ", r->label);
		buf_put(&out, p, len);
		r->is_inside_line = stop == NULL;
	}
	if (fd_write_all(STDERR_FILENO, out.data, out.len, "stderr", &ignored) <
	    0)
		r->label = NULL;
	buf_clear(&out);
}

static void
take_output(struct run *r, const char *p, size_t n)
{
	struct err ignored;

	r->total += n;
	if (r->label && !r->tee)
		show_labelled(r, p, n);
	/* Our stderr is a copy for people: that it cannot be written is no
	 * reason to fail the step. */
	if (r->tee && fd_write_all(STDERR_FILENO, p, n, "stderr", &ignored) < 0)
		r->tee = false;
	if (r->discard)
		return;
	if (r->total > r->limit)
		spill(r, p, n);
	else
		buf_put(&r->out, p, n);
}

static void
take_errors(struct run *r, const char *p, size_t n)
{
	struct err ignored;

	if (!r->hides_errors &&
	    fd_write_all(STDERR_FILENO, p, n, "stderr", &ignored) < 0)
		log_line("stderr cannot be written");
	if (n > TAIL_MAX) {
		p += n - TAIL_MAX;
		n = TAIL_MAX;
	}
	if (r->tail.len + n > 2 * TAIL_MAX) {
		r->tail.off = r->tail.len - TAIL_MAX;
		buf_compact(&r->tail);
	}
	buf_put(&r->tail, p, n);
}

/* Reads a pipe empty. Closes it at its end. */
static void
take_from(struct run *r, int *fd,
    void (*take)(struct run *, const char *, size_t))
{
	/* Static: what is not read into is then never touched, while each new
	 * page of a stack costs a fault. */
	static char chunk[CHUNK];
	ssize_t n;

	while (*fd >= 0) {
		n = read(*fd, chunk, sizeof(chunk));
		if (n > 0) {
			take(r, chunk, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		close(*fd);
		*fd = -1;
	}
}

int
run_take_file(struct run *r, int fd, struct err *e)
{
	static char chunk[CHUNK];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n > 0)
			take_output(r, chunk, (size_t)n);
		else if (errno != EINTR)
			return err_sys(e, "read the output");
	}
	if (r->spill_fd >= 0)
		close(r->spill_fd);
	r->spill_fd = -1;
	return 0;
}

static void
give_input(struct run *r)
{
	ssize_t n = 0;

	while (r->in_fd >= 0 && r->in_off < r->input.n) {
		n = write(r->in_fd, r->input.p + r->in_off,
		    r->input.n - r->in_off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		r->in_off += (size_t)n;
	}
	/* EPIPE: the command does not want the rest; it may have it so. */
	if (r->in_fd >= 0 &&
	    (r->in_off == r->input.n ||
		(n < 0 && errno != EAGAIN && errno != EWOULDBLOCK))) {
		close(r->in_fd);
		r->in_fd = -1;
	}
}

void
run_take(struct run *r)
{
	take_from(r, &r->out_fd, take_output);
	take_from(r, &r->err_fd, take_errors);
	give_input(r);
}

/* The value of name in the command's environment, or NULL. */
static const char *
setting_of(const struct run *r, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; r->env[i]; i++)
		if (strncmp(r->env[i], name, n) == 0 && r->env[i][n] == '=')
			return r->env[i] + n + 1;
	return NULL;
}

/* Those that have left the command's group (setsid) still carry its name. The
 * id of an operation is the same in every execution of its script. */
static void
signal_those_who_left(const struct run *r, int signal)
{
	const struct setting settings[] = {
		{ "DURABLE_OPERATION", setting_of(r, "DURABLE_OPERATION") },
		{ "DURABLE_INVOCATION", setting_of(r, "DURABLE_INVOCATION") },
		{ NULL, NULL },
	};

	if (settings[0].value && settings[1].value)
		(void)proc_signal_where(settings, r->pid, signal);
}

void
run_signal(const struct run *r, int signal)
{
	if (kill(-r->pid, signal) < 0)
		(void)kill(r->pid, signal);
	if (r->timed_out || signal == SIGKILL)
		signal_those_who_left(r, signal);
}

void
run_set_status(struct run *r, int status)
{
	r->status = status;
	r->interrupted = !r->timed_out &&
	    (status == 128 + SIGHUP || status == 128 + SIGINT ||
		status == 128 + SIGTERM);
}

static void
close_all(struct run *r)
{
	int *const fds[] = { &r->out_fd, &r->err_fd, &r->in_fd, &r->spill_fd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

void
run_ended(struct run *r, int wait_status)
{
	run_take(r);
	close_all(r);
	if (r->exec_errno != 0)
		return;
	if (WIFSIGNALED(wait_status)) {
		r->killed_by = WTERMSIG(wait_status);
		r->status = 128 + r->killed_by;
	} else {
		r->status = WEXITSTATUS(wait_status);
	}
	run_set_status(r, r->status);
	log_line("end %ld status %d", (long)r->pid, r->status);
}

/* What the waiting has seen so far. */
struct watch {
	int64_t term_at, kill_at; /* monotonic; TIME_NEVER */
};

static void
check_limit(struct run *r, struct watch *w)
{
	int64_t now = time_monotonic();

	if (now >= w->term_at) {
		r->timed_out = true;
		w->term_at = TIME_NEVER;
		w->kill_at = now + r->kill_after_s * 1000;
		run_signal(r, r->signal);
	}
	if (now >= w->kill_at) {
		w->kill_at = TIME_NEVER;
		run_signal(r, SIGKILL);
	}
}

static int64_t
ms_left(const struct watch *w)
{
	int64_t at = w->term_at < w->kill_at ? w->term_at : w->kill_at;
	int64_t left;

	if (at == TIME_NEVER)
		return -1;
	left = at - time_monotonic();
	return left > 0 ? left : 0;
}

static int
watch_engine(struct client *c, struct err *e)
{
	struct reply rp;
	int got = c ? client_poll(c, &rp, e) : 0;

	if (got > 0)
		return err_set(e, ERR_BUG,
		    "the engine sent an answer (%d) that "
		    "was not asked for",
		    (int)rp.type);
	return got;
}

/* One wait for something to happen. */
static void
wait_for_events(struct run *r, struct client *c, const struct watch *w)
{
	struct pollfd fds[4] = { { r->out_fd, POLLIN, 0 },
		{ r->err_fd, POLLIN, 0 }, { r->in_fd, POLLOUT, 0 },
		{ c ? c->fd : -1, POLLIN, 0 } };

	(void)signals_wait(fds, 4, ms_left(w));
}

int
run_wait(struct run *r, struct client *c, struct err *e)
{
	struct watch w = { TIME_NEVER, TIME_NEVER };
	int status, signal;
	pid_t got;

	if (r->timeout_s > 0)
		w.term_at = time_monotonic() + r->timeout_s * 1000;
	for (;;) {
		got = waitpid(r->pid, &status, WNOHANG);
		if (got == r->pid)
			break;
		if (got < 0)
			return err_sys(e, "wait for '%s'", r->argv[0]);
		while ((signal = signals_take()) != 0)
			run_signal(r, signal);
		if (watch_engine(c, e) < 0)
			return -1;
		run_take(r);
		check_limit(r, &w);
		wait_for_events(r, c, &w);
	}
	/* What `durable fail` named in the command has come by now. */
	if (watch_engine(c, e) < 0)
		return -1;
	if (c)
		c->group = 0;
	run_ended(r, status);
	signals_unblock();
	return 0;
}
