/*
 * queue.c - updates that the service has not acknowledged yet, in order.
 */
#include "lambda/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/xalloc.h"
#include "lambda/wire.h"
#include "model/text.h"

enum {
	FRAME = 4096, /* bytes of a body around its updates: the token's 2048 */
};

struct entry {
	const struct op *op; /* NULL: the execution itself */
	enum op_type type;
	enum op_action action;
	char *json;
	size_t n;
};

/* entry[0 .. n_sent) is under way, the rest waits. */
struct queue {
	struct entry *entry;
	size_t n, size, n_sent;
	size_t unsent_bytes;
};

struct queue *
queue_new(void)
{
	return xcalloc(1, sizeof(struct queue));
}

void
queue_free(struct queue *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->n; i++)
		free(q->entry[i].json);
	free(q->entry);
	free(q);
}

static void
add(struct queue *q, const struct op *op, const struct update *u)
{
	struct entry *entry;
	struct buf json;

	if (q->n == q->size) {
		q->size = q->size ? 2 * q->size : 16;
		q->entry = xreallocarray(q->entry, q->size, sizeof(*q->entry));
	}
	buf_init(&json, BUF_NO_MAX);
	wire_put_update(u, &json);
	entry = &q->entry[q->n++];
	entry->op = op;
	entry->type = u->type;
	entry->action = u->action;
	entry->n = json.len;
	entry->json = buf_steal(&json);
	q->unsent_bytes += entry->n + 1;
}

void
queue_add(struct queue *q, const struct op *op, const struct update *u)
{
	add(q, op, u);
}

void
queue_add_end(struct queue *q, struct span result)
{
	struct update u = { .id = "execution-result",
		.type = OP_EXECUTION,
		.action = ACTION_SUCCEED };

	u.payload = text_bytes(result.p, result.n);
	add(q, NULL, &u);
}

/* Whether entry i may stand in a request that has the entries before it. */
static bool
may_join(const struct queue *q, size_t i)
{
	const struct entry *e = &q->entry[i];
	size_t before = 0;
	bool after_start = false;

	for (size_t j = 0; j < i; j++) {
		if (q->entry[j].op != e->op)
			continue;
		before++;
		after_start = q->entry[j].action == ACTION_START;
	}
	return before == 0 ||
	    (before == 1 && after_start && e->action != ACTION_START &&
		(e->type == OP_STEP || e->type == OP_CONTEXT));
}

/* How many of the entries go into the next request. */
static size_t
count_fitting(const struct queue *q)
{
	size_t n = 0, bytes = FRAME;

	while (n < q->n && n < QUEUE_UPDATES_MAX && may_join(q, n)) {
		bytes += q->entry[n].n + 1;
		if (n > 0 && bytes > QUEUE_BYTES_MAX)
			break;
		n++;
	}
	return n;
}

int
queue_put_request(struct queue *q, const char *token, struct buf *out,
    size_t *n, struct err *e)
{
	char client_token[UUID_SIZE];

	if (random_uuid(client_token, e) < 0)
		return -1;
	*n = count_fitting(q);
	buf_put_str(out, "{\"CheckpointToken\":");
	json_escape(token, strlen(token), out);
	buf_printf(out, ",\"ClientToken\":\"%s\",\"Updates\":[", client_token);
	for (size_t i = 0; i < *n; i++) {
		if (i > 0)
			buf_put_char(out, ',');
		buf_put(out, q->entry[i].json, q->entry[i].n);
		q->unsent_bytes -= q->entry[i].n + 1;
		free(q->entry[i].json);
		q->entry[i].json = NULL;
	}
	buf_put_str(out, "]}");
	q->n_sent = *n;
	return 0;
}

size_t
queue_drop_sent(struct queue *q)
{
	size_t n = q->n_sent;

	if (n == 0)
		return 0;
	memmove(q->entry, q->entry + n, (q->n - n) * sizeof(*q->entry));
	q->n -= n;
	q->n_sent = 0;
	return n;
}

bool
queue_is_empty(const struct queue *q)
{
	return q->n == 0;
}

bool
queue_is_empty_behind_sent(const struct queue *q)
{
	return q->n == q->n_sent;
}

bool
queue_is_full(const struct queue *q)
{
	return q->n - q->n_sent >= QUEUE_UPDATES_MAX ||
	    q->unsent_bytes + FRAME >= QUEUE_BYTES_MAX;
}

bool
queue_has_unsent(const struct queue *q, const struct op *op)
{
	for (size_t i = q->n_sent; i < q->n; i++)
		if (q->entry[i].op == op)
			return true;
	return false;
}
