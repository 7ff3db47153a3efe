/*
 * container.c - the endpoint that gives credentials to containers.
 *
 * ECS, EKS and others name it in the environment. It is on the machine or
 * beside it, so no proxy is asked, and plain http goes nowhere else.
 */
#include "lambda/container.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/xalloc.h"
#include "lambda/environment.h"
#include "lambda/http.h"

enum {
	ATTEMPTS = 3,
	TIMEOUT_MS = 2000,
	TOKEN_MAX = 64 * 1024,
};

/* Literal addresses only: what a name stands for can change. */
static bool
is_near(const char *host)
{
	static const unsigned char loopback[16] = { [15] = 1 };
	static const unsigned char eks[16] = { 0xfd, 0x00, 0x0e,
		0xc2, [15] = 0x23 };
	unsigned char a[16];

	if (inet_pton(AF_INET, host, a) == 1)
		return a[0] == 127 || memcmp(a, "\xa9\xfe\xaa\x02", 4) == 0 ||
		    memcmp(a, "\xa9\xfe\xaa\x17", 4) == 0;
	if (inet_pton(AF_INET6, host, a) == 1)
		return memcmp(a, loopback, 16) == 0 || memcmp(a, eks, 16) == 0;
	return strcasecmp(host, "localhost") == 0;
}

int
container_check_url(const char *url, struct err *e)
{
	const char *p = url + 7;
	char host[64] = "";
	size_t n = 0;

	if (strncasecmp(url, "https://", 8) == 0)
		return 0;
	if (strncasecmp(url, "http://", 7) == 0) {
		bool has_brackets = *p == '[';

		if (has_brackets)
			n = strcspn(++p, "]");
		else
			n = strcspn(p, ":/?#");
		if (n < sizeof(host) && (!has_brackets || p[n] == ']'))
			memcpy(host, p, n);
		p += n + (has_brackets && p[n] == ']');
		n = *p == ':' ? 1 + strspn(p + 1, "0123456789") : 0;
		if (is_near(host) && strchr("/?#", p[n]))
			return 0;
	}
	return err_set(e, ERR_REFUSED,
	    "AWS_CONTAINER_CREDENTIALS_FULL_URI is '%s': credentials are asked "
	    "for by https only, or by http on this machine, 169.254.170.2, "
	    "169.254.170.23 and [fd00:ec2::23]",
	    url);
}

/* "Authorization: TOKEN" in *header, or NULL when no token is set. */
static int
find_token(char **header, struct err *e)
{
	const char *path = environment(
	    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	struct buf text;
	int fd, result;

	*header = NULL;
	if (!path) {
		if (token)
			*header = xasprintf("Authorization: %s", token);
		return 0;
	}
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return err_sys(e,
		    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: open %s", path);
	buf_init(&text, TOKEN_MAX);
	result = fd_read_all(fd, &text, path, e);
	close(fd);
	if (result == 0)
		*header = xasprintf("Authorization: %.*s",
		    (int)strcspn(buf_str(&text), "\r\n"), buf_str(&text));
	buf_clear(&text);
	return result;
}

static int
ask_once(struct http *h, const struct http_request *rq,
    struct http_response *out, struct err *e)
{
	struct http_call *c = http_start(h, rq, e);

	if (!c)
		return -1;
	while (!http_is_done(c)) {
		if (http_wait(h, -1, e) < 0) {
			http_cancel(c);
			return -1;
		}
	}
	if (http_take(c, out, e) < 0)
		return -1;
	if (out->status == 200)
		return 0;
	return err_set(e, ERR_IO, "GET %s: it answers with status %d: %.200s",
	    rq->url, out->status, buf_str(&out->body));
}

static int
ask(const char *url, const char *header, struct buf *body, struct err *e)
{
	const char *const headers[] = { header, NULL };
	struct http_request rq = { .method = "GET",
		.url = url,
		.headers = headers,
		.timeout_ms = TIMEOUT_MS,
		.body_max = body->max,
		.no_proxy = true };
	struct http_response out;
	struct http *h = http_new(e);
	int result = -1;

	if (!h)
		return -1;
	http_response_init(&out);
	for (int i = 0; i < ATTEMPTS && result < 0; i++)
		result = ask_once(h, &rq, &out, e);
	if (result == 0)
		buf_put(body, buf_str(&out.body), out.body.len);
	if (out.body.data)
		explicit_bzero(out.body.data, out.body.size);
	http_response_clear(&out);
	http_free(h);
	return result;
}

int
container_ask(struct buf *body, struct err *e)
{
	const char *relative = environment(
	    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	char *url = NULL, *header = NULL;
	int result = -1;

	if (!relative && !full)
		return 0;
	if (relative && *relative != '/')
		return err_set(e, ERR_USAGE,
		    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin "
		    "with '/': '%s'",
		    relative);
	url = relative ? xasprintf("http://169.254.170.2%s", relative)
		       : xstrdup(full);
	if (container_check_url(url, e) == 0 && find_token(&header, e) == 0 &&
	    ask(url, header, body, e) == 0)
		result = 1;
	else
		err_wrap(e, "ask for the container's credentials");
	if (header)
		explicit_bzero(header, strlen(header));
	free(header);
	free(url);
	return result;
}
