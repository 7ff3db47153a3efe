/*
 * memory_backend.h - store/backend.h without a file, for tests of the engine.
 *
 * It keeps a copy of every update and of every timer that fired, so that the
 * table can be made anew from them, as after the death of a process.
 */
#ifndef DURABLE_MEMORY_BACKEND_H
#define DURABLE_MEMORY_BACKEND_H

#include "store/backend.h"

/* fail_after: this many updates succeed, all others fail; -1 for never. */
struct backend *memory_backend_new(int fail_after);

/* A new backend whose table is what b was told; b is closed. */
struct backend *memory_backend_reload(struct backend *b);

/* What update was told, one a line: "START STEP charge". */
const char *memory_backend_log(const struct backend *b);

/* A callback, the only one of that name, ends with result. */
int memory_backend_settle(struct backend *b, const char *name,
    const char *result, int64_t now);

#endif
