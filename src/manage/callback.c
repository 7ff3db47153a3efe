/*
 * callback.c - "durable callback success|failure|heartbeat": bring the outcome
 * of a callback, from anywhere.
 *
 * The id leads to the context file. It works whether the engine runs (it is
 * woken at once), sleeps, or is not there: then the outcome waits in the log
 * for the next resume.
 */
#include "store/callback.h"
#include <string.h>

#include "base/command.h"
#include "base/time.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/hand_over.h"
#include "manage/outside.h"
#include "outside/completion.h"

static struct completion_words words;

static const struct option_spec options[] = {
	COMPLETION_OPTIONS(words),
	{ 0 },
};

static int
complete_locked(struct context *c, void *arg, struct err *e)
{
	struct completion *done = arg;
	struct backend *b = context_backend(c);
	int64_t now;
	struct op *op;

	drive_set_clock(c);
	now = time_now();

	if (context_state(c)->ended != EVENT_NONE)
		return err_set(e, ERR_REFUSED,
		    "The callback is either timed out "
		    "or already completed: its execution has ended");
	/* What was due before comes first: it may have timed out by now. */
	if (b->ops->tick(b, now, e) < 0 ||
	    completion_record(b, done, now, &op, e) < 0)
		return -1;
	return b->ops->commit(b, true, e);
}

/* Whether the outcome that the log has is the one that we have brought. */
static bool
is_recorded(const char *path, const struct completion *done)
{
	struct table *t = table_new();
	struct execution_state s;
	const struct op *op = NULL;
	struct err ignored;
	bool same = false;

	if (context_read(path, &s, t, NULL, NULL, &ignored) == 0)
		op = callback_find(t, done->id.p);
	if (op && op->status == done->status)
		same = text_equal(op->result,
			   text_bytes(done->result.p, done->result.n)) &&
		    text_equal(op->error,
			text_bytes(done->error.p, done->error.n));
	execution_state_clear(&s);
	table_free(t);
	return same;
}

static int
complete(const char *path, struct completion *done, struct err *e)
{
	struct request rq = { .type = MSG_COMPLETE };
	struct outside o = { complete_locked, done, &rq, NULL, false };
	int result;

	rq.op_type = OP_CALLBACK;
	rq.id = done->id;
	rq.number = (uint32_t)done->status;
	rq.payload = done->result;
	rq.error = done->error;
	result = outside_do(path, &o, e);
	/* The engine took it and was killed before it could say so. */
	if (result < 0 && e->code == ERR_REFUSED && o.was_lost &&
	    is_recorded(path, done))
		result = 0;
	if (result < 0 && e->code == ERR_MISSING)
		err_set(e, ERR_REFUSED,
		    "Invalid callback id: its execution is "
		    "not there (any more)");
	return result;
}

/* An id of our own leads to a file; any other of its form may be one of
 * Lambda's, which are opaque: base64. */
static bool
may_be_foreign(const char *id)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/=_-";
	size_t n = strspn(id, base64);

	return n > 0 && n <= CALLBACK_ID_MAX && id[n] == '\0';
}

static int
run(struct call *c, struct err *e)
{
	struct completion done;
	struct buf text, path;
	int result = -1;

	buf_init(&text, BUF_NO_MAX);
	buf_init(&path, BUF_NO_MAX);
	if (c->argc > 1 && callback_id_path(c->argv[1], &path, e) < 0) {
		if (may_be_foreign(c->argv[1]))
			result = hand_over(c, e);
	} else if (remote_check_unused(&words.remote, e) == 0 &&
	    completion_parse(c, &words, &done, &text, e) == 0) {
		result = complete(buf_str(&path), &done, e);
	}
	buf_clear(&text);
	buf_clear(&path);
	return result;
}

const struct command cmd_callback = {
	.name = "callback",
	.synopsis = "success ID [VALUE] | failure ID [MESSAGE] | heartbeat ID",
	.summary = "bring the outcome of a callback",
	.group = GROUP_HIDDEN,
	.options = options,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
