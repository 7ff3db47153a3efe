/*
 * test_damage.c - context.h on files that a crash, or worse, has been at.
 *
 * The sample file has records that were synced one by one, some that were
 * synced together, and an end that was written and not synced. What must
 * happen follows from the file alone: where a later record says that line k
 * was on disk, damage to line k is refused; else the file is cut before it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "store/context.h"

#define PATH "x.jsonl"

enum { LINES_MAX = 20 };

/* The undamaged file. */
static struct {
	char *p;
	size_t n;
	size_t lines;
	size_t start[LINES_MAX + 1]; /* offset of line i from 0; its end */
	uint64_t synced[LINES_MAX];  /* what line i says; 0 for the header */
} whole;

static int notices;

static void
count_notice(const char *text)
{
	assert_non_null(strstr(text, "nothing that was acknowledged is lost"));
	notices++;
}

static void
add_step(struct backend *b, const char *name, bool sync_start, bool sync_end)
{
	struct err e;
	char id[OPID_LEN + 1];
	struct update u = sample_step(sample_id(name, id), name, ACTION_START);

	assert_int_equal(b->ops->update(b, &u, SAMPLE_TIME, &e), 0);
	assert_int_equal(b->ops->commit(b, sync_start, &e), 0);
	u.action = ACTION_SUCCEED;
	u.payload = text_of("{\"seq\":7,\"synced\":99}");
	assert_int_equal(b->ops->update(b, &u, SAMPLE_TIME + 1, &e), 0);
	assert_int_equal(b->ops->commit(b, sync_end, &e), 0);
}

static int
note_synced(const struct record *r, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	whole.synced[r->seq - 1] = r->synced;
	return 0;
}

/* Makes the file and reads what the tests must know of it. */
static int
make_whole(void **state)
{
	struct header h = sample_header();
	struct execution_state s;
	struct context *c;
	struct err e;

	if (sample_enter_folder(state) < 0 ||
	    !(c = context_create(PATH, &h, &e)))
		return -1;
	add_step(context_backend(c), "one", false, true);
	add_step(context_backend(c), "two", true, true);
	add_step(context_backend(c), "three", false, false);
	add_step(context_backend(c), "four", false, true);
	add_step(context_backend(c), "five", false, true);
	add_step(context_backend(c), "six", false, false);
	context_close(c, false);
	whole.p = sample_read_file(PATH, &whole.n);
	for (size_t i = 0; i < whole.n; i++)
		if (whole.p[i] == '\n')
			whole.start[++whole.lines] = i + 1;
	if (context_read(PATH, &s, NULL, note_synced, NULL, &e) < 0)
		return -1;
	execution_state_clear(&s);
	return whole.lines == 13 ? 0 : -1;
}

static int
free_whole(void **state)
{
	free(whole.p);
	return sample_leave_folder(state);
}

/* Whether a line behind line i of the undamaged file proves that it was
 * synced; lines are counted from 0, records from 1. */
static bool
was_synced(size_t i)
{
	for (size_t j = i + 1; j < whole.lines; j++)
		if (whole.synced[j] >= i + 1)
			return true;
	return false;
}

static void
assert_file(const char *p, size_t n)
{
	size_t got;
	char *file = sample_read_file(PATH, &got);

	assert_int_equal(got, n);
	assert_memory_equal(file, p, n);
	free(file);
}

static int
count_record(const struct record *r, void *arg, struct err *e)
{
	(void)r;
	(void)e;
	++*(size_t *)arg;
	return 0;
}

/*
 * Opens the file of n bytes at p. It must be refused when refused is set, with
 * no byte of it changed; else be cut to lines lines, now and for ever.
 */
static void
check_file(const char *p, size_t n, bool refused, size_t lines)
{
	struct execution_state s;
	struct context *c;
	struct err e = { 0 };
	size_t records = 1;
	int result;

	sample_write_file(PATH, p, n);
	result = context_read(PATH, &s, NULL, count_record, &records, &e);
	assert_int_equal(result, refused || lines == 0 ? -1 : 0);
	if (result == 0)
		assert_int_equal(records, lines);
	execution_state_clear(&s);
	assert_file(p, n);

	notices = 0;
	c = context_open(PATH, count_notice, &e);
	if (refused || lines == 0) {
		assert_null(c);
		if (refused)
			assert_int_equal(e.code, ERR_CORRUPT);
		else
			assert_int_equal(e.code, ERR_MISSING);
		assert_file(p, n);
		return;
	}
	assert_non_null(c);
	assert_int_equal(context_state(c)->last_seq, lines);
	assert_int_equal(notices, n != whole.start[lines]);
	context_close(c, false);
	assert_file(whole.p, whole.start[lines]);
	notices = 0;
	c = context_open(PATH, count_notice, &e);
	assert_non_null(c);
	assert_int_equal(context_state(c)->last_seq, lines);
	assert_int_equal(notices, 0);
	context_close(c, false);
	assert_file(whole.p, whole.start[lines]);
}

static size_t
line_of(size_t offset)
{
	size_t i = 0;

	while (whole.start[i + 1] <= offset)
		i++;
	return i;
}

static void
every_length_is_cut_to_whole_records(void **state)
{
	(void)state;
	for (size_t n = 0; n < whole.n; n++)
		check_file(whole.p, n, false, line_of(n));
	check_file(whole.p, whole.n, false, whole.lines);
}

/* Puts other in place of each byte in turn. */
static void
replace_each(char other)
{
	char *p = xmemdup(whole.p, whole.n);

	for (size_t i = 0; i < whole.n; i++) {
		char old = p[i];
		size_t line = line_of(i);

		p[i] = other ? other : (char)(old ^ 1);
		/* A header that is not one of ours is refused, too. */
		if (p[i] != old)
			check_file(p, whole.n, was_synced(line), line);
		p[i] = old;
	}
	free(p);
}

static void
every_flipped_byte_is_refused_or_cut(void **state)
{
	(void)state;
	replace_each('\0');
}

static void
every_byte_as_a_newline_is_refused_or_cut(void **state)
{
	(void)state;
	replace_each('\n');
}

static void
every_byte_as_a_nul_is_refused_or_cut(void **state)
{
	char *p = xmemdup(whole.p, whole.n);

	(void)state;
	for (size_t i = 0; i < whole.n; i++) {
		p[i] = '\0';
		check_file(p, whole.n, was_synced(line_of(i)), line_of(i));
		p[i] = whole.p[i];
	}
	free(p);
}

/* A record whose block never reached the disk, but for later ones. */
static void
every_record_of_nuls_is_refused_or_cut(void **state)
{
	char *p = xmemdup(whole.p, whole.n);

	(void)state;
	for (size_t i = 0; i < whole.lines; i++) {
		size_t start = whole.start[i], n = whole.start[i + 1] - start;

		memset(p + start, 0, n);
		check_file(p, whole.n, was_synced(i), i);
		memcpy(p + start, whole.p + start, n);
	}
	free(p);
}

static void
tail_of_nuls_is_cut(void **state)
{
	static const size_t tails[] = { 1, 110, 4096, 70000 };
	char *p = xcalloc(1, whole.n + 70000);

	(void)state;
	memcpy(p, whole.p, whole.n);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		check_file(p, whole.n + tails[i], false, whole.lines);
	free(p);
}

static struct buf
without_line(size_t i)
{
	struct buf b;

	buf_init(&b, BUF_NO_MAX);
	buf_put(&b, whole.p, whole.start[i]);
	buf_put(&b, whole.p + whole.start[i + 1], whole.n - whole.start[i + 1]);
	return b;
}

static void
missing_record_is_refused_or_cut(void **state)
{
	(void)state;
	for (size_t i = 1; i < whole.lines; i++) {
		struct buf b = without_line(i);

		check_file(b.data, b.len, was_synced(i), i);
		buf_clear(&b);
	}
}

/* The last record is cut with its double, as anything else at the end. */
static void
doubled_record_is_refused_or_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < whole.lines; i++) {
		struct buf b;

		buf_init(&b, BUF_NO_MAX);
		buf_put(&b, whole.p, whole.start[i + 1]);
		buf_put(&b, whole.p + whole.start[i], whole.n - whole.start[i]);
		check_file(b.data, b.len, i + 1 < whole.lines, i + 1);
		buf_clear(&b);
	}
}

static void
records_that_have_changed_places_are_refused(void **state)
{
	(void)state;
	for (size_t i = 1; i + 1 < whole.lines; i++) {
		struct buf b;

		buf_init(&b, BUF_NO_MAX);
		buf_put(&b, whole.p, whole.start[i]);
		buf_put(&b, whole.p + whole.start[i + 1],
		    whole.start[i + 2] - whole.start[i + 1]);
		buf_put(&b, whole.p + whole.start[i],
		    whole.start[i + 1] - whole.start[i]);
		buf_put(&b, whole.p + whole.start[i + 2],
		    whole.n - whole.start[i + 2]);
		check_file(b.data, b.len, true, i);
		buf_clear(&b);
	}
}

/* The same record of an execution with another header. */
static void
record_of_another_file_is_cut(void **state)
{
	struct header h = sample_header();
	struct context *c;
	struct err e;
	char *other;
	size_t n, start = 0;
	struct buf b;

	(void)state;
	h.name = sample_argv[0];
	c = context_create("other.jsonl", &h, &e);
	assert_non_null(c);
	add_step(context_backend(c), "one", false, true);
	context_close(c, false);
	other = sample_read_file("other.jsonl", &n);
	while (other[start] != '\n')
		start++;
	buf_init(&b, BUF_NO_MAX);
	buf_put(&b, whole.p, whole.start[1]);
	buf_put(&b, other + start + 1,
	    (size_t)(strchr(other + start + 1, '\n') - other) - start);
	check_file(b.data, b.len, false, 1);
	buf_clear(&b);
	free(other);
}

static void
what_was_never_a_context_file_is_refused(void **state)
{
	static const char *const texts[] = { "my notes\n", "{}\n",
		"{\"durable\": 1}\n", "\n", "{\"durable\":2,\"x\":1}\n" };
	struct header h = sample_header();

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct err e;

		check_file(texts[i], strlen(texts[i]), true, 0);
		assert_null(context_create(PATH, &h, &e));
		assert_int_equal(e.code, ERR_CORRUPT);
		assert_file(texts[i], strlen(texts[i]));
	}
}

static void
file_that_was_never_begun_is_taken_over(void **state)
{
	struct header h = sample_header();

	(void)state;
	for (size_t n = 0; n < whole.start[1]; n++) {
		struct context *c;
		struct err e;

		sample_write_file(PATH, whole.p, n);
		c = context_create(PATH, &h, &e);
		assert_non_null(c);
		context_close(c, false);
		assert_file(whole.p, whole.start[1]);
	}
}

static void
whole_file_is_not_taken_over(void **state)
{
	struct header h = sample_header();
	struct err e;

	(void)state;
	sample_write_file(PATH, whole.p, whole.start[2]);
	assert_null(context_create(PATH, &h, &e));
	assert_int_equal(e.code, ERR_BUSY);
	assert_file(whole.p, whole.start[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_is_cut_to_whole_records),
		cmocka_unit_test(every_flipped_byte_is_refused_or_cut),
		cmocka_unit_test(every_byte_as_a_newline_is_refused_or_cut),
		cmocka_unit_test(every_byte_as_a_nul_is_refused_or_cut),
		cmocka_unit_test(every_record_of_nuls_is_refused_or_cut),
		cmocka_unit_test(tail_of_nuls_is_cut),
		cmocka_unit_test(missing_record_is_refused_or_cut),
		cmocka_unit_test(doubled_record_is_refused_or_cut),
		cmocka_unit_test(records_that_have_changed_places_are_refused),
		cmocka_unit_test(record_of_another_file_is_cut),
		cmocka_unit_test(what_was_never_a_context_file_is_refused),
		cmocka_unit_test(file_that_was_never_begun_is_taken_over),
		cmocka_unit_test(whole_file_is_not_taken_over),
	};

	return cmocka_run_group_tests(tests, make_whole, free_whole);
}
