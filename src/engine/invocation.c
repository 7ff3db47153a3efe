/*
 * invocation.c - one invocation: started, watched, suspended, ended.
 *
 * The end is the same whatever the reason: everything below is killed and
 * reaped, and one record says that the invocation is over. Nothing that
 * recovery needs is done here; an engine that dies instead leaves the same
 * work to the next one.
 */
#include "engine/invocation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/random.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/conn.h"
#include "engine/deadline.h"
#include "engine/distant.h"
#include "engine/invoke.h"
#include "engine/quiet.h"
#include "engine/reap.h"
#include "engine/signals.h"
#include "engine/status_line.h"
#include "engine/workflow.h"
#include "model/payload.h"
#include "proto/socket.h"

enum {
	END_LIMIT_MS = 2000,
	TOKEN_BYTES = 16,
	SERVE_MS = 200, /* for who has connected and not asked yet */
	HOLD_MS = 250,
	PAYLOAD_DEFAULT = 16 * 1024 * 1024,
	PAYLOAD_MAX = 200 * 1024 * 1024,
};

void
invocation_result_init(struct invocation_result *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->result, BUF_NO_MAX);
	buf_init(&r->output, BUF_NO_MAX);
	buf_init(&r->error, BUF_NO_MAX);
}

void
invocation_result_clear(struct invocation_result *r)
{
	buf_clear(&r->result);
	buf_clear(&r->output);
	buf_clear(&r->error);
}

void
invocation_say(struct server *s, const char *line)
{
	struct buf text;

	buf_init(&text, BUF_NO_MAX);
	text_escape(line, strlen(line), &text);
	if (s->status_shown_at != 0)
		fputs("\r\033[K", stderr);
	fprintf(stderr, "durable: %s\n", buf_str(&text));
	buf_clear(&text);
}

uint64_t
invocation_payload_max(char *const *env)
{
	const char *text = environ_value(env, "DURABLE_PAYLOAD_MAX");
	char *end;
	unsigned long long n;

	if (!text || !*text)
		return PAYLOAD_DEFAULT;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *end || n == 0 || n > PAYLOAD_MAX) {
		fprintf(stderr,
		    "durable: DURABLE_PAYLOAD_MAX=%s is not a "
		    "number of bytes from 1 to %d: %d is used\n",
		    text, PAYLOAD_MAX, PAYLOAD_DEFAULT);
		return PAYLOAD_DEFAULT;
	}
	return n;
}

bool
server_is_daemon_of(const struct op *op)
{
	return op->type == OP_STEP && op_status_is_final(op->status);
}

bool
server_is_daemon(void *arg, pid_t pid)
{
	const struct table *table = arg;
	struct buf value;
	const struct op *op = NULL;

	buf_init(&value, 4096);
	if (proc_environ(pid, "DURABLE_OPERATION", &value) &&
	    value.len == OPID_LEN)
		op = table_find(table, buf_str(&value));
	buf_clear(&value);
	return op && server_is_daemon_of(op);
}

/* Who is left alone at the end. */
static reap_spare
spare(const struct server *s)
{
	return s->job->is_journal || s->job->ends_daemons ? NULL
							  : server_is_daemon;
}

/* The handler's standard output, in a file without a name. */
static int
open_output(struct server *s, struct err *e)
{
	char *path = xasprintf("%s/output", s->tmpdir);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND,
	    0600);

	if (fd < 0)
		err_sys(e, "make a file for the handler's output in %s",
		    s->tmpdir);
	else
		(void)unlink(path);
	free(path);
	return fd;
}

static char **
make_environment(const struct server *s)
{
	const struct server_job *job = s->job;
	char **env = environ_copy(job->env);

	environ_drop_invocation(&env);
	environ_set(&env, "DURABLE_SOCKET", s->job->socket);
	environ_set(&env, "DURABLE_INVOCATION", s->token);
	environ_set(&env, "DURABLE_EXECUTION", job->name);
	if (job->context)
		environ_set(&env, "DURABLE_CONTEXT",
		    context_path(job->context));
	if (!job->is_journal) {
		environ_set(&env, "TMPDIR", s->tmpdir);
		environ_set(&env, "DURABLE_GROUPS", "          ");
	}
	return env;
}

static int
record_start(struct server *s, struct err *e)
{
	struct record r = { 0 };

	r.time = s->now;
	r.event = EVENT_INVOCATION_STARTED;
	r.invocation = text_of(s->token);
	r.pid = getpid();
	r.socket = text_of(s->job->socket);
	if (s->backend->ops->event(s->backend, &r, e) < 0)
		return -1;
	return s->backend->ops->commit(s->backend, false, e);
}

int
invocation_start(struct server *s, struct err *e)
{
	const struct server_job *job = s->job;
	struct workflow w = { .argv = job->argv, .cwd = job->cwd };
	char **env;

	s->start = s->now;
	if (random_hex(s->token, TOKEN_BYTES, e) < 0)
		return -1;
	s->tmpdir = server_tmpdir(s->token);
	if (mkdir(s->tmpdir, 0700) < 0)
		return err_sys(e, "make the folder %s", s->tmpdir);
	s->output_fd = job->is_journal ? STDOUT_FILENO : open_output(s, e);
	if (s->output_fd < 0 || record_start(s, e) < 0)
		return -1;
	env = make_environment(s);
	w.env = env;
	w.umask = job->umask;
	w.out = s->output_fd;
	w.err_fd = -1;
	w.in_place = job->is_journal;
	w.gives_way = job->ends_daemons;
	invoke_find_started(s);
	s->handler = workflow_start(&w, e);
	environ_free(env);
	if (s->handler < 0) {
		s->result->how = END_REFUSED;
		s->result->why = e->code;
		snprintf(s->result->text, sizeof(s->result->text), "%s",
		    e->text);
		s->is_over = true;
	}
	return 0;
}

int64_t
invocation_wait_ms(struct server *s)
{
	int64_t due = engine_next_due(s->engine), mono = time_monotonic();
	int64_t wait = due == TIME_NEVER ? INT64_MAX : due - s->now;

	if (s->job->execution_due != TIME_NEVER &&
	    s->job->execution_due - s->now < wait)
		wait = s->job->execution_due - s->now;
	if (s->job->guard_due != TIME_NEVER &&
	    s->job->guard_due - s->now < wait)
		wait = s->job->guard_due - s->now;
	if (s->has_exited && !(s->job->is_journal && s->conns) &&
	    s->exit_hold_until - mono < wait)
		wait = s->exit_hold_until - mono;
	if (s->crash_hold_until != 0 && s->crash_hold_until - mono < wait)
		wait = s->crash_hold_until - mono;
	if (s->blocked_since != 0 && s->next_look - mono < wait)
		wait = s->next_look - mono;
	if (s->job->serve_only && wait > SERVE_MS)
		wait = SERVE_MS;
	if (s->status_due != 0 && s->status_due - mono < wait)
		wait = s->status_due - mono;
	return wait < 0 ? 0 : wait;
}

static void
end_as(struct server *s, enum invocation_end how)
{
	if (s->is_over)
		return;
	s->is_over = true;
	s->result->how = how;
	log_line("invocation is over: %d", (int)how);
}

void
invocation_crashed(struct server *s, const char *fmt, ...)
{
	va_list ap;

	if (s->is_over || s->crash_hold_until != 0)
		return;
	va_start(ap, fmt);
	vsnprintf(s->result->text, sizeof(s->result->text), fmt, ap);
	va_end(ap);
	/* At once, as the script may be reading a status that is not recorded;
	 * only what the end is called waits for a signal to us. */
	if (!s->has_exited)
		(void)kill(-s->handler, SIGKILL);
	reap_kill(spare(s), s->table);
	s->crash_hold_until = time_monotonic() + HOLD_MS;
}

/* Ctrl-Z: everything below stops before we do, and goes on with us. */
static void
stop_with_all_below(void)
{
	reap_signal(SIGSTOP);
	(void)kill(getpid(), SIGSTOP);
	reap_signal(SIGCONT);
}

void
invocation_take_signals(struct server *s)
{
	int signal;

	while ((signal = signals_take()) != 0) {
		if (signal == SIGTSTP) {
			stop_with_all_below();
		} else if (signal == SIGINT || signal == SIGTERM ||
		    signal == SIGHUP) {
			s->result->signal = signal;
			end_as(s, END_INTERRUPTED);
		}
	}
}

static void
handler_ended(struct server *s, int status)
{
	s->has_exited = true;
	s->exit_status = status;
	if (WIFSIGNALED(status) && !s->job->is_journal) {
		invocation_crashed(s, "the handler was killed by signal %d",
		    WTERMSIG(status));
		return;
	}
	s->exit_hold_until = time_monotonic();
	if (status != 0)
		s->exit_hold_until += HOLD_MS;
}

int
invocation_reap(struct server *s, struct err *e)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		s->last_activity = s->now;
		log_line("reaped %ld status %d", (long)pid, status);
		if (pid == s->handler)
			handler_ended(s, status);
	}
	if (pid < 0 && errno != ECHILD && errno != EINTR)
		return err_sys(e, "wait for a process");
	return 0;
}

static void
take_verdict(struct server *s)
{
	struct invocation_result *r = s->result;
	const char *message;

	switch (engine_verdict(s->engine, &message)) {
	case VERDICT_NONE:
		return;
	case VERDICT_REFUSED:
		snprintf(r->text, sizeof(r->text), "%s", message);
		r->why = engine_refusal(s->engine);
		end_as(s, END_REFUSED);
		return;
	case VERDICT_USAGE:
		error_put("Usage", message, strlen(message),
		    "{\"exitStatus\":2}", 16, &r->error);
		end_as(s, END_FAILED);
		return;
	case VERDICT_STOPPED:
		buf_put_str(&r->error, message);
		end_as(s, END_STOPPED);
		return;
	case VERDICT_FAILED:
		engine_handler_error(s->engine, 1, &r->error);
		r->status = 1;
		end_as(s, END_FAILED);
		return;
	}
}

static void
check_exit(struct server *s)
{
	struct invocation_result *r = s->result;

	if (!s->has_exited || time_monotonic() < s->exit_hold_until)
		return;
	r->status = 128 + WTERMSIG(s->exit_status);
	if (WIFEXITED(s->exit_status))
		r->status = WEXITSTATUS(s->exit_status);
	if (s->job->is_journal) {
		if (!s->conns)
			end_as(s, END_JOURNAL);
		return;
	}
	if (r->status == 0 && engine_is_named_failed(s->engine))
		r->status = 1;
	if (r->status != 0)
		engine_handler_error(s->engine, r->status, &r->error);
	end_as(s, r->status == 0 ? END_SUCCEEDED : END_FAILED);
}

/* Whether the backend has still to send what the suspension rests on, or is
 * being told what would end it. */
static bool
is_under_way(const struct server *s)
{
	const struct backend *b = s->backend;

	return b->is_asking || (b->ops->drain && b->safe < b->queued);
}

void
invocation_check(struct server *s)
{
	if (s->crash_hold_until != 0) {
		if (time_monotonic() >= s->crash_hold_until)
			end_as(s, END_CRASHED);
		return;
	}
	take_verdict(s);
	check_exit(s);
	if (s->is_over)
		return;
	if (s->job->serve_only) {
		if (!s->conns &&
		    (s->had_client || s->now - s->start >= SERVE_MS))
			end_as(s, END_SERVED);
		return;
	}
	if (s->job->execution_due <= s->now) {
		end_as(s, END_TIMED_OUT);
		return;
	}
	if (s->job->guard_due <= s->now) {
		end_as(s, END_OUT_OF_TIME);
		return;
	}
	if (!s->job->is_journal && !s->has_exited && !is_under_way(s) &&
	    quiet_check(s))
		end_as(s, END_SUSPENDED);
	status_line_show(s);
}

static const char *
outcome_name(enum invocation_end how)
{
	switch (how) {
	case END_SUSPENDED:
		return "PENDING";
	case END_SUCCEEDED:
	case END_JOURNAL:
	case END_SERVED:
		return "SUCCEEDED";
	case END_CRASHED:
		return "CRASHED";
	case END_INTERRUPTED:
		return "INTERRUPTED";
	case END_REFUSED:
		return "REFUSED";
	case END_STOPPED:
		return "STOPPED";
	case END_TIMED_OUT:
		return "TIMED_OUT";
	case END_OUT_OF_TIME:
		return "OUT_OF_TIME";
	default:
		return "FAILED";
	}
}

static int
record_end(struct server *s, struct err *e)
{
	struct invocation_result *r = s->result;
	struct record rec = { 0 };
	struct buf error;
	int result;

	buf_init(&error, BUF_NO_MAX);
	rec.time = time_now();
	rec.event = EVENT_INVOCATION_COMPLETED;
	rec.invocation = text_of(s->token);
	rec.start = s->start;
	rec.outcome = text_of(outcome_name(r->how));
	if (r->how == END_CRASHED) {
		error_put("Runtime.ExitError", r->text, strlen(r->text), NULL,
		    0, &error);
		rec.u.error = text_of(buf_str(&error));
	}
	result = s->backend->ops->event(s->backend, &rec, e);
	if (result == 0)
		result = s->backend->ops->commit(s->backend, false, e);
	buf_clear(&error);
	return result;
}

static void
name_open(void *arg, const struct op *op)
{
	struct server *s = arg;
	struct buf name;
	char *line;

	if (op->parent)
		return;
	buf_init(&name, BUF_NO_MAX);
	text_put_plain(op->name, &name);
	line = xasprintf("%s '%s' was still open when the handler ended: it "
			 "was ended",
	    op_noun((enum op_subtype)op->subtype), buf_str(&name));
	invocation_say(s, line);
	free(line);
	buf_clear(&name);
}

static int
read_output(struct server *s, struct err *e)
{
	if (s->job->is_journal || s->output_fd < 0)
		return 0;
	if (lseek(s->output_fd, 0, SEEK_SET) < 0)
		return err_sys(e, "read the handler's output");
	return fd_read_all(s->output_fd, &s->result->output,
	    "the handler's output", e);
}

static void
take_result(struct server *s)
{
	const struct buf *result = engine_result(s->engine);

	if (!result)
		return;
	s->result->has_result = true;
	buf_put(&s->result->result, buf_str(result), result->len);
}

/* Too late for who waits in this invocation, and told only once. */
static void
note_news(struct op *op, void *arg)
{
	struct server *s = arg;

	(void)op;
	s->result->has_news = true;
}

int
invocation_finish(struct server *s, struct err *e)
{
	struct invocation_result *r = s->result;
	struct err unmet;
	int result = 0;

	/* Whatever comes now is the next invocation's. */
	s->backend->changed = note_news;
	s->backend->changed_arg = s;
	if (s->status_shown_at != 0)
		fputs("\r\033[K", stderr);
	if (s->job->serve_only)
		return s->backend->ops->commit(s->backend, true, e);
	if (r->how == END_SUCCEEDED || r->how == END_FAILED)
		(void)engine_each_open(s->engine, name_open, s);
	if (r->how == END_SUSPENDED)
		quiet_name_ended(s);
	if (r->how == END_OUT_OF_TIME && deadline_end(s, e) < 0)
		result = -1;
	if (reap_all(spare(s), s->table, END_LIMIT_MS, e) < 0)
		return -1;
	if (r->how == END_SUCCEEDED &&
	    engine_check_unmet(s->engine, &unmet) < 0) {
		r->how = END_REFUSED;
		snprintf(r->text, sizeof(r->text), "%s", unmet.text);
		r->why = unmet.code;
	}
	take_result(s);
	if (result < 0 || read_output(s, e) < 0 || record_end(s, e) < 0 ||
	    (s->backend->ops->drain &&
		s->backend->ops->drain(s->backend, e) < 0))
		result = -1;
	r->has_pending = engine_has_pending(s->engine);
	if (!s->job->is_journal && s->output_fd >= 0)
		close(s->output_fd);
	return result;
}

void
invocation_abandon(struct server *s)
{
	struct err e;

	if (reap_all(spare(s), s->table, END_LIMIT_MS, &e) < 0)
		invocation_say(s, e.text);
	if (!s->job->is_journal && s->output_fd >= 0)
		close(s->output_fd);
}
