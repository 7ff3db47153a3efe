/*
 * wire.h - updates and operations as the JSON of the durable execution API.
 */
#ifndef DURABLE_WIRE_H
#define DURABLE_WIRE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "model/op.h"

#define WIRE_VERSION "/2025-12-01" /* what paths of the API begin with */

/* Appends the path of an execution and the rest: one of the calls about it. */
void wire_put_path(const char *arn, const char *rest, struct buf *out);

/* Appends one OperationUpdate. Members that say nothing are left out: the
 * service takes neither null nor "" for an absent one. */
void wire_put_update(const struct update *u, struct buf *out);

/* An Operation of the service. All texts are borrowed from the body. */
struct wire_op {
	struct text id, parent_id, name; /* none where absent */
	int type, subtype;               /* -1: not known here */
	int status;                      /* the same */
	bool replay_children;
	uint32_t attempt;
	struct text result, error, callback_id;
	struct text input; /* of the EXECUTION */
	int64_t due;       /* instant: end of the wait, next attempt; or 0 */
};

/* ERR_CORRUPT when it is no operation: no object, no Id. Unknown members are
 * passed over. */
int wire_take_operation(struct span object, struct wire_op *out,
    struct err *e) MUST_USE;

/* A string member of an object as it stands there; none when it is absent,
 * null or of another kind. */
struct text wire_string(struct span object, const char *name);

/* An instant of a member: milliseconds in events, seconds with a fraction in
 * answers, or RFC 3339. 0 when there is none. */
int64_t wire_instant(struct span object, const char *name);

#endif
