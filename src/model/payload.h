/*
 * payload.h - a value of the user's as it is recorded, and back.
 *
 * Text is recorded as a JSON string, bytes that are no text as
 * {"$base64":"..."}, JSON as given, the output of an --encode command
 * verbatim. With statuses accepted (--accept) it is wrapped as
 * {"$exit":N,"$value":V}. How a payload is read follows the operation's
 * options, never its looks.
 */
#ifndef DURABLE_PAYLOAD_H
#define DURABLE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

enum payload_form {
	PAYLOAD_TEXT, /* without trailing newlines */
	PAYLOAD_RAW,  /* every byte */
	PAYLOAD_JSON,
};

enum {
	PAYLOAD_LAMBDA_MAX = 262144, /* a step's or context's */
	PAYLOAD_INPUT_MAX = 6291456, /* an execution's input or result */
	PAYLOAD_UPDATE_WITH_ERROR_MAX = 32768,
};

/*
 * Appends what is recorded for the n bytes of output. ERR_USAGE for
 * PAYLOAD_JSON that is not one JSON value ("is not JSON: ... at byte 12").
 */
int payload_record(enum payload_form form, const char *p, size_t n,
    struct buf *out, struct err *e) MUST_USE;

/*
 * Appends what is printed for a recorded payload: text and JSON with one
 * newline behind (nothing for empty text), raw bytes as they are. bare prints
 * a JSON string without quotes (-r). Nothing for no payload (p NULL).
 * ERR_CORRUPT when the payload has not the form that the options ask for.
 */
int payload_print(enum payload_form form, bool bare, struct span recorded,
    struct buf *out, struct err *e) MUST_USE;

/* {"$exit":N,"$value":V} around an already recorded value (p NULL: none, then
 * {"$exit":N}), and back: ERR_CORRUPT. V need not be JSON. */
void payload_wrap_exit(int status, struct span recorded, struct buf *out);
int payload_unwrap_exit(struct span wrapped, int *status, struct span *recorded,
    struct err *e) MUST_USE;

/*
 * An error object's text: {"ErrorType":"..","ErrorMessage":".."[,"ErrorData":
 * ".."]}; data is opaque text or NULL. Message and data are cut so that the
 * whole stays under PAYLOAD_UPDATE_WITH_ERROR_MAX less 4096 bytes once escaped,
 * a type to 1024; with data, message gets at most half of it.
 * Bytes that are not UTF-8 become U+FFFD.
 */
void error_put(const char *type, const char *message, size_t message_n,
    const char *data, size_t data_n, struct buf *out);

/* Appends what the handler printed, as the execution's result: one JSON object
 * or array is JSON, anything else a string, nothing is none. */
int payload_of_output(const struct buf *output, struct buf *out,
    struct err *e) MUST_USE;

#endif
