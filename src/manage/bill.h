/*
 * bill.h - what an execution's usage costs, and which limits it breaks.
 */
#ifndef DURABLE_BILL_H
#define DURABLE_BILL_H

#include "manage/prices.h"
#include "manage/usage.h"

/* What is paid for. */
enum bill_item {
	ITEM_OPERATIONS,
	ITEM_WRITTEN,
	ITEM_RETAINED,
	ITEM_REQUESTS,
	ITEM_COMPUTE,
	ITEMS,
};

struct bill {
	struct prices prices; /* these two and is_sync by the caller */
	struct usage usage;
	bool is_sync; /* its caller waits for the result */
	double item[ITEMS], total;
	int broken; /* how many limits */
};

/* Fills in the rest. */
void bill_reckon(struct bill *b);

/* Appends tables for people; name is the execution's, escaped by us. */
void bill_put(const struct bill *b, const char *name, struct buf *out);

/* Appends the members of an object, each with a comma before it. */
void bill_put_json(const struct bill *b, struct buf *out);

#endif
