/*
 * map.c - "durable map": one branch an item.
 *
 * An item is known by its text, never by its index: one that comes or goes
 * disturbs no other. Its text is cut out of what was given, never printed anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "base/value.h"
#include "base/xalloc.h"
#include "client/client.h"
#include "cmd/batch_options.h"
#include "cmd/commands.h"
#include "cmd/items.h"

enum { ENV_MAX = 64 * 1024 };

static struct batch_options batch = BATCH_OPTIONS_INIT;
static const char *items_word, *replace = "{}", *item_name;
static bool as_lines, by_nul;

static const struct option_spec options[] = {
	BATCH_OPTIONS(batch),
	{ 0, "items", "JSON|@FILE", "the items: a JSON array", OPTION_STRING,
	    &items_word },
	{ 0, "lines", NULL, "the items are lines, not a JSON array",
	    OPTION_FLAG, &as_lines },
	{ '0', "null", NULL, "the items are ended by NUL bytes", OPTION_FLAG,
	    &by_nul },
	{ 'I', "replace", "WORD", "what CMD has for the item ({}); '': nothing",
	    OPTION_STRING, &replace },
	{ 0, "item-name", "FILTER", "a jq filter that names an item",
	    OPTION_STRING, &item_name },
	{ 0 },
};

/* A copy of words up to `:::`; *items is what follows it, or NULL. */
static char **
split_words(char **words, char ***items)
{
	size_t n = 0;
	char **command;

	while (words[n] && strcmp(words[n], ":::") != 0)
		n++;
	*items = words[n] ? words + n + 1 : NULL;
	command = xcalloc(n + 1, sizeof(*command));
	memcpy(command, words, n * sizeof(*command));
	return command;
}

static char *
replace_in(const char *word, const char *text)
{
	size_t n = strlen(replace);
	struct buf out;
	const char *at;

	buf_init(&out, BUF_NO_MAX);
	while ((at = strstr(word, replace))) {
		buf_put(&out, word, (size_t)(at - word));
		buf_put_str(&out, text);
		word = at + n;
	}
	buf_put_str(&out, word);
	return buf_steal(&out);
}

/* CMD for one item: every {} replaced, or the item added at the end. */
static char **
words_of(char **words, const char *text)
{
	size_t n = 0;
	bool found = false;
	char **out;

	while (words[n])
		n++;
	out = xcalloc(n + 2, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		out[i] = words[i];
		if (*replace == '\0' || !strstr(words[i], replace))
			continue;
		out[i] = replace_in(words[i], text);
		found = true;
	}
	if (!found && *replace)
		out[n] = xstrdup(text);
	return out;
}

/* The item's name: its text, or what --item-name makes of it. */
static int
name_of(struct span json, const char *text, char **name, struct err *e)
{
	struct buf out;

	if (!item_name) {
		*name = xstrdup(text);
		if (strlen(text) > OP_NAME_MAX)
			(*name)[OP_NAME_MAX] = '\0';
		return 0;
	}
	buf_init(&out, BUF_NO_MAX);
	if (output_jq(item_name, true, json, &out, e) != 0 || out.len == 0) {
		if (e->code == ERR_NONE)
			err_set(e, ERR_USAGE,
			    "--item-name %s gives nothing "
			    "for the item %.80s",
			    item_name, text);
		return -1;
	}
	*name = buf_steal(&out);
	return operation_check_name(*name, e);
}

static int
add_item(struct branches *b, char **words, struct span json, struct err *e)
{
	size_t index = b->n;
	struct branch *br;
	struct buf text;
	char *name, *shown;

	buf_init(&text, BUF_NO_MAX);
	if (json_kind(json) == '"')
		json_unescape(json, &text);
	else
		buf_put(&text, json.p, json.n);
	e->code = ERR_NONE;
	shown = xmemdup(json.p, json.n);
	if ((*replace && items_check_argument(index, &text, e) < 0) ||
	    name_of(json, items_is_string(&text) ? buf_str(&text) : shown,
		&name, e) < 0)
		return -1;
	free(shown);
	br = branches_add(b, *name ? name : NULL,
	    words_of(words, buf_str(&text)));
	br->item = json;
	br->item_env[0] = xasprintf("DURABLE_INDEX=%zu", index);
	if (text.len <= ENV_MAX && items_is_string(&text))
		br->item_env[1] = xasprintf("DURABLE_ITEM=%s", buf_str(&text));
	buf_clear(&text);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct branch *x = *(const struct branch *const *)a;
	const struct branch *y = *(const struct branch *const *)b;
	int order = strcmp(x->name ? x->name : "", y->name ? y->name : "");

	return order != 0 ? order : x < y ? -1 : x > y;
}

/* Equal names are told apart by their occurrence, in the order given. */
static void
count_names(struct branches *b)
{
	struct branch **sorted = xcalloc(b->n + 1, sizeof(struct branch *));

	for (size_t i = 0; i < b->n; i++)
		sorted[i] = &b->list[i];
	qsort(sorted, b->n, sizeof(struct branch *), by_name);
	for (size_t i = 0; i < b->n; i++) {
		sorted[i]->occurrence = 1;
		if (i > 0 && sorted[i]->name && sorted[i - 1]->name &&
		    strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
			sorted[i]->occurrence = sorted[i - 1]->occurrence + 1;
	}
	free(sorted);
}

static int
run(struct call *c, struct err *e)
{
	struct branches b;
	struct items items;
	char **words, **words_given;

	branches_init(&b, SUB_MAP, SUB_MAP_ITEM);
	b.batch.name = c->argv[0];
	if (operation_check_name(b.batch.name, e) < 0 ||
	    batch_options_apply(&batch, &b, e) < 0)
		return -1;
	words = split_words(c->words, &words_given);
	if (!words[0])
		return err_set(e, ERR_USAGE, "there is no command before :::");
	if (as_lines && by_nul)
		return err_set(e, ERR_USAGE,
		    "--lines and -0 exclude each other");
	if (words_given && (items_word || as_lines || by_nul))
		return err_set(e, ERR_USAGE,
		    "items after ::: and --items, "
		    "--lines or -0: give one of them");
	if (client_enter(e) < 0)
		return -1;
	if (!words_given && !items_word)
		client_no_second_try();
	if (items_read(&items, words_given, items_word,
		as_lines     ? ITEMS_LINES
		    : by_nul ? ITEMS_NUL
			     : ITEMS_JSON,
		e) < 0)
		return -1;
	for (size_t i = 0; i < items.n; i++)
		if (add_item(&b, words, items.list[i], e) < 0)
			return -1;
	count_names(&b);
	return branches_run(&b, e);
}

const struct command cmd_map = {
	.name = "map",
	.synopsis = "[OPTION...] [NAME] -- CMD [ARG...] [::: ITEM...]",
	.summary = "run CMD for every item, each in a branch of its own",
	.details = "Items are the words after :::, else --items, else standard "
		   "input. CMD gets\nthe item in place of {} (else as its last "
		   "argument), in DURABLE_ITEM, and as\nJSON on its standard "
		   "input.\n",
	.group = GROUP_INSIDE,
	.options = options,
	.min_args = 0,
	.max_args = 1,
	.takes_command = true,
	.run = run,
};
