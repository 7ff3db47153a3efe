/*
 * ini.h - the ini files of AWS's tools, as text.
 *
 *	[section name]      # a comment behind blanks, or a line of its own
 *	key = value
 *	table =
 *	  key = value
 *	long = first line
 *	  second line
 *
 * A section that comes twice is one; of equal keys the last counts. Keys are
 * compared without regard to case. Pure.
 */
#ifndef DURABLE_INI_H
#define DURABLE_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct ini_entry;

/* Embedded; zeroed it is an empty file. */
struct ini {
	struct ini_entry *entries;
	size_t n, size;
};

/* Appends what the text says. ERR_USAGE: "WHAT, line 3: ..."; the ini then has
 * what stands before. */
int ini_parse(struct ini *ini, const char *p, size_t n, const char *what,
    struct err *e) MUST_USE;
void ini_clear(struct ini *ini);

/* A name of several words has one blank between them, and no quotes. */
bool ini_has_section(const struct ini *ini, const char *section);

/* The value, or NULL; table is NULL for a key of the section itself. Valid
 * until ini_clear. */
const char *ini_find(const struct ini *ini, const char *section,
    const char *table, const char *key);

#endif
