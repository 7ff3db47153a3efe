/*
 * signals.h - the signals that a client passes on to its command.
 *
 * INT, TERM, HUP and CHLD are blocked while a command runs, but for the time
 * that the client waits; so none is lost.
 */
#ifndef DURABLE_SIGNALS_H
#define DURABLE_SIGNALS_H

#include <poll.h>
#include <stdint.h>

void signals_block(void);

/* As before the first signals_block (calls may nest); a signal that was passed on is forgotten. */
void signals_unblock(void);

/* In the child, before its exec: nothing blocked, everything at its default
 * but what was ignored when this program was started. */
void signals_reset(void);

/* The next INT, TERM or HUP that has come, or 0. */
int signals_take(void);

/* poll that signals end; timeout_ms -1: none. */
int signals_wait(struct pollfd *fds, nfds_t n, int64_t timeout_ms);

#endif
