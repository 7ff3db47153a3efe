/*
 * text.c - opaque bytes, plain or JSON-escaped.
 *
 * Most escaped texts hold no backslash, and then both forms are the same
 * bytes: nothing is unescaped before it is known to be needed.
 */
#include "model/text.h"

#include <string.h>

#include "base/json.h"

static bool
is_plain(struct text t)
{
	return !t.escaped || t.n == 0 || !memchr(t.p, '\\', t.n);
}

static bool
same_bytes(const char *a, size_t a_n, const char *b, size_t b_n)
{
	return a_n == b_n && (a_n == 0 || memcmp(a, b, a_n) == 0);
}

struct text
text_of(const char *s)
{
	return text_bytes(s, s ? strlen(s) : 0);
}

struct text
text_bytes(const char *p, size_t n)
{
	return (struct text){ .p = p, .n = p ? n : 0 };
}

void
text_put_plain(struct text t, struct buf *out)
{
	struct buf quoted;

	if (!t.p)
		return;
	if (is_plain(t)) {
		buf_put(out, t.p, t.n);
		return;
	}
	/* json_unescape wants the quotes, which a copied text has no more. */
	buf_init(&quoted, BUF_NO_MAX);
	text_put_quoted(t, &quoted);
	json_unescape((struct span){ quoted.data, quoted.len }, out);
	buf_clear(&quoted);
}

char *
text_dup(struct text t)
{
	struct buf plain;

	if (!t.p)
		return NULL;
	buf_init(&plain, BUF_NO_MAX);
	text_put_plain(t, &plain);
	return buf_steal(&plain);
}

void
text_put_quoted(struct text t, struct buf *out)
{
	if (!t.escaped || !t.p) {
		json_escape(t.p ? t.p : "", t.n, out);
		return;
	}
	buf_put_char(out, '"');
	buf_put(out, t.p, t.n);
	buf_put_char(out, '"');
}

bool
text_equal(struct text a, struct text b)
{
	struct buf x, y;
	bool equal;

	if (!a.p || !b.p)
		return a.p == b.p;
	if (is_plain(a) && is_plain(b))
		return same_bytes(a.p, a.n, b.p, b.n);
	buf_init(&x, BUF_NO_MAX);
	buf_init(&y, BUF_NO_MAX);
	text_put_plain(a, &x);
	text_put_plain(b, &y);
	equal = same_bytes(x.data, x.len, y.data, y.len);
	buf_clear(&x);
	buf_clear(&y);
	return equal;
}
