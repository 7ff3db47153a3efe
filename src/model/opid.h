/*
 * opid.h - the deterministic id of an operation.
 *
 * An id is `<32 hex>-<16 hex>`: the identity, a 128-bit XXH3 hash of parent's
 * identity, type, subtype, name and occurrence; and a digest, the 64-bit XXH3
 * hash of a command line or of an item's text, zeros when there is none. The
 * engine's side only: the thin client does not link xxhash.
 */
#ifndef DURABLE_OPID_H
#define DURABLE_OPID_H

#include <stdint.h>

#include "base/json.h"
#include "model/op.h"

/* What an id is made of; all borrowed. */
struct opid_parts {
	const char *parent_id; /* NULL at the root; only its identity counts */
	enum op_type type;
	enum op_subtype subtype;
	struct span name;      /* as given, any bytes; n 0 when unnamed */
	uint64_t occurrence;   /* 1 for the first of its name there */
	struct span digest_of; /* p NULL: zeros */
};

/* Writes the id of an operation to out (OPID_LEN + 1 bytes). */
void opid_make(char *out, const struct opid_parts *of);

/* Writes the 64-bit XXH3 hash of n bytes as 16 hex digits and a NUL. */
void opid_digest(char *out, const char *p, size_t n);

/* Whether the two ids have the same identity / the same digest. */
bool opid_same_identity(const char *a, const char *b);
bool opid_same_digest(const char *a, const char *b);

/* Whether the n bytes at p have the form of an id. */
bool opid_is_valid(const char *p, size_t n);

/*
 * Appends the printable form of a name, as records and the API have it:
 * bytes outside 0x20-0x7e, and the backslash, as \xNN; when that is longer
 * than OP_NAME_SHOWN bytes it is cut and ends with `~` and the 16 hex digits
 * of the 64-bit XXH3 hash of the whole name.
 */
void opid_printable_name(const char *name, size_t n, struct buf *out);

#endif
