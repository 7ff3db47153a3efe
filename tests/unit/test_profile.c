/*
 * test_profile.c - ini.h and profile.h: what the two files say.
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

#include "base/xalloc.h"
#include "lambda/ini.h"
#include "lambda/profile.h"

static char *folder, *config, *credentials;

static int
make_folder(void **state)
{
	(void)state;
	folder = xstrdup("/tmp/test_profile-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	config = xasprintf("%s/config", folder);
	credentials = xasprintf("%s/credentials", folder);
	unsetenv("AWS_PROFILE");
	setenv("AWS_CONFIG_FILE", config, 1);
	return setenv("AWS_SHARED_CREDENTIALS_FILE", credentials, 1);
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(config);
	unlink(credentials);
	rmdir(folder);
	free(folder);
	free(config);
	free(credentials);
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

static const char sample[] = "\xef\xbb\xbf# a comment\r\n"
			     "; another\n"
			     "\n"
			     "[default]\r\n"
			     "Region = eu-west-1\r\n"
			     "key=a=b # not this\n"
			     "glued=a#b;c\n"
			     "empty =\n"
			     "last =   \n"
			     "[ profile  \"x y\" ] # said twice\n"
			     "[profile \"x y\"]\n"
			     "region = one\n"
			     "long = first\n"
			     "   second = part\n"
			     "\t# a comment between\n"
			     "   third\n"
			     "lambda =\n"
			     "  endpoint_url = http://h # why not\n"
			     "  Other=2\n"
			     "\n"
			     "  more = 3\n"
			     "region = two\n"
			     "[default]\n"
			     "extra = yes";

static void
ini_files_are_read(void **state)
{
	static const char *const want[][4] = {
		{ "default", NULL, "region", "eu-west-1" },
		{ "default", NULL, "REGION", "eu-west-1" },
		{ "default", NULL, "key", "a=b" },
		{ "default", NULL, "glued", "a#b;c" },
		{ "default", NULL, "empty", "" },
		{ "default", NULL, "extra", "yes" },
		{ "default", NULL, "none", NULL },
		{ "profile x y", NULL, "region", "two" },
		{ "profile x y", NULL, "long", "first\nsecond = part\nthird" },
		{ "profile x y", NULL, "lambda", "" },
		{ "profile x y", NULL, "endpoint_url", NULL },
		{ "profile x y", "lambda", "endpoint_url", "http://h" },
		{ "profile x y", "Lambda", "other", "2" },
		{ "profile x y", "lambda", "more", "3" },
		{ "profile", NULL, "region", NULL },
	};
	struct ini ini = { 0 };
	struct err e;

	(void)state;
	if (ini_parse(&ini, sample, sizeof(sample) - 1, "sample", &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		const char *value = ini_find(&ini, want[i][0], want[i][1],
		    want[i][2]);

		if (!want[i][3] != !value ||
		    (value && strcmp(value, want[i][3]) != 0))
			fail_msg("%s: '%s'", want[i][2], value ? value : "-");
	}
	assert_true(ini_has_section(&ini, "profile x y"));
	assert_false(ini_has_section(&ini, "x y"));
	ini_clear(&ini);
}

static void
what_is_no_ini_file_is_refused_with_its_line(void **state)
{
	static const char *const bad[][2] = {
		{ "[a]\nwords\n",
		    "f, line 2: neither [SECTION] nor KEY = "
		    "VALUE" },
		{ "x = 1\n", "f, line 1: a key before the first [SECTION]" },
		{ "[a]\n\n= 1", "f, line 3: a value without a key" },
		{ "[a\n", "f, line 1: a section's name has no ] behind it" },
		{ "[ ]\n", "f, line 1: a section has no name" },
		{ "[a]\nt =\n  words\n",
		    "f, line 3: neither [SECTION] nor "
		    "KEY = VALUE" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct ini ini = { 0 };

		assert_int_equal(ini_parse(&ini, bad[i][0], strlen(bad[i][0]),
				     "f", &e),
		    -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_string_equal(e.text, bad[i][1]);
		ini_clear(&ini);
	}
	for (size_t i = 0; i < 1; i++) {
		struct ini ini = { 0 };

		assert_int_equal(ini_parse(&ini, "[a]\nb=\0\n", 8, "f", &e),
		    -1);
		assert_string_equal(e.text, "f, line 2: a NUL byte");
		ini_clear(&ini);
	}
}

static struct profile *
open_profile(const char *name)
{
	struct err e;
	struct profile *p = profile_open(name, &e);

	if (!p)
		fail_msg("%s", e.text);
	return p;
}

static void
a_profile_has_its_sections_of_both_files(void **state)
{
	struct profile *p;

	(void)state;
	write_file(config,
	    "[default]\nregion = d\n"
	    "[profile work]\nregion = w\nservices = mine\nempty =\n"
	    "[services mine]\nlambda =\n  endpoint_url = http://l\n"
	    "s3 =\n  endpoint_url = http://s\n"
	    "[work]\nregion = wrong\n");
	write_file(credentials,
	    "[default]\naws_access_key_id = D\n"
	    "[work]\naws_access_key_id = W\n");
	p = open_profile("work");
	assert_string_equal(profile_name(p), "work");
	assert_true(profile_was_named(p));
	assert_string_equal(profile_config_path(p), config);
	assert_string_equal(profile_credentials_path(p), credentials);
	assert_string_equal(profile_config(p, "region"), "w");
	assert_null(profile_config(p, "empty"));
	assert_null(profile_config(p, "aws_access_key_id"));
	assert_string_equal(profile_credentials(p, "aws_access_key_id"), "W");
	assert_string_equal(profile_service(p, "lambda", "endpoint_url"),
	    "http://l");
	assert_null(profile_service(p, "sqs", "endpoint_url"));
	profile_free(p);
	p = open_profile(NULL);
	assert_string_equal(profile_name(p), "default");
	assert_false(profile_was_named(p));
	assert_string_equal(profile_config(p, "region"), "d");
	assert_null(profile_service(p, "lambda", "endpoint_url"));
	profile_free(p);
	setenv("AWS_PROFILE", "work", 1);
	p = open_profile(NULL);
	assert_string_equal(profile_config(p, "region"), "w");
	profile_free(p);
	unsetenv("AWS_PROFILE");
	assert_null(profile_config(NULL, "region"));
	assert_null(profile_service(NULL, "lambda", "endpoint_url"));
}

static void
profile_default_is_stronger_than_default(void **state)
{
	struct profile *p;

	(void)state;
	write_file(config,
	    "[profile default]\nregion = a\n[default]\nregion = b\n");
	p = open_profile("default");
	assert_string_equal(profile_config(p, "region"), "a");
	profile_free(p);
}

static void
a_profile_that_is_nowhere_is_an_error_when_named(void **state)
{
	struct profile *p;
	struct err e;
	char *wanted = xasprintf("there is no profile 'lost': neither "
				 "[profile lost] in %s nor [lost] in %s",
	    config, credentials);

	(void)state;
	unlink(config);
	unlink(credentials);
	p = open_profile(NULL);
	assert_null(profile_config(p, "region"));
	profile_free(p);
	assert_null(profile_open("lost", &e));
	assert_int_equal(e.code, ERR_MISSING);
	assert_string_equal(e.text, wanted);
	free(wanted);
}

static void
files_that_cannot_be_read_are_errors(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(mkdir(config, 0700), 0);
	assert_null(profile_open(NULL, &e));
	assert_int_equal(e.code, ERR_IO);
	assert_non_null(strstr(e.text, config));
	assert_int_equal(rmdir(config), 0);
	write_file(config, "[default]\nrubbish\n");
	assert_null(profile_open(NULL, &e));
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.text, config));
	assert_non_null(strstr(e.text, "line 2"));
	unlink(config);
}

static void
the_home_folder_is_where_they_are_usually(void **state)
{
	struct profile *p;
	char *wanted = xasprintf("%s/.aws/config", folder);
	char *home = xstrdup(getenv("HOME") ? getenv("HOME") : "/");

	(void)state;
	setenv("HOME", folder, 1);
	unsetenv("AWS_CONFIG_FILE");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "~/credentials", 1);
	p = open_profile(NULL);
	assert_string_equal(profile_config_path(p), wanted);
	assert_string_equal(profile_credentials_path(p), credentials);
	profile_free(p);
	setenv("HOME", home, 1);
	setenv("AWS_CONFIG_FILE", config, 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", credentials, 1);
	free(wanted);
	free(home);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ini_files_are_read),
		cmocka_unit_test(what_is_no_ini_file_is_refused_with_its_line),
		cmocka_unit_test(a_profile_has_its_sections_of_both_files),
		cmocka_unit_test(profile_default_is_stronger_than_default),
		cmocka_unit_test(
		    a_profile_that_is_nowhere_is_an_error_when_named),
		cmocka_unit_test(files_that_cannot_be_read_are_errors),
		cmocka_unit_test(the_home_folder_is_where_they_are_usually),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
