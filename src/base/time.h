/*
 * time.h - instants, durations and the clock.
 *
 * An instant is int64_t milliseconds since 1970 (UTC). TIME_NEVER is later
 * than all of them.
 */
#ifndef DURABLE_TIME_H
#define DURABLE_TIME_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define TIME_NEVER INT64_MAX

enum {
	DURATION_MIN_S = 1,
	DURATION_MAX_S = 31622400, /* 366 days, the API's limit */
};

/* Now, by the system's real-time clock, plus the offset that was set. */
int64_t time_now(void);

/* For executions whose waits are skipped: their clock runs ahead. */
void time_set_offset(int64_t ms);

/* Sets it to DURABLE_CLOCK_OFFSET, which the engine gives to what it starts. */
void time_take_offset(void);

/* Milliseconds of a clock that never jumps; only differences mean anything. */
int64_t time_monotonic(void);

/* Lowers a wait in milliseconds (-1: for ever) to another one, at least 0. */
void time_lower_wait(int64_t *wait_ms, int64_t to);

/*
 * Parses `90`, `90s`, `5m`, `1h30m`, `2d`: whole seconds, units d h m s in
 * falling order, each at most once. *seconds is DURATION_MIN_S to
 * DURATION_MAX_S. ERR_USAGE: "'soon' is not a duration: use for instance 90,
 * 90s, 5m, 1h30m or 2d", or the limit that is exceeded.
 */
int duration_parse(const char *text, int64_t *seconds, struct err *e) MUST_USE;

/* "1h30m", "1.2s", "12ms": for people. */
void duration_format(int64_t ms, struct buf *out);

/*
 * Parses RFC 3339 (`2026-01-02T03:04:05Z`, with fraction, with +01:00), also
 * `2026-01-02 03:04[:05]`, `2026-01-02` and `HH:MM[:SS]` (the next one, local
 * time), all local when no offset is given, and `@SECONDS`. ERR_USAGE.
 */
int time_parse(const char *text, int64_t now, int64_t *ms,
    struct err *e) MUST_USE;

/* "2026-01-02T03:04:05.678Z" */
void time_format(int64_t ms, struct buf *out);

/* "2026-01-02 03:04:05" in local time, for people. */
void time_format_local(int64_t ms, struct buf *out);

#endif
