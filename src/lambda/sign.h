/*
 * sign.h - AWS Signature Version 4. Pure: the time is an argument.
 *
 * Signed are host, x-amz-date, x-amz-security-token when there is a token,
 * and content-type when there is one; the caller must send these headers with
 * the very values that are here. The body is in the signature by its hash,
 * which is not sent as a header of its own.
 */
#ifndef DURABLE_SIGN_H
#define DURABLE_SIGN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

enum {
	SIGN_DATE_SIZE = 17, /* "20260102T030405Z" and its NUL */
	SIGN_HEX_SIZE = 65,  /* 32 bytes in hexadecimal, and a NUL */
	SIGN_HASH_SIZE = 32,
};

struct sign_request {
	const char *method;
	const char *host;         /* with its port unless that is the default */
	const char *path;         /* as sent: encoded once; "/" at least */
	const char *query;        /* as sent, encoded, in any order; or NULL */
	const char *content_type; /* NULL: not sent */
	struct span body;
	const char *region, *service;
	const char *key_id, *secret;
	const char *token; /* NULL or "": none */
	int64_t now;       /* instant, base/time.h */
};

struct sign_headers {
	char date[SIGN_DATE_SIZE];     /* X-Amz-Date */
	struct buf authorization;      /* Authorization, its value */
	struct buf canonical;          /* what was hashed, */
	struct buf to_sign;            /* what was signed, and */
	char signature[SIGN_HEX_SIZE]; /* the outcome: for tests */
};

void sign_headers_init(struct sign_headers *h);
void sign_headers_clear(struct sign_headers *h);

/* Fills out (was initialised; what it held is dropped). ERR_BUG when
 * libcrypto fails, ERR_USAGE when a header's value holds a line break. */
int sign_request(const struct sign_request *in, struct sign_headers *out,
    struct err *e) MUST_USE;

/* The key that signs for a day ("20260102"), a region and a service. */
int sign_key(const struct sign_request *in, const char *day,
    unsigned char key[SIGN_HASH_SIZE], struct err *e) MUST_USE;

/* Hexadecimal SHA-256. */
int sign_hash(const void *p, size_t n, char hex[SIGN_HEX_SIZE],
    struct err *e) MUST_USE;

/* Appends p with every byte but A-Z a-z 0-9 - . _ ~ as %XX (RFC 3986): one
 * segment of a path, or a name or a value in a query. */
void sign_encode(const char *p, size_t n, struct buf *out);

#endif
