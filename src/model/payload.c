/*
 * payload.c - a value of the user's as it is recorded, and back.
 */
#include "model/payload.h"

#include <string.h>

enum {
	ERROR_MAX = PAYLOAD_UPDATE_WITH_ERROR_MAX - 4096,
	ERROR_TYPE_MAX = 1024, /* escaped */
	ERROR_FRAME = sizeof("{\"ErrorType\":\"\",\"ErrorMessage\":\"\","
			     "\"ErrorData\":\"\"}"),
	EXIT_STATUS_MAX = 255,
};

static const char base64_key[] = "$base64";
static const char exit_start[] = "{\"$exit\":";
static const char value_start[] = ",\"$value\":";

static size_t
without_newlines(const char *p, size_t n)
{
	while (n > 0 && p[n - 1] == '\n')
		n--;
	return n;
}

static void
put_base64_object(const char *p, size_t n, struct buf *out)
{
	buf_printf(out, "{\"%s\":\"", base64_key);
	base64_encode(p, n, out);
	buf_put_str(out, "\"}");
}

static int
record_json(const char *p, size_t n, struct buf *out, struct err *e)
{
	struct span value;

	if (json_check(p, n, &value, e) < 0)
		return err_wrap(e, "is not JSON");
	buf_put(out, value.p, value.n);
	return 0;
}

/* Appends the bytes of {"$base64":"..."}; -1 when v is something else. */
static int
put_base64_bytes(struct span v, struct buf *out)
{
	struct buf digits;
	struct span key, value, rest;
	size_t pos = 0;
	int result = -1;

	buf_init(&digits, BUF_NO_MAX);
	if (json_next_member(v, &pos, &key, &value) &&
	    key.n == sizeof(base64_key) + 1 &&
	    memcmp(key.p + 1, base64_key, sizeof(base64_key) - 1) == 0 &&
	    json_kind(value) == '"' &&
	    !json_next_member(v, &pos, &key, &rest)) {
		json_unescape(value, &digits);
		result = base64_decode(buf_str(&digits), digits.len, out);
	}
	buf_clear(&digits);
	return result;
}

static int
print_text(bool is_raw, struct span v, struct buf *out, struct err *e)
{
	size_t before = out->len;

	if (json_kind(v) == '"') {
		json_unescape(v, out);
		if (!is_raw && out->len > before)
			buf_put_char(out, '\n');
		return 0;
	}
	if (json_kind(v) == '{' && put_base64_bytes(v, out) == 0)
		return 0;
	return err_set(e, ERR_CORRUPT,
	    "what is recorded is not text: it was recorded with another option");
}

static void
print_json(bool bare, struct span v, struct buf *out)
{
	if (bare && json_kind(v) == '"')
		json_unescape(v, out);
	else
		buf_put(out, v.p, v.n);
	buf_put_char(out, '\n');
}

/* Length in bytes of the UTF-8 character at p, 0 when it is none (or NUL). */
static size_t
character(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;
	size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return len <= n && utf8_is_text(p, len) ? len : 0;
}

static void
put_repaired(const char *p, size_t n, struct buf *out)
{
	while (n > 0) {
		size_t len = character(p, n);

		if (len > 0)
			buf_put(out, p, len);
		else
			buf_put_str(out, "\xef\xbf\xbd");
		len = len > 0 ? len : 1;
		p += len;
		n -= len;
	}
}

/* Length of the character or escape at p, in valid escaped text. */
static size_t
escaped_character(const char *p, size_t n)
{
	if (*p == '\\')
		return p[1] == 'u' ? 6 : 2;
	return character(p, n);
}

/* Appends p between quotes, escaped and cut to max bytes, whole characters and
 * whole escapes only; returns how many bytes stand between the quotes. */
static size_t
put_cut(const char *p, size_t n, size_t max, struct buf *out)
{
	struct buf repaired, quoted;
	struct span text;
	size_t used = 0;

	buf_init(&repaired, BUF_NO_MAX);
	buf_init(&quoted, BUF_NO_MAX);
	/* A byte gives at least one, so no more of p can matter; the 4 are
	 * there for a character that the limit would tear. */
	put_repaired(p, n < max + 4 ? n : max + 4, &repaired);
	json_escape(buf_str(&repaired), repaired.len, &quoted);
	text = (struct span){ quoted.data + 1, quoted.len - 2 };
	while (used < text.n) {
		size_t len = escaped_character(text.p + used, text.n - used);

		if (used + len > max)
			break;
		used += len;
	}
	buf_put_char(out, '"');
	buf_put(out, text.p, used);
	buf_put_char(out, '"');
	buf_clear(&repaired);
	buf_clear(&quoted);
	return used;
}

/* Takes the digits at *p, a number up to EXIT_STATUS_MAX, or returns -1. */
static int
take_status(const char **p)
{
	const char *start = *p;
	int number = 0;

	for (; **p >= '0' && **p <= '9' && number <= EXIT_STATUS_MAX; ++*p)
		number = number * 10 + (**p - '0');
	return *p == start || number > EXIT_STATUS_MAX ? -1 : number;
}

/*
 * Only payload_wrap_exit writes this form, so the bytes are taken as they
 * stand: the value of an --encode command need not be JSON.
 */
static int
take_exit(struct span wrapped, int *status, struct span *recorded)
{
	const size_t start = sizeof(exit_start) - 1;
	const size_t value = sizeof(value_start) - 1;
	const char *p = wrapped.p;
	size_t n;

	if (wrapped.n < start + 2 || memcmp(p, exit_start, start) != 0 ||
	    p[wrapped.n - 1] != '}')
		return -1;
	p += start;
	if ((*status = take_status(&p)) < 0)
		return -1;
	n = (size_t)(wrapped.p + wrapped.n - 1 - p);
	*recorded = (struct span){ NULL, 0 };
	if (n == 0)
		return 0;
	if (n < value || memcmp(p, value_start, value) != 0)
		return -1;
	*recorded = (struct span){ p + value, n - value };
	return 0;
}

int
payload_record(enum payload_form form, const char *p, size_t n, struct buf *out,
    struct err *e)
{
	if (n == 0)
		p = "";
	if (form == PAYLOAD_JSON)
		return record_json(p, n, out, e);
	if (!utf8_is_text(p, n))
		put_base64_object(p, n, out);
	else
		json_escape(p, form == PAYLOAD_RAW ? n : without_newlines(p, n),
		    out);
	return 0;
}

int
payload_print(enum payload_form form, bool bare, struct span recorded,
    struct buf *out, struct err *e)
{
	struct span v;
	struct err why;

	if (!recorded.p)
		return 0;
	if (json_check(recorded.p, recorded.n, &v, &why) < 0)
		return err_set(e, ERR_CORRUPT,
		    "what is recorded is not JSON (%s): it was recorded with "
		    "another option",
		    why.text);
	if (form != PAYLOAD_JSON)
		return print_text(form == PAYLOAD_RAW, v, out, e);
	print_json(bare, v, out);
	return 0;
}

void
payload_wrap_exit(int status, struct span recorded, struct buf *out)
{
	buf_printf(out, "%s%d", exit_start, status);
	if (recorded.p) {
		buf_put_str(out, value_start);
		buf_put(out, recorded.p, recorded.n);
	}
	buf_put_char(out, '}');
}

int
payload_unwrap_exit(struct span wrapped, int *status, struct span *recorded,
    struct err *e)
{
	if (take_exit(wrapped, status, recorded) < 0)
		return err_set(e, ERR_CORRUPT,
		    "what is recorded has no exit status: it was recorded "
		    "without --accept");
	return 0;
}

void
error_put(const char *type, const char *message, size_t message_n,
    const char *data, size_t data_n, struct buf *out)
{
	size_t room = ERROR_MAX - ERROR_FRAME;

	buf_put_str(out, "{\"ErrorType\":");
	room -= put_cut(type, strlen(type), ERROR_TYPE_MAX, out);
	buf_put_str(out, ",\"ErrorMessage\":");
	room -= put_cut(message, message_n, data ? room / 2 : room, out);
	if (data) {
		buf_put_str(out, ",\"ErrorData\":");
		put_cut(data, data_n, room, out);
	}
	buf_put_char(out, '}');
}

int
payload_of_output(const struct buf *output, struct buf *out, struct err *e)
{
	struct span v;
	struct err ignored;

	if (output->len == 0)
		return 0;
	if (json_check(output->data, output->len, &v, &ignored) == 0 &&
	    (json_kind(v) == '{' || json_kind(v) == '[')) {
		buf_put(out, v.p, v.n);
		return 0;
	}
	return payload_record(PAYLOAD_TEXT, output->data, output->len, out, e);
}
