/*
 * tell.h - what is told to durable.sh: text for the eval of the shell that
 * started this process, written to descriptor 8.
 */
#ifndef DURABLE_TELL_H
#define DURABLE_TELL_H

#include "base/buf.h"
#include "base/err.h"

enum { TELL_FD = 8 };

/* Appends text as one word. It stays on one line: a newline in it becomes
 * $_durable_nl. */
void tell_put_word(const char *text, struct buf *out);

/* Appends a line NAME='value'. */
void tell_put_assignment(const char *name, const char *value, struct buf *out);

/* Appends a line that puts entry, "NAME=value", into the environment. */
void tell_put_export(const char *entry, struct buf *out);

/* Makes an empty file in TMPDIR, its path allocated in *path. Returns a
 * descriptor, or -1. */
int tell_make_file(char **path, struct err *e) MUST_USE;

#endif
