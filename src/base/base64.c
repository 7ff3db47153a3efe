/*
 * base64.c - RFC 4648 base64 with padding.
 *
 * Decoding takes the one text that encoding gives and no other: no white
 * space, no missing padding, no bits set behind the last byte.
 */
#include "base/json.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(const void *p, size_t n, struct buf *out)
{
	const unsigned char *from = p;
	size_t size = n / 3 * 4 + (n % 3 ? 4 : 0);
	char *to = buf_room(out, size);

	if (!to)
		return;
	for (; n >= 3; n -= 3, from += 3) {
		*to++ = alphabet[from[0] >> 2];
		*to++ = alphabet[(from[0] & 3) << 4 | from[1] >> 4];
		*to++ = alphabet[(from[1] & 15) << 2 | from[2] >> 6];
		*to++ = alphabet[from[2] & 63];
	}
	if (n > 0) {
		unsigned second = n == 2 ? from[1] : 0;

		*to++ = alphabet[from[0] >> 2];
		*to++ = alphabet[(from[0] & 3U) << 4 | second >> 4];
		*to++ = n == 2 ? alphabet[(second & 15) << 2] : '=';
		*to++ = '=';
	}
	buf_added(out, size);
}

/* The value of a character of the alphabet, else -1. */
static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* The number in n characters, or -1 when one is not of the alphabet. */
static long
group_of(const char *p, size_t n)
{
	long group = 0;

	for (size_t i = 0; i < n; i++) {
		int value = value_of(p[i]);

		if (value < 0)
			return -1;
		group = group << 6 | value;
	}
	return group << 6 * (4 - n);
}

int
base64_decode(const char *p, size_t n, struct buf *out)
{
	size_t padding = 0, size;
	char *to;

	if (n % 4 != 0)
		return -1;
	if (n > 0 && p[n - 1] == '=')
		padding = p[n - 2] == '=' ? 2 : 1;
	size = n / 4 * 3 - padding;
	if (!(to = buf_room(out, size)))
		return 0; /* as for any put: buf_overflowed tells */
	for (const char *end = p + n; p < end; p += 4) {
		size_t cut = end - p == 4 ? padding : 0;
		long group = group_of(p, 4 - cut);

		if (group < 0 || (group & ((1L << 8 * cut) - 1)) != 0)
			return -1; /* what is in to was not added */
		for (size_t i = 0; i < 3 - cut; i++)
			*to++ = (char)(group >> (16 - 8 * i) & 0xff);
	}
	buf_added(out, size);
	return 0;
}
