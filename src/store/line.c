/*
 * line.c - takes one canonical JSON line apart, front to back.
 *
 * A checksum says that a line is as it was written, not that it was written
 * by us: the file may be forged. So strings are checked here, once, and all
 * code behind may rely on them.
 */
#include "store/line.h"

#include <string.h>

#include "base/skim.h"

enum { DIGITS_MAX = 18 }; /* what an int64_t surely holds */

bool
line_take(struct line *s, const char *literal, size_t n)
{
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, literal, n) != 0)
		return false;
	s->p += n;
	return true;
}

bool
line_number(struct line *s, int64_t *value)
{
	const char *first = s->p, *end = s->end, *p = first;
	int64_t n = 0;

	if (end - p > DIGITS_MAX)
		end = p + DIGITS_MAX;
	while (p < end && *p >= '0' && *p <= '9')
		n = n * 10 + (*p++ - '0');
	if (p == first || (*first == '0' && p - first > 1) ||
	    (p < s->end && *p >= '0' && *p <= '9'))
		return false;
	s->p = p;
	*value = n;
	return true;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

/* What follows a backslash. */
static bool
take_escape(struct line *s)
{
	if (s->p == s->end || *s->p == '\0' || !strchr("\"\\/bfnrtu", *s->p))
		return false;
	if (*s->p++ != 'u')
		return true;
	if (s->end - s->p < 4)
		return false;
	for (int i = 0; i < 4; i++)
		if (!is_hex(s->p[i]))
			return false;
	s->p += 4;
	return true;
}

bool
line_string(struct line *s, struct text *t)
{
	const char *first;
	size_t n;

	if (!line_take(s, "\"", 1))
		return false;
	for (first = s->p;;) {
		s->p = skim_plain(s->p, s->end);
		if (s->p == s->end)
			return false;
		if (*s->p == '"')
			break;
		if (*s->p == '\\') {
			s->p++;
			if (!take_escape(s))
				return false;
			continue;
		}
		if (skim_is_control(*s->p) ||
		    (n = skim_utf8(s->p, s->end)) == 0)
			return false;
		s->p += n;
	}
	*t = (struct text){ first, (size_t)(s->p - first), true };
	s->p++;
	return true;
}

bool
line_object(struct line *s, struct span *object)
{
	struct text skipped;
	struct err e;
	int depth = 0;

	object->p = s->p;
	if (s->p == s->end || *s->p != '{')
		return false;
	do {
		if (s->p == s->end)
			return false;
		if (*s->p == '"') {
			if (!line_string(s, &skipped))
				return false;
			continue;
		}
		if (*s->p == '{' || *s->p == '[')
			depth++;
		else if (*s->p == '}' || *s->p == ']')
			depth--;
		s->p++;
	} while (depth > 0);
	object->n = (size_t)(s->p - object->p);
	return json_check(object->p, object->n, NULL, &e) == 0;
}
