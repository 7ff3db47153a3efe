/*
 * socket.h - the unix socket between client and engine.
 *
 * The socket lies in a folder of its own, made by mkdtemp (0700) before the
 * socket exists; on both sides the peer must be the same user.
 */
#ifndef DURABLE_SOCKET_H
#define DURABLE_SOCKET_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Makes a folder in $XDG_RUNTIME_DIR, else $TMPDIR, else /tmp, and listens in
 * it; close-on-exec, non-blocking. *path is the socket's path, which the
 * caller frees; socket_remove takes it and its folder away. Returns the
 * descriptor or -1. A path that does not fit is tried in the next place.
 *
 * again is the path of an engine before, or NULL: it is taken once more when
 * it is one that this function makes here and nobody listens there.
 */
int socket_listen(const char *again, char **path, struct err *e) MUST_USE;
void socket_remove(const char *path);

/* Accepts; *pid is the peer's. -1 with ERR_REFUSED for another user's
 * process, ERR_IO otherwise (errno EAGAIN: there is none). */
int socket_accept(int fd, pid_t *pid, struct err *e) MUST_USE;

/* Connects, close-on-exec, blocking. ERR_NOT_RUN: nobody listens there. */
int socket_connect(const char *path, struct err *e) MUST_USE;

/* Sends n bytes over a blocking socket. A peer that has gone is ERR_IO with
 * EPIPE or ECONNRESET, and no SIGPIPE: that would be an end that a script takes
 * for its command's. */
int socket_send(int fd, const void *p, size_t n, struct err *e) MUST_USE;

#endif
