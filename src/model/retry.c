/*
 * retry.c - whether a failed attempt is tried again, and after how long.
 */
#include "model/retry.h"

#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"

enum {
	EX_TEMPFAIL_STATUS = 75,
	CANNOT_RUN_STATUS = 126,
	NOT_FOUND_STATUS = 127,
};

/* x to the power n, by squaring: pow is not in the libc of every system. */
static double
power(double x, int64_t n)
{
	double result = 1;

	for (; n > 0; n /= 2) {
		if (n % 2)
			result *= x;
		x *= x;
	}
	return result;
}

/*
 * Rounds up. 100 * 1.1^2 is 121.00000000000001 in binary: what is less than
 * a microsecond over counts as whole.
 */
static int64_t
round_up(double seconds)
{
	int64_t whole = (int64_t)(seconds - 1e-6);

	return (double)whole < seconds - 1e-6 ? whole + 1 : whole;
}

static double
with_jitter(double base, enum jitter jitter, double r)
{
	switch (jitter) {
	case JITTER_FULL:
		return r * base;
	case JITTER_HALF:
		return base / 2 + r * base / 2;
	case JITTER_NONE:
		break;
	}
	return base;
}

static bool
is_temporary(const struct failure *f)
{
	return f->status == EX_TEMPFAIL_STATUS;
}

/* Neither a command that cannot be run nor output that cannot be recorded
 * gets better by itself. */
static bool
is_worth_a_try(const struct failure *f)
{
	return f->status != CANNOT_RUN_STATUS &&
	    f->status != NOT_FOUND_STATUS &&
	    (!f->type || strncmp(f->type, "Output.", 7) != 0);
}

static bool
entry_fits(const char *entry, size_t n, const char *status, const char *type)
{
	char *pattern = xmemdup(entry, n);
	bool fits = (status && fnmatch(pattern, status, 0) == 0) ||
	    (type && fnmatch(pattern, type, 0) == 0);

	free(pattern);
	return fits;
}

static int
check_entry(const char *list, const char *entry, size_t n, struct err *e)
{
	if (n == 0)
		return err_set(e, ERR_USAGE,
		    "'%s' has an empty entry: use for instance 75,5?,Net*",
		    list);
	if (strspn(entry, "0123456789") >= n &&
	    (n > 3 || (n > 1 && *entry == '0') ||
		strtol(entry, NULL, 10) > 255))
		return err_set(e, ERR_USAGE,
		    "'%s' has %.*s, which is no exit status: use 0 to 255",
		    list, (int)(n < 20 ? n : 20), entry);
	return 0;
}

void
retry_default(struct retry_policy *p)
{
	*p = (struct retry_policy){
		.max_attempts = 6,
		.delay_s = 5,
		.max_delay_s = 60,
		.rate = 2,
		.jitter = JITTER_FULL,
	};
}

bool
retry_wants(const struct retry_policy *p, const struct failure *f)
{
	if (p->none)
		return false;
	/* Its author gave it a type: only who names that type tries again. */
	if (f->is_final &&
	    !(p->retry_on && retry_list_has(p->retry_on, -1, f->type)))
		return false;
	if (p->no_retry_on &&
	    retry_list_has(p->no_retry_on, f->status, f->type))
		return false;
	if (p->retry_on)
		return retry_list_has(p->retry_on, f->status, f->type);
	return p->any ? is_worth_a_try(f) : is_temporary(f);
}

int64_t
retry_delay(const struct retry_policy *p, int64_t n, const struct failure *f,
    double r)
{
	if (n >= p->max_attempts || !retry_wants(p, f))
		return -1;
	return backoff_delay(n, p->delay_s, p->max_delay_s, p->rate, p->jitter,
	    r);
}

int64_t
backoff_delay(int64_t n, int64_t delay_s, int64_t max_delay_s, double rate,
    enum jitter jitter, double r)
{
	double base = (double)delay_s * power(rate, n - 1);
	int64_t delay;

	if (max_delay_s > DURATION_MAX_S)
		max_delay_s = DURATION_MAX_S;
	if (!(base < (double)max_delay_s)) /* so that 0 * infinity is caught */
		base = (double)max_delay_s;
	delay = round_up(with_jitter(base, jitter, r));
	return delay < 1 ? 1 : delay;
}

int
jitter_parse(const char *text, enum jitter *j, struct err *e)
{
	static const char *const names[] = {
		[JITTER_FULL] = "full",
		[JITTER_HALF] = "half",
		[JITTER_NONE] = "none",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*j = (enum jitter)i;
			return 0;
		}
	}
	return err_set(e, ERR_USAGE,
	    "'%s' is not a jitter: use none, full or half", text);
}

int
retry_list_check(const char *list, struct err *e)
{
	const char *entry = list;

	for (;;) {
		size_t n = strcspn(entry, ",");

		if (check_entry(list, entry, n, e) < 0)
			return -1;
		if (!entry[n])
			return 0;
		entry += n + 1;
	}
}

bool
retry_list_has(const char *list, int status, const char *type)
{
	char digits[16];
	const char *number = NULL;
	const char *entry = list;

	if (status >= 0) {
		snprintf(digits, sizeof(digits), "%d", status);
		number = digits;
	}
	for (;;) {
		size_t n = strcspn(entry, ",");

		if (entry_fits(entry, n, number, type))
			return true;
		if (!entry[n])
			return false;
		entry += n + 1;
	}
}
