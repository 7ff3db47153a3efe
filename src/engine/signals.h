/*
 * signals.h - signals as bytes in a pipe.
 *
 * INT, TERM, HUP, TSTP, CONT, CHLD and ALRM wake the loop; the handler writes
 * the number and does nothing else.
 */
#ifndef DURABLE_SIGNALS_H
#define DURABLE_SIGNALS_H

#include "base/err.h"

/* Installs the handlers; counted, so that start and stop may nest. */
int signals_start(struct err *e) MUST_USE;
void signals_stop(void);

/* Becomes readable when a signal has come. */
int signals_fd(void);

/* The next signal that has come, or 0. */
int signals_take(void);

#endif
