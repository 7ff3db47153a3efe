/*
 * header.c - the first line of the context file <-> a struct.
 *
 * It is read once, so it is taken apart by hand and its strings are copied.
 * A command line, a folder or the environment may hold bytes that are not
 * UTF-8: these are kept as {"$base64":"..."} in place of a string.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "store/record.h"

static void
free_strings(char **strings)
{
	if (!strings)
		return;
	for (size_t i = 0; strings[i]; i++)
		free(strings[i]);
	free(strings);
}

void
header_clear(struct header *h)
{
	free(h->name);
	free(h->id);
	free_strings(h->argv);
	free(h->cwd);
	free_strings(h->env);
	free(h->input);
	free(h->parent);
	free(h->parent_op);
	memset(h, 0, sizeof(*h));
}

static char *
copy_string(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static char **
copy_strings(char **strings)
{
	char **copy;
	size_t n = 0;

	if (!strings)
		return NULL;
	while (strings[n])
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(strings[i]);
	return copy;
}

void
header_copy(struct header *to, const struct header *from)
{
	*to = *from;
	to->name = copy_string(from->name);
	to->id = copy_string(from->id);
	to->argv = copy_strings(from->argv);
	to->cwd = copy_string(from->cwd);
	to->env = copy_strings(from->env);
	to->input = copy_string(from->input);
	to->parent = copy_string(from->parent);
	to->parent_op = copy_string(from->parent_op);
}

/* A string of any bytes. */
static void
put_string(const char *s, struct buf *out)
{
	size_t n = strlen(s);

	if (utf8_is_text(s, n)) {
		json_escape(s, n, out);
		return;
	}
	buf_put_str(out, "{\"$base64\":\"");
	base64_encode(s, n, out);
	buf_put_str(out, "\"}");
}

static void
put_member(const char *key, const char *s, struct buf *out)
{
	if (!s)
		return;
	buf_printf(out, ",\"%s\":", key);
	put_string(s, out);
}

static void
put_number(const char *key, int64_t n, struct buf *out)
{
	if (n != 0)
		buf_printf(out, ",\"%s\":%" PRId64, key, n);
}

static void
put_array(const char *key, char **strings, struct buf *out)
{
	if (!strings)
		return;
	buf_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; strings[i]; i++) {
		if (i > 0)
			buf_put_char(out, ',');
		put_string(strings[i], out);
	}
	buf_put_char(out, ']');
}

void
header_format(const struct header *h, uint64_t *sum, struct buf *out)
{
	size_t start = out->len;

	buf_printf(out, "{\"durable\":%d,\"kind\":\"%s\"", RECORD_VERSION,
	    h->is_journal ? "journal" : "execution");
	put_member("name", h->name, out);
	put_member("id", h->id, out);
	buf_printf(out, ",\"time\":%" PRId64, h->time);
	put_array("argv", h->argv, out);
	put_member("cwd", h->cwd, out);
	put_array("env", h->env, out);
	buf_printf(out, ",\"umask\":%" PRId64, h->umask);
	put_number("timeout", h->timeout_s, out);
	put_member("input", h->input, out);
	put_member("parent", h->parent, out);
	put_member("parentOperation", h->parent_op, out);
	put_number("depth", h->depth, out);
	*sum = 0;
	record_seal(out, start, sum);
}

/* The caller frees *string. False, too, for a string with a NUL in it. */
static bool
take_string(struct line *s, char **string)
{
	struct buf plain, bytes;
	struct text t;
	bool is_base64 = line_literal(s, "{\"$base64\":");
	bool is_good;

	if (!line_string(s, &t) || (is_base64 && !line_literal(s, "}")))
		return false;
	buf_init(&plain, BUF_NO_MAX);
	buf_init(&bytes, BUF_NO_MAX);
	text_put_plain(t, is_base64 ? &bytes : &plain);
	is_good = !is_base64 ||
	    base64_decode(buf_str(&bytes), bytes.len, &plain) == 0;
	is_good = is_good && strlen(buf_str(&plain)) == plain.len;
	if (is_good)
		*string = xstrdup(buf_str(&plain));
	buf_clear(&plain);
	buf_clear(&bytes);
	return is_good;
}

/* Members that are left out are no mistake. */
static bool
take_member(struct line *s, const char *key, char **string)
{
	return !line_literal(s, key) || take_string(s, string);
}

static bool
take_number(struct line *s, const char *key, int64_t *n)
{
	return !line_literal(s, key) || line_number(s, n);
}

static bool
take_array(struct line *s, const char *key, char ***strings)
{
	size_t n = 0;

	if (!line_literal(s, key))
		return true;
	if (!line_literal(s, "["))
		return false;
	*strings = xcalloc(1, sizeof(**strings));
	if (line_literal(s, "]"))
		return true;
	do {
		*strings = xreallocarray(*strings, n + 2, sizeof(**strings));
		(*strings)[n] = (*strings)[n + 1] = NULL;
		if (!take_string(s, &(*strings)[n++]))
			return false;
	} while (line_literal(s, ","));
	return line_literal(s, "]");
}

static bool
take_header(struct line *s, struct header *h)
{
	if (!line_literal(s, ",\"kind\":"))
		return false;
	h->is_journal = line_literal(s, "\"journal\"");
	if (!h->is_journal && !line_literal(s, "\"execution\""))
		return false;
	if (!take_member(s, ",\"name\":", &h->name) ||
	    !take_member(s, ",\"id\":", &h->id) || !h->name || !h->id)
		return false;
	if (!line_literal(s, ",\"time\":") || !line_number(s, &h->time) ||
	    !take_array(s, ",\"argv\":", &h->argv) ||
	    !take_member(s, ",\"cwd\":", &h->cwd) ||
	    !take_array(s, ",\"env\":", &h->env))
		return false;
	if (!line_literal(s, ",\"umask\":") || !line_number(s, &h->umask) ||
	    !take_number(s, ",\"timeout\":", &h->timeout_s) ||
	    !take_member(s, ",\"input\":", &h->input))
		return false;
	return take_member(s, ",\"parent\":", &h->parent) &&
	    take_member(s, ",\"parentOperation\":", &h->parent_op) &&
	    take_number(s, ",\"depth\":", &h->depth) && s->p == s->end;
}

/* The version comes first and alone: all behind it may differ in another. */
static bool
take_version(struct line *s, int64_t *version)
{
	return line_literal(s, "{\"durable\":") && line_number(s, version) &&
	    *version > 0;
}

int64_t
header_version(const char *p, size_t n)
{
	struct line s = { p, p + n };
	int64_t version;

	return take_version(&s, &version) ? version : -1;
}

int
header_parse(const char *p, size_t n, struct header *h, uint64_t *sum,
    struct err *e)
{
	struct line s = { p, p + n }, whole;
	uint64_t own = 0;
	int64_t version;

	memset(h, 0, sizeof(*h));
	if (!take_version(&s, &version))
		return err_set(e, ERR_CORRUPT, "it is not a context file's");
	if (version > RECORD_VERSION)
		return err_set(e, ERR_CORRUPT,
		    "it has format version %" PRId64
		    ", this durable reads up to %d: use a newer durable",
		    version, RECORD_VERSION);
	if (record_unseal(p, n, &whole, &own, e) < 0)
		return -1;
	whole.p = s.p;
	if (whole.p > whole.end || !take_header(&whole, h)) {
		header_clear(h);
		return err_set(e, ERR_CORRUPT, "it is not a header");
	}
	*sum = own;
	return 0;
}
