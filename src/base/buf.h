/*
 * buf.h - bytes that grow, up to a maximum given at the start.
 *
 * A buf is embedded and initialised with buf_init. Reaching the maximum is
 * remembered: later puts do nothing, and buf_overflowed() tells. So a writer
 * need not check each put, only the end. A NUL is always kept behind the
 * last byte, so data can be used as a string when it holds no NUL itself.
 *
 * take functions read from the front (off moves on); each returns -1 when
 * the bytes are not there, and leaves off where it was then.
 */
#ifndef DURABLE_BUF_H
#define DURABLE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data;  /* NULL until the first put; use buf_str to read as text */
	size_t len;  /* bytes in data */
	size_t off;  /* where the next take reads */
	size_t size; /* allocated */
	size_t max;  /* len never exceeds it */
	bool overflow;
};

/* A maximum for what only our own code fills. */
enum { BUF_NO_MAX = 0 };

void buf_init(struct buf *b, size_t max_bytes);

/* Frees the bytes and leaves b as after buf_init, with the same maximum. */
void buf_clear(struct buf *b);

/* Forgets the bytes but keeps the memory, for the next use. */
void buf_reset(struct buf *b);

/* Drops what has been taken, moving the rest to the front. */
void buf_compact(struct buf *b);

bool buf_overflowed(const struct buf *b);

/* The bytes as a string; "" when there are none. Valid until the next put. */
const char *buf_str(const struct buf *b);

/* Hands the bytes (with a NUL behind) to the caller, who frees them. */
char *buf_steal(struct buf *b);

/* Makes room for n more bytes and returns where they go; then call buf_added.
 * Returns NULL, and sets overflow, when that would exceed the maximum. */
char *buf_room(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_str(struct buf *b, const char *s); /* without its NUL */
void buf_put_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Big-endian numbers; lstr is a u32 length and its bytes (any byte). */
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_lstr(struct buf *b, const void *p, size_t n);

int buf_take_u8(struct buf *b, uint8_t *v);
int buf_take_u32(struct buf *b, uint32_t *v);
int buf_take_u64(struct buf *b, uint64_t *v);

/* *p points into the buf (no NUL behind it), valid until the next put. */
int buf_take_lstr(struct buf *b, const char **p, size_t *n);

#endif
