/*
 * rows.h - executions as aligned lines: name, status, start, and a time.
 *
 * Lines are aligned, so the first waits for the last.
 */
#ifndef DURABLE_ROWS_H
#define DURABLE_ROWS_H

#include "outside/view.h"

struct row {
	char *name, *status, *started;
	char *time; /* how long it took, or until when it waits; may be "" */
};

struct rows {
	struct row *rows;
	size_t n;
	int width; /* of the longest name */
};

/* All is copied; name and status are escaped. rows begin as { 0 }. */
void rows_add(struct rows *r, const char *name, const char *status,
    int64_t started, const char *time);

/* Prints them to standard output, on a terminal under a title, and frees. */
void rows_print(struct rows *r);

#endif
