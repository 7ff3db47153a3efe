/*
 * json.h - JSON as text: checked, cut, escaped; never a tree.
 *
 * User values are opaque: they are checked once by json_check and then only
 * cut out of their text, so every digit of every number stays as it was.
 * A span points into the caller's text and is valid as long as that is.
 * All functions but json_check expect text that json_check has accepted.
 */
#ifndef DURABLE_JSON_H
#define DURABLE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct span {
	const char *p;
	size_t n;
};

enum { JSON_DEPTH_MAX = 512 };

/*
 * Strict RFC 8259, valid UTF-8 required (no surrogates, no overlong forms),
 * exactly one value with white space around it, depth at most JSON_DEPTH_MAX.
 * *value (may be NULL) is set to the value without that white space.
 * ERR_USAGE with the byte offset and what is wrong there.
 */
int json_check(const char *p, size_t n, struct span *value,
    struct err *e) MUST_USE;

/* The kind of a value by its first byte: one of { [ " t f n 0. */
char json_kind(struct span v);

/*
 * Steps through an object's members or an array's elements. *pos is 0 at the
 * start. Returns false at the end. key is the raw text with its quotes.
 */
bool json_next_member(struct span object, size_t *pos, struct span *key,
    struct span *value);
bool json_next_element(struct span array, size_t *pos, struct span *value);

/* Finds a member by its unescaped name; the last of equals. */
bool json_find(struct span object, const char *name, struct span *value);

/*
 * Follows a plain jq path: `.`, `.a.b[0]`, `."x y".z`, `.a["b"]`, `.[-1]`.
 * Returns 1 with *value set, 0 when the path leads to nothing (null in jq),
 * -1 when filter is not a plain path (let libjq do it) and -2 when the path
 * does not fit the value (index of a string, ...): let libjq word the error.
 */
int json_path(struct span v, const char *filter, struct span *value);

/* Whether filter has the form that json_path follows. */
bool json_is_path(const char *filter);

/* Appends the string's bytes without quotes and escapes, as UTF-8. A lone
 * \uD800 style surrogate becomes U+FFFD. v is the text with its quotes. */
void json_unescape(struct span v, struct buf *out);

/* The same of an object's member of that name; nothing when it is not there or
 * no string. No object (p NULL) has none. */
void json_unescape_member(struct span object, const char *name,
    struct buf *out);

/*
 * Appends "..." with quotes: p is UTF-8; ", \ and control characters are
 * escaped (\n \t \r \b \f by letter, others \u00XX, also U+007F).
 */
void json_escape(const char *p, size_t n, struct buf *out);

/* Whether the n bytes are valid UTF-8 without NUL. */
bool utf8_is_text(const char *p, size_t n);

/* RFC 4648 base64 with padding. Decoding is strict; -1 when it is not that. */
void base64_encode(const void *p, size_t n, struct buf *out);
int base64_decode(const char *p, size_t n, struct buf *out) MUST_USE;

/* Appends text for a terminal: control characters and bytes that are not
 * UTF-8 as \xNN, so that recorded text cannot steer it. */
void text_escape(const char *p, size_t n, struct buf *out);

#endif
