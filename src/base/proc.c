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
#include <unistd.h>

#include "base/err.h"
#include "base/fdio.h"

enum { ENVIRON_MAX = 4 * 1024 * 1024 };

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

bool
proc_environ(pid_t pid, const char *name, struct buf *value)
{
	size_t n = strlen(name), len;
	struct buf env;
	const char *p, *end;
	bool found = false;

	buf_init(&env, ENVIRON_MAX);
	if (proc_read(pid, "environ", &env) && env.len > 0) {
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
