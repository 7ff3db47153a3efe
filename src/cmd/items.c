/*
 * items.c - the items of a map.
 *
 * An element of a JSON array is cut out of the text; words and lines become
 * JSON strings, so that every item is one JSON value from here on.
 */
#include "cmd/items.h"

#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "base/xalloc.h"

enum { ARGUMENT_MAX = 128 * 1024 - 64 };

static void
add(struct items *items, struct span v)
{
	if ((items->n & (items->n - 1)) == 0)
		items->list = xreallocarray(items->list,
		    items->n ? 2 * items->n : 1, sizeof(*items->list));
	items->list[items->n++] = v;
}

static int
add_text(struct items *items, const char *p, size_t n, struct err *e)
{
	struct buf json;
	struct span v;

	if (!utf8_is_text(p, n))
		return err_set(e, ERR_USAGE,
		    "item %zu is not UTF-8 text: give "
		    "it in another form, for instance as base64",
		    items->n);
	buf_init(&json, BUF_NO_MAX);
	json_escape(p, n, &json);
	v.n = json.len;
	v.p = buf_steal(&json);
	add(items, v);
	return 0;
}

static int
take_array(struct items *items, const struct buf *text, const char *what,
    struct err *e)
{
	struct span array, v;
	size_t pos = 0;

	if (text->len == 0)
		return err_set(e, ERR_USAGE,
		    "%s is empty: give a JSON array, "
		    "--lines, or items after :::",
		    what);
	if (json_check(buf_str(text), text->len, &array, e) < 0)
		return err_wrap(e, "%.60s is not JSON", what);
	if (json_kind(array) != '[')
		return err_set(e, ERR_USAGE,
		    "%.60s is not a JSON array: with "
		    "--lines every line is an item",
		    what);
	while (json_next_element(array, &pos, &v))
		add(items, v);
	return 0;
}

/* Pieces between separators; a last one without its separator counts. */
static int
take_pieces(struct items *items, const struct buf *text, char separator,
    struct err *e)
{
	const char *p = text->len ? text->data : "";
	const char *end = p + text->len, *stop;

	for (; p < end; p = stop + 1) {
		stop = memchr(p, separator, (size_t)(end - p));
		if (!stop)
			stop = end;
		if (add_text(items, p, (size_t)(stop - p), e) < 0)
			return -1;
	}
	return 0;
}

int
items_read(struct items *items, char **words, const char *word,
    enum items_form form, struct err *e)
{
	/* Spans point into it: it lives as long as the process. */
	struct buf *text = xcalloc(1, sizeof(*text));
	const char *what = word ? word : "standard input";

	memset(items, 0, sizeof(*items));
	for (size_t i = 0; words && words[i]; i++)
		if (add_text(items, words[i], strlen(words[i]), e) < 0)
			return -1;
	if (words)
		return 0;
	buf_init(text, BUF_NO_MAX);
	if (!word                ? value_read(NULL, text, e) < 0
		: word[0] == '@' ? value_read_file(word + 1, text, e) < 0
				 : value_read(word, text, e) < 0)
		return -1;
	if (form == ITEMS_JSON)
		return take_array(items, text, what, e);
	return take_pieces(items, text, form == ITEMS_NUL ? '\0' : '\n', e);
}

bool
items_is_string(const struct buf *text)
{
	return strlen(buf_str(text)) == text->len;
}

int
items_check_argument(size_t index, const struct buf *text, struct err *e)
{
	if (!items_is_string(text))
		return err_set(e, ERR_USAGE,
		    "item %zu has a NUL byte, which no argument can have: "
		    "give -I '' and read it from standard input, where it "
		    "stands as JSON",
		    index);
	if (text->len > ARGUMENT_MAX)
		return err_set(e, ERR_USAGE,
		    "item %zu has %zu bytes, too many for an argument (limit "
		    "%d): give -I '' and read it from standard input, where "
		    "it stands as JSON",
		    index, text->len, ARGUMENT_MAX);
	return 0;
}
