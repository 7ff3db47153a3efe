/*
 * report.c - what a finished execution came to: result on stdout, one line on
 * stderr, the exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "manage/drive.h"
#include "model/error.h"
#include "outside/view.h"

static struct span
error_of(const struct execution_state *s)
{
	return (struct span){ s->error, s->error ? strlen(s->error) : 0 };
}

int
drive_status_of(const struct execution_state *s)
{
	int n;

	switch (s->ended) {
	case EVENT_EXECUTION_SUCCEEDED:
		return 0;
	case EVENT_EXECUTION_TIMED_OUT:
		return 124;
	case EVENT_EXECUTION_STOPPED:
		return 1;
	default:
		break;
	}
	n = error_status(error_of(s));
	/* These would be taken for our own; the true one is in the error. */
	return n == 75 || n == 124 || n == 125 || n > 128 ? 1 : n;
}

static const char *
ending_word(enum event_type t)
{
	switch (t) {
	case EVENT_EXECUTION_SUCCEEDED:
		return "succeeded";
	case EVENT_EXECUTION_TIMED_OUT:
		return "timed out";
	case EVENT_EXECUTION_STOPPED:
		return "was stopped";
	default:
		return "failed";
	}
}

static void
print_error(const struct execution_state *s)
{
	struct buf type, message, shown;

	buf_init(&type, BUF_NO_MAX);
	buf_init(&message, BUF_NO_MAX);
	buf_init(&shown, BUF_NO_MAX);
	json_unescape_member(error_of(s), "ErrorType", &type);
	json_unescape_member(error_of(s), "ErrorMessage", &message);
	text_escape(buf_str(&type), type.len, &shown);
	if (message.len > 0) {
		buf_put_str(&shown, ": ");
		text_escape(buf_str(&message), message.len, &shown);
	}
	if (shown.len > 0)
		fprintf(stderr, "durable: %s\n", buf_str(&shown));
	buf_clear(&type);
	buf_clear(&message);
	buf_clear(&shown);
}

static void
print_summary(const struct execution_state *s, const struct drive *d)
{
	struct buf took;

	buf_init(&took, BUF_NO_MAX);
	duration_format(s->ended_at - s->header.time, &took);
	fprintf(stderr, "durable: %s %s after %s", s->header.name,
	    ending_word(s->ended), buf_str(&took));
	if (d)
		fprintf(stderr, ": %llu operations run, %llu replayed",
		    (unsigned long long)d->counts.run,
		    (unsigned long long)d->counts.replayed);
	else
		fprintf(stderr, ": it had ended before, nothing was run");
	if (s->retries > 0)
		fprintf(stderr, ", %lld tried again", (long long)s->retries);
	if (d && d->failures > 0)
		fprintf(stderr, ", %d crashes", d->failures);
	fputc('\n', stderr);
	buf_clear(&took);
}

static void
print_next(const struct execution_state *s, const char *path)
{
	if (s->was_compensated)
		fprintf(stderr,
		    "durable: it was compensated, so it cannot be retried: "
		    "mend the cause, then " START_ANEW "\n");
	else
		fprintf(stderr,
		    "durable: mend the cause, then 'durable retry "
		    "%s' keeps what succeeded and goes on\n",
		    path);
}

int
drive_report(const struct execution_state *s, const char *path,
    const struct drive *d)
{
	struct err e;

	if (d && d->is_silent)
		return drive_status_of(s);
	if (s->ended == EVENT_EXECUTION_SUCCEEDED &&
	    view_print_result(s->result, &e) < 0) {
		fprintf(stderr,
		    "durable: the result is recorded but cannot be handed "
		    "out: %s; 'durable status %s' has it\n",
		    e.text, path);
		return 125;
	}
	if (s->ended != EVENT_EXECUTION_SUCCEEDED)
		print_error(s);
	if (!d || !d->quiet)
		print_summary(s, d);
	if (s->ended != EVENT_EXECUTION_SUCCEEDED)
		print_next(s, path);
	return drive_status_of(s);
}
