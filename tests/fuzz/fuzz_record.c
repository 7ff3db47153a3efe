/*
 * fuzz_record.c - any bytes as a context file: loaded or refused, never wrong.
 *
 * Made up files hardly ever have the right checksums, so each is also loaded
 * with its lines sealed anew. What was loaded is formatted again and must be
 * read back; its history must be JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "store/history.h"
#include "store/load.h"
#include "store/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is done with each record of a file. */
struct check {
	struct history *history;
	uint64_t seq;
};

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static int
check_record(const struct record *r, void *arg, struct err *e)
{
	struct check *check = arg;
	struct record back;
	struct buf out;
	uint64_t sum = 0, seed = 0;

	require(r->seq == ++check->seq && r->synced < r->seq);
	buf_init(&out, BUF_NO_MAX);
	record_format(r, &sum, &out);
	require(record_parse(out.data, out.len - 1, &back, &seed, e) == 0);
	require(back.seq == r->seq && sum == seed);
	buf_reset(&out);
	if (history_put(check->history, r, &out))
		require(json_check(out.data, out.len, NULL, e) == 0);
	else
		require(out.len == 0);
	buf_clear(&out);
	return 0;
}

static void
check_header(struct load *l)
{
	struct check *check = l->arg;
	struct header back;
	struct buf out;
	uint64_t sum;
	struct err e;

	buf_init(&out, BUF_NO_MAX);
	header_format(&l->state->header, &sum, &out);
	require(header_parse(out.data, out.len - 1, &back, &sum, &e) == 0);
	require(strcmp(back.name, l->state->header.name) == 0);
	header_clear(&back);
	buf_reset(&out);
	history_put_header(check->history, &l->state->header, &out);
	require(json_check(out.data, out.len, NULL, &e) == 0);
	buf_clear(&out);
}

/* Loads the file, copying or not, and looks at what came of it. */
static void
check_file(const char *p, size_t n, bool copy)
{
	struct execution_state state = { 0 };
	struct check check = { history_new(), 1 };
	struct table *t = table_new();
	struct load l = { .path = "fuzz",
		.state = &state,
		.table = t,
		.copy = copy,
		.each = check_record,
		.arg = &check };
	struct err e = { 0 };
	struct service *s;
	enum op_status status;
	bool is_heartbeat;

	if (load_run(&l, p, n, &e) == 0) {
		require(l.good_bytes <= n && p[l.good_bytes - 1] == '\n');
		require(l.line == check.seq && l.line == state.last_seq);
		check_header(&l);
		table_reopen(t);
	} else {
		require(e.code == ERR_CORRUPT || e.code == ERR_MISSING);
	}
	s = service_new(t);
	while (service_take_due(s, INT64_MAX - 1, &status, &is_heartbeat))
		;
	service_free(s);
	execution_state_clear(&state);
	table_free(t);
	history_free(check.history);
}

/* The line, without the checksum it may have, with the right one. */
static void
put_sealed(const char *p, size_t n, uint64_t *sum, struct buf *out)
{
	static const char member[] = ",\"sum\":\"0123456789abcdef\"}";
	size_t sealed = sizeof(member) - 1, start = out->len;

	if (n >= sealed && memcmp(p + n - sealed, member, 8) == 0)
		n -= sealed;
	buf_put(out, p, n);
	if (!buf_room(out, 1))
		return;
	record_seal(out, start, sum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data, *end = p + n, *stop;
	struct buf sealed;
	uint64_t sum = 0;

	check_file(p, n, false);
	buf_init(&sealed, BUF_NO_MAX);
	for (; n > 0 && p < end; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		if (!stop)
			break;
		put_sealed(p, (size_t)(stop - p), &sum, &sealed);
	}
	if (p < end)
		buf_put(&sealed, p, (size_t)(end - p));
	check_file(buf_str(&sealed), sealed.len, false);
	check_file(buf_str(&sealed), sealed.len, true);
	buf_clear(&sealed);
	return 0;
}
