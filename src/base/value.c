/*
 * value.c - a value from words, from standard input, or from --arg pairs.
 */
#include "base/value.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/json.h"

enum { VALUE_MAX = 256 * 1024 * 1024 };

static int
check_pair(const struct string_list *pairs, size_t i, size_t key_n,
    struct err *e)
{
	const char *pair = pairs->items[i];

	if (pair[key_n] != '=' || key_n == 0)
		return err_set(e, ERR_USAGE, "--arg %s: must be KEY=VALUE",
		    pair);
	if (!utf8_is_text(pair, strlen(pair)))
		return err_set(e, ERR_USAGE, "--arg %s: is not UTF-8", pair);
	for (size_t j = 0; j < i; j++)
		if (strncmp(pairs->items[j], pair, key_n + 1) == 0)
			return err_set(e, ERR_USAGE,
			    "--arg %s: the key is given twice", pair);
	return 0;
}

int
value_of_pairs(const struct string_list *pairs, struct buf *out, struct err *e)
{
	buf_put_char(out, '{');
	for (size_t i = 0; i < pairs->n; i++) {
		const char *pair = pairs->items[i];
		size_t key_n = strcspn(pair, "=");

		if (check_pair(pairs, i, key_n, e) < 0)
			return -1;
		buf_put_str(out, i > 0 ? "," : "");
		json_escape(pair, key_n, out);
		buf_put_char(out, ':');
		json_escape(pair + key_n + 1, strlen(pair + key_n + 1), out);
	}
	buf_put_char(out, '}');
	return 0;
}

int
value_read(const char *word, struct buf *out, struct err *e)
{
	if (word) {
		buf_put_str(out, word);
		return 0;
	}
	return fd_read_all(STDIN_FILENO, out, "standard input", e);
}

int
value_read_file(const char *path, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return err_sys(e, "open %s", path);
	result = fd_read_all(fd, out, path, e);
	close(fd);
	return result;
}

int
value_read_json(const char *word, struct buf *out, struct err *e)
{
	const char *what = word;
	struct span v;
	struct buf text;
	int result;

	buf_init(&text, VALUE_MAX);
	if (strcmp(word, "-") == 0) {
		what = "standard input";
		result = value_read(NULL, &text, e);
	} else if (word[0] == '@') {
		what = word + 1;
		result = value_read_file(word + 1, &text, e);
	} else {
		buf_put_str(&text, word);
		result = 0;
	}
	if (result == 0 && json_check(buf_str(&text), text.len, &v, e) < 0)
		result = err_wrap(e, "'%.60s' is not JSON", what);
	if (result == 0)
		buf_put(out, v.p, v.n);
	buf_clear(&text);
	return result;
}
