/*
 * events.h - history events of the API as records.
 *
 * GetDurableExecutionHistory tells of an execution on Lambda what a context
 * file tells of one here; so once they are records, the same code shows both.
 */
#ifndef DURABLE_EVENTS_H
#define DURABLE_EVENTS_H

#include "store/context.h"

struct events;

/* Applies to s and t, which start out empty and are the caller's to free. The
 * execution's name is taken from its ARN. */
struct events *events_new(struct execution_state *s, struct table *t,
    const char *arn);
void events_free(struct events *ev);

/*
 * Takes one event, an object, whose texts are copied where they are kept. *r
 * is its record, valid until the next call; *op the operation that it is
 * about, NULL for none. Returns the event's type, "StepStarted", escaped for a
 * terminal, valid as long as *r. What does not fit what came before is in no record's effect, but
 * shown: a history may be of any function, not of ours alone.
 */
const char *events_take(struct events *ev, struct span event, struct record *r,
    const struct op **op);

#endif
