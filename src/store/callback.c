/*
 * callback.c - callback ids of the local service.
 *
 * 136 random bits make an id unguessable; to know the path is not enough. The
 * 18 bytes before the path are 24 characters, so the path can be read off an
 * id by hand when something has gone wrong.
 */
#include "store/callback.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/random.h"
#include "base/time.h"
#include "base/xalloc.h"

enum {
	ID_VERSION = 1,
	RANDOM_BYTES = 17,
	FIXED_BYTES = 1 + RANDOM_BYTES,
	PATH_BYTES_MAX = CALLBACK_ID_MAX / 4 * 3 - FIXED_BYTES,
};

/* From the alphabet of base64 to that of base64url. */
static void
to_url(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '+')
			p[i] = '-';
		else if (p[i] == '/')
			p[i] = '_';
}

int
callback_id_make(const char *path, struct buf *out, struct err *e)
{
	char bytes[FIXED_BYTES + PATH_BYTES_MAX];
	size_t n = strlen(path), start = out->len;

	if (n > PATH_BYTES_MAX)
		return err_set(e, ERR_REFUSED,
		    "make a callback id: the context file's path has %zu "
		    "bytes, an id has room for %d: use a shorter path",
		    n, PATH_BYTES_MAX);
	bytes[0] = ID_VERSION;
	if (random_bytes(bytes + 1, RANDOM_BYTES, e) < 0)
		return -1;
	memcpy(bytes + FIXED_BYTES, path, n);
	base64_encode(bytes, FIXED_BYTES + n, out);
	while (out->len > start && out->data[out->len - 1] == '=')
		out->data[--out->len] = '\0';
	to_url(out->data + start, out->len - start);
	return 0;
}

int
callback_id_path(const char *id, struct buf *out, struct err *e)
{
	struct buf text, bytes;
	int result = -1;

	buf_init(&text, CALLBACK_ID_MAX);
	buf_init(&bytes, CALLBACK_ID_MAX);
	buf_put_str(&text, id);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '-')
			text.data[i] = '+';
		else if (text.data[i] == '_')
			text.data[i] = '/';
	while (text.len % 4 != 0 && !buf_overflowed(&text))
		buf_put_char(&text, '=');
	if (!buf_overflowed(&text) &&
	    base64_decode(buf_str(&text), text.len, &bytes) == 0 &&
	    bytes.len > FIXED_BYTES && bytes.data[0] == ID_VERSION &&
	    bytes.data[FIXED_BYTES] == '/' &&
	    strlen(bytes.data + FIXED_BYTES) == bytes.len - FIXED_BYTES)
		result = 0;
	if (result == 0)
		buf_put(out, bytes.data + FIXED_BYTES, bytes.len - FIXED_BYTES);
	else
		err_set(e, ERR_USAGE, "Invalid callback id");
	buf_clear(&text);
	buf_clear(&bytes);
	return result;
}

/* What callback_find looks for. */
struct search {
	const char *id;
	struct op *found;
};

static int
compare(struct op *op, void *arg)
{
	struct search *search = arg;
	size_t n = strlen(search->id);
	unsigned char differs = 0;

	/* Ids need no escape, so a loaded text stands as it is. */
	if (!op->callback_id.p || op->callback_id.n != n)
		return 0;
	for (size_t i = 0; i < n; i++)
		differs |= (unsigned char)(op->callback_id.p[i] ^
		    search->id[i]);
	if (differs == 0)
		search->found = op;
	return 0;
}

struct op *
callback_find(struct table *t, const char *id)
{
	struct search search = { id, NULL };

	table_each(t, compare, &search);
	return search.found;
}

static enum event_type
event_of(const struct completion *c)
{
	if (c->type == OP_CALLBACK) {
		if (c->status == STATUS_STARTED)
			return EVENT_CALLBACK_HEARTBEAT;
		return c->status == STATUS_SUCCEEDED ? EVENT_CALLBACK_SUCCEEDED
						     : EVENT_CALLBACK_FAILED;
	}
	switch (c->status) {
	case STATUS_SUCCEEDED:
		return EVENT_INVOKE_SUCCEEDED;
	case STATUS_TIMED_OUT:
		return EVENT_INVOKE_TIMED_OUT;
	case STATUS_STOPPED:
		return EVENT_INVOKE_STOPPED;
	default:
		return EVENT_INVOKE_FAILED;
	}
}

static struct op *
find_operation(struct table *t, const struct completion *c)
{
	char *id = xmemdup(c->id.p ? c->id.p : "", c->id.n);
	struct op *op = NULL;

	if (c->type == OP_CALLBACK)
		op = callback_find(t, id);
	else if (c->id.n == OPID_LEN)
		op = table_find(t, id);
	free(id);
	return op && op->type == c->type ? op : NULL;
}

static int
refuse_settled(const struct op *op, struct err *e)
{
	struct buf when;

	buf_init(&when, BUF_NO_MAX);
	time_format(op->ended, &when);
	err_set(e, ERR_REFUSED,
	    "The callback is either timed out or already "
	    "completed: it is %s since %s",
	    op_status_name((enum op_status)op->status), buf_str(&when));
	buf_clear(&when);
	return -1;
}

int
completion_record(struct backend *b, const struct completion *c, int64_t now,
    struct op **done, struct err *e)
{
	struct record r = { 0 };
	struct op *op = find_operation(b->table, c);

	if (!op)
		return err_set(e, ERR_MISSING,
		    "Invalid callback id: this "
		    "execution has no such callback");
	if (op->status != STATUS_STARTED)
		return refuse_settled(op, e);
	r.time = now;
	r.event = event_of(c);
	memcpy(r.id, op->id, sizeof(r.id));
	r.u.id = r.id;
	r.u.payload = text_bytes(c->result.p, c->result.n);
	r.u.error = text_bytes(c->error.p, c->error.n);
	*done = op;
	return b->ops->event(b, &r, e);
}
