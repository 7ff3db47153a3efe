/*
 * distant.h - the engine and a service that is elsewhere: what it has to say,
 * and what is left to it when an invocation must end.
 */
#ifndef DURABLE_DISTANT_H
#define DURABLE_DISTANT_H

#include <poll.h>

#include "engine/engine.h"

/* Lets the backend go on with what it has under way (backend_ops.turn), and
 * answers who waited for what has come. */
int engine_take_service(struct engine *en, const struct pollfd *fds, size_t n,
    struct err *e) MUST_USE;

/*
 * The invocation's time is up: each step whose command runs is recorded as to
 * be tried again, DeadlineExceeded, and a condition with its state as it was.
 * Nothing may be asked of the engine after this.
 */
int engine_give_up_running(struct engine *en, int64_t now,
    struct err *e) MUST_USE;

/* Whether the service has something to go on with later: a wait, a callback, a
 * chained invoke, a retry. */
bool engine_has_pending(struct engine *en);

#endif
