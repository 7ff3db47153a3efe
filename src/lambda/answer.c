/*
 * answer.c - what an answer of the API means.
 */
#include "lambda/answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "lambda/http.h"

enum { QUOTED_MAX = 300 };

void
api_response_init(struct api_response *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->headers, HTTP_HEADERS_MAX);
	buf_init(&r->body, HTTP_BODY_MAX);
}

void
api_response_clear(struct api_response *r)
{
	buf_clear(&r->headers);
	buf_clear(&r->body);
	api_response_init(r);
}

bool
api_header(const struct api_response *r, const char *name, struct span *value)
{
	struct span headers = { buf_str(&r->headers), r->headers.len };

	return http_find_header(headers, name, value);
}

/* Copies as much as fits, without a cut in the middle of a character. */
static void
copy(const char *p, size_t n, char *to, size_t size)
{
	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((unsigned char)p[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(to, p, n);
	to[n] = '\0';
}

/* A string member, without its escapes; control characters as \xNN. */
static bool
copy_member(struct span object, const char *name, char *to, size_t size)
{
	struct span value;
	struct buf plain, shown;

	if (!json_find(object, name, &value) || json_kind(value) != '"')
		return false;
	buf_init(&plain, BUF_NO_MAX);
	buf_init(&shown, BUF_NO_MAX);
	json_unescape(value, &plain);
	text_escape(buf_str(&plain), plain.len, &shown);
	copy(buf_str(&shown), shown.len, to, size);
	buf_clear(&plain);
	buf_clear(&shown);
	return *to != '\0';
}

/* "com.amazon#Name:http://..." is Name. */
static void
cut_type(char *type)
{
	char *hash;

	type[strcspn(type, ":")] = '\0';
	if ((hash = strrchr(type, '#')))
		memmove(type, hash + 1, strlen(hash));
}

static void
set_type(struct api_response *r, struct span object)
{
	static const char *const names[] = { "__type", "code", "Code" };
	struct span value;

	if (api_header(r, "x-amzn-ErrorType", &value) && value.n > 0 &&
	    utf8_is_text(value.p, value.n))
		copy(value.p, value.n, r->type, sizeof(r->type));
	for (size_t i = 0; !*r->type && i < sizeof(names) / sizeof(*names); i++)
		if (object.n > 0)
			copy_member(object, names[i], r->type, sizeof(r->type));
	cut_type(r->type);
	if (!*r->type)
		snprintf(r->type, sizeof(r->type), "Http%d", r->status);
}

void
api_parse_error(struct api_response *r)
{
	struct span object = { "", 0 };
	struct buf shown;
	struct err ignored;

	*r->type = *r->message = '\0';
	if (r->status >= 200 && r->status < 300)
		return;
	if (json_check(buf_str(&r->body), r->body.len, &object, &ignored) < 0 ||
	    json_kind(object) != '{')
		object.n = 0;
	set_type(r, object);
	if (object.n > 0 &&
	    (copy_member(object, "message", r->message, sizeof(r->message)) ||
		copy_member(object, "Message", r->message, sizeof(r->message))))
		return;
	buf_init(&shown, BUF_NO_MAX);
	text_escape(buf_str(&r->body),
	    r->body.len < QUOTED_MAX ? r->body.len : QUOTED_MAX, &shown);
	copy(buf_str(&shown), shown.len, r->message, sizeof(r->message));
	buf_clear(&shown);
	if (!*r->message)
		snprintf(r->message, sizeof(r->message),
		    "status %d, and no text", r->status);
}

static bool
is_type(const struct api_response *r, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(r->type, *names) == 0)
			return true;
	return false;
}

/* The key of the execution's data cannot be used. */
static bool
is_key_trouble(const struct api_response *r)
{
	static const char *const names[] = { "KMSAccessDeniedException",
		"KMSDisabledException", "KMSInvalidStateException",
		"KMSNotFoundException", NULL };

	return is_type(r, names);
}

bool
answer_is_throttled(const struct api_response *r)
{
	static const char *const names[] = { "TooManyRequestsException",
		"Throttling", "ThrottlingException", "ThrottledException",
		"RequestThrottled", "RequestThrottledException",
		"RequestLimitExceeded", "BandwidthLimitExceeded",
		"LimitExceededException", "PriorRequestNotComplete",
		"ProvisionedThroughputExceededException", "SlowDown",
		"TransactionInProgressException", "EC2ThrottledException",
		NULL };

	return r->status == 429 || is_type(r, names);
}

bool
answer_is_transient(const struct api_response *r)
{
	return (r->status == 500 || r->status == 502 || r->status == 503 ||
		   r->status == 504) &&
	    !is_key_trouble(r);
}

bool
answer_refuses_credentials(const struct api_response *r)
{
	static const char *const names[] = { "ExpiredToken",
		"ExpiredTokenException", "InvalidClientTokenId",
		"RequestExpired", "UnrecognizedClientException", NULL };

	return (r->status == 403 || r->status == 400 || r->status == 401) &&
	    is_type(r, names);
}

int64_t
answer_skew(const struct api_response *r, int64_t now)
{
	struct span date;
	int64_t server;

	if (r->status != 403 || !api_header(r, "Date", &date) ||
	    (server = http_parse_date(date)) < 0)
		return 0;
	return server - now >= SKEW_MS || now - server >= SKEW_MS ? server - now
								  : 0;
}

int64_t
answer_retry_after(const struct api_response *r, int64_t now)
{
	struct span value;
	int64_t ms = 0, until;
	size_t n = 0;

	if (!api_header(r, "Retry-After", &value) || value.n == 0)
		return 0;
	for (; n < value.n && isdigit((unsigned char)value.p[n]); n++)
		if (ms <= RETRY_AFTER_MAX_MS)
			ms = 10 * ms + 1000 * (value.p[n] - '0');
	if (n < value.n) {
		until = http_parse_date(value);
		ms = until < now ? 0 : until - now;
	}
	return ms > RETRY_AFTER_MAX_MS ? -1 : ms;
}

int64_t
answer_backoff(int n, bool throttled, double r)
{
	int64_t most = throttled ? BACKOFF_THROTTLED_MS : BACKOFF_BASE_MS;

	while (--n > 0 && most < BACKOFF_MAX_MS)
		most *= 2;
	if (most > BACKOFF_MAX_MS)
		most = BACKOFF_MAX_MS;
	return (int64_t)(r * (double)most);
}

enum api_class
api_classify(const struct api_response *r)
{
	static const char stale[] = "invalid checkpoint token";

	if (r->status >= 200 && r->status < 300)
		return API_OK;
	if (is_key_trouble(r))
		return API_FAILS_EXECUTION;
	if (strcmp(r->type, "InvalidParameterValueException") == 0 &&
	    strncasecmp(r->message, stale, sizeof(stale) - 1) == 0)
		return API_GONE;
	if (r->status >= 400 && r->status < 500 && !answer_is_throttled(r))
		return API_FAILS_EXECUTION;
	return API_ENDS_INVOCATION;
}
