/*
 * service.h - the timers of the local service, over the operations' table.
 *
 * On a context file the engine is also the service: it ends waits, makes
 * retries ready and times callbacks out. Due times are wall-clock instants
 * from the log; a timer never fires before its recorded time.
 */
#ifndef DURABLE_SERVICE_H
#define DURABLE_SERVICE_H

#include "model/table.h"

struct service;

/* Watches every operation of t that has a due time. t is borrowed. */
struct service *service_new(struct table *t);
void service_free(struct service *s);

/* Watches op (again) after an update that gave it a due time. */
void service_watch(struct service *s, struct op *op);

/* The earliest due time there is, or TIME_NEVER. */
int64_t service_next_due(struct service *s);

/*
 * The next operation whose time has come at now, with what it comes to:
 * STATUS_SUCCEEDED for a wait, STATUS_READY for a step, STATUS_TIMED_OUT for
 * a callback (*is_heartbeat tells which limit). NULL when there is none. The
 * caller settles it in the table before the next call.
 */
struct op *service_take_due(struct service *s, int64_t now,
    enum op_status *status, bool *is_heartbeat);

#endif
