/*
 * stop.c - "durable stop": end an execution for good.
 *
 * Tries in turn to take the lock (it sleeps nowhere, then the end is written
 * here) and to connect to its engine, which ends what runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/command.h"
#include "base/fdio.h"
#include "base/time.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/hand_over.h"
#include "manage/outside.h"
#include "manage/paths.h"
#include "model/payload.h"
#include "outside/words.h"

static struct stop_words words = STOP_WORDS_DEFAULT;

static const struct option_spec options[] = {
	STOP_OPTIONS(words),
	{ 0 },
};

static int
stop_locked(struct context *c, void *arg, struct err *e)
{
	const char *error = arg;
	struct backend *b = context_backend(c);
	const struct execution_state *s = context_state(c);
	struct record r = { 0 };

	if (s->header.is_journal)
		return err_set(e, ERR_REFUSED,
		    "%s is a journal: there is nothing to stop",
		    context_path(c));
	if (s->ended != EVENT_NONE)
		return err_set(e, ERR_REFUSED, "%s has ended already",
		    s->header.name);
	if (drive_clear_left_overs(c, e) < 0)
		return -1;
	drive_set_clock(c);
	r.time = time_now();
	r.event = EVENT_EXECUTION_STOPPED;
	r.u.error = text_of(error);
	if (b->ops->event(b, &r, e) < 0)
		return -1;
	return b->ops->commit(b, true, e);
}

static int
run(struct call *call, struct err *e)
{
	struct request rq = { .type = MSG_STOP };
	struct outside o = { stop_locked, NULL, &rq, NULL, false };
	struct buf error;
	char *path;
	int result;

	if (remote_is_meant(&words.of, call->argv[0]))
		return hand_over(call, e);
	if (remote_check_unused(&words.of.remote, e) < 0 ||
	    !(path = paths_find_context(call->argv[0], e)))
		return -1;
	buf_init(&error, BUF_NO_MAX);
	error_put(words.type, words.reason, strlen(words.reason), NULL, 0,
	    &error);
	rq.error = (struct span){ buf_str(&error), error.len };
	o.arg = (void *)(uintptr_t)buf_str(&error);
	result = outside_do(path, &o, e);
	if (result == 0)
		fprintf(stderr, "durable: %s is stopped\n", call->argv[0]);
	buf_clear(&error);
	free(path);
	return result;
}

const struct command cmd_stop = {
	.name = "stop",
	.synopsis = "[OPTION...] NAME|CONTEXT|ARN",
	.summary = "end an execution for good",
	.group = GROUP_RUN,
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
