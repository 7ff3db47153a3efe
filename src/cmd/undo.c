/*
 * undo.c - "durable undo" and "durable compensate": a saga.
 *
 * What is put down is not recorded: a replay puts it down again. Undoing is:
 * each command is run as a step `undo NAME`, last first, and compensation goes
 * on after one that failed, and after a crash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/xalloc.h"
#include "client/client.h"
#include "client/operation.h"
#include "cmd/commands.h"

static int
run_undo(struct call *call, struct err *e)
{
	const char *name = call->argv[0];

	if (operation_check_name(name, e) < 0)
		return -1;
	return client_put_down(PUT_UNDO, "", name, call->words, e);
}

const struct command cmd_undo = {
	.name = "undo",
	.synopsis = "NAME -- CMD [ARG...]",
	.summary = "put down how to undo NAME",
	.details =
	    "Before or after NAME itself; durable compensate runs what was "
	    "put down.\n",
	.group = GROUP_INSIDE,
	.min_args = 1,
	.max_args = 1,
	.takes_command = true,
	.run = run_undo,
};

/* One that was put down: NAME, NUL, words with a NUL behind each. */
struct undoing {
	const char *name;
	char **words;
};

static struct undoing
take_apart(const char *p, size_t n)
{
	char *copy = xmemdup(p, n);
	struct undoing u = { .name = copy };
	size_t count = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		count += copy[i] == '\0';
	u.words = xcalloc(count + 1, sizeof(*u.words));
	for (size_t i = strlen(copy) + 1; i < n; i += strlen(copy + i) + 1)
		u.words[at++] = copy + i;
	return u;
}

static int
take_up(struct client *c, struct undoing **list, size_t *n, struct err *e)
{
	struct request rq = { .type = MSG_TAKE_UP };
	struct reply rp;
	struct buf all;
	const char *p;
	size_t len;

	*list = NULL;
	*n = 0;
	rq.number = PUT_UNDO;
	rq.name = span_of("");
	if (client_open(c, e) < 0 || client_ask(c, &rq, &rp, e) < 0)
		return -1;
	buf_init(&all, BUF_NO_MAX);
	buf_put(&all, rp.payload.p, rp.payload.n);
	while (buf_take_lstr(&all, &p, &len) == 0) {
		*list = xreallocarray(*list, *n + 1, sizeof(**list));
		(*list)[(*n)++] = take_apart(p, len);
	}
	buf_clear(&all);
	return 0;
}

static int
undo_one(const struct undoing *u, struct err *e)
{
	struct operation o;
	char *name = xasprintf("undo %s", u->name);
	int status;

	if (strlen(name) > OP_NAME_MAX)
		name[OP_NAME_MAX] = '\0';
	operation_init(&o, OP_STEP, SUB_STEP);
	o.name = name;
	o.words = u->words;
	o.output.quiet = true;
	status = operation_run(&o, e);
	free(name);
	return status;
}

static int
run_compensate(struct call *call, struct err *e)
{
	struct undoing *list;
	size_t n, failed = 0;
	struct client c;
	int status;

	(void)call;
	/* Open to the end: one that is killed between two steps is a crash, or
	 * the handler would end with the rest not undone. */
	if (take_up(&c, &list, &n, e) < 0)
		return -1;
	for (size_t i = n; i-- > 0;) {
		status = undo_one(&list[i], e);
		if (status < 0)
			return -1;
		if (status == 0)
			continue;
		fprintf(stderr,
		    "durable compensate: '%s' could not be undone "
		    "(status %d)\n",
		    list[i].name, status);
		failed++;
	}
	if (failed > 0)
		fprintf(stderr,
		    "durable compensate: %zu of %zu could not be "
		    "undone\n",
		    failed, n);
	client_bye(&c, failed > 0);
	return failed > 0 ? 1 : 0;
}

const struct command cmd_compensate = {
	.name = "compensate",
	.synopsis = "",
	.summary = "undo what was put down, last first",
	.details =
	    "Usual form: trap '[ $? -eq 0 ] || durable compensate' EXIT\n",
	.group = GROUP_INSIDE,
	.min_args = 0,
	.max_args = 0,
	.run = run_compensate,
};
