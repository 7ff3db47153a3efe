/*
 * fdio.c - the only loops over short reads, short writes and EINTR.
 *
 * They also wait on a descriptor that somebody else made non-blocking: that
 * is a property of the open file, which an inherited stdout shares with
 * whoever started us. No sync is ever tried again after it has failed: the
 * kernel may have dropped the pages, and a second one would say yes.
 */
#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum {
	WRITE_MAX = 1 << 30, /* some systems refuse more in one call */
	READ_SIZE = 1 << 16, /* what a pipe holds */
	TEMPORARY_TRIES = 1000,
};

/* Whether a call that failed with errno is to be made again; waits for fd
 * when it would have blocked. */
static bool
try_again(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

int
fd_write_all(int fd, const void *p, size_t n, const char *what, struct err *e)
{
	const char *from = p;

	while (n > 0) {
		ssize_t done = write(fd, from, n < WRITE_MAX ? n : WRITE_MAX);

		if (done < 0 && try_again(fd, POLLOUT))
			continue;
		if (done == 0)
			errno = EIO; /* would be an endless loop */
		if (done <= 0)
			return err_sys(e, "write to %s", what);
		from += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Reads once, at most n bytes. Returns what read does, but never EINTR. */
static ssize_t
read_some(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && try_again(fd, POLLIN));
	return got;
}

int
fd_copy(int from, int to, const char *what, struct err *e)
{
	char chunk[16 * 1024];
	ssize_t n;

	while ((n = read_some(from, chunk, sizeof(chunk))) > 0)
		if (fd_write_all(to, chunk, (size_t)n, what, e) < 0)
			return -1;
	return n < 0 ? err_sys(e, "read %s", what) : 0;
}

int
fd_read_all(int fd, struct buf *b, const char *what, struct err *e)
{
	for (;;) {
		size_t n = READ_SIZE;
		char probe, *to = &probe;
		ssize_t got;

		if (b->max != BUF_NO_MAX && n > b->max - b->len)
			n = b->max - b->len;
		if (n > 0 && !(to = buf_room(b, n)))
			return err_set(e, ERR_REFUSED,
			    "%s is larger than %zu bytes", what, b->max);
		/* A full buf: is there one byte more? */
		if ((got = read_some(fd, to, n ? n : 1)) < 0)
			return err_sys(e, "read %s", what);
		if (got == 0)
			return 0;
		if (n == 0) {
			b->overflow = true;
			return err_set(e, ERR_REFUSED,
			    "%s is larger than %zu bytes", what, b->max);
		}
		buf_added(b, (size_t)got);
	}
}

int
fd_pipe(int fds[2], struct err *e)
{
	if (pipe(fds) < 0)
		return err_sys(e, "make a pipe");
	/* Not pipe2: one thread runs here, nothing is forked in between. */
	if (fcntl(fds[0], F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fds[1], F_SETFD, FD_CLOEXEC) < 0) {
		err_sys(e, "make a pipe close-on-exec");
		close(fds[0]);
		close(fds[1]);
		fds[0] = fds[1] = -1;
		return -1;
	}
	return 0;
}

int
fd_set_nonblocking(int fd, bool on, struct err *e)
{
	int flags = fcntl(fd, F_GETFL);
	int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;

	if (flags < 0 || (wanted != flags && fcntl(fd, F_SETFL, wanted) < 0))
		return err_sys(e, "make descriptor %d %s", fd,
		    on ? "non-blocking" : "blocking");
	return 0;
}

int
fd_close(int fd, const char *what, struct err *e)
{
	/* After EINTR the descriptor is gone; it may be another's by now. */
	if (close(fd) < 0 && errno != EINTR && errno != EINPROGRESS)
		return err_sys(e, "close %s", what);
	return 0;
}

void
fd_fill_standard(void)
{
	/*
	 * What is written to a closed stdout must not be lost in silence, so
	 * its stand-in cannot be written to. A closed stderr has asked for
	 * silence.
	 */
	static const int modes[] = { O_RDONLY, O_RDONLY, O_RDWR };

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is fd: those below it are open. */
		if (open("/dev/null", modes[fd]) != fd)
			_exit(125);
	}
}

/* The folder that holds path; the caller frees it. */
static char *
folder_of(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n ? xmemdup(path, n) : xstrdup(".");
}

static int
sync_folder(const char *folder, struct err *e)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return err_sys(e, "open the folder %s", folder);
	/* EINVAL: the file system has no such thing as a folder's sync. */
	if (fsync(fd) < 0 && errno != EINVAL)
		result = err_sys(e, "sync the folder %s", folder);
	close(fd);
	return result;
}

int
fd_sync_folder_of(const char *path, struct err *e)
{
	char *folder = folder_of(path);
	int result = sync_folder(folder, e);

	free(folder);
	return result;
}

/* Makes a file of a new name in folder. Returns its descriptor, and its path
 * in *path, which the caller frees; or -1. */
static int
open_temporary(const char *folder, unsigned mode, char **path, struct err *e)
{
	for (int i = 0; i < TEMPORARY_TRIES; i++) {
		int fd;

		/* A short name: it fits wherever the real one does. */
		*path = xasprintf("%s/.durable-%ld-%d", folder, (long)getpid(),
		    i);
		fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    (mode_t)mode);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			break;
		free(*path);
		*path = NULL;
	}
	if (!*path)
		errno = EEXIST;
	err_sys(e, "make a temporary file in %s", folder);
	free(*path);
	*path = NULL;
	return -1;
}

/*
 * Where to put what is to be path's content: path itself, or what it is a
 * symbolic link to. Refuses what rename would destroy: a device, a pipe, a
 * folder. The caller frees the result.
 */
static char *
replaceable(const char *path, struct err *e)
{
	struct stat st;
	char *real;

	if (stat(path, &st) < 0) {
		if (errno == ENOENT)
			return xstrdup(path);
		err_sys(e, "write %s", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_REFUSED,
		    "%s is not a regular file: it cannot be replaced", path);
		return NULL;
	}
	if (!(real = realpath(path, NULL)))
		err_sys(e, "write %s", path);
	return real;
}

int
fd_write_file_atomically(const char *path, unsigned mode, const void *data,
    size_t n, struct err *e)
{
	char *target = NULL, *folder = NULL, *temporary = NULL;
	int fd = -1, closed, result = -1;

	if (!(target = replaceable(path, e)))
		goto out;
	folder = folder_of(target);
	if ((fd = open_temporary(folder, mode, &temporary, e)) < 0 ||
	    fd_write_all(fd, data, n, temporary, e) < 0)
		goto out;
	if (fsync(fd) < 0) {
		err_sys(e, "sync %s", temporary);
		goto out;
	}
	closed = fd_close(fd, temporary, e);
	fd = -1;
	if (closed < 0)
		goto out;
	if (rename(temporary, target) < 0) {
		err_sys(e, "rename %s to %s", temporary, target);
		goto out;
	}
	free(temporary);
	temporary = NULL; /* it is the target now */
	result = sync_folder(folder, e);
out:
	if (fd >= 0)
		close(fd);
	if (temporary)
		unlink(temporary);
	free(temporary);
	free(folder);
	free(target);
	return result;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
make_folder(const char *path, struct err *e)
{
	if (is_folder(path))
		return 0;
	/* EEXIST: a file, or another process has just made the folder. */
	if (mkdir(path, 0700) < 0 && (errno != EEXIST || !is_folder(path)))
		return err_sys(e, "make the folder %s", path);
	/* A file synced inside is lost with its folder's entry. */
	return fd_sync_folder_of(path, e);
}

int
fd_make_folders(const char *path, struct err *e)
{
	char *part = xstrdup(path);
	size_t n = 0;
	int result = 0;

	if (!is_folder(path)) {
		do {
			n += strspn(path + n, "/");
			n += strcspn(path + n, "/");
			part[n] = '\0';
			result = make_folder(part, e);
			part[n] = path[n];
		} while (result == 0 && path[n]);
	}
	free(part);
	return result;
}
