/*
 * quiet.h - may the invocation be suspended now? For engine/ alone.
 *
 * The handler's context is blocked; but what else runs below? At once when
 * every process is a client that waits or an ancestor of one; else when all
 * has been quiet for a moment, and after a second at the latest.
 */
#ifndef DURABLE_QUIET_H
#define DURABLE_QUIET_H

#include "engine/invocation.h"

/* Looks, when it is time to; true: suspend. */
bool quiet_check(struct server *s);

/* Names the processes that the suspension ends although no operation knows
 * them: they should have been steps. */
void quiet_name_ended(struct server *s);

#endif
