/*
 * step.c - "durable step": run a command once, for good.
 */
#include <string.h>

#include "base/command.h"
#include "client/operation.h"
#include "cmd/commands.h"
#include "cmd/retry_options.h"

static struct output output;
static struct files files;
static struct retry_options retry = RETRY_OPTIONS_INIT;
static bool at_most_once, reads_input;
static int64_t timeout_s, kill_after_s;
static const char *signal_name, *digest;

static const struct option_spec options[] = {
	OUTPUT_OPTIONS(output),
	{ 0, "tee", NULL, "copy the output to stderr as it comes", OPTION_FLAG,
	    &output.tee },
	{ 0, "sensitive", NULL, "record the status only, no output",
	    OPTION_FLAG, &output.sensitive },
	{ 0, "no-output", NULL, "neither keep nor limit the output",
	    OPTION_FLAG, &output.no_output },
	{ 0, "output", "FILE", "write the output to FILE, record its name",
	    OPTION_STRING, &files.output },
	{ 0, "sync", "FILE", "sync FILE, which CMD has written", OPTION_LIST,
	    &files.synced },
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
	RETRY_OPTIONS(retry),
	{ 0 },
};

/* What excludes what of the options of the output. */
static int
check_output(struct err *e)
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
	if (files_are_asked(&files) &&
	    (output.encode || output.accept || output.sensitive ||
		output.no_output))
		return err_set(e, ERR_USAGE,
		    "--output and --sync record a "
		    "file: they exclude --encode, --accept, --sensitive and "
		    "--no-output");
	if (files.output && (output.json || output.raw || output.tee))
		return err_set(e, ERR_USAGE,
		    "with --output the output goes to "
		    "the file as it is: --json, --jq, --raw and --tee have no "
		    "use");
	return output_check(&output, e);
}

static int
check(struct operation *o, struct err *e)
{
	if (check_output(e) < 0)
		return -1;
	if (output.accept && retry_list_check(output.accept, e) < 0)
		return err_wrap(e, "--accept");
	if (output.accept &&
	    output.accept[strspn(output.accept, "0123456789,?*[]")] != '\0')
		return err_set(e, ERR_USAGE,
		    "--accept %s: a list of statuses, for instance 1,3 or 2?",
		    output.accept);
	if (digest && strcmp(digest, "none") != 0)
		return err_set(e, ERR_USAGE,
		    "--digest %s: only 'none' is known", digest);
	if (signal_name &&
	    operation_parse_signal(signal_name, &o->signal, e) < 0)
		return -1;
	if (timeout_s == 0 && (kill_after_s > 0 || signal_name))
		return err_set(e, ERR_USAGE,
		    "-k and -s say how --timeout ends the command: give it too");
	return 0;
}

static int
run(struct call *c, struct err *e)
{
	struct operation o;

	operation_init(&o, OP_STEP, SUB_STEP);
	o.name = c->argv[0];
	o.words = c->words;
	if (operation_check_name(o.name, e) < 0 || check(&o, e) < 0 ||
	    retry_options_apply(&retry, at_most_once, &o.retry, e) < 0)
		return -1;
	o.output = output;
	o.files = files;
	o.files.fd = -1;
	o.retry_command = retry.command;
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
