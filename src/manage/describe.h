/*
 * describe.h - one execution in words.
 */
#ifndef DURABLE_DESCRIBE_H
#define DURABLE_DESCRIBE_H

#include "manage/view.h"

/* What is looked at; filled in by the caller, but for the last. */
struct look {
	const char *word; /* as typed, for hints */
	const char *path;
	struct execution_state s;
	struct table *table;
	int64_t now;
	enum view_state state;
	struct buf out; /* initialised by the caller */
	int width;      /* of the longest noun and name; 0 at first */
};

/* Appends to l->out. Recorded text is escaped, so that it cannot steer a
 * terminal. */
void describe(struct look *l);

#endif
