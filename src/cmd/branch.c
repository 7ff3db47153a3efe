/*
 * branch.c - "durable branch": put a branch down for the parallel to come.
 *
 * For loops, and for commands with any words. Nothing is recorded: a replay
 * puts the same branches down again.
 */
#include <string.h>

#include "base/command.h"
#include "client/client.h"
#include "client/operation.h"
#include "cmd/commands.h"

static int
run(struct call *call, struct err *e)
{
	struct request rq = { .type = MSG_PUT_DOWN };
	const char *name = call->argc == 2 ? call->argv[1] : "";
	struct client c;
	struct reply rp;
	struct buf blob;

	if (operation_check_name(call->argv[0], e) < 0 ||
	    (call->argc == 2 && operation_check_name(name, e) < 0))
		return -1;
	if (client_open(&c, e) < 0)
		return -1;
	buf_init(&blob, BUF_NO_MAX);
	buf_put(&blob, name, strlen(name) + 1);
	client_put_words(call->words, &blob);
	rq.number = PUT_BRANCH;
	rq.name = span_of(call->argv[0]);
	rq.payload = (struct span){ buf_str(&blob), blob.len };
	if (client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	client_bye(&c, 0);
	buf_clear(&blob);
	return 0;
}

const struct command cmd_branch = {
	.name = "branch",
	.synopsis = "PARALLEL [BNAME] -- CMD [ARG...]",
	.summary = "put a branch down for durable parallel PARALLEL",
	.group = GROUP_INSIDE,
	.min_args = 1,
	.max_args = 2,
	.takes_command = true,
	.run = run,
};
