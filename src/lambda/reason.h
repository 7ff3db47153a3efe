/*
 * reason.h - the error of an operation that failed, where the service has none.
 */
#ifndef DURABLE_REASON_H
#define DURABLE_REASON_H

#include "base/buf.h"
#include "lambda/wire.h"

/* Gives wo, when it has failed, an error with a type, and with a message where
 * there was no error at all. What the service says itself stays. The text of a
 * new one is put into room, and borrowed from it. */
void reason_complete(struct wire_op *wo, struct buf *room);

#endif
