/*
 * sleep.h - between two invocations: nothing in memory but a lock, a socket
 * and a timer.
 */
#ifndef DURABLE_SLEEP_H
#define DURABLE_SLEEP_H

#include "manage/drive.h"

enum woken { WOKEN_BY_SIGNAL, WOKEN_FAILED };

/*
 * Closes d's context but for its lock, and sleeps until due (wall clock), or
 * until somebody connects. Then this process becomes `durable-engine drive`
 * and does not return. Returns when INT, TERM or HUP came (d->signal says
 * which), or WOKEN_FAILED with *e set.
 */
enum woken sleep_until(struct drive *d, int64_t due, struct err *e);

/* Takes up what sleep_until handed over: the operands of `drive`. */
int sleep_woken(struct drive *d, char **argv, struct err *e) MUST_USE;

#endif
