/*
 * json_path.c - the plain paths among jq's filters, followed in the text.
 *
 * Only what means the same in every jq is a path here; all else is libjq's.
 * The grammar: "." alone, or parts one after the other, the first with a dot
 * before it: .name  ."name"  ["name"]  [number].
 */
#include <string.h>

#include "base/json.h"

enum { INDEX_DIGITS_MAX = 9 };

/* One part of a path: a name or, when name.p is NULL, an index. */
struct part {
	struct span name; /* with its quotes, or bare */
	long index;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes "name", which is a JSON string: jq's \( ) is none. A name with a NUL
 * in it is left to libjq: json_find takes a C string. */
static bool
take_string(const char **p, struct span *name)
{
	const char *end = *p + 1, *nul;
	struct err ignored;

	while (*end && *end != '"')
		end += end[0] == '\\' && end[1] ? 2 : 1;
	if (!*end)
		return false;
	end++;
	if ((nul = strstr(*p, "\\u0000")) && nul < end)
		return false;
	if (json_check(*p, (size_t)(end - *p), name, &ignored) < 0)
		return false;
	*p = end;
	return true;
}

static bool
take_index(const char **p, long *index)
{
	bool minus = **p == '-';
	int digits = 0;

	*p += minus;
	for (*index = 0; is_digit(**p); ++*p) {
		if (++digits > INDEX_DIGITS_MAX)
			return false;
		*index = *index * 10 + (**p - '0');
	}
	if (digits == 0 || (minus && *index == 0))
		return false;
	if (minus)
		*index = -*index;
	return true;
}

/* Takes ["name"] or [number]. */
static bool
take_bracket(const char **p, struct part *part)
{
	++*p;
	if (**p == '"' ? !take_string(p, &part->name)
		       : !take_index(p, &part->index))
		return false;
	return *(*p)++ == ']';
}

/* Takes the next part off *p. Returns 1, 0 at the end, -1 when there is
 * something else. */
static int
next_part(const char **p, bool first, struct part *part)
{
	part->name.p = NULL;
	if (!**p && !first)
		return 0;
	if (**p == '[' && !first)
		return take_bracket(p, part) ? 1 : -1;
	if (**p != '.')
		return -1;
	++*p;
	if (!**p && first)
		return 0;
	if (**p == '[' && first)
		return take_bracket(p, part) ? 1 : -1;
	if (**p == '"')
		return take_string(p, &part->name) ? 1 : -1;
	if (!is_letter(**p))
		return -1;
	part->name.p = *p;
	while (is_letter(**p) || is_digit(**p))
		++*p;
	part->name.n = (size_t)(*p - part->name.p);
	return 1;
}

static bool
find_member(struct span object, struct span name, struct span *value)
{
	struct buf plain;
	bool found;

	buf_init(&plain, BUF_NO_MAX);
	if (name.p[0] == '"')
		json_unescape(name, &plain);
	else
		buf_put(&plain, name.p, name.n);
	found = json_find(object, buf_str(&plain), value);
	buf_clear(&plain);
	return found;
}

static bool
find_element(struct span array, long index, struct span *value)
{
	size_t pos = 0;

	if (index < 0) {
		while (json_next_element(array, &pos, value))
			index++;
		if (index < 0)
			return false;
		/* What was -3 of 10 elements is 7 by now. */
		pos = 0;
	}
	while (json_next_element(array, &pos, value))
		if (index-- == 0)
			return true;
	return false;
}

bool
json_is_path(const char *filter)
{
	struct part part;
	int more = next_part(&filter, true, &part);

	while (more > 0)
		more = next_part(&filter, false, &part);
	return more == 0;
}

int
json_path(struct span v, const char *filter, struct span *value)
{
	struct part part;
	bool first = true;

	if (!json_is_path(filter))
		return -1;
	while (next_part(&filter, first, &part) > 0) {
		first = false;
		/* A part of null is null, and so are all that follow. */
		if (json_kind(v) == 'n')
			return 0;
		if (json_kind(v) != (part.name.p ? '{' : '['))
			return -2;
		if (part.name.p ? !find_member(v, part.name, &v)
				: !find_element(v, part.index, &v))
			return 0;
	}
	*value = v;
	return 1;
}
