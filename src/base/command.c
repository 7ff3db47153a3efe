/*
 * command.c - finding, parsing, explaining and running a subcommand.
 *
 * Everything that a user can learn about a command is printed from its one
 * struct, so that help, completion and manual cannot drift apart.
 */
#include "base/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static const struct {
	const char *name;
	const char *title;
} groups[] = {
	[GROUP_RUN] = { "run", "Start, resume and end executions" },
	[GROUP_INSIDE] = { "inside", "Inside a workflow" },
	[GROUP_LOOK] = { "look", "Look at executions" },
	[GROUP_LAMBDA] = { "lambda", "On AWS Lambda" },
	[GROUP_ABOUT] = { "about", "About durable" },
	[GROUP_HIDDEN] = { "hidden", NULL },
};

/* The entry that every command's list of options ends with. */
static const struct option_spec help_option = {
	.name = "help",
	.help = "print this help and exit",
	.kind = OPTION_FLAG,
};

const struct command *
command_find(const struct command *const *table, const char *name)
{
	for (; *table; table++)
		if (strcmp((*table)->name, name) == 0)
			return *table;
	return NULL;
}

static int
count_words(char **words)
{
	int n = 0;

	while (words[n])
		n++;
	return n;
}

/* Where the first -- is, or NULL. */
static char **
find_dashes(char **words)
{
	for (; *words; words++)
		if (strcmp(*words, "--") == 0)
			return words;
	return NULL;
}

/* "durable step [OPTION...] [NAME] -- CMD [ARG...]" */
static int
err_usage(const struct command *c, const char *wrong, struct err *e)
{
	return err_set(e, ERR_USAGE, "%s; usage: durable %s%s%s", wrong,
	    c->name, c->synopsis[0] ? " " : "", c->synopsis);
}

/* Takes options and operands up to a -- or the end. Returns how many words,
 * or -1; sets *help. */
static int
parse_front(const struct command *c, char **words, struct call *call,
    bool *help, struct err *e)
{
	int n = count_words(words);
	int i = 0;

	for (;;) {
		int used = options_parse(c->options, n - i, words + i, false,
		    help, e);

		if (used < 0)
			return -1;
		i += used;
		if (*help || i == n || strcmp(words[i], "--") == 0)
			return i;
		call->argv[call->argc++] = words[i++];
		while (c->stops_at_operand && i < n)
			call->argv[call->argc++] = words[i++];
	}
}

static int
check_operands(const struct command *c, const struct call *call, struct err *e)
{
	if (call->argc < c->min_args)
		return err_usage(c, "too few operands", e);
	if (c->max_args >= 0 && call->argc > c->max_args)
		return err_set(e, ERR_USAGE,
		    "'%s' is one operand too many; usage: durable %s%s%s",
		    call->argv[c->max_args], c->name, c->synopsis[0] ? " " : "",
		    c->synopsis);
	return 0;
}

/* What stands behind the --, of which rest is the first word. */
static int
parse_rest(const struct command *c, char **rest, struct call *call,
    struct err *e)
{
	if (!c->takes_command) {
		while (*rest)
			call->argv[call->argc++] = *rest++;
		return 0;
	}
	if (!*rest)
		return err_usage(c, "there is no command behind --", e);
	call->words = rest;
	return 0;
}

int
command_parse(const struct command *c, char **words, struct call *call,
    struct err *e)
{
	char **dashes = find_dashes(words);
	bool help = false;
	int n;

	memset(call, 0, sizeof(*call));
	call->command = c;
	call->all = words;
	if (c->raw) {
		call->argc = count_words(words);
		call->argv = words;
		return words[0] && strcmp(words[0], "--help") == 0;
	}
	call->argv = xcalloc((size_t)count_words(words) + 1,
	    sizeof(call->argv[0]));
	n = parse_front(c, words, call, &help, e);
	if (help)
		return 1;
	/* Before any other mistake: without the -- the command's own options
	 * look like ours. */
	if (c->takes_command && !dashes)
		return err_usage(c, "there is no -- before the command", e);
	if (n < 0) {
		char text[sizeof(e->text)];

		snprintf(text, sizeof(text), "%s", e->text);
		return err_set(e, e->code, "%s; see 'durable %s --help'", text,
		    c->name);
	}
	if (words[n] && parse_rest(c, words + n + 1, call, e) < 0)
		return -1;
	return check_operands(c, call, e);
}

/* Whether all that was printed has gone to stdout. Sets *e. */
static int
flush_stdout(struct err *e)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return 0;
	if (errno == 0)
		errno = EIO; /* the write that failed is long ago */
	return err_sys(e, "write to standard output");
}

int
command_run(const struct command *c, char **words,
    void (*report)(const struct command *c, const struct err *e))
{
	struct err e = { .code = ERR_NONE };
	struct call call;
	int status = command_parse(c, words, &call, &e);

	if (status > 0) {
		command_help(c, stdout);
		status = 0;
	} else if (status == 0) {
		status = c->run(&call, &e);
	}
	if (call.argv != words)
		free(call.argv);
	if (status >= 0) {
		if (flush_stdout(&e) == 0)
			return status;
		if (e.sys == EPIPE)
			return err_exit_status(&e);
	} else {
		fflush(stdout); /* what was printed comes before the message */
	}
	if (report)
		report(c, &e);
	else
		fprintf(stderr, "durable %s: %s\n", c->name, e.text);
	return err_exit_status(&e);
}

/* The command's options and --help, aligned with them. */
static void
print_options(const struct command *c, FILE *out)
{
	struct option_spec *all;
	size_t n = 0;

	while (c->options && c->options[n].kind != OPTION_END)
		n++;
	all = xcalloc(n + 2, sizeof(all[0]));
	if (n > 0)
		memcpy(all, c->options, n * sizeof(all[0]));
	all[n] = help_option;
	fputs("\nOptions:\n", out);
	options_help(all, out);
	free(all);
}

void
command_help(const struct command *c, FILE *out)
{
	const char *summary = c->summary;
	char first = summary[0];

	if (first >= 'a' && first <= 'z')
		first = (char)(first - 'a' + 'A');
	fprintf(out, "usage: durable %s%s%s\n\n", c->name,
	    c->synopsis[0] ? " " : "", c->synopsis);
	if (first)
		fprintf(out, "%c%s.\n", first, summary + 1);
	if (c->details)
		fprintf(out, "\n%s", c->details);
	print_options(c, out);
}

/* The commands of one group under its title; nothing when it has none. */
static void
list_group(const struct command *const *table, enum command_group group,
    int width, FILE *out)
{
	bool titled = false;

	for (; *table; table++) {
		if ((*table)->group != group)
			continue;
		if (!titled)
			fprintf(out, "%s:\n", groups[group].title);
		titled = true;
		fprintf(out, "  %-*s  %s\n", width, (*table)->name,
		    (*table)->summary);
	}
	if (titled)
		fputc('\n', out);
}

void
command_list(const struct command *const *table, FILE *out)
{
	size_t width = 0;

	for (size_t i = 0; table[i]; i++)
		if (table[i]->group != GROUP_HIDDEN &&
		    strlen(table[i]->name) > width)
			width = strlen(table[i]->name);
	for (int group = GROUP_RUN; group < GROUP_HIDDEN; group++)
		list_group(table, (enum command_group)group, (int)width, out);
}

static void
print_option_row(const struct command *c, const struct option_spec *spec,
    FILE *out)
{
	fprintf(out, "option\t%s\t", c->name);
	if (spec->name)
		fprintf(out, "--%s", spec->name);
	fputc('\t', out);
	if (spec->letter)
		fprintf(out, "-%c", spec->letter);
	fprintf(out, "\t%s\t%s\n", spec->arg ? spec->arg : "", spec->help);
}

void
command_table(const struct command *const *table, FILE *out)
{
	for (; *table; table++) {
		const struct option_spec *spec = (*table)->options;

		fprintf(out, "command\t%s\t%s\t%s\n", (*table)->name,
		    groups[(*table)->group].name, (*table)->summary);
		for (; spec && spec->kind != OPTION_END; spec++)
			print_option_row(*table, spec, out);
	}
}
