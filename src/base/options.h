/*
 * options.h - the option table of a command, and all that comes from it:
 * parsing, --help, shell completion.
 *
 * The values go where the table says; one command runs in a process, so
 * tables may point at file-scope variables of the command's file.
 */
#ifndef DURABLE_OPTIONS_H
#define DURABLE_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

enum option_kind {
	OPTION_END = 0,
	OPTION_FLAG,     /* bool *: set to true */
	OPTION_STRING,   /* const char **: the argument, borrowed from argv */
	OPTION_OPTIONAL, /* const char **: --name=VALUE, "" for --name alone */
	OPTION_DURATION, /* int64_t *: whole seconds */
	OPTION_COUNT,    /* int64_t *: 0 or more, decimal */
	OPTION_REAL,     /* double *: 0 or more */
	OPTION_LIST,     /* struct string_list *: every occurrence */
};

struct string_list {
	const char **items; /* each borrowed from argv */
	size_t n;
};

struct option_spec {
	char letter;      /* 0: none */
	const char *name; /* without "--" */
	const char *arg;  /* what --help calls the argument; NULL for a flag */
	const char *help; /* one line */
	enum option_kind kind;
	void *value;
};

/*
 * Parses the options at the front of argv[0..argc) (argv[0] is the first
 * word, not the program). Stops before the first word that is no option;
 * consumes a `--` only when eat_dashes. `--name=value` and `--name value`,
 * `-n value`, `-nvalue`, letters bundled; no abbreviations. Returns how many
 * words were used, or -1: ERR_USAGE "unknown option --x", "--name needs an
 * argument (NAME)", "--limit: 'x' is not a number", ...
 * `--help` is in no table: *help (may be NULL) is set and parsing stops.
 */
int options_parse(const struct option_spec *specs, int argc, char **argv,
    bool eat_dashes, bool *help, struct err *e) MUST_USE;

/* Prints the options as an aligned list; nothing when specs is NULL. */
void options_help(const struct option_spec *specs, FILE *out);

#endif
