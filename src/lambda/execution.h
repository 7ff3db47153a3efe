/*
 * execution.h - one invocation of a durable function: from its event to what
 * the Runtime API is told.
 */
#ifndef DURABLE_EXECUTION_H
#define DURABLE_EXECUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "lambda/runtime_api.h"
#include "lambda/sandbox.h"

/* What to tell. */
struct verdict_for_lambda {
	struct buf response;   /* the body; or else an error: */
	char error_type[64];   /* "Runtime.Something"; "" for a response */
	char error_text[1024]; /* its message, also for the log */
	bool must_exit; /* after telling: this process is of no more use */
	int exit_status;
};

void verdict_for_lambda_init(struct verdict_for_lambda *v);
void verdict_for_lambda_clear(struct verdict_for_lambda *v);

/* Runs the handler for one event. Everything below this process has ended and
 * everything that it recorded is safe, or v says that it is not. */
void execution_run(const struct sandbox *sandbox,
    const struct invocation_event *ev, struct verdict_for_lambda *v);

#endif
