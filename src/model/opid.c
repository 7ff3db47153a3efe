/*
 * opid.c - the deterministic id of an operation.
 *
 * What is hashed for the identity is spelled out here and never changes, as
 * executions in flight depend on it: the parent's identity (32 zeros at the
 * root), the API's names of type and subtype with a NUL behind each, the
 * occurrence as 8 bytes, big-endian, and the name to the end.
 */
#include "model/opid.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/skim.h"

enum {
	DIGEST_LEN = OPID_LEN - OPID_IDENTITY - 1,
	TAIL_LEN = 1 + DIGEST_LEN, /* `~` and the hash behind a cut name */
	ESCAPE_MAX = 4,            /* \xNN */
};

/* Writes 2 * n lower-case digits, no NUL. */
static void
put_hex(const unsigned char *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
}

/* Writes DIGEST_LEN digits, no NUL. */
static void
put_hash(const void *p, size_t n, char *out)
{
	XXH64_canonical_t hash;

	XXH64_canonicalFromHash(&hash, XXH3_64bits(p, n));
	put_hex(hash.digest, sizeof(hash.digest), out);
}

/* n is a multiple of eight: each record of a log has such a text or two. */
static bool
is_hex(const char *p, size_t n)
{
	bool is_good = true;

	for (size_t i = 0; i < n; i += SKIM_STEP)
		is_good &= skim_is_hex(skim_load(p + i));
	return is_good;
}

/* Writes the printable form of one byte, returns its length. */
static size_t
escape(char c, char *out)
{
	unsigned char byte = (unsigned char)c;

	if (byte >= 0x20 && byte <= 0x7e && byte != '\\') {
		*out = c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	put_hex(&byte, 1, out + 2);
	return ESCAPE_MAX;
}

void
opid_make(char *out, const struct opid_parts *of)
{
	XXH128_canonical_t identity;
	struct buf key;

	buf_init(&key, BUF_NO_MAX);
	if (of->parent_id)
		buf_put(&key, of->parent_id, OPID_IDENTITY);
	else
		buf_put_str(&key, "00000000000000000000000000000000");
	buf_put_str(&key, op_type_name(of->type));
	buf_put_char(&key, 0);
	buf_put_str(&key, op_subtype_name(of->subtype));
	buf_put_char(&key, 0);
	buf_put_u64(&key, of->occurrence);
	if (of->name.n > 0)
		buf_put(&key, of->name.p, of->name.n);
	XXH128_canonicalFromHash(&identity, XXH3_128bits(key.data, key.len));
	buf_clear(&key);

	put_hex(identity.digest, sizeof(identity.digest), out);
	out[OPID_IDENTITY] = '-';
	if (of->digest_of.p)
		put_hash(of->digest_of.p, of->digest_of.n,
		    out + OPID_IDENTITY + 1);
	else
		memset(out + OPID_IDENTITY + 1, '0', DIGEST_LEN);
	out[OPID_LEN] = 0;
}

void
opid_digest(char *out, const char *p, size_t n)
{
	put_hash(p, n, out);
	out[DIGEST_LEN] = '\0';
}

bool
opid_same_identity(const char *a, const char *b)
{
	return memcmp(a, b, OPID_IDENTITY) == 0;
}

bool
opid_same_digest(const char *a, const char *b)
{
	return memcmp(a + OPID_IDENTITY + 1, b + OPID_IDENTITY + 1,
		   DIGEST_LEN) == 0;
}

bool
opid_is_valid(const char *p, size_t n)
{
	return n == OPID_LEN && is_hex(p, OPID_IDENTITY) &&
	    p[OPID_IDENTITY] == '-' &&
	    is_hex(p + OPID_IDENTITY + 1, DIGEST_LEN);
}

void
opid_printable_name(const char *name, size_t n, struct buf *out)
{
	char shown[OP_NAME_SHOWN + ESCAPE_MAX];
	size_t len = 0, cut = 0, i;

	for (i = 0; i < n && len <= OP_NAME_SHOWN; i++) {
		len += escape(name[i], shown + len);
		if (len <= OP_NAME_SHOWN - TAIL_LEN)
			cut = len;
	}
	if (len > OP_NAME_SHOWN) {
		len = cut;
		shown[len++] = '~';
		put_hash(name, n, shown + len);
		len += DIGEST_LEN;
	}
	buf_put(out, shown, len);
}
