/*
 * outcome.c - recorded outcomes as exit statuses, failed runs as errors.
 *
 * ErrorData is {"exitStatus":N,"signal":"KILL","stderr":"..","stdout":"..",
 * "data":..}: the exit status of a replay comes from there.
 */
#include "client/outcome.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "model/error.h"
#include "model/op.h"

enum { MESSAGE_MAX = 1024, DATA_MAX = 20000, TIMED_OUT_STATUS = 124 };

void
failed_run_clear(struct failed_run *f)
{
	buf_clear(&f->error);
}

bool
outcome_is_failure(const struct run *r, const char *accept, const char *named)
{
	if (named || r->timed_out || r->exec_errno != 0 || r->too_large)
		return true;
	if (r->killed_by != 0)
		return true;
	return r->status != 0 &&
	    !(accept && retry_list_has(accept, r->status, NULL));
}

static const char *
signal_name(int signal, char *room, size_t size)
{
	static const struct {
		int number;
		const char *name;
	} names[] = { { SIGHUP, "HUP" }, { SIGINT, "INT" }, { SIGQUIT, "QUIT" },
		{ SIGILL, "ILL" }, { SIGABRT, "ABRT" }, { SIGBUS, "BUS" },
		{ SIGFPE, "FPE" }, { SIGKILL, "KILL" }, { SIGSEGV, "SEGV" },
		{ SIGPIPE, "PIPE" }, { SIGALRM, "ALRM" }, { SIGTERM, "TERM" },
		{ SIGUSR1, "USR1" }, { SIGUSR2, "USR2" }, { SIGXCPU, "XCPU" },
		{ SIGXFSZ, "XFSZ" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].number == signal)
			return names[i].name;
	snprintf(room, size, "%d", signal);
	return room;
}

/* Appends bytes as a JSON string, U+FFFD for what is not UTF-8. */
static void
put_bytes(const char *p, size_t n, struct buf *out)
{
	size_t run = 0;

	if (utf8_is_text(p, n)) {
		json_escape(p, n, out);
		return;
	}
	buf_put_char(out, '"');
	for (size_t i = 0; i < n; i += run) {
		struct buf part;

		for (run = n - i < 4 ? n - i : 4; run > 0; run--)
			if (utf8_is_text(p + i, run))
				break;
		if (run == 0) {
			buf_put_str(out, "\xef\xbf\xbd");
			run = 1;
			continue;
		}
		buf_init(&part, BUF_NO_MAX);
		json_escape(p + i, run, &part);
		buf_put(out, part.data + 1, part.len - 2);
		buf_clear(&part);
	}
	buf_put_char(out, '"');
}

static struct span
tail_of(const struct buf *b, size_t max)
{
	size_t n = b->len < max ? b->len : max;

	return (struct span){ buf_str(b) + b->len - n, n };
}

static void
put_data_of(const struct run *r, size_t max, struct span given, struct buf *out)
{
	char room[16];
	struct span t;

	buf_printf(out, "{\"exitStatus\":%d",
	    r->timed_out         ? TIMED_OUT_STATUS
		: r->status == 0 ? 1
				 : r->status);
	if (r->killed_by != 0)
		buf_printf(out, ",\"signal\":\"%s\"",
		    signal_name(r->killed_by, room, sizeof(room)));
	if (max > 0) {
		t = tail_of(&r->tail, max);
		buf_put_str(out, ",\"stderr\":");
		put_bytes(t.p, t.n, out);
		t = tail_of(&r->out, max);
		buf_put_str(out, ",\"stdout\":");
		put_bytes(t.p, t.n, out);
	}
	if (given.p) {
		buf_put_str(out, ",\"data\":");
		buf_put(out, given.p, given.n);
	}
	buf_put_char(out, '}');
}

/*
 * The data stands as a string in the error object, which escapes it a second
 * time. The tails are halved until the whole stays under the API's limit, so
 * that it never has to be cut, which would spoil the JSON.
 */
static void
put_data(const struct run *r, bool hide, struct span given, struct buf *out)
{
	struct buf escaped;
	size_t n, max = hide ? 0 : TAIL_MAX;

	for (;; max /= 2) {
		buf_reset(out);
		put_data_of(r, max, given, out);
		buf_init(&escaped, BUF_NO_MAX);
		json_escape(buf_str(out), out->len, &escaped);
		n = escaped.len;
		buf_clear(&escaped);
		if (n <= DATA_MAX || max == 0)
			return;
	}
}

/* The last line of stderr that is not empty, at most MESSAGE_MAX bytes. */
static struct span
last_line(const struct buf *tail)
{
	const char *p = buf_str(tail);
	size_t end = tail->len, start;

	while (end > 0 &&
	    (p[end - 1] == '\n' || p[end - 1] == ' ' || p[end - 1] == '\t' ||
		p[end - 1] == '\r'))
		end--;
	start = end;
	while (start > 0 && p[start - 1] != '\n')
		start--;
	if (end - start > MESSAGE_MAX)
		end = start + MESSAGE_MAX;
	return (struct span){ p + start, end - start };
}

static void
word_message(const struct run *r, bool hide, struct buf *out)
{
	struct span line = last_line(&r->tail);
	char room[16];

	if (r->timed_out)
		buf_printf(out, "ended after its time limit of %lld s",
		    (long long)r->timeout_s);
	else if (line.n > 0 && (!hide || r->exec_errno != 0))
		buf_put(out, line.p, line.n);
	else if (r->killed_by != 0)
		buf_printf(out, "killed by signal %d (%s)", r->killed_by,
		    signal_name(r->killed_by, room, sizeof(room)));
	else
		buf_printf(out, "exited with status %d", r->status);
}

/* What `durable fail` gave: type, message, and JSON data in its ErrorData. */
struct given {
	char type[256];
	struct buf message, data;
};

static void
take_given(const char *named, struct given *g)
{
	struct span object = span_of(named);

	outcome_error_type(object, g->type);
	buf_init(&g->message, BUF_NO_MAX);
	buf_init(&g->data, BUF_NO_MAX);
	json_unescape_member(object, "ErrorMessage", &g->message);
	json_unescape_member(object, "ErrorData", &g->data);
}

void
outcome_of_run(const struct run *r, const char *named, bool hide,
    struct failed_run *f)
{
	struct given g = { .type = "CommandFailed" };
	struct span data = { NULL, 0 };
	struct buf text;

	if (named) {
		take_given(named, &g);
		if (g.data.len > 0)
			data = (struct span){ buf_str(&g.data), g.data.len };
	} else {
		buf_init(&g.message, BUF_NO_MAX);
		buf_init(&g.data, BUF_NO_MAX);
		word_message(r, hide, &g.message);
		if (r->timed_out)
			snprintf(g.type, sizeof(g.type), "CommandTimedOut");
		else if (r->killed_by != 0)
			snprintf(g.type, sizeof(g.type), "CommandKilled");
	}
	buf_init(&text, BUF_NO_MAX);
	put_data(r, hide, data, &text);
	buf_init(&f->error, BUF_NO_MAX);
	f->delay_s = 0;
	f->flags = 0;
	snprintf(f->type, sizeof(f->type), "%s", g.type);
	error_put(f->type, buf_str(&g.message), g.message.len, buf_str(&text),
	    text.len, &f->error);
	f->failure.status = r->timed_out ? TIMED_OUT_STATUS : r->status;
	f->failure.type = f->type;
	f->failure.is_final = named != NULL;
	buf_clear(&text);
	buf_clear(&g.message);
	buf_clear(&g.data);
}

void
outcome_of_text(const char *type, const char *message, int status,
    struct failed_run *f)
{
	char data[64];

	snprintf(data, sizeof(data), "{\"exitStatus\":%d}", status);
	buf_init(&f->error, BUF_NO_MAX);
	f->delay_s = 0;
	f->flags = 0;
	snprintf(f->type, sizeof(f->type), "%s", type);
	error_put(type, message, strlen(message), data, strlen(data),
	    &f->error);
	f->failure.status = status;
	f->failure.type = f->type;
	f->failure.is_final = false;
}

void
outcome_error_type(struct span error, char *type)
{
	struct buf text;

	buf_init(&text, BUF_NO_MAX);
	json_unescape_member(error, "ErrorType", &text);
	snprintf(type, 256, "%s", text.len > 0 ? buf_str(&text) : "Error");
	buf_clear(&text);
}

int
outcome_status(uint8_t status, struct span error)
{
	return status == STATUS_TIMED_OUT ? TIMED_OUT_STATUS
					  : error_status(error);
}
