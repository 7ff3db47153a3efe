/*
 * execution.c - one invocation of a durable function.
 *
 * The service holds all state: nothing is kept from one invocation to the
 * next, and a process that is killed at any point has lost nothing that was
 * answered to the script.
 */
#include "lambda/execution.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/server.h"
#include "engine/workflow.h"
#include "lambda/remote.h"
#include "model/payload.h"

enum {
	ARN_MAX = 1024,
	TOKEN_MAX = 2048,
	PAYLOAD_MAX = 262144,           /* the API's limit */
	CONTEXT_MAX = 16 * 1024 * 1024, /* over PAYLOAD_MAX it is replayed */
	NAME_SIZE = 65,
	STATUS_OURS = 125, /* of the process: it cannot go on */
	MARGIN_PART = 4, /* the guard has no more than this part of the time */
};

/* An event that is sound, and what is open for it. */
struct one {
	const struct sandbox *sandbox;
	struct verdict_for_lambda *v;
	int64_t deadline, margin;
	char arn[ARN_MAX + 1];
	char name[NAME_SIZE];
	struct remote *remote;
	char **env;
};

void
verdict_for_lambda_init(struct verdict_for_lambda *v)
{
	memset(v, 0, sizeof(*v));
	buf_init(&v->response, BUF_NO_MAX);
}

void
verdict_for_lambda_clear(struct verdict_for_lambda *v)
{
	buf_clear(&v->response);
}

/* Lambda is to invoke again, or, for an event that is none of ours, to tell its
 * invoker. */
static void ERR_PRINTF(3, 4) tell_error(struct verdict_for_lambda *v,
    const char *type, const char *fmt, ...)
{
	va_list ap;

	buf_reset(&v->response);
	snprintf(v->error_type, sizeof(v->error_type), "Runtime.%s", type);
	va_start(ap, fmt);
	vsnprintf(v->error_text, sizeof(v->error_text), fmt, ap);
	va_end(ap);
}

static void
tell_pending(struct verdict_for_lambda *v)
{
	buf_reset(&v->response);
	buf_put_str(&v->response, "{\"Status\":\"PENDING\"}");
}

/* error is an error object; with none the service has it. */
static void
tell_failed(struct verdict_for_lambda *v, const char *error, size_t n)
{
	buf_reset(&v->response);
	buf_put_str(&v->response, "{\"Status\":\"FAILED\"");
	if (n > 0) {
		buf_put_str(&v->response, ",\"Error\":");
		buf_put(&v->response, error, n);
	}
	buf_put_char(&v->response, '}');
}

static void
tell_failed_as(struct verdict_for_lambda *v, const char *type, const char *text)
{
	struct buf error;

	buf_init(&error, BUF_NO_MAX);
	error_put(type, text, strlen(text), NULL, 0, &error);
	tell_failed(v, buf_str(&error), error.len);
	buf_clear(&error);
}

/* The backend has failed, or what is around it. Who posts an error shows it. */
static void
tell_failure(struct one *o, const struct err *e)
{
	switch (remote_failure(o->remote)) {
	case REMOTE_FAILS_EXECUTION:
		fprintf(stderr, "durable: %s\n", e->text);
		tell_failed_as(o->v, "CheckpointFailed", e->text);
		return;
	case REMOTE_SUSPENDS:
		fprintf(stderr, "durable: %s\n", e->text);
		tell_pending(o->v);
		return;
	case REMOTE_ENDS_INVOCATION:
		tell_error(o->v, "CheckpointFailed", "%s", e->text);
		return;
	case REMOTE_NONE:
		break;
	}
	/* Not the service: something here that a new process may not have. */
	tell_error(o->v, "ExitError", "%s", e->text);
	o->v->must_exit = true;
	o->v->exit_status = STATUS_OURS;
}

/* Success. */

static void
put_success(struct verdict_for_lambda *v, const struct buf *result)
{
	buf_reset(&v->response);
	buf_put_str(&v->response, "{\"Status\":\"SUCCEEDED\"");
	if (result->len > 0) {
		buf_put_str(&v->response, ",\"Result\":");
		text_put_quoted(text_bytes(result->data, result->len),
		    &v->response);
	}
	buf_put_char(&v->response, '}');
}

/* A result that the response has no room for goes by a checkpoint, whose limit
 * is that of the text before it is escaped. */
static void
tell_large(struct one *o, const struct buf *result)
{
	struct backend *b = remote_backend(o->remote);
	struct err e;
	char text[256];

	if (result->len > RUNTIME_BODY_MAX) {
		snprintf(text, sizeof(text),
		    "the result of the execution has %zu bytes, the limit is "
		    "%d: put it into a file or object and return its name",
		    result->len, RUNTIME_BODY_MAX);
		fprintf(stderr, "durable: %s\n", text);
		tell_failed_as(o->v, "Output.TooLarge", text);
		return;
	}
	remote_end_execution(o->remote,
	    (struct span){ result->data, result->len });
	if (b->ops->drain(b, &e) < 0) {
		tell_failure(o, &e);
		return;
	}
	buf_reset(&o->v->response);
	buf_put_str(&o->v->response,
	    "{\"Status\":\"SUCCEEDED\",\"Result\":\"\"}");
}

static void
tell_succeeded(struct one *o, struct invocation_result *r)
{
	struct buf result;
	struct err e;

	buf_init(&result, BUF_NO_MAX);
	if (r->has_result) {
		buf_put(&result, r->result.data, r->result.len);
		/* Not the result, so it belongs to the log. */
		(void)fwrite(buf_str(&r->output), 1, r->output.len, stderr);
	} else if (payload_of_output(&r->output, &result, &e) < 0) {
		tell_failed_as(o->v, "Output.TooLarge", e.text);
		goto out;
	}
	put_success(o->v, &result);
	if (o->v->response.len > RUNTIME_BODY_MAX)
		tell_large(o, &result);
out:
	buf_clear(&result);
}

static const char *
refusal_type(enum err_code code)
{
	switch (code) {
	case ERR_DIVERGED:
		return "NonDeterministicExecutionError";
	case ERR_MISSING:
		return "HandlerMissing";
	default:
		return "Refused";
	}
}

/* What the end of the invocation means for Lambda. */
static void
take_end(struct one *o, struct invocation_result *r)
{
	struct verdict_for_lambda *v = o->v;

	switch (r->how) {
	case END_SUSPENDED:
		tell_pending(v);
		return;
	case END_SUCCEEDED:
		tell_succeeded(o, r);
		return;
	case END_FAILED:
	case END_STOPPED:
		(void)fwrite(buf_str(&r->output), 1, r->output.len, stderr);
		tell_failed(v, buf_str(&r->error), r->error.len);
		return;
	case END_REFUSED:
		fprintf(stderr, "durable: %s\n", r->text);
		tell_failed_as(v, refusal_type(r->why), r->text);
		return;
	case END_OUT_OF_TIME:
		/* For what it has told the service does not invoke again. */
		if (r->has_news)
			tell_error(v, "DeadlineExceeded",
			    "the invocation's time was up while the service "
			    "told what had come: it is invoked again for that");
		else if (r->has_pending)
			tell_pending(v);
		else
			tell_error(v, "DeadlineExceeded",
			    "the invocation's time was up and nothing that was "
			    "under way could be put off: raise the function's "
			    "timeout, or make what takes long a step");
		return;
	case END_INTERRUPTED:
		tell_error(v, "ExitError", "ended by signal %d", r->signal);
		v->must_exit = true;
		v->exit_status = 128 + r->signal;
		return;
	default:
		tell_error(v, "ExitError", "%s",
		    r->text[0] ? r->text : "the handler crashed");
		return;
	}
}

/* The event. */

static bool
take_text(struct span object, const char *name, size_t max, char *out)
{
	struct span v;
	struct buf plain;
	bool ok;

	if (!json_find(object, name, &v) || json_kind(v) != '"')
		return false;
	buf_init(&plain, BUF_NO_MAX);
	json_unescape(v, &plain);
	ok = plain.len > 0 && plain.len <= max;
	if (ok)
		memcpy(out, buf_str(&plain), plain.len + 1);
	buf_clear(&plain);
	return ok;
}

/* ARN:.../durable-execution/NAME/ID */
static void
take_name(struct one *o)
{
	const char *end = strrchr(o->arn, '/'), *at = end;

	while (at && at > o->arn && at[-1] != '/')
		at--;
	if (at && end > at && (size_t)(end - at) < sizeof(o->name))
		snprintf(o->name, sizeof(o->name), "%.*s", (int)(end - at), at);
	else
		snprintf(o->name, sizeof(o->name), "%.64s",
		    end ? end + 1 : o->arn);
}

/* The guard begins a margin before the deadline; a function with little time in
 * all must have most of it for its work. */
static int64_t
margin_of(const struct one *o)
{
	int64_t margin = o->sandbox->margin_ms, left = o->deadline - time_now();

	if (left / MARGIN_PART < margin)
		margin = left > 0 ? left / MARGIN_PART : 0;
	return margin;
}

static int
take_event(struct one *o, const struct invocation_event *ev, struct span *state)
{
	char token[TOKEN_MAX + 1];
	struct span event;
	struct err e;

	if (json_check(buf_str(&ev->body), ev->body.len, &event, &e) < 0 ||
	    json_kind(event) != '{' ||
	    !take_text(event, "DurableExecutionArn", ARN_MAX, o->arn) ||
	    !take_text(event, "CheckpointToken", TOKEN_MAX, token)) {
		tell_error(o->v, "NotDurable",
		    "the event is no durable invocation: create the function "
		    "with a DurableConfig (it cannot be added later), and "
		    "invoke it by a qualified name, as in FUNCTION:$LATEST or "
		    "FUNCTION:1");
		return -1;
	}
	take_name(o);
	if (!json_find(event, "InitialExecutionState", state) ||
	    json_kind(*state) != '{')
		*state = (struct span){ "{}", 2 };
	o->margin = margin_of(o);
	o->remote = remote_new(o->sandbox->api, o->arn, text_of(token),
	    o->deadline == TIME_NEVER ? TIME_NEVER
				      : o->deadline - o->margin / 2);
	return 0;
}

static void
make_environment(struct one *o, const struct invocation_event *ev)
{
	o->env = environ_copy(o->sandbox->env);
	environ_set(&o->env, "_X_AMZN_TRACE_ID", ev->trace_id);
	environ_set(&o->env, "DURABLE_STRICT", o->sandbox->strict ? "1" : NULL);
}

/* What is still under way then has half of the margin. The other half is for
 * ending all processes and for the response: in a function with little memory
 * that has a small part of a processor. */
static void
set_guard(const struct one *o, struct server_job *job)
{
	if (o->deadline == TIME_NEVER)
		return;
	job->guard_due = o->deadline - o->margin;
	job->guard_grace_ms = (int)(o->margin / 2);
}

static void
run_handler(struct one *o)
{
	const struct sandbox *sandbox = o->sandbox;
	struct server_job job;
	struct invocation_result r;
	struct err e;

	memset(&job, 0, sizeof(job));
	job.backend = remote_backend(o->remote);
	job.name = o->name;
	job.arn = o->arn;
	job.input = remote_input(o->remote);
	job.payload_max = PAYLOAD_MAX;
	job.context_max = CONTEXT_MAX;
	job.ends_daemons = true;
	job.argv = sandbox->argv;
	job.cwd = sandbox->cwd;
	job.env = o->env;
	job.umask = -1;
	job.strict = sandbox->strict;
	job.listen_fd = sandbox->listen_fd;
	job.socket = sandbox->socket;
	job.execution_due = job.guard_due = TIME_NEVER;
	set_guard(o, &job);
	invocation_result_init(&r);
	if (server_run(&job, &r, &e) < 0)
		tell_failure(o, &e);
	else
		take_end(o, &r);
	invocation_result_clear(&r);
}

void
execution_run(const struct sandbox *sandbox, const struct invocation_event *ev,
    struct verdict_for_lambda *v)
{
	struct one o = { .sandbox = sandbox, .v = v, .deadline = ev->deadline };
	struct remote_counts n;
	struct span state;
	struct err e;

	if (take_event(&o, ev, &state) < 0)
		return;
	make_environment(&o, ev);
	if (remote_load(o.remote, state, &e) < 0)
		tell_failure(&o, &e);
	else
		run_handler(&o);
	n = remote_counts(o.remote);
	log_line("%s: %llu checkpoints, %llu updates", o.arn,
	    (unsigned long long)n.calls, (unsigned long long)n.updates);
	environ_free(o.env);
	remote_backend(o.remote)->ops->close(remote_backend(o.remote));
}
