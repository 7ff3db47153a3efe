/*
 * external.c - outcomes that come from outside.
 */
#include "client/external.h"

#include <stdio.h>
#include <string.h>

#include "client/outcome.h"
#include "model/op.h"

enum { TIMED_OUT_STATUS = 124 };

int
external_check(struct output *o, struct err *e)
{
	if (o->jq)
		o->json = true;
	if (o->bare && !o->json)
		return err_set(e, ERR_USAGE,
		    "-r prints a JSON string without "
		    "quotes: give --json or --jq as well");
	return 0;
}

int
external_create(struct client *c, const char *name,
    const struct callback_limits *limits, struct reply *rp, struct err *e)
{
	struct request rq = { .type = MSG_OPEN };

	rq.op_type = OP_CALLBACK;
	rq.subtype = SUB_CALLBACK;
	rq.name = span_of(name);
	rq.seconds = limits->timeout_s;
	rq.seconds2 = limits->heartbeat_s;
	return client_ask(c, &rq, rp, e);
}

static int
print_json(const struct output *o, struct span text, struct buf *out,
    struct err *e)
{
	struct span v;

	if (json_check(text.p ? text.p : "", text.n, &v, e) < 0)
		return err_wrap(e, "the outcome is not JSON");
	if (o->jq)
		return output_jq(o->jq, o->bare, v, out, e) < 0 ? -1 : 0;
	if (o->bare && json_kind(v) == '"')
		json_unescape(v, out);
	else
		buf_put(out, v.p, v.n);
	return 0;
}

/* Appends what is printed for the text of an outcome, with its newline. */
static int
print_text(const struct output *o, struct span text, struct buf *out,
    struct err *e)
{
	if (o->json && print_json(o, text, out, e) < 0)
		return -1;
	if (!o->json && text.p)
		buf_put(out, text.p, text.n);
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_put_char(out, '\n');
	return 0;
}

/* Prints an outcome: the exit status. A decoder that fails says nothing about
 * the outcome, so that the script must not go on; what is no JSON does. */
static int
print_outcome(struct client *c, const struct output *o, const char *noun,
    struct span text, bool *closed)
{
	struct buf decoded, out;
	struct err e;
	int status = 0;

	buf_init(&decoded, BUF_NO_MAX);
	buf_init(&out, BUF_NO_MAX);
	if (o->decode) {
		if (output_filter(o->decode, text, &decoded, &e) < 0)
			client_abort(c, e.text);
		text = (struct span){ buf_str(&decoded), decoded.len };
	}
	if (print_text(o, text, &out, &e) < 0) {
		fprintf(stderr, "durable %s: %s\n", noun, e.text);
		status = 1;
	} else if (output_write(&out, closed, &e) < 0) {
		client_abort(c, e.text);
	}
	buf_clear(&out);
	buf_clear(&decoded);
	return status;
}

void
external_say_failure(const char *noun, const char *name, const struct reply *rp)
{
	struct buf text, shown;
	struct span v;

	buf_init(&text, BUF_NO_MAX);
	buf_init(&shown, BUF_NO_MAX);
	buf_printf(&text, "%s%s%.80s %s: ", noun, name ? " " : "",
	    name ? name : "",
	    rp->status == STATUS_TIMED_OUT ? "timed out" : "failed");
	if (rp->error.p &&
	    (json_find(rp->error, "ErrorMessage", &v) ||
		json_find(rp->error, "ErrorType", &v)) &&
	    json_kind(v) == '"')
		json_unescape(v, &text);
	text_escape(buf_str(&text), text.len, &shown);
	fprintf(stderr, "durable: %s\n", buf_str(&shown));
	buf_clear(&text);
	buf_clear(&shown);
}

int
external_finish(struct client *c, const struct output *o, const char *noun,
    const char *name, const struct reply *rp)
{
	bool closed = false;
	int status = 0;

	if (rp->status != STATUS_SUCCEEDED) {
		status = rp->status == STATUS_TIMED_OUT ? TIMED_OUT_STATUS
							: (int)rp->number;
		external_say_failure(noun, name, rp);
	} else if (!o->quiet) {
		status = print_outcome(c, o, noun, rp->payload, &closed);
	}
	client_bye(c, status);
	return closed ? 141 : status;
}
