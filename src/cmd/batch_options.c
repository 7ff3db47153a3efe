/*
 * batch_options.c - the options that parallel and map have in common.
 */
#include "cmd/batch_options.h"

static int
check_rules(const struct batch_options *o, struct err *e)
{
	if (o->max_concurrency == 0)
		return err_set(e, ERR_USAGE,
		    "--max-concurrency 0: must be 1 or more");
	if (o->min_successful == 0)
		return err_set(e, ERR_USAGE,
		    "--min-successful 0: must be 1 or more");
	if (o->tolerated_percentage > 100)
		return err_set(e, ERR_USAGE,
		    "--tolerated-failure-percentage %g: must be 0 to 100",
		    o->tolerated_percentage);
	if (o->fail_fast &&
	    (o->tolerated_count > 0 || o->tolerated_percentage > 0))
		return err_set(e, ERR_USAGE,
		    "--fail-fast tolerates no failure: "
		    "it contradicts --tolerated-failure-*");
	return 0;
}

static int
check_output(const struct batch_options *o, struct err *e)
{
	if (o->json && o->raw)
		return err_set(e, ERR_USAGE,
		    "--json and --raw exclude each other");
	if (o->array && o->batch)
		return err_set(e, ERR_USAGE,
		    "--array and --batch exclude each other");
	if (o->bare && (!o->json || o->array || o->batch))
		return err_set(e, ERR_USAGE,
		    "-r prints JSON strings without "
		    "quotes: give it with --json, without --array and --batch");
	if ((o->decode && !o->encode) ||
	    (o->branch_decode && !o->branch_encode))
		return err_set(e, ERR_USAGE,
		    "a decode option without its encode option");
	if (o->is_flat && o->branch_encode)
		return err_set(e, ERR_USAGE,
		    "--flat records no branch: --branch-encode has no use");
	return 0;
}

int
batch_options_apply(const struct batch_options *o, struct branches *b,
    struct err *e)
{
	if (check_rules(o, e) < 0 || check_output(o, e) < 0)
		return -1;
	b->max_concurrency = o->max_concurrency;
	b->rules.min_successful = o->min_successful;
	b->rules.tolerated_count = o->fail_fast ? 0 : o->tolerated_count;
	b->rules.tolerated_percentage = o->tolerated_percentage;
	b->is_flat = o->is_flat;
	b->print = o->batch ? PRINT_BATCH : o->array ? PRINT_ARRAY : PRINT_EACH;
	b->output.json = o->json;
	b->output.raw = o->raw;
	b->output.encode = o->branch_encode;
	b->output.decode = o->branch_decode;
	b->batch.output.quiet = o->quiet;
	b->batch.output.bare = o->bare;
	b->batch.output.encode = o->encode;
	b->batch.output.decode = o->decode;
	return 0;
}
