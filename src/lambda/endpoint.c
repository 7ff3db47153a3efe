/*
 * endpoint.c - the region, and the URL of Lambda in it.
 */
#include "lambda/endpoint.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/xalloc.h"
#include "lambda/environment.h"
#include "lambda/profile.h"

/* A region's partition, by how the region's name begins; the first counts. */
static const struct partition {
	const char *name, *prefix, *suffix, *dual_suffix;
} partitions[] = {
	{ "aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn" },
	{ "aws-us-gov", "us-gov-", "amazonaws.com", "api.aws" },
	{ "aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu" },
	{ "aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov" },
	{ "aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud" },
	{ "aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk" },
	{ "aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov" },
	{ "aws", "", "amazonaws.com", "api.aws" },
};

void
endpoint_init(struct endpoint *p)
{
	memset(p, 0, sizeof(*p));
}

void
endpoint_clear(struct endpoint *p)
{
	free(p->url);
	free(p->base);
	free(p->host);
	free(p->region);
	endpoint_init(p);
}

/* Whether a variable, or else the profile's key, says true. */
static bool
is_set(const char *variable, const struct profile *profile, const char *key)
{
	const char *value = environment(variable);

	if (!value)
		value = profile_config(profile, key);
	return value && strcasecmp(value, "true") == 0;
}

/* Field number n of an ARN, "arn" being 0. False when it has none. */
static bool
arn_field(const char *arn, int n, struct span *field)
{
	if (!arn || strncmp(arn, "arn:", 4) != 0)
		return false;
	for (; n > 0; n--) {
		arn += strcspn(arn, ":");
		if (!*arn++)
			return false;
	}
	*field = (struct span){ arn, strcspn(arn, ":") };
	return field->n > 0;
}

static int
find_region(const struct endpoint_options *o, char **region, struct err *e)
{
	struct span field;

	if (o->region && *o->region)
		*region = xstrdup(o->region);
	else if (arn_field(o->arn, 3, &field))
		*region = xmemdup(field.p, field.n);
	else if (environment("AWS_REGION"))
		*region = xstrdup(environment("AWS_REGION"));
	else if (environment("AWS_DEFAULT_REGION"))
		*region = xstrdup(environment("AWS_DEFAULT_REGION"));
	else if (profile_config(o->profile, "region"))
		*region = xstrdup(profile_config(o->profile, "region"));
	else if (o->profile)
		return err_set(e, ERR_USAGE,
		    "no region: set AWS_REGION, or give an ARN, or set region "
		    "of profile %s in %s",
		    profile_name(o->profile), profile_config_path(o->profile));
	else
		return err_set(e, ERR_USAGE,
		    "no region: AWS_REGION is not set, and no ARN says one");
	for (const char *p = *region; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-')
			return err_set(e, ERR_USAGE,
			    "'%s' is not a region: a region is as us-east-1",
			    *region);
	return 0;
}

/* That of the region's name; for a name of no known kind, the ARN's. */
static const struct partition *
find_partition(const char *region, const char *arn)
{
	const struct partition *p = partitions;
	struct span name;

	while (strncmp(region, p->prefix, strlen(p->prefix)) != 0)
		p++;
	if (*p->prefix || !arn_field(arn, 1, &name))
		return p;
	for (size_t i = 0; i < sizeof(partitions) / sizeof(*partitions); i++)
		if (strlen(partitions[i].name) == name.n &&
		    memcmp(partitions[i].name, name.p, name.n) == 0)
			return &partitions[i];
	return p;
}

/* The URL that somebody has set, and where: for messages. */
static const char *
find_url(const struct endpoint_options *o, const char **where)
{
	const char *url;

	*where = "the endpoint URL";
	if (o->url)
		return o->url;
	if (is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", o->profile,
		"ignore_configured_endpoint_urls"))
		return NULL;
	*where = "AWS_ENDPOINT_URL_LAMBDA";
	if ((url = environment(*where)))
		return url;
	*where = "AWS_ENDPOINT_URL";
	if ((url = environment(*where)))
		return url;
	*where = "endpoint_url of lambda in the profile's services";
	if ((url = profile_service(o->profile, "lambda", "endpoint_url")))
		return url;
	*where = "the profile's endpoint_url";
	return profile_config(o->profile, "endpoint_url");
}

/* Whether the n bytes may be a host or a path in a URL as it is sent. */
static bool
is_plain(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] > '~' || strchr("\"<>\\^`{|}@?#", p[i]))
			return false;
	return true;
}

/* As signed: lower case, and no port when it is the scheme's own. */
static char *
host_of(const char *p, size_t n, bool is_https)
{
	const char *own = is_https ? ":443" : ":80";
	size_t own_n = strlen(own);
	char *host;

	if (n > own_n && memcmp(p + n - own_n, own, own_n) == 0)
		n -= own_n;
	host = xmemdup(p, n);
	for (char *c = host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return host;
}

static int
split_url(const char *url, const char *where, struct endpoint *out,
    struct err *e)
{
	bool is_https = strncasecmp(url, "https://", 8) == 0;
	const char *host = url + (is_https ? 8 : 7);
	size_t n, base;

	if (!is_https && strncasecmp(url, "http://", 7) != 0)
		return err_set(e, ERR_USAGE,
		    "%s: '%s' does not begin with https:// or http://", where,
		    url);
	n = strcspn(host, "/?#");
	base = strlen(host + n);
	while (base > 0 && host[n + base - 1] == '/')
		base--;
	if (n == 0 || !is_plain(host, n + base))
		return err_set(e, ERR_USAGE,
		    "%s: '%s' is not a URL: it is to have a host, perhaps a "
		    "port and a path, and nothing else",
		    where, url);
	out->host = host_of(host, n, is_https);
	out->base = xmemdup(host + n, base);
	out->url = xasprintf("%s://%s", is_https ? "https" : "http", out->host);
	return 0;
}

int
endpoint_find(const struct endpoint_options *o, struct endpoint *out,
    struct err *e)
{
	bool fips = is_set("AWS_USE_FIPS_ENDPOINT", o->profile,
	    "use_fips_endpoint");
	bool dual = is_set("AWS_USE_DUALSTACK_ENDPOINT", o->profile,
	    "use_dualstack_endpoint");
	const struct partition *p;
	const char *url, *where;

	endpoint_clear(out);
	if (find_region(o, &out->region, e) < 0)
		return -1;
	url = find_url(o, &where);
	if (url && (fips || dual))
		return err_set(e, ERR_USAGE,
		    "%s is set (%s) and so is %s: only one of them can be "
		    "followed",
		    where, url,
		    fips ? "AWS_USE_FIPS_ENDPOINT"
			 : "AWS_USE_DUALSTACK_ENDPOINT");
	if (url)
		return split_url(url, where, out, e);
	p = find_partition(out->region, o->arn);
	out->host = xasprintf("lambda%s.%s.%s", fips ? "-fips" : "",
	    out->region, dual ? p->dual_suffix : p->suffix);
	out->url = xasprintf("https://%s", out->host);
	out->base = xstrdup("");
	return 0;
}
