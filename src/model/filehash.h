/*
 * filehash.h - what is recorded of a file that a step wrote.
 */
#ifndef DURABLE_FILEHASH_H
#define DURABLE_FILEHASH_H

#include <stdint.h>

#include "base/err.h"

enum { FILEHASH_SIZE = 17 }; /* 16 hex digits and NUL */

/* The file's size in bytes and its 64-bit XXH3 hash. ERR_IO. */
int filehash_read(const char *path, char digest[FILEHASH_SIZE], uint64_t *size,
    struct err *e) MUST_USE;

#endif
