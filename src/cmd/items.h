/*
 * items.h - the items of a map, from words, a JSON array, lines or NULs.
 */
#ifndef DURABLE_ITEMS_H
#define DURABLE_ITEMS_H

#include "base/err.h"
#include "base/json.h"

enum items_form { ITEMS_JSON, ITEMS_LINES, ITEMS_NUL };

struct items {
	struct span *list; /* each a JSON value; lives as long as the process */
	size_t n;
};

/*
 * words (after :::) when not NULL; else word, JSON or @FILE or NULL for
 * standard input. ERR_USAGE: no JSON array, bytes that are not UTF-8.
 */
int items_read(struct items *items, char **words, const char *word,
    enum items_form form, struct err *e) MUST_USE;

#endif
