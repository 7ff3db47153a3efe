/*
 * items.h - the items of a map, from words, a JSON array, lines or NULs.
 */
#ifndef DURABLE_ITEMS_H
#define DURABLE_ITEMS_H

#include <stdbool.h>

#include "base/buf.h"
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

/* Whether a text is what an argument, a variable and a name can be. */
bool items_is_string(const struct buf *text);

/* ERR_USAGE for one that no argument can be, with what to do instead. */
int items_check_argument(size_t index, const struct buf *text,
    struct err *e) MUST_USE;

#endif
