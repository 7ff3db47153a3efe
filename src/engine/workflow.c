/*
 * workflow.c - vfork, a session of its own, exec.
 *
 * vfork and not fork: the engine may hold a log of any size, and a fork copies
 * its page tables. The child only makes calls that are safe there; an exec
 * that fails is reported through the memory that both share.
 */
#include "engine/workflow.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/xalloc.h"

enum { GROUP_DIGITS = 10 };

struct failure {
	const char *what; /* what failed, or NULL */
	int sys;
};

static const char what_chdir[] = "change to the working directory of";
static const char what_execute[] = "execute";

static size_t
count(char *const *v)
{
	size_t n = 0;

	while (v[n])
		n++;
	return n;
}

char **
environ_copy(char *const *env)
{
	size_t n = count(env);
	char **copy = xcalloc(n + 1, sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(env[i]);
	return copy;
}

void
environ_free(char **env)
{
	if (!env)
		return;
	for (size_t i = 0; env[i]; i++)
		free(env[i]);
	free(env);
}

static bool
is_named(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

const char *
environ_value(char *const *env, const char *name)
{
	for (size_t i = 0; env && env[i]; i++)
		if (is_named(env[i], name))
			return env[i] + strlen(name) + 1;
	return NULL;
}

void
environ_set(char ***env, const char *name, const char *value)
{
	char **e = *env;
	size_t n = count(e), i = 0;

	while (e[i] && !is_named(e[i], name))
		i++;
	if (!value) {
		if (e[i]) {
			free(e[i]);
			memmove(e + i, e + i + 1, (n - i) * sizeof(*e));
		}
		return;
	}
	if (e[i]) {
		free(e[i]);
	} else {
		e = xreallocarray(e, n + 2, sizeof(*e));
		e[n + 1] = NULL;
		*env = e;
	}
	e[i] = xasprintf("%s=%s", name, value);
}

/* What belongs to an invocation, and not to one that it starts. */
static const char *const invocation_names[] = { "DURABLE_SOCKET",
	"DURABLE_INVOCATION", "DURABLE_EXECUTION", "DURABLE_CONTEXT",
	"DURABLE_GROUPS", "DURABLE_OPERATION", "DURABLE_STEP",
	"DURABLE_ATTEMPT", "DURABLE_IDEMPOTENCY_KEY", "DURABLE_ITEM",
	"DURABLE_INDEX", "DURABLE_CALLBACK_ID", "DURABLE_DETACHED", NULL };

void
environ_drop_invocation(char ***env)
{
	for (size_t i = 0; invocation_names[i]; i++)
		environ_set(env, invocation_names[i], NULL);
}

void
environ_leave_invocation(void)
{
	for (size_t i = 0; invocation_names[i]; i++)
		(void)unsetenv(invocation_names[i]);
}

/* Writes this process's number into the room that DURABLE_GROUPS has for it:
 * the first of the groups that a client ends when its engine has gone. */
static void
fill_in_group(char *room)
{
	long n = (long)getpid();

	for (char *at = room + GROUP_DIGITS; at > room && n > 0; n /= 10)
		*--at = (char)('0' + n % 10);
}

/* Out of memory, a command must go and not the engine: its attempt has failed
 * then, where the invocation would be lost. */
static void
give_way(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, "500", 3);

	(void)n; /* a help where it is allowed */
	if (fd >= 0)
		close(fd);
}

/* In the vforked child: sets up and executes; returns only on failure. */
static void
become(const struct workflow *w, char *const *sh_argv, int null_fd,
    volatile struct failure *f)
{
	sigset_t none;

	sigemptyset(&none);
	for (size_t i = 0; !w->in_place && w->env[i]; i++)
		if (is_named(w->env[i], "DURABLE_GROUPS"))
			fill_in_group(strchr(w->env[i], '=') + 1);
	f->what = "start a session for";
	if (!w->in_place && setsid() < 0)
		goto out;
	f->what = what_chdir;
	if (chdir(w->cwd) < 0)
		goto out;
	if (w->umask >= 0)
		umask((mode_t)w->umask);
	f->what = "set up the descriptors of";
	if ((!w->in_place && dup2(null_fd, STDIN_FILENO) < 0) ||
	    dup2(w->out, STDOUT_FILENO) < 0)
		goto out;
	if (w->err_fd >= 0 && dup2(w->err_fd, STDERR_FILENO) < 0)
		goto out;
	limits_restore_files();
	if (w->gives_way)
		give_way();
	/* What we ignore would be ignored by the script as well. */
	(void)signal(SIGPIPE, SIG_DFL);
	if (!w->outlives)
		(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL,
		    0UL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	f->what = what_execute;
	execve(w->argv[0], w->argv, w->env);
	if (errno == ENOEXEC)
		execve("/bin/sh", sh_argv, w->env);
out:
	f->sys = errno;
}

/* What to do about an execve that failed. */
static const char *
hint_of(const struct workflow *w, int sys)
{
	if (sys == EACCES)
		return ": make it executable with chmod +x";
	if (sys == ENOENT && access(w->argv[0], F_OK) == 0)
		return ": the interpreter in its first line does not exist";
	return "";
}

static pid_t
report(const struct workflow *w, const struct failure *f, struct err *e)
{
	enum err_code code = f->sys == ENOENT || f->sys == EACCES ? ERR_MISSING
								  : ERR_IO;
	const char *hint = "";

	if (f->what == what_execute)
		hint = hint_of(w, f->sys);
	errno = f->sys;
	if (f->what == what_chdir)
		err_sys(e, "%s %s, %s", f->what, w->argv[0], w->cwd);
	else
		err_sys(e, "%s %s", f->what, w->argv[0]);
	if (*hint) {
		char text[sizeof(e->text)];

		memcpy(text, e->text, sizeof(text));
		err_set(e, code, "%.900s%s", text, hint);
	}
	e->code = code;
	return -1;
}

pid_t
workflow_start(const struct workflow *w, struct err *e)
{
	volatile struct failure f = { NULL, 0 };
	struct failure seen;
	size_t n = count(w->argv);
	char **sh_argv = xcalloc(n + 2, sizeof(*sh_argv));
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid = -1;

	if (null_fd < 0) {
		err_sys(e, "open /dev/null");
		goto out;
	}
	sh_argv[0] = (char *)(uintptr_t) "/bin/sh";
	memcpy(sh_argv + 1, w->argv, n * sizeof(*sh_argv));
	pid = vfork();
	if (pid == 0) {
		become(w, sh_argv, null_fd, &f);
		_exit(127);
	}
	if (pid < 0) {
		err_sys(e, "start a process for %s", w->argv[0]);
		goto out;
	}
	if (f.sys != 0) {
		(void)waitpid(pid, NULL, 0);
		seen.what = f.what;
		seen.sys = f.sys;
		pid = report(w, &seen, e);
		goto out;
	}
	log_line("handler %ld started", (long)pid);
out:
	if (null_fd >= 0)
		close(null_fd);
	free(sh_argv);
	return pid;
}
