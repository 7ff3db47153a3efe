/*
 * deadline.h - ending what runs when an invocation's time is up, for engine/
 * alone.
 */
#ifndef DURABLE_DEADLINE_H
#define DURABLE_DEADLINE_H

#include "engine/invocation.h"

/*
 * Stops everything below, so that no shell goes on with what it could not have
 * been told, then ends the commands of steps: TERM, and guard_grace_ms for it.
 * What is left is reap_all's.
 */
void deadline_end_commands(struct server *s);

#endif
