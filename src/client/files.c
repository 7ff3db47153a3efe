/*
 * files.c - files as a step's outcome.
 */
#include "client/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/json.h"
#include "base/xalloc.h"
#include "client/output.h"

bool
files_are_asked(const struct files *f)
{
	return f->output || f->synced.n > 0;
}

int
files_begin(struct files *f, struct err *e)
{
	f->fd = -1;
	if (!f->output)
		return 0;
	/* It is recorded as text: told before anything is done. */
	if (!utf8_is_text(f->output, strlen(f->output)))
		return err_set(e, ERR_USAGE,
		    "--output: the file's name is not UTF-8");
	f->temporary = xasprintf("%s.durable-%ld", f->output, (long)getpid());
	(void)unlink(f->temporary); /* of an earlier attempt of this process */
	f->fd = open(f->temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (f->fd < 0)
		return err_sys(e, "make %s", f->temporary);
	return 0;
}

void
files_forget(struct files *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	if (f->temporary)
		(void)unlink(f->temporary);
	free(f->temporary);
	f->temporary = NULL;
}

static int
sync_one(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = 0;

	if (fd < 0)
		return err_sys(e, "--sync %s", path);
	if (fsync(fd) < 0)
		result = err_sys(e, "--sync %s", path);
	close(fd);
	return result < 0 ? -1 : fd_sync_folder_of(path, e);
}

int
files_commit(struct files *f, struct err *e)
{
	int fd = f->fd;

	if (f->output) {
		f->fd = -1;
		if (fsync(fd) < 0) {
			close(fd);
			return err_sys(e, "sync %s", f->temporary);
		}
		if (fd_close(fd, f->temporary, e) < 0)
			return -1;
		if (rename(f->temporary, f->output) < 0)
			return err_sys(e, "rename %s to %s", f->temporary,
			    f->output);
		free(f->temporary);
		f->temporary = NULL;
		if (fd_sync_folder_of(f->output, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < f->synced.n; i++)
		if (sync_one(f->synced.items[i], e) < 0)
			return -1;
	return 0;
}

static int
put_file(const char *path, struct buf *out, struct err *e)
{
	/* xxhash is not linked here: durable-engine computes it. */
	if (!utf8_is_text(path, strlen(path)))
		return err_set(e, ERR_USAGE, "the file's name is not UTF-8");
	buf_put_str(out, "{\"name\":");
	json_escape(path, strlen(path), out);
	buf_put_char(out, ',');
	return output_file_hash(path, out, e);
}

int
files_wrap(const struct files *f, struct span value, struct buf *out,
    struct err *e)
{
	buf_put_str(out, "{\"$files\":[");
	if (f->output && put_file(f->output, out, e) < 0)
		return -1;
	for (size_t i = 0; i < f->synced.n; i++) {
		buf_put_str(out, i > 0 || f->output ? "," : "");
		if (put_file(f->synced.items[i], out, e) < 0)
			return -1;
	}
	buf_put_str(out, "],\"$value\":");
	buf_put(out, value.p, value.n);
	buf_put_char(out, '}');
	return 0;
}

struct span
files_unwrap(struct span wrapped)
{
	struct span value;

	if (wrapped.n > 10 && memcmp(wrapped.p, "{\"$files\":", 10) == 0 &&
	    json_find(wrapped, "$value", &value))
		return value;
	return wrapped;
}
