/*
 * queue.h - updates that the service has not acknowledged yet, in order.
 */
#ifndef DURABLE_QUEUE_H
#define DURABLE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "model/op.h"

struct queue;

enum {
	QUEUE_UPDATES_MAX = 250, /* of one request */
	QUEUE_BYTES_MAX = 750 *
	    1024, /* of its body; one that is larger goes alone */
};

struct queue *queue_new(void);
void queue_free(struct queue *q); /* q may be NULL */

/* Adds *u, an update of op. Everything is copied, op borrowed. */
void queue_add(struct queue *q, const struct op *op, const struct update *u);

/* Adds the success of the execution itself. */
void queue_add_end(struct queue *q, struct span result);

/*
 * Appends a request's body with as much of the queue as goes into one, and
 * marks that as sent. *n is how many updates there are in it. An operation is
 * in a request once, but for a START with what follows it. ERR_IO: there are
 * no random bytes for the ClientToken.
 */
int queue_put_request(struct queue *q, const char *token, struct buf *out,
    size_t *n, struct err *e) MUST_USE;

/* Takes away what was sent; returns how many updates that were. */
size_t queue_drop_sent(struct queue *q);

bool queue_is_empty(const struct queue *q);
bool queue_is_empty_behind_sent(const struct queue *q);

/* Whether a request can hold no more than what is there. */
bool queue_is_full(const struct queue *q);

/* Whether there is an update of op that was not sent yet. */
bool queue_has_unsent(const struct queue *q, const struct op *op);

#endif
