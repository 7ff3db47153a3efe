/*
 * age.c - makes a context file older, for what takes long in real time.
 *
 *   age FILE SECONDS
 *
 * Every instant in FILE becomes that much earlier and every line gets its
 * checksum anew: as if all of it had happened so long ago. Nobody may be using
 * it meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "store/record.h"

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "age: %s\n", what);
	exit(1);
}

/* One line, without its newline, made older. The checksums of the line before
 * are those that it had and that it has now. */
static void
age_line(const char *p, size_t n, int64_t ms, uint64_t had_has[2],
    struct buf *out)
{
	struct header h;
	struct record r;
	struct err e;

	if (out->len == 0) {
		if (header_parse(p, n, &h, &had_has[0], &e) < 0)
			die(e.text);
		h.time -= ms;
		header_format(&h, &had_has[1], out);
		header_clear(&h);
		return;
	}
	if (record_parse(p, n, &r, &had_has[0], &e) < 0)
		die(e.text);
	r.time -= ms;
	if (r.event == EVENT_INVOCATION_COMPLETED)
		r.start -= ms;
	record_format(&r, &had_has[1], out);
}

static void
read_file(const char *path, struct buf *in)
{
	FILE *f = fopen(path, "r");
	struct err e;

	if (!f || fd_read_all(fileno(f), in, path, &e) < 0)
		die(path);
	fclose(f);
}

static void
write_file(const char *path, const struct buf *out)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(out->data, 1, out->len, f) != out->len ||
	    fclose(f) != 0)
		die(path);
}

int
main(int argc, char **argv)
{
	uint64_t had_has[2] = { 0, 0 };
	struct buf in, out;
	const char *end;
	int64_t ms;

	if (argc != 3)
		die("usage: age FILE SECONDS");
	ms = strtoll(argv[2], NULL, 10) * 1000;
	buf_init(&in, BUF_NO_MAX);
	buf_init(&out, BUF_NO_MAX);
	read_file(argv[1], &in);
	for (const char *p = buf_str(&in); *p; p = end + 1) {
		end = strchr(p, '\n');
		if (!end)
			die("the last line has no end");
		age_line(p, (size_t)(end - p), ms, had_has, &out);
	}
	write_file(argv[1], &out);
	buf_clear(&in);
	buf_clear(&out);
	return 0;
}
