/*
 * lock.c - opening a context file safely, and being its only writer.
 */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	/* O_NONBLOCK: the path may be a pipe, of which open would wait for the
	 * other end. A regular file does not care. */
	OPEN_FLAGS = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
	WRITE_FLAGS = OPEN_FLAGS | O_RDWR | O_APPEND,
	CREATE_MODE = 0600,
	RENAMES_MAX = 100, /* a path that is replaced that often is a fault */
	PASSING_TRIES = 4, /* lock_wait holds the lock for an instant */
	PASSING_WAIT_MS = 1,
};

static int
set_open_error(const char *path, struct err *e)
{
	switch (errno) {
	case ENOENT:
		return err_set(e, ERR_MISSING, "%s does not exist", path);
	case ELOOP:
		return err_set(e, ERR_REFUSED,
		    "%s is a symbolic link: give the file itself", path);
	case EISDIR:
		return err_set(e, ERR_REFUSED,
		    "%s is a folder: give a file in it", path);
	default:
		return err_sys(e, "open %s", path);
	}
}

static int
check_kind(const char *path, int fd, struct stat *st, struct err *e)
{
	if (fstat(fd, st) < 0)
		return err_sys(e, "look at %s", path);
	if (S_ISDIR(st->st_mode))
		return err_set(e, ERR_REFUSED,
		    "%s is a folder: give a file in it", path);
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_REFUSED,
		    "%s is not a regular file: give another one", path);
	return 0;
}

static int
check_owner(const char *path, int fd, struct err *e)
{
	struct stat st;

	if (check_kind(path, fd, &st, e) < 0)
		return -1;
	if (st.st_uid != geteuid())
		return err_set(e, ERR_REFUSED,
		    "%s belongs to another user: run durable as that user",
		    path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, ERR_REFUSED,
		    "%s can be written by others: check what it holds, then "
		    "chmod 600 it",
		    path);
	return 0;
}

/* Another process holds the lock for as long as it drives the execution, or,
 * in lock_wait, for an instant: that is waited out. */
static int
take_lock(const char *path, int fd, struct err *e)
{
	struct timespec pause = { 0, PASSING_WAIT_MS * 1000000L };

	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0;) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return err_sys(e, "lock %s", path);
		if (++tries == PASSING_TRIES)
			return err_set(e, ERR_BUSY,
			    "%s is in use by another durable", path);
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* 1: path still names the open file; 0: it names another, or none. */
static int
is_named(const char *path, int fd, struct err *e)
{
	struct stat file, name;

	if (fstat(fd, &file) < 0)
		return err_sys(e, "look at %s", path);
	if (lstat(path, &name) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "look at %s", path);
	return file.st_dev == name.st_dev && file.st_ino == name.st_ino;
}

static int
open_or_make(const char *path, bool make, struct err *e)
{
	int fd;

	for (int i = 0; i < RENAMES_MAX; i++) {
		fd = open(path, WRITE_FLAGS);
		if (fd >= 0)
			return fd;
		if (errno != ENOENT || !make)
			break;
		fd = open(path, WRITE_FLAGS | O_CREAT | O_EXCL, CREATE_MODE);
		if (fd >= 0 && fchmod(fd, CREATE_MODE) == 0)
			return fd; /* the umask may take away, not add */
		if (fd >= 0) {
			err_sys(e, "set the mode of %s", path);
			close(fd);
			return -1;
		}
		if (errno != EEXIST)
			break;
	}
	return set_open_error(path, e);
}

static int
open_locked(const char *path, bool make, struct err *e)
{
	for (int i = 0; i < RENAMES_MAX; i++) {
		int fd = open_or_make(path, make, e), named;

		if (fd < 0)
			return -1;
		if (check_owner(path, fd, e) == 0 &&
		    take_lock(path, fd, e) == 0)
			named = is_named(path, fd, e);
		else
			named = -1;
		if (named == 1)
			return fd;
		close(fd);
		if (named < 0)
			return -1;
	}
	return err_set(e, ERR_BUSY, "%s is replaced again and again", path);
}

int
lock_open_to_read(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, OPEN_FLAGS | O_RDONLY);

	if (fd < 0)
		return set_open_error(path, e);
	if (check_kind(path, fd, &st, e) == 0)
		return fd;
	close(fd);
	return -1;
}

int
lock_open(const char *path, struct err *e)
{
	return open_locked(path, false, e);
}

int
lock_create(const char *path, struct err *e)
{
	return open_locked(path, true, e);
}

int
lock_adopt(const char *path, int fd, struct err *e)
{
	int named = -1;

	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		err_sys(e, "take over the lock of %s", path);
	else if (check_owner(path, fd, e) == 0 && take_lock(path, fd, e) == 0)
		named = is_named(path, fd, e);
	if (named == 1)
		return fd;
	if (named == 0)
		err_set(e, ERR_REFUSED,
		    "%s has been removed or replaced while it was in use",
		    path);
	close(fd);
	return -1;
}

int
lock_wait(const char *path, struct err *e)
{
	int fd = lock_open_to_read(path, e), result = 0;

	if (fd < 0)
		return -1;
	/* Shared, so that those who wait do not wait for each other. */
	if (flock(fd, LOCK_SH) < 0)
		result = err_sys(e, "wait for %s", path);
	close(fd);
	return result;
}

bool
lock_is_taken(const char *path)
{
	struct err ignored;
	int fd = lock_open_to_read(path, &ignored);
	bool taken = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 &&
	    errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return taken;
}
