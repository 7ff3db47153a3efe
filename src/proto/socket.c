/*
 * socket.c - listen, accept, connect; path rules and the peer's user.
 */
#include "proto/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { BACKLOG = 128, RANDOM_LEN = 6 };

#define FOLDER "/durable-XXXXXX"
#define NAME   "/engine"

static int
set_address(struct sockaddr_un *sa, const char *path, struct err *e)
{
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sa->sun_path))
		return err_set(e, ERR_IO,
		    "socket path %s is longer than %zu bytes: set "
		    "XDG_RUNTIME_DIR or TMPDIR to a shorter one",
		    path, sizeof(sa->sun_path) - 1);
	memcpy(sa->sun_path, path, strlen(path) + 1);
	return 0;
}

/* Close-on-exec, in one call where there is one: a client's life is short. */
static int
new_socket(struct err *e)
{
#ifdef SOCK_CLOEXEC
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(e, "make a socket");
#else
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return err_sys(e, "make a socket");
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		err_sys(e, "set close-on-exec");
		close(fd);
		return -1;
	}
#endif
	return fd;
}

/* A new folder under base with room for the socket's name, or NULL. */
static char *
make_folder(const char *base)
{
	struct sockaddr_un sa;
	char *folder;

	if (!base || base[0] != '/' ||
	    strlen(base) + strlen(FOLDER NAME) >= sizeof(sa.sun_path))
		return NULL;
	folder = xasprintf("%s%s", base, FOLDER);
	if (!mkdtemp(folder)) {
		free(folder);
		return NULL;
	}
	return folder;
}

void
socket_remove(const char *path)
{
	char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');

	/* Left-overs are harmless: the next engine makes a folder of its own. */
	(void)unlink(path);
	if (slash) {
		*slash = '\0';
		(void)rmdir(folder);
	}
	free(folder);
}

static bool
is_same_user(int fd, pid_t *pid)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
		return false;
	if (pid)
		*pid = cred.pid;
	return cred.uid == geteuid();
}

int
socket_connect(const char *path, struct err *e)
{
	struct sockaddr_un sa;
	int fd;

	if (set_address(&sa, path, e) < 0 || (fd = new_socket(e)) < 0)
		return -1;
	while (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		if (errno == EINTR)
			continue;
		err_sys(e, "connect to the engine at %s", path);
		e->code = ERR_NOT_RUN;
		close(fd);
		return -1;
	}
	if (!is_same_user(fd, NULL)) {
		close(fd);
		return err_set(e, ERR_REFUSED,
		    "the engine at %s is another user's", path);
	}
	return fd;
}

/* Whether path is one that make_folder and NAME make under base. */
static bool
is_under(const char *base, const char *path)
{
	size_t n = base ? strlen(base) : 0, fixed = strlen(FOLDER) - RANDOM_LEN;

	return n > 0 && strlen(path) == n + strlen(FOLDER NAME) &&
	    strncmp(path, base, n) == 0 &&
	    strncmp(path + n, FOLDER, fixed) == 0 &&
	    strchr(path + n + fixed, '/') == path + n + strlen(FOLDER) &&
	    strcmp(path + n + strlen(FOLDER), NAME) == 0;
}

/* The folder of path, made once more, or NULL: an engine still listens there
 * (the log is a copy of another's), or somebody else has made it. */
static char *
make_again(const char *path)
{
	struct err ignored;
	char *folder;
	int fd = socket_connect(path, &ignored);

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	socket_remove(path);
	folder = xmemdup(path, strlen(path) - strlen(NAME));
	if (mkdir(folder, 0700) == 0)
		return folder;
	free(folder);
	return NULL;
}

static char *
find_folder(const char *again, struct err *e)
{
	const char *const bases[] = { getenv("XDG_RUNTIME_DIR"),
		getenv("TMPDIR"), "/tmp", "/var/tmp" };
	char *folder = NULL;

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		if (again && is_under(bases[i], again))
			folder = make_again(again);
		if (folder)
			return folder;
	}
	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		folder = make_folder(bases[i]);
		if (folder)
			return folder;
	}
	err_sys(e,
	    "make a folder for the socket (tried XDG_RUNTIME_DIR, "
	    "TMPDIR, /tmp, /var/tmp)");
	return NULL;
}

int
socket_listen(const char *again, char **path, struct err *e)
{
	struct sockaddr_un sa;
	char *folder = find_folder(again, e);
	int fd = -1, result = -1;

	*path = NULL;
	if (!folder)
		return -1;
	*path = xasprintf("%s%s", folder, NAME);
	if (set_address(&sa, *path, e) < 0 || (fd = new_socket(e)) < 0)
		goto out;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		err_sys(e, "bind %s", *path);
		goto out;
	}
	if (listen(fd, BACKLOG) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		err_sys(e, "listen on %s", *path);
		goto out;
	}
	result = fd;
	fd = -1;
out:
	if (fd >= 0)
		close(fd);
	if (result < 0) {
		socket_remove(*path);
		free(*path);
		*path = NULL;
	}
	free(folder);
	return result;
}

int
socket_accept(int fd, pid_t *pid, struct err *e)
{
	int c = accept(fd, NULL, NULL);

	if (c < 0)
		return err_sys(e, "accept a connection");
	if (!is_same_user(c, pid)) {
		close(c);
		return err_set(e, ERR_REFUSED,
		    "a process of another user tried to connect");
	}
	if (fcntl(c, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(c, F_SETFL, O_NONBLOCK) < 0) {
		err_sys(e, "set up a connection");
		close(c);
		return -1;
	}
	return c;
}

int
socket_send(int fd, const void *p, size_t n, struct err *e)
{
	const char *from = p;

	while (n > 0) {
		ssize_t done = send(fd, from, n, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys(e, "send to the engine");
		from += done;
		n -= (size_t)done;
	}
	return 0;
}
