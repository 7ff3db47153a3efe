/*
 * fuzz_ini.c - an ini file is read, or refused with a line that it has, and
 * what is found in it is in a section that is there. A command line out of it
 * is split or refused.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "lambda/ini.h"
#include "lambda/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static size_t
count_lines(const char *p, size_t n)
{
	size_t lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

static void
check_refusal(const char *p, size_t n, const struct err *e)
{
	size_t line;

	require(e->code == ERR_USAGE);
	require(sscanf(e->text, "fuzz, line %zu: ", &line) == 1);
	require(line >= 1 && line <= count_lines(p, n));
}

/* Names that are usual, whatever the input has. */
static void
look_up(const struct ini *ini)
{
	static const char *const sections[] = { "default", "profile x",
		"services x" };
	static const char *const keys[] = { "region", "credential_process",
		"endpoint_url", "" };

	for (size_t s = 0; s < 3; s++) {
		for (size_t k = 0; k < 4; k++) {
			const char *value = ini_find(ini, sections[s], NULL,
			    keys[k]);

			require(!value || ini_has_section(ini, sections[s]));
			value = ini_find(ini, sections[s], "lambda", keys[k]);
			require(!value || ini_has_section(ini, sections[s]));
		}
	}
}

static void
split(const char *line)
{
	struct err e;
	char **words = process_split(line, &e);
	size_t total = 0;

	if (!words) {
		require(e.code == ERR_USAGE);
		return;
	}
	require(words[0] != NULL);
	for (size_t i = 0; words[i]; i++)
		total += strlen(words[i]);
	require(total <= strlen(line));
	process_free_words(words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = xmemdup(data, n);
	const char *line;
	struct ini ini = { 0 };
	struct err e;

	if (ini_parse(&ini, text, n, "fuzz", &e) < 0)
		check_refusal(text, n, &e);
	look_up(&ini);
	line = ini_find(&ini, "default", NULL, "credential_process");
	split(line ? line : text);
	ini_clear(&ini);
	free(text);
	return 0;
}
