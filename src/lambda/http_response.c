/*
 * http_response.c - an answer's memory, and its headers.
 */
#include <string.h>
#include <strings.h>

#include "lambda/http.h"

void
http_response_init(struct http_response *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->headers, HTTP_HEADERS_MAX);
	buf_init(&r->body, HTTP_BODY_MAX);
}

void
http_response_clear(struct http_response *r)
{
	buf_clear(&r->headers);
	buf_clear(&r->body);
	http_response_init(r);
}

static struct span
trimmed(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (
	    p < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	return (struct span){ p, (size_t)(end - p) };
}

bool
http_find_header(struct span headers, const char *name, struct span *value)
{
	const char *p = headers.p, *end = p + headers.n;
	size_t n = strlen(name);

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		if (!stop)
			stop = end;
		if ((size_t)(stop - p) > n && p[n] == ':' &&
		    strncasecmp(p, name, n) == 0) {
			*value = trimmed(p + n + 1, stop);
			return true;
		}
		p = stop + (stop < end);
	}
	return false;
}

bool
http_header(const struct http_response *r, const char *name, struct span *value)
{
	struct span headers = { buf_str(&r->headers), r->headers.len };

	return http_find_header(headers, name, value);
}
