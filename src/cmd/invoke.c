/*
 * invoke.c - "durable invoke": another handler as an execution of its own.
 */
#include <string.h>

#include "base/command.h"
#include "base/value.h"
#include "client/external.h"
#include "client/operation.h"
#include "cmd/commands.h"

enum { PAYLOAD_MAX = 1048576, FUNCTION_MAX = 256, TENANT_MAX = 256 };

static struct output output;
static const char *payload, *tenant;
static struct string_list pairs;

static const struct option_spec options[] = {
	{ 0, "payload", "JSON|@FILE|-", "its input ({})", OPTION_STRING,
	    &payload },
	{ 0, "arg", "KEY=VALUE", "its input is an object of these", OPTION_LIST,
	    &pairs },
	{ 0, "tenant-id", "ID", "recorded with the call", OPTION_STRING,
	    &tenant },
	EXTERNAL_OPTIONS(output),
	{ 0 },
};

static int
take_payload(struct buf *out, struct err *e)
{
	if (payload && pairs.n > 0)
		return err_set(e, ERR_USAGE,
		    "--payload and --arg exclude each other");
	if (payload && strcmp(payload, "-") == 0)
		client_no_second_try();
	if (payload ? value_read_json(payload, out, e) < 0
		    : pairs.n > 0 && value_of_pairs(&pairs, out, e) < 0)
		return -1;
	if (!payload && pairs.n == 0)
		buf_put_str(out, "{}");
	if (out->len > PAYLOAD_MAX)
		return err_set(e, ERR_USAGE,
		    "a payload of %zu bytes: the limit "
		    "is %d",
		    out->len, PAYLOAD_MAX);
	return 0;
}

static int
check(const char *name, const char *function, struct err *e)
{
	if (*function == '\0' || strlen(function) > FUNCTION_MAX)
		return err_set(e, ERR_USAGE, "FUNCTION must have 1 to %d bytes",
		    FUNCTION_MAX);
	if (tenant &&
	    (*tenant == '\0' || strlen(tenant) > TENANT_MAX ||
		tenant[strspn(tenant,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
		    "RSTUVWXYZ0123456789._:/=+-@ ")] != '\0'))
		return err_set(e, ERR_USAGE,
		    "--tenant-id must be 1 to %d of "
		    "A-Za-z0-9._:/=+-@ and space",
		    TENANT_MAX);
	if (operation_check_name(name, e) < 0)
		return -1;
	return external_check(&output, e);
}

/* The text of a result as `durable run` prints it: a string bare. */
static void
bare_unless_json(struct reply *rp, struct buf *text)
{
	struct span v = rp->payload;

	if (!v.p || output.json || output.decode || json_kind(v) != '"')
		return;
	json_unescape(v, text);
	rp->payload = (struct span){ buf_str(text), text->len };
}

static int
run(struct call *call, struct err *e)
{
	const char *name = call->argc == 2 ? call->argv[0] : NULL;
	const char *function = call->argv[call->argc - 1];
	struct request rq = { .type = MSG_OPEN };
	struct client c;
	struct reply rp;
	struct buf input, text;
	int status;

	buf_init(&input, BUF_NO_MAX);
	buf_init(&text, BUF_NO_MAX);
	if (check(name, function, e) < 0 || client_enter(e) < 0 ||
	    take_payload(&input, e) < 0 || client_open(&c, e) < 0)
		return -1;
	rq.op_type = OP_INVOKE;
	rq.subtype = SUB_INVOKE;
	rq.name = span_of(name);
	rq.payload = (struct span){ buf_str(&input), input.len };
	rq.function = span_of(function);
	rq.tenant = span_of(tenant);
	if (client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	bare_unless_json(&rp, &text);
	rp.number = 1; /* the status of another handler is in the error only */
	status = external_finish(&c, &output, "invoke", name ? name : function,
	    &rp);
	buf_clear(&input);
	buf_clear(&text);
	return status;
}

const struct command cmd_invoke = {
	.name = "invoke",
	.synopsis = "[OPTION...] [NAME] FUNCTION",
	.summary = "run another handler as an execution of its own",
	.details = "FUNCTION is a path, or a name found on DURABLE_PATH.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
