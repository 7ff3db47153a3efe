/*
 * deadline.h - ending what runs when an invocation's time is up, for engine/
 * alone.
 */
#ifndef DURABLE_DEADLINE_H
#define DURABLE_DEADLINE_H

#include "engine/invocation.h"

/*
 * Stops everything below, so that no shell goes on with what it could not have
 * been told; records the steps that run as to be tried again; then ends their
 * commands with TERM, and lets them have the time until guard_grace_ms after
 * guard_due. What is left is reap_all's. -1: the backend failed.
 */
int deadline_end(struct server *s, struct err *e) MUST_USE;

#endif
