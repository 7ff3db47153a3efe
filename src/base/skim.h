/*
 * skim.h - quick steps over text, eight bytes at a time where that pays.
 *
 * Shared by the files that read and write JSON and UTF-8. Inline, as each is
 * called once for a run of bytes and runs are short in most texts.
 */
#ifndef DURABLE_SKIM_H
#define DURABLE_SKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SKIM_ONES  UINT64_C(0x0101010101010101)
#define SKIM_HIGHS UINT64_C(0x8080808080808080)

enum { SKIM_STEP = 8 };

static inline uint64_t
skim_load(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* Whether one of the eight bytes is below n, which is 128 at most. */
static inline bool
skim_has_below(uint64_t x, unsigned n)
{
	return (x - SKIM_ONES * n) & ~x & SKIM_HIGHS;
}

static inline bool
skim_has(uint64_t x, char c)
{
	return skim_has_below(x ^ SKIM_ONES * (unsigned char)c, 1);
}

static inline bool
skim_is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static inline bool
skim_is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

/* Whether all eight bytes can stand for themselves in a JSON string. */
static inline bool
skim_needs_no_escape(uint64_t x)
{
	return !skim_has_below(x, 0x20) && !skim_has(x, '"') &&
	    !skim_has(x, '\\') && !skim_has(x, 0x7f);
}

/* The high bit of each byte that is n or more, and ASCII; n is 128 at most. */
static inline uint64_t
skim_from(uint64_t x, unsigned n)
{
	return ((x | SKIM_HIGHS) - SKIM_ONES * n) & ~x;
}

/* Whether all eight bytes are of 0 to 9 and a to f. */
static inline bool
skim_is_hex(uint64_t x)
{
	uint64_t digits = skim_from(x, '0') & ~skim_from(x, '9' + 1);
	uint64_t letters = skim_from(x, 'a') & ~skim_from(x, 'f' + 1);

	return ((digits | letters) & SKIM_HIGHS) == SKIM_HIGHS;
}

/* The high bit of each byte that is not ASCII or may not stand for itself in a
 * JSON string. */
static inline uint64_t
skim_stops(uint64_t x)
{
	return (~skim_from(x, 0x20) | ~skim_from(x ^ SKIM_ONES * '"', 1) |
		   ~skim_from(x ^ SKIM_ONES * '\\', 1) |
		   ~skim_from(x ^ SKIM_ONES * 0x7f, 1)) &
	    SKIM_HIGHS;
}

/* To the first byte that may not stand for itself in a JSON string, or to the
 * first that is not ASCII. */
static inline const char *
skim_plain(const char *p, const char *end)
{
	for (; end - p >= SKIM_STEP; p += SKIM_STEP) {
		uint64_t stops = skim_stops(skim_load(p));

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		if (stops)
			return p + __builtin_ctzll(stops) / SKIM_STEP;
#endif
		if (stops)
			break;
	}
	while (p < end && skim_is_ascii(*p) && !skim_is_control(*p) &&
	    *p != '"' && *p != '\\')
		p++;
	return p;
}

static inline const char *
skim_white(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* The length of the UTF-8 character at p, which is before end; 0 when it is
 * none: cut short, overlong, a surrogate, beyond U+10FFFF. */
static inline size_t
skim_utf8(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t left = (size_t)(end - p);

	if (u[0] < 0x80)
		return 1;
	if (left < 2 || u[0] < 0xc2 || (u[1] & 0xc0) != 0x80)
		return 0;
	if (u[0] < 0xe0)
		return 2;
	if (left < 3 || (u[2] & 0xc0) != 0x80)
		return 0;
	if (u[0] < 0xf0)
		return (u[0] == 0xe0 && u[1] < 0xa0) ||
			(u[0] == 0xed && u[1] > 0x9f)
		    ? 0
		    : 3;
	if (left < 4 || (u[3] & 0xc0) != 0x80 || u[0] > 0xf4)
		return 0;
	return (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f)
	    ? 0
	    : 4;
}

#endif
