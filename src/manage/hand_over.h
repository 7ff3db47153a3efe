/*
 * hand_over.h - leaving a command to durable-lambda.
 */
#ifndef DURABLE_HAND_OVER_H
#define DURABLE_HAND_OVER_H

#include "base/command.h"

/* Executes durable-lambda with the same command and words in place of this
 * process. Returns -1 only: ERR_IO, it is not installed, or cannot be run. */
int hand_over(const struct call *c, struct err *e);

#endif
