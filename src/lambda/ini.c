/*
 * ini.c - the ini files of AWS's tools, as text.
 *
 * There is no standard; the tools agree on what ini.h says. Where they do not,
 * on comments behind a value, this takes what most of them take: a # or ;
 * after a blank begins one.
 */
#include "lambda/ini.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/xalloc.h"

/* A key's value; with key NULL, that the section is there. */
struct ini_entry {
	char *section, *table, *key, *value;
};

/* Where parsing is. */
struct place {
	struct ini *ini;
	const char *what;
	size_t line;
	char *section; /* NULL before the first */
	bool in_key;   /* an indented line belongs to the last key, */
	char *table;   /* which is this one when it has no value of its own */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span
trim(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	while (p < end && is_blank(end[-1]))
		end--;
	return (struct span){ p, (size_t)(end - p) };
}

static void
add(struct place *at, const char *table, struct span key, struct span value)
{
	struct ini *ini = at->ini;
	struct ini_entry *entry;

	if (ini->n == ini->size) {
		ini->size = 2 * ini->size + 16;
		ini->entries = xreallocarray(ini->entries, ini->size,
		    sizeof(*ini->entries));
	}
	entry = &ini->entries[ini->n++];
	entry->section = xstrdup(at->section);
	entry->table = table ? xstrdup(table) : NULL;
	entry->key = key.p ? xmemdup(key.p, key.n) : NULL;
	entry->value = value.p ? xmemdup(value.p, value.n) : NULL;
}

void
ini_clear(struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		free(ini->entries[i].section);
		free(ini->entries[i].table);
		free(ini->entries[i].key);
		free(ini->entries[i].value);
	}
	free(ini->entries);
	memset(ini, 0, sizeof(*ini));
}

static int
complain(const struct place *at, const char *problem, struct err *e)
{
	return err_set(e, ERR_USAGE, "%s, line %zu: %s", at->what, at->line,
	    problem);
}

/* `[ profile  "x y" ]`, as "profile x y". */
static int
take_section(struct place *at, struct span line, struct err *e)
{
	const char *stop = memchr(line.p, ']', line.n);
	struct span inside;
	struct buf name;

	if (!stop)
		return complain(at, "a section's name has no ] behind it", e);
	inside = trim(line.p + 1, stop);
	if (inside.n == 0)
		return complain(at, "a section has no name", e);
	buf_init(&name, BUF_NO_MAX);
	for (size_t i = 0; i < inside.n; i++) {
		if (inside.p[i] == '"' || inside.p[i] == '\'')
			continue;
		if (is_blank(inside.p[i]) && is_blank(inside.p[i + 1]))
			continue;
		buf_put_char(&name, is_blank(inside.p[i]) ? ' ' : inside.p[i]);
	}
	free(at->section);
	at->section = buf_steal(&name);
	at->in_key = false;
	add(at, NULL, (struct span){ NULL, 0 }, (struct span){ NULL, 0 });
	return 0;
}

/* Up to the comment that begins behind a blank. */
static struct span
without_comment(const char *p, const char *end)
{
	for (const char *c = p; c < end; c++)
		if ((*c == '#' || *c == ';') && (c == p || is_blank(c[-1])))
			return trim(p, c);
	return trim(p, end);
}

static int
take_pair(struct place *at, struct span line, const char *table, struct err *e)
{
	const char *equals = memchr(line.p, '=', line.n);
	const char *end = line.p + line.n;
	struct span key, value;

	if (!equals)
		return complain(at, "neither [SECTION] nor KEY = VALUE", e);
	if (!at->section)
		return complain(at, "a key before the first [SECTION]", e);
	key = trim(line.p, equals);
	if (key.n == 0)
		return complain(at, "a value without a key", e);
	value = without_comment(equals + 1, end);
	add(at, table, key, value);
	if (!table) {
		free(at->table);
		at->table = value.n == 0 ? xmemdup(key.p, key.n) : NULL;
		at->in_key = true;
	}
	return 0;
}

/* A second line of the last key's value. */
static void
continue_value(struct place *at, struct span line)
{
	struct ini_entry *last = &at->ini->entries[at->ini->n - 1];
	char *longer = xasprintf("%s\n%.*s", last->value, (int)line.n, line.p);

	free(last->value);
	last->value = longer;
}

static int
take_line(struct place *at, const char *p, const char *end, struct err *e)
{
	struct span line = trim(p, end);

	if (line.n == 0 || *line.p == '#' || *line.p == ';')
		return 0;
	if (!is_blank(*p) && *line.p == '[')
		return take_section(at, line, e);
	if (is_blank(*p) && at->in_key) {
		if (at->table)
			return take_pair(at, line, at->table, e);
		continue_value(at, line);
		return 0;
	}
	return take_pair(at, line, NULL, e);
}

int
ini_parse(struct ini *ini, const char *p, size_t n, const char *what,
    struct err *e)
{
	struct place at = { .ini = ini, .what = what };
	const char *end = p + n;
	int result = 0;

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end && result == 0) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		if (!stop)
			stop = end;
		at.line++;
		if (memchr(p, '\0', (size_t)(stop - p)))
			result = complain(&at, "a NUL byte", e);
		else
			result = take_line(&at, p, stop, e);
		p = stop + (stop < end);
	}
	free(at.section);
	free(at.table);
	return result;
}

bool
ini_has_section(const struct ini *ini, const char *section)
{
	for (size_t i = 0; i < ini->n; i++)
		if (strcmp(ini->entries[i].section, section) == 0)
			return true;
	return false;
}

static bool
is_same(const char *a, const char *b)
{
	return a && b ? strcasecmp(a, b) == 0 : !a && !b;
}

const char *
ini_find(const struct ini *ini, const char *section, const char *table,
    const char *key)
{
	for (size_t i = ini->n; i > 0; i--) {
		const struct ini_entry *entry = &ini->entries[i - 1];

		if (entry->key && strcmp(entry->section, section) == 0 &&
		    is_same(entry->table, table) && is_same(entry->key, key))
			return entry->value;
	}
	return NULL;
}
