/*
 * test_endpoint.c - endpoint.h: which region counts, and where Lambda is.
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

#include "base/xalloc.h"
#include "lambda/endpoint.h"
#include "lambda/profile.h"

#define ARN(partition, region) \
 "arn:" partition ":lambda:" region ":123456789012:function:f"

static const char *const variables[] = { "AWS_REGION", "AWS_DEFAULT_REGION",
	"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA", "AWS_USE_FIPS_ENDPOINT",
	"AWS_USE_DUALSTACK_ENDPOINT", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
	NULL };

/* Sets "NAME=value NAME=value", and nothing else. */
static void
set_variables(const char *text)
{
	char *copy = xstrdup(text), *rest = copy, *word;

	for (size_t i = 0; variables[i]; i++)
		unsetenv(variables[i]);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		setenv(word, value, 1);
	}
	free(copy);
}

#define FIPS "AWS_USE_FIPS_ENDPOINT=true"
#define DUAL "AWS_USE_DUALSTACK_ENDPOINT=TRUE"

static const struct {
	const char *region, *variables, *host;
} hosts[] = {
	{ "us-east-1", "", "lambda.us-east-1.amazonaws.com" },
	{ "us-east-1", FIPS, "lambda-fips.us-east-1.amazonaws.com" },
	{ "us-east-1", DUAL, "lambda.us-east-1.api.aws" },
	{ "us-east-1", FIPS " " DUAL, "lambda-fips.us-east-1.api.aws" },
	{ "us-east-1", "AWS_USE_FIPS_ENDPOINT=false",
	    "lambda.us-east-1.amazonaws.com" },
	{ "mx-central-1", "", "lambda.mx-central-1.amazonaws.com" },
	{ "cn-north-1", "", "lambda.cn-north-1.amazonaws.com.cn" },
	{ "cn-northwest-1", DUAL,
	    "lambda.cn-northwest-1.api.amazonwebservices.com.cn" },
	{ "us-gov-west-1", "", "lambda.us-gov-west-1.amazonaws.com" },
	{ "us-gov-west-1", FIPS, "lambda-fips.us-gov-west-1.amazonaws.com" },
	{ "us-gov-east-1", FIPS " " DUAL, "lambda-fips.us-gov-east-1.api.aws" },
	{ "eusc-de-east-1", "", "lambda.eusc-de-east-1.amazonaws.eu" },
	{ "eusc-de-east-1", DUAL,
	    "lambda.eusc-de-east-1.api.amazonwebservices.eu" },
	{ "us-iso-east-1", "", "lambda.us-iso-east-1.c2s.ic.gov" },
	{ "us-iso-east-1", DUAL, "lambda.us-iso-east-1.api.aws.ic.gov" },
	{ "us-isob-east-1", "", "lambda.us-isob-east-1.sc2s.sgov.gov" },
	{ "us-isob-east-1", DUAL, "lambda.us-isob-east-1.api.aws.scloud" },
	{ "eu-isoe-west-1", "", "lambda.eu-isoe-west-1.cloud.adc-e.uk" },
	{ "eu-isoe-west-1", DUAL,
	    "lambda.eu-isoe-west-1.api.cloud-aws.adc-e.uk" },
	{ "us-isof-south-1", "", "lambda.us-isof-south-1.csp.hci.ic.gov" },
	{ "us-isof-south-1", DUAL,
	    "lambda.us-isof-south-1.api.aws.hci.ic.gov" },
	{ "new-place-9", "", "lambda.new-place-9.amazonaws.com" },
};

static void
each_partition_has_its_hosts(void **state)
{
	struct endpoint out;
	struct err e;

	(void)state;
	endpoint_init(&out);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		struct endpoint_options o = { .region = hosts[i].region };

		set_variables(hosts[i].variables);
		if (endpoint_find(&o, &out, &e) < 0)
			fail_msg("%s", e.text);
		assert_string_equal(out.host, hosts[i].host);
		assert_memory_equal(out.url, "https://", 8);
		assert_string_equal(out.url + 8, hosts[i].host);
		assert_string_equal(out.base, "");
		assert_string_equal(out.region, hosts[i].region);
	}
	endpoint_clear(&out);
}

static const struct {
	const char *option, *arn, *variables, *region, *host;
} regions[] = {
	{ "us-west-1", ARN("aws", "us-west-2"), "AWS_REGION=us-east-1",
	    "us-west-1", NULL },
	{ NULL, ARN("aws", "us-west-2"), "AWS_REGION=us-east-1", "us-west-2",
	    NULL },
	{ NULL, "my-function", "AWS_REGION=us-east-1", "us-east-1", NULL },
	{ NULL, "123456789012:function:f", "AWS_REGION=us-east-1", "us-east-1",
	    NULL },
	{ NULL, "arn:aws:lambda", "AWS_REGION=us-east-1", "us-east-1", NULL },
	{ NULL, NULL, "AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-2",
	    "us-east-1", NULL },
	{ NULL, NULL, "AWS_REGION= AWS_DEFAULT_REGION=us-east-2", "us-east-2",
	    NULL },
	/* A region that is not known is where its ARN says. */
	{ NULL, ARN("aws-cn", "new-place-9"), "", "new-place-9",
	    "lambda.new-place-9.amazonaws.com.cn" },
	{ NULL, ARN("aws-odd", "new-place-9"), "", "new-place-9",
	    "lambda.new-place-9.amazonaws.com" },
};

static void
the_region_is_the_first_that_is_said(void **state)
{
	struct endpoint out;
	struct err e;

	(void)state;
	endpoint_init(&out);
	for (size_t i = 0; i < sizeof(regions) / sizeof(*regions); i++) {
		struct endpoint_options o = { .region = regions[i].option,
			.arn = regions[i].arn };

		set_variables(regions[i].variables);
		if (endpoint_find(&o, &out, &e) < 0)
			fail_msg("%s", e.text);
		assert_string_equal(out.region, regions[i].region);
		if (regions[i].host)
			assert_string_equal(out.host, regions[i].host);
	}
	endpoint_clear(&out);
}

static const struct {
	const char *option, *variables, *url, *base, *host;
} urls[] = {
	{ "http://o",
	    "AWS_ENDPOINT_URL_LAMBDA=http://l AWS_ENDPOINT_URL="
	    "http://e AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true",
	    "http://o", "", "o" },
	{ NULL, "AWS_ENDPOINT_URL_LAMBDA=http://l AWS_ENDPOINT_URL=http://e",
	    "http://l", "", "l" },
	{ NULL, "AWS_ENDPOINT_URL=http://e", "http://e", "", "e" },
	{ NULL,
	    "AWS_ENDPOINT_URL=http://e "
	    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true",
	    "https://lambda.us-east-1.amazonaws.com", "",
	    "lambda.us-east-1.amazonaws.com" },
	{ "http://127.0.0.1:3001/", "", "http://127.0.0.1:3001", "",
	    "127.0.0.1:3001" },
	{ "HTTPS://Example.COM:443/a/b%2F//", "", "https://example.com",
	    "/a/b%2F", "example.com" },
	{ "http://h:443", "", "http://h:443", "", "h:443" },
	{ "http://h:80/", "", "http://h", "", "h" },
	{ "http://[::1]:8080/x", "", "http://[::1]:8080", "/x", "[::1]:8080" },
};

static void
a_url_of_ones_own_is_taken_apart(void **state)
{
	struct endpoint out;
	struct err e;

	(void)state;
	endpoint_init(&out);
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct endpoint_options o = { .url = urls[i].option,
			.region = "us-east-1" };

		set_variables(urls[i].variables);
		if (endpoint_find(&o, &out, &e) < 0)
			fail_msg("%s", e.text);
		assert_string_equal(out.url, urls[i].url);
		assert_string_equal(out.base, urls[i].base);
		assert_string_equal(out.host, urls[i].host);
	}
	endpoint_clear(&out);
}

static const struct {
	const char *url, *region, *variables, *text;
} bad[] = {
	{ NULL, NULL, "",
	    "no region: AWS_REGION is not set, and no ARN says "
	    "one" },
	{ NULL, "us east", "",
	    "'us east' is not a region: a region is as "
	    "us-east-1" },
	{ NULL, "evil.com/", "",
	    "'evil.com/' is not a region: a region is as "
	    "us-east-1" },
	{ "ftp://h", "r", "",
	    "the endpoint URL: 'ftp://h' does not begin with "
	    "https:// or http://" },
	{ "", "r", "",
	    "the endpoint URL: '' does not begin with https:// or "
	    "http://" },
	{ "http:///x", "r", "",
	    "the endpoint URL: 'http:///x' is not a URL: it is to have a "
	    "host, perhaps a port and a path, and nothing else" },
	{ NULL, "r", "AWS_ENDPOINT_URL=http://h?x=1",
	    "AWS_ENDPOINT_URL: 'http://h?x=1' is not a URL: it is to have a "
	    "host, perhaps a port and a path, and nothing else" },
	{ "http://me@h", "r", "",
	    "the endpoint URL: 'http://me@h' is not a URL: it is to have a "
	    "host, perhaps a port and a path, and nothing else" },
	{ NULL, "r", FIPS " AWS_ENDPOINT_URL_LAMBDA=http://h",
	    "AWS_ENDPOINT_URL_LAMBDA is set (http://h) and so is "
	    "AWS_USE_FIPS_ENDPOINT: only one of them can be followed" },
	{ "http://h", "r", DUAL,
	    "the endpoint URL is set (http://h) and so is "
	    "AWS_USE_DUALSTACK_ENDPOINT: only one of them can be followed" },
};

static void
what_cannot_be_is_refused(void **state)
{
	struct endpoint out;
	struct err e;

	(void)state;
	endpoint_init(&out);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct endpoint_options o = { .url = bad[i].url,
			.region = bad[i].region };

		set_variables(bad[i].variables);
		assert_int_equal(endpoint_find(&o, &out, &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_string_equal(e.text, bad[i].text);
	}
	endpoint_clear(&out);
}

static void
find_with(const struct profile *p, const char *set, const char *url,
    const char *region)
{
	struct endpoint_options o = { .profile = p };
	struct endpoint out;
	struct err e;

	set_variables(set);
	endpoint_init(&out);
	if (endpoint_find(&o, &out, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(out.url, url);
	assert_string_equal(out.region, region);
	endpoint_clear(&out);
}

static void
the_profile_comes_last(void **state)
{
	char path[] = "/tmp/test_endpoint-XXXXXX";
	int fd = mkstemp(path);
	struct endpoint_options o = { NULL, NULL, NULL, NULL };
	struct endpoint out;
	struct profile *p;
	struct err e;

	(void)state;
	dprintf(fd,
	    "[default]\nendpoint_url=http://p\nregion=us-east-2\n"
	    "[profile s]\nendpoint_url=http://p\nregion=us-west-2\n"
	    "services=x\n"
	    "[services x]\nlambda =\n endpoint_url=http://s\n"
	    "[profile fips]\nuse_fips_endpoint=true\nregion=us-east-1\n"
	    "[profile none]\n");
	close(fd);
	setenv("AWS_CONFIG_FILE", path, 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	p = profile_open("default", &e);
	find_with(p, "", "http://p", "us-east-2");
	find_with(p, "AWS_REGION=us-west-1 AWS_ENDPOINT_URL=http://e",
	    "http://e", "us-west-1");
	find_with(p, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true",
	    "https://lambda.us-east-2.amazonaws.com", "us-east-2");
	profile_free(p);
	p = profile_open("s", &e);
	find_with(p, "", "http://s", "us-west-2");
	find_with(p, "AWS_ENDPOINT_URL=http://e", "http://e", "us-west-2");
	profile_free(p);
	p = profile_open("fips", &e);
	find_with(p, "", "https://lambda-fips.us-east-1.amazonaws.com",
	    "us-east-1");
	find_with(p, "AWS_USE_FIPS_ENDPOINT=false",
	    "https://lambda.us-east-1.amazonaws.com", "us-east-1");
	profile_free(p);
	o.profile = p = profile_open("none", &e);
	endpoint_init(&out);
	set_variables("");
	assert_int_equal(endpoint_find(&o, &out, &e), -1);
	assert_non_null(strstr(e.text, "set region of profile none in /tmp/"));
	endpoint_clear(&out);
	profile_free(p);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_partition_has_its_hosts),
		cmocka_unit_test(the_region_is_the_first_that_is_said),
		cmocka_unit_test(a_url_of_ones_own_is_taken_apart),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(the_profile_comes_last),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
