/*
 * prices.h - what AWS Lambda durable functions cost and where their limits are.
 *
 * One table of numbers, each with a key. Prices change and some limits could
 * not be confirmed, so a file may give every number anew.
 */
#ifndef DURABLE_PRICES_H
#define DURABLE_PRICES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

enum price_key {
	PRICE_OPERATIONS, /* a million of them */
	PRICE_WRITTEN,    /* a GB, of 10^9 bytes */
	PRICE_RETAINED,   /* a GB for a month of 30 days */
	PRICE_REQUESTS,   /* a million invocations */
	PRICE_COMPUTE,    /* a GB of memory for a second */
	PRICE_MEMORY,     /* of the function, MB */
	PRICE_RETENTION,  /* days after the end */
	MOST_OPERATIONS,
	MOST_DATA,           /* bytes kept for an execution */
	MOST_PAYLOAD,        /* bytes of a step's or context's result */
	MOST_CALLBACK,       /* bytes of a callback's result */
	MOST_INVOKE,         /* bytes of a chained invoke's input or result */
	MOST_ERROR,          /* bytes of an update with an error */
	MOST_EXECUTION,      /* bytes of an execution's input or result */
	MOST_EXECUTION_SYNC, /* the same, invoked synchronously */
	MOST_SECONDS,        /* from start to end */
	MOST_SECONDS_SYNC,   /* the same, invoked synchronously */
	MOST_INVOCATION,     /* seconds of one invocation */
	PRICE_KEYS,
};

enum { PRICE_WORD_SIZE = 32 };

struct prices {
	double value[PRICE_KEYS];
	bool is_unconfirmed[PRICE_KEYS]; /* false for what a file gives */
	char region[PRICE_WORD_SIZE];
	char date[PRICE_WORD_SIZE]; /* when the prices were put down */
	char currency[PRICE_WORD_SIZE];
};

/* The built-in table. */
void prices_init(struct prices *p);

/*
 * Takes what the file at path gives in place of what p has: lines `KEY VALUE`,
 * `#` to the end of a line is a comment. ERR_USAGE: an unknown key, one that is
 * given twice, a value that is no number (each with the file and the line);
 * ERR_IO: the file cannot be read.
 */
int prices_read(struct prices *p, const char *path, struct err *e) MUST_USE;

/* In the form that prices_read takes. */
void prices_print(const struct prices *p, FILE *out);

#endif
