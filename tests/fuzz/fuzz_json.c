/*
 * fuzz_json.c - what the check accepts can be cut, found and unescaped, and
 * every part of it is JSON; what it refuses is nonsense, but reads no byte
 * too far. Any text survives escaping, any bytes base64.
 *
 * The input is a filter, a NUL, and the text; without a NUL only the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static bool
is_json(struct span v)
{
	struct span value;
	struct err e;

	return json_check(v.p, v.n, &value, &e) == 0 && value.n == v.n;
}

/* A string's bytes escaped again are a string of the same bytes. */
static void
check_string(struct span v)
{
	struct buf plain, quoted, again;

	buf_init(&plain, BUF_NO_MAX);
	buf_init(&quoted, BUF_NO_MAX);
	buf_init(&again, BUF_NO_MAX);
	json_unescape(v, &plain);
	require(plain.len <= v.n);
	json_escape(buf_str(&plain), plain.len, &quoted);
	require(is_json((struct span){ quoted.data, quoted.len }));
	json_unescape((struct span){ quoted.data, quoted.len }, &again);
	require(again.len == plain.len &&
	    memcmp(buf_str(&again), buf_str(&plain), plain.len) == 0);
	buf_clear(&plain);
	buf_clear(&quoted);
	buf_clear(&again);
}

static void
check_member(struct span object, struct span key)
{
	struct buf name;
	struct span found;

	check_string(key);
	buf_init(&name, BUF_NO_MAX);
	json_unescape(key, &name);
	if (strlen(buf_str(&name)) == name.len)
		require(json_find(object, buf_str(&name), &found));
	buf_clear(&name);
}

/* Goes through all of a value's parts. Those of the upper levels are checked
 * as values of their own; for all it would take the square of the depth. */
static void
walk(struct span v, int levels)
{
	struct span key, value;
	size_t pos = 0;

	require(levels < 0 || is_json(v));
	switch (json_kind(v)) {
	case '"':
		check_string(v);
		break;
	case '[':
		while (json_next_element(v, &pos, &value))
			walk(value, levels - 1);
		break;
	case '{':
		while (json_next_member(v, &pos, &key, &value)) {
			if (levels >= 0)
				check_member(v, key);
			walk(value, levels - 1);
		}
		break;
	default:
		break;
	}
}

/* Text that was never checked: no overrun, no endless loop. */
static void
stumble(struct span v)
{
	struct span key, value;
	struct buf out;
	size_t pos = 0, steps = 0;

	buf_init(&out, BUF_NO_MAX);
	json_unescape(v, &out);
	while (json_next_element(v, &pos, &value))
		require(++steps <= v.n);
	for (pos = 0; json_next_member(v, &pos, &key, &value);)
		json_unescape(key, &out);
	(void)json_find(v, "a", &value);
	buf_clear(&out);
}

static void
check_path(struct span v, const char *filter, bool valid)
{
	struct span value;
	int result = json_path(v, filter, &value);

	require((result == -1) == !json_is_path(filter));
	if (valid && result == 1)
		require(is_json(value));
}

static void
check_bytes(const char *p, size_t n)
{
	struct buf out, again;

	buf_init(&out, BUF_NO_MAX);
	buf_init(&again, BUF_NO_MAX);
	base64_encode(p, n, &out);
	require(base64_decode(buf_str(&out), out.len, &again) == 0);
	require(again.len == n && (n == 0 || memcmp(again.data, p, n) == 0));
	buf_reset(&out);
	if (base64_decode(p, n, &out) == 0) {
		buf_reset(&again);
		base64_encode(buf_str(&out), out.len, &again);
		require(again.len == n && memcmp(buf_str(&again), p, n) == 0);
	}
	buf_reset(&out);
	text_escape(p, n, &out);
	require(utf8_is_text(buf_str(&out), out.len));
	if (utf8_is_text(p, n)) {
		buf_reset(&out);
		json_escape(p, n, &out);
		check_string((struct span){ out.data, out.len });
	}
	buf_clear(&out);
	buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data;
	const char *nul = n > 0 ? memchr(p, '\0', n) : NULL;
	const char *filter = nul ? p : ".";
	struct span v = { nul ? nul + 1 : p, n };
	struct span value;
	struct err e;

	if (nul)
		v.n = n - (size_t)(nul + 1 - p);
	check_bytes(v.p, v.n);
	stumble(v);
	if (json_check(v.p, v.n, &value, &e) == 0) {
		require(is_json(value));
		walk(value, 8);
		check_path(value, filter, true);
	} else {
		check_path(v, filter, false);
	}
	return 0;
}
