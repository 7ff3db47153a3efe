/*
 * web_server.c - the scripted server: one thread, one poll loop.
 */
#include "web_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fdio.h"
#include "base/xalloc.h"

enum { CONNECTIONS_MAX = 32, REQUESTS_MAX = 64 };

struct connection {
	int fd; /* -1: ended */
	struct buf in;
};

struct web_server {
	int fd, port, stop[2];
	char url[64];
	pthread_t thread;
	const struct web_step *steps;
	size_t n_steps;
	struct connection connections[CONNECTIONS_MAX];
	int n_connections;
	struct web_request requests[REQUESTS_MAX];
	size_t n_requests;
};

const char *
web_text(const char *status, const char *headers, const char *body, char *out,
    size_t size)
{
	int n = snprintf(out, size,
	    "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status,
	    strlen(body), headers, body);

	assert_true(n > 0 && (size_t)n < size);
	return out;
}

static void
end(struct connection *c, bool reset)
{
	struct linger at_once = { 1, 0 };

	if (reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof(at_once));
	close(c->fd);
	c->fd = -1;
}

/* How many bytes the request at the front of in has; 0: not all there yet. */
static size_t
request_size(const struct buf *in)
{
	const char *text = buf_str(in);
	const char *stop = strstr(text, "\r\n\r\n"), *p;
	size_t head, body = 0;

	if (!stop)
		return 0;
	head = (size_t)(stop + 4 - text);
	for (p = text; p < stop; p = strstr(p, "\r\n") + 2)
		if (strncasecmp(p, "Content-Length:", 15) == 0)
			body = strtoul(p + 15, NULL, 10);
	return in->len >= head + body ? head + body : 0;
}

static void
answer(struct web_server *s, struct connection *c, size_t step)
{
	static const struct web_step over = { WEB_ANSWER,
		"HTTP/1.1 599 Over\r\nContent-Length: 0\r\n\r\n" };
	const struct web_step *now = step < s->n_steps ? &s->steps[step]
						       : &over;
	size_t n = now->text ? strlen(now->text) : 0;

	if (n > 0 && send(c->fd, now->text, n, MSG_NOSIGNAL) != (ssize_t)n)
		end(c, false);
	else if (now->action == WEB_CLOSE)
		end(c, false);
	else if (now->action == WEB_RESET || now->action == WEB_REFUSE)
		end(c, true);
	else if (now->action == WEB_ANSWER_END) {
		usleep(50000); /* or the client has half an answer */
		end(c, false);
	}
}

static void
take_request(struct web_server *s, int i)
{
	struct connection *c = &s->connections[i];
	size_t n = request_size(&c->in), step = s->n_requests;
	struct web_request *rq = &s->requests[step];

	if (step == REQUESTS_MAX)
		return;
	if (n == 0 &&
	    (step >= s->n_steps || s->steps[step].action != WEB_REFUSE))
		return;
	s->n_requests++;
	rq->connection = i;
	buf_init(&rq->text, BUF_NO_MAX);
	buf_put(&rq->text, buf_str(&c->in), n > 0 ? n : c->in.len);
	buf_reset(&c->in);
	answer(s, c, step);
}

static void
read_from(struct web_server *s, int i)
{
	struct connection *c = &s->connections[i];
	char bytes[65536];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n <= 0) {
		end(c, false);
		return;
	}
	buf_put(&c->in, bytes, (size_t)n);
	take_request(s, i);
}

static void
take_connection(struct web_server *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0 || s->n_connections == CONNECTIONS_MAX)
		return;
	s->connections[s->n_connections].fd = fd;
	buf_init(&s->connections[s->n_connections++].in, BUF_NO_MAX);
}

static void *
serve(void *arg)
{
	struct web_server *s = arg;
	struct pollfd fds[CONNECTIONS_MAX + 2];

	for (;;) {
		int n = s->n_connections;

		fds[0] = (struct pollfd){ s->stop[0], POLLIN, 0 };
		fds[1] = (struct pollfd){ s->fd, POLLIN, 0 };
		for (int i = 0; i < n; i++)
			fds[i + 2] = (struct pollfd){ s->connections[i].fd,
				POLLIN, 0 };
		if (poll(fds, (nfds_t)n + 2, -1) < 0 || fds[0].revents)
			return NULL;
		for (int i = 0; i < n; i++)
			if (fds[i + 2].revents)
				read_from(s, i);
		if (fds[1].revents)
			take_connection(s);
	}
}

struct web_server *
web_start(const struct web_step *steps, size_t n)
{
	struct web_server *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof(a);
	struct err e;

	s->steps = steps;
	s->n_steps = n;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, size), 0);
	assert_int_equal(listen(s->fd, 16), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &size), 0);
	s->port = ntohs(a.sin_port);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d", s->port);
	assert_int_equal(fd_pipe(s->stop, &e), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
	return s;
}

int
web_port(const struct web_server *s)
{
	return s->port;
}

const char *
web_url(const struct web_server *s)
{
	return s->url;
}

void
web_stop(struct web_server *s)
{
	if (s->fd < 0)
		return;
	close(s->stop[1]);
	pthread_join(s->thread, NULL);
	close(s->stop[0]);
	close(s->fd);
	s->fd = -1;
	for (int i = 0; i < s->n_connections; i++) {
		if (s->connections[i].fd >= 0)
			close(s->connections[i].fd);
		buf_clear(&s->connections[i].in);
	}
}

size_t
web_request_count(const struct web_server *s)
{
	assert_true(s->fd < 0);
	return s->n_requests;
}

const struct web_request *
web_request(const struct web_server *s, size_t i)
{
	assert_true(i < web_request_count(s));
	return &s->requests[i];
}

void
web_free(struct web_server *s)
{
	web_stop(s);
	for (size_t i = 0; i < s->n_requests; i++)
		buf_clear(&s->requests[i].text);
	free(s);
}
