/*
 * operation.c - open, run, record, print.
 */
#include "client/operation.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "client/function.h"
#include "model/error.h"

enum { SIGPIPE_STATUS = 141, INTERRUPTED_STATUS = 1 };

void
operation_init(struct operation *o, enum op_type type, enum op_subtype subtype)
{
	memset(o, 0, sizeof(*o));
	o->files.fd = -1;
	o->type = type;
	o->subtype = subtype;
	o->kill_after_s = KILL_AFTER_DEFAULT_S;
	o->signal = SIGTERM;
	o->is_function = function_is_asked();
	retry_default(&o->retry);
}

int
operation_check_name(const char *name, struct err *e)
{
	size_t n = name ? strlen(name) : 1;

	if (n == 0)
		return err_set(e, ERR_USAGE,
		    "a name of 0 bytes: leave it out for an unnamed operation");
	if (n > OP_NAME_MAX)
		return err_set(e, ERR_USAGE,
		    "a name of %zu bytes: the limit is %d", n, OP_NAME_MAX);
	return 0;
}

int
operation_parse_signal(const char *text, int *signal, struct err *e)
{
	static const struct {
		const char *name;
		int number;
	} names[] = { { "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT },
		{ "ABRT", SIGABRT }, { "KILL", SIGKILL }, { "USR1", SIGUSR1 },
		{ "USR2", SIGUSR2 }, { "ALRM", SIGALRM }, { "TERM", SIGTERM } };
	const char *t = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	char *end;
	long n = strtol(t, &end, 10);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcasecmp(names[i].name, t) == 0)
			n = names[i].number;
	if (n < 1 || n > 64 || (*end && end != t))
		return err_set(e, ERR_USAGE,
		    "'%s' is not a signal: use a name "
		    "(TERM, INT, HUP, USR1 ...) or a number",
		    text);
	*signal = (int)n;
	return 0;
}

char **
operation_environ(const char *name, const char *id, uint32_t attempt)
{
	const char *execution = getenv("DURABLE_EXECUTION");
	const char *set[6] = { 0 };
	char **env;

	set[0] = xasprintf("DURABLE_OPERATION=%s", id);
	if (attempt > 0) {
		set[1] = xasprintf("DURABLE_STEP=%s", name ? name : "");
		set[2] = xasprintf("DURABLE_ATTEMPT=%lu",
		    (unsigned long)attempt);
		set[3] = xasprintf("DURABLE_IDEMPOTENCY_KEY=%s:%.*s",
		    execution ? execution : "", OPID_IDENTITY, id);
	}
	env = run_environ(set);
	return env;
}

void
operation_prepare(const struct operation *o, const struct reply *rp,
    struct run *r)
{
	const char *context = getenv("DURABLE_CONTEXT");
	char id[OPID_LEN + 1];

	snprintf(id, sizeof(id), "%.*s", (int)rp->id.n, rp->id.p);
	run_init(r);
	r->argv = o->words;
	r->env = operation_environ(o->name, id,
	    o->type == OP_CONTEXT ? 0 : rp->number);
	r->limit = (size_t)rp->limit;
	if (o->reads_input)
		r->input = (struct span){ buf_str(&o->input), o->input.len };
	if (context && !o->output.sensitive)
		r->spill = xasprintf("%s.d/%.*s-%lu.out", context,
		    OPID_IDENTITY, id, (unsigned long)rp->number);
	r->discard = o->output.no_output;
	r->tee = o->output.tee;
	if (getenv("DURABLE_VERBOSE") && o->type == OP_STEP &&
	    !o->output.sensitive)
		r->label = o->name ? o->name : op_noun(o->subtype);
	r->is_context = o->type == OP_CONTEXT;
	r->timeout_s = o->timeout_s;
	r->kill_after_s = o->kill_after_s;
	r->signal = o->signal;
	r->is_merged = run_outputs_are_one() && !o->files.output;
	r->stdout_fd = o->files.fd;
}

void
operation_release(struct run *r)
{
	free((char *)(uintptr_t)r->spill);
	free((char **)(uintptr_t)r->env);
	r->spill = NULL;
	r->env = NULL;
}

int
operation_run_once(struct operation *o, const struct reply *rp, struct run *r,
    struct err *e)
{
	int result;

	operation_prepare(o, rp, r);
	result = run_start(r, &o->client, e);
	if (result == 0)
		result = run_wait(r, &o->client, e);
	operation_release(r);
	return result;
}

static void
word_too_large(const struct operation *o, const struct run *r, size_t n,
    const struct reply *rp, struct failed_run *f)
{
	const char *context = getenv("DURABLE_CONTEXT");
	char text[1024], form[64] = "";

	/* 0: it was not even taken in. */
	if (n > 0)
		snprintf(form, sizeof(form), ", which are %zu as a record", n);
	snprintf(text, sizeof(text),
	    "%s '%s' printed %llu bytes%s: the limit is %llu%s%s%s",
	    op_noun(o->subtype), o->name ? o->name : "",
	    (unsigned long long)r->total, form, (unsigned long long)rp->limit,
	    context && r->too_large ? "; the output is in " : "",
	    context && r->too_large ? context : "",
	    context && r->too_large ? ".d/" : "");
	outcome_of_text("Output.TooLarge", text, 1, f);
}

/* --output and --sync: the files are on disk before the record says so. False
 * when that failed. */
static bool
keep_files(struct operation *o, struct failed_run *f)
{
	struct buf value;
	struct err e;
	bool ok;

	buf_init(&value, BUF_NO_MAX);
	if (o->files.output)
		json_escape(o->files.output, strlen(o->files.output), &value);
	else
		buf_put(&value, o->recorded.data, o->recorded.len);
	buf_reset(&o->recorded);
	ok = files_commit(&o->files, &e) == 0 &&
	    files_wrap(&o->files, (struct span){ buf_str(&value), value.len },
		&o->recorded, &e) == 0;
	if (!ok)
		outcome_of_text("Output.File", e.text, 1, f);
	buf_clear(&value);
	return ok;
}

/* Whether the run has failed; then *f says how, else o->recorded is set. */
static bool
judge(struct operation *o, const struct run *r, const struct reply *rp,
    struct failed_run *f)
{
	const char *named = o->client.named_error;
	struct output_failure bad;

	buf_reset(&o->recorded);
	if (!named && r->too_large && !r->timed_out) {
		word_too_large(o, r, 0, rp, f);
		return true;
	}
	if (outcome_is_failure(r, o->output.accept, named)) {
		outcome_of_run(r, named, o->output.sensitive, f);
		return true;
	}
	if (o->output.sensitive || o->output.no_output) {
		if (o->output.accept)
			payload_wrap_exit(r->status, span_of("null"),
			    &o->recorded);
		return false;
	}
	if (output_record(&o->output,
		(struct span){ buf_str(&r->out), r->out.len }, r->status,
		&o->recorded, &bad) < 0) {
		outcome_of_text(bad.type, bad.text, 1, f);
		return true;
	}
	if (files_are_asked(&o->files) && !keep_files(o, f))
		return true;
	if (o->recorded.len > rp->limit) {
		word_too_large(o, r, o->recorded.len, rp, f);
		return true;
	}
	return false;
}

/* Asks the user's own policy: it gets attempt and error, prints a delay or
 * exits 1. Returns seconds, or -1 for no more. */
static int64_t
ask_policy(const struct operation *o, uint32_t attempt,
    const struct failed_run *f)
{
	char number[32];
	struct buf out;
	struct err e;
	int64_t delay = -1;

	snprintf(number, sizeof(number), "%lu", (unsigned long)attempt);
	if (setenv("DURABLE_ATTEMPT", number, 1) < 0)
		return -1;
	buf_init(&out, 4096);
	if (output_filter(o->retry_command,
		(struct span){ buf_str(&f->error), f->error.len }, &out,
		&e) == 0) {
		while (out.len > 0 && out.data[out.len - 1] == '\n')
			out.data[--out.len] = '\0';
		if (duration_parse(buf_str(&out), &delay, &e) < 0) {
			fprintf(stderr,
			    "durable: --retry-command: %s; not "
			    "tried again\n",
			    e.text);
			delay = -1;
		}
	}
	buf_clear(&out);
	return delay;
}

static int64_t
next_delay(const struct operation *o, uint32_t attempt,
    const struct failed_run *f)
{
	if (o->type != OP_STEP)
		return -1;
	if (o->retry_command)
		return ask_policy(o, attempt, f);
	return retry_delay(&o->retry, attempt, &f->failure, random_fraction());
}

int
operation_record_failure(struct operation *o, struct reply *rp,
    const struct failed_run *f, struct err *e)
{
	struct request rq = { .type = MSG_UPDATE, .flags = f->flags };
	char id[OPID_LEN + 1];

	snprintf(id, sizeof(id), "%.*s", (int)rp->id.n, rp->id.p);
	rq.id = span_of(id);
	rq.action = f->delay_s > 0 ? ACTION_RETRY : ACTION_FAIL;
	rq.seconds = f->delay_s > 0 ? f->delay_s : 0;
	rq.error = (struct span){ buf_str(&f->error), f->error.len };
	rq.number = (uint32_t)(f->failure.status > 0 ? f->failure.status : 1);
	if (o->type == OP_CONTEXT && !f->failure.is_final)
		rq.flags |= FLAG_INHERIT;
	return client_ask(&o->client, &rq, rp, e);
}

int
operation_record_success(struct operation *o, struct reply *rp, struct err *e)
{
	struct request rq = { .type = MSG_UPDATE };
	char id[OPID_LEN + 1];

	snprintf(id, sizeof(id), "%.*s", (int)rp->id.n, rp->id.p);
	rq.id = span_of(id);
	rq.action = ACTION_SUCCEED;
	if (o->type == OP_STEP && o->recorded.len > PAYLOAD_LAMBDA_MAX)
		fprintf(stderr,
		    "durable: %s%s%s records %zu bytes; on Lambda "
		    "the limit is %d\n",
		    op_noun(o->subtype), o->name ? " " : "",
		    o->name ? o->name : "", o->recorded.len,
		    PAYLOAD_LAMBDA_MAX);
	if (o->type == OP_CONTEXT && o->recorded.len > PAYLOAD_LAMBDA_MAX)
		rq.flags |= FLAG_REPLAY_CHILDREN;
	else if (!o->output.sensitive && !o->output.no_output)
		rq.payload = (struct span){ buf_str(&o->recorded),
			o->recorded.len };
	else if (o->output.accept)
		rq.payload = (struct span){ buf_str(&o->recorded),
			o->recorded.len };
	return client_ask(&o->client, &rq, rp, e);
}

/* --output cannot even be begun: the command is not started. */
static int
fail_of_file(struct operation *o, struct reply *rp, const struct err *why,
    struct err *e)
{
	struct failed_run f;
	int result;

	outcome_of_text("Output.File", why->text, 1, &f);
	f.delay_s = next_delay(o, rp->number, &f);
	result = operation_record_failure(o, rp, &f, e);
	failed_run_clear(&f);
	return result;
}

/* Whether the policy would not have tried again. */
static bool
is_given_up(const struct operation *o, const struct reply *rp,
    const struct failed_run *f)
{
	const struct retry_policy *p = &o->retry;
	char type[256];

	outcome_error_type(rp->error, type);
	if (o->retry_command)
		return strcmp(type, ERROR_DEADLINE) == 0 &&
		    ask_policy(o, rp->number - 1, f) < 0;
	if ((int64_t)rp->number > (p->none ? 1 : p->max_attempts))
		return true;
	if (strcmp(type, ERROR_DEADLINE) != 0)
		return false;
	return (p->no_retry_on && retry_list_has(p->no_retry_on, -1, type)) ||
	    (p->retry_on && !retry_list_has(p->retry_on, -1, type));
}

/*
 * Before an attempt, when the one before was cut off by the end of an
 * invocation's time: nobody could be asked then. Returns 1 when there is to be
 * none; then the failure of the last one is recorded.
 */
static int
give_up(struct operation *o, struct reply *rp, struct err *e)
{
	struct failed_run f;
	int result = 0;

	if (o->type != OP_STEP || rp->error.n == 0)
		return 0;
	outcome_of_text(ERROR_DEADLINE, "", 1, &f);
	buf_reset(&f.error);
	buf_put(&f.error, rp->error.p, rp->error.n);
	f.delay_s = -1;
	if (is_given_up(o, rp, &f))
		result = operation_record_failure(o, rp, &f, e) < 0 ? -1 : 1;
	failed_run_clear(&f);
	return result;
}

/* One attempt, from the go-ahead to what the engine says of its record. */
static int
attempt(struct operation *o, struct reply *rp, struct err *e)
{
	struct failed_run f;
	struct err why;
	struct run r;
	int result;

	if (!function_has_ended()) {
		free(o->client.named_error);
		o->client.named_error = NULL;
	}
	if (o->poll.is_poll)
		return polling_attempt(o, rp, e);
	if ((result = give_up(o, rp, e)) != 0)
		return result < 0 ? -1 : 0;
	if (rp->flags & FLAG_INTERRUPTED) {
		outcome_of_text("StepInterruptedError",
		    "the attempt was cut off by a crash; --at-most-once does "
		    "not start it again",
		    INTERRUPTED_STATUS, &f);
		f.failure.status = -1;
		f.delay_s = next_delay(o, rp->number, &f);
		result = operation_record_failure(o, rp, &f, e);
		failed_run_clear(&f);
		return result;
	}
	if (files_begin(&o->files, &why) < 0)
		return fail_of_file(o, rp, &why, e);
	if ((o->is_function ? function_run : operation_run_once)(o, rp, &r, e) <
	    0)
		return -1;
	if (judge(o, &r, rp, &f)) {
		/* Now: who waits for another attempt may be ended in that. */
		files_forget(&o->files);
		f.delay_s = next_delay(o, rp->number, &f);
		f.flags = r.interrupted ? FLAG_INTERRUPTED : 0;
		result = operation_record_failure(o, rp, &f, e);
		failed_run_clear(&f);
	} else {
		result = operation_record_success(o, rp, e);
	}
	files_forget(&o->files);
	run_clear(&r);
	return result;
}

int
operation_finish(struct operation *o, const struct reply *rp)
{
	struct span payload = rp->payload;
	struct err e;
	bool closed = false;
	int status = 0;

	if (rp->flags & FLAG_OWN)
		payload = (struct span){ buf_str(&o->recorded),
			o->recorded.len };
	if (rp->status == STATUS_SUCCEEDED && files_are_asked(&o->files))
		payload = files_unwrap(payload);
	if (rp->status != STATUS_SUCCEEDED) {
		status = outcome_status(rp->status, rp->error);
	} else if (output_print(&o->output, payload, &status, &closed, &e) <
	    0) {
		err_wrap(&e,
		    "%s '%s' is recorded, but its output cannot be "
		    "handed out",
		    op_noun(o->subtype), o->name ? o->name : "");
		client_abort(&o->client, e.text);
	}
	client_bye(&o->client, status);
	return closed ? SIGPIPE_STATUS : status;
}

/* Says what failed, as the shell would not know. Only when it happened. */
static void
say_failure(const struct operation *o, const struct reply *rp)
{
	struct buf text, shown;
	struct span v;

	if (rp->status == STATUS_SUCCEEDED || (rp->flags & FLAG_REPLAYED))
		return;
	buf_init(&text, BUF_NO_MAX);
	buf_init(&shown, BUF_NO_MAX);
	buf_put_str(&text, op_noun(o->subtype));
	if (o->name)
		buf_printf(&text, " %s", o->name);
	buf_put_str(&text, " failed: ");
	if (rp->error.p && json_find(rp->error, "ErrorMessage", &v))
		json_unescape(v, &text);
	text_escape(buf_str(&text), text.len, &shown);
	fprintf(stderr, "durable: %s\n", buf_str(&shown));
	buf_clear(&text);
	buf_clear(&shown);
}

/* stdin is read to its end on every run, a replay included, so that the
 * writer of a pipe sees the same. */
static int
read_input(struct operation *o, struct err *e)
{
	buf_init(&o->input, (size_t)MSG_MAX);
	if (!o->reads_input)
		return 0;
	if (o->is_function && function_has_ended())
		return function_read_input(&o->input, e);
	client_no_second_try();
	return fd_read_all(STDIN_FILENO, &o->input, "standard input", e);
}

int
operation_run(struct operation *o, struct err *e)
{
	struct request rq = { .type = MSG_OPEN };
	struct buf words;
	struct reply rp;

	if (function_check(o, e) < 0 || client_open(&o->client, e) < 0 ||
	    read_input(o, e) < 0)
		return -1;
	buf_init(&words, BUF_NO_MAX);
	buf_init(&o->recorded, BUF_NO_MAX);
	client_put_words(o->words, &words);
	rq.op_type = (uint8_t)o->type;
	rq.subtype = (uint8_t)o->subtype;
	rq.name = span_of(o->name);
	rq.digest_of = (struct span){ words.data, words.len };
	if (o->at_most_once)
		rq.flags |= FLAG_AT_MOST_ONCE;
	if (o->no_digest)
		rq.flags |= FLAG_NO_DIGEST;
	if (o->is_function)
		function_put_request(&rq);
	if (client_ask(&o->client, &rq, &rp, e) < 0)
		return -1;
	while (rp.type == MSG_RUN)
		if (attempt(o, &rp, e) < 0)
			client_abort(&o->client, e->text);
	say_failure(o, &rp);
	buf_clear(&words);
	return operation_finish(o, &rp);
}
