/*
 * json_span.c - cutting members and elements out of JSON text.
 *
 * The text has passed json_check, so a value ends where its brackets balance
 * and nothing inside is looked at twice. Every step stays in its span all the
 * same and moves on, so that text that was never checked gives nonsense, but
 * no overrun and no endless loop.
 */
#include <string.h>

#include "base/json.h"
#include "base/skim.h"

/* Behind the string whose opening quote is at p. */
static const char *
string_end(const char *p, const char *end)
{
	const char *first = p + 1;

	for (p = first; p < end; p++) {
		const char *back;

		if (!(p = memchr(p, '"', (size_t)(end - p))))
			return end;
		for (back = p; back > first && back[-1] == '\\'; back--)
			;
		if ((p - back) % 2 == 0)
			return p + 1;
	}
	return end;
}

static bool
ends_scalar(char c)
{
	return c == ',' || c == ']' || c == '}' || c == ':' ||
	    (unsigned char)c <= ' ';
}

/* Behind the value that begins at p, which is before end. */
static const char *
value_end(const char *p, const char *end)
{
	size_t depth = 0;

	if (*p == '"')
		return string_end(p, end);
	if (*p != '{' && *p != '[') {
		for (p++; p < end && !ends_scalar(*p); p++)
			;
		return p;
	}
	while (p < end) {
		switch (*p) {
		case '"':
			p = string_end(p, end);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (--depth == 0)
				return p + 1;
			break;
		default:
			break;
		}
		p++;
	}
	return end;
}

static struct span
span_between(const char *p, const char *end)
{
	struct span s = { p, (size_t)(end - p) };

	return s;
}

/* Where the next member or element begins, or NULL at the end. */
static const char *
next_item(struct span container, size_t pos)
{
	const char *p = container.p + pos;
	const char *end = container.p + container.n;

	if (pos >= container.n)
		return NULL;
	p = skim_white(pos == 0 ? p + 1 : p, end);
	if (p < end && *p == ',')
		p = skim_white(p + 1, end);
	return p == end || *p == '}' || *p == ']' ? NULL : p;
}

char
json_kind(struct span v)
{
	if (v.n == 0)
		return '\0';
	return *v.p == '-' || (*v.p >= '0' && *v.p <= '9') ? '0' : *v.p;
}

bool
json_next_element(struct span array, size_t *pos, struct span *value)
{
	const char *end = array.p + array.n;
	const char *p = next_item(array, *pos);

	if (!p)
		return false;
	*value = span_between(p, value_end(p, end));
	*pos = (size_t)(value->p + value->n - array.p);
	return true;
}

bool
json_next_member(struct span object, size_t *pos, struct span *key,
    struct span *value)
{
	const char *end = object.p + object.n;
	const char *p = next_item(object, *pos);

	if (!p || *p != '"')
		return false;
	*key = span_between(p, string_end(p, end));
	p = skim_white(key->p + key->n, end);
	if (p == end || *p != ':')
		return false;
	p = skim_white(p + 1, end);
	if (p == end)
		return false;
	*value = span_between(p, value_end(p, end));
	*pos = (size_t)(value->p + value->n - object.p);
	return true;
}

/* Whether key, with its quotes, is name once unescaped. */
static bool
is_named(struct span key, const char *name, size_t n)
{
	struct buf plain;
	bool same;

	if (!memchr(key.p, '\\', key.n))
		return key.n == n + 2 && memcmp(key.p + 1, name, n) == 0;
	buf_init(&plain, BUF_NO_MAX);
	json_unescape(key, &plain);
	same = plain.len == n && memcmp(buf_str(&plain), name, n) == 0;
	buf_clear(&plain);
	return same;
}

bool
json_find(struct span object, const char *name, struct span *value)
{
	size_t n = strlen(name), pos = 0;
	struct span key, v;
	bool found = false;

	if (json_kind(object) != '{')
		return false;
	while (json_next_member(object, &pos, &key, &v)) {
		if (!is_named(key, name, n))
			continue;
		*value = v;
		found = true;
	}
	return found;
}
