/*
 * test_credentials.c - credentials.h, container.h and process.h: where
 * credentials are looked for, in which order, and what is said of each place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/container.h"
#include "lambda/credentials.h"
#include "lambda/process.h"
#include "lambda/profile.h"
#include "web_server.h"

enum { MINUTE = 60 * 1000 };

static char *folder, *config, *credentials, *other;

static int
make_folder(void **state)
{
	(void)state;
	folder = xstrdup("/tmp/test_credentials-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	config = xasprintf("%s/config", folder);
	credentials = xasprintf("%s/credentials", folder);
	other = xasprintf("%s/other", folder);
	setenv("AWS_CONFIG_FILE", config, 1);
	return setenv("AWS_SHARED_CREDENTIALS_FILE", credentials, 1);
}

static int
remove_folder(void **state)
{
	(void)state;
	rmdir(folder);
	free(folder);
	free(config);
	free(credentials);
	free(other);
	return 0;
}

/* Before each test: nothing is set, and no file is there. */
static int
clean(void **state)
{
	static const char *const names[] = { "AWS_PROFILE", "AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN",
		"AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unsetenv(names[i]);
	unlink(config);
	unlink(credentials);
	unlink(other);
	return 0;
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Loads with the named profile (NULL: the default) and its files. */
static int
load(const char *name, bool profile_first, struct credentials *c, struct err *e)
{
	struct credentials_options o = { .profile_first = profile_first };
	struct profile *p = profile_open(name, e);
	int result;

	if (!p)
		fail_msg("%s", e->text);
	o.profile = p;
	credentials_init(c);
	result = credentials_load(c, &o, e);
	profile_free(p);
	return result;
}

static void
check_load(const char *name, bool profile_first, const char *key_id,
    const char *token, enum credentials_source source)
{
	struct credentials c;
	struct err e;

	if (load(name, profile_first, &c, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(c.key_id, key_id);
	assert_string_equal(c.secret, "s");
	if (token)
		assert_string_equal(c.token, token);
	else
		assert_null(c.token);
	assert_int_equal(c.source, source);
	credentials_clear(&c);
}

static void
check_failure(const char *name, enum err_code code, const char *text)
{
	struct credentials c;
	struct err e;

	assert_int_equal(load(name, false, &c, &e), -1);
	if (!strstr(e.text, text))
		fail_msg("%s\nand not %s", e.text, text);
	assert_int_equal(e.code, code);
	assert_null(c.key_id);
	credentials_clear(&c);
}

static void
the_environment_comes_first(void **state)
{
	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	write_file(credentials,
	    "[x]\naws_access_key_id=FILE\n"
	    "aws_secret_access_key=s\n");
	check_load("x", false, "ENV", NULL, CREDENTIALS_ENVIRONMENT);
	setenv("AWS_SESSION_TOKEN", "t", 1);
	check_load("x", false, "ENV", "t", CREDENTIALS_ENVIRONMENT);
	/* Unless a profile was asked for on the command line. */
	check_load("x", true, "FILE", NULL, CREDENTIALS_FILE);
	unsetenv("AWS_SECRET_ACCESS_KEY");
	check_failure("x", ERR_USAGE,
	    "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	unsetenv("AWS_ACCESS_KEY_ID");
	check_failure("x", ERR_USAGE,
	    "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
}

static void
the_files_follow(void **state)
{
	(void)state;
	write_file(config,
	    "[default]\naws_access_key_id=CONFIG\naws_secret_access_key=s\n"
	    "[profile p]\naws_access_key_id=CONFIG\naws_secret_access_key=s\n"
	    "credential_process=/bin/echo '{\"Version\":1,\"AccessKeyId\":"
	    "\"PROCESS\",\"SecretAccessKey\":\"s\"}'\n"
	    "[profile half]\naws_access_key_id=CONFIG\n");
	check_load(NULL, false, "CONFIG", NULL, CREDENTIALS_FILE);
	check_load("p", false, "PROCESS", NULL, CREDENTIALS_PROCESS);
	check_failure("half", ERR_USAGE, "has no aws_secret_access_key");
	write_file(credentials,
	    "[default]\naws_access_key_id=CRED\naws_secret_access_key=s\n"
	    "aws_session_token=t\n"
	    "[p]\naws_access_key_id=CRED\naws_secret_access_key=s\n");
	check_load(NULL, false, "CRED", "t", CREDENTIALS_FILE);
	check_load("p", false, "CRED", NULL, CREDENTIALS_FILE);
}

static void
none_at_all_lists_where_they_were_looked_for(void **state)
{
	const struct credentials_options runtime = { NULL, false };
	struct credentials c;
	struct err e;
	char *text = xasprintf("nor in profile default of %s and %s, nor by "
			       "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	    credentials, config);

	(void)state;
	check_failure(NULL, ERR_MISSING,
	    "no credentials: neither in "
	    "AWS_ACCESS_KEY_ID");
	check_failure(NULL, ERR_MISSING, text);
	check_failure(NULL, ERR_MISSING, "aws configure export-credentials");
	credentials_init(&c);
	assert_int_equal(credentials_load(&c, &runtime, &e), -1);
	assert_int_equal(e.code, ERR_MISSING);
	assert_null(strstr(e.text, "profile"));
	free(text);
}

static void
what_needs_an_exchange_is_refused(void **state)
{
	(void)state;
	write_file(config,
	    "[profile role]\nrole_arn=arn:aws:iam::1:role/x\n"
	    "source_profile=default\naws_access_key_id=a\n"
	    "aws_secret_access_key=s\n"
	    "[profile sso]\nsso_session=x\n"
	    "[profile old]\nsso_start_url=x\n"
	    "[profile login]\nlogin_session=x\n"
	    "[default]\naws_access_key_id=a\naws_secret_access_key=s\n");
	check_failure("role", ERR_REFUSED,
	    "profile role assumes a role (role_arn), which durable does not "
	    "do: run eval \"$(aws configure export-credentials --profile role "
	    "--format env)\"");
	check_failure("sso", ERR_REFUSED, "signs in by SSO (sso_session)");
	check_failure("old", ERR_REFUSED, "signs in by SSO (sso_start_url)");
	check_failure("login", ERR_REFUSED, "signs in by a login");
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/x", 1);
	check_load(NULL, false, "a", NULL, CREDENTIALS_FILE);
	setenv("AWS_ROLE_ARN", "arn", 1);
	check_failure(NULL, ERR_REFUSED, "AWS_WEB_IDENTITY_TOKEN_FILE is set");
}

/* The profile's credential_process is a script with this text. */
static void
set_process(const char *script)
{
	char *text = xasprintf("#!/bin/sh\n%s\n", script);
	char *line = xasprintf("[default]\ncredential_process = '%s' \"a b\" "
			       "$HOME\n",
	    other);

	unlink(other);
	write_file(other, text);
	assert_int_equal(chmod(other, 0700), 0);
	write_file(config, line);
	free(text);
	free(line);
}

static void
a_process_gives_credentials_with_their_end(void **state)
{
	struct credentials c;
	struct err e;
	int64_t end;

	(void)state;
	set_process("[ \"$1\" = 'a b' ] && [ \"$2\" = '$HOME' ] || exit 9\n"
		    "echo ' {\"Version\": 1, \"AccessKeyId\": \"P\","
		    "\"SecretAccessKey\": \"\\u0073\", \"SessionToken\": \"t\","
		    "\"Expiration\": \"2026-01-02T03:04:05Z\", \"More\": 1}'");
	assert_int_equal(load(NULL, false, &c, &e), 0);
	assert_string_equal(c.key_id, "P");
	assert_string_equal(c.secret, "s");
	assert_string_equal(c.token, "t");
	end = 1767323045000;
	assert_int_equal(c.expires, end);
	assert_true(credentials_can_reload(&c));
	assert_false(credentials_want_reload(&c, end - 15 * MINUTE));
	assert_true(credentials_want_reload(&c, end - 15 * MINUTE + 1));
	assert_false(credentials_must_reload(&c, end - 10 * MINUTE));
	assert_true(credentials_must_reload(&c, end - 10 * MINUTE + 1));
	c.source = CREDENTIALS_ENVIRONMENT;
	assert_false(credentials_want_reload(&c, end));
	credentials_clear(&c);
}

static void
a_process_that_fails_is_named(void **state)
{
	static const char *const bad[][2] = {
		{ "exit 3", "failed with exit status 3" },
		{ "exit 127", "cannot be run: is it installed, and on PATH?" },
		{ "kill -9 $$", "was ended by signal 9" },
		{ "echo hello", "what it prints: not JSON" },
		{ "echo '[]'", "what it prints: not a JSON object" },
		{ "echo '{\"Version\":1}'", "it has no AccessKeyId" },
		{ "echo '{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\"}'",
		    "does not have \"Version\": 1" },
		{ "echo '{\"Version\":2,\"AccessKeyId\":\"a\","
		  "\"SecretAccessKey\":\"s\"}'",
		    "does not have \"Version\": 1" },
		{ "echo '{\"Version\":1,\"AccessKeyId\":\"a\","
		  "\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}'",
		    "Expiration is no time: soon" },
		{ "exec head -c 70000 /dev/zero",
		    "prints more than 65536 bytes and was killed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		set_process(bad[i][0]);
		check_failure(NULL, ERR_IO, bad[i][1]);
		check_failure(NULL, ERR_IO,
		    "credential_process of profile default, `'/tmp/");
	}
	write_file(config, "[default]\ncredential_process = '/x\n");
	check_failure(NULL, ERR_USAGE, "a quote is not closed");
	write_file(config, "[default]\ncredential_process = /nowhere/x y\n");
	check_failure(NULL, ERR_IO, "`/nowhere/x y` cannot be run");
}

static void
a_process_that_hangs_is_killed(void **state)
{
	int64_t began = time_monotonic();
	struct buf out;
	struct err e;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(process_run("sleep 30", 200, &out, &e), -1);
	assert_string_equal(e.text,
	    "`sleep 30` has not ended in time and was killed");
	assert_true(time_monotonic() - began < 5000);
	buf_clear(&out);
}

/* A line, and its words with | between them. */
static const char *const lines[][2] = {
	{ "a b", "a|b" },
	{ "  a\t b\n", "a|b" },
	{ "'a b' \"c d\"", "a b|c d" },
	{ "a'b'\"c\"d", "abcd" },
	{ "'' x", "|x" },
	{ "a\\ b \\'c", "a b|'c" },
	{ "\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d" },
	{ "'a\\b'", "a\\b" },
	{ "$HOME ~ *.c `x`; y", "$HOME|~|*.c|`x`;|y" },
	{ "a\\", "a\\" },
	{ "'a", NULL },
	{ "\"a\\\"", NULL },
	{ " ", NULL },
	{ "", NULL },
};

static void
command_lines_are_split_and_not_expanded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct err e;
		char **words = process_split(lines[i][0], &e);
		struct buf all;

		if (!words) {
			assert_null(lines[i][1]);
			assert_int_equal(e.code, ERR_USAGE);
			continue;
		}
		buf_init(&all, BUF_NO_MAX);
		for (size_t w = 0; words[w]; w++)
			buf_printf(&all, "%s%s", w > 0 ? "|" : "", words[w]);
		assert_non_null(lines[i][1]);
		assert_string_equal(buf_str(&all), lines[i][1]);
		buf_clear(&all);
		process_free_words(words);
	}
}

#define ANSWER                                                         \
 "{\"RoleArn\":\"r\",\"AccessKeyId\":\"C\",\"SecretAccessKey\":\"s\"," \
 "\"Token\":\"t\",\"Expiration\":\"2026-01-02T03:04:05Z\"}"

static void
a_container_asks_its_endpoint(void **state)
{
	const struct web_step steps[] = { { WEB_RESET, NULL },
		{ WEB_ANSWER, WEB_STATUS("500 E", "", "") },
		{ WEB_ANSWER, WEB_OK(ANSWER) }, { WEB_ANSWER, WEB_OK(ANSWER) },
		{ WEB_ANSWER, WEB_OK(ANSWER) } };
	struct web_server *s = web_start(steps, 5);
	char *url = xasprintf("%s/creds?a=b", web_url(s));

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	check_load(NULL, false, "C", "t", CREDENTIALS_CONTAINER);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc", 1);
	check_load(NULL, false, "C", "t", CREDENTIALS_CONTAINER);
	write_file(other, "from a file\n");
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", other, 1);
	check_load(NULL, false, "C", "t", CREDENTIALS_CONTAINER);
	unsetenv("http_proxy");
	web_stop(s);
	assert_int_equal(web_request_count(s), 5);
	assert_memory_equal(buf_str(&web_request(s, 2)->text),
	    "GET /creds?a=b HTTP/1.1\r\n", 25);
	assert_null(strstr(buf_str(&web_request(s, 2)->text), "Authorization"));
	assert_non_null(strstr(buf_str(&web_request(s, 3)->text),
	    "\r\nAuthorization: Basic abc\r\n"));
	assert_non_null(strstr(buf_str(&web_request(s, 4)->text),
	    "\r\nAuthorization: from a file\r\n"));
	web_free(s);
	free(url);
}

static void
a_container_endpoint_that_fails_is_named(void **state)
{
	const struct web_step no = { WEB_ANSWER,
		WEB_STATUS("404 E", "", "no such role") };
	const struct web_step steps[] = { no, no, no,
		{ WEB_ANSWER, WEB_OK("{}") } };
	struct web_server *s = web_start(steps, 4);

	(void)state;
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", web_url(s), 1);
	check_failure(NULL, ERR_IO, "it answers with status 404: no such role");
	check_failure(NULL, ERR_IO,
	    "the container's credentials: it has no AccessKeyId");
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", other, 1);
	check_failure(NULL, ERR_IO, other);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/", 1);
	check_failure(NULL, ERR_REFUSED, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "x", 1);
	check_failure(NULL, ERR_USAGE, "does not begin with '/': 'x'");
	web_free(s);
}

static void
credentials_are_asked_for_near_by_or_by_https(void **state)
{
	static const char *const good[] = { "https://example.com/x",
		"http://127.0.0.1/x", "http://127.9.9.9:80", "http://localhost",
		"http://LOCALHOST:99/x?y", "http://[::1]/", "http://[::1]:8/x",
		"http://169.254.170.2/x", "http://169.254.170.23",
		"http://[fd00:ec2::23]/x" };
	static const char *const bad[] = { "http://example.com/", "",
		"ftp://127.0.0.1/", "http://169.254.169.254/",
		"http://169.254.170.22/", "http://[fd00:ec2::254]/",
		"http://127.0.0.1.example.com/",
		"http://127.0.0.1@example.com/",
		"http://127.0.0.1:80@example.com/", "http://127.0.0.1\\@h/",
		"http://[::1].example.com/", "http://[::1]example.com",
		"http://127.1/", "http://localhost.example.com/", "http://",
		"http://[::1" };
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (container_check_url(good[i], &e) < 0)
			fail_msg("%s", e.text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (container_check_url(bad[i], &e) == 0)
			fail_msg("%s", bad[i]);
		assert_int_equal(e.code, ERR_REFUSED);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_environment_comes_first),
		TEST(the_files_follow),
		TEST(none_at_all_lists_where_they_were_looked_for),
		TEST(what_needs_an_exchange_is_refused),
		TEST(a_process_gives_credentials_with_their_end),
		TEST(a_process_that_fails_is_named),
		TEST(a_process_that_hangs_is_killed),
		TEST(command_lines_are_split_and_not_expanded),
		TEST(a_container_asks_its_endpoint),
		TEST(a_container_endpoint_that_fails_is_named),
		cmocka_unit_test_setup_teardown(
		    credentials_are_asked_for_near_by_or_by_https, clean,
		    clean),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
