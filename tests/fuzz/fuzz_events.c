/*
 * fuzz_events.c - any history of the service is shown, whatever is in it.
 *
 * The input is a JSON array of events; what is none is left to others.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lambda/events.h"
#include "outside/describe.h"
#include "outside/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char arn[] = "arn:aws:lambda:eu-west-1:123456789012:function:f:1"
			  "/durable-execution/one/0b6c1f1e";

/* Nothing that could steer a terminal comes through. */
static void
require_plain(const struct buf *out)
{
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)out->data[i] < ' ' && out->data[i] != '\n')
			abort();
}

static void
take_all(struct events *ev, const struct header *h, struct span list,
    struct buf *out)
{
	const struct op *op;
	const char *type;
	struct span event;
	struct record r;
	size_t pos = 0;

	while (json_next_element(list, &pos, &event)) {
		if (json_kind(event) != '{')
			continue;
		type = events_take(ev, event, &r, &op);
		if (strcmp(type, "ExecutionStarted") == 0)
			timeline_put_start(h, out);
		else
			timeline_put(h, &r, op, type, out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct fact facts[] = { { "arn", arn }, { NULL, NULL } };
	struct look l = { .word = arn, .facts = facts, .now = 1767323045123 };
	char *copy = malloc(n + 1);
	struct events *ev;
	struct span list;
	struct err e;

	if (!copy)
		return 0;
	memcpy(copy, data, n);
	copy[n] = '\0';
	if (json_check(copy, n, &list, &e) == 0 && json_kind(list) == '[') {
		l.table = table_new();
		ev = events_new(&l.s, l.table, arn);
		buf_init(&l.out, BUF_NO_MAX);
		take_all(ev, &l.s.header, list, &l.out);
		l.state = view_state_of(&l.s);
		describe(&l);
		require_plain(&l.out);
		events_free(ev);
		execution_state_clear(&l.s);
		table_free(l.table);
		buf_clear(&l.out);
	}
	free(copy);
	return 0;
}
