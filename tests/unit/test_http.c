/*
 * test_http.c - http.h against real sockets: what is sent, what is taken, and
 * what is said when nothing comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/http.h"
#include "web_server.h"

static struct http *
new_http(void)
{
	struct err e;
	struct http *h = http_new(&e);

	if (!h)
		fail_msg("%s", e.text);
	return h;
}

/* Starts a request, waits for its end and takes it. */
static int
perform(struct http *h, const struct http_request *rq,
    struct http_response *out, struct err *e)
{
	struct http_call *c = http_start(h, rq, e);

	if (!c)
		return -1;
	while (!http_is_done(c))
		assert_int_equal(http_wait(h, -1, e), 0);
	return http_take(c, out, e);
}

static struct http_request
request(const char *method, const char *url)
{
	return (struct http_request){ .method = method,
		.url = url,
		.timeout_ms = 10000,
		.connect_timeout_ms = 5000,
		.no_proxy = true };
}

static bool
came(const struct web_server *s, size_t i, const char *text)
{
	return strstr(buf_str(&web_request(s, i)->text), text) != NULL;
}

static void
a_get_is_sent_and_its_answer_taken(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER,
	    WEB_STATUS("200 OK", "X-One:  first \r\nx-one: second\r\n",
		"hello") } };
	struct web_server *s = web_start(steps, 1);
	char *url = xasprintf("%s/a%%3Ab/../c?d=%%2F", web_url(s));
	const char *const headers[] = { "X-Mine: yes", NULL };
	struct http_request rq = request("GET", url);
	struct http_response out;
	struct http *h = new_http();
	struct span value;
	struct err e;

	(void)state;
	rq.headers = headers;
	http_response_init(&out);
	assert_int_equal(perform(h, &rq, &out, &e), 0);
	assert_int_equal(out.status, 200);
	assert_string_equal(buf_str(&out.body), "hello");
	assert_true(http_header(&out, "x-ONE", &value));
	assert_int_equal(value.n, 5);
	assert_memory_equal(value.p, "first", 5);
	assert_false(http_header(&out, "x-on", &value));
	web_stop(s);
	assert_true(came(s, 0, "GET /a%3Ab/../c?d=%2F HTTP/1.1\r\n"));
	assert_true(came(s, 0, "\r\nX-Mine: yes\r\n"));
	assert_false(came(s, 0, "Content-Type"));
	http_response_clear(&out);
	http_free(h);
	web_free(s);
	free(url);
}

static void
a_post_sends_its_bytes_and_no_header_of_libcurls_own(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER, WEB_OK("") },
		{ WEB_ANSWER, WEB_OK("") }, { WEB_ANSWER, WEB_OK("") } };
	struct web_server *s = web_start(steps, 3);
	struct http_request rq = request("POST", web_url(s));
	struct http_response out;
	struct http *h = new_http();
	struct err e;
	char *large = xmalloc(300000);

	(void)state;
	memset(large, 'x', 300000);
	http_response_init(&out);
	rq.body = (struct span){ large, 300000 };
	assert_int_equal(perform(h, &rq, &out, &e), 0);
	rq.body = (struct span){ NULL, 0 };
	assert_int_equal(perform(h, &rq, &out, &e), 0);
	rq.method = "PUT";
	rq.body = (struct span){ "ab", 2 };
	assert_int_equal(perform(h, &rq, &out, &e), 0);
	web_stop(s);
	assert_true(came(s, 0, "\r\nContent-Length: 300000\r\n"));
	assert_false(came(s, 0, "Expect"));
	assert_false(came(s, 0, "Content-Type"));
	assert_true(web_request(s, 0)->text.len > 300000);
	assert_true(came(s, 1, "\r\nContent-Length: 0\r\n"));
	assert_true(came(s, 2, "PUT / HTTP/1.1\r\n"));
	assert_true(came(s, 2, "\r\n\r\nab"));
	/* One connection was enough. */
	assert_int_equal(web_request(s, 2)->connection, 0);
	http_response_clear(&out);
	http_free(h);
	web_free(s);
	free(large);
}

static void
a_fresh_request_has_a_connection_of_its_own(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER, WEB_OK("") },
		{ WEB_ANSWER, WEB_OK("") } };
	struct web_server *s = web_start(steps, 2);
	struct http_request rq = request("GET", web_url(s));
	struct http_response out;
	struct http *h = new_http();
	struct err e;

	(void)state;
	http_response_init(&out);
	assert_int_equal(perform(h, &rq, &out, &e), 0);
	rq.fresh = true;
	assert_int_equal(perform(h, &rq, &out, &e), 0);
	web_stop(s);
	assert_int_equal(web_request(s, 1)->connection, 1);
	http_response_clear(&out);
	http_free(h);
	web_free(s);
}

static void
calls_run_at_the_same_time(void **state)
{
	const struct web_step steps[] = { { WEB_SILENT, NULL },
		{ WEB_ANSWER, WEB_OK("two") } };
	struct web_server *s = web_start(steps, 2);
	struct http_request rq = request("GET", web_url(s));
	struct http_response out;
	struct http *h = new_http();
	struct http_call *silent, *call;
	struct err e;

	(void)state;
	http_response_init(&out);
	rq.timeout_ms = 0;
	silent = http_start(h, &rq, &e);
	for (int i = 0; i < 20; i++)
		assert_int_equal(http_wait(h, 10, &e), 0);
	call = http_start(h, &rq, &e);
	while (!http_is_done(call))
		assert_int_equal(http_wait(h, -1, &e), 0);
	assert_false(http_is_done(silent));
	assert_int_equal(http_take(call, &out, &e), 0);
	assert_string_equal(buf_str(&out.body), "two");
	assert_int_equal(http_fd_count(h), 1);
	http_cancel(silent);
	assert_int_equal(http_fd_count(h), 0);
	http_response_clear(&out);
	http_free(h);
	web_free(s);
}

/* What fails, and what is said then: %p stands for the port. */
static void
check_failure(const struct web_step *step, bool may_have_arrived,
    enum err_code code, const char *wanted)
{
	struct web_server *s = web_start(step, 1);
	char *url = xasprintf("%s/x?Token=secret", web_url(s));
	struct http_request rq = request("POST", url);
	struct http_response out;
	struct http *h = new_http();
	struct err e;
	char *text = xasprintf("POST http://127.0.0.1/x: %s 127.0.0.1:%d: ",
	    wanted, web_port(s));

	rq.timeout_ms = 300;
	rq.body_max = 100;
	rq.body = (struct span){ "body", 4 };
	http_response_init(&out);
	assert_int_equal(perform(h, &rq, &out, &e), -1);
	if (code == ERR_IO && !strstr(e.text, text))
		fail_msg("%s, and not %s", e.text, text);
	assert_int_equal(e.code, code);
	assert_null(strstr(e.text, "secret"));
	assert_int_equal(out.status, 0);
	assert_int_equal(out.body.len, 0);
	assert_int_equal(out.may_have_arrived, may_have_arrived);
	assert_int_equal(out.is_final, code == ERR_REFUSED);
	http_response_clear(&out);
	http_free(h);
	web_free(s);
	free(url);
	free(text);
}

static void
failures_say_where_and_why(void **state)
{
	char large[400] = "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n";

	(void)state;
	memset(large + strlen(large), 'x', 101);
	check_failure(&(struct web_step){ WEB_RESET, NULL }, true, ERR_IO,
	    "connection cut by");
	check_failure(&(struct web_step){ WEB_CLOSE, "" }, true, ERR_IO,
	    "connection cut by");
	check_failure(&(struct web_step){ WEB_SILENT, NULL }, true, ERR_IO,
	    "no answer in time from");
	check_failure(&(struct web_step){ WEB_CLOSE,
			  "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf" },
	    true, ERR_IO, "half an answer from");
	check_failure(
	    &(struct web_step){ WEB_CLOSE,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"5\r\nab" },
	    true, ERR_IO, "half an answer from");
	check_failure(&(struct web_step){ WEB_CLOSE, "rubbish\r\n\r\n" }, true,
	    ERR_IO, "no answer from");
	check_failure(&(struct web_step){ WEB_ANSWER, large }, true,
	    ERR_REFUSED, "");
}

static void
what_cannot_be_reached_is_named(void **state)
{
	struct web_server *s = web_start(NULL, 0);
	struct http_request rq = request("GET", web_url(s));
	struct http_response out;
	struct http *h = new_http();
	struct err e;
	char *wanted = xasprintf("GET http://127.0.0.1/: cannot connect to "
				 "127.0.0.1:%d: ",
	    web_port(s));

	(void)state;
	web_stop(s); /* now nobody listens there */
	http_response_init(&out);
	assert_int_equal(perform(h, &rq, &out, &e), -1);
	assert_memory_equal(e.text, wanted, strlen(wanted));
	assert_false(out.may_have_arrived);
	assert_false(out.is_final);
	rq.url = "https://nowhere.invalid/";
	assert_int_equal(perform(h, &rq, &out, &e), -1);
	assert_non_null(
	    strstr(e.text, "there is no address for nowhere.invalid:443: "));
	assert_false(out.may_have_arrived);
	http_response_clear(&out);
	http_free(h);
	web_free(s);
	free(wanted);
}

static void
what_is_no_request_is_refused(void **state)
{
	static const char *const urls[] = { "", "file:///etc/passwd",
		"ftp://h/", "http://", "http://h/\r\nX: y", "http://h:0x/" };
	const char *const bad[] = { "X: a\r\nY: b", NULL };
	struct http_request rq = request("GET", "http://127.0.0.1:1/");
	struct http *h = new_http();
	struct err e;

	(void)state;
	rq.headers = bad;
	assert_null(http_start(h, &rq, &e));
	assert_int_equal(e.code, ERR_USAGE);
	rq.headers = NULL;
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		rq.url = urls[i];
		assert_null(http_start(h, &rq, &e));
		assert_int_equal(e.code, ERR_USAGE);
		assert_non_null(strstr(e.text, "is not an http or https URL"));
	}
	http_free(h);
}

static void
redirects_are_answers(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER,
	    WEB_STATUS("302 Found", "Location: /other\r\n", "") } };
	struct web_server *s = web_start(steps, 1);
	struct http_request rq = request("GET", web_url(s));
	struct http_response out;
	struct http *h = new_http();
	struct err e;

	(void)state;
	http_response_init(&out);
	assert_int_equal(perform(h, &rq, &out, &e), 0);
	assert_int_equal(out.status, 302);
	web_stop(s);
	assert_int_equal(web_request_count(s), 1);
	http_response_clear(&out);
	http_free(h);
	web_free(s);
}

static void
the_environments_proxy_can_be_passed_over(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER, WEB_OK("direct") } };
	struct web_server *s = web_start(steps, 1);
	struct http_request rq = request("GET", web_url(s));
	struct http_response out;
	struct http *h = new_http();
	struct err e;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	http_response_init(&out);
	assert_int_equal(perform(h, &rq, &out, &e), 0);
	assert_string_equal(buf_str(&out.body), "direct");
	rq.no_proxy = false;
	rq.fresh = true;
	assert_int_equal(perform(h, &rq, &out, &e), -1);
	unsetenv("http_proxy");
	http_response_clear(&out);
	http_free(h);
	web_free(s);
}

static void
no_descriptor_is_left_to_other_programs(void **state)
{
	const struct web_step steps[] = { { WEB_SILENT, NULL } };
	struct web_server *s = web_start(steps, 1);
	struct http_request rq = request("GET", web_url(s));
	bool was_open[256];
	struct http *h;
	struct http_call *c;
	struct err e;
	int n = 0;

	(void)state;
	for (int fd = 0; fd < 256; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
	h = new_http();
	c = http_start(h, &rq, &e);
	for (int i = 0; i < 5; i++)
		assert_int_equal(http_wait(h, 10, &e), 0);
	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (was_open[fd] || flags < 0)
			continue;
		n++;
		assert_true(flags & FD_CLOEXEC);
	}
	assert_true(n >= 1);
	http_cancel(c);
	http_free(h);
	web_free(s);
}

/* A server with a certificate that it has signed itself. */
struct tls_server {
	SSL_CTX *context;
	int fd, port;
	char *folder, *pem;
	pthread_t thread;
};

static void
make_certificate(struct tls_server *s)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509V3_CTX context;
	X509_EXTENSION *alt;
	FILE *f;

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	X509_set_version(x, X509_VERSION_3);
	X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
	alt = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name,
	    "IP:127.0.0.1");
	X509_add_ext(x, alt, -1);
	X509_EXTENSION_free(alt);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	f = fopen(s->pem, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	s->context = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(s->context, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(s->context, key), 1);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* Two connections: one whose certificate is refused, one that is used. */
static void *
serve_tls(void *arg)
{
	static const char answer[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntls";
	struct tls_server *s = arg;
	char bytes[1024];

	for (int i = 0; i < 2; i++) {
		int fd = accept(s->fd, NULL, NULL);
		SSL *ssl = SSL_new(s->context);

		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1 &&
		    SSL_read(ssl, bytes, sizeof(bytes)) > 0)
			SSL_write(ssl, answer, sizeof(answer) - 1);
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static void
an_untrusted_certificate_ends_it_and_a_bundle_helps(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof(a);
	struct tls_server s = { .folder = xstrdup("/tmp/test_http-XXXXXX") };
	struct http_request rq = request("GET", NULL);
	struct http_response out;
	struct http *h = new_http();
	struct err e;
	char *url;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(s.folder));
	s.pem = xasprintf("%s/ca.pem", s.folder);
	make_certificate(&s);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s.fd, (struct sockaddr *)&a, size), 0);
	assert_int_equal(listen(s.fd, 16), 0);
	assert_int_equal(getsockname(s.fd, (struct sockaddr *)&a, &size), 0);
	assert_int_equal(pthread_create(&s.thread, NULL, serve_tls, &s), 0);
	url = xasprintf("https://127.0.0.1:%d/", ntohs(a.sin_port));
	rq.url = url;
	/* A handshake is slow under valgrind. */
	rq.connect_timeout_ms = rq.timeout_ms = 120000;
	http_response_init(&out);
	assert_int_equal(perform(h, &rq, &out, &e), -1);
	if (!strstr(e.text, "no trust in the certificate of"))
		fail_msg("%s", e.text);
	assert_non_null(strstr(e.text, "AWS_CA_BUNDLE"));
	assert_true(out.is_final);
	assert_false(out.may_have_arrived);
	rq.ca_bundle = s.pem;
	if (perform(h, &rq, &out, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(buf_str(&out.body), "tls");
	pthread_join(s.thread, NULL);
	rq.ca_bundle = "/nowhere/ca.pem";
	assert_int_equal(perform(h, &rq, &out, &e), -1);
	assert_non_null(strstr(e.text, "/nowhere/ca.pem"));
	assert_non_null(strstr(e.text, "AWS_CA_BUNDLE"));
	assert_true(out.is_final);
	http_response_clear(&out);
	http_free(h);
	SSL_CTX_free(s.context);
	close(s.fd);
	unlink(s.pem);
	rmdir(s.folder);
	free(s.folder);
	free(s.pem);
	free(url);
}

static void
dates_are_instants(void **state)
{
	(void)state;
	assert_int_equal(http_parse_date((struct span){
			     "Sun, 06 Nov 1994 08:49:37 GMT", 29 }),
	    784111777000);
	assert_int_equal(http_parse_date((struct span){ "soon", 4 }), -1);
	assert_int_equal(http_parse_date((struct span){ "", 0 }), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_get_is_sent_and_its_answer_taken),
		cmocka_unit_test(
		    a_post_sends_its_bytes_and_no_header_of_libcurls_own),
		cmocka_unit_test(a_fresh_request_has_a_connection_of_its_own),
		cmocka_unit_test(calls_run_at_the_same_time),
		cmocka_unit_test(failures_say_where_and_why),
		cmocka_unit_test(what_cannot_be_reached_is_named),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(redirects_are_answers),
		cmocka_unit_test(the_environments_proxy_can_be_passed_over),
		cmocka_unit_test(no_descriptor_is_left_to_other_programs),
		cmocka_unit_test(
		    an_untrusted_certificate_ends_it_and_a_bundle_helps),
		cmocka_unit_test(dates_are_instants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
