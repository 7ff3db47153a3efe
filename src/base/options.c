/*
 * options.c - the option table of a command: parsing and --help.
 *
 * Not getopt_long: its state is global, and it takes abbreviations, which a
 * new option of a later release would break in scripts that work today.
 */
#include "base/options.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"

enum {
	HELP_INDENT = 2,
	HELP_GAP = 2,
	HELP_COLUMN_MAX = 32, /* a longer option has its help below */
};

/* One call of options_parse. */
struct parser {
	const struct option_spec *specs;
	int argc;
	char **argv;
	int used; /* words that are done with */
	bool *help;
};

/* An option as it was typed, for messages: "--name" or "-n". */
struct typed {
	const char *text;
	int n;
};

static const struct option_spec *
find_name(const struct option_spec *spec, const char *name, size_t n)
{
	for (; spec && spec->kind != OPTION_END; spec++)
		if (spec->name && strlen(spec->name) == n &&
		    memcmp(spec->name, name, n) == 0)
			return spec;
	return NULL;
}

static const struct option_spec *
find_letter(const struct option_spec *spec, char letter)
{
	for (; spec && spec->kind != OPTION_END; spec++)
		if (spec->letter && spec->letter == letter)
			return spec;
	return NULL;
}

static int
parse_count(const char *text, int64_t *value)
{
	int64_t n = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		int digit = *text - '0';

		if (digit < 0 || digit > 9 || n > (INT64_MAX - digit) / 10)
			return -1;
		n = n * 10 + digit;
	}
	*value = n;
	return 0;
}

static int
parse_real(const char *text, double *value)
{
	/* Of what strtod takes only the plain: no sign, space, hex or inf. */
	const char *fraction = text + strspn(text, "0123456789");
	size_t digits = (size_t)(fraction - text);
	char *end;

	if (*fraction == '.')
		digits += strspn(fraction + 1, "0123456789");
	if (digits == 0)
		return -1;
	*value = strtod(text, &end);
	return *end || end != text + digits + (*fraction == '.') ||
		!isfinite(*value)
	    ? -1
	    : 0;
}

static void
add_to_list(struct string_list *list, const char *item)
{
	list->items = xreallocarray(list->items, list->n + 1,
	    sizeof(list->items[0]));
	list->items[list->n++] = item;
}

/* Stores the argument where the table says. */
static int
store(const struct option_spec *spec, struct typed typed, const char *arg,
    struct err *e)
{
	switch (spec->kind) {
	case OPTION_END:
	case OPTION_FLAG:
		*(bool *)spec->value = true;
		return 0;
	case OPTION_STRING:
	case OPTION_OPTIONAL:
		*(const char **)spec->value = arg;
		return 0;
	case OPTION_LIST:
		add_to_list(spec->value, arg);
		return 0;
	case OPTION_DURATION:
		if (duration_parse(arg, spec->value, e) == 0)
			return 0;
		return err_wrap(e, "%.*s", typed.n, typed.text);
	case OPTION_COUNT:
		if (parse_count(arg, spec->value) == 0)
			return 0;
		return err_set(e, ERR_USAGE,
		    "%.*s: '%s' is not a number: use a whole one, 0 or more",
		    typed.n, typed.text, arg);
	case OPTION_REAL:
		if (parse_real(arg, spec->value) == 0)
			return 0;
		return err_set(e, ERR_USAGE,
		    "%.*s: '%s' is not a number: use for instance 2 or 1.5",
		    typed.n, typed.text, arg);
	}
	return err_set(e, ERR_BUG, "%.*s has no kind", typed.n, typed.text);
}

/* The next word as an argument. A -- there is the end of the options, and
 * the argument forgotten: --name=-- is for who means it. */
static int
store_next(struct parser *p, const struct option_spec *spec, struct typed typed,
    struct err *e)
{
	if (p->used >= p->argc || strcmp(p->argv[p->used], "--") == 0)
		return err_set(e, ERR_USAGE, "%.*s needs an argument (%s)",
		    typed.n, typed.text, spec->arg ? spec->arg : "VALUE");
	return store(spec, typed, p->argv[p->used++], e);
}

/* "--name", "--name=value", "--name value". Returns 1 for --help. */
static int
parse_long(struct parser *p, const char *word, struct err *e)
{
	size_t n = strcspn(word + 2, "=");
	const char *value = word[2 + n] ? word + 2 + n + 1 : NULL;
	struct typed typed = { word, (int)n + 2 };
	const struct option_spec *spec = find_name(p->specs, word + 2, n);

	if (!spec && p->help && strcmp(word, "--help") == 0) {
		*p->help = true;
		return 1;
	}
	if (!spec)
		return err_set(e, ERR_USAGE, "unknown option %.*s", typed.n,
		    typed.text);
	if (spec->kind == OPTION_OPTIONAL)
		return store(spec, typed, value ? value : "", e);
	if (spec->kind != OPTION_FLAG)
		return value ? store(spec, typed, value, e)
			     : store_next(p, spec, typed, e);
	if (value)
		return err_set(e, ERR_USAGE, "%.*s takes no argument", typed.n,
		    typed.text);
	return store(spec, typed, NULL, e);
}

/* One letter of a word. Returns 1 when the rest of it was the argument. */
static int
parse_letter(struct parser *p, const char *word, const char *letter,
    struct err *e)
{
	const struct option_spec *spec = find_letter(p->specs, *letter);
	char text[] = { '-', *letter };
	struct typed typed = { text, 2 };

	if (!spec && (unsigned char)*letter >= 0x80) /* half a character */
		return err_set(e, ERR_USAGE, "unknown option %s", word);
	if (!spec)
		return err_set(e, ERR_USAGE, "unknown option -%c", *letter);
	if (spec->kind == OPTION_FLAG)
		return store(spec, typed, NULL, e);
	if (letter[1])
		return store(spec, typed, letter + 1, e) < 0 ? -1 : 1;
	return store_next(p, spec, typed, e);
}

/* "-n value", "-nvalue", "-abn value". */
static int
parse_letters(struct parser *p, const char *word, struct err *e)
{
	int result = 0;

	for (const char *letter = word + 1; *letter && result == 0; letter++)
		result = parse_letter(p, word, letter, e);
	return result < 0 ? -1 : 0;
}

/* The options at the front of p's words. */
static int
parse_words(struct parser *p, struct err *e)
{
	int result = 0;

	while (p->used < p->argc && result == 0) {
		const char *word = p->argv[p->used];

		if (word[0] != '-' || !word[1] || strcmp(word, "--") == 0)
			break;
		p->used++;
		if (word[1] == '-')
			result = parse_long(p, word, e);
		else
			result = parse_letters(p, word, e);
	}
	return result < 0 ? -1 : 0;
}

int
options_parse(const struct option_spec *specs, int argc, char **argv,
    bool eat_dashes, bool *help, struct err *e)
{
	struct parser p = {
		.specs = specs,
		.argc = argc,
		.argv = argv,
		.help = help,
	};

	if (parse_words(&p, e) < 0)
		return -1;
	if (eat_dashes && p.used < argc && !(help && *help) &&
	    strcmp(argv[p.used], "--") == 0)
		p.used++;
	return p.used;
}

/* "-n, --name=NAME", or "    --name=NAME" where there is no letter. */
static void
put_left_column(const struct option_spec *spec, struct buf *out)
{
	if (spec->letter)
		buf_printf(out, "-%c", spec->letter);
	else
		buf_put_str(out, "  ");
	if (spec->name)
		buf_printf(out, "%s --%s", spec->letter ? "," : " ",
		    spec->name);
	if (spec->kind == OPTION_OPTIONAL)
		buf_printf(out, "[=%s]", spec->arg);
	else if (spec->arg)
		buf_printf(out, "%s%s", spec->name ? "=" : " ", spec->arg);
}

void
options_help(const struct option_spec *specs, FILE *out)
{
	const struct option_spec *spec;
	struct buf left;
	size_t width = 0;

	buf_init(&left, BUF_NO_MAX);
	for (spec = specs; spec && spec->kind != OPTION_END; spec++) {
		buf_reset(&left);
		put_left_column(spec, &left);
		if (left.len > width && left.len <= HELP_COLUMN_MAX)
			width = left.len;
	}
	for (spec = specs; spec && spec->kind != OPTION_END; spec++) {
		buf_reset(&left);
		put_left_column(spec, &left);
		fprintf(out, "%*s%s", HELP_INDENT, "", buf_str(&left));
		if (left.len > width) {
			fprintf(out, "\n%*s", HELP_INDENT, "");
			left.len = 0;
		}
		fprintf(out, "%*s%s\n", (int)(width - left.len) + HELP_GAP, "",
		    spec->help);
	}
	buf_clear(&left);
}
