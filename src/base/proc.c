/*
 * proc.c - looking at other processes through /proc.
 */
#include "base/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fdio.h"

enum {
	ENVIRON_MAX = 4 * 1024 * 1024,
	LOOKS_MAX = 500, /* a millisecond apart */
	/* of the fields of /proc/PID/stat, from behind the name */
	FIELD_STATE = 0,
	FIELD_FLAGS = 6,
	FIELD_CODE = 23, /* set last in an exec */
	FIELD_ENV_START = 47,
	FIELD_ENV_END = 48,
	FLAG_EXITING = 0x4,
	FLAG_KERNEL = 0x200000,
};

bool
proc_read(pid_t pid, const char *name, struct buf *out)
{
	char path[320];
	struct err ignored;
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fd_read_all(fd, out, path, &ignored) == 0;
	close(fd);
	return ok;
}

static const char *
field_of(const char *at, int n)
{
	while (n-- > 0 && at)
		if ((at = strchr(at, ' ')))
			at++;
	return at ? at : "";
}

/*
 * Whether pid has an environment, though none could be read: within an exec the
 * old one has gone before the new one is there. One that is ending has none any
 * more, and a process may have been given an empty one.
 */
static bool
will_have_environ(pid_t pid)
{
	const char *at = NULL;
	struct buf text;
	unsigned long flags, code, start, end;
	bool will = false;

	buf_init(&text, ENVIRON_MAX);
	if (proc_read(pid, "stat", &text))
		at = strrchr(buf_str(&text), ')');
	if (at && at[1] == ' ') {
		at += 2;
		flags = strtoul(field_of(at, FIELD_FLAGS), NULL, 10);
		code = strtoul(field_of(at, FIELD_CODE), NULL, 10);
		start = strtoul(field_of(at, FIELD_ENV_START), NULL, 10);
		end = strtoul(field_of(at, FIELD_ENV_END), NULL, 10);
		will = at[FIELD_STATE] != 'Z' && at[FIELD_STATE] != 'X' &&
		    !(flags & (FLAG_EXITING | FLAG_KERNEL)) &&
		    (code == 0 || end > start);
	}
	buf_clear(&text);
	return will;
}

/* All of pid's environment; false when it cannot be read, or is empty. */
static bool
read_environ(pid_t pid, struct buf *env)
{
	struct timespec pause = { 0, 1000000L };

	for (int i = 0; i < LOOKS_MAX; i++) {
		if (!proc_read(pid, "environ", env))
			return false;
		if (env->len > 0 || !will_have_environ(pid))
			break;
		(void)nanosleep(&pause, NULL);
	}
	return env->len > 0;
}

bool
proc_environ(pid_t pid, const char *name, struct buf *value)
{
	size_t n = strlen(name), len;
	struct buf env;
	const char *p, *end;
	bool found = false;

	buf_init(&env, ENVIRON_MAX);
	if (read_environ(pid, &env)) {
		end = env.data + env.len;
		for (p = env.data; p < end; p += len + 1) {
			len = strnlen(p, (size_t)(end - p));
			if (len <= n || memcmp(p, name, n) != 0 || p[n] != '=')
				continue;
			buf_put(value, p + n + 1, len - n - 1);
			found = true;
			break;
		}
	}
	buf_clear(&env);
	return found;
}

void
proc_each(bool (*each)(pid_t pid, void *arg), void *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;

	if (!dir)
		return;
	while ((d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0]) &&
		    !each((pid_t)strtol(d->d_name, NULL, 10), arg))
			break;
	closedir(dir);
}

struct where {
	const struct setting *settings;
	pid_t but;
	int signal;
	size_t n;
};

static bool
has_settings(pid_t pid, const struct setting *settings)
{
	struct buf value;
	bool has = true;

	buf_init(&value, ENVIRON_MAX);
	for (; has && settings->name; settings++) {
		buf_reset(&value);
		has = proc_environ(pid, settings->name, &value) &&
		    strcmp(buf_str(&value), settings->value) == 0;
	}
	buf_clear(&value);
	return has;
}

static bool
signal_one(pid_t pid, void *arg)
{
	struct where *w = arg;

	if (pid != getpid() && pid != w->but && getpgid(pid) != w->but &&
	    has_settings(pid, w->settings) && kill(pid, w->signal) == 0)
		w->n++;
	return true;
}

size_t
proc_signal_where(const struct setting *settings, pid_t but, int signal)
{
	struct where w = { settings, but, signal, 0 };

	proc_each(signal_one, &w);
	return w.n;
}
