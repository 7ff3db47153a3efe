/*
 * time.c - instants, durations and the clock.
 *
 * UTC is computed here, with the proleptic Gregorian calendar: timegm is in
 * no standard. Local time is libc's, as only it knows the time zones.
 */
#include "base/time.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	MS_PER_S = 1000,
	S_PER_MINUTE = 60,
	S_PER_HOUR = 3600,
	S_PER_DAY = 86400,
	DAYS_PER_ERA = 146097,    /* 400 years */
	DAYS_BEFORE_1970 = 719468 /* since 1 March of the year 0 */
};

#define AT_MAX_S INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* A day and a time of day, as written. */
struct moment {
	int64_t year;
	int month, day; /* from 1 */
	int hour, minute, second, ms;
	bool has_offset;
	int offset_s; /* east of UTC */
};

static int64_t
clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * MS_PER_S + t.tv_nsec / 1000000;
}

/* A property of the process, like the clock that it is added to. */
static int64_t offset_ms;

void
time_set_offset(int64_t ms)
{
	offset_ms = ms;
}

void
time_take_offset(void)
{
	const char *text = getenv("DURABLE_CLOCK_OFFSET");

	if (text && *text)
		offset_ms = strtoll(text, NULL, 10);
}

int64_t
time_now(void)
{
	return clock_ms(CLOCK_REALTIME) + offset_ms;
}

int64_t
time_monotonic(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

void
time_lower_wait(int64_t *wait_ms, int64_t to)
{
	if (to < 0)
		to = 0;
	if (*wait_ms < 0 || to < *wait_ms)
		*wait_ms = to;
}

static const struct unit {
	char letter;
	int seconds;
} units[] = {
	{ 'd', S_PER_DAY },
	{ 'h', S_PER_HOUR },
	{ 'm', S_PER_MINUTE },
	{ 's', 1 },
};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes a number off *p; what is over the limit stays just over it. Returns
 * -1 when there is none. */
static int64_t
take_seconds(const char **p)
{
	int64_t n = 0;

	if (!is_digit(**p))
		return -1;
	for (; is_digit(**p); ++*p)
		if (n <= DURATION_MAX_S)
			n = n * 10 + (**p - '0');
	return n;
}

/* The grammar of duration_parse without its limits; -1 when text has not
 * that form. No sum of it exceeds an int64_t. */
static int64_t
parse_units(const char *text)
{
	const char *p = text;
	int64_t sum = 0;
	size_t next = 0;

	do {
		int64_t n = take_seconds(&p);

		if (n < 0)
			return -1;
		if (!*p && next == 0)
			return n; /* a number alone is seconds */
		while (next < UNITS && units[next].letter != *p)
			next++;
		if (next == UNITS)
			return -1;
		sum += n * units[next++].seconds;
		p++;
	} while (*p);
	return sum;
}

int
duration_parse(const char *text, int64_t *seconds, struct err *e)
{
	int64_t sum = parse_units(text);

	if (sum < 0)
		return err_set(e, ERR_USAGE,
		    "'%s' is not a duration: use for instance 90, 90s, 5m, "
		    "1h30m or 2d",
		    text);
	if (sum < DURATION_MIN_S)
		return err_set(e, ERR_USAGE,
		    "'%s' is too short: a duration is %d s at least", text,
		    DURATION_MIN_S);
	if (sum > DURATION_MAX_S)
		return err_set(e, ERR_USAGE,
		    "'%s' is too long: a duration is %d days at most", text,
		    DURATION_MAX_S / S_PER_DAY);
	*seconds = sum;
	return 0;
}

void
duration_format(int64_t ms, struct buf *out)
{
	uint64_t left = (uint64_t)ms;

	if (ms < 0) {
		buf_put_char(out, '-');
		left = 0 - left;
	}
	if (left < MS_PER_S) {
		buf_printf(out, "%" PRIu64 "ms", left);
		return;
	}
	if (left < S_PER_MINUTE * MS_PER_S && left % MS_PER_S >= 100) {
		buf_printf(out, "%" PRIu64 ".%" PRIu64 "s", left / MS_PER_S,
		    left % MS_PER_S / 100);
		return;
	}
	left /= MS_PER_S;
	for (size_t i = 0; i < UNITS; i++) {
		uint64_t size = (uint64_t)units[i].seconds;

		if (left >= size)
			buf_printf(out, "%" PRIu64 "%c", left / size,
			    units[i].letter);
		left %= size;
	}
}

/* Days from 1970-01-01 to the date, which may lie before it. */
static int64_t
days_of(int64_t year, int month, int day)
{
	/* Years that begin in March have their leap day at the end. */
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t in_era = y - era * 400;
	int64_t in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + in_era * 365 + in_era / 4 - in_era / 100 +
	    in_year - DAYS_BEFORE_1970;
}

/* The reverse of days_of. */
static void
date_of(int64_t days, struct moment *m)
{
	int64_t n = days + DAYS_BEFORE_1970;
	int64_t era = (n >= 0 ? n : n - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	int64_t day = n - era * DAYS_PER_ERA;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t in_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	m->day = (int)(in_year - (153 * month + 2) / 5 + 1);
	m->month = (int)(month < 10 ? month + 3 : month - 9);
	m->year = era * 400 + year + (m->month <= 2);
}

static int
days_in_month(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool
is_moment(const struct moment *m)
{
	/* A leap second is the 60th of a minute that ends an hour. */
	return m->month >= 1 && m->month <= 12 && m->day >= 1 &&
	    m->day <= days_in_month(m->year, m->month) && m->hour < 24 &&
	    m->minute < 60 && m->second < (m->minute == 59 ? 61 : 60);
}

/* Takes n digits off *p. */
static bool
take_digits(const char **p, int n, int *value)
{
	*value = 0;
	for (; n > 0; n--, ++*p) {
		if (!is_digit(**p))
			return false;
		*value = *value * 10 + (**p - '0');
	}
	return true;
}

static bool
take_char(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

/* ".25": any number of digits, of which three count. */
static bool
take_fraction(const char **p, int *ms)
{
	int unit = 100;

	if (!is_digit(**p))
		return false;
	for (*ms = 0; is_digit(**p); ++*p) {
		*ms += (**p - '0') * unit;
		unit /= 10;
	}
	return true;
}

/* "2026-01-02" */
static bool
take_date(const char **p, struct moment *m)
{
	int year;

	if (!take_digits(p, 4, &year) || !take_char(p, '-') ||
	    !take_digits(p, 2, &m->month) || !take_char(p, '-') ||
	    !take_digits(p, 2, &m->day))
		return false;
	m->year = year;
	return true;
}

/* "03:04", "03:04:05", "03:04:05.678" */
static bool
take_time_of_day(const char **p, struct moment *m)
{
	if (!take_digits(p, 2, &m->hour) || !take_char(p, ':') ||
	    !take_digits(p, 2, &m->minute))
		return false;
	if (!take_char(p, ':'))
		return true;
	if (!take_digits(p, 2, &m->second))
		return false;
	return !take_char(p, '.') || take_fraction(p, &m->ms);
}

/* "Z", "+01:00" or nothing. */
static bool
take_offset(const char **p, struct moment *m)
{
	int sign = **p == '-' ? -1 : 1;
	int hours, minutes;

	m->has_offset = **p != '\0';
	if (!m->has_offset || take_char(p, 'Z') || take_char(p, 'z'))
		return true;
	if (!take_char(p, '+') && !take_char(p, '-'))
		return false;
	if (!take_digits(p, 2, &hours) || !take_char(p, ':') ||
	    !take_digits(p, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	m->offset_s = sign * (hours * S_PER_HOUR + minutes * S_PER_MINUTE);
	return true;
}

/* The instant of a moment in UTC, or in local time by its offset. */
static int64_t
utc_ms(const struct moment *m)
{
	int64_t s = days_of(m->year, m->month, m->day) * S_PER_DAY +
	    m->hour * S_PER_HOUR + m->minute * S_PER_MINUTE + m->second -
	    m->offset_s;

	return s * MS_PER_S + m->ms;
}

/* The instant of a moment in local time, days later; false when libc cannot
 * tell. */
static bool
local_ms(const struct moment *m, int days, int64_t *ms)
{
	struct tm tm = {
		.tm_year = (int)(m->year - 1900),
		.tm_mon = m->month - 1,
		.tm_mday = m->day + days,
		.tm_hour = m->hour,
		.tm_min = m->minute,
		.tm_sec = m->second,
		.tm_isdst = -1,
		.tm_wday = -1, /* stays so when mktime fails */
	};
	time_t t = mktime(&tm);

	if (t == (time_t)-1 && tm.tm_wday < 0)
		return false;
	*ms = (int64_t)t * MS_PER_S + m->ms;
	return true;
}

static bool
to_local(int64_t ms, struct tm *tm)
{
	int64_t s = ms / MS_PER_S - (ms % MS_PER_S < 0);
	time_t t = (time_t)s;

	tzset(); /* localtime_r need not */
	return (int64_t)t == s && localtime_r(&t, tm);
}

/* HH:MM[:SS]: the first such time after now. */
static bool
parse_next(const char *p, int64_t now, int64_t *ms)
{
	struct moment m = { .month = 1, .day = 1 };
	struct tm today;

	if (!take_time_of_day(&p, &m) || *p || !is_moment(&m) ||
	    !to_local(now, &today))
		return false;
	m.year = (int64_t)today.tm_year + 1900;
	m.month = today.tm_mon + 1;
	m.day = today.tm_mday;
	/* Two days: a clock that is put back may have today's twice. */
	for (int days = 0; days <= 2; days++)
		if (!local_ms(&m, days, ms))
			return false;
		else if (*ms > now)
			return true;
	return false;
}

/* A date, a time of day when there is one, an offset when there is one. */
static bool
parse_date(const char *p, int64_t *ms)
{
	struct moment m = { 0 };

	if (!take_date(&p, &m))
		return false;
	if (*p) {
		if (!take_char(&p, 'T') && !take_char(&p, 't') &&
		    !take_char(&p, ' '))
			return false;
		if (!take_time_of_day(&p, &m) || !take_offset(&p, &m))
			return false;
	}
	if (*p || !is_moment(&m))
		return false;
	if (!m.has_offset)
		return local_ms(&m, 0, ms);
	*ms = utc_ms(&m);
	return true;
}

/* "@1767323045" */
static bool
parse_seconds(const char *p, int64_t *ms)
{
	int64_t s = 0;

	if (!is_digit(*p))
		return false;
	for (; is_digit(*p) && s <= AT_MAX_S; p++)
		s = s * 10 + (*p - '0');
	*ms = s * MS_PER_S;
	return !*p && s <= AT_MAX_S;
}

int
time_parse(const char *text, int64_t now, int64_t *ms, struct err *e)
{
	int64_t parsed;
	bool ok;

	if (text[0] == '@')
		ok = parse_seconds(text + 1, &parsed);
	else if (is_digit(text[0]) && is_digit(text[1]) && text[2] == ':')
		ok = parse_next(text, now, &parsed);
	else
		ok = parse_date(text, &parsed);
	if (!ok)
		return err_set(e, ERR_USAGE,
		    "'%s' is not a time: use for instance "
		    "2026-01-02T03:04:05Z, '2026-01-02 03:04', 03:04 or "
		    "@1767323045",
		    text);
	*ms = parsed;
	return 0;
}

void
time_format(int64_t ms, struct buf *out)
{
	int64_t left = ms % ((int64_t)S_PER_DAY * MS_PER_S);
	int64_t days = ms / ((int64_t)S_PER_DAY * MS_PER_S);
	struct moment m;
	int s;

	if (left < 0) {
		left += (int64_t)S_PER_DAY * MS_PER_S;
		days--;
	}
	date_of(days, &m);
	s = (int)(left / MS_PER_S);
	buf_printf(out, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%03dZ", m.year,
	    m.month, m.day, s / S_PER_HOUR, s % S_PER_HOUR / S_PER_MINUTE,
	    s % S_PER_MINUTE, (int)(left % MS_PER_S));
}

void
time_format_local(int64_t ms, struct buf *out)
{
	struct tm tm;

	if (!to_local(ms, &tm)) {
		time_format(ms, out);
		return;
	}
	buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
