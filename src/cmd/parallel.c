/*
 * parallel.c - "durable parallel": run branches at the same time, each in a
 * child context of its own.
 *
 * Branches come from the command line (--branch NAME -- CMD..., for commands
 * written out in the script) or were put down by durable branch, of which
 * nothing is parsed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/xalloc.h"
#include "client/client.h"
#include "cmd/batch_options.h"
#include "cmd/commands.h"

static struct batch_options batch = BATCH_OPTIONS_INIT;
static const char *branch_name; /* only for --help: begins a branch */

static const struct option_spec options[] = {
	BATCH_OPTIONS(batch),
	{ 0, "branch", "BNAME -- CMD...", "a branch; repeat it", OPTION_STRING,
	    &branch_name },
	{ 0 },
};

/* The same without --branch, which ends what is parsed by table. */
static const struct option_spec own_options[] = {
	BATCH_OPTIONS(batch),
	{ 0 },
};

static bool
is_branch_word(const char *word)
{
	return strcmp(word, "--branch") == 0;
}

/* Options and NAME, up to the first --branch. Returns its index. */
static int
parse_front(char **all, int n, const char **name, struct err *e)
{
	int at = 0, used;

	while (at < n) {
		used = options_parse(own_options, n - at, all + at, false, NULL,
		    e);
		if (used < 0)
			return -1;
		at += used;
		if (at == n)
			break;
		if (strcmp(all[at], "--") == 0)
			return err_set(e, ERR_USAGE,
			    "-- without a --branch: "
			    "write --branch NAME -- CMD..., or use durable "
			    "branch");
		if (*name)
			return err_set(e, ERR_USAGE,
			    "'%s' and '%s': only one "
			    "NAME can be given",
			    *name, all[at]);
		*name = all[at++];
	}
	return at;
}

/* `--branch [NAME] -- CMD...` at words; returns how many words it has. */
static int
parse_branch(struct branches *b, char **words, struct err *e)
{
	const char *name = NULL;
	int at = 1, start;

	if (words[at] && strcmp(words[at], "--") != 0)
		name = words[at++];
	if (!words[at] || strcmp(words[at], "--") != 0)
		return err_set(e, ERR_USAGE,
		    "--branch must be followed by a "
		    "name and --; when a command has the word --branch itself, "
		    "put it down with durable branch");
	start = ++at;
	while (words[at] && !is_branch_word(words[at]))
		at++;
	if (at == start)
		return err_set(e, ERR_USAGE,
		    "branch '%s' has no command after "
		    "its --",
		    name ? name : "");
	if (operation_check_name(name, e) < 0)
		return -1;
	/* The command's words end where the next branch begins. */
	struct branch *br = branches_add(b, name,
	    xcalloc((size_t)(at - start) + 1, sizeof(*words)));

	memcpy(br->words, words + start, (size_t)(at - start) * sizeof(*words));
	return at;
}

static int
parse(struct branches *b, char **all, struct err *e)
{
	int n = 0, at, used;

	while (all[n] && !is_branch_word(all[n]))
		n++;
	if (parse_front(all, n, &b->batch.name, e) < 0)
		return -1;
	for (at = n; all[at]; at += used) {
		used = parse_branch(b, all + at, e);
		if (used < 0)
			return -1;
	}
	return operation_check_name(b->batch.name, e);
}

/* One that durable branch has put down: its name (may be empty), its words. */
static int
add_put_down(struct branches *b, const char *p, size_t n, struct err *e)
{
	char *copy = xmemdup(p, n), **words;
	size_t count = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		count += copy[i] == '\0';
	if (count < 2)
		return err_set(e, ERR_BUG, "a branch without a command");
	words = xcalloc(count, sizeof(*words));
	for (size_t i = strlen(copy) + 1; i < n; i += strlen(copy + i) + 1)
		words[at++] = copy + i;
	branches_add(b, *copy ? copy : NULL, words);
	return 0;
}

/* What was put down under the parallel's name, in that order. */
static int
take_up(struct branches *b, struct err *e)
{
	struct request rq = { .type = MSG_TAKE_UP };
	struct client c;
	struct reply rp;
	struct buf all;
	const char *p;
	size_t n;

	if (client_open(&c, e) < 0)
		return -1;
	rq.number = PUT_BRANCH;
	rq.name = span_of(b->batch.name);
	if (client_ask(&c, &rq, &rp, e) < 0)
		return -1;
	buf_init(&all, BUF_NO_MAX);
	buf_put(&all, rp.payload.p, rp.payload.n);
	client_bye(&c, 0);
	while (buf_take_lstr(&all, &p, &n) == 0)
		if (add_put_down(b, p, n, e) < 0)
			return -1;
	buf_clear(&all);
	return 0;
}

static int
check_names(const struct branches *b, struct err *e)
{
	for (size_t i = 0; i < b->n; i++) {
		b->list[i].occurrence = b->list[i].name ? 1 : 0;
		for (size_t j = 0; j < i && b->list[i].name; j++)
			if (b->list[j].name &&
			    strcmp(b->list[i].name, b->list[j].name) == 0)
				return err_set(e, ERR_USAGE,
				    "two branches are "
				    "called '%s': give each a name of its own",
				    b->list[i].name);
	}
	return 0;
}

static int
run(struct call *call, struct err *e)
{
	struct branches b;

	branches_init(&b, SUB_PARALLEL, SUB_BRANCH);
	if (parse(&b, call->all, e) < 0 ||
	    batch_options_apply(&batch, &b, e) < 0)
		return -1;
	if (take_up(&b, e) < 0 || check_names(&b, e) < 0)
		return -1;
	return branches_run(&b, e);
}

const struct command cmd_parallel = {
	.name = "parallel",
	.synopsis = "[OPTION...] [NAME] [--branch [BNAME] -- CMD [ARG...]]...",
	.summary = "run branches at the same time",
	.details =
	    "Every branch is run in a child context of its own; their "
	    "results are\nprinted in order. Branches put down with durable "
	    "branch come after those\nwritten out.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = -1,
	.raw = true,
	.run = run,
};
