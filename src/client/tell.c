/*
 * tell.c - quoting for a shell, and files that it shares with us.
 */
#include "client/tell.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void
tell_put_word(const char *text, struct buf *out)
{
	buf_put_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_put_str(out, "'\\''");
		else if (*text == '\n')
			buf_put_str(out, "'\"$_durable_nl\"'");
		else
			buf_put_char(out, *text);
	}
	buf_put_char(out, '\'');
}

void
tell_put_assignment(const char *name, const char *value, struct buf *out)
{
	buf_put_str(out, name);
	buf_put_char(out, '=');
	tell_put_word(value, out);
	buf_put_char(out, '\n');
}

void
tell_put_export(const char *entry, struct buf *out)
{
	const char *value = strchr(entry, '=') + 1;

	buf_put_str(out, "export ");
	buf_put(out, entry, (size_t)(value - entry));
	tell_put_word(value, out);
	buf_put_char(out, '\n');
}

int
tell_make_file(char **path, struct err *e)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	*path = xasprintf("%s/durable-function.XXXXXX",
	    folder && *folder ? folder : "/tmp");
	fd = mkostemp(*path, O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, "make a file for the shell, %s", *path);
		free(*path);
		*path = NULL;
	}
	return fd;
}
