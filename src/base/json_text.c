/*
 * json_text.c - bytes to JSON strings and back, and text for a terminal.
 *
 * Bytes are looked at eight at a time, and appended a block at a time.
 */
#include <string.h>

#include "base/json.h"
#include "base/skim.h"

enum {
	ESCAPED_MAX = 6,      /* bytes that stand for one: \u001f */
	ESCAPED_BLOCK = 1024, /* appended at once */
};

static const char hex_digits[] = "0123456789abcdef";

static unsigned
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return (unsigned)((c | 0x20) - 'a' + 10) & 0xf;
}

/* The number in the four hexadecimal digits at p. */
static unsigned
four_hex(const char *p)
{
	return hex_value(p[0]) << 12 | hex_value(p[1]) << 8 |
	    hex_value(p[2]) << 4 | hex_value(p[3]);
}

static void
put_utf8(unsigned c, struct buf *out)
{
	char bytes[4];
	size_t n;

	if (c < 0x80) {
		bytes[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		bytes[0] = (char)(0xc0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		bytes[0] = (char)(0xe0 | c >> 12);
		n = 3;
	} else {
		bytes[0] = (char)(0xf0 | c >> 18);
		n = 4;
	}
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	buf_put(out, bytes, n);
}

/* Appends what the \u escape at p stands for. Returns where it ends. */
static const char *
unescape_unicode(const char *p, const char *end, struct buf *out)
{
	unsigned c, low = 0;

	if (end - p < 6)
		return end;
	c = four_hex(p + 2);
	p += 6;
	if ((c & 0xfc00) == 0xd800 && end - p >= 6 && p[0] == '\\' &&
	    p[1] == 'u')
		low = four_hex(p + 2);
	if ((low & 0xfc00) == 0xdc00) {
		c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
		p += 6;
	}
	put_utf8((c & 0xf800) == 0xd800 ? 0xfffd : c, out);
	return p;
}

/* The same for the escape at p, whichever it is. */
static const char *
unescape_one(const char *p, const char *end, struct buf *out)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	const char *letter;

	if (end - p < 2)
		return end;
	if (p[1] == 'u')
		return unescape_unicode(p, end, out);
	letter = memchr(letters, p[1], strlen(letters));
	buf_put_char(out, letter ? meanings[letter - letters] : p[1]);
	return p + 2;
}

void
json_unescape(struct span v, struct buf *out)
{
	const char *p, *end;

	if (v.n < 2)
		return;
	p = v.p + 1;
	end = v.p + v.n - 1;
	while (p < end) {
		const char *run = p;

		p = memchr(p, '\\', (size_t)(end - p));
		if (!p)
			p = end;
		buf_put(out, run, (size_t)(p - run));
		if (p < end)
			p = unescape_one(p, end, out);
	}
}

void
json_unescape_member(struct span object, const char *name, struct buf *out)
{
	struct span v;

	if (object.p && json_find(object, name, &v) && json_kind(v) == '"')
		json_unescape(v, out);
}

/* Writes what stands for c in a JSON string, ESCAPED_MAX bytes at most, to to.
 * Returns where it ends. */
static char *
escape_one(char c, char *to)
{
	static const char meanings[] = "\"\\\n\t\r\b\f",
			  letters[] = "\"\\ntrbf";
	const char *meaning;

	if (!skim_is_control(c) && c != '"' && c != '\\') {
		*to++ = c;
		return to;
	}
	*to++ = '\\';
	meaning = memchr(meanings, c, strlen(meanings));
	if (meaning) {
		*to++ = letters[meaning - meanings];
		return to;
	}
	memcpy(to, "u00", 3);
	to[3] = hex_digits[(unsigned char)c >> 4];
	to[4] = hex_digits[c & 0xf];
	return to + 5;
}

/* Escapes up to eight bytes off *p, to to. Returns where that ends. */
static char *
escape_step(const char **p, const char *end, char *to)
{
	const char *stop = end;

	if (end - *p >= SKIM_STEP) {
		stop = *p + SKIM_STEP;
		if (skim_needs_no_escape(skim_load(*p))) {
			memcpy(to, *p, SKIM_STEP);
			*p = stop;
			return to + SKIM_STEP;
		}
	}
	while (*p < stop)
		to = escape_one(*(*p)++, to);
	return to;
}

void
json_escape(const char *p, size_t n, struct buf *out)
{
	const char *end = p + n;
	char block[ESCAPED_BLOCK];
	const char *full = block + sizeof(block) - SKIM_STEP * ESCAPED_MAX;

	buf_put_char(out, '"');
	while (p < end) {
		char *to = block;

		while (p < end && to <= full)
			to = escape_step(&p, end, to);
		buf_put(out, block, (size_t)(to - block));
	}
	buf_put_char(out, '"');
}

bool
utf8_is_text(const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end) {
		size_t length;

		if (end - p >= SKIM_STEP) {
			uint64_t x = skim_load(p);

			if (!(x & SKIM_HIGHS) && !skim_has_below(x, 1)) {
				p += SKIM_STEP;
				continue;
			}
		}
		length = skim_utf8(p, end);
		if (length == 0 || *p == '\0')
			return false;
		p += length;
	}
	return true;
}

/* The length of what can be shown as it is at p; 0 when that is nothing. */
static size_t
printable(const char *p, const char *end)
{
	size_t n = skim_is_control(*p) ? 0 : skim_utf8(p, end);

	/* U+0080 to U+009F are control characters as well. */
	if (n == 2 && (unsigned char)p[0] == 0xc2 && (unsigned char)p[1] < 0xa0)
		return 0;
	return n;
}

void
text_escape(const char *p, size_t n, struct buf *out)
{
	const char *end = p + n;

	while (p < end) {
		const char *run = p;
		char text[4] = "\\x";
		size_t length = 0;

		while (p < end && (length = printable(p, end)) > 0)
			p += length;
		buf_put(out, run, (size_t)(p - run));
		if (p == end)
			return;
		text[2] = hex_digits[(unsigned char)*p >> 4];
		text[3] = hex_digits[*p & 0xf];
		buf_put(out, text, sizeof(text));
		p++;
	}
}
