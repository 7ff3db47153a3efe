/*
 * files.h - files as a step's outcome: --output and --sync.
 *
 * A file is on disk before the record says so. Its size and XXH3 hash are
 * recorded with the value: {"$files":[{"name":..,"size":..,"xxh3":".."}],
 * "$value":V}; `durable status` compares.
 */
#ifndef DURABLE_FILES_H
#define DURABLE_FILES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/options.h"

struct files {
	const char *output;        /* standard output goes there, or NULL */
	struct string_list synced; /* files that the command wrote itself */

	/* in the course of it */
	char *temporary; /* beside output, or NULL */
	int fd;          /* of it; -1 */
};

bool files_are_asked(const struct files *f);

/* Opens the temporary file beside output; f->fd is to be the command's
 * standard output. Nothing without output. */
int files_begin(struct files *f, struct err *e) MUST_USE;

/* The attempt has failed: the temporary file goes. */
void files_forget(struct files *f);

/* Syncs, renames, syncs the folders. */
int files_commit(struct files *f, struct err *e) MUST_USE;

/* Appends the value wrapped with what is to be known of the files. */
int files_wrap(const struct files *f, struct span value, struct buf *out,
    struct err *e) MUST_USE;

/* The value in a wrapped payload; anything else as it is. */
struct span files_unwrap(struct span wrapped);

#endif
