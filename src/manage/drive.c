/*
 * drive.c - invocation, sleep, invocation.
 *
 * Every start is a recovery: the log says what is done, and whatever an
 * earlier engine left running is ended first. A sleeping run holds only the
 * lock, a socket and a timer; when it wakes it executes itself by name, which
 * loads the log afresh and lets an upgrade take effect.
 */
#include "manage/drive.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/install.h"
#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/reap.h"
#include "engine/signals.h"
#include "engine/workflow.h"
#include "manage/child.h"
#include "manage/paths.h"
#include "manage/sleep.h"
#include "model/payload.h"
#include "proto/socket.h"
#include "store/arn.h"

enum {
	CRASHES_MAX = 6,
	LEFT_OVER_MS = 2000,
	STATUS_SUSPENDED = 75,
	STATUS_TIMEOUT = 124,
	STATUS_OURS = 125,
};

extern char **environ;

void
drive_init(struct drive *d, const char *path)
{
	memset(d, 0, sizeof(*d));
	d->path = path;
	d->listen_fd = -1;
}

void
drive_notice(const char *line)
{
	fprintf(stderr, "durable: %s\n", line);
}

char *
drive_arn(const struct header *h)
{
	return arn_make(h->name, h->id);
}

static void say(const struct drive *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(const struct drive *d, const char *fmt, ...)
{
	va_list ap;

	if (d->quiet)
		return;
	fprintf(stderr, "durable: %s ", context_state(d->context)->header.name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* Recording. */

static int
record_event(struct drive *d, enum event_type type, const char *payload,
    const char *error, struct err *e)
{
	struct backend *b = context_backend(d->context);
	struct record r = { 0 };

	r.time = time_now();
	r.event = type;
	r.u.payload = text_of(payload);
	r.u.error = text_of(error);
	if (b->ops->event(b, &r, e) < 0)
		return -1;
	return b->ops->commit(b, true, e);
}

/* Left-overs of an engine that died. */

int
drive_clear_left_overs(struct context *c, struct err *e)
{
	const struct last_invocation *last = &context_state(c)->last;
	struct backend *b = context_backend(c);
	struct record r = { 0 };
	struct buf error;
	char *tmpdir;
	int result;

	if (!last->is_open)
		return 0;
	if (reap_invocation(last->token, server_is_daemon, b->table,
		LEFT_OVER_MS, e) < 0)
		return -1;
	tmpdir = server_tmpdir(last->token);
	server_remove_tmpdir(tmpdir);
	free(tmpdir);
	if (last->socket)
		socket_remove(last->socket);
	buf_init(&error, BUF_NO_MAX);
	error_put("Runtime.ExitError", "the engine was killed", 21, NULL, 0,
	    &error);
	r.time = time_now();
	r.event = EVENT_INVOCATION_COMPLETED;
	r.invocation = text_of(last->token);
	r.start = last->start;
	r.outcome = text_of("LOST");
	r.u.error = text_of(buf_str(&error));
	result = b->ops->event(b, &r, e);
	if (result == 0)
		result = b->ops->commit(b, false, e);
	buf_clear(&error);
	return result;
}

/* The environment of the handler. */

const char *
drive_setting(const struct context *c, const char *name)
{
	const char *kept = environ_value(context_state(c)->header.env, name);

	return kept ? kept : getenv(name);
}

static char **
make_environment(const struct drive *d)
{
	const struct header *h = &context_state(d->context)->header;
	char **env = environ_copy(environ), *bin, *path, *name;
	const char *old;
	char *clock;

	for (size_t i = 0; d->is_resume && h->env && h->env[i]; i++) {
		name = xstrdup(h->env[i]);
		name[strcspn(name, "=")] = '\0';
		environ_set(&env, name,
		    strchr(h->env[i], '=') ? strchr(h->env[i], '=') + 1 : "");
		free(name);
	}
	old = "/usr/local/bin:/usr/bin:/bin";
	for (size_t i = 0; env[i]; i++)
		if (strncmp(env[i], "PATH=", 5) == 0)
			old = env[i] + 5;
	bin = install_bin_folder();
	path = strncmp(old, bin, strlen(bin)) == 0 && old[strlen(bin)] == ':'
	    ? xstrdup(old)
	    : xasprintf("%s:%s", bin, old);
	environ_set(&env, "PATH", path);
	environ_set(&env, "DURABLE_STRICT", d->strict ? "1" : NULL);
	clock = xasprintf("%lld",
	    (long long)context_state(d->context)->clock_offset);
	environ_set(&env, "DURABLE_CLOCK_OFFSET",
	    strcmp(clock, "0") != 0 ? clock : NULL);
	free(clock);
	environ_set(&env, "DURABLE_SKIP_TIME",
	    d->skip_time == SKIP_ALL         ? "all"
		: d->skip_time == SKIP_WAITS ? "waits"
					     : NULL);
	environ_set(&env, "DURABLE_VERBOSE", d->verbose ? "1" : NULL);
	free(path);
	free(bin);
	return env;
}

/* One invocation, or with serve_only a look at who is knocking. */
static int
invoke(struct drive *d, bool serve_only, struct invocation_result *r,
    struct err *e)
{
	const struct header *h = &context_state(d->context)->header;
	char *arn = drive_arn(h), **env = make_environment(d);
	char *program = install_program("durable-engine");
	struct server_job job;
	int result;

	server_job_init(&job, d->context, env);
	job.arn = arn;
	job.program = program;
	job.argv = h->argv;
	job.cwd = h->cwd;
	job.umask = (int)h->umask;
	job.strict = d->strict;
	job.leaves_early = d->no_wait;
	job.serve_only = serve_only;
	job.listen_fd = d->listen_fd;
	job.socket = d->socket;
	job.show_status = !d->quiet && isatty(STDERR_FILENO);
	job.execution_due = execution_deadline(context_state(d->context));
	result = server_run(&job, r, e);
	d->counts.run += r->counts.run;
	d->counts.replayed += r->counts.replayed;
	environ_free(env);
	free(program);
	free(arn);
	return result;
}

/* Ends. */

static int
end_succeeded(struct drive *d, struct invocation_result *r, struct err *e)
{
	struct buf result;
	int got;

	buf_init(&result, BUF_NO_MAX);
	if (r->has_result)
		buf_put(&result, r->result.data, r->result.len);
	else if (payload_of_output(&r->output, &result, e) < 0)
		return -1;
	if (r->has_result && d->verbose && r->output.len > 0)
		(void)fwrite(r->output.data, 1, r->output.len, stderr);
	got = record_event(d, EVENT_EXECUTION_SUCCEEDED,
	    result.len > 0 ? buf_str(&result) : NULL, NULL, e);
	buf_clear(&result);
	return got;
}

/* After a crash: again after 1, 2, 4, 8, 16 seconds; the sixth is the end. */
static int
after_crash(struct drive *d, const struct invocation_result *r, bool *is_over,
    struct err *e)
{
	int n = context_state(d->context)->crashes;
	struct buf error;
	int result;

	*is_over = n >= CRASHES_MAX;
	d->failures++;
	if (!*is_over) {
		say(d, "crashed (%s): it is run again in %d s", r->text,
		    1 << (n > 0 ? n - 1 : 0));
		return 0;
	}
	buf_init(&error, BUF_NO_MAX);
	error_put("Runtime.ExitError", r->text, strlen(r->text), NULL, 0,
	    &error);
	result = record_event(d, EVENT_EXECUTION_FAILED, NULL, buf_str(&error),
	    e);
	buf_clear(&error);
	return result;
}

static int
end_timed_out(struct drive *d, struct err *e)
{
	const struct header *h = &context_state(d->context)->header;
	struct buf error;
	char *text = xasprintf("Execution timed out after %lld seconds.",
	    (long long)h->timeout_s);
	int result;

	buf_init(&error, BUF_NO_MAX);
	error_put("Execution.Timeout", text, strlen(text), NULL, 0, &error);
	result = record_event(d, EVENT_EXECUTION_TIMED_OUT, NULL,
	    buf_str(&error), e);
	buf_clear(&error);
	free(text);
	return result;
}

static void
say_how_to_go_on(const struct drive *d)
{
	fprintf(stderr,
	    "durable: nothing is lost: 'durable resume %s' goes on "
	    "from here\n",
	    d->path);
}

/*
 * What an invocation's end means. Returns 0 to go on (sleep or start again), 1
 * when *status is the exit status, -1.
 */
static int
take_end(struct drive *d, struct invocation_result *r, int *status,
    struct err *e)
{
	bool is_over = true;
	int result = 0;

	switch (r->how) {
	case END_SUSPENDED:
	case END_JOURNAL:
	case END_SERVED:
	case END_OUT_OF_TIME:
		return 0;
	case END_SUCCEEDED:
		result = end_succeeded(d, r, e);
		break;
	case END_FAILED:
		/* It is no result; but it may say what went wrong. */
		(void)fwrite(buf_str(&r->output), 1, r->output.len, stderr);
		result = record_event(d, EVENT_EXECUTION_FAILED, NULL,
		    buf_str(&r->error), e);
		break;
	case END_STOPPED:
		result = record_event(d, EVENT_EXECUTION_STOPPED, NULL,
		    r->error.len > 0 ? buf_str(&r->error) : "{}", e);
		break;
	case END_TIMED_OUT:
		result = end_timed_out(d, e);
		break;
	case END_CRASHED:
		result = after_crash(d, r, &is_over, e);
		break;
	case END_INTERRUPTED:
		say(d, "was interrupted by signal %d", r->signal);
		say_how_to_go_on(d);
		*status = 128 + r->signal;
		return 1;
	case END_REFUSED:
		fprintf(stderr, "durable: %s\n", r->text);
		fprintf(stderr,
		    "durable: the execution is left as it was: mend "
		    "the cause, then 'durable resume %s'\n",
		    d->path);
		*status = STATUS_OURS;
		return 1;
	}
	if (result < 0)
		return -1;
	if (is_over)
		*status = drive_report(context_state(d->context), d->path, d);
	return is_over ? 1 : 0;
}

/* Whether the log names our socket, by which we are found while we sleep. It
 * names that of the last engine that has started an invocation, which is ours
 * too unless it could not be taken again. */
static bool
is_known(const struct drive *d)
{
	const char *socket = context_state(d->context)->last.socket;

	return socket && strcmp(socket, d->socket) == 0;
}

/* Whether the handler must be started: not when all that it waits for is
 * still to come. *due is when it is to be started at the latest. */
static bool
is_startable(struct drive *d, int64_t *due)
{
	const struct execution_state *s = context_state(d->context);
	struct backend *b = context_backend(d->context);
	int64_t now = time_now(), end = execution_deadline(s);

	*due = now;
	if (s->crashes > 0 && s->last.outcome &&
	    strcmp(s->last.outcome, "CRASHED") == 0) {
		*due = s->last.end + (1000LL << (s->crashes - 1));
		return *due <= now;
	}
	if (s->changed_since || !s->last.outcome ||
	    strcmp(s->last.outcome, "PENDING") != 0 ||
	    (!d->has_invoked && child_is_awaited(b->table)) ||
	    (!d->no_wait && !is_known(d)))
		return true;
	*due = b->ops->next_due(b);
	if (end < *due)
		*due = end;
	return *due <= now;
}

/* Suspended, and not to be waited for. */
static int
leave(struct drive *d, int64_t due)
{
	struct buf text;

	d->due = due;
	buf_init(&text, BUF_NO_MAX);
	if (due == TIME_NEVER)
		buf_put_str(&text, "an event from outside");
	else
		time_format_local(due, &text);
	say(d, "is suspended until %s", buf_str(&text));
	buf_clear(&text);
	return STATUS_SUSPENDED;
}

void
drive_set_clock(const struct context *c)
{
	time_set_offset(context_state(c)->clock_offset);
}

int
drive_parse_skip(const char *text, enum skip *out, struct err *e)
{
	*out = SKIP_NONE;
	if (!text || !*text || strcmp(text, "0") == 0)
		return 0;
	if (strcmp(text, "all") == 0)
		*out = SKIP_ALL;
	else if (strcmp(text, "1") == 0 || strcmp(text, "waits") == 0)
		*out = SKIP_WAITS;
	else
		return err_set(e, ERR_USAGE, "--skip-time=%s: use waits or all",
		    text);
	return 0;
}

static int
prepare(struct drive *d, struct err *e)
{
	drive_set_clock(d->context);
	if (!reap_become_subreaper())
		say(d,
		    "this system has no child subreaper: processes that "
		    "leave their group are not ended");
	if (signals_start(e) < 0 || drive_clear_left_overs(d->context, e) < 0)
		return -1;
	if (d->listen_fd < 0)
		d->listen_fd =
		    socket_listen(context_state(d->context)->last.socket,
			&d->socket, e);
	return d->listen_fd < 0 ? -1 : 0;
}

/* Sleeps, or leaves: 0 to go on, 1 with *status, -1. */
static int
wait_until(struct drive *d, int64_t due, int *status, struct err *e)
{
	enum woken woken;

	if (d->no_wait) {
		*status = leave(d, due);
		return 1;
	}
	woken = sleep_until(d, due, e);
	if (woken == WOKEN_FAILED)
		return -1;
	if (woken == WOKEN_BY_SIGNAL) {
		fprintf(stderr, "durable: interrupted while waiting\n");
		say_how_to_go_on(d);
		*status = 128 + d->signal;
		return 1;
	}
	return 0;
}

struct next {
	enum skip skip;
	int64_t due;
};

static int
look_for_next(struct op *op, void *arg)
{
	struct next *n = arg;
	int64_t due = TIME_NEVER;

	if ((op->type == OP_WAIT && op->status == STATUS_STARTED) ||
	    (op->type == OP_STEP && op->status == STATUS_PENDING) ||
	    (n->skip == SKIP_ALL && op->type == OP_CALLBACK &&
		op->status == STATUS_STARTED))
		due = op->due;
	if (due > 0 && due < n->due)
		n->due = due;
	if (n->skip == SKIP_ALL && op->type == OP_CALLBACK &&
	    op->status == STATUS_STARTED && op->heartbeat_due > 0 &&
	    op->heartbeat_due < n->due)
		n->due = op->heartbeat_due;
	return 0;
}

/*
 * --skip-time: nothing runs, so the clock jumps to what is due next. What
 * somebody outside must answer by moves along, but for SKIP_ALL. 1: it jumped.
 */
static int
skip_time(struct drive *d, struct err *e)
{
	struct next n = { d->skip_time, TIME_NEVER };
	struct backend *b = context_backend(d->context);
	struct record r = { 0 };
	int64_t jump, end = execution_deadline(context_state(d->context));

	if (d->skip_time == SKIP_NONE)
		return 0;
	(void)table_each(b->table, look_for_next, &n);
	if (d->skip_time == SKIP_ALL && end < n.due)
		n.due = end;
	if (n.due == TIME_NEVER || child_is_awaited(b->table))
		return 0;
	jump = n.due - time_now();
	if (jump <= 0)
		return 1;
	r.event = EVENT_CLOCK_SKIPPED;
	r.offset = context_state(d->context)->clock_offset + jump;
	r.start = d->skip_time == SKIP_ALL ? 0 : jump;
	r.time = time_now() + jump;
	if (b->ops->event(b, &r, e) < 0 || b->ops->commit(b, false, e) < 0)
		return -1;
	drive_set_clock(d->context);
	return 1;
}

static int
drive_loop(struct drive *d, struct err *e)
{
	struct invocation_result r;
	int64_t due;
	int status = STATUS_OURS, got;

	for (;;) {
		if (context_state(d->context)->ended != EVENT_NONE)
			return drive_report(context_state(d->context), d->path,
			    d);
		if (!d->is_knocked && !is_startable(d, &due)) {
			got = skip_time(d, e);
			if (got == 0)
				got = wait_until(d, due, &status, e);
			else if (got > 0)
				continue;
			if (got != 0)
				return got < 0 ? -1 : status;
		}
		if (!d->is_knocked &&
		    execution_deadline(context_state(d->context)) <=
			time_now()) {
			if (end_timed_out(d, e) < 0)
				return -1;
			continue;
		}
		invocation_result_init(&r);
		got = invoke(d, d->is_knocked, &r, e);
		d->has_invoked = true;
		d->is_knocked = false;
		if (got == 0)
			got = take_end(d, &r, &status, e);
		invocation_result_clear(&r);
		if (got != 0)
			return got < 0 ? -1 : status;
	}
}

int
drive_run(struct drive *d, struct err *e)
{
	int result = -1;

	if (prepare(d, e) == 0)
		result = drive_loop(d, e);
	/* Before the parent is told: until then it starts another engine, which
	 * takes the socket over when this one is killed here. */
	if (d->listen_fd >= 0)
		close(d->listen_fd);
	if (d->socket)
		socket_remove(d->socket);
	free(d->socket);
	d->socket = NULL;
	d->listen_fd = -1;
	if (result >= 0 && d->context &&
	    child_complete_parent(context_state(d->context), e) < 0)
		result = -1;
	signals_stop();
	context_close(d->context, false);
	d->context = NULL;
	return result;
}
