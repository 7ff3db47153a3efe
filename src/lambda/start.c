/*
 * start.c - "durable start": begin an execution of a function on Lambda.
 *
 * With a name an execution is begun once: the call may be sent again, and who
 * asks a second time with the same input is led to the first. Without one a
 * second call would be a second execution, so it is never sent twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/value.h"
#include "base/xalloc.h"
#include "lambda/commands.h"
#include "lambda/manage.h"
#include "lambda/sign.h"
#include "outside/view.h"

enum {
	INPUT_MAX = 1048576,      /* bytes, asynchronous */
	INPUT_MAX_SYNC = 6291456, /* the same, synchronous */
	WAIT_MS = 16 * 60 * 1000, /* Lambda itself gives up after 15 minutes */
	NAME_MAX_LENGTH = 64,
	TENANT_MAX = 256,
};

static const char *name, *input, *tenant;
static struct string_list args;
static bool waits;
static struct remote_place remote;

static const struct option_spec options[] = {
	{ 0, "name", "NAME", "call the execution NAME: it is begun once",
	    OPTION_STRING, &name },
	{ 0, "input", "JSON|@FILE|-", "its input ({})", OPTION_STRING, &input },
	{ 0, "arg", "KEY=VALUE", "a member of its input, again and again",
	    OPTION_LIST, &args },
	{ 0, "wait", NULL, "wait for its result, 15 minutes at most",
	    OPTION_FLAG, &waits },
	{ 0, "tenant-id", "ID", "for a function that isolates tenants",
	    OPTION_STRING, &tenant },
	REMOTE_OPTIONS(remote),
	{ 0 },
};

static int
check_words(struct err *e)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";
	static const char of_tenants[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789_-.:/=+@ ";
	size_t n = name ? strspn(name, letters) : 1;

	if (n == 0 || n > NAME_MAX_LENGTH || (name && name[n]))
		return err_set(e, ERR_USAGE,
		    "--name: '%s' is not 1 to %d characters of A-Z, a-z, 0-9, "
		    "_ and -",
		    name, NAME_MAX_LENGTH);
	if (input && args.n > 0)
		return err_set(e, ERR_USAGE, "give --input or --arg, not both");
	n = tenant ? strspn(tenant, of_tenants) : 1;
	if (n == 0 || n > TENANT_MAX || (tenant && tenant[n]))
		return err_set(e, ERR_USAGE,
		    "--tenant-id: '%s' is not 1 to %d characters of letters, "
		    "digits, blanks and ._:/=+-@",
		    tenant, TENANT_MAX);
	return 0;
}

static int
make_input(struct buf *out, struct err *e)
{
	size_t most = waits ? INPUT_MAX_SYNC : INPUT_MAX;

	if (check_words(e) < 0)
		return -1;
	if (args.n > 0) {
		if (value_of_pairs(&args, out, e) < 0)
			return -1;
	} else if (!input) {
		buf_put_str(out, "{}");
	} else if (value_read_json(input, out, e) < 0) {
		return err_wrap(e, "--input");
	}
	if (out->len > most)
		return err_set(e, ERR_USAGE,
		    "the input has %zu bytes, the limit is %zu%s", out->len,
		    most, waits ? "" : "; with --wait it is 6291456");
	return 0;
}

/* As durable run prints it. A function of another kind may give any text. */
static int
print_result(const struct buf *body, struct err *e)
{
	struct span v;
	struct err wrong;
	bool is_json = json_check(buf_str(body), body->len, &v, &wrong) == 0;

	if (!is_json && body->len > 0)
		printf("%.*s\n", (int)body->len, buf_str(body));
	else if (is_json && view_print_result(buf_str(body), &wrong) < 0)
		return err_set(e, ERR_IO,
		    "the execution has succeeded, but its result cannot be "
		    "written");
	return 0;
}

static int
print_end(const struct api_response *r, const char *function, struct err *e)
{
	struct span arn = { NULL, 0 }, error;
	const char *body = buf_str(&r->body);

	(void)api_header(r, "X-Amz-Durable-Execution-Arn", &arn);
	if (!waits) {
		if (!arn.p)
			return err_set(e, ERR_REFUSED,
			    "start %s: it was invoked, but began no durable "
			    "execution: has the function a DurableConfig?",
			    function);
		printf("%.*s\n", (int)arn.n, arn.p);
		return 0;
	}
	if (arn.p)
		fprintf(stderr, "durable: %.*s\n", (int)arn.n, arn.p);
	if (!api_header(r, "X-Amz-Function-Error", &error))
		return print_result(&r->body, e);
	/* The form of this document is not written anywhere: as it comes. */
	fprintf(stderr, "durable: %s failed: ", function);
	(void)fwrite(body, 1, r->body.len, stderr);
	fputc('\n', stderr);
	return 1;
}

static int
explain_silence(const struct api_response *r, const char *function,
    struct err *e)
{
	if (r->status != 0 || !r->may_have_arrived)
		return -1;
	if (name)
		return err_wrap(e,
		    "it may have begun: 'durable status --function %s %s' "
		    "tells",
		    function, name);
	return err_wrap(e,
	    "it may have begun, and without a --name it is not begun again: "
	    "'durable list --function %s' shows the newest first",
	    function);
}

static int
start(struct api *a, const char *function, const struct buf *body,
    struct err *e)
{
	struct task t = { "InvokeFunction", "start", function, false };
	const char *headers[4];
	struct api_request rq = { .method = "POST",
		.body = { buf_str(body), body->len },
		.content_type = "application/json",
		.headers = headers,
		.timeout_ms = waits ? WAIT_MS : 0,
		.once = !name };
	char *name_line = xasprintf("X-Amz-Durable-Execution-Name: %s",
	    name ? name : "");
	char *tenant_line = xasprintf("X-Amz-Tenant-Id: %s",
	    tenant ? tenant : "");
	struct api_response r;
	struct buf path;
	size_t n = 0;
	int result;

	headers[n++] = waits ? "X-Amz-Invocation-Type: RequestResponse"
			     : "X-Amz-Invocation-Type: Event";
	if (name)
		headers[n++] = name_line;
	if (tenant)
		headers[n++] = tenant_line;
	headers[n] = NULL;
	api_response_init(&r);
	buf_init(&path, BUF_NO_MAX);
	buf_put_str(&path, "/2015-03-31/functions/");
	sign_encode(function, strlen(function), &path);
	buf_put_str(&path, "/invocations");
	rq.path = buf_str(&path);
	result = manage_call(a, &t, &rq, &r, e);
	result = result < 0 ? explain_silence(&r, function, e)
			    : print_end(&r, function, e);
	buf_clear(&path);
	api_response_clear(&r);
	free(name_line);
	free(tenant_line);
	return result;
}

static int
run(struct call *call, struct err *e)
{
	struct buf body;
	struct api *a;
	int result = -1;

	buf_init(&body, BUF_NO_MAX);
	if (manage_check_function(call->argv[0], e) == 0 &&
	    make_input(&body, e) == 0 &&
	    (a = manage_open(&remote, call->argv[0], e))) {
		result = start(a, call->argv[0], &body, e);
		api_close(a);
	}
	buf_clear(&body);
	return result;
}

const struct command cmd_start = {
	.name = "start",
	.synopsis = "[OPTION...] FUNCTION",
	.summary = "start an execution of a function on AWS Lambda",
	.details = "FUNCTION is NAME:QUALIFIER, or an ARN with a qualifier.\n",
	.group = GROUP_LAMBDA,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
