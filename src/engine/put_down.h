/*
 * put_down.h - what is put down for later in the invocation: branches of a
 * parallel, ways to undo. For engine/ alone.
 */
#ifndef DURABLE_PUT_DOWN_H
#define DURABLE_PUT_DOWN_H

#include "engine/engine.h"

struct scope; /* engine/state.h */
struct put_down;

/* Handlers of MSG_PUT_DOWN and MSG_TAKE_UP. */
int put_down_keep(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e) MUST_USE;
int put_down_take_up(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e) MUST_USE;

/* Frees all that was put down in s. */
void put_down_clear(struct scope *s);

#endif
