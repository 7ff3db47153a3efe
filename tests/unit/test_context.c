/*
 * test_context.c - context.h: the lock, commits, the service, the state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/time.h"
#include "sample.h"
#include "store/callback.h"
#include "store/context.h"

#define PATH "x.jsonl"

static struct err e; /* of the last call */

static struct context *
create(const char *path)
{
	struct header h = sample_header();
	struct context *c;

	unlink(path);
	c = context_create(path, &h, &e);
	if (!c)
		fail_msg("%s", e.text);
	return c;
}

static void
no_notice(const char *text)
{
	fail_msg("%s", text);
}

static struct context *
reopen(struct context *c)
{
	context_close(c, false);
	c = context_open(PATH, no_notice, &e);
	if (!c)
		fail_msg("%s", e.text);
	return c;
}

static void
update(struct context *c, const struct update *u, int64_t now)
{
	struct backend *b = context_backend(c);

	if (b->ops->update(b, u, now, &e) < 0)
		fail_msg("%s", e.text);
}

static void
event(struct context *c, const struct record *r)
{
	struct backend *b = context_backend(c);

	if (b->ops->event(b, r, &e) < 0)
		fail_msg("%s", e.text);
}

static void
commit(struct context *c, bool sync)
{
	struct backend *b = context_backend(c);

	if (b->ops->commit(b, sync, &e) < 0)
		fail_msg("%s", e.text);
}

static void
step(struct context *c, const char *name, enum op_action action)
{
	char id[OPID_LEN + 1];
	struct update u = sample_step(sample_id(name, id), name, action);

	if (action == ACTION_SUCCEED)
		u.payload = text_of("\"done\"");
	if (action == ACTION_FAIL)
		u.error = text_of("{\"ErrorType\":\"E\"}");
	if (action == ACTION_RETRY)
		u.delay_s = 5;
	update(c, &u, SAMPLE_TIME);
}

static struct op *
find(struct context *c, const char *name)
{
	char id[OPID_LEN + 1];

	return table_find(context_backend(c)->table, sample_id(name, id));
}

static size_t
file_size(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void
assert_refused(const char *path, enum err_code code, const char *text)
{
	assert_null(context_open(path, no_notice, &e));
	assert_int_equal(e.code, code);
	if (!strstr(e.text, text))
		fail_msg("%s", e.text);
}

static void
what_was_committed_is_there_again(void **state)
{
	struct context *c = create(PATH);
	char id[OPID_LEN + 1];
	struct update u = sample_step(sample_id("s", id), "s", ACTION_START);

	(void)state;
	update(c, &u, 1000);
	u.action = ACTION_RETRY;
	u.payload = text_of("a\n\"b\"");
	u.delay_s = 2;
	update(c, &u, 2000);
	commit(c, true);
	c = reopen(c);
	assert_int_equal(table_count(context_backend(c)->table), 1);
	assert_int_equal(find(c, "s")->status, STATUS_PENDING);
	assert_int_equal(find(c, "s")->attempt, 1);
	assert_int_equal(find(c, "s")->due, 4000);
	assert_true(text_equal(find(c, "s")->result, u.payload));
	assert_int_equal(context_state(c)->last_seq, 3);
	assert_int_equal(context_state(c)->retries, 1);
	assert_string_equal(context_state(c)->header.name, "order-17");
	assert_string_equal(context_path(c), PATH);
	context_close(c, false);
}

static void
what_was_not_committed_is_not(void **state)
{
	struct context *c = create(PATH);
	size_t n = file_size(PATH);

	(void)state;
	step(c, "s", ACTION_START);
	assert_int_equal(file_size(PATH), n);
	c = reopen(c);
	assert_null(find(c, "s"));
	context_close(c, false);
}

/* How many write and sync calls there have been since the last call. */
static void
assert_calls(uint64_t wanted_writes, uint64_t wanted_syncs)
{
	static uint64_t last_writes, last_syncs;
	uint64_t writes, syncs;

	context_counts(&writes, &syncs);
	if (wanted_writes != UINT64_MAX) {
		assert_int_equal(writes - last_writes, wanted_writes);
		assert_int_equal(syncs - last_syncs, wanted_syncs);
	}
	last_writes = writes;
	last_syncs = syncs;
}

static void
commit_is_one_write_and_one_sync(void **state)
{
	struct context *c;

	(void)state;
	assert_calls(UINT64_MAX, 0);
	c = create(PATH);
	assert_calls(1, 1);
	commit(c, true);
	assert_calls(0, 0);
	step(c, "a", ACTION_START);
	step(c, "b", ACTION_START);
	commit(c, false);
	assert_calls(1, 0);
	commit(c, false);
	assert_calls(0, 0);
	step(c, "a", ACTION_SUCCEED);
	commit(c, true);
	assert_calls(1, 1);
	commit(c, true);
	assert_calls(0, 0);
	step(c, "b", ACTION_SUCCEED);
	commit(c, false);
	commit(c, true);
	assert_calls(1, 1);
	context_close(c, false);
}

/* The process before may have died between its write and its sync. */
static void
first_sync_after_loading_is_made(void **state)
{
	struct context *c = create(PATH);

	(void)state;
	step(c, "a", ACTION_START);
	commit(c, true);
	c = reopen(c);
	assert_calls(UINT64_MAX, 0);
	commit(c, false);
	assert_calls(0, 0);
	commit(c, true);
	assert_calls(0, 1);
	commit(c, true);
	assert_calls(0, 0);
	context_close(c, false);
}

static int
append_synced(const struct record *r, void *arg, struct err *ignored)
{
	(void)ignored;
	buf_printf(arg, "%d ", (int)r->synced);
	return 0;
}

static void
records_say_what_was_synced_before_them(void **state)
{
	struct context *c = create(PATH);
	struct execution_state s;
	struct buf synced;

	(void)state;
	step(c, "a", ACTION_START); /* 2 */
	commit(c, false);
	step(c, "b", ACTION_START); /* 3 */
	commit(c, true);
	step(c, "a", ACTION_SUCCEED); /* 4 */
	step(c, "b", ACTION_SUCCEED); /* 5 */
	commit(c, true);
	c = reopen(c);
	step(c, "c", ACTION_START); /* 6: all it knows is what 5 says */
	commit(c, true);
	step(c, "c", ACTION_SUCCEED); /* 7 */
	commit(c, true);
	context_close(c, false);
	buf_init(&synced, BUF_NO_MAX);
	assert_int_equal(context_read(PATH, &s, NULL, append_synced, &synced,
			     &e),
	    0);
	assert_string_equal(buf_str(&synced), "1 1 3 3 3 6 ");
	execution_state_clear(&s);
	buf_clear(&synced);
}

static void
full_file_is_cut_back(void **state)
{
	struct rlimit old, small;
	struct context *c = create(PATH);
	struct backend *b = context_backend(c);
	char *before, *after;

	(void)state;
	step(c, "a", ACTION_START);
	commit(c, false);
	before = sample_read_file(PATH, NULL);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = strlen(before) + 300;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	step(c, "a", ACTION_SUCCEED);
	step(c, "b", ACTION_START);
	assert_int_equal(b->ops->commit(b, true, &e), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(e.sys, EFBIG);
	after = sample_read_file(PATH, NULL);
	assert_string_equal(before, after);
	/* Dead, also when there would be room again. */
	assert_int_equal(b->ops->commit(b, true, &e), -1);
	assert_int_equal(b->ops->tick(b, 0, &e), -1);
	c = reopen(c);
	assert_int_equal(find(c, "a")->status, STATUS_STARTED);
	assert_null(find(c, "b"));
	context_close(c, false);
	free(before);
	free(after);
}

/* A pipe takes the write and refuses the sync. */
static void
failed_sync_is_not_repeated(void **state)
{
	struct context *c = create(PATH);
	struct backend *b = context_backend(c);
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	step(c, "a", ACTION_START);
	assert_int_equal(dup2(fds[1], context_fd(c)), context_fd(c));
	assert_calls(UINT64_MAX, 0);
	assert_int_equal(b->ops->commit(b, true, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_calls(1, 1);
	assert_int_equal(b->ops->commit(b, true, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	assert_calls(0, 0);
	context_close(c, false);
	close(fds[0]);
	close(fds[1]);
}

static void
update_that_does_not_fit_is_refused(void **state)
{
	struct context *c = create(PATH);
	struct backend *b = context_backend(c);
	char id[OPID_LEN + 1];
	struct update u = sample_step(sample_id("s", id), "s", ACTION_START);

	(void)state;
	update(c, &u, 1);
	assert_int_equal(b->ops->update(b, &u, 2, &e), -1);
	assert_int_equal(b->ops->commit(b, true, &e), -1);
	c = reopen(c);
	assert_int_equal(context_state(c)->last_seq, 1);
	context_close(c, false);
}

static void
second_one_is_locked_out(void **state)
{
	struct context *c = create(PATH), *again;

	(void)state;
	assert_refused(PATH, ERR_BUSY, "in use by another durable");
	again = reopen(c);
	assert_refused(PATH, ERR_BUSY, PATH);
	context_close(again, false);
}

static void
lock_can_be_handed_on(void **state)
{
	struct context *c = create(PATH);
	int fd = context_fd(c);

	(void)state;
	context_close(c, true);
	assert_refused(PATH, ERR_BUSY, PATH);
	c = context_open_locked(PATH, fd, no_notice, &e);
	assert_non_null(c);
	assert_int_equal(context_fd(c), fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_refused(PATH, ERR_BUSY, PATH);
	step(c, "a", ACTION_START);
	commit(c, true);
	c = reopen(c);
	assert_non_null(find(c, "a"));
	fd = context_fd(c);
	context_close(c, true);
	assert_int_equal(rename(PATH, "gone"), 0);
	context_close(create(PATH), false);
	assert_null(context_open_locked(PATH, fd, no_notice, &e));
	assert_int_equal(e.code, ERR_REFUSED);
	assert_int_equal(fcntl(fd, F_GETFD), -1); /* taken over */
}

static void
on_alarm(int signal_number)
{
	(void)signal_number;
}

static void
wait_for_the_lock_ends_by_a_signal(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value = { 0, 20000 } };
	struct context *c = create(PATH);

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(context_wait_unlocked(PATH, &e), -1);
	assert_int_equal(e.sys, EINTR);
	context_close(c, false);
	assert_int_equal(context_wait_unlocked(PATH, &e), 0);
	assert_int_equal(context_wait_unlocked("none", &e), -1);
	assert_int_equal(e.code, ERR_MISSING);
}

static void
what_is_no_file_of_ours_is_refused(void **state)
{
	struct execution_state s;

	(void)state;
	context_close(create(PATH), false);
	assert_refused("none", ERR_MISSING, "does not exist");
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_refused("folder", ERR_REFUSED, "is a folder");
	assert_int_equal(symlink(PATH, "link"), 0);
	assert_refused("link", ERR_REFUSED, "is a symbolic link");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_refused("pipe", ERR_REFUSED, "is not a regular file");
	assert_int_equal(context_read("pipe", &s, NULL, NULL, NULL, &e), -1);
	assert_int_equal(e.code, ERR_REFUSED);
	assert_int_equal(context_read("folder", &s, NULL, NULL, NULL, &e), -1);
	assert_int_equal(e.code, ERR_REFUSED);
	assert_int_equal(chmod(PATH, 0620), 0);
	assert_refused(PATH, ERR_REFUSED, "written by others");
	assert_int_equal(chmod(PATH, 0602), 0);
	assert_refused(PATH, ERR_REFUSED, "written by others");
	assert_int_equal(chmod(PATH, 0644), 0);
	context_close(context_open(PATH, no_notice, &e), false);
	if (geteuid() == 0) {
		assert_int_equal(chown(PATH, 65534, 65534), 0);
		assert_refused(PATH, ERR_REFUSED, "belongs to another user");
	} else {
		assert_int_equal(chmod(PATH, 0400), 0);
		assert_refused(PATH, ERR_IO, "Permission denied");
	}
}

static void
modes_do_not_depend_on_the_umask(void **state)
{
	struct header h = sample_header();
	struct context *c;
	struct stat st;
	mode_t old = umask(0277);

	(void)state;
	c = create(PATH);
	umask(0);
	context_close(c, false);
	assert_int_equal(stat(PATH, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	c = context_create("a/b/x.jsonl", &h, &e);
	umask(old);
	assert_non_null(c);
	context_close(c, false);
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat("a/b/x.jsonl", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
reader_needs_no_lock(void **state)
{
	struct context *c = create(PATH);
	struct execution_state s;
	struct table *t = table_new();
	FILE *f;

	(void)state;
	step(c, "a", ACTION_START);
	step(c, "a", ACTION_SUCCEED);
	commit(c, false);
	f = fopen(PATH, "a");
	assert_non_null(f);
	fputs("{\"seq\":4,\"syn", f);
	fclose(f);
	assert_int_equal(context_read(PATH, &s, t, NULL, NULL, &e), 0);
	assert_int_equal(s.last_seq, 3);
	assert_true(text_equal(table_first(t)->result, text_of("\"done\"")));
	execution_state_clear(&s);
	table_free(t);
	context_close(c, false);
}

static int
stop_reading(const struct record *r, void *arg, struct err *set)
{
	(void)arg;
	return r->seq == 3 ? err_set(set, ERR_REFUSED, "enough") : 0;
}

static void
reader_stops_when_it_is_told_to(void **state)
{
	struct context *c = create(PATH);
	struct execution_state s;

	(void)state;
	step(c, "a", ACTION_START);
	step(c, "b", ACTION_START);
	commit(c, false);
	context_close(c, false);
	assert_int_equal(context_read(PATH, &s, NULL, stop_reading, NULL, &e),
	    -1);
	assert_string_equal(e.text, "enough");
}

static struct op *changed_ops[8];
static size_t changed_count;

static void
note_changed(struct op *op, void *arg)
{
	assert_ptr_equal(arg, changed_ops);
	changed_ops[changed_count++] = op;
}

static void
start_others(struct context *c)
{
	char id[OPID_LEN + 1];
	struct update u = { .id = sample_id("w", id),
		.type = OP_WAIT,
		.subtype = SUB_WAIT,
		.wait_s = 3 };

	update(c, &u, 0);
	u = (struct update){ .id = sample_id("c", id),
		.type = OP_CALLBACK,
		.subtype = SUB_CALLBACK,
		.timeout_s = 60,
		.heartbeat_s = 4 };
	update(c, &u, 0);
	u = (struct update){ .id = sample_id("d", id),
		.type = OP_CALLBACK,
		.subtype = SUB_CALLBACK,
		.timeout_s = 2 };
	update(c, &u, 0);
	u = sample_step(sample_id("s", id), "s", ACTION_START);
	update(c, &u, 0);
	u.action = ACTION_RETRY;
	u.delay_s = 1;
	update(c, &u, 0);
}

static void
assert_fired(struct context *c)
{
	assert_int_equal(find(c, "w")->status, STATUS_SUCCEEDED);
	assert_int_equal(find(c, "w")->ended, 9000);
	assert_int_equal(find(c, "c")->status, STATUS_TIMED_OUT);
	assert_true(text_equal(find(c, "c")->error,
	    text_of("{\"ErrorType\":\"Callback.Heartbeat\",\"ErrorMessage\":"
		    "\"Callback timed out on heartbeat\"}")));
	assert_int_equal(find(c, "d")->status, STATUS_TIMED_OUT);
	assert_true(text_equal(find(c, "d")->error,
	    text_of("{\"ErrorType\":\"Callback.Timeout\",\"ErrorMessage\":"
		    "\"Callback timed out\"}")));
}

static void
timers_fire_in_order_and_are_recorded(void **state)
{
	struct context *c = create(PATH);
	struct backend *b = context_backend(c);

	(void)state;
	start_others(c);
	b->changed = note_changed;
	b->changed_arg = changed_ops;
	assert_int_equal(b->ops->next_due(b), 1000);
	assert_int_equal(b->ops->tick(b, 999, &e), 0);
	assert_int_equal(changed_count, 0);
	assert_int_equal(b->ops->tick(b, 9000, &e), 0);
	assert_int_equal(changed_count, 4);
	assert_ptr_equal(changed_ops[0], find(c, "s"));
	assert_ptr_equal(changed_ops[1], find(c, "d"));
	assert_ptr_equal(changed_ops[2], find(c, "w"));
	assert_ptr_equal(changed_ops[3], find(c, "c"));
	assert_int_equal(find(c, "s")->status, STATUS_READY);
	assert_true(b->ops->next_due(b) == TIME_NEVER);
	/* Five updates and three events: a READY needs no record. */
	assert_int_equal(context_state(c)->last_seq, 9);
	assert_fired(c);
	commit(c, true);
	c = reopen(c);
	assert_fired(c);
	b = context_backend(c);
	assert_int_equal(find(c, "s")->status, STATUS_PENDING);
	assert_int_equal(b->ops->next_due(b), 1000);
	assert_int_equal(b->ops->tick(b, 9000, &e), 0);
	assert_int_equal(find(c, "s")->status, STATUS_READY);
	context_close(c, false);
}

static void
retry_that_was_ready_loads_again(void **state)
{
	struct context *c = create(PATH);
	struct backend *b = context_backend(c);

	(void)state;
	step(c, "s", ACTION_START);
	step(c, "s", ACTION_RETRY);
	assert_int_equal(b->ops->tick(b, SAMPLE_TIME + 5000, &e), 0);
	step(c, "s", ACTION_START);
	step(c, "s", ACTION_RETRY);
	assert_int_equal(b->ops->tick(b, SAMPLE_TIME + 5000, &e), 0);
	step(c, "s", ACTION_FAIL);
	commit(c, true);
	c = reopen(c);
	assert_int_equal(find(c, "s")->status, STATUS_FAILED);
	assert_int_equal(find(c, "s")->attempt, 3);
	context_close(c, false);
}

static void
callback_event(struct context *c, enum event_type type, int64_t time)
{
	char id[OPID_LEN + 1];
	struct record r = { .event = type,
		.time = time,
		.u = { .id = sample_id("c", id) } };

	if (type == EVENT_CALLBACK_SUCCEEDED)
		r.u.payload = text_of("{\"ok\":1}");
	event(c, &r);
}

static void
callback_is_completed_from_outside(void **state)
{
	struct context *c = create(PATH);
	struct backend *b = context_backend(c);
	struct text none = { NULL, 0, false };

	(void)state;
	start_others(c);
	callback_event(c, EVENT_CALLBACK_HEARTBEAT, 3000);
	assert_int_equal(find(c, "c")->heartbeat_due, 7000);
	assert_int_equal(table_settle(b->table, find(c, "c"), STATUS_SUCCEEDED,
			     text_of("{\"ok\":1}"), none, 6000, true, &e),
	    0);
	callback_event(c, EVENT_CALLBACK_SUCCEEDED, 6000);
	commit(c, true);
	c = reopen(c);
	assert_int_equal(find(c, "c")->status, STATUS_SUCCEEDED);
	assert_int_equal(find(c, "c")->ended, 6000);
	assert_true(text_equal(find(c, "c")->result, text_of("{\"ok\":1}")));
	context_close(c, false);
}

static void
callback_id_leads_to_the_file(void **state)
{
	struct context *c = create(PATH);
	struct text id;
	struct buf path;
	char *copy, *real = realpath(PATH, NULL);

	(void)state;
	start_others(c);
	id = find(c, "c")->callback_id;
	assert_false(text_equal(id, find(c, "d")->callback_id));
	copy = xmemdup(id.p, id.n);
	assert_ptr_equal(callback_find(context_backend(c)->table, copy),
	    find(c, "c"));
	buf_init(&path, BUF_NO_MAX);
	assert_int_equal(callback_id_path(copy, &path, &e), 0);
	assert_string_equal(buf_str(&path), real);
	commit(c, true);
	c = reopen(c);
	assert_ptr_equal(callback_find(context_backend(c)->table, copy),
	    find(c, "c"));
	copy[5] = copy[5] == 'A' ? 'B' : 'A';
	assert_null(callback_find(context_backend(c)->table, copy));
	context_close(c, false);
	buf_clear(&path);
	free(copy);
	free(real);
}

/* Whatever the random bytes are. */
static void
callback_ids_are_all_different_and_valid(void **state)
{
	enum { MANY = 1000 };
	struct buf ids, id, path;

	(void)state;
	buf_init(&ids, BUF_NO_MAX);
	buf_init(&id, BUF_NO_MAX);
	buf_init(&path, BUF_NO_MAX);
	for (int i = 0; i < MANY; i++) {
		buf_reset(&id);
		buf_reset(&path);
		assert_int_equal(callback_id_make("/x", &id, &e), 0);
		assert_int_equal(callback_id_path(buf_str(&id), &path, &e), 0);
		assert_string_equal(buf_str(&path), "/x");
		assert_int_equal(strspn(buf_str(&id),
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_"),
		    id.len);
		assert_null(strstr(buf_str(&ids), buf_str(&id)));
		buf_put(&ids, id.data, id.len);
		buf_put_char(&ids, ' ');
	}
	buf_clear(&ids);
	buf_clear(&id);
	buf_clear(&path);
}

static void
other_callback_ids_are_invalid(void **state)
{
	static const char *const bad[] = { "", "x", "abc", "a b", "////",
		"AQAAAAAAAAAAAAAAAAAAAAAAcmVsYXRpdmU", "\xff" };
	char path[800], *long_id;
	struct buf id, back;

	(void)state;
	buf_init(&id, BUF_NO_MAX);
	buf_init(&back, BUF_NO_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(callback_id_path(bad[i], &back, &e), -1);
	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[750] = '\0';
	assert_int_equal(callback_id_make(path, &id, &e), 0);
	assert_int_equal(id.len, CALLBACK_ID_MAX);
	assert_int_equal(callback_id_path(buf_str(&id), &back, &e), 0);
	assert_string_equal(buf_str(&back), path);
	path[750] = 'p';
	path[751] = '\0';
	assert_int_equal(callback_id_make(path, &id, &e), -1);
	assert_int_equal(e.code, ERR_REFUSED);
	long_id = xcalloc(1, 5000);
	memset(long_id, 'A', 4999);
	assert_int_equal(callback_id_path(long_id, &back, &e), -1);
	free(long_id);
	buf_clear(&id);
	buf_clear(&back);
}

static void
start_invocation(struct context *c)
{
	struct record r = { .event = EVENT_INVOCATION_STARTED,
		.time = 100,
		.invocation = text_of("0123456789abcdef0123456789abcdef"),
		.pid = 42,
		.socket = text_of("/run/s\"x") };

	event(c, &r);
}

static void
complete_invocation(struct context *c, const char *outcome)
{
	struct record r = { .event = EVENT_INVOCATION_COMPLETED,
		.time = 200,
		.start = 100,
		.outcome = text_of(outcome) };

	event(c, &r);
}

/* Commits, and makes sure that loading comes to the same state. */
static struct context *
and_again(struct context *c)
{
	const struct execution_state *s = context_state(c);
	struct execution_state live = *s;

	commit(c, true);
	c = reopen(c);
	s = context_state(c);
	assert_int_equal(s->ended, live.ended);
	assert_int_equal(s->ended_at, live.ended_at);
	assert_int_equal(s->invocations, live.invocations);
	assert_int_equal(s->crashes, live.crashes);
	assert_int_equal(s->changed_since, live.changed_since);
	assert_int_equal(s->was_compensated, live.was_compensated);
	assert_int_equal(s->clock_offset, live.clock_offset);
	assert_int_equal(s->retries, live.retries);
	assert_true(s->last_seq == live.last_seq);
	assert_int_equal(s->last.is_open, live.last.is_open);
	assert_string_equal(s->last.token, live.last.token);
	return c;
}

static void
state_tells_of_the_last_invocation(void **state)
{
	struct context *c = create(PATH);
	const struct last_invocation *last;

	(void)state;
	assert_string_equal(context_state(c)->last.token, "");
	assert_false(context_state(c)->changed_since);
	start_invocation(c);
	c = and_again(c);
	last = &context_state(c)->last;
	assert_true(last->is_open);
	assert_string_equal(last->token, "0123456789abcdef0123456789abcdef");
	assert_int_equal(last->pid, 42);
	assert_int_equal(last->start, 100);
	assert_string_equal(last->socket, "/run/s\"x");
	assert_null(last->outcome);
	assert_true(context_state(c)->changed_since);
	complete_invocation(c, "PENDING");
	c = and_again(c);
	last = &context_state(c)->last;
	assert_false(last->is_open);
	assert_int_equal(last->end, 200);
	assert_string_equal(last->outcome, "PENDING");
	assert_int_equal(context_state(c)->invocations, 1);
	assert_false(context_state(c)->changed_since);
	step(c, "a", ACTION_START);
	assert_true(context_state(c)->changed_since);
	context_close(c, false);
}

static void
heartbeat_calls_for_no_invocation(void **state)
{
	struct context *c = create(PATH);

	(void)state;
	start_others(c);
	complete_invocation(c, "PENDING");
	callback_event(c, EVENT_CALLBACK_HEARTBEAT, 1);
	c = and_again(c);
	assert_false(context_state(c)->changed_since);
	callback_event(c, EVENT_CALLBACK_SUCCEEDED, 2);
	c = and_again(c);
	assert_true(context_state(c)->changed_since);
	context_close(c, false);
}

static void
crashes_count_until_something_completes(void **state)
{
	struct context *c = create(PATH);

	(void)state;
	step(c, "a", ACTION_START);
	complete_invocation(c, "CRASHED");
	complete_invocation(c, "CRASHED");
	step(c, "b", ACTION_START);
	step(c, "b", ACTION_RETRY);
	complete_invocation(c, "PENDING");
	c = and_again(c);
	assert_int_equal(context_state(c)->crashes, 2);
	step(c, "a", ACTION_SUCCEED);
	c = and_again(c);
	assert_int_equal(context_state(c)->crashes, 0);
	complete_invocation(c, "CRASHED");
	start_others(c);
	callback_event(c, EVENT_CALLBACK_HEARTBEAT, 1);
	assert_int_equal(context_state(c)->crashes, 1);
	callback_event(c, EVENT_CALLBACK_SUCCEEDED, 2);
	c = and_again(c);
	assert_int_equal(context_state(c)->crashes, 0);
	context_close(c, false);
}

static void
end_is_kept_until_it_is_reopened(void **state)
{
	struct context *c = create(PATH);
	struct record r = { .event = EVENT_EXECUTION_FAILED,
		.time = 300,
		.u = { .error = text_of("{\"ErrorType\":\"E\"}") } };

	(void)state;
	step(c, "undo a", ACTION_START);
	step(c, "undo a", ACTION_SUCCEED);
	step(c, "b", ACTION_START);
	step(c, "b", ACTION_FAIL);
	complete_invocation(c, "CRASHED");
	event(c, &r);
	c = and_again(c);
	assert_int_equal(context_state(c)->ended, EVENT_EXECUTION_FAILED);
	assert_int_equal(context_state(c)->ended_at, 300);
	assert_string_equal(context_state(c)->error, "{\"ErrorType\":\"E\"}");
	assert_null(context_state(c)->result);
	r = (struct record){ .event = EVENT_REOPENED, .time = 400 };
	event(c, &r);
	c = and_again(c);
	assert_int_equal(context_state(c)->ended, EVENT_NONE);
	assert_null(context_state(c)->error);
	assert_int_equal(context_state(c)->crashes, 0);
	assert_true(context_state(c)->was_compensated);
	assert_int_equal(find(c, "b")->status, STATUS_NONE);
	assert_int_equal(find(c, "undo a")->status, STATUS_SUCCEEDED);
	r = (struct record){ .event = EVENT_EXECUTION_SUCCEEDED,
		.time = 500,
		.u = { .payload = text_of("\"\xc3\xa9\n\"") } };
	event(c, &r);
	r = (struct record){ .event = EVENT_CLOCK_SKIPPED, .offset = 7000 };
	event(c, &r);
	c = and_again(c);
	assert_string_equal(context_state(c)->result, "\"\xc3\xa9\n\"");
	assert_int_equal(context_state(c)->clock_offset, 7000);
	context_close(c, false);
}

static void
load_speed(void **state)
{
	enum { STEPS = 10000 };
	struct context *c = create(PATH);
	int64_t began;
	double took_ms;
	size_t n;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "step %d", i);
		step(c, name, ACTION_START);
		step(c, name, ACTION_SUCCEED);
	}
	commit(c, true);
	context_close(c, false);
	n = file_size(PATH);
	began = time_monotonic();
	for (int i = 0; i < 10; i++) {
		c = context_open(PATH, no_notice, &e);
		assert_non_null(c);
		assert_int_equal(table_count(context_backend(c)->table), STEPS);
		context_close(c, false);
	}
	took_ms = (double)(time_monotonic() - began) / 10;
	print_message("# loading %d steps (%zu bytes): %.1f ms, %.0f MB/s\n",
	    STEPS, n, took_ms, (double)n / 1000 / took_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_committed_is_there_again),
		cmocka_unit_test(what_was_not_committed_is_not),
		cmocka_unit_test(commit_is_one_write_and_one_sync),
		cmocka_unit_test(first_sync_after_loading_is_made),
		cmocka_unit_test(records_say_what_was_synced_before_them),
		cmocka_unit_test(full_file_is_cut_back),
		cmocka_unit_test(failed_sync_is_not_repeated),
		cmocka_unit_test(update_that_does_not_fit_is_refused),
		cmocka_unit_test(second_one_is_locked_out),
		cmocka_unit_test(lock_can_be_handed_on),
		cmocka_unit_test(wait_for_the_lock_ends_by_a_signal),
		cmocka_unit_test(what_is_no_file_of_ours_is_refused),
		cmocka_unit_test(modes_do_not_depend_on_the_umask),
		cmocka_unit_test(reader_needs_no_lock),
		cmocka_unit_test(reader_stops_when_it_is_told_to),
		cmocka_unit_test(timers_fire_in_order_and_are_recorded),
		cmocka_unit_test(retry_that_was_ready_loads_again),
		cmocka_unit_test(callback_is_completed_from_outside),
		cmocka_unit_test(callback_id_leads_to_the_file),
		cmocka_unit_test(callback_ids_are_all_different_and_valid),
		cmocka_unit_test(other_callback_ids_are_invalid),
		cmocka_unit_test(state_tells_of_the_last_invocation),
		cmocka_unit_test(heartbeat_calls_for_no_invocation),
		cmocka_unit_test(crashes_count_until_something_completes),
		cmocka_unit_test(end_is_kept_until_it_is_reopened),
		cmocka_unit_test(load_speed),
	};

	return cmocka_run_group_tests(tests, sample_enter_folder,
	    sample_leave_folder);
}
