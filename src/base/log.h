/*
 * log.h - DURABLE_LOG: one line per state change, for finding faults.
 *
 * DURABLE_LOG=PATH appends to PATH, DURABLE_LOG=- writes to stderr. Nothing
 * is written when it is unset. A line has time, pid, role and what happened,
 * control characters escaped; payloads appear as lengths only.
 */
#ifndef DURABLE_LOG_H
#define DURABLE_LOG_H

#include <stdbool.h>

/* Reads DURABLE_LOG. role is a literal: "engine" or "client". */
void log_open(const char *role);
bool log_is_on(void);
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
