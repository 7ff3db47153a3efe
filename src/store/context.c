/*
 * context.c - the context file: locked, loaded, appended, committed.
 *
 * What update, event and tick bring is formatted into one queue at once; a
 * commit is one write of it and, when asked for, one sync. The end of the file
 * that is in doubt after a failure is cut off before the failure is told, so
 * whoever opens the file next finds whole records only; but nothing that was
 * there when we came, or that a sync of ours has covered, is ever cut. A sync
 * that failed is not tried again: the kernel may have dropped the pages, and
 * would say yes to the second one.
 *
 * Space is not reserved ahead: fallocate that keeps the size did not make the
 * sync any faster (ext4), and what would do so shows NULs to readers.
 */
#include "store/context.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "store/arn.h"
#include "store/callback.h"
#include "store/load.h"
#include "store/lock.h"
#include "store/service.h"
#include "store/state.h"

enum { QUEUE_KEPT = 1 << 16 /* bytes of memory that a commit leaves */ };

struct context {
	struct backend base;
	char *path;     /* as given, for messages */
	char *absolute; /* for callback ids */
	int fd;
	struct buf loaded; /* the file as it was; the table points into it */
	struct buf queue;
	off_t size;      /* of the file: whole records */
	off_t safe_size; /* never cut below: loaded, or synced by us */
	uint64_t sum;    /* of the last record, queued ones included */
	uint64_t synced; /* the last record that is known to be on disk */
	bool is_dirty;   /* not all that is written is known to be on disk */
	bool is_dead;
	struct service *service;
	struct execution_state state;
};

/* For context_counts: of the process, as its budget is. */
static uint64_t write_count, sync_count;

static int
sync_file(int fd, const char *path, struct err *e)
{
	sync_count++;
#ifdef HAVE_FDATASYNC
	if (fdatasync(fd) < 0)
#else
	if (fsync(fd) < 0)
#endif
		return err_sys(e, "sync %s", path);
	return 0;
}

/* After a failure: puts an end to c and to what is in doubt in its file. */
static int
fail(struct context *c, off_t good_size)
{
	c->is_dead = true;
	if (ftruncate(c->fd, good_size) < 0)
		log_line("%s: cannot be cut back to %lld bytes", c->path,
		    (long long)good_size);
	return -1;
}

static int
check_alive(const struct context *c, struct err *e)
{
	if (!c->is_dead)
		return 0;
	return err_set(e, ERR_BUG, "%s is used after it has failed", c->path);
}

/* Numbers the record and queues it. */
static void
queue_record(struct context *c, struct record *r)
{
	r->seq = c->state.last_seq + 1;
	r->synced = c->synced;
	state_apply(&c->state, r);
	record_format(r, &c->sum, &c->queue);
}

/* The table first: it refuses what may not be in the file. */
static int
apply_and_queue(struct context *c, struct record *r, struct err *e)
{
	struct op *op;

	if (state_apply_to_table(c->base.table, r, true, &op, e) < 0) {
		c->is_dead = true;
		return -1;
	}
	queue_record(c, r);
	c->base.queued++;
	if (op)
		service_watch(c->service, op);
	return 0;
}

/* What the service calls the outcome that is to come from outside. */
static int
make_id(struct context *c, const struct update *u, struct buf *out,
    struct err *e)
{
	char *arn;

	if (u->type == OP_CALLBACK)
		return callback_id_make(c->absolute, out, e);
	if (u->type != OP_INVOKE)
		return 0;
	arn = child_arn(&c->state.header, u->id);
	buf_put_str(out, arn);
	free(arn);
	return 0;
}

static int
context_update(struct backend *b, const struct update *u, int64_t now,
    struct err *e)
{
	struct context *c = (struct context *)b;
	struct record r = { .time = now, .u = *u };
	struct buf id;
	int result = -1;

	if (check_alive(c, e) < 0)
		return -1;
	buf_init(&id, BUF_NO_MAX);
	if (u->action != ACTION_START || make_id(c, u, &id, e) == 0) {
		if (id.len > 0)
			r.u.callback_id = text_bytes(id.data, id.len);
		result = apply_and_queue(c, &r, e);
	}
	if (result < 0)
		c->is_dead = true;
	buf_clear(&id);
	return result;
}

static int
context_event(struct backend *b, const struct record *r, struct err *e)
{
	struct context *c = (struct context *)b;
	struct record numbered = *r;

	if (check_alive(c, e) < 0)
		return -1;
	return apply_and_queue(c, &numbered, e);
}

static int
write_queue(struct context *c, struct err *e)
{
	write_count++;
	if (fd_write_all(c->fd, c->queue.data, c->queue.len, c->path, e) < 0)
		return fail(c, c->size);
	c->size += (off_t)c->queue.len;
	c->is_dirty = true;
	buf_reset(&c->queue);
	if (c->queue.size > QUEUE_KEPT)
		buf_clear(&c->queue);
	return 0;
}

static int
context_commit(struct backend *b, bool sync, struct err *e)
{
	struct context *c = (struct context *)b;

	if (check_alive(c, e) < 0)
		return -1;
	if (c->queue.len > 0 && write_queue(c, e) < 0)
		return -1;
	if (!sync)
		return 0;
	if (c->is_dirty && sync_file(c->fd, c->path, e) < 0)
		return fail(c, c->safe_size);
	c->is_dirty = false;
	c->safe_size = c->size;
	c->synced = c->state.last_seq;
	c->base.safe = c->base.queued;
	return 0;
}

static int64_t
context_next_due(struct backend *b)
{
	return service_next_due(((struct context *)b)->service);
}

/* A retry that is due follows from the RETRY's record and needs none. */
static int
make_ready(struct context *c, struct op *op, int64_t now, struct err *e)
{
	struct text none = { NULL, 0, false };

	return table_settle(c->base.table, op, STATUS_READY, none, none, now,
	    true, e);
}

/* A wait is over, or a callback has timed out with error. */
static int
end_op(struct context *c, struct op *op, const char *error, int64_t now,
    struct err *e)
{
	struct record r = { .time = now,
		.event = error ? EVENT_CALLBACK_TIMED_OUT
			       : EVENT_WAIT_SUCCEEDED,
		.u = { .id = op->id, .error = text_of(error) } };

	return apply_and_queue(c, &r, e);
}

/* One turn of tick: 1 when an operation was due, 0 when none was, -1. */
static int
fire_next(struct context *c, int64_t now, struct err *e)
{
	enum op_status status;
	bool is_heartbeat;
	const char *error = NULL;
	struct op *op;
	int result;

	op = service_take_due(c->service, now, &status, &is_heartbeat);
	if (!op)
		return 0;
	if (status == STATUS_TIMED_OUT)
		error = is_heartbeat
		    ? "{\"ErrorType\":\"Callback.Heartbeat\","
		      "\"ErrorMessage\":\"Callback timed out on heartbeat\"}"
		    : "{\"ErrorType\":\"Callback.Timeout\","
		      "\"ErrorMessage\":\"Callback timed out\"}";
	if (status == STATUS_READY)
		result = make_ready(c, op, now, e);
	else
		result = end_op(c, op, error, now, e);
	if (result < 0)
		return -1;
	if (c->base.changed)
		c->base.changed(op, c->base.changed_arg);
	return 1;
}

static int
context_tick(struct backend *b, int64_t now, struct err *e)
{
	struct context *c = (struct context *)b;
	int result;

	if (check_alive(c, e) < 0)
		return -1;
	while ((result = fire_next(c, now, e)) > 0)
		;
	if (result < 0)
		c->is_dead = true;
	return result;
}

static void
context_close_backend(struct backend *b)
{
	context_close((struct context *)b, false);
}

static const struct backend_ops context_ops = {
	.kind = "context file",
	.update = context_update,
	.event = context_event,
	.commit = context_commit,
	.next_due = context_next_due,
	.tick = context_tick,
	.close = context_close_backend,
};

/* Takes fd, which has the lock, over. NULL: there is no absolute path. */
static struct context *
new_context(const char *path, int fd, struct err *e)
{
	struct context *c = xcalloc(1, sizeof(*c));

	c->base.ops = &context_ops;
	c->base.table = table_new();
	c->fd = fd;
	c->path = xstrdup(path);
	buf_init(&c->loaded, BUF_NO_MAX);
	buf_init(&c->queue, BUF_NO_MAX);
	if ((c->absolute = realpath(path, NULL)))
		return c;
	err_sys(e, "find the absolute path of %s", path);
	context_close(c, false);
	return NULL;
}

static int
read_file(int fd, const char *path, struct buf *to, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, "read %s", path);
	buf_room(to, (size_t)st.st_size);
	return fd_read_all(fd, to, path, e);
}

/* Reads the file and cuts what was never acknowledged. */
static int
load(struct context *c, void (*notice)(const char *), struct err *e)
{
	struct load l = { .path = c->path,
		.state = &c->state,
		.table = c->base.table };
	char *text;

	if (read_file(c->fd, c->path, &c->loaded, e) < 0 ||
	    load_run(&l, buf_str(&c->loaded), c->loaded.len, e) < 0)
		return -1;
	c->sum = l.sum;
	c->size = c->safe_size = (off_t)l.good_bytes;
	/* The last process may have died between a write and its sync. */
	c->is_dirty = true;
	c->synced = l.synced;
	/* Or even between making the file and syncing its folder. */
	if (c->synced == 0 && fd_sync_folder_of(c->path, e) < 0)
		return -1;
	if (l.good_bytes == c->loaded.len)
		return 0;
	if (ftruncate(c->fd, c->size) < 0)
		return err_sys(e, "cut the unfinished end of %s", c->path);
	text = xasprintf(
	    "%s: cut off %zu bytes from line %llu on, which a "
	    "crash had left unfinished; nothing that was acknowledged is "
	    "lost",
	    c->path, c->loaded.len - l.good_bytes,
	    (unsigned long long)l.line + 1);
	if (notice)
		notice(text);
	log_line("%s", text);
	free(text);
	return 0;
}

/* Whether nothing was ever begun in the file, which c has locked. */
static int
check_unused(struct context *c, struct err *e)
{
	struct load l = { .path = c->path, .state = &c->state };
	struct err why;
	int result;

	if (read_file(c->fd, c->path, &c->loaded, e) < 0)
		return -1;
	result = load_run(&l, buf_str(&c->loaded), c->loaded.len, &why);
	execution_state_clear(&c->state);
	buf_clear(&c->loaded);
	if (result == 0)
		return err_set(e, ERR_BUSY, "%s exists already", c->path);
	if (why.code == ERR_MISSING)
		return 0;
	*e = why;
	return -1;
}

static int
write_header(struct context *c, const struct header *h, struct err *e)
{
	header_copy(&c->state.header, h);
	header_format(h, &c->sum, &c->queue);
	c->state.last_seq = 1;
	if (ftruncate(c->fd, 0) < 0)
		return err_sys(e, "empty %s", c->path);
	if (context_commit(&c->base, true, e) < 0)
		return -1;
	if (fd_sync_folder_of(c->path, e) < 0)
		return fail(c, 0);
	return 0;
}

/* The folder of path, with what is missing of it. */
static int
make_folder_of(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	int result;

	if (!slash || slash == path)
		return 0;
	folder = xmemdup(path, (size_t)(slash - path));
	result = fd_make_folders(folder, e);
	free(folder);
	return result;
}

struct context *
context_create(const char *path, const struct header *h, struct err *e)
{
	struct context *c;
	int fd;

	if (make_folder_of(path, e) < 0 || (fd = lock_create(path, e)) < 0)
		return NULL;
	if (!(c = new_context(path, fd, e)))
		return NULL;
	if (check_unused(c, e) < 0 || write_header(c, h, e) < 0) {
		context_close(c, false);
		return NULL;
	}
	c->service = service_new(c->base.table);
	return c;
}

/* Takes fd over, also on failure. */
static struct context *
open_with(const char *path, int fd, void (*notice)(const char *), struct err *e)
{
	struct context *c;

	if (fd < 0 || !(c = new_context(path, fd, e)))
		return NULL;
	if (load(c, notice, e) < 0) {
		context_close(c, false);
		return NULL;
	}
	c->service = service_new(c->base.table);
	return c;
}

struct context *
context_open(const char *path, void (*notice)(const char *), struct err *e)
{
	return open_with(path, lock_open(path, e), notice, e);
}

struct context *
context_open_locked(const char *path, int fd, void (*notice)(const char *),
    struct err *e)
{
	return open_with(path, lock_adopt(path, fd, e), notice, e);
}

bool
context_is_locked(const char *path)
{
	return lock_is_taken(path);
}

int
context_wait_unlocked(const char *path, struct err *e)
{
	return lock_wait(path, e);
}

struct backend *
context_backend(struct context *c)
{
	return &c->base;
}

const struct execution_state *
context_state(const struct context *c)
{
	return &c->state;
}

const char *
context_path(const struct context *c)
{
	return c->path;
}

int
context_fd(const struct context *c)
{
	return c->fd;
}

void
context_close(struct context *c, bool keep_lock)
{
	if (!c)
		return;
	log_line("%s: closed after %llu writes and %llu syncs", c->path,
	    (unsigned long long)write_count, (unsigned long long)sync_count);
	service_free(c->service);
	table_free(c->base.table);
	buf_clear(&c->loaded);
	buf_clear(&c->queue);
	execution_state_clear(&c->state);
	/* All that counts is synced by now, so close has nothing to tell. */
	if (!keep_lock)
		close(c->fd);
	free(c->path);
	free(c->absolute);
	free(c);
}

int
context_read(const char *path, struct execution_state *state,
    struct table *table,
    int (*each)(const struct record *, void *, struct err *), void *arg,
    struct err *e)
{
	struct load l = { .path = path,
		.state = state,
		.table = table,
		.copy = true,
		.each = each,
		.arg = arg };
	struct buf file;
	int fd, result = -1;

	memset(state, 0, sizeof(*state));
	if ((fd = lock_open_to_read(path, e)) < 0)
		return -1;
	buf_init(&file, BUF_NO_MAX);
	if (read_file(fd, path, &file, e) == 0)
		result = load_run(&l, buf_str(&file), file.len, e);
	close(fd);
	buf_clear(&file);
	return result;
}

void
context_counts(uint64_t *writes, uint64_t *syncs)
{
	*writes = write_count;
	*syncs = sync_count;
}
