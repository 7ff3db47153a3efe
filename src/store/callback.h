/*
 * callback.h - callback ids of the local service.
 *
 * Whoever completes a callback has nothing but its id, so the id leads to the
 * context file: it is base64url without padding of a version byte, 17 random
 * bytes and the file's absolute path. It is opaque to all others.
 */
#ifndef DURABLE_CALLBACK_H
#define DURABLE_CALLBACK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "model/table.h"
#include "store/backend.h"

enum { CALLBACK_ID_MAX = 1024 }; /* characters, the API's limit */

/*
 * Appends a new id. path is absolute. ERR_REFUSED when it is too long for the
 * limit; ERR_IO when there are no random bytes to be had.
 */
int callback_id_make(const char *path, struct buf *out, struct err *e) MUST_USE;

/* Appends the path of the context file that id leads to. ERR_USAGE, "Invalid
 * callback id", when it is none of ours. */
int callback_id_path(const char *id, struct buf *out, struct err *e) MUST_USE;

/* The operation with that callback id, or NULL. Compares in a time that does
 * not tell how much of the id was right. */
struct op *callback_find(struct table *t, const char *id);

/* What somebody outside says of a callback or of a chained invoke. */
struct completion {
	enum op_type type;     /* OP_CALLBACK or OP_INVOKE */
	struct span id;        /* the callback's id, or the operation's */
	enum op_status status; /* SUCCEEDED, FAILED, TIMED_OUT, STOPPED; STARTED
	                          is a heartbeat */
	struct span result;    /* p NULL: none */
	struct span error;     /* an error object */
};

/*
 * Records it as an event; commit is the caller's. *done is the operation.
 * ERR_MISSING when there is no such operation here; ERR_REFUSED when it has
 * its outcome already (names it), or the execution has.
 */
int completion_record(struct backend *b, const struct completion *c,
    int64_t now, struct op **done, struct err *e) MUST_USE;

#endif
