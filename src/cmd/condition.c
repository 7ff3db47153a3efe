/*
 * condition.c - "durable wait-for-condition": poll until it is so.
 *
 * A step whose attempts carry a state: CMD gets it on standard input and
 * prints the new one. Status 0: done; 1: poll again; anything else: failed.
 */
#include <stdio.h>
#include <string.h>

#include "base/command.h"
#include "client/operation.h"
#include "cmd/commands.h"

static struct output output;
static const char *initial, *jitter;
static int64_t delay_s = 5, max_delay_s = 300, max_attempts = 60, timeout_s;
static double rate = 1.5;

static const struct option_spec options[] = {
	OUTPUT_OPTIONS(output),
	{ 0, "initial", "TEXT", "the state of the first poll", OPTION_STRING,
	    &initial },
	{ 0, "poll-delay", "DURATION", "before the second poll (5s)",
	    OPTION_DURATION, &delay_s },
	{ 0, "poll-max-delay", "DURATION", "longest delay (5m)",
	    OPTION_DURATION, &max_delay_s },
	{ 0, "poll-rate", "X", "by what the delay grows (1.5)", OPTION_REAL,
	    &rate },
	{ 0, "poll-jitter", "KIND", "none, full or half (full)", OPTION_STRING,
	    &jitter },
	{ 0, "max-attempts", "N", "polls in all (60)", OPTION_COUNT,
	    &max_attempts },
	{ 0, "timeout", "DURATION", "end a poll's command after that time",
	    OPTION_DURATION, &timeout_s },
	{ 0 },
};

static int
check(enum jitter *j, struct err *e)
{
	*j = JITTER_FULL;
	if (jitter && jitter_parse(jitter, j, e) < 0)
		return err_wrap(e, "--poll-jitter");
	if (rate < 1)
		return err_set(e, ERR_USAGE,
		    "--poll-rate %g: must be 1 or more", rate);
	if (max_attempts < 1)
		return err_set(e, ERR_USAGE,
		    "--max-attempts 0: must be 1 or "
		    "more");
	if (max_delay_s < delay_s)
		max_delay_s = delay_s;
	return output_check(&output, e);
}

static int
run(struct call *c, struct err *e)
{
	struct operation o;
	enum jitter j;

	operation_init(&o, OP_STEP, SUB_CONDITION);
	o.name = c->argv[0];
	o.words = c->words;
	if (operation_check_name(o.name, e) < 0 || check(&j, e) < 0)
		return -1;
	o.output = output;
	o.timeout_s = timeout_s;
	o.poll.is_poll = true;
	o.poll.initial = initial;
	o.retry.max_attempts = max_attempts;
	o.retry.delay_s = delay_s;
	o.retry.max_delay_s = max_delay_s;
	o.retry.rate = rate;
	o.retry.jitter = j;
	return operation_run(&o, e);
}

const struct command cmd_condition = {
	.name = "wait-for-condition",
	.synopsis = "[OPTION...] [NAME] -- CMD [ARG...]",
	.summary = "poll with CMD until it is so",
	.details =
	    "CMD gets the state on standard input and prints the new one. "
	    "Status 0: done,\n1: poll again, else: failed. A poll that "
	    "prints nothing keeps the state.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.takes_command = true,
	.run = run,
};
