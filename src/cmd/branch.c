/*
 * branch.c - "durable branch": put a branch down for the parallel to come.
 *
 * For loops, and for commands with any words. Nothing is recorded: a replay
 * puts the same branches down again.
 */
#include "base/command.h"
#include "client/client.h"
#include "client/operation.h"
#include "cmd/commands.h"

static int
run(struct call *call, struct err *e)
{
	const char *name = call->argc == 2 ? call->argv[1] : "";

	if (operation_check_name(call->argv[0], e) < 0 ||
	    (call->argc == 2 && operation_check_name(name, e) < 0))
		return -1;
	return client_put_down(PUT_BRANCH, call->argv[0], name, call->words, e);
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
