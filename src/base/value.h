/*
 * value.h - a value from words, from standard input, or from --arg pairs.
 */
#ifndef DURABLE_VALUE_H
#define DURABLE_VALUE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/options.h"

/*
 * Appends a JSON object of KEY=VALUE pairs, values as strings. ERR_USAGE for a
 * pair without '=', an empty or repeated key, bytes that are not UTF-8.
 */
int value_of_pairs(const struct string_list *pairs, struct buf *out,
    struct err *e) MUST_USE;

/* Appends word, or standard input to its end when word is NULL. */
int value_read(const char *word, struct buf *out, struct err *e) MUST_USE;

/* Appends the whole file. */
int value_read_file(const char *path, struct buf *out, struct err *e) MUST_USE;

/* Appends what JSON|@FILE|- stands for, checked to be one JSON value. */
int value_read_json(const char *word, struct buf *out, struct err *e) MUST_USE;

#endif
