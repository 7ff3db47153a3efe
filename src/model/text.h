/*
 * text.h - bytes that are opaque to us, plain or as they stand in a record.
 *
 * A record holds strings JSON-escaped. To hand out a value that was loaded we
 * unescape it then and not before: loading stays a scan. A text is borrowed
 * unless its holder says otherwise.
 */
#ifndef DURABLE_TEXT_H
#define DURABLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct text {
	const char *p; /* NULL: there is none (not the same as empty) */
	size_t n;
	bool escaped; /* what stands between the quotes of a JSON string */
};

struct text text_of(const char *s); /* plain; NULL gives none */
struct text text_bytes(const char *p, size_t n);

/* Appends the plain bytes. Nothing for none. */
void text_put_plain(struct text t, struct buf *out);

/* The plain bytes with a NUL behind, allocated; NULL for none. */
char *text_dup(struct text t);

/* Appends the text as a JSON string with quotes. */
void text_put_quoted(struct text t, struct buf *out);

/* Whether the plain bytes of the two are the same. */
bool text_equal(struct text a, struct text b);

#endif
