/*
 * manage.c - calls of the APIs that look at executions and act on them.
 */
#include "lambda/manage.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "lambda/sign.h"
#include "lambda/wire.h"

struct api *
manage_open(const struct remote_place *r, const char *arn, struct err *e)
{
	struct api_options o = {
		.region = r->region,
		.endpoint_url = r->endpoint_url,
		.profile = r->profile,
		.arn = arn,
	};

	return api_open(&o, NULL, e);
}

/* Names of errors that say that the signature was not taken. */
static bool
is_about_credentials(const char *type)
{
	static const char *const types[] = { "UnrecognizedClientException",
		"InvalidSignatureException", "SignatureDoesNotMatch",
		"ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId",
		"MissingAuthenticationTokenException",
		"IncompleteSignatureException" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* What to do, for errors whose text does not say it. */
static void
put_advice(const struct api *a, const struct task *t,
    const struct api_response *r, struct buf *out)
{
	if (is_about_credentials(r->type))
		buf_printf(out,
		    ": the credentials are not accepted in %s: renew them, or "
		    "choose others with --profile",
		    api_region(a));
	else if (strcmp(r->type, "AccessDeniedException") == 0 ||
	    r->status == 403)
		buf_printf(out,
		    ": these credentials need the IAM action lambda:%s on the "
		    "function, with a qualifier (FUNCTION:*)",
		    t->action);
	else if (strcmp(r->type, "DurableExecutionAlreadyStartedException") ==
	    0)
		buf_put_str(out,
		    ": the name is taken by an execution with another input: "
		    "use another --name");
	else if (strcasestr(r->message, "unqualified"))
		buf_printf(out,
		    ": say which version: %s:$LATEST, or better the number of "
		    "a version or an alias",
		    t->target);
	else if (r->status == 404)
		buf_printf(out,
		    ": is it in another region than %s? 'durable list "
		    "--function' shows what a function has",
		    api_region(a));
	else if (r->status == 429)
		buf_put_str(out, ": too many requests; try again later");
}

static int
fail(const struct api *a, const struct task *t, const struct api_response *r,
    struct err *e)
{
	struct buf advice;

	buf_init(&advice, BUF_NO_MAX);
	put_advice(a, t, r, &advice);
	err_set(e, r->status == 404 ? ERR_MISSING : ERR_REFUSED,
	    "%s %s: %s (%d %s)%s", t->doing, t->target,
	    r->message[0] ? r->message : "no reason given", r->status,
	    r->type[0] ? r->type : "error", buf_str(&advice));
	buf_clear(&advice);
	return -1;
}

int
manage_call(struct api *a, const struct task *t, const struct api_request *rq,
    struct api_response *out, struct err *e)
{
	struct span body;
	struct err wrong;

	if (api_perform(a, rq, out, e) < 0)
		return err_wrap(e, "%s %s", t->doing, t->target);
	if (out->status < 200 || out->status > 299)
		return fail(a, t, out, e);
	if (!t->wants_json)
		return 0;
	if (json_check(buf_str(&out->body), out->body.len, &body, &wrong) < 0 ||
	    json_kind(body) != '{')
		return err_set(e, ERR_IO,
		    "%s %s: the answer of %s is no JSON object: is that "
		    "Lambda?",
		    t->doing, t->target, api_url(a));
	return 0;
}

void
manage_put_query(const char *name, const char *value, struct buf *out)
{
	if (!value)
		return;
	buf_printf(out, "&%s=", name);
	sign_encode(value, strlen(value), out);
}

/* A list that comes in pages; its member is an array of objects. */
struct listing {
	struct task task;
	const char *path, *query, *member;
	struct buf marker; /* of the page that is next */
};

/* Asks for the next page and replaces the marker, by none at the end. */
static int
get_page(struct api *a, struct listing *l, struct api_response *r,
    struct err *e)
{
	struct api_request rq = { .method = "GET", .path = l->path };
	struct span body;
	struct buf query, next;
	int result;

	buf_init(&query, BUF_NO_MAX);
	buf_init(&next, BUF_NO_MAX);
	buf_put_str(&query, l->query);
	if (l->marker.len > 0)
		manage_put_query("Marker", buf_str(&l->marker), &query);
	rq.query = buf_str(&query);
	result = manage_call(a, &l->task, &rq, r, e);
	body = (struct span){ buf_str(&r->body), r->body.len };
	if (result == 0)
		text_put_plain(wire_string(body, "NextMarker"), &next);
	if (next.len > 0 && strcmp(buf_str(&next), buf_str(&l->marker)) == 0)
		result = err_set(e, ERR_IO,
		    "%s %s: %s answers with the same page again and again",
		    l->task.doing, l->task.target, api_url(a));
	buf_reset(&l->marker);
	buf_put(&l->marker, buf_str(&next), next.len);
	buf_clear(&next);
	buf_clear(&query);
	return result;
}

static int
visit_page(const struct listing *l, const struct api_response *r,
    const struct visit *v, struct err *e)
{
	struct span body = { buf_str(&r->body), r->body.len }, list, item;
	size_t pos = 0;

	if (!json_find(body, l->member, &list) || json_kind(list) != '[')
		return 0;
	while (json_next_element(list, &pos, &item))
		if (json_kind(item) == '{' && v->each(item, v->arg, e) < 0)
			return -1;
	return 0;
}

static int
visit_all(struct api *a, struct listing *l, const struct visit *v,
    struct err *e)
{
	struct api_response r;
	int result;

	buf_init(&l->marker, BUF_NO_MAX);
	do {
		api_response_init(&r);
		result = get_page(a, l, &r, e);
		if (result == 0)
			result = visit_page(l, &r, v, e);
		api_response_clear(&r);
	} while (result == 0 && l->marker.len > 0);
	buf_clear(&l->marker);
	return result;
}

const char *
manage_split_function(const char *function, struct buf *name)
{
	static const char before[] = ":function:";
	const char *own = strstr(function, before), *colon;

	if (own)
		own += sizeof(before) - 1;
	else
		own = strncmp(function, before + 1, sizeof(before) - 2) == 0
		    ? function + sizeof(before) - 2
		    : function;
	colon = strchr(own, ':');
	if (!colon) {
		buf_put_str(name, function);
		return NULL;
	}
	buf_put(name, function, (size_t)(colon - function));
	return colon + 1;
}

int
manage_check_function(const char *function, struct err *e)
{
	struct buf name;
	bool is_empty;

	buf_init(&name, BUF_NO_MAX);
	(void)manage_split_function(function, &name);
	is_empty = name.len == 0 || buf_str(&name)[name.len - 1] == ':';
	buf_clear(&name);
	if (!is_empty)
		return 0;
	return err_set(e, ERR_USAGE, "'%s': the name of the function is empty",
	    function);
}

int
manage_each_execution(const struct remote_execution *x, const char *filters,
    const struct visit *v, struct err *e)
{
	struct listing l = { .task = { "ListDurableExecutionsByFunction",
				 "list the executions of", x->function, true },
		.member = "DurableExecutions" };
	struct buf path, query, name;
	const char *qualifier;
	struct api *a;
	int result;

	if (manage_check_function(x->function, e) < 0 ||
	    !(a = manage_open(&x->remote, x->function, e)))
		return -1;
	buf_init(&path, BUF_NO_MAX);
	buf_init(&query, BUF_NO_MAX);
	buf_init(&name, BUF_NO_MAX);
	qualifier = manage_split_function(x->function, &name);
	buf_put_str(&path, WIRE_VERSION "/functions/");
	sign_encode(buf_str(&name), name.len, &path);
	buf_put_str(&path, "/durable-executions");
	buf_put_str(&query, "MaxItems=100");
	manage_put_query("Qualifier", qualifier ? qualifier : "$LATEST",
	    &query);
	buf_put_str(&query, filters);
	l.path = buf_str(&path);
	l.query = buf_str(&query);
	result = visit_all(a, &l, v, e);
	buf_clear(&path);
	buf_clear(&query);
	buf_clear(&name);
	api_close(a);
	return result;
}

int
manage_each_event(const struct remote_place *r, const char *arn, bool with_data,
    const struct visit *v, struct err *e)
{
	/* The default is not what is written of it: always said. */
	struct listing l = { .task = { "GetDurableExecutionHistory",
				 "read the history of", arn, true },
		.query = with_data ? "IncludeExecutionData=true&MaxItems=1000"
				   : "IncludeExecutionData=false&MaxItems=1000",
		.member = "Events" };
	struct api *a = manage_open(r, arn, e);
	struct buf path;
	int result;

	if (!a)
		return -1;
	buf_init(&path, BUF_NO_MAX);
	wire_put_path(arn, "/history", &path);
	l.path = buf_str(&path);
	result = visit_all(a, &l, v, e);
	buf_clear(&path);
	api_close(a);
	return result;
}

/* The newest comes first. */
static int
take_first(struct span item, void *arg, struct err *e)
{
	struct buf *arn = arg;

	(void)e;
	if (arn->len == 0)
		text_put_plain(wire_string(item, "DurableExecutionArn"), arn);
	return 0;
}

static char *
find_named(const struct remote_execution *x, const char *word, struct err *e)
{
	struct buf filter, arn;
	struct visit v = { take_first, &arn };
	char *found = NULL;
	int result;

	buf_init(&filter, BUF_NO_MAX);
	buf_init(&arn, BUF_NO_MAX);
	manage_put_query("DurableExecutionName", word, &filter);
	result = manage_each_execution(x, buf_str(&filter), &v, e);
	if (result == 0 && arn.len > 0)
		found = buf_steal(&arn);
	else if (result == 0)
		err_set(e, ERR_MISSING,
		    "%s has no execution named %s: 'durable list --function' "
		    "shows those of a version",
		    x->function, word);
	buf_clear(&filter);
	buf_clear(&arn);
	return found;
}

char *
manage_find(const struct remote_execution *x, const char *word, struct err *e)
{
	if (strncmp(word, "arn:", 4) != 0)
		return find_named(x, word, e);
	if (x->function) {
		err_set(e, ERR_USAGE,
		    "an ARN says which function: leave --function out");
		return NULL;
	}
	if (!strstr(word, ":lambda:") || !strstr(word, "/durable-execution/")) {
		err_set(e, ERR_USAGE,
		    "'%s' is not the ARN of an execution, which has "
		    "/durable-execution/ in it: 'durable list --function' "
		    "shows them",
		    word);
		return NULL;
	}
	return xstrdup(word);
}

int
manage_act(const struct remote_execution *x, const char *word,
    int (*act)(const char *arn, struct err *e), struct err *e)
{
	char *arn = manage_find(x, word, e);
	int result = arn ? act(arn, e) : -1;

	free(arn);
	return result;
}

void
manage_put_members(struct span object, struct buf *out)
{
	struct span key, value;
	size_t pos = 0, start;
	bool first = true;

	while (json_next_member(object, &pos, &key, &value)) {
		if (!first)
			buf_put_char(out, ',');
		first = false;
		buf_put(out, key.p, key.n);
		buf_put_char(out, ':');
		start = out->len;
		buf_put(out, value.p, value.n);
		/* Line breaks of JSON stand between its tokens. */
		for (size_t i = start; i < out->len; i++)
			if (out->data[i] == '\n' || out->data[i] == '\r')
				out->data[i] = ' ';
	}
}
