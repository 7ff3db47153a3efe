/*
 * error.h - the exit status that a recorded error stands for.
 *
 * Errors of commands carry it in their ErrorData. Those that came from outside
 * carry what their bringer wrote, which may look the same; so a context that
 * fails with such an error says its own status in it.
 */
#ifndef DURABLE_ERROR_H
#define DURABLE_ERROR_H

#include "base/buf.h"
#include "base/json.h"

/* The type of an attempt that the end of an invocation's time has cut off. */
#define ERROR_DEADLINE "DeadlineExceeded"

/* What the error object says: its data's exitStatus, 124 where the service has
 * timed something out, else 1. */
int error_status(struct span error);

/* Makes *error, an object, one whose error_status is status: it is left alone
 * when it is that already, else the data that it has go behind "data". */
void error_say_status(struct buf *error, int status);

#endif
