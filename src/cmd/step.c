/*
 * step.c - "durable step": run a command once, for good.
 */
#include <string.h>

#include "base/command.h"
#include "client/operation.h"
#include "cmd/commands.h"

static struct output output;
static bool retry, no_retry, at_most_once, reads_input;
static int64_t max_attempts, retry_delay_s, retry_max_delay_s, timeout_s,
    kill_after_s;
static double retry_rate;
static const char *jitter, *retry_on, *no_retry_on, *retry_command,
    *signal_name, *digest;

static const struct option_spec options[] = {
	OUTPUT_OPTIONS(output),
	{ 0, "tee", NULL, "copy the output to stderr as it comes", OPTION_FLAG,
	    &output.tee },
	{ 0, "sensitive", NULL, "record the status only, no output",
	    OPTION_FLAG, &output.sensitive },
	{ 0, "no-output", NULL, "neither keep nor limit the output",
	    OPTION_FLAG, &output.no_output },
	{ 0, "accept", "LIST", "statuses whose output counts as success",
	    OPTION_STRING, &output.accept },
	{ 0, "at-most-once", NULL, "never start the command a second time",
	    OPTION_FLAG, &at_most_once },
	{ 0, "timeout", "DURATION", "end the command after that time",
	    OPTION_DURATION, &timeout_s },
	{ 'k', "kill-after", "DURATION", "KILL it that long after (10s)",
	    OPTION_DURATION, &kill_after_s },
	{ 's', "signal", "SIGNAL", "what --timeout ends it with (TERM)",
	    OPTION_STRING, &signal_name },
	{ 'i', "stdin", NULL, "give standard input to every attempt",
	    OPTION_FLAG, &reads_input },
	{ 0, "digest", "none", "leave the command line out of the replay check",
	    OPTION_STRING, &digest },
	{ 0, "retry", NULL, "try again after any failure", OPTION_FLAG,
	    &retry },
	{ 0, "no-retry", NULL, "never try again, not even after status 75",
	    OPTION_FLAG, &no_retry },
	{ 0, "max-attempts", "N", "attempts in all (6)", OPTION_COUNT,
	    &max_attempts },
	{ 0, "retry-delay", "DURATION", "before the second attempt (5s)",
	    OPTION_DURATION, &retry_delay_s },
	{ 0, "retry-max-delay", "DURATION", "longest delay (1m)",
	    OPTION_DURATION, &retry_max_delay_s },
	{ 0, "retry-rate", "X", "by what the delay grows (2)", OPTION_REAL,
	    &retry_rate },
	{ 0, "retry-jitter", "KIND", "none, full or half (full)", OPTION_STRING,
	    &jitter },
	{ 0, "retry-on", "LIST", "only these statuses or error types",
	    OPTION_STRING, &retry_on },
	{ 0, "no-retry-on", "LIST", "any but these statuses or error types",
	    OPTION_STRING, &no_retry_on },
	{ 0, "retry-command", "CMD", "CMD prints the delay, or exits 1",
	    OPTION_STRING, &retry_command },
	{ 0 },
};

static bool
wants_retry(void)
{
	return retry || max_attempts > 0 || retry_delay_s > 0 ||
	    retry_max_delay_s > 0 || retry_rate > 0 || jitter || retry_on ||
	    no_retry_on || retry_command;
}

static int
check_retry(struct err *e)
{
	if (no_retry && wants_retry())
		return err_set(e, ERR_USAGE,
		    "--no-retry contradicts the other retry options");
	if (retry_rate != 0 && retry_rate < 1)
		return err_set(e, ERR_USAGE,
		    "--retry-rate %g: must be 1 or more", retry_rate);
	if (retry_on && retry_list_check(retry_on, e) < 0)
		return err_wrap(e, "--retry-on");
	if (no_retry_on && retry_list_check(no_retry_on, e) < 0)
		return err_wrap(e, "--no-retry-on");
	return 0;
}

static int
set_policy(struct retry_policy *p, struct err *e)
{
	if (check_retry(e) < 0)
		return -1;
	if (jitter && jitter_parse(jitter, &p->jitter, e) < 0)
		return err_wrap(e, "--retry-jitter");
	p->none = no_retry || (at_most_once && !wants_retry());
	p->any = retry || (wants_retry() && !retry_on);
	p->retry_on = retry_on;
	p->no_retry_on = no_retry_on;
	if (max_attempts > 0)
		p->max_attempts = max_attempts;
	if (retry_delay_s > 0)
		p->delay_s = retry_delay_s;
	if (retry_max_delay_s > 0)
		p->max_delay_s = retry_max_delay_s;
	else if (p->delay_s > p->max_delay_s)
		p->max_delay_s = p->delay_s;
	if (retry_rate > 0)
		p->rate = retry_rate;
	return 0;
}

static int
check(struct operation *o, struct err *e)
{
	if (output.sensitive && output.tee)
		return err_set(e, ERR_USAGE,
		    "--sensitive and --tee exclude each other");
	if ((output.sensitive || output.no_output) &&
	    (output.json || output.raw || output.jq || output.encode))
		return err_set(e, ERR_USAGE,
		    "nothing is recorded with "
		    "--sensitive or --no-output: --json, --raw, --jq and "
		    "--encode have no use");
	if (output.accept && retry_list_check(output.accept, e) < 0)
		return err_wrap(e, "--accept");
	if (digest && strcmp(digest, "none") != 0)
		return err_set(e, ERR_USAGE,
		    "--digest %s: only 'none' is known", digest);
	if (signal_name &&
	    operation_parse_signal(signal_name, &o->signal, e) < 0)
		return -1;
	if (timeout_s == 0 && (kill_after_s > 0 || signal_name))
		return err_set(e, ERR_USAGE,
		    "-k and -s say how --timeout ends the command: give it too");
	return output_check(&output, e);
}

static int
run(struct call *c, struct err *e)
{
	struct operation o;

	operation_init(&o, OP_STEP, SUB_STEP);
	o.name = c->argv[0];
	o.words = c->words;
	if (operation_check_name(o.name, e) < 0 || check(&o, e) < 0 ||
	    set_policy(&o.retry, e) < 0)
		return -1;
	o.output = output;
	o.retry_command = retry_command;
	o.at_most_once = at_most_once;
	o.no_digest = digest != NULL;
	o.reads_input = reads_input;
	o.timeout_s = timeout_s;
	if (kill_after_s > 0)
		o.kill_after_s = kill_after_s;
	return operation_run(&o, e);
}

const struct command cmd_step = {
	.name = "step",
	.synopsis = "[OPTION...] [NAME] -- CMD [ARG...]",
	.summary = "run CMD once and record its output",
	.details =
	    "A replay prints the recorded output and returns the recorded "
	    "status.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.takes_command = true,
	.run = run,
};
