/*
 * history.h - records as the API's history events.
 *
 * Wire reference, sections 9.1 and 9.2: types, details and numbering (EventId
 * from 1; the header is ExecutionStarted) are those of
 * GetDurableExecutionHistory, always with the execution's data. Timestamps
 * are seconds with three decimals. Records that the API has no event for
 * (InvocationStarted, Reopened, ClockSkipped, heartbeats, a READY) give none.
 */
#ifndef DURABLE_HISTORY_H
#define DURABLE_HISTORY_H

#include <stdint.h>

#include "base/buf.h"
#include "store/context.h"

struct history; /* remembers what later events need of earlier records */

struct history *history_new(void);
void history_free(struct history *h);

/* Appends the ExecutionStarted event as one JSON object, no newline. */
void history_put_header(struct history *h, const struct header *header,
    struct buf *out);

/* Appends the record's event as one JSON object; returns whether it had one. */
bool history_put(struct history *h, const struct record *r, struct buf *out);

#endif
