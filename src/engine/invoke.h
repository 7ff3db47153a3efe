/*
 * invoke.h - chained invokes on one machine, for engine/ alone: another
 * handler as an execution of its own, with a context file and an engine of its
 * own.
 *
 * Its file is made before the START of the operation is written, so a crash in
 * between finds it and attaches instead of starting a second. At its end it
 * completes the operation as `durable callback` would.
 */
#ifndef DURABLE_INVOKE_H
#define DURABLE_INVOKE_H

#include "engine/invocation.h"

enum { INVOKE_DEPTH_MAX = 16 };

/* As engine_host.invoke; arg is the server. */
bool invoke_create(void *arg, struct op *op, const struct request *rq,
    struct buf *error);

/* Starts the engines of what invoke_create has made; after the commit. */
void invoke_start_all(struct server *s);

/* Looks for chained invokes that have no end, and sees to it that each has an
 * engine: at the start of an invocation. */
void invoke_find_started(struct server *s);

void invoke_clear(struct server *s);

#endif
