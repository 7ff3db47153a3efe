/*
 * wait.c - "durable wait": suspend the workflow for a while.
 *
 * The engine records the end, so a wait that is cut short by a crash goes on
 * from where it was and is over at once when replayed after it.
 */
#include "base/command.h"
#include "base/time.h"
#include "client/operation.h"
#include "cmd/commands.h"

static const char *until;

static const struct option_spec options[] = {
	{ 0, "until", "TIME", "wait until TIME (RFC 3339, 'HH:MM', '@SECONDS')",
	    OPTION_STRING, &until },
	{ 0 },
};

/* Seconds, and which operand is the name. */
static int
parse(const struct call *c, const char **name, int64_t *seconds, struct err *e)
{
	int64_t at, now = time_now();

	*name = NULL;
	if (!until) {
		if (c->argc == 0)
			return err_set(e, ERR_USAGE,
			    "for how long? give a DURATION (90s, 5m, 1h30m, "
			    "2d) or --until TIME");
		*name = c->argc == 2 ? c->argv[0] : NULL;
		return duration_parse(c->argv[c->argc - 1], seconds, e);
	}
	if (c->argc == 2)
		return err_set(e, ERR_USAGE,
		    "'%s' and --until %s: give one "
		    "of them",
		    c->argv[1], until);
	*name = c->argc == 1 ? c->argv[0] : NULL;
	if (time_parse(until, now, &at, e) < 0)
		return -1;
	*seconds = at > now ? (at - now + 999) / 1000 : 1;
	if (*seconds > DURATION_MAX_S)
		return err_set(e, ERR_USAGE,
		    "--until %s is more than 366 days from now", until);
	return 0;
}

static int
run(struct call *c, struct err *e)
{
	struct request rq = { .type = MSG_OPEN };
	struct operation o;
	struct reply rp;
	int64_t seconds;

	operation_init(&o, OP_WAIT, SUB_WAIT);
	if (parse(c, &o.name, &seconds, e) < 0 ||
	    operation_check_name(o.name, e) < 0)
		return -1;
	if (client_open(&o.client, e) < 0)
		return -1;
	rq.op_type = OP_WAIT;
	rq.subtype = SUB_WAIT;
	rq.name = span_of(o.name);
	rq.seconds = seconds;
	if (client_ask(&o.client, &rq, &rp, e) < 0)
		return -1;
	return operation_finish(&o, &rp);
}

const struct command cmd_wait = {
	.name = "wait",
	.synopsis = "[NAME] DURATION | [NAME] --until TIME",
	.summary = "suspend the workflow for a time",
	.details =
	    "DURATION is 90, 90s, 5m, 1h30m, 2d: 1 second to 366 days.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = 2,
	.run = run,
};
