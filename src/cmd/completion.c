/*
 * completion.c - completion scripts made of the option tables.
 *
 * One list of commands, one list of options for each: what the three shells
 * need, each in its own words.
 */
#include "cmd/completion.h"

#include <string.h>

enum { FIELDS = 6 };

/* One line of the table, taken apart in place. */
struct row {
	char *field[FIELDS];
};

static bool
next_row(char **rest, struct row *r)
{
	char *line = strsep(rest, "\n");

	if (!line || !*line)
		return false;
	for (int i = 0; i < FIELDS; i++)
		r->field[i] = line ? strsep(&line, "\t") : NULL;
	return true;
}

static bool
is_option(const struct row *r)
{
	return strcmp(r->field[0], "option") == 0;
}

static bool
has(const char *field)
{
	return field && *field;
}

static void
print_bash(char *rest, FILE *out)
{
	const char *last = "";
	struct row r;

	fputs("_durable() {\n"
	      "  local word=${COMP_WORDS[COMP_CWORD]} i command= words=\n"
	      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "    if [[ ${COMP_WORDS[i]} == -- ]]; then\n"
	      "      COMPREPLY=($(compgen -c -- \"$word\"))\n"
	      "      return\n"
	      "    fi\n"
	      "    [[ $command || ${COMP_WORDS[i]} == -* ]] || "
	      "command=${COMP_WORDS[i]}\n"
	      "  done\n"
	      "  case $command in\n",
	    out);
	fputs("  '') words='", out);
	for (char *again = rest; next_row(&again, &r);) {
		if (is_option(&r)) {
			if (strcmp(last, r.field[1]) != 0)
				fprintf(out, "'\n    ;;\n  %s) words='--help",
				    r.field[1]);
			last = r.field[1];
			fprintf(out, " %s", r.field[2]);
			if (has(r.field[3]))
				fprintf(out, " %s", r.field[3]);
		} else if (*last == '\0') {
			fprintf(out, "%s ", r.field[1]);
		}
	}
	fputs("'\n    ;;\n  *) words=--help\n    ;;\n  esac\n"
	      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	      "}\n"
	      "complete -o default -F _durable durable\n",
	    out);
}

/* Text within single quotes, where the shells need care with these. */
static void
put_text(const char *text, FILE *out)
{
	for (; *text; text++)
		if (!strchr("'[]:\\", *text))
			fputc(*text, out);
}

static void
print_zsh(char *rest, FILE *out)
{
	const char *last = "";
	struct row r;

	fputs("#compdef durable\n_durable() {\n  local -a commands\n"
	      "  commands=(\n",
	    out);
	while (next_row(&rest, &r)) {
		if (!is_option(&r)) {
			fprintf(out, "    '%s:", r.field[1]);
			put_text(r.field[3], out);
			fputs("'\n", out);
			continue;
		}
		if (*last == '\0')
			fputs("  )\n  if ((CURRENT == 2)); then\n"
			      "    _describe command commands\n    return\n"
			      "  fi\n  case $words[2] in\n",
			    out);
		if (strcmp(last, r.field[1]) != 0)
			fprintf(out,
			    "%s  %s) _arguments '--help' '*:: :_default'",
			    *last ? "\n    ;;\n" : "", r.field[1]);
		last = r.field[1];
		fprintf(out, " '%s%s[", r.field[2], has(r.field[4]) ? "=" : "");
		put_text(r.field[5] ? r.field[5] : "", out);
		fputs(has(r.field[4]) ? "]:value'" : "]'", out);
	}
	fputs("\n    ;;\n  *) _arguments '--help' '*:: :_default'\n    ;;\n"
	      "  esac\n}\n_durable \"$@\"\n",
	    out);
}

static void
print_fish(char *rest, FILE *out)
{
	struct row r;

	while (next_row(&rest, &r)) {
		if (!is_option(&r)) {
			fprintf(out,
			    "complete -c durable -n __fish_use_subcommand "
			    "-a %s -d '",
			    r.field[1]);
			put_text(r.field[3], out);
			fputs("'\n", out);
			continue;
		}
		fprintf(out,
		    "complete -c durable -n '__fish_seen_subcommand_from "
		    "%s' -l %s",
		    r.field[1], r.field[2] + 2);
		if (has(r.field[3]))
			fprintf(out, " -s %s", r.field[3] + 1);
		fprintf(out, "%s -d '", has(r.field[4]) ? " -r" : "");
		put_text(r.field[5] ? r.field[5] : "", out);
		fputs("'\n", out);
	}
}

/* Commands first, then options: the scripts are written in that order. */
static void
sort_rows(struct buf *table)
{
	struct buf first, second;
	char *rest = table->data, *line;

	buf_init(&first, BUF_NO_MAX);
	buf_init(&second, BUF_NO_MAX);
	while ((line = strsep(&rest, "\n"))) {
		struct buf *to = strncmp(line, "option", 6) == 0 ? &second
								 : &first;

		if (*line)
			buf_printf(to, "%s\n", line);
	}
	buf_put(&first, buf_str(&second), second.len);
	buf_clear(table);
	buf_clear(&second);
	*table = first;
}

int
completion_print(const char *shell, struct buf *table, FILE *out, struct err *e)
{
	sort_rows(table);
	if (strcmp(shell, "bash") == 0)
		print_bash(table->data, out);
	else if (strcmp(shell, "zsh") == 0)
		print_zsh(table->data, out);
	else if (strcmp(shell, "fish") == 0)
		print_fish(table->data, out);
	else
		return err_set(e, ERR_USAGE,
		    "no completion for '%s': use bash, zsh or fish", shell);
	return 0;
}
