/*
 * completion.c - what somebody outside says of a callback, from words.
 */
#include "outside/completion.h"

#include <string.h>

#include "base/value.h"
#include "model/payload.h"

static int
check_words(const struct call *c, const struct completion_words *w,
    struct err *e)
{
	const char *part = c->argv[0];
	bool fails = strcmp(part, "failure") == 0;

	if (c->argc < 2 || c->argv[1][0] == '\0')
		return err_set(e, ERR_USAGE, "callback %s: which ID?", part);
	if (strcmp(part, "heartbeat") == 0 &&
	    (c->argc > 2 || w->json || w->data))
		return err_set(e, ERR_USAGE,
		    "callback heartbeat takes nothing but the ID");
	if (c->argc > 3)
		return err_set(e, ERR_USAGE,
		    "callback %s: '%s' is one operand "
		    "too many",
		    part, c->argv[3]);
	if (w->json && (fails || c->argc == 3))
		return err_set(e, ERR_USAGE,
		    "--json is the result of success: "
		    "give no VALUE besides");
	if (w->data && !fails)
		return err_set(e, ERR_USAGE, "--data belongs to failure");
	return 0;
}

static int
make_result(const struct call *c, const struct completion_words *w,
    struct buf *out, struct err *e)
{
	if (w->json)
		return value_read_json(w->json, out, e);
	if (c->argc == 3 && value_read(c->argv[2], out, e) < 0)
		return -1;
	if (!utf8_is_text(buf_str(out), out->len))
		return err_set(e, ERR_USAGE, "the result is not UTF-8 text");
	return 0;
}

static int
make_error(const struct call *c, const struct completion_words *w,
    struct buf *out, struct err *e)
{
	const char *message = c->argc == 3 ? c->argv[2] : "";
	struct buf data;
	int result = 0;

	buf_init(&data, BUF_NO_MAX);
	if (w->data)
		result = value_read_json(w->data, &data, e);
	if (result == 0)
		error_put(w->type ? w->type : "Error", message, strlen(message),
		    w->data ? buf_str(&data) : NULL, data.len, out);
	buf_clear(&data);
	return result;
}

int
completion_parse(const struct call *c, const struct completion_words *w,
    struct completion *done, struct buf *text, struct err *e)
{
	const char *part = c->argv[0];

	memset(done, 0, sizeof(*done));
	if (check_words(c, w, e) < 0)
		return -1;
	done->type = OP_CALLBACK;
	done->id = (struct span){ c->argv[1], strlen(c->argv[1]) };
	done->status = STATUS_STARTED;
	if (strcmp(part, "success") == 0) {
		done->status = STATUS_SUCCEEDED;
		if (make_result(c, w, text, e) < 0)
			return -1;
		if (c->argc == 3 || w->json)
			done->result = (struct span){ buf_str(text),
				text->len };
	} else if (strcmp(part, "failure") == 0) {
		done->status = STATUS_FAILED;
		if (make_error(c, w, text, e) < 0)
			return -1;
		done->error = (struct span){ buf_str(text), text->len };
	}
	if (text->len > PAYLOAD_LAMBDA_MAX)
		return err_set(e, ERR_USAGE,
		    "a result of %zu bytes: the limit "
		    "is %d",
		    text->len, PAYLOAD_LAMBDA_MAX);
	return 0;
}
