/*
 * timeline.h - records as lines for people: when, what, of which operation.
 *
 * Operations stand below their parents, each a step to the right. Recorded
 * text is escaped, so that it cannot steer a terminal.
 */
#ifndef DURABLE_TIMELINE_H
#define DURABLE_TIMELINE_H

#include "store/context.h"

/* Appends the line of the start of the execution. */
void timeline_put_start(const struct header *h, struct buf *out);

/* Appends the line of r, which is applied to op already; op is NULL when it is
 * about none, or none that is known. event is what it is called. */
void timeline_put(const struct header *h, const struct record *r,
    const struct op *op, const char *event, struct buf *out);

#endif
