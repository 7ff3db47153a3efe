/*
 * command.h - what a subcommand is, and finding and running one.
 *
 * A subcommand is one file that defines one struct command, plus its line in
 * the program's table. command_main does the rest: finds it, prints its help,
 * parses its options, runs it, checks stdout, turns a failure into a message
 * and an exit status. Used by all programs.
 */
#ifndef DURABLE_COMMAND_H
#define DURABLE_COMMAND_H

#include <stdbool.h>

#include "base/err.h"
#include "base/options.h"

/* Groups of "durable help", in the order they are printed. */
enum command_group {
	GROUP_RUN,    /* start, resume and end executions */
	GROUP_INSIDE, /* operations of a workflow */
	GROUP_LOOK,   /* look at executions */
	GROUP_LAMBDA, /* on AWS Lambda */
	GROUP_ABOUT,  /* durable itself */
	GROUP_HIDDEN, /* for durable's own use: in no list */
};

struct call;

struct command {
	const char *name;     /* as typed: "wait" */
	const char *synopsis; /* after the name: "[OPTION...] DURATION" */
	const char *summary;  /* one line for "durable help", no full stop */
	const char *details;  /* more for --help, may be NULL; ends with \n */
	enum command_group group;
	const struct option_spec *options; /* ends at an empty entry, or NULL */

	/*
	 * The grammar. Options may stand before, between and after the operands,
	 * up to `--`. With takes_command, `-- CMD [ARG...]` must follow, and its
	 * lack is a usage error that says so; without it, words behind `--` are
	 * operands. raw: only --help is looked for (as the first word); the
	 * command parses call->all itself.
	 */
	int min_args, max_args; /* operands; max -1: any */
	bool takes_command;
	bool stops_at_operand; /* what follows the first operand is not ours */
	bool raw;
	bool is_internal; /* no user types it: its messages do not name it */

	/* Does the work. Returns the exit status, or -1 with *e set. */
	int (*run)(struct call *c, struct err *e);
};

/* One call of a command, as parsed. All words are borrowed from argv. */
struct call {
	const struct command *command;
	int argc;
	char **argv;  /* the operands, NULL-terminated */
	char **words; /* CMD [ARG...] behind `--`, NULL-terminated, or NULL */
	char **all;   /* every word after the command's name, NULL-terminated */
};

/* The commands of this program, in its commands.c; ends with NULL. */
extern const struct command *const commands[];

/* Prints them for "durable help", which asks every program. */
extern const struct command cmd_own_help;

/* "durable NAME: text" on stderr. */
void command_report(const struct command *c, const struct err *e);

/* Runs the command of the table that argv names and gives the exit status: the
 * most of main in a program that users do not type. */
int command_main(const char *program, const struct command *const *table,
    int argc, char **argv);

/* The command of that name in a NULL-terminated table, or NULL. */
const struct command *command_find(const struct command *const *table,
    const char *name);

/*
 * Parses words (all after the command's name) by c's grammar. Returns 0 with
 * *call filled in, 1 when --help was asked for, -1 with ERR_USAGE. The
 * arrays in *call are allocated and live as long as the process.
 */
int command_parse(const struct command *c, char **words, struct call *call,
    struct err *e) MUST_USE;

/*
 * Parses, runs, flushes and checks stdout ("write to standard output: No
 * space left on device" is a failure, EPIPE a silent one). Returns the exit
 * status; on failure *e is printed to stderr as "durable NAME: text" by
 * report, or by report == NULL plainly. --help prints and returns 0.
 */
int command_run(const struct command *c, char **words,
    void (*report)(const struct command *c, const struct err *e));

/* "usage: durable wait [OPTION...] [NAME] DURATION", summary, details,
 * options. */
void command_help(const struct command *c, FILE *out);

/* All commands of the table by group, hidden ones left out: one line each
 * ("  wait        suspend the workflow"), for "durable help". */
void command_list(const struct command *const *table, FILE *out);

/*
 * The table as lines for completion and for scripts/check-manuals:
 * "command\tNAME\tGROUP\tSUMMARY" and, for each of its options,
 * "option\tNAME\t--long\t-l\tARG\tHELP" (an empty field where there is none).
 */
void command_table(const struct command *const *table, FILE *out);

#endif
