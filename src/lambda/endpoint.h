/*
 * endpoint.h - the region, and the URL of Lambda in it.
 *
 * URL: the explicit one; AWS_ENDPOINT_URL_LAMBDA; AWS_ENDPOINT_URL; the
 * profile's services section, lambda.endpoint_url; the profile's
 * endpoint_url; else lambda.REGION.SUFFIX of the region's partition. All but
 * the explicit one are passed over with
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true. AWS_USE_FIPS_ENDPOINT and
 * AWS_USE_DUALSTACK_ENDPOINT choose other hosts, never with a URL of one's own.
 *
 * Region: the explicit one; the ARN's; AWS_REGION; AWS_DEFAULT_REGION; the
 * profile's.
 */
#ifndef DURABLE_ENDPOINT_H
#define DURABLE_ENDPOINT_H

#include "base/err.h"

struct profile;

struct endpoint_options {
	const char *url;    /* NULL: found */
	const char *region; /* NULL: found */
	const char *arn;    /* what is acted on, or NULL; a plain name does
			     * no harm */
	const struct profile *profile; /* NULL: no files are looked at */
};

/* All strings are owned. */
struct endpoint {
	char *url;  /* scheme and host: "https://lambda.us-east-1..." */
	char *base; /* a path to be put before every other: "" or "/x" */
	char *host; /* as signed: with its port unless that is the default */
	char *region;
};

void endpoint_init(struct endpoint *p);
void endpoint_clear(struct endpoint *p);

/* Fills out (was initialised). ERR_USAGE for no region (says where it was
 * looked for), for what is no region or no URL, and for a URL together with
 * FIPS or dual stack. */
int endpoint_find(const struct endpoint_options *o, struct endpoint *out,
    struct err *e) MUST_USE;

#endif
