/*
 * batch.c - when a parallel or map is complete, and its result.
 */
#include "model/batch.h"

#include <string.h>

enum { STATUS_MAX = 255 };

static bool
has_tolerance(const struct batch_rules *r)
{
	return r->tolerated_count >= 0 || r->tolerated_percentage >= 0;
}

static bool
is_tolerance_exceeded(const struct batch_rules *r, const struct batch_counts *c)
{
	if (r->tolerated_count >= 0 &&
	    (uint64_t)c->failed > (uint64_t)r->tolerated_count)
		return true;
	return r->tolerated_percentage >= 0 && c->total > 0 &&
	    100.0 * (double)c->failed / (double)c->total >
	    r->tolerated_percentage;
}

static bool
has_minimum(const struct batch_rules *r)
{
	return r->min_successful >= 0;
}

static bool
is_minimum_reached(const struct batch_rules *r, const struct batch_counts *c)
{
	return has_minimum(r) &&
	    (uint64_t)c->succeeded >= (uint64_t)r->min_successful;
}

static const char *
outcome_name(int outcome)
{
	switch (outcome) {
	case 'S':
		return "SUCCEEDED";
	case 'F':
		return "FAILED";
	default:
		return "STARTED";
	}
}

static void
put_span(const char *key, struct span v, struct buf *out)
{
	if (!v.p)
		return;
	buf_printf(out, ",\"%s\":", key);
	buf_put(out, v.p, v.n);
}

static void
put_item(const struct batch_item *item, struct buf *out)
{
	buf_printf(out, "{\"index\":%zu", item->index);
	if (item->name.p) {
		buf_put_str(out, ",\"name\":");
		json_escape(item->name.p, item->name.n, out);
	}
	buf_printf(out, ",\"status\":\"%s\"", outcome_name(item->outcome));
	put_span("result", item->result, out);
	put_span("error", item->error, out);
	buf_put_char(out, '}');
}

void
batch_rules_init(struct batch_rules *r)
{
	*r = (struct batch_rules){
		.min_successful = -1,
		.tolerated_count = -1,
		.tolerated_percentage = -1,
	};
}

const char *
batch_reason_name(enum batch_reason reason)
{
	static const char *const names[] = {
		[BATCH_OPEN] = "OPEN",
		[BATCH_ALL_COMPLETED] = "ALL_COMPLETED",
		[BATCH_MIN_SUCCESSFUL_REACHED] = "MIN_SUCCESSFUL_REACHED",
		[BATCH_FAILURE_TOLERANCE_EXCEEDED] =
		    "FAILURE_TOLERANCE_EXCEEDED",
	};

	return names[reason];
}

enum batch_reason
batch_decide(const struct batch_rules *r, const struct batch_counts *c)
{
	if (is_tolerance_exceeded(r, c))
		return BATCH_FAILURE_TOLERANCE_EXCEEDED;
	if (c->succeeded + c->failed >= c->total)
		return BATCH_ALL_COMPLETED;
	if (is_minimum_reached(r, c))
		return BATCH_MIN_SUCCESSFUL_REACHED;
	return BATCH_OPEN;
}

bool
batch_is_success(const struct batch_rules *r, const struct batch_counts *c)
{
	if (c->failed == 0)
		return true;
	if (is_tolerance_exceeded(r, c))
		return false;
	if (has_minimum(r))
		return is_minimum_reached(r, c);
	return has_tolerance(r);
}

void
batch_put(const struct batch_counts *c, enum batch_reason reason,
    int exit_status, const struct batch_item *items, size_t n, struct buf *out)
{
	size_t finished = c->succeeded + c->failed;
	size_t unfinished = c->started > finished ? c->started - finished : 0;
	bool is_first = true;

	buf_printf(out, "{\"status\":\"%s\",\"completionReason\":\"%s\"",
	    c->failed > 0 ? "FAILED" : "SUCCEEDED", batch_reason_name(reason));
	buf_printf(out,
	    ",\"successCount\":%zu,\"failureCount\":%zu,\"startedCount\":%zu",
	    c->succeeded, c->failed, unfinished);
	buf_printf(out, ",\"totalCount\":%zu,\"all\":[", c->started);
	for (size_t i = 0; i < n; i++) {
		if (items[i].outcome == 0)
			continue;
		if (!is_first)
			buf_put_char(out, ',');
		is_first = false;
		put_item(&items[i], out);
	}
	buf_put_char(out, ']');
	if (exit_status != 0)
		buf_printf(out, ",\"exitStatus\":%d", exit_status);
	buf_put_char(out, '}');
}

int
batch_exit_status(struct span batch)
{
	struct span v;
	struct err ignored;
	int status = 0;

	/* With --encode a command of the user's wrote it: it may be anything. */
	if (!batch.p || json_check(batch.p, batch.n, &batch, &ignored) < 0 ||
	    json_kind(batch) != '{' || !json_find(batch, "exitStatus", &v))
		return 0;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9' || status > STATUS_MAX)
			return 0;
		status = status * 10 + (v.p[i] - '0');
	}
	return status > STATUS_MAX ? 0 : status;
}

bool
batch_is_failure(struct span batch)
{
	return batch_exit_status(batch) != 0;
}

void
batch_put_first_error(struct span batch, struct buf *out)
{
	struct span all, item, status, error;
	struct err ignored;
	size_t pos = 0;

	if (!batch.p || json_check(batch.p, batch.n, &batch, &ignored) < 0 ||
	    json_kind(batch) != '{' || !json_find(batch, "all", &all) ||
	    json_kind(all) != '[')
		return;
	while (json_next_element(all, &pos, &item)) {
		if (json_kind(item) != '{' ||
		    !json_find(item, "status", &status) ||
		    strncmp(status.p, "\"FAILED\"", 8) != 0 ||
		    !json_find(item, "error", &error) ||
		    json_kind(error) != '{')
			continue;
		buf_put(out, error.p, error.n);
		return;
	}
}
