/*
 * describe.h - one execution in words.
 */
#ifndef DURABLE_DESCRIBE_H
#define DURABLE_DESCRIBE_H

#include "outside/view.h"

/* A line of its own: where it is kept, which function it is of. */
struct fact {
	const char *title; /* at most 10 characters; NULL: the end */
	const char *text;
};

/* What is looked at; filled in by the caller, but for the last. */
struct look {
	const char *word; /* as typed, for hints */
	const struct fact *facts;
	const char *notes; /* lines that stand before the operations; or NULL */
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
