/*
 * error.c - the exit status that a recorded error stands for.
 */
#include "model/error.h"

#include <stdlib.h>
#include <string.h>

enum { TIMED_OUT_STATUS = 124 };

/* These errors come from the service and have no data. */
static bool
is_of_timeout(struct span error)
{
	static const char *const types[] = { "Callback.Timeout",
		"Callback.Heartbeat", "Execution.Timeout" };
	struct buf type;
	bool is_one = false;

	buf_init(&type, BUF_NO_MAX);
	json_unescape_member(error, "ErrorType", &type);
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
	json_unescape_member(error, "ErrorData", &data);
	if (data.len > 0 &&
	    json_check(data.data, data.len, &object, &ignored) == 0 &&
	    json_kind(object) == '{' && json_find(object, "exitStatus", &v))
		n = strtol(v.p, NULL, 10);
	buf_clear(&data);
	if (n == 0 && is_of_timeout(error))
		return TIMED_OUT_STATUS;
	return n > 0 && n < 256 ? (int)n : 1;
}

/* What the data of an error become: the status, and the given ones. */
static void
put_data(int status, const struct buf *given, struct buf *out)
{
	struct err ignored;
	struct span v;

	buf_printf(out, "{\"exitStatus\":%d", status);
	if (given->len > 0)
		buf_put_str(out, ",\"data\":");
	if (given->len > 0 &&
	    json_check(given->data, given->len, &v, &ignored) == 0)
		buf_put(out, v.p, v.n);
	else if (given->len > 0)
		json_escape(given->data, given->len, out);
	buf_put_char(out, '}');
}

void
error_say_status(struct buf *error, int status)
{
	struct span object = { buf_str(error), error->len }, key, value;
	struct buf given, data, all;
	size_t pos = 0;

	if (json_kind(object) != '{' || error_status(object) == status)
		return;
	buf_init(&given, BUF_NO_MAX);
	buf_init(&data, BUF_NO_MAX);
	buf_init(&all, BUF_NO_MAX);
	json_unescape_member(object, "ErrorData", &given);
	put_data(status, &given, &data);
	buf_put_char(&all, '{');
	while (json_next_member(object, &pos, &key, &value)) {
		if (key.n == 11 && memcmp(key.p, "\"ErrorData\"", 11) == 0)
			continue;
		buf_put(&all, key.p, key.n);
		buf_put_char(&all, ':');
		buf_put(&all, value.p, value.n);
		buf_put_char(&all, ',');
	}
	buf_put_str(&all, "\"ErrorData\":");
	json_escape(data.data, data.len, &all);
	buf_put_char(&all, '}');
	buf_reset(error);
	buf_put(error, all.data, all.len);
	buf_clear(&given);
	buf_clear(&data);
	buf_clear(&all);
}
