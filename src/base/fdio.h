/*
 * fdio.h - the only loops over short reads, short writes and EINTR.
 */
#ifndef DURABLE_FDIO_H
#define DURABLE_FDIO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Writes all n bytes. what names the target in *e ("write to WHAT"). */
int fd_write_all(int fd, const void *p, size_t n, const char *what,
    struct err *e) MUST_USE;

/*
 * Reads to the end of the file into b. ERR_IO when a read fails;
 * ERR_REFUSED, "WHAT is larger than N bytes", when b's maximum is reached.
 */
int fd_read_all(int fd, struct buf *b, const char *what,
    struct err *e) MUST_USE;

/* Copies from's bytes, from where it is to its end, to the file to. what names
 * them in *e. */
int fd_copy(int from, int to, const char *what, struct err *e) MUST_USE;

/* Both ends close-on-exec. fds[0] reads. */
int fd_pipe(int fds[2], struct err *e) MUST_USE;

int fd_set_nonblocking(int fd, bool on, struct err *e) MUST_USE;

/* close() that is checked: EIO at close is a failed write. */
int fd_close(int fd, const char *what, struct err *e) MUST_USE;

/* Opens /dev/null on each of 0, 1 and 2 that is closed, so that no file of
 * ours ever gets one of these numbers. Called first thing in main. */
void fd_fill_standard(void);

/*
 * Writes data into path so that a crash leaves the old content or the new:
 * temporary file beside it (mode), write, fsync, rename, fsync of the folder.
 */
int fd_write_file_atomically(const char *path, unsigned mode, const void *data,
    size_t n, struct err *e) MUST_USE;

/* fsyncs the folder that holds path, so that its entry is on disk. */
int fd_sync_folder_of(const char *path, struct err *e) MUST_USE;

/* mkdir -p with mode 0700 for what is made. */
int fd_make_folders(const char *path, struct err *e) MUST_USE;

#endif
