/*
 * test_api.c - api.h against a real server: what is tried again, how soon, on
 * which connection, with which bytes and which signature.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/answer.h"
#include "lambda/api.h"
#include "lambda/http.h"
#include "web_server.h"

#define BODY "{\"CheckpointToken\":\"t\",\"Updates\":[]}"

static const struct api_request checkpoint = {
	.method = "POST",
	.path = "/2025-12-01/durable-executions/arn%3Aaws/checkpoint",
	.body = { BODY, sizeof(BODY) - 1 },
	.content_type = "application/json",
};

/* A server with its script, an api that asks it, and what came of it. */
struct talk {
	struct web_server *server;
	struct api *api;
	struct api_response answer;
	struct err e;
	int64_t took_ms;
	int result;
};

static int
clean_environment(void **state)
{
	static const char *const names[] = { "AWS_PROFILE", "AWS_CA_BUNDLE",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA",
		"AWS_MAX_ATTEMPTS", "AWS_SESSION_TOKEN",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_DEFAULT_REGION",
		"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
		"http_proxy", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unsetenv(names[i]);
	setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	return 0;
}

static void
talk_open(struct talk *t, const struct web_step *steps, size_t n, bool runtime)
{
	struct api_options o = { .in_runtime = runtime };

	memset(t, 0, sizeof(*t));
	t->server = web_start(steps, n);
	o.endpoint_url = web_url(t->server);
	api_response_init(&t->answer);
	if (!(t->api = api_open(&o, NULL, &t->e)))
		fail_msg("%s", t->e.text);
}

static void
talk_say(struct talk *t, const struct api_request *rq)
{
	int64_t began = time_monotonic();

	t->result = api_perform(t->api, rq, &t->answer, &t->e);
	t->took_ms = time_monotonic() - began;
}

static void
talk_end(struct talk *t)
{
	api_close(t->api);
	api_response_clear(&t->answer);
	web_free(t->server);
}

/* One checkpoint, told with these steps; the server has stopped then. */
static void
talk_once(struct talk *t, const struct web_step *steps, size_t n)
{
	talk_open(t, steps, n, true);
	talk_say(t, &checkpoint);
	web_stop(t->server);
}

static const char *
request_text(const struct talk *t, size_t i)
{
	return buf_str(&web_request(t->server, i)->text);
}

/* The value of a header of request i. */
static char *
sent_header(const struct talk *t, size_t i, const char *name)
{
	const struct buf *text = &web_request(t->server, i)->text;
	struct span value;

	if (!http_find_header((struct span){ text->data, text->len }, name,
		&value))
		return xstrdup("");
	return xmemdup(value.p, value.n);
}

static void
a_call_is_signed_and_answered(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER,
	    WEB_STATUS("200 OK", "X-Amz-Executed-Version: 7\r\n", "{}") } };
	static const char *const more[] = { "X-Amz-Invocation-Type: Event",
		NULL };
	struct api_request rq = checkpoint;
	struct span value;
	struct talk t;
	char *text;

	(void)state;
	rq.headers = more;
	rq.query = "a=b%2Fc";
	setenv("AWS_SESSION_TOKEN", "the/token=", 1);
	talk_open(&t, steps, 1, true);
	unsetenv("AWS_SESSION_TOKEN");
	talk_say(&t, &rq);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.answer.status, 200);
	assert_string_equal(buf_str(&t.answer.body), "{}");
	assert_string_equal(t.answer.type, "");
	assert_true(api_header(&t.answer, "x-amz-executed-version", &value));
	assert_string_equal(api_region(t.api), "eu-west-1");
	assert_string_equal(api_url(t.api), web_url(t.server));
	web_stop(t.server);
	assert_int_equal(web_request_count(t.server), 1);
	assert_memory_equal(request_text(&t, 0),
	    "POST /2025-12-01/durable-executions/arn%3Aaws/checkpoint?"
	    "a=b%2Fc HTTP/1.1\r\n",
	    72);
	assert_non_null(strstr(request_text(&t, 0), "\r\n\r\n" BODY));
	text = sent_header(&t, 0, "Authorization");
	assert_memory_equal(text, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
	    40);
	assert_non_null(strstr(text,
	    "/eu-west-1/lambda/aws4_request, SignedHeaders=content-type;host;"
	    "x-amz-date;x-amz-security-token, Signature="));
	free(text);
	text = sent_header(&t, 0, "X-Amz-Security-Token");
	assert_string_equal(text, "the/token=");
	free(text);
	text = sent_header(&t, 0, "X-Amz-Invocation-Type");
	assert_string_equal(text, "Event");
	free(text);
	text = sent_header(&t, 0, "Content-Type");
	assert_string_equal(text, "application/json");
	free(text);
	talk_end(&t);
}

/* What comes first, and what must follow: one answer after it ends it. */
static const struct {
	const char *name;
	struct web_step first;
	int64_t at_least_ms,
	    at_most_ms;  /* until the second has been answered */
	bool on_another; /* connection */
} again[] = {
	{ "reset after the request", { WEB_RESET, NULL }, 0, 4000, true },
	{ "reset before it", { WEB_REFUSE, NULL }, 0, 4000, true },
	{ "closed without an answer", { WEB_CLOSE, "" }, 0, 4000, true },
	{ "half an answer",
	    { WEB_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{" }, 0,
	    4000, true },
	{ "no answer in time", { WEB_SILENT, NULL }, 5200, 12000, true },
	{ "500", { WEB_ANSWER, "HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n" },
	    0, 4000, false },
	{ "502", { WEB_ANSWER, "HTTP/1.1 502 E\r\nContent-Length: 0\r\n\r\n" },
	    0, 4000, false },
	{ "503", { WEB_ANSWER, "HTTP/1.1 503 E\r\nContent-Length: 0\r\n\r\n" },
	    0, 4000, false },
	{ "504", { WEB_ANSWER, "HTTP/1.1 504 E\r\nContent-Length: 0\r\n\r\n" },
	    0, 4000, false },
	{ "429", { WEB_ANSWER, "HTTP/1.1 429 E\r\nContent-Length: 0\r\n\r\n" },
	    0, 5000, false },
	{ "429 with Retry-After",
	    { WEB_ANSWER,
		"HTTP/1.1 429 E\r\nRetry-After: 2\r\nContent-Length: 0\r\n"
		"\r\n" },
	    2000, 8000, false },
	{ "throttled with 400",
	    { WEB_ANSWER,
		"HTTP/1.1 400 E\r\nx-amzn-ErrorType: ThrottlingException\r\n"
		"Content-Length: 0\r\n\r\n" },
	    0, 5000, false },
};

static void
what_may_pass_is_sent_again_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(again) / sizeof(*again); i++) {
		const struct web_step steps[] = { again[i].first,
			{ WEB_ANSWER, WEB_OK("{\"done\":1}") } };
		struct api_request rq = checkpoint;
		struct talk t;

		rq.timeout_ms = 300;
		talk_open(&t, steps, 2, true);
		talk_say(&t, &rq);
		web_stop(t.server);
		if (t.result < 0 || t.answer.status != 200)
			fail_msg("%s: %s", again[i].name, t.e.text);
		assert_string_equal(buf_str(&t.answer.body), "{\"done\":1}");
		assert_int_equal(web_request_count(t.server), 2);
		if (t.took_ms < again[i].at_least_ms ||
		    t.took_ms > again[i].at_most_ms)
			fail_msg("%s: %lld ms", again[i].name,
			    (long long)t.took_ms);
		assert_non_null(strstr(request_text(&t, 1), "\r\n\r\n" BODY));
		assert_int_equal(web_request(t.server, 1)->connection,
		    again[i].on_another);
		talk_end(&t);
	}
}

/* What no repetition can help with is sent once. */
static const struct {
	const char *answer, *type, *message;
	int status;
	enum api_class class;
} final[] = {
	{ "HTTP/1.1 502 E\r\nx-amzn-ErrorType: KMSDisabledException\r\n"
	  "Content-Length: 22\r\n\r\n{\"Message\":\"disabled\"}",
	    "KMSDisabledException", "disabled", 502, API_FAILS_EXECUTION },
	{ "HTTP/1.1 400 E\r\nx-amzn-ErrorType: "
	  "InvalidParameterValueException:http://x/\r\n"
	  "Content-Length: 38\r\n\r\n"
	  "{\"message\":\"Invalid Checkpoint TOKEN\"} ",
	    "InvalidParameterValueException", "Invalid Checkpoint TOKEN", 400,
	    API_GONE },
	{ "HTTP/1.1 400 E\r\nContent-Length: 69\r\n\r\n"
	  "{\"__type\":\"com.amazon#InvalidParameterValueException\","
	  "\"message\":\"no\"}",
	    "InvalidParameterValueException", "no", 400, API_FAILS_EXECUTION },
	{ "HTTP/1.1 403 E\r\nContent-Length: 63\r\n\r\n"
	  "{\"Type\":\"User\",\"code\":\"AccessDeniedException\","
	  "\"Message\":\"why\" }",
	    "AccessDeniedException", "why", 403, API_FAILS_EXECUTION },
	{ "HTTP/1.1 404 E\r\nContent-Length: 16\r\n\r\n<h1>\x1b[1m no</h1>",
	    "Http404", "<h1>\\x1b[1m no</h1>", 404, API_FAILS_EXECUTION },
	{ "HTTP/1.1 501 E\r\nContent-Length: 0\r\n\r\n", "Http501",
	    "status 501, and no text", 501, API_ENDS_INVOCATION },
	{ "HTTP/1.1 302 E\r\nContent-Length: 0\r\n\r\n", "Http302",
	    "status 302, and no text", 302, API_ENDS_INVOCATION },
};

static void
what_cannot_pass_is_sent_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(final) / sizeof(*final); i++) {
		const struct web_step step = { WEB_CLOSE, final[i].answer };
		struct talk t;

		talk_once(&t, &step, 1);
		if (t.result < 0)
			fail_msg("%s", t.e.text);
		assert_int_equal(t.answer.status, final[i].status);
		assert_string_equal(t.answer.type, final[i].type);
		assert_string_equal(t.answer.message, final[i].message);
		assert_int_equal(api_classify(&t.answer), final[i].class);
		assert_int_equal(web_request_count(t.server), 1);
		talk_end(&t);
	}
}

static void
after_four_attempts_the_last_answer_counts(void **state)
{
	const struct web_step step = { WEB_ANSWER,
		WEB_STATUS("503 E", "", "{\"message\":\"busy\"}") };
	const struct web_step steps[] = { step, step, step, step, step };
	struct talk t;

	(void)state;
	talk_once(&t, steps, 5);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.answer.status, 503);
	assert_string_equal(t.answer.message, "busy");
	assert_int_equal(api_classify(&t.answer), API_ENDS_INVOCATION);
	assert_int_equal(web_request_count(t.server), 4);
	talk_end(&t);
}

static void
after_four_attempts_without_an_answer_it_fails(void **state)
{
	const struct web_step step = { WEB_RESET, NULL };
	const struct web_step steps[] = { step, step, step, step, step };
	struct talk t;

	(void)state;
	talk_once(&t, steps, 5);
	assert_int_equal(t.result, -1);
	assert_int_equal(t.e.code, ERR_IO);
	assert_memory_equal(t.e.text, "after 4 attempts: POST http://127", 33);
	assert_true(t.answer.may_have_arrived);
	assert_int_equal(t.answer.status, 0);
	assert_int_equal(api_classify(&t.answer), API_ENDS_INVOCATION);
	assert_int_equal(web_request_count(t.server), 4);
	talk_end(&t);
}

static void
the_number_of_attempts_can_be_set(void **state)
{
	const struct web_step step = { WEB_RESET, NULL };
	const struct web_step steps[] = { step, step };
	struct api_options o = { .in_runtime = true };
	struct talk t;

	(void)state;
	setenv("AWS_MAX_ATTEMPTS", "1", 1);
	talk_once(&t, steps, 2);
	assert_int_equal(t.result, -1);
	assert_int_equal(web_request_count(t.server), 1);
	talk_end(&t);
	setenv("AWS_MAX_ATTEMPTS", "many", 1);
	assert_null(api_open(&o, NULL, &t.e));
	assert_int_equal(t.e.code, ERR_USAGE);
	unsetenv("AWS_MAX_ATTEMPTS");
}

/* A connection that the server has closed while it lay idle: libcurl or we
 * take another one, and nobody notices. */
static void
a_dead_idle_connection_is_replaced(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER_END, WEB_OK("one") },
		{ WEB_ANSWER, WEB_OK("two") } };
	struct talk t;

	(void)state;
	talk_open(&t, steps, 2, true);
	talk_say(&t, &checkpoint);
	assert_string_equal(buf_str(&t.answer.body), "one");
	usleep(100000);
	talk_say(&t, &checkpoint);
	assert_int_equal(t.result, 0);
	assert_string_equal(buf_str(&t.answer.body), "two");
	assert_true(t.took_ms < 4000);
	web_stop(t.server);
	assert_int_equal(web_request(t.server, 1)->connection, 1);
	talk_end(&t);
}

static void
a_call_that_is_sent_once_is_not_sent_again(void **state)
{
	const struct web_step reset[] = { { WEB_RESET, NULL },
		{ WEB_ANSWER, WEB_OK("") } };
	const struct web_step failed[] = { { WEB_ANSWER,
					       WEB_STATUS("500 E", "", "") },
		{ WEB_ANSWER, WEB_OK("") } };
	const struct web_step throttled[] = { { WEB_ANSWER,
						  WEB_STATUS("429 E", "", "") },
		{ WEB_ANSWER, WEB_OK("") } };
	struct api_request rq = checkpoint;
	struct talk t;

	(void)state;
	rq.once = true;
	talk_open(&t, reset, 2, true);
	talk_say(&t, &rq);
	web_stop(t.server);
	assert_int_equal(t.result, -1);
	assert_true(t.answer.may_have_arrived);
	assert_int_equal(web_request_count(t.server), 1);
	talk_end(&t);
	talk_open(&t, failed, 2, true);
	talk_say(&t, &rq);
	web_stop(t.server);
	assert_int_equal(t.answer.status, 500);
	assert_int_equal(web_request_count(t.server), 1);
	talk_end(&t);
	/* But what was turned away may be brought again. */
	talk_open(&t, throttled, 2, true);
	talk_say(&t, &rq);
	assert_int_equal(t.answer.status, 200);
	talk_end(&t);
}

static void
nothing_outlives_the_deadline(void **state)
{
	const struct web_step silent[] = { { WEB_SILENT, NULL },
		{ WEB_SILENT, NULL } };
	const struct web_step later[] = { { WEB_ANSWER,
	    WEB_STATUS("429 E", "Retry-After: 3\r\n", "") } };
	struct api_request rq = checkpoint;
	struct talk t;

	(void)state;
	talk_open(&t, silent, 2, true);
	rq.deadline = time_now() + 400;
	talk_say(&t, &rq);
	assert_int_equal(t.result, -1);
	assert_true(t.took_ms >= 300 && t.took_ms < 4000);
	talk_end(&t);
	/* A wait that would end behind it is not begun. */
	talk_open(&t, later, 1, true);
	rq.deadline = time_now() + 2000;
	talk_say(&t, &rq);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.answer.status, 429);
	assert_true(t.took_ms < 1500);
	rq.deadline = time_now() - 1;
	talk_say(&t, &rq);
	assert_int_equal(t.result, -1);
	assert_non_null(strstr(t.e.text, "no time is left for it"));
	web_stop(t.server);
	assert_int_equal(web_request_count(t.server), 1);
	talk_end(&t);
}

/* The day and time that a request was signed for, as an instant. */
static int64_t
signed_for(const struct talk *t, size_t i)
{
	char *d = sent_header(t, i, "X-Amz-Date");
	char text[32];
	struct err e;
	int64_t ms;

	snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 4,
	    d + 6, d + 9, d + 11, d + 13);
	free(d);
	assert_int_equal(time_parse(text, 0, &ms, &e), 0);
	return ms;
}

static void
a_wrong_clock_is_set_right_and_stays_so(void **state)
{
	const char refused[] =
	    "HTTP/1.1 403 E\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "x-amzn-ErrorType: InvalidSignatureException\r\n"
	    "Content-Length: 0\r\n\r\n";
	const struct web_step steps[] = { { WEB_ANSWER, refused },
		{ WEB_ANSWER, WEB_OK("") }, { WEB_ANSWER, WEB_OK("") },
		{ WEB_ANSWER, refused } };
	const int64_t server = 784111777000;
	struct talk t;

	(void)state;
	talk_open(&t, steps, 4, true);
	talk_say(&t, &checkpoint);
	assert_int_equal(t.answer.status, 200);
	talk_say(&t, &checkpoint);
	assert_int_equal(t.answer.status, 200);
	/* The clock is right now, so this 403 is about something else. */
	talk_say(&t, &checkpoint);
	assert_int_equal(t.answer.status, 403);
	web_stop(t.server);
	assert_int_equal(web_request_count(t.server), 4);
	assert_true(signed_for(&t, 0) - server > 1000);
	assert_in_range(signed_for(&t, 1), server - 1000, server + 5000);
	assert_in_range(signed_for(&t, 2), server - 1000, server + 5000);
	talk_end(&t);
}

static void
refused_credentials_are_loaded_again_once(void **state)
{
	const struct web_step expired = { WEB_ANSWER,
		WEB_STATUS("403 E",
		    "x-amzn-ErrorType: ExpiredTokenException\r\n",
		    "{\"message\":\"expired\"}") };
	const struct web_step steps[] = { expired, { WEB_ANSWER, WEB_OK("") },
		expired, expired };
	char path[] = "/tmp/test_api-XXXXXX";
	struct talk t;
	char *text;
	int fd = mkstemp(path);

	(void)state;
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	dprintf(fd,
	    "[default]\naws_access_key_id=OLD\n"
	    "aws_secret_access_key=s\n");
	talk_open(&t, steps, 4, false);
	dprintf(fd, "aws_access_key_id=NEW\n");
	close(fd);
	talk_say(&t, &checkpoint);
	assert_int_equal(t.answer.status, 200);
	talk_say(&t, &checkpoint);
	assert_int_equal(t.answer.status, 403);
	assert_string_equal(t.answer.type, "ExpiredTokenException");
	web_stop(t.server);
	assert_int_equal(web_request_count(t.server), 4);
	text = sent_header(&t, 0, "Authorization");
	assert_non_null(strstr(text, "Credential=OLD/"));
	free(text);
	text = sent_header(&t, 1, "Authorization");
	assert_non_null(strstr(text, "Credential=NEW/"));
	free(text);
	talk_end(&t);
	unlink(path);
	clean_environment(NULL);
	/* Those of the environment stay what they are. */
	talk_once(&t, steps, 2);
	assert_int_equal(t.answer.status, 403);
	assert_int_equal(web_request_count(t.server), 1);
	talk_end(&t);
}

/* After a freeze the real clock has moved on. */
static void
a_connection_that_lay_idle_for_long_is_left(void **state)
{
	const struct web_step steps[] = { { WEB_ANSWER, WEB_OK("") },
		{ WEB_ANSWER, WEB_OK("") }, { WEB_ANSWER, WEB_OK("") } };
	struct talk t;

	(void)state;
	talk_open(&t, steps, 3, true);
	talk_say(&t, &checkpoint);
	talk_say(&t, &checkpoint);
	time_set_offset(31000);
	talk_say(&t, &checkpoint);
	time_set_offset(0);
	assert_int_equal(t.answer.status, 200);
	web_stop(t.server);
	assert_int_equal(web_request(t.server, 1)->connection, 0);
	assert_int_equal(web_request(t.server, 2)->connection, 1);
	talk_end(&t);
}

/* The container's answer: a key that ends ms from now. */
static const char *
ending_key(const char *key_id, int64_t ms, char *body, char *text)
{
	struct buf end;

	buf_init(&end, BUF_NO_MAX);
	time_format(time_now() + ms, &end);
	snprintf(body, 512,
	    "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\","
	    "\"Token\":\"t\",\"Expiration\":\"%s\"}",
	    key_id, buf_str(&end));
	buf_clear(&end);
	return web_text("200 OK", "", body, text, 1024);
}

static void
credentials_that_have_ended_are_loaded_again(void **state)
{
	char body[512], first[1024], second[1024];
	const struct web_step no = { WEB_ANSWER, WEB_STATUS("404 E", "", "") };
	const struct web_step keys[] = {
		{ WEB_ANSWER, ending_key("ONE", -1000, body, first) },
		{ WEB_ANSWER, ending_key("TWO", 300000, body, second) }, no, no,
		no
	};
	const struct web_step steps[] = { { WEB_ANSWER, WEB_OK("") },
		{ WEB_ANSWER, WEB_OK("") } };
	struct web_server *container = web_start(keys, 5);
	struct talk t;
	char *text;

	(void)state;
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", web_url(container), 1);
	talk_open(&t, steps, 2, true);
	talk_say(&t, &checkpoint);
	assert_int_equal(t.result, 0);
	/* Five minutes are left, but they have just been loaded. */
	talk_say(&t, &checkpoint);
	assert_int_equal(t.result, 0);
	time_set_offset(301000);
	talk_say(&t, &checkpoint);
	time_set_offset(0);
	assert_int_equal(t.result, -1);
	assert_non_null(strstr(t.e.text, "it answers with status 404"));
	web_stop(t.server);
	web_stop(container);
	assert_int_equal(web_request_count(container), 5);
	assert_int_equal(web_request_count(t.server), 2);
	text = sent_header(&t, 1, "Authorization");
	assert_non_null(strstr(text, "Credential=TWO/"));
	free(text);
	talk_end(&t);
	web_free(container);
	clean_environment(NULL);
}

/* In the owner's loop, over a shared http. */
static void
several_calls_run_in_one_loop(void **state)
{
	const struct web_step steps[] = { { WEB_SILENT, NULL },
		{ WEB_ANSWER, WEB_STATUS("500 E", "", "") },
		{ WEB_ANSWER, WEB_OK("two") } };
	struct web_server *s = web_start(steps, 3);
	struct api_options o = { .endpoint_url = web_url(s),
		.in_runtime = true };
	struct err e;
	struct http *h = http_new(&e);
	struct api *a = api_open(&o, h, &e);
	struct api_call *silent, *call;
	struct api_response out;
	int64_t wait_ms;

	(void)state;
	api_response_init(&out);
	silent = api_start(a, &checkpoint, &e);
	for (int i = 0; i < 20; i++)
		assert_int_equal(http_wait(h, 10, &e), 0);
	call = api_start(a, &checkpoint, &e);
	while (!api_is_done(call)) {
		wait_ms = 5000;
		assert_int_equal(api_fd_count(a), 0);
		assert_int_equal(api_fill(a, NULL, 0, &wait_ms), 0);
		assert_int_equal(http_wait(h, wait_ms, &e), 0);
		assert_int_equal(api_turn(a, NULL, 0, &e), 0);
	}
	assert_false(api_is_done(silent));
	assert_int_equal(api_take(call, &out, &e), 0);
	assert_string_equal(buf_str(&out.body), "two");
	api_cancel(silent);
	assert_int_equal(http_fd_count(h), 0);
	api_response_clear(&out);
	api_close(a);
	http_free(h);
	web_free(s);
}

/* Times of Retry-After, from 2026-01-02T03:04:05Z. */
static const struct {
	const char *value;
	int64_t ms;
} afters[] = {
	{ "0", 0 },
	{ "1", 1000 },
	{ "60", 60000 },
	{ "61", -1 },
	{ "99999999999999999999999999", -1 },
	{ "Fri, 02 Jan 2026 03:04:15 GMT", 10000 },
	{ "Fri, 02 Jan 2026 03:04:00 GMT", 0 },
	{ "Sat, 03 Jan 2026 03:04:00 GMT", -1 },
	{ "soon", 0 },
	{ "1 2", 0 },
	{ "", 0 },
};

static void
retry_after_is_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(afters) / sizeof(*afters); i++) {
		struct api_response r;
		int64_t ms;

		api_response_init(&r);
		buf_printf(&r.headers, "retry-after: %s\r\n", afters[i].value);
		ms = answer_retry_after(&r, 1767323045000);
		if (ms != afters[i].ms)
			fail_msg("%s: %lld", afters[i].value, (long long)ms);
		api_response_clear(&r);
	}
}

static void
delays_grow_up_to_a_limit(void **state)
{
	(void)state;
	assert_int_equal(answer_backoff(1, false, 0), 0);
	assert_int_equal(answer_backoff(1, false, 0.5), 50);
	assert_int_equal(answer_backoff(2, false, 0.5), 100);
	assert_int_equal(answer_backoff(3, false, 0.5), 200);
	assert_int_equal(answer_backoff(1, true, 0.5), 500);
	assert_int_equal(answer_backoff(2, true, 0.5), 1000);
	assert_int_equal(answer_backoff(90, false, 0.5), 2500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_signed_and_answered),
		cmocka_unit_test(what_may_pass_is_sent_again_byte_for_byte),
		cmocka_unit_test(what_cannot_pass_is_sent_once),
		cmocka_unit_test(after_four_attempts_the_last_answer_counts),
		cmocka_unit_test(
		    after_four_attempts_without_an_answer_it_fails),
		cmocka_unit_test(the_number_of_attempts_can_be_set),
		cmocka_unit_test(a_dead_idle_connection_is_replaced),
		cmocka_unit_test(a_call_that_is_sent_once_is_not_sent_again),
		cmocka_unit_test(nothing_outlives_the_deadline),
		cmocka_unit_test(a_wrong_clock_is_set_right_and_stays_so),
		cmocka_unit_test(refused_credentials_are_loaded_again_once),
		cmocka_unit_test(a_connection_that_lay_idle_for_long_is_left),
		cmocka_unit_test(credentials_that_have_ended_are_loaded_again),
		cmocka_unit_test(several_calls_run_in_one_loop),
		cmocka_unit_test(retry_after_is_understood),
		cmocka_unit_test(delays_grow_up_to_a_limit),
	};
	return cmocka_run_group_tests(tests, clean_environment, NULL);
}
