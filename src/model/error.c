/*
 * error.c - the exit status that a recorded error stands for.
 */
#include "model/error.h"

#include <stdlib.h>
#include <string.h>

#include "model/payload.h"

enum { TIMED_OUT_STATUS = 124 };

static void
take_string(struct span object, const char *name, struct buf *out)
{
	struct span v;

	if (object.p && json_find(object, name, &v) && json_kind(v) == '"')
		json_unescape(v, out);
}

/* These errors come from the service and have no data. */
static bool
is_of_timeout(struct span error)
{
	static const char *const types[] = { "Callback.Timeout",
		"Callback.Heartbeat", "Execution.Timeout" };
	struct buf type;
	bool is_one = false;

	buf_init(&type, BUF_NO_MAX);
	take_string(error, "ErrorType", &type);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		is_one = is_one || strcmp(buf_str(&type), types[i]) == 0;
	buf_clear(&type);
	return is_one;
}

int
error_status(struct span error)
{
	struct span object, v;
	struct buf data;
	struct err ignored;
	long n = 0;

	buf_init(&data, BUF_NO_MAX);
	take_string(error, "ErrorData", &data);
	if (data.len > 0 &&
	    json_check(data.data, data.len, &object, &ignored) == 0 &&
	    json_kind(object) == '{' && json_find(object, "exitStatus", &v))
		n = strtol(v.p, NULL, 10);
	buf_clear(&data);
	if (n == 0 && is_of_timeout(error))
		return TIMED_OUT_STATUS;
	return n > 0 && n < 256 ? (int)n : 1;
}

void
error_say_status(struct buf *error, int status)
{
	struct span object = { buf_str(error), error->len }, v;
	struct buf type, message, given, data;
	struct err ignored;

	if (error_status(object) == status)
		return;
	buf_init(&type, BUF_NO_MAX);
	buf_init(&message, BUF_NO_MAX);
	buf_init(&given, BUF_NO_MAX);
	buf_init(&data, BUF_NO_MAX);
	take_string(object, "ErrorType", &type);
	take_string(object, "ErrorMessage", &message);
	take_string(object, "ErrorData", &given);
	buf_printf(&data, "{\"exitStatus\":%d", status);
	if (given.len > 0)
		buf_put_str(&data, ",\"data\":");
	if (given.len > 0 &&
	    json_check(given.data, given.len, &v, &ignored) == 0)
		buf_put(&data, v.p, v.n);
	else if (given.len > 0)
		json_escape(given.data, given.len, &data);
	buf_put_char(&data, '}');
	buf_reset(error);
	error_put(buf_str(&type), buf_str(&message), message.len,
	    buf_str(&data), data.len, error);
	buf_clear(&type);
	buf_clear(&message);
	buf_clear(&given);
	buf_clear(&data);
}
