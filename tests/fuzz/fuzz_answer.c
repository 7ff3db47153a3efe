/*
 * fuzz_answer.c - whatever a server answers with, an error has a type and a
 * message, both text that fits, and a class that its status allows.
 *
 * The input is the status in two bytes, the headers, an empty line, the body.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "lambda/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check(struct api_response *r)
{
	const int64_t now = 1767323045000;
	enum api_class class;
	int64_t after, skew;

	api_parse_error(r);
	require(memchr(r->type, '\0', sizeof(r->type)) != NULL);
	require(memchr(r->message, '\0', sizeof(r->message)) != NULL);
	require(utf8_is_text(r->type, strlen(r->type)));
	require(utf8_is_text(r->message, strlen(r->message)));
	require(strpbrk(r->message, "\n\r\033") == NULL);
	class = api_classify(r);
	if (r->status >= 200 && r->status < 300) {
		require(!*r->type && !*r->message && class == API_OK);
	} else {
		require(*r->type && *r->message && class != API_OK);
		if (r->status == 429)
			require(answer_is_throttled(r));
	}
	after = answer_retry_after(r, now);
	require(after >= -1 && after <= RETRY_AFTER_MAX_MS);
	skew = answer_skew(r, now);
	require(skew == 0 || skew >= SKEW_MS || skew <= -SKEW_MS);
	require(skew == 0 || r->status == 403);
	if (answer_refuses_credentials(r))
		require(!answer_is_transient(r));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 2, *end;
	struct api_response r;
	size_t head;

	if (n < 2)
		return 0;
	n -= 2;
	api_response_init(&r);
	r.status = (data[0] << 8 | data[1]) % 1000;
	for (head = 0, end = p + n; p + head < end; head++)
		if (n - head >= 4 && memcmp(p + head, "\r\n\r\n", 4) == 0)
			break;
	buf_put(&r.headers, p, head);
	if (n > head + 4)
		buf_put(&r.body, p + head + 4, n - head - 4);
	check(&r);
	api_response_clear(&r);
	return 0;
}
