/*
 * handler_error.c - the error of an execution whose handler has failed.
 */
#include <stdio.h>
#include <string.h>

#include "engine/requests.h"
#include "engine/state.h"
#include "model/error.h"
#include "model/payload.h"

/* What was named, with the handler's exit status in its data. */
static void
put_named_error(const char *named, int status, struct buf *out)
{
	struct span object = { named, strlen(named) };
	struct buf type, message, given, data;

	buf_init(&type, BUF_NO_MAX);
	buf_init(&message, BUF_NO_MAX);
	buf_init(&given, BUF_NO_MAX);
	buf_init(&data, BUF_NO_MAX);
	json_unescape_member(object, "ErrorType", &type);
	json_unescape_member(object, "ErrorMessage", &message);
	json_unescape_member(object, "ErrorData", &given);
	buf_printf(&data, "{\"exitStatus\":%d", status);
	if (given.len > 0)
		buf_printf(&data, ",\"data\":%s", buf_str(&given));
	buf_put_char(&data, '}');
	error_put(buf_str(&type), buf_str(&message), message.len,
	    buf_str(&data), data.len, out);
	buf_clear(&type);
	buf_clear(&message);
	buf_clear(&given);
	buf_clear(&data);
}

bool
engine_is_named_failed(const struct engine *en)
{
	return en->named_error != NULL;
}

void
engine_handler_error(struct engine *en, int status, struct buf *out)
{
	char text[64], data[64];
	int n, m;

	if (en->named_error) {
		put_named_error(en->named_error, status, out);
		return;
	}
	if (en->root.failed_error && en->root.failed_status == status) {
		buf_put_str(out, en->root.failed_error);
		error_say_status(out, status);
		return;
	}
	n = snprintf(text, sizeof(text), "exited with status %d", status);
	m = snprintf(data, sizeof(data), "{\"exitStatus\":%d}", status);
	error_put("HandlerFailed", text, (size_t)n, data, (size_t)m, out);
}
