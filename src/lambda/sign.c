/*
 * sign.c - AWS Signature Version 4, over libcrypto's SHA-256 and HMAC.
 *
 * libcurl could sign too, but before 8.14 it takes the path as it is, where
 * every service but S3 wants it encoded once more, and before 8.19 it takes a
 * "+" in a query wrongly: an ARN in the path and a token in the query are just
 * what this API has.
 */
#include "lambda/sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"

static const char algorithm[] = "AWS4-HMAC-SHA256";

void
sign_headers_init(struct sign_headers *h)
{
	memset(h, 0, sizeof(*h));
	buf_init(&h->authorization, BUF_NO_MAX);
	buf_init(&h->canonical, BUF_NO_MAX);
	buf_init(&h->to_sign, BUF_NO_MAX);
}

void
sign_headers_clear(struct sign_headers *h)
{
	buf_clear(&h->authorization);
	buf_clear(&h->canonical);
	buf_clear(&h->to_sign);
	sign_headers_init(h);
}

static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

static void
encode_but(const char *p, size_t n, char kept, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (is_unreserved(p[i]) || (kept && p[i] == kept))
			buf_put_char(out, p[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)p[i]);
	}
}

void
sign_encode(const char *p, size_t n, struct buf *out)
{
	encode_but(p, n, '\0', out);
}

static void
put_hex(const unsigned char *p, char hex[SIGN_HEX_SIZE])
{
	for (size_t i = 0; i < SIGN_HASH_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", p[i]);
}

int
sign_hash(const void *p, size_t n, char hex[SIGN_HEX_SIZE], struct err *e)
{
	unsigned char hash[SIGN_HASH_SIZE];

	if (EVP_Digest(n > 0 ? p : "", n, hash, NULL, EVP_sha256(), NULL) != 1)
		return err_set(e, ERR_BUG, "libcrypto has no SHA-256");
	put_hex(hash, hex);
	return 0;
}

static int
mac(const void *key, size_t key_size, const char *text,
    unsigned char out[SIGN_HASH_SIZE], struct err *e)
{
	unsigned char result[SIGN_HASH_SIZE];

	if (!HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)text,
		strlen(text), result, NULL))
		return err_set(e, ERR_BUG, "libcrypto has no HMAC of SHA-256");
	memcpy(out, result, sizeof(result));
	return 0;
}

int
sign_key(const struct sign_request *in, const char *day,
    unsigned char key[SIGN_HASH_SIZE], struct err *e)
{
	char *first = xasprintf("AWS4%s", in->secret);
	int result = -1;

	if (mac(first, strlen(first), day, key, e) == 0 &&
	    mac(key, SIGN_HASH_SIZE, in->region, key, e) == 0 &&
	    mac(key, SIGN_HASH_SIZE, in->service, key, e) == 0 &&
	    mac(key, SIGN_HASH_SIZE, "aws4_request", key, e) == 0)
		result = 0;
	OPENSSL_cleanse(first, strlen(first));
	free(first);
	return result;
}

/* One name=value of a query, both encoded as the signature wants them. */
struct pair {
	char *name, *value;
};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decoded and encoded again, whatever the sender has left as it was. */
static char *
encoded_anew(const char *p, size_t n)
{
	struct buf plain, out;

	buf_init(&plain, BUF_NO_MAX);
	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '%' && n - i > 2 && hex_digit(p[i + 1]) >= 0 &&
		    hex_digit(p[i + 2]) >= 0) {
			buf_put_char(&plain,
			    (char)(hex_digit(p[i + 1]) << 4 |
				hex_digit(p[i + 2])));
			i += 2;
		} else {
			buf_put_char(&plain, p[i]);
		}
	}
	sign_encode(buf_str(&plain), plain.len, &out);
	buf_clear(&plain);
	return buf_steal(&out);
}

/* By name, and by value where names are the same. */
static int
compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->value, y->value);
}

static void
put_query(const char *query, struct buf *out)
{
	struct pair *pairs = NULL;
	size_t n = 0;

	for (const char *p = query; *p; p += *p == '&') {
		size_t len = strcspn(p, "&");
		size_t name = strcspn(p, "=&");

		if (len > 0) {
			pairs = xreallocarray(pairs, n + 1, sizeof(*pairs));
			pairs[n].name = encoded_anew(p, name);
			pairs[n++].value = name < len
			    ? encoded_anew(p + name + 1, len - name - 1)
			    : xstrdup("");
		}
		p += len;
	}
	if (n > 0)
		qsort(pairs, n, sizeof(*pairs), compare_pairs);
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s%s=%s", i > 0 ? "&" : "", pairs[i].name,
		    pairs[i].value);
		free(pairs[i].name);
		free(pairs[i].value);
	}
	free(pairs);
}

/* "name:value\n", blanks around the value and repeated ones inside left out. */
static int
put_header(const char *name, const char *value, struct buf *out, struct err *e)
{
	bool blank = false, begun = false;

	buf_printf(out, "%s:", name);
	for (const char *p = value; *p; p++) {
		if (*p == '\n' || *p == '\r')
			return err_set(e, ERR_USAGE,
			    "sign a request: the value of header %s holds a "
			    "line break",
			    name);
		if (*p == ' ' || *p == '\t') {
			blank = begun;
			continue;
		}
		if (blank)
			buf_put_char(out, ' ');
		buf_put_char(out, *p);
		begun = true;
		blank = false;
	}
	buf_put_char(out, '\n');
	return 0;
}

static const char *
signed_names(const struct sign_request *in)
{
	bool has_token = in->token && *in->token;

	if (in->content_type)
		return has_token
		    ? "content-type;host;x-amz-date;x-amz-security-token"
		    : "content-type;host;x-amz-date";
	return has_token ? "host;x-amz-date;x-amz-security-token"
			 : "host;x-amz-date";
}

static int
put_canonical(const struct sign_request *in, const char *date, struct buf *out,
    struct err *e)
{
	char hash[SIGN_HEX_SIZE];

	buf_printf(out, "%s\n", in->method);
	encode_but(in->path, strlen(in->path), '/', out);
	buf_put_char(out, '\n');
	put_query(in->query ? in->query : "", out);
	buf_put_char(out, '\n');
	if (in->content_type &&
	    put_header("content-type", in->content_type, out, e) < 0)
		return -1;
	if (put_header("host", in->host, out, e) < 0 ||
	    put_header("x-amz-date", date, out, e) < 0)
		return -1;
	if (in->token && *in->token &&
	    put_header("x-amz-security-token", in->token, out, e) < 0)
		return -1;
	if (sign_hash(in->body.p, in->body.n, hash, e) < 0)
		return -1;
	buf_printf(out, "\n%s\n%s", signed_names(in), hash);
	return 0;
}

/* "20260102T030405Z": time_format's text without what divides it. */
static void
put_date(int64_t now, char date[SIGN_DATE_SIZE])
{
	struct buf text;
	size_t n = 0;

	buf_init(&text, BUF_NO_MAX);
	time_format(now, &text);
	for (const char *p = buf_str(&text); *p && *p != '.'; p++)
		if (*p != '-' && *p != ':' && n < SIGN_DATE_SIZE - 2)
			date[n++] = *p;
	date[n++] = 'Z';
	date[n] = '\0';
	buf_clear(&text);
}

int
sign_request(const struct sign_request *in, struct sign_headers *out,
    struct err *e)
{
	unsigned char key[SIGN_HASH_SIZE], signature[SIGN_HASH_SIZE];
	char hash[SIGN_HEX_SIZE], day[9] = "";
	int result = -1;

	sign_headers_clear(out);
	put_date(in->now, out->date);
	memcpy(day, out->date, 8);
	if (put_canonical(in, out->date, &out->canonical, e) < 0 ||
	    sign_hash(out->canonical.data, out->canonical.len, hash, e) < 0)
		return -1;
	buf_printf(&out->to_sign, "%s\n%s\n%s/%s/%s/aws4_request\n%s",
	    algorithm, out->date, day, in->region, in->service, hash);
	if (sign_key(in, day, key, e) == 0 &&
	    mac(key, sizeof(key), buf_str(&out->to_sign), signature, e) == 0) {
		put_hex(signature, out->signature);
		buf_printf(&out->authorization,
		    "%s Credential=%s/%s/%s/%s/aws4_request, "
		    "SignedHeaders=%s, Signature=%s",
		    algorithm, in->key_id, day, in->region, in->service,
		    signed_names(in), out->signature);
		result = 0;
	}
	OPENSSL_cleanse(key, sizeof(key));
	return result;
}
