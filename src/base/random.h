/*
 * random.h - random bytes, and what is made of them.
 */
#ifndef DURABLE_RANDOM_H
#define DURABLE_RANDOM_H

#include <stddef.h>

#include "base/err.h"

enum { UUID_SIZE = 37 }; /* with its NUL */

/* Fills p with at most 256 bytes that nobody can guess. ERR_IO. */
int random_bytes(void *p, size_t n, struct err *e) MUST_USE;

/* Writes n of them as 2 * n hex digits and a NUL; n is at most 64. ERR_IO. */
int random_hex(char *out, size_t n, struct err *e) MUST_USE;

/* Writes a random UUID, version 4, and a NUL: UUID_SIZE bytes. ERR_IO. */
int random_uuid(char *out, struct err *e) MUST_USE;

/* From 0 up to 1, for jitter; 0.5 where there is no randomness. */
double random_fraction(void);

#endif
