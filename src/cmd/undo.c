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
#include "client/function.h"
#include "client/operation.h"
#include "cmd/commands.h"

/* What stands before the words: whether they are a command or begin with the
 * name of a function of the script's shell. */
#define IS_COMMAND  "command"
#define IS_FUNCTION "function"

static int
run_undo(struct call *call, struct err *e)
{
	const char *name = call->argv[0];
	static char command[] = IS_COMMAND, function[] = IS_FUNCTION;
	char **words;
	size_t n = 0;
	int result;

	if (operation_check_name(name, e) < 0)
		return -1;
	while (call->words[n])
		n++;
	words = xcalloc(n + 2, sizeof(*words));
	words[0] = function_is_asked() ? function : command;
	memcpy(words + 1, call->words, n * sizeof(*words));
	result = client_put_down(PUT_UNDO, "", name, words, e);
	free(words);
	return result;
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

/* One that was put down: NAME, NUL, words with a NUL behind each, of which the
 * first is its kind. */
struct undoing {
	const char *name;
	bool is_function;
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
	u.is_function = strcmp(u.words[0], IS_FUNCTION) == 0;
	u.words++;
	return u;
}

static int
ask_list(struct client *c, uint32_t flags, struct reply *rp, struct err *e)
{
	struct request rq = { .type = MSG_TAKE_UP, .flags = flags };

	rq.number = PUT_UNDO;
	rq.name = span_of("");
	return client_ask(c, &rq, rp, e);
}

/* With a function among them another process goes on when it has ended: what
 * was put down is forgotten at the end. */
static int
take_up(struct client *c, struct undoing **list, size_t *n, struct err *e)
{
	uint32_t flags = function_is_asked() ? FLAG_KEEP : 0;
	struct reply rp;
	struct buf all;
	const char *p;
	size_t len;

	*list = NULL;
	*n = 0;
	if (client_open(c, e) < 0 || ask_list(c, flags, &rp, e) < 0)
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

/*
 * What the next process must know when a function is left to the shell: which
 * of those that were put down it is, and how many could not be undone before.
 */
struct progress {
	size_t at, failed;
};

static struct progress
progress_noted(size_t n)
{
	const char *note = function_noted();
	struct progress p = { n, 0 };
	char *end;

	if (!note)
		return p;
	p.at = strtoul(note, &end, 10) + 1;
	if (p.at > n)
		p.at = n;
	p.failed = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;
	return p;
}

static int
undo_one(const struct undoing *u, const struct progress *p, struct client *c,
    struct err *e)
{
	struct operation o;
	char *name = xasprintf("undo %s", u->name), *note;
	int status;

	if (strlen(name) > OP_NAME_MAX)
		name[OP_NAME_MAX] = '\0';
	operation_init(&o, OP_STEP, SUB_STEP);
	o.name = name;
	o.words = u->words;
	o.is_function = o.tells_words = u->is_function;
	o.output.quiet = true;
	note = xasprintf("%zu:%zu", p->at, p->failed);
	function_note(note, c);
	status = operation_run(&o, e);
	free(note);
	free(name);
	return status;
}

/* A function that the program alone is asked to call. */
static bool
can_undo(const struct undoing *u)
{
	if (!u->is_function || function_is_asked())
		return true;
	fprintf(stderr,
	    "durable compensate: '%s' is undone by the shell function %s, "
	    "which needs durable.sh: call durable, not the program\n",
	    u->name, u->words[0]);
	return false;
}

static int
run_compensate(struct call *call, struct err *e)
{
	struct undoing *list;
	struct progress p;
	size_t n;
	struct client c;
	struct reply rp;
	int status;

	(void)call;
	/* Open to the end: one that is killed between two steps is a crash, or
	 * the handler would end with the rest not undone. */
	if (take_up(&c, &list, &n, e) < 0)
		return -1;
	p = progress_noted(n);
	while (p.at-- > 0) {
		status = 1;
		if (can_undo(&list[p.at]) &&
		    (status = undo_one(&list[p.at], &p, &c, e)) < 0)
			return -1;
		if (status == 0)
			continue;
		fprintf(stderr,
		    "durable compensate: '%s' could not be undone "
		    "(status %d)\n",
		    list[p.at].name, status);
		p.failed++;
	}
	if (p.failed > 0)
		fprintf(stderr,
		    "durable compensate: %zu of %zu could not be "
		    "undone\n",
		    p.failed, n);
	if (function_is_asked() && ask_list(&c, 0, &rp, e) < 0)
		return -1;
	client_bye(&c, p.failed > 0);
	return p.failed > 0 ? 1 : 0;
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
