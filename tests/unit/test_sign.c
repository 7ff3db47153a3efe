/*
 * test_sign.c - sign.h against published signatures, and against what AWS's
 * own signers gave for other requests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "lambda/sign.h"

#define ARN_PATH                                                       \
 "/2025-12-01/durable-executions/"                                     \
 "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Amy-fn%3A" \
 "%24LATEST%2Fdurable-execution%2Forder-1%2F"                          \
 "0b6c1f1e-5d0c-3f0a-9a51-6d2d4d9b7a11"
#define CHECKPOINT                                   \
 "{\"CheckpointToken\":\"dG9rZW4x\",\"Updates\":[]," \
 "\"ClientToken\":\"c-1\"}"

static int64_t
instant(const char *text)
{
	struct err e;
	int64_t ms;

	if (time_parse(text, 0, &ms, &e) < 0)
		fail_msg("%s", e.text);
	return ms;
}

/* The key, the day and the place of the vectors in the service's own terms. */
static struct sign_request
lambda_request(void)
{
	return (struct sign_request){
		.host = "lambda.us-east-1.amazonaws.com",
		.body = { "", 0 },
		.region = "us-east-1",
		.service = "lambda",
		.key_id = "AKIDEXAMPLE",
		.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		.token = "FwoGZXIvEXAMPLE//token+value==",
		.now = instant("2026-01-02T03:04:05Z"),
	};
}

static void
the_signing_key_is_that_of_the_day(void **state)
{
	struct sign_request in = lambda_request();
	unsigned char key[SIGN_HASH_SIZE];
	char hex[SIGN_HEX_SIZE];
	struct err e;

	(void)state;
	assert_int_equal(sign_key(&in, "20260102", key, &e), 0);
	for (size_t i = 0; i < sizeof(key); i++)
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
	assert_string_equal(hex,
	    "d9c327e5b20a537e07eac08fff31e24f"
	    "62d893fc004950b3f6dd6806b238b72b");
}

static void
check(const struct sign_request *in, const char *names, const char *hash,
    const char *signature)
{
	struct sign_headers out;
	char hex[SIGN_HEX_SIZE];
	struct buf wanted;
	struct err e;

	sign_headers_init(&out);
	buf_init(&wanted, BUF_NO_MAX);
	assert_int_equal(sign_request(in, &out, &e), 0);
	assert_string_equal(out.date, "20260102T030405Z");
	assert_int_equal(sign_hash(out.canonical.data, out.canonical.len, hex,
			     &e),
	    0);
	assert_string_equal(hex, hash);
	assert_non_null(strstr(buf_str(&out.to_sign), hash));
	assert_string_equal(out.signature, signature);
	buf_printf(&wanted,
	    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/"
	    "lambda/aws4_request, SignedHeaders=%s, Signature=%s",
	    names, signature);
	assert_string_equal(buf_str(&out.authorization), buf_str(&wanted));
	buf_clear(&wanted);
	sign_headers_clear(&out);
}

static void
a_checkpoint_is_signed_with_its_path_encoded_twice(void **state)
{
	struct sign_request in = lambda_request();

	(void)state;
	in.method = "POST";
	in.path = ARN_PATH "/checkpoint";
	in.content_type = "application/json";
	in.body = (struct span){ CHECKPOINT, sizeof(CHECKPOINT) - 1 };
	check(&in, "content-type;host;x-amz-date;x-amz-security-token",
	    "47438088f1b52e8767ab7ae4c4caa72a90847ea1389fb27999603a97bd129b22",
	    "1a302605096a7a4fea7d92092c0b7450a0395aa0303d82f170c0a2b1223df7c7");
}

static void
a_query_is_signed_encoded_once(void **state)
{
	struct sign_request in = lambda_request();

	(void)state;
	in.method = "GET";
	in.path = ARN_PATH "/state";
	in.query = "MaxItems=1000&CheckpointToken=dG9%2B%2Fw%3D%3D&"
		   "Marker=m%2F1%2B2%3D";
	check(&in, "host;x-amz-date;x-amz-security-token",
	    "781c4dc5363cc114f98c47a9cc11b8e339f3d55cbe3c5ca09127822d57ee32e6",
	    "efc8d8b3613dc8b3ce8ee9518fc4f0fe3ed8c6a57de8f0a46d7ebb97069a897f");
}

/* Of the general test suite for this algorithm, the cases in which only
 * headers are that we sign. */
static const struct {
	const char *name, *method, *path, *query, *content_type, *body;
	const char *signature;
} suite[] = {
	{ "get-vanilla", "GET", "/", NULL, NULL, "",
	    "5fa00fa31553b73ebf1942676e86291e"
	    "8372ff2a2260956d9b8aae1d763fbf31" },
	{ "get-vanilla-query-order-key-case", "GET", "/",
	    "Param2=value2&Param1=value1", NULL, "",
	    "b97d918cfa904a5beff61c982a1b6f45"
	    "8b799221646efd99d3219ec94cdf2500" },
	{ "get-vanilla-query-unreserved", "GET", "/",
	    "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz=-._~0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	    NULL, "",
	    "9c3e54bfcdf0b19771a7f523ee5669cd"
	    "f59bc7cc0884027167c21bb143a40197" },
	{ "get-unreserved", "GET",
	    "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz",
	    NULL, NULL, "",
	    "07ef7494c76fa4850883e2b006601f94"
	    "0f8a34d404d0cfa977f52a65bbf5f24f" },
	{ "get-utf8", "GET", "/\xe1\x88\xb4", NULL, NULL, "",
	    "8318018e0b0f223aa2bbf98705b62bb7"
	    "87dc9c0e678f255a891fd03141be5d85" },
	{ "get-space", "GET", "/example space/", NULL, NULL, "",
	    "652487583200325589f1fba4c7e578f7"
	    "2c47cb61beeca81406b39ddec1366741" },
	{ "post-vanilla", "POST", "/", NULL, NULL, "",
	    "5da7c1a2acd57cee7505fc6676e4e544"
	    "621c30862966e37dddb68e92efbe5d6b" },
	{ "post-x-www-form-urlencoded", "POST", "/", NULL,
	    "application/x-www-form-urlencoded", "Param1=value1",
	    "ff11897932ad3f4e8b18135d722051e5"
	    "ac45fc38421b1da7b9d196a0fe09473a" },
};

static const char suite_token[] =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWs"
    "KWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGde"
    "ehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8T"
    "x6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FD"
    "rypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

static struct sign_request
suite_request(size_t i)
{
	return (struct sign_request){
		.method = suite[i].method,
		.host = "example.amazonaws.com",
		.path = suite[i].path,
		.query = suite[i].query,
		.content_type = suite[i].content_type,
		.body = { suite[i].body, strlen(suite[i].body) },
		.region = "us-east-1",
		.service = "service",
		.key_id = "AKIDEXAMPLE",
		.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		.now = instant("2015-08-30T12:36:00Z"),
	};
}

static void
the_general_suites_signatures_come_out(void **state)
{
	struct sign_headers out;
	struct err e;

	(void)state;
	sign_headers_init(&out);
	for (size_t i = 0; i < sizeof(suite) / sizeof(*suite); i++) {
		struct sign_request in = suite_request(i);

		assert_int_equal(sign_request(&in, &out, &e), 0);
		if (strcmp(out.signature, suite[i].signature) != 0)
			fail_msg("%s: %s, and not %s\n%s", suite[i].name,
			    out.signature, suite[i].signature,
			    buf_str(&out.canonical));
	}
	sign_headers_clear(&out);
}

/* post-sts-header-before: the token is signed, as a header. */
static void
a_session_token_is_signed(void **state)
{
	struct sign_request in = suite_request(6);
	struct sign_headers out;
	struct err e;

	(void)state;
	in.token = suite_token;
	sign_headers_init(&out);
	assert_int_equal(sign_request(&in, &out, &e), 0);
	assert_string_equal(out.signature,
	    "85d96828115b5dc0cfc3bd16ad9e210d"
	    "d772bbebba041836c64533a82be05ead");
	sign_headers_clear(&out);
}

/* The member's text; NULL for null. The caller frees. */
static char *
member(struct span object, const char *name)
{
	struct span value;
	struct buf out;

	if (!json_find(object, name, &value))
		fail_msg("no member %s", name);
	if (json_kind(value) == 'n')
		return NULL;
	buf_init(&out, BUF_NO_MAX);
	if (json_kind(value) == '"')
		json_unescape(value, &out);
	else
		buf_put(&out, value.p, value.n);
	return buf_steal(&out);
}

static void
check_vector(struct span line, int number)
{
	char *text[11];
	static const char *const names[] = { "method", "host", "path", "query",
		"content_type", "body", "region", "service", "key_id", "secret",
		"token" };
	char *now = member(line, "now");
	char *wanted = member(line, "authorization");
	struct sign_headers out;
	struct err e;

	for (size_t i = 0; i < 11; i++)
		text[i] = member(line, names[i]);
	sign_headers_init(&out);
	if (sign_request(&(struct sign_request){ text[0], text[1], text[2],
			     text[3], text[4], { text[5], strlen(text[5]) },
			     text[6], text[7], text[8], text[9], text[10],
			     strtoll(now, NULL, 10) },
		&out, &e) < 0)
		fail_msg("vector %d: %s", number, e.text);
	if (strcmp(buf_str(&out.authorization), wanted) != 0)
		fail_msg("vector %d: %s\n and not %s\n%s", number,
		    buf_str(&out.authorization), wanted,
		    buf_str(&out.canonical));
	sign_headers_clear(&out);
	for (size_t i = 0; i < 11; i++)
		free(text[i]);
	free(now);
	free(wanted);
}

static void
other_signers_give_the_same_for_random_requests(void **state)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int number = 0;
	struct span value;
	struct err e;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/fixtures/sigv4/vectors.jsonl",
	    srcdir ? srcdir : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	while ((n = getline(&line, &size, f)) > 0) {
		assert_int_equal(json_check(line, (size_t)n, &value, &e), 0);
		check_vector(value, ++number);
	}
	free(line);
	fclose(f);
	assert_int_equal(number, 120);
}

static void
encoding_leaves_only_what_is_unreserved(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_MAX);
	sign_encode("a Z0-._~/:$+=%\xff\0", 16, &out);
	assert_string_equal(buf_str(&out),
	    "a%20Z0-._~%2F%3A%24%2B%3D%25%FF%00");
	buf_clear(&out);
}

static void
a_line_break_in_a_header_is_refused(void **state)
{
	struct sign_request in = lambda_request();
	struct sign_headers out;
	struct err e;

	(void)state;
	in.method = "GET";
	in.path = "/";
	in.token = "a\nX-Evil: b";
	sign_headers_init(&out);
	assert_int_equal(sign_request(&in, &out, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.text,
	    "sign a request: the value of header x-amz-security-token holds a "
	    "line break");
	sign_headers_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signing_key_is_that_of_the_day),
		cmocka_unit_test(
		    a_checkpoint_is_signed_with_its_path_encoded_twice),
		cmocka_unit_test(a_query_is_signed_encoded_once),
		cmocka_unit_test(the_general_suites_signatures_come_out),
		cmocka_unit_test(a_session_token_is_signed),
		cmocka_unit_test(
		    other_signers_give_the_same_for_random_requests),
		cmocka_unit_test(encoding_leaves_only_what_is_unreserved),
		cmocka_unit_test(a_line_break_in_a_header_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
