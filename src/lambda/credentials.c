/*
 * credentials.c - what requests are signed with, and where it is found.
 */
#include "lambda/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "lambda/container.h"
#include "lambda/environment.h"
#include "lambda/process.h"
#include "lambda/profile.h"

enum {
	OUTPUT_MAX = 64 * 1024,
	PROCESS_TIMEOUT_MS = 120 * 1000, /* somebody may be typing a code */
	WANT_MS = 15 * 60 * 1000,
	MUST_MS = 10 * 60 * 1000,
};

void
credentials_init(struct credentials *c)
{
	memset(c, 0, sizeof(*c));
	c->expires = TIME_NEVER;
}

static void
free_secret(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

void
credentials_clear(struct credentials *c)
{
	free_secret(c->key_id);
	free_secret(c->secret);
	free_secret(c->token);
	credentials_init(c);
}

bool
credentials_can_reload(const struct credentials *c)
{
	return c->source == CREDENTIALS_FILE ||
	    c->source == CREDENTIALS_PROCESS ||
	    c->source == CREDENTIALS_CONTAINER;
}

static bool
ends_within(const struct credentials *c, int64_t now, int64_t ms)
{
	return c->expires != TIME_NEVER && c->expires - now < ms &&
	    credentials_can_reload(c);
}

bool
credentials_want_reload(const struct credentials *c, int64_t now)
{
	return ends_within(c, now, WANT_MS);
}

bool
credentials_must_reload(const struct credentials *c, int64_t now)
{
	return ends_within(c, now, MUST_MS);
}

/* A member that is a string and not empty, without NUL; else NULL. */
static char *
text_member(struct span object, const char *name)
{
	struct span value;
	struct buf text;

	if (!json_find(object, name, &value) || json_kind(value) != '"')
		return NULL;
	buf_init(&text, BUF_NO_MAX);
	json_unescape(value, &text);
	if (text.len > 0 && strlen(buf_str(&text)) == text.len)
		return buf_steal(&text);
	buf_clear(&text);
	return NULL;
}

static int
parse_expiration(struct credentials *c, struct span json, const char *what,
    struct err *e)
{
	char *text = text_member(json, "Expiration");
	int result = 0;

	if (text && time_parse(text, 0, &c->expires, e) < 0)
		result = err_set(e, ERR_IO, "%s: Expiration is no time: %s",
		    what, text);
	free(text);
	return result;
}

int
credentials_parse(struct credentials *c, struct span json, const char *what,
    struct err *e)
{
	struct span object;
	struct err why;

	if (json_check(json.p, json.n, &object, &why) < 0)
		return err_set(e, ERR_IO, "%s: not JSON: %s", what, why.text);
	if (json_kind(object) != '{')
		return err_set(e, ERR_IO, "%s: not a JSON object", what);
	credentials_clear(c);
	c->key_id = text_member(object, "AccessKeyId");
	c->secret = text_member(object, "SecretAccessKey");
	c->token = text_member(object, "SessionToken");
	if (!c->token)
		c->token = text_member(object, "Token");
	if (!c->key_id || !c->secret)
		return err_set(e, ERR_IO,
		    "%s: it has no AccessKeyId or no SecretAccessKey", what);
	return parse_expiration(c, object, what, e);
}

/* Each of the finders: 1 found, 0 there are none, -1 with *e. */
static int
set(struct credentials *c, const char *key_id, const char *secret,
    const char *token, enum credentials_source source)
{
	c->key_id = xstrdup(key_id);
	c->secret = xstrdup(secret);
	c->token = token ? xstrdup(token) : NULL;
	c->source = source;
	return 1;
}

static int
from_environment(struct credentials *c, struct err *e)
{
	const char *key_id = environment("AWS_ACCESS_KEY_ID");
	const char *secret = environment("AWS_SECRET_ACCESS_KEY");

	if (!key_id && !secret)
		return 0;
	if (!key_id || !secret)
		return err_set(e, ERR_USAGE,
		    "%s is set, but %s is not: set "
		    "both, or none",
		    key_id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
		    key_id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
	return set(c, key_id, secret, environment("AWS_SESSION_TOKEN"),
	    CREDENTIALS_ENVIRONMENT);
}

typedef const char *lookup(const struct profile *p, const char *key);

static int
from_keys(struct credentials *c, const struct profile *p, lookup *find,
    const char *path, struct err *e)
{
	const char *key_id = find(p, "aws_access_key_id");
	const char *secret = find(p, "aws_secret_access_key");

	if (!key_id && !secret)
		return 0;
	if (!key_id || !secret)
		return err_set(e, ERR_USAGE, "profile %s in %s has no %s",
		    profile_name(p), path,
		    key_id ? "aws_secret_access_key" : "aws_access_key_id");
	return set(c, key_id, secret, find(p, "aws_session_token"),
	    CREDENTIALS_FILE);
}

static const char *
in_either(const struct profile *p, const char *key)
{
	const char *value = profile_credentials(p, key);

	return value ? value : profile_config(p, key);
}

/* What AWS's tools would do before or instead, and this cannot. */
static int
refuse_exchanges(const struct profile *p, struct err *e)
{
	static const char *const keys[][2] = {
		{ "role_arn", "assumes a role" },
		{ "sso_session", "signs in by SSO" },
		{ "sso_start_url", "signs in by SSO" },
		{ "login_session", "signs in by a login" },
	};

	for (size_t i = 0; p && i < sizeof(keys) / sizeof(*keys); i++)
		if (in_either(p, keys[i][0]))
			return err_set(e, ERR_REFUSED,
			    "profile %s %s (%s), which durable does not do: "
			    "run eval \"$(aws configure export-credentials "
			    "--profile %s --format env)\" and try again",
			    profile_name(p), keys[i][1], keys[i][0],
			    profile_name(p));
	if (environment("AWS_WEB_IDENTITY_TOKEN_FILE") &&
	    environment("AWS_ROLE_ARN"))
		return err_set(e, ERR_REFUSED,
		    "AWS_WEB_IDENTITY_TOKEN_FILE is set, but durable does not "
		    "do web identities: run eval \"$(aws configure "
		    "export-credentials --format env)\" and try again");
	return 0;
}

static bool
has_version_1(const char *p, size_t n)
{
	struct span object, version;
	struct err ignored;

	return json_check(p, n, &object, &ignored) == 0 &&
	    json_find(object, "Version", &version) && version.n == 1 &&
	    *version.p == '1';
}

static int
from_process(struct credentials *c, const struct profile *p, struct err *e)
{
	const char *line = in_either(p, "credential_process");
	struct buf out;
	int result = -1;

	if (!line)
		return 0;
	buf_init(&out, OUTPUT_MAX);
	if (process_run(line, PROCESS_TIMEOUT_MS, &out, e) < 0 ||
	    credentials_parse(c, (struct span){ buf_str(&out), out.len },
		"what it prints", e) < 0) {
		err_wrap(e, "credential_process of profile %s, `%s`",
		    profile_name(p), line);
		goto out;
	}
	if (!has_version_1(buf_str(&out), out.len)) {
		err_set(e, ERR_IO,
		    "credential_process of profile %s, `%s`: what it prints "
		    "does not have \"Version\": 1",
		    profile_name(p), line);
		goto out;
	}
	c->source = CREDENTIALS_PROCESS;
	result = 1;
out:
	if (out.data)
		explicit_bzero(out.data, out.size);
	buf_clear(&out);
	return result;
}

static int
from_profile(struct credentials *c, const struct profile *p, struct err *e)
{
	int found = refuse_exchanges(p, e);

	if (found == 0 && p)
		found = from_keys(c, p, profile_credentials,
		    profile_credentials_path(p), e);
	if (found == 0 && p)
		found = from_process(c, p, e);
	if (found == 0 && p)
		found = from_keys(c, p, profile_config, profile_config_path(p),
		    e);
	return found;
}

static int
from_container(struct credentials *c, struct err *e)
{
	struct buf body;
	int found;

	buf_init(&body, OUTPUT_MAX);
	found = container_ask(&body, e);
	if (found > 0 &&
	    credentials_parse(c, (struct span){ buf_str(&body), body.len },
		"the container's credentials", e) < 0)
		found = -1;
	if (found > 0)
		c->source = CREDENTIALS_CONTAINER;
	if (body.data)
		explicit_bzero(body.data, body.size);
	buf_clear(&body);
	return found;
}

static int
none(const struct profile *p, struct err *e)
{
	if (!p)
		return err_set(e, ERR_MISSING,
		    "no credentials: AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY are not set, and neither is "
		    "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	return err_set(e, ERR_MISSING,
	    "no credentials: neither in AWS_ACCESS_KEY_ID and "
	    "AWS_SECRET_ACCESS_KEY, nor in profile %s of %s and %s, nor by "
	    "AWS_CONTAINER_CREDENTIALS_FULL_URI: set one of them, or run "
	    "eval \"$(aws configure export-credentials --format env)\"",
	    profile_name(p), profile_credentials_path(p),
	    profile_config_path(p));
}

int
credentials_load(struct credentials *c, const struct credentials_options *o,
    struct err *e)
{
	struct credentials new;
	int found = 0;

	credentials_init(&new);
	if (!o->profile_first)
		found = from_environment(&new, e);
	if (found == 0)
		found = from_profile(&new, o->profile, e);
	if (found == 0)
		found = from_container(&new, e);
	if (found == 0)
		found = none(o->profile, e);
	if (found < 0) {
		credentials_clear(&new);
		return -1;
	}
	credentials_clear(c);
	*c = new;
	return 0;
}
