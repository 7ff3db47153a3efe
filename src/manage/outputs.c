/*
 * outputs.c - the files that steps have written, compared with what their
 * records say of them.
 */
#include "manage/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/xalloc.h"
#include "model/filehash.h"

struct check {
	const struct execution_state *s;
	struct buf *out;
};

/* One {"name":..,"size":..,"xxh3":".."}; says what is wrong, if anything. */
static void
check_file(const struct check *c, struct span file)
{
	struct buf name, recorded;
	char digest[FILEHASH_SIZE], *path;
	const char *wrong = NULL;
	uint64_t size;
	struct err e;

	buf_init(&name, BUF_NO_MAX);
	buf_init(&recorded, BUF_NO_MAX);
	json_unescape_member(file, "name", &name);
	json_unescape_member(file, "xxh3", &recorded);
	path = buf_str(&name)[0] == '/'
	    ? xstrdup(buf_str(&name))
	    : xasprintf("%s/%s", c->s->header.cwd, buf_str(&name));
	if (filehash_read(path, digest, &size, &e) < 0)
		wrong = e.sys == ENOENT ? "is gone" : "cannot be read";
	else if (strcmp(digest, buf_str(&recorded)) != 0)
		wrong = "differs from what was recorded";
	if (wrong) {
		buf_put_str(c->out, "  file        ");
		text_escape(path, strlen(path), c->out);
		buf_printf(c->out, " %s\n", wrong);
	}
	free(path);
	buf_clear(&name);
	buf_clear(&recorded);
}

static int
check_op(struct op *op, void *arg)
{
	const struct check *c = arg;
	struct span whole, files, file;
	size_t pos = 0;
	struct buf text;
	struct err e;

	if (op->type != OP_STEP || op->status != STATUS_SUCCEEDED)
		return 0;
	buf_init(&text, BUF_NO_MAX);
	text_put_plain(op->result, &text);
	if (strncmp(buf_str(&text), "{\"$files\":", 10) == 0 &&
	    json_check(text.data, text.len, &whole, &e) == 0 &&
	    json_find(whole, "$files", &files) && json_kind(files) == '[')
		while (json_next_element(files, &pos, &file))
			check_file(c, file);
	buf_clear(&text);
	return 0;
}

void
outputs_check(struct table *t, const struct execution_state *s, struct buf *out)
{
	struct check c = { s, out };

	(void)table_each(t, check_op, &c);
}
