/*
 * callback.c - "durable callback create" and "durable callback wait": an
 * outcome that somebody else brings, in two phases. Completing one is
 * durable-engine's.
 *
 * create never fails because the callback has failed already: what stands
 * between create and wait must run the same on a replay.
 */
#include <stdio.h>
#include <string.h>

#include "base/command.h"
#include "client/client.h"
#include "client/exec.h"
#include "client/external.h"
#include "client/operation.h"
#include "cmd/commands.h"

static struct callback_limits limits;
static struct output output;

static const struct option_spec create_options[] = {
	{ 0, "timeout", "DURATION", "it fails when nobody answers by then",
	    OPTION_DURATION, &limits.timeout_s },
	{ 0, "heartbeat-timeout", "DURATION",
	    "it fails that long after the last heartbeat", OPTION_DURATION,
	    &limits.heartbeat_s },
	{ 0 },
};

static const struct option_spec wait_options[] = {
	EXTERNAL_OPTIONS(output),
	{ 0 },
};

/* All of them, for --help and completion; type and data are the engine's. */
static const char *engine_type, *engine_data, *region, *endpoint_url, *profile;
static const struct option_spec options[] = {
	{ 0, "timeout", "DURATION", "create: it fails when nobody answers",
	    OPTION_DURATION, &limits.timeout_s },
	{ 0, "heartbeat-timeout", "DURATION",
	    "create: it fails that long after the last heartbeat",
	    OPTION_DURATION, &limits.heartbeat_s },
	EXTERNAL_OPTIONS(output),
	{ 0, "type", "T", "failure: the error's type (Error)", OPTION_STRING,
	    &engine_type },
	{ 0, "data", "JSON|@FILE|-", "failure: more about it", OPTION_STRING,
	    &engine_data },
	{ 0, "region", "REGION", "Lambda: the region that is asked",
	    OPTION_STRING, &region },
	{ 0, "endpoint-url", "URL", "Lambda: where it is asked", OPTION_STRING,
	    &endpoint_url },
	{ 0, "profile", "NAME", "Lambda: whose credentials to use",
	    OPTION_STRING, &profile },
	{ 0 },
};

static int
create(struct call *c, struct err *e)
{
	struct operation o;
	struct reply rp;
	struct buf out;
	bool closed;

	operation_init(&o, OP_CALLBACK, SUB_CALLBACK);
	o.name = c->argv[0];
	if (operation_check_name(o.name, e) < 0 ||
	    client_open(&o.client, e) < 0)
		return -1;
	if (external_create(&o.client, o.name, &limits, &rp, e) < 0)
		return -1;
	buf_init(&out, BUF_NO_MAX);
	buf_put(&out, rp.payload.p, rp.payload.n);
	buf_put_char(&out, '\n');
	if (output_write(&out, &closed, e) < 0)
		client_abort(&o.client, e->text);
	client_bye(&o.client, 0);
	return closed ? 141 : 0;
}

static int
wait_for(struct call *c, struct err *e)
{
	struct request rq = { .type = MSG_AWAIT };
	struct client client;
	struct reply rp;

	if (external_check(&output, e) < 0 || client_open(&client, e) < 0)
		return -1;
	rq.name = span_of(c->argv[0]);
	if (client_ask(&client, &rq, &rp, e) < 0)
		return -1;
	if (rp.type == MSG_MISSING) {
		client_bye(&client, 2);
		return err_set(e, ERR_USAGE,
		    "'%.80s' is neither the id nor "
		    "the name of a callback that this context has created",
		    c->argv[0]);
	}
	rp.number = 1; /* what the error's data say is not of a command here */
	return external_finish(&client, &output, "callback", c->argv[0], &rp);
}

static const struct command create_command = {
	.name = "callback create",
	.synopsis = "[--timeout D] [--heartbeat-timeout D] [NAME]",
	.group = GROUP_INSIDE,
	.options = create_options,
	.min_args = 0,
	.max_args = 1,
	.run = create,
};

static const struct command wait_command = {
	.name = "callback wait",
	.synopsis = "[OPTION...] ID|NAME",
	.group = GROUP_INSIDE,
	.options = wait_options,
	.min_args = 1,
	.max_args = 1,
	.run = wait_for,
};

static int
run_part(const struct command *part, char **words, struct err *e)
{
	struct call c;
	int got = command_parse(part, words, &c, e);

	if (got == 1) {
		command_help(&cmd_callback, stdout);
		return 0;
	}
	return got < 0 ? -1 : part->run(&c, e);
}

static int
run(struct call *call, struct err *e)
{
	const char *part = call->all[0];

	if (part && strcmp(part, "create") == 0)
		return run_part(&create_command, call->all + 1, e);
	if (part && strcmp(part, "wait") == 0)
		return run_part(&wait_command, call->all + 1, e);
	if (part &&
	    (strcmp(part, "success") == 0 || strcmp(part, "failure") == 0 ||
		strcmp(part, "heartbeat") == 0))
		return exec_engine("callback", call->all, e);
	return err_set(e, ERR_USAGE,
	    "callback %s: use create or wait inside a "
	    "workflow, success, failure or heartbeat outside",
	    part ? part : "");
}

const struct command cmd_callback = {
	.name = "callback",
	.synopsis =
	    "create [--timeout D] [--heartbeat-timeout D] [NAME] | wait "
	    "[OPTION...] ID|NAME | success ID [VALUE] | failure ID "
	    "[MESSAGE] | heartbeat ID",
	.summary = "an outcome that somebody else brings",
	.details =
	    "create prints the id; wait suspends until success or failure "
	    "is called with\nit, from anywhere.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.raw = true,
	.run = run,
};
