/*
 * load.c - from the bytes of a context file to state, table and good end.
 *
 * The question at a bad record is whether it was ever acknowledged. A crash
 * leaves the synced records and of the rest any part, also a later block
 * without an earlier one. So a bad record is no proof of damage, but a whole
 * one from there on is, when it says that record k was on disk when it was
 * written; or when, behind the place of record k, it has k's number or a lower
 * one, for then it has been moved. The search is for the first bytes of a
 * record, not for lines: a newline may be what is damaged. The checksum of
 * such a record cannot be had, as its seed may be in the damage.
 */
#include "store/load.h"

#include <string.h>

#include "store/state.h"

static const char record_start[] = "{\"seq\":";
static const char header_start[] = "{\"durable\":";

/* The next place from p on where a record seems to begin, or NULL. */
static const char *
find_start(const char *p, const char *end)
{
	size_t n = sizeof(record_start) - 1;

	while (
	    (size_t)(end - p) >= n && (p = memchr(p, '{', (size_t)(end - p)))) {
		if ((size_t)(end - p) < n)
			return NULL;
		if (memcmp(p, record_start, n) == 0)
			return p;
		p++;
	}
	return NULL;
}

/* Whether what stands from p on proves that record number bad, which should
 * begin there, had been on disk. */
static bool
was_acknowledged(const char *p, const char *end, uint64_t bad)
{
	const char *start = p, *stop = p;
	struct record r;

	for (p = find_start(p, end); p; p = find_start(p + 1, end)) {
		if (stop <= p && !(stop = memchr(p, '\n', (size_t)(end - p))))
			return false;
		if (!record_scan(p, (size_t)(stop - p), &r))
			continue;
		if (r.synced >= bad || (p > start && r.seq <= bad))
			return true;
	}
	return false;
}

static int
set_damaged(const struct load *l, uint64_t line, const char *why, struct err *e)
{
	return err_set(e, ERR_CORRUPT,
	    "%s is damaged: line %llu had been recorded, but %s. Nothing was "
	    "changed; restore the file from a copy",
	    l->path, (unsigned long long)line, why);
}

/*
 * Whether the bytes can be what a crash has left of a first line: the front of
 * it, or NULs in place of some of it. Anything else is not taken over.
 */
static bool
is_torn_header(const char *p, size_t n)
{
	size_t i, known = sizeof(header_start) - 1;

	for (i = 0; i < n && i < known; i++)
		if (p[i] != header_start[i] && p[i] != '\0')
			return false;
	return n == 0 || !memchr(p, '\n', n) || memchr(p, '\0', n);
}

static int
load_header(struct load *l, const char *p, size_t n, struct err *e)
{
	const char *stop = n > 0 ? memchr(p, '\n', n) : NULL;
	size_t line = stop ? (size_t)(stop - p) : n;
	struct err why = { 0 };

	if (header_parse(p, line, &l->state->header, &l->sum, &why) == 0) {
		if (stop) {
			l->good_bytes = line + 1;
			l->line = l->state->last_seq = 1;
			return 0;
		}
		header_clear(&l->state->header);
	}
	if (header_version(p, line) > RECORD_VERSION)
		return err_set(e, ERR_CORRUPT, "%s: %s", l->path, why.text);
	if (was_acknowledged(p, p + n, 1))
		return set_damaged(l, 1, why.text, e);
	if (!is_torn_header(p, n))
		return err_set(e, ERR_CORRUPT,
		    "%s is not a context file: give another one", l->path);
	return err_set(e, ERR_MISSING, "%s was never begun", l->path);
}

static int
take_record(struct load *l, const struct record *r, struct err *e)
{
	struct op *op;

	state_apply(l->state, r);
	if (l->table && state_apply_to_table(l->table, r, l->copy, &op, e) < 0)
		return err_wrap(e, "%s: line %llu", l->path,
		    (unsigned long long)l->line);
	return l->each ? l->each(r, l->arg, e) : 0;
}

/* The records; stops at the first bad one. */
static int
load_records(struct load *l, const char *p, size_t n, struct err *e)
{
	const char *end = p + n, *stop;
	struct err why = { 0 };
	struct record r;
	uint64_t sum;

	for (p += l->good_bytes; p < end; p = stop + 1) {
		if (!(stop = memchr(p, '\n', (size_t)(end - p))))
			return 0; /* nothing can stand behind it */
		sum = l->sum;
		if (record_parse(p, (size_t)(stop - p), &r, &sum, &why) < 0)
			break;
		if (r.seq != l->line + 1) {
			err_set(&why, ERR_CORRUPT, "its number is wrong");
			break;
		}
		l->sum = sum;
		l->synced = r.synced;
		l->line++;
		l->good_bytes += (size_t)(stop + 1 - p);
		if (take_record(l, &r, e) < 0)
			return -1;
	}
	if (p < end && was_acknowledged(p, end, l->line + 1))
		return set_damaged(l, l->line + 1, why.text, e);
	return 0;
}

int
load_run(struct load *l, const char *p, size_t n, struct err *e)
{
	if (load_header(l, p, n, e) < 0)
		return -1;
	if (load_records(l, p, n, e) < 0) {
		execution_state_clear(l->state);
		return -1;
	}
	return 0;
}
