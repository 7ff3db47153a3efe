/*
 * http.c - HTTP requests over libcurl's multi interface.
 *
 * libcurl says through two callbacks which sockets it waits for and until
 * when; these are kept here and given to the owner's poll loop, so that one
 * poll waits for the network and for everything else. Each call is an easy
 * handle of its own; the connections belong to the multi handle and are kept
 * between calls.
 */
#include "lambda/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"

enum {
	CONNECTIONS_MAX = 16,
	KEEPALIVE_S = 30,
	FDS_LOOKED_AT = 256,
};

/* A socket, and what libcurl wants to know of it. */
struct watch {
	curl_socket_t fd;
	short events;
};

struct http {
	CURLM *multi;
	struct watch *watches;
	size_t n_watches, watches_size;
	int64_t due; /* of libcurl's timer, monotonic; -1: none */
	struct http_call *calls;
	const char *ca_file; /* literal; NULL: where libcurl looks itself */
};

struct http_call {
	struct http *http;
	struct http_call *next;
	CURL *easy;
	struct curl_slist *headers;
	struct http_response answer;
	char reason[CURL_ERROR_SIZE];
	char *what, *where; /* "GET https://host/path", "host:port" */
	CURLcode result;
	bool is_done, is_too_large;
};

int64_t
http_parse_date(struct span text)
{
	char *copy = xmemdup(text.p, text.n);
	time_t t = curl_getdate(copy, NULL);

	free(copy);
	return t < 0 ? -1 : (int64_t)t * 1000;
}

/* libcurl's callback: what it waits for on one socket. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct http *h = arg;
	size_t i;

	(void)easy;
	(void)unused;
	for (i = 0; i < h->n_watches && h->watches[i].fd != fd; i++)
		;
	if (what == CURL_POLL_REMOVE) {
		if (i < h->n_watches)
			h->watches[i] = h->watches[--h->n_watches];
		return 0;
	}
	if (i == h->n_watches) {
		if (h->n_watches == h->watches_size) {
			h->watches_size = 2 * h->watches_size + 8;
			h->watches = xreallocarray(h->watches, h->watches_size,
			    sizeof(*h->watches));
		}
		h->watches[h->n_watches++].fd = fd;
	}
	h->watches[i].events = (short)((what & CURL_POLL_IN ? POLLIN : 0) |
	    (what & CURL_POLL_OUT ? POLLOUT : 0));
	return 0;
}

/* libcurl's callback: when it wants to be called at the latest. */
static int
set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http *h = arg;

	(void)multi;
	h->due = timeout_ms < 0 ? -1 : time_monotonic() + timeout_ms;
	return 0;
}

/* As libcurl would, but no program that we start shall have it. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	(void)arg;
	(void)purpose;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static void
find_open(bool open_now[FDS_LOOKED_AT])
{
	for (int fd = 0; fd < FDS_LOOKED_AT; fd++)
		open_now[fd] = fcntl(fd, F_GETFD) >= 0;
}

/* curl_multi_init opens a pair to wake itself with, not close-on-exec. */
static CURLM *
new_multi(void)
{
	bool before[FDS_LOOKED_AT], after[FDS_LOOKED_AT];
	CURLM *multi;

	find_open(before);
	multi = curl_multi_init();
	find_open(after);
	for (int fd = 0; fd < FDS_LOOKED_AT; fd++)
		if (after[fd] && !before[fd])
			(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return multi;
}

/*
 * A libcurl that was carried here from another distribution looks for the
 * certificates where that one has them. NULL when it will find them.
 */
static const char *
find_ca_file(void)
{
	static const char *const usual[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/cert.pem",
		"/etc/ssl/ca-bundle.pem",
	};
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if ((v->cainfo && access(v->cainfo, R_OK) == 0) ||
	    (v->capath && access(v->capath, R_OK) == 0))
		return NULL;
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (access(usual[i], R_OK) == 0)
			return usual[i];
	return NULL;
}

struct http *
http_new(struct err *e)
{
	static bool is_begun;
	struct http *h;

	if (!is_begun && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, ERR_IO, "libcurl does not start");
		return NULL;
	}
	is_begun = true;
	h = xcalloc(1, sizeof(*h));
	h->due = -1;
	h->ca_file = find_ca_file();
	if (!(h->multi = new_multi()) ||
	    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION,
		watch_socket) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_timer) !=
		CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
		(long)CONNECTIONS_MAX) != CURLM_OK) {
		err_set(e, ERR_IO, "libcurl gives no multi handle");
		http_free(h);
		return NULL;
	}
	return h;
}

static void
free_call(struct http_call *c)
{
	if (c->easy)
		curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	http_response_clear(&c->answer);
	free(c->what);
	free(c->where);
	free(c);
}

void
http_cancel(struct http_call *c)
{
	struct http_call **at;

	if (!c)
		return;
	for (at = &c->http->calls; *at && *at != c; at = &(*at)->next)
		;
	if (*at) {
		*at = c->next;
		(void)curl_multi_remove_handle(c->http->multi, c->easy);
	}
	free_call(c);
}

void
http_free(struct http *h)
{
	if (!h)
		return;
	while (h->calls)
		http_cancel(h->calls);
	if (h->multi)
		(void)curl_multi_cleanup(h->multi);
	free(h->watches);
	free(h);
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;

	buf_put(&c->answer.body, p, size * n);
	c->is_too_large = buf_overflowed(&c->answer.body);
	return c->is_too_large ? 0 : size * n;
}

/* Of several answers, as after a 100, the last one's headers count. */
static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;
	size_t len = size * n;

	if (len >= 5 && memcmp(p, "HTTP/", 5) == 0)
		buf_reset(&c->answer.headers);
	else if (memchr(p, ':', len))
		buf_put(&c->answer.headers, p, len);
	c->is_too_large = buf_overflowed(&c->answer.headers);
	return c->is_too_large ? 0 : len;
}

static bool
is_one_line(const char *s)
{
	return s[strcspn(s, "\r\n")] == '\0';
}

/* Appends to the call's headers; out of memory is curl_slist_append's NULL. */
static int
add_header(struct http_call *c, const char *header, struct err *e)
{
	struct curl_slist *longer = NULL;

	if (!is_one_line(header))
		return err_set(e, ERR_USAGE, "%s: a header holds a line break",
		    c->what);
	if (!(longer = curl_slist_append(c->headers, header)))
		return err_set(e, ERR_BUG, "%s: libcurl takes no header",
		    c->what);
	c->headers = longer;
	return 0;
}

/* The given ones, and those that libcurl would add and shall not. */
static int
set_headers(struct http_call *c, const struct http_request *rq, struct err *e)
{
	bool has_type = false;

	for (size_t i = 0; rq->headers && rq->headers[i]; i++) {
		has_type |= strncasecmp(rq->headers[i], "Content-Type:", 13) ==
		    0;
		if (add_header(c, rq->headers[i], e) < 0)
			return -1;
	}
	if (!has_type && add_header(c, "Content-Type:", e) < 0)
		return -1;
	return add_header(c, "Expect:", e);
}

static CURLcode
set_method(struct http_call *c, const struct http_request *rq)
{
	bool is_post = strcmp(rq->method, "POST") == 0;
	CURLcode result;

	if (!is_post && rq->body.n == 0) {
		result = curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
	} else {
		(void)curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)rq->body.n);
		result = curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS,
		    rq->body.n > 0 ? rq->body.p : "");
	}
	if (result == CURLE_OK && !is_post && strcmp(rq->method, "GET") != 0)
		result = curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST,
		    rq->method);
	return result;
}

/* curl_easy_setopt fails for what is out of range or memory, or was left out
 * of this libcurl; where that makes a request less safe it is checked. */
static int
set_options(struct http_call *c, const struct http_request *rq, struct err *e)
{
	const char *ca = rq->ca_bundle ? rq->ca_bundle : c->http->ca_file;
	CURL *easy = c->easy;
	CURLcode result = set_method(c, rq);

#define SET(option, value)                         \
 do {                                              \
  if (result == CURLE_OK)                          \
   result = curl_easy_setopt(easy, option, value); \
 } while (0)
	SET(CURLOPT_URL, rq->url);
	SET(CURLOPT_HTTPHEADER, c->headers);
	SET(CURLOPT_PRIVATE, c);
	SET(CURLOPT_ERRORBUFFER, c->reason);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, c);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, c);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
	SET(CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
	SET(CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	SET(CURLOPT_TIMEOUT_MS, (long)rq->timeout_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)rq->connect_timeout_ms);
	SET(CURLOPT_FRESH_CONNECT, rq->fresh ? 1L : 0L);
	if (rq->no_proxy)
		SET(CURLOPT_NOPROXY, "*");
	if (ca)
		SET(CURLOPT_CAINFO, ca);
#undef SET
	if (result != CURLE_OK)
		return err_set(e, ERR_BUG, "%s: libcurl takes no option: %s",
		    c->what, curl_easy_strerror(result));
	return 0;
}

/* Checks the URL, and makes of it what messages say: no query, as a token
 * may stand there, no name and no password. */
static int
set_names(struct http_call *c, const struct http_request *rq, struct err *e)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL;
	CURLU *u = curl_url();
	CURLUcode bad = CURLUE_OUT_OF_MEMORY;
	int result = -1;

	if (u && is_one_line(rq->url))
		bad = curl_url_set(u, CURLUPART_URL, rq->url, CURLU_PATH_AS_IS);
	if (bad != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) !=
		CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PATH, &path, 0) != CURLUE_OK ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
		err_set(e, ERR_USAGE, "'%.*s' is not an http or https URL",
		    (int)strcspn(rq->url, "?\r\n"), rq->url);
	} else {
		c->what = xasprintf("%s %s://%s%s", rq->method, scheme, host,
		    path);
		c->where = xasprintf("%s:%s", host, port);
		result = 0;
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(path);
	curl_url_cleanup(u);
	return result;
}

struct http_call *
http_start(struct http *h, const struct http_request *rq, struct err *e)
{
	struct http_call *c = xcalloc(1, sizeof(*c));

	c->http = h;
	http_response_init(&c->answer);
	c->answer.body.max = rq->body_max ? rq->body_max : HTTP_BODY_MAX;
	if (set_names(c, rq, e) < 0)
		goto fail;
	if (!(c->easy = curl_easy_init())) {
		err_set(e, ERR_BUG, "%s: libcurl gives no handle", c->what);
		goto fail;
	}
	if (set_headers(c, rq, e) < 0 || set_options(c, rq, e) < 0)
		goto fail;
	if (curl_multi_add_handle(h->multi, c->easy) != CURLM_OK) {
		err_set(e, ERR_BUG, "%s: libcurl takes no call", c->what);
		goto fail;
	}
	c->next = h->calls;
	h->calls = c;
	log_line("http %s%s", c->what, rq->fresh ? ", a new connection" : "");
	return c;
fail:
	free_call(c);
	return NULL;
}

size_t
http_fd_count(const struct http *h)
{
	return h->n_watches;
}

size_t
http_fill(const struct http *h, struct pollfd *fds, size_t room,
    int64_t *wait_ms)
{
	size_t n = h->n_watches < room ? h->n_watches : room;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = h->watches[i].fd,
			.events = h->watches[i].events };
	if (h->due >= 0)
		time_lower_wait(wait_ms, h->due - time_monotonic());
	return n;
}

/* Takes from libcurl the calls that have ended. */
static void
take_ended(struct http *h)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left))) {
		struct http_call *c = NULL;
		long status = 0, sent = 0;
		CURLcode result = msg->data.result;

		if (msg->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE,
			(char **)&c) != CURLE_OK)
			continue;
		(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE,
		    &status);
		(void)curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &sent);
		c->answer.status = (int)status;
		c->answer.may_have_arrived = sent > 0;
		c->result = result;
		c->is_done = true;
		log_line("http %s: %ld, %s, %zu bytes", c->what, status,
		    curl_easy_strerror(result), c->answer.body.len);
	}
}

int
http_turn(struct http *h, const struct pollfd *fds, size_t n, struct err *e)
{
	CURLMcode result = CURLM_OK;
	int running;

	for (size_t i = 0; i < n && result == CURLM_OK; i++) {
		int what = (fds[i].revents & POLLIN ? CURL_CSELECT_IN : 0) |
		    (fds[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0);

		/* With 0 libcurl looks for itself what is the matter. */
		if (fds[i].revents & (POLLERR | POLLHUP | POLLNVAL))
			what = 0;
		if (fds[i].revents)
			result = curl_multi_socket_action(h->multi, fds[i].fd,
			    what, &running);
	}
	if (result == CURLM_OK && h->due >= 0 && h->due <= time_monotonic()) {
		h->due = -1;
		result = curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT,
		    0, &running);
	}
	if (result != CURLM_OK)
		return err_set(e, ERR_BUG, "libcurl's loop: %s",
		    curl_multi_strerror(result));
	take_ended(h);
	return 0;
}

int
http_wait(struct http *h, int64_t wait_ms, struct err *e)
{
	size_t n = http_fd_count(h);
	struct pollfd *fds = xcalloc(n + 1, sizeof(*fds));
	int result = 0;

	n = http_fill(h, fds, n, &wait_ms);
	if (wait_ms > INT32_MAX)
		wait_ms = INT32_MAX;
	if (poll(fds, (nfds_t)n, (int)wait_ms) < 0) {
		n = 0;
		if (errno != EINTR)
			result = err_sys(e, "poll");
	}
	if (result == 0)
		result = http_turn(h, fds, n, e);
	free(fds);
	return result;
}

bool
http_is_done(const struct http_call *c)
{
	return c->is_done;
}

/* Why there is no answer: text, "HOST:PORT: what libcurl says", advice. */
static const struct reason {
	CURLcode code;
	bool is_final;
	const char *text, *advice;
} reasons[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, false, "there is no address for",
	    ": check the region, the endpoint URL and the network" },
	{ CURLE_COULDNT_RESOLVE_PROXY, false, "no address of a proxy to",
	    ": check HTTPS_PROXY and http_proxy" },
	{ CURLE_COULDNT_CONNECT, false, "cannot connect to", "" },
	{ CURLE_OPERATION_TIMEDOUT, false, "no answer in time from", "" },
	{ CURLE_PEER_FAILED_VERIFICATION, true,
	    "no trust in the certificate of",
	    ": set AWS_CA_BUNDLE to a file with the certificate of who signed "
	    "it" },
	{ CURLE_SSL_CACERT_BADFILE, true, "nothing to check the certificate of",
	    ": set AWS_CA_BUNDLE to a file with certificates" },
	{ CURLE_GOT_NOTHING, false, "connection cut by", "" },
	{ CURLE_SEND_ERROR, false, "connection cut by", "" },
	{ CURLE_RECV_ERROR, false, "connection cut by", "" },
	{ CURLE_PARTIAL_FILE, false, "half an answer from", "" },
	{ CURLE_OK, false, "no answer from", "" }, /* all others */
};

static int
explain(const struct http_call *c, bool *is_final, struct err *e)
{
	const struct reason *r = reasons;

	while (r->code != CURLE_OK && r->code != c->result)
		r++;
	*is_final = r->is_final;
	return err_set(e, ERR_IO, "%s: %s %s: %s%s", c->what, r->text, c->where,
	    *c->reason ? c->reason : curl_easy_strerror(c->result), r->advice);
}

int
http_take(struct http_call *c, struct http_response *out, struct err *e)
{
	int result = 0;

	http_response_clear(out);
	out->may_have_arrived = c->answer.may_have_arrived;
	if (c->is_too_large) {
		out->is_final = true;
		result = err_set(e, ERR_REFUSED,
		    "%s: the answer is larger than %zu bytes", c->what,
		    buf_overflowed(&c->answer.body) ? c->answer.body.max
						    : c->answer.headers.max);
	} else if (c->result != CURLE_OK) {
		result = explain(c, &out->is_final, e);
	} else {
		*out = c->answer;
		http_response_init(&c->answer);
	}
	http_cancel(c);
	return result;
}
