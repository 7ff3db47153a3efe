/*
 * checkpoint.c - "durable checkpoint": keep a value for good.
 *
 * For what must not change between runs, and is no command's output: a date, a
 * random number, a choice. It is a step whose outcome is the value given the
 * first time.
 */
#include <stdio.h>

#include "base/command.h"
#include "base/value.h"
#include "client/operation.h"
#include "cmd/commands.h"

static struct output output;
static struct string_list pairs;

static const struct option_spec options[] = {
	OUTPUT_OPTIONS(output),
	{ 0, "arg", "KEY=VALUE", "the value is an object of these", OPTION_LIST,
	    &pairs },
	{ 0 },
};

static int
check(const struct call *c, struct err *e)
{
	if (c->argc == 2 && pairs.n > 0)
		return err_set(e, ERR_USAGE, "'%s' and --arg: give one of them",
		    c->argv[1]);
	if (pairs.n > 0)
		output.json = true;
	if (operation_check_name(c->argv[0], e) < 0)
		return -1;
	return output_check(&output, e);
}

/* Standard input is read on a replay too: the writer sees the same. */
static int
read_value(const struct call *c, struct buf *value, struct err *e)
{
	if (pairs.n > 0)
		return value_of_pairs(&pairs, value, e);
	if (c->argc < 2)
		client_no_second_try();
	return value_read(c->argc == 2 ? c->argv[1] : NULL, value, e);
}

/* What is wrong with the value, and how the record names that. */
static void
say(const char *name, const struct failed_run *f)
{
	struct span error = { buf_str(&f->error), f->error.len };
	struct buf why, shown;

	buf_init(&why, BUF_NO_MAX);
	buf_init(&shown, BUF_NO_MAX);
	json_unescape_member(error, "ErrorMessage", &why);
	text_escape(buf_str(&why), why.len, &shown);
	fprintf(stderr, "durable checkpoint: %s is not recorded: %s (%s)\n",
	    name, buf_str(&shown), f->type);
	buf_clear(&why);
	buf_clear(&shown);
}

static int
record(struct operation *o, struct reply *rp, const struct buf *value,
    struct err *e)
{
	struct request rq = { .type = MSG_UPDATE };
	struct output_failure bad;
	struct failed_run f;
	char id[OPID_LEN + 1];
	int result;

	snprintf(id, sizeof(id), "%.*s", (int)rp->id.n, rp->id.p);
	rq.id = span_of(id);
	if (output_record(&output, (struct span){ buf_str(value), value->len },
		0, &o->recorded, &bad) < 0) {
		outcome_of_text(bad.type, bad.text, 1, &f);
	} else if (o->recorded.len > rp->limit) {
		outcome_of_text("Output.TooLarge",
		    "the value is larger than the limit", 1, &f);
	} else {
		rq.action = ACTION_SUCCEED;
		rq.payload = (struct span){ buf_str(&o->recorded),
			o->recorded.len };
		return client_ask(&o->client, &rq, rp, e);
	}
	rq.action = ACTION_FAIL;
	rq.number = 1;
	rq.error = (struct span){ buf_str(&f.error), f.error.len };
	say(o->name, &f);
	result = client_ask(&o->client, &rq, rp, e);
	failed_run_clear(&f);
	return result;
}

static int
run(struct call *c, struct err *e)
{
	struct request rq = { .type = MSG_OPEN };
	struct operation o;
	struct reply rp;
	struct buf value;

	operation_init(&o, OP_STEP, SUB_STEP);
	o.name = c->argv[0];
	buf_init(&value, (size_t)MSG_MAX);
	buf_init(&o.recorded, BUF_NO_MAX);
	if (check(c, e) < 0 || client_open(&o.client, e) < 0 ||
	    read_value(c, &value, e) < 0)
		return -1;
	o.output = output;
	rq.op_type = OP_STEP;
	rq.subtype = SUB_STEP;
	rq.name = span_of(o.name);
	if (client_ask(&o.client, &rq, &rp, e) < 0)
		return -1;
	if (rp.type == MSG_RUN && record(&o, &rp, &value, e) < 0)
		client_abort(&o.client, e->text);
	buf_clear(&value);
	return operation_finish(&o, &rp);
}

const struct command cmd_checkpoint = {
	.name = "checkpoint",
	.synopsis = "[OPTION...] NAME [-- VALUE]",
	.summary = "record a value once and print it ever after",
	.details = "Without VALUE and --arg it is read from standard input.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
