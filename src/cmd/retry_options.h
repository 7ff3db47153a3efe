/*
 * retry_options.h - the retry options of step and of a submitter.
 */
#ifndef DURABLE_RETRY_OPTIONS_H
#define DURABLE_RETRY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "model/retry.h"

struct retry_options {
	bool any, none;
	int64_t max_attempts, delay_s, max_delay_s; /* -1, 0, 0: not given */
	double rate;
	const char *jitter, *on, *not_on, *command;
};

#define RETRY_OPTIONS_INIT \
 {                         \
  .max_attempts = -1       \
 }

/* Rows for an option table; o is a struct retry_options in static storage. */
#define RETRY_OPTIONS(o)                                                      \
 { 0, "retry", NULL, "try again after any failure", OPTION_FLAG, &(o).any },  \
     { 0, "no-retry", NULL, "never try again, not even after status 75",      \
	     OPTION_FLAG, &(o).none },                                        \
     { 0, "max-attempts", "N", "attempts in all (6)", OPTION_COUNT,           \
	     &(o).max_attempts },                                             \
     { 0, "retry-delay", "DURATION", "before the second attempt (5s)",        \
	     OPTION_DURATION, &(o).delay_s },                                 \
     { 0, "retry-max-delay", "DURATION", "longest delay (1m)",                \
	     OPTION_DURATION, &(o).max_delay_s },                             \
     { 0, "retry-rate", "X", "by what the delay grows (2)", OPTION_REAL,      \
	     &(o).rate },                                                     \
     { 0, "retry-jitter", "KIND", "none, full or half (full)", OPTION_STRING, \
	     &(o).jitter },                                                   \
     { 0, "retry-on", "LIST", "only these statuses or error types",           \
	     OPTION_STRING, &(o).on },                                        \
     { 0, "no-retry-on", "LIST", "any but these statuses or error types",     \
	     OPTION_STRING, &(o).not_on },                                    \
 {                                                                            \
  0, "retry-command", "CMD", "CMD prints the delay, or exits 1",              \
      OPTION_STRING, &(o).command                                             \
 }

/* Whether any option asks for trying again. */
bool retry_options_ask(const struct retry_options *o);

/* ERR_USAGE when they contradict each other or are out of range. */
int retry_options_check(const struct retry_options *o, struct err *e) MUST_USE;

/* Puts the options into p, which has the defaults. at_most_once: no retry
 * unless one is asked for. Checks as well. */
int retry_options_apply(const struct retry_options *o, bool at_most_once,
    struct retry_policy *p, struct err *e) MUST_USE;

#endif
