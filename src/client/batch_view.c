/*
 * batch_view.c - the batch result put together from branches, and what of it
 * is printed: shared by the first run and every replay.
 */
#include "client/branches.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static int
branch_outcome(const struct branch *br)
{
	switch (br->state) {
	case BRANCH_SUCCEEDED:
		return 'S';
	case BRANCH_FAILED:
		return 'F';
	case BRANCH_NEW:
	case BRANCH_OPENING:
	case BRANCH_LEFT_OUT:
		return 0;
	default:
		return '-';
	}
}

/* The exit status: 0, or the first failed branch's by index. */
static int
exit_status(const struct branches *b)
{
	if (batch_is_success(&b->rules, &b->counts))
		return 0;
	for (size_t i = 0; i < b->n; i++)
		if (b->list[i].state == BRANCH_FAILED)
			return outcome_status(STATUS_FAILED,
			    (struct span){ buf_str(&b->list[i].error),
				b->list[i].error.len });
	return 1;
}

void
branches_make_result(struct branches *b)
{
	struct batch_item *items = xcalloc(b->n + 1, sizeof(*items));
	struct batch_item *it;
	const struct branch *br;

	for (size_t i = 0; i < b->n; i++) {
		br = &b->list[i];
		it = &items[i];
		it->index = i;
		it->name = span_of(br->name);
		it->outcome = branch_outcome(br);
		if (br->value.len > 0)
			it->result = (struct span){ br->value.data,
				br->value.len };
		if (br->error.len > 0)
			it->error = (struct span){ br->error.data,
				br->error.len };
	}
	b->status = exit_status(b);
	buf_reset(&b->result);
	batch_put(&b->counts, b->reason, b->status, items, b->n, &b->result);
	free(items);
}

/* One result in the form in which its branch would have printed it. */
static int
print_each(const struct branches *b, struct span value, struct buf *out,
    struct err *e)
{
	enum payload_form form = output_form(&b->output);

	if (b->output.encode && !b->output.json)
		form = PAYLOAD_TEXT; /* decoded text is kept as text */
	return payload_print(form, b->batch.output.bare, value, out, e);
}

int
branches_print(const struct branches *b, struct span result, struct buf *out,
    struct err *e)
{
	struct span all, item, value;
	size_t pos = 0, n = 0;

	if (b->print == PRINT_BATCH) {
		buf_put(out, result.p, result.n);
		buf_put_char(out, '\n');
		return 0;
	}
	if (!result.p || !json_find(result, "all", &all))
		return err_set(e, ERR_CORRUPT,
		    "the recorded result is not that of a batch");
	if (b->print == PRINT_ARRAY)
		buf_put_char(out, '[');
	while (json_next_element(all, &pos, &item)) {
		if (!json_find(item, "result", &value))
			continue;
		if (b->print == PRINT_ARRAY) {
			buf_put_str(out, n++ > 0 ? "," : "");
			buf_put(out, value.p, value.n);
		} else if (print_each(b, value, out, e) < 0) {
			return -1;
		}
	}
	if (b->print == PRINT_ARRAY)
		buf_put_str(out, "]\n");
	return 0;
}

enum { LEFT_OUT = '.', CUT_OFF = '-' };

void
branches_put_summary(const struct branches *b, struct buf *out)
{
	int outcome;

	buf_printf(out,
	    "{\"completionReason\":\"%s\",\"exitStatus\":%d,\"outcomes\":\"",
	    batch_reason_name(b->reason), b->status);
	for (size_t i = 0; i < b->n; i++) {
		outcome = branch_outcome(&b->list[i]);
		buf_put_char(out, (char)(outcome ? outcome : LEFT_OUT));
	}
	buf_put_str(out, "\"}");
}

static enum batch_reason
take_reason(struct span name)
{
	const enum batch_reason all[] = { BATCH_MIN_SUCCESSFUL_REACHED,
		BATCH_FAILURE_TOLERANCE_EXCEEDED };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (name.n == strlen(batch_reason_name(all[i])) + 2 &&
		    memcmp(name.p + 1, batch_reason_name(all[i]), name.n - 2) ==
			0)
			return all[i];
	return BATCH_ALL_COMPLETED;
}

void
branches_take_summary(struct branches *b, struct span summary)
{
	struct span reason, outcomes;
	struct err ignored;

	/* Where items have come or gone they are all run, as without it. */
	if (!summary.p ||
	    json_check(summary.p, summary.n, &summary, &ignored) < 0 ||
	    json_kind(summary) != '{' ||
	    !json_find(summary, "completionReason", &reason) ||
	    !json_find(summary, "outcomes", &outcomes) ||
	    outcomes.n != b->n + 2)
		return;
	b->recorded_reason = take_reason(reason);
	for (size_t i = 0; i < b->n; i++) {
		if (outcomes.p[i + 1] == LEFT_OUT) {
			b->list[i].state = BRANCH_LEFT_OUT;
		} else if (outcomes.p[i + 1] == CUT_OFF) {
			b->list[i].state = BRANCH_CUT_OFF;
			b->counts.started++;
		} else {
			b->awaited++;
		}
	}
	if (b->awaited == 0)
		b->reason = b->recorded_reason;
}
