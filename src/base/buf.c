/*
 * buf.c - bytes that grow, up to a maximum given at the start.
 *
 * The memory doubles, so that n puts cost n. A put that does not fit puts
 * nothing at all: a buf that has overflowed holds whole puts only.
 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { FIRST_SIZE = 64 };

void
buf_init(struct buf *b, size_t max_bytes)
{
	memset(b, 0, sizeof(*b));
	b->max = max_bytes;
}

void
buf_clear(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = b->off = 0;
	b->overflow = false;
	if (b->data)
		b->data[0] = '\0';
}

void
buf_compact(struct buf *b)
{
	if (b->off == 0)
		return;
	b->len -= b->off;
	/* With the NUL; len bytes are behind off, so data is there. */
	memmove(b->data, b->data + b->off, b->len + 1);
	b->off = 0;
}

bool
buf_overflowed(const struct buf *b)
{
	return b->overflow;
}

const char *
buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *
buf_steal(struct buf *b)
{
	char *data = b->data ? b->data : xmemdup("", 0);

	buf_init(b, b->max);
	return data;
}

/* Makes size at least n, by doubling. n is at most SIZE_MAX / 2. */
static void
grow(struct buf *b, size_t n)
{
	size_t size = b->size ? b->size : FIRST_SIZE;

	while (size < n)
		size *= 2;
	b->data = xrealloc(b->data, size);
	b->size = size;
	b->data[b->len] = '\0';
}

char *
buf_room(struct buf *b, size_t n)
{
	/* Half of what can be addressed: twice that does not wrap around. */
	size_t max = b->max != BUF_NO_MAX ? b->max : SIZE_MAX / 2 - 1;

	if (b->overflow || n > max - b->len) {
		b->overflow = true;
		return NULL;
	}
	if (n >= b->size - b->len)
		grow(b, b->len + n + 1);
	return b->data + b->len;
}

void
buf_added(struct buf *b, size_t n)
{
	assert(n < b->size - b->len);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	char *to;

	if (n == 0 || !(to = buf_room(b, n)))
		return;
	memcpy(to, p, n);
	buf_added(b, n);
}

void
buf_put_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_put_char(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	char *to;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		b->overflow = true; /* longer than INT_MAX */
	else if ((to = buf_room(b, (size_t)n))) {
		vsnprintf(to, (size_t)n + 1, fmt, again);
		buf_added(b, (size_t)n);
	}
	va_end(again);
}

/* Puts the lowest n bytes of v, the highest of them first. */
static void
put_number(struct buf *b, uint64_t v, size_t n)
{
	unsigned char bytes[8];

	for (size_t i = n; i > 0; i--) {
		bytes[i - 1] = (unsigned char)(v & 0xff);
		v >>= 8;
	}
	buf_put(b, bytes, n);
}

void
buf_put_u8(struct buf *b, uint8_t v)
{
	put_number(b, v, 1);
}

void
buf_put_u32(struct buf *b, uint32_t v)
{
	put_number(b, v, 4);
}

void
buf_put_u64(struct buf *b, uint64_t v)
{
	put_number(b, v, 8);
}

void
buf_put_lstr(struct buf *b, const void *p, size_t n)
{
	/* Both or neither, so that a length never stands without its bytes. */
	if (n > UINT32_MAX - 4 || !buf_room(b, 4 + n)) {
		b->overflow = true;
		return;
	}
	buf_put_u32(b, (uint32_t)n);
	buf_put(b, p, n);
}

static int
take_number(struct buf *b, uint64_t *v, size_t n)
{
	if (n > b->len - b->off)
		return -1;
	*v = 0;
	for (size_t i = 0; i < n; i++)
		*v = *v << 8 | (unsigned char)b->data[b->off + i];
	b->off += n;
	return 0;
}

int
buf_take_u8(struct buf *b, uint8_t *v)
{
	uint64_t n;

	if (take_number(b, &n, 1) < 0)
		return -1;
	*v = (uint8_t)n;
	return 0;
}

int
buf_take_u32(struct buf *b, uint32_t *v)
{
	uint64_t n;

	if (take_number(b, &n, 4) < 0)
		return -1;
	*v = (uint32_t)n;
	return 0;
}

int
buf_take_u64(struct buf *b, uint64_t *v)
{
	return take_number(b, v, 8);
}

int
buf_take_lstr(struct buf *b, const char **p, size_t *n)
{
	size_t start = b->off;
	uint32_t length;

	if (buf_take_u32(b, &length) < 0)
		return -1;
	if (length > b->len - b->off) {
		b->off = start;
		return -1;
	}
	*p = b->data + b->off;
	*n = length;
	b->off += length;
	return 0;
}
