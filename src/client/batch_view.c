/*
 * batch_view.c - the batch result put together from branches, and what of it
 * is printed: shared by the first run and every replay.
 */
#include "client/branches.h"

#include <stdlib.h>

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
