/*
 * fuzz_options.c - any words are parsed by each grammar or refused with a
 * message, and every word that is handed on is one that was given.
 *
 * The input is the words, a line each.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/time.h"
#include "base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool flag, other_flag;
static const char *string;
static int64_t duration, count;
static double real;
static struct string_list strings;

static const struct option_spec options[] = {
	{ 'q', "quiet", NULL, "a flag", OPTION_FLAG, &flag },
	{ 'a', NULL, NULL, "a letter", OPTION_FLAG, &other_flag },
	{ 'n', "name", "NAME", "a string", OPTION_STRING, &string },
	{ 't', "timeout", "D", "a duration", OPTION_DURATION, &duration },
	{ 0, "limit", "N", "a count", OPTION_COUNT, &count },
	{ 'r', "rate", "X", "a real", OPTION_REAL, &real },
	{ 'A', "arg", "KEY=VALUE", "a list", OPTION_LIST, &strings },
	{ 0 },
};

static const struct command grammars[] = {
	{ .name = "step",
	    .synopsis = "...",
	    .summary = "",
	    .max_args = 1,
	    .options = options,
	    .takes_command = true },
	{ .name = "wait",
	    .synopsis = "...",
	    .summary = "",
	    .min_args = 1,
	    .max_args = 2,
	    .options = options },
	{ .name = "list", .synopsis = "", .summary = "", .max_args = -1 },
	{ .name = "parallel", .synopsis = "", .summary = "", .raw = true },
};

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static bool
is_one_of(const char *word, char *const *words)
{
	while (*words && *words != word)
		words++;
	return *words;
}

/* Whether text begins within one of the words. */
static bool
is_part_of(const char *text, char *const *words)
{
	for (; *words; words++)
		if (text >= *words && text <= *words + strlen(*words))
			return true;
	return false;
}

static void
check_values(char **words)
{
	require(!string || is_part_of(string, words));
	require(duration >= 0 && duration <= DURATION_MAX_S);
	require(count >= 0 && real >= 0);
	for (size_t i = 0; i < strings.n; i++)
		require(is_part_of(strings.items[i], words));
	free(strings.items);
	memset(&strings, 0, sizeof(strings));
	string = NULL;
}

static void
check_grammar(const struct command *c, char **words, int n)
{
	struct call call;
	struct err e;
	int result = command_parse(c, words, &call, &e);

	if (result == 0) {
		require(call.argc >= c->min_args && call.argc <= n);
		require(c->raw || c->max_args < 0 || call.argc <= c->max_args);
		for (int i = 0; i < call.argc; i++)
			require(is_one_of(call.argv[i], words));
		require(!call.argv[call.argc]);
		require(!call.words == !c->takes_command);
		require(!call.words || is_one_of(call.words[0], words));
	} else if (result < 0) {
		require(e.code == ERR_USAGE && e.text[0]);
	}
	if (call.argv != words)
		free(call.argv);
	check_values(words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = xmemdup(data, n);
	char **words = xcalloc(n + 2, sizeof(words[0]));
	int count_words = 0, used;
	bool help = false;
	struct err e;

	for (char *line = text; line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end++ = '\0';
		words[count_words++] = line;
		line = end;
	}
	used = options_parse(options, count_words, words, n % 2, &help, &e);
	require(used <= count_words && (used >= 0 || e.code == ERR_USAGE));
	check_values(words);
	for (size_t i = 0; i < sizeof(grammars) / sizeof(grammars[0]); i++)
		check_grammar(&grammars[i], words, count_words);
	free(words);
	free(text);
	return 0;
}
