/*
 * sample.h - operations, headers and folders for the tests of store/.
 *
 * Included after cmocka.h. Functions are inline, as not every test uses each.
 */
#ifndef DURABLE_SAMPLE_H
#define DURABLE_SAMPLE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "model/opid.h"
#include "store/record.h"

#define SAMPLE_TIME INT64_C(1767323045123)

static char sample_words[][48] = { "/bin/order.sh", "a b", "\xff\"\n",
	"PATH=/bin", "LANG=\xe9t\xe9", "order-17", "/home/\xfc" };
static char *sample_argv[] = { sample_words[0], sample_words[1],
	sample_words[2], NULL };
static char *sample_env[] = { sample_words[3], sample_words[4], NULL };

static inline struct header
sample_header(void)
{
	static char id[] = "0d9d1f7e-6a3d-4b8e-9a57-1d2c3b4a5968";
	static char input[] = "{\"a\":\"\\n\xc3\xa9\"}";
	static char parent[] = "/var/lib/parent.jsonl";
	static char parent_op[] =
	    "00000000000000000000000000000000-0000000000000000";

	return (struct header){
		.name = sample_words[5],
		.id = id,
		.time = SAMPLE_TIME,
		.argv = sample_argv,
		.cwd = sample_words[6],
		.env = sample_env,
		.umask = 18,
		.timeout_s = 3600,
		.input = input,
		.parent = parent,
		.parent_op = parent_op,
		.depth = 2,
	};
}

/* The id of a root step of that name; out holds OPID_LEN + 1 bytes. */
static inline const char *
sample_id(const char *name, char *out)
{
	opid_make(out,
	    &(struct opid_parts){
		.type = OP_STEP,
		.subtype = SUB_STEP,
		.name = { name, strlen(name) },
		.occurrence = 1,
		.digest_of = { "cmd", 3 },
	    });
	return out;
}

static inline struct update
sample_step(const char *id, const char *name, enum op_action action)
{
	return (struct update){
		.id = id,
		.type = OP_STEP,
		.subtype = SUB_STEP,
		.name = text_of(name),
		.action = action,
	};
}

/* Makes a folder below the current one and changes into it. */
static inline int
sample_enter_folder(void **state)
{
	char name[] = "store-test-XXXXXX";

	(void)state;
	return mkdtemp(name) && chdir(name) == 0 ? 0 : -1;
}

static inline int
sample_remove(const char *path, const struct stat *st, int type,
    struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

/* Out of that folder again, and removes it. */
static inline int
sample_leave_folder(void **state)
{
	char folder[4096];

	(void)state;
	if (!getcwd(folder, sizeof(folder)) || !strstr(folder, "store-test-") ||
	    chdir("..") < 0)
		return -1;
	return nftw(folder, sample_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void
sample_write_file(const char *path, const char *p, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

/* The caller frees what it returns; *n may be NULL. */
static inline char *
sample_read_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	struct buf b;
	char chunk[4096];
	size_t got;

	assert_non_null(f);
	buf_init(&b, BUF_NO_MAX);
	while ((got = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&b, chunk, got);
	fclose(f);
	if (n)
		*n = b.len;
	return buf_steal(&b);
}

#endif
