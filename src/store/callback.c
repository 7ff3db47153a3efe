/*
 * callback.c - callback ids of the local service.
 *
 * 136 random bits make an id unguessable; to know the path is not enough. The
 * 18 bytes before the path are 24 characters, so the path can be read off an
 * id by hand when something has gone wrong.
 */
#include "store/callback.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_GETRANDOM
# include <sys/random.h>
#endif

#include "base/json.h"

enum {
	ID_VERSION = 1,
	RANDOM_BYTES = 17,
	FIXED_BYTES = 1 + RANDOM_BYTES,
	PATH_BYTES_MAX = CALLBACK_ID_MAX / 4 * 3 - FIXED_BYTES,
};

static int
read_device(unsigned char *p, size_t n, struct err *e)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return err_sys(e, "open /dev/urandom");
	got = read(fd, p, n);
	if (got != (ssize_t)n)
		err_sys(e, "read /dev/urandom");
	close(fd);
	return got == (ssize_t)n ? 0 : -1;
}

static int
random_bytes(unsigned char *p, size_t n, struct err *e)
{
#ifdef HAVE_GETRANDOM
	ssize_t got;

	/* So few come at once or not at all. */
	do
		got = getrandom(p, n, 0);
	while (got < 0 && errno == EINTR);
	if (got == (ssize_t)n)
		return 0;
#endif
	return read_device(p, n, e);
}

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
	if (random_bytes((unsigned char *)bytes + 1, RANDOM_BYTES, e) < 0)
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
