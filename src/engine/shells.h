/*
 * shells.h - the shells that run functions of the script as the bodies of
 * operations: has one of them gone? For engine/ alone.
 */
#ifndef DURABLE_SHELLS_H
#define DURABLE_SHELLS_H

#include <poll.h>

#include "engine/invocation.h"

/* How many there are. */
size_t shells_count(const struct server *s);

/* Fills in one entry for each, to be polled; *wait_ms becomes shorter where
 * they can only be looked at now and then. */
void shells_fill(const struct server *s, struct pollfd *fds, int64_t *wait_ms);

/* After the poll, before anything is read: notes which of them have gone. What
 * those had told their clients to say is there to be read by now. */
void shells_look(struct server *s, struct pollfd *fds);

/* After all has been read: a shell that is gone and whose client has not said
 * goodbye is a crash of the invocation. */
void shells_check(struct server *s);

#endif
