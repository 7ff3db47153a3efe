/*
 * line.h - takes one canonical JSON line apart, front to back.
 *
 * For the codec of the context file alone. Nothing is allocated: what is
 * found points into the line. Every function returns whether the bytes at the
 * front were that, and has moved on if so; what it returns false for leaves
 * the line refused, so where it then stands does not matter.
 */
#ifndef DURABLE_LINE_H
#define DURABLE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "model/text.h"

/* What is left of it. */
struct line {
	const char *p, *end;
};

/* The n bytes at s. Where they are not there, s has not moved. */
bool line_take(struct line *s, const char *literal, size_t n);

/* The same for a string without NUL. Inline: its length is mostly known. */
static inline bool
line_literal(struct line *s, const char *literal)
{
	return line_take(s, literal, strlen(literal));
}

/* A whole number, not negative, of at most 18 digits: no sum of it and a time
 * in milliseconds exceeds int64_t. */
bool line_number(struct line *s, int64_t *value);

/* A string: valid UTF-8 and valid escapes; t is what is between the quotes,
 * marked as escaped. */
bool line_string(struct line *s, struct text *t);

/* A valid JSON object, with everything in it. */
bool line_object(struct line *s, struct span *object);

#endif
