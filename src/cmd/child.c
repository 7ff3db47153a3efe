/*
 * child.c - "durable child": run a part of the workflow as a context of its
 * own, whose operations have names of their own and whose outcome is one
 * record.
 */
#include "base/command.h"
#include "client/operation.h"
#include "cmd/commands.h"

static struct output output;

static const struct option_spec options[] = {
	OUTPUT_OPTIONS(output),
	{ 0 },
};

static int
run(struct call *c, struct err *e)
{
	struct operation o;

	operation_init(&o, OP_CONTEXT, SUB_CHILD);
	o.name = c->argv[0];
	o.words = c->words;
	if (operation_check_name(o.name, e) < 0 || output_check(&output, e) < 0)
		return -1;
	o.output = output;
	return operation_run(&o, e);
}

const struct command cmd_child = {
	.name = "child",
	.synopsis = "[OPTION...] [NAME] -- CMD [ARG...]",
	.summary = "run CMD in a child context of its own",
	.details =
	    "CMD may use durable operations; it is run again from its top "
	    "until it ends.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.takes_command = true,
	.run = run,
};
