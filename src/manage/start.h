/*
 * start.h - which execution a `durable run` means: a new one, one to go on
 * with, or one that has ended.
 */
#ifndef DURABLE_START_H
#define DURABLE_START_H

#include <stdbool.h>

#include "base/err.h"
#include "store/context.h"

enum if_failed { IF_FAILED_REFUSE, IF_FAILED_RETRY, IF_FAILED_NEW };

struct start {
	const char *name; /* --name, or NULL */
	char *path;       /* --context made absolute, or NULL */
	char **argv;      /* the handler, absolute, and its arguments */
	char *input;      /* JSON text, or NULL */
	int64_t timeout_s;
	const char *keep_env; /* NAME,... recorded besides, or NULL */
	enum if_failed if_failed;

	/* found */
	char *found;             /* path of the context file */
	struct context *context; /* open and locked */
};

/*
 * Finds or makes the execution, waiting for one that is running elsewhere
 * (says so). On success s->context is open; it may have ended. -1: *e; when
 * another handler, arguments or input were recorded under that name ERR_USAGE
 * shows both; when the derived name's last execution failed and if_failed is
 * refuse, ERR_REFUSED.
 */
int start_execution(struct start *s, struct err *e) MUST_USE;

/* Makes and locks a journal: a log without a handler. NULL with *e. */
struct context *start_journal(const char *path, struct err *e);

/* Opens an execution that exists, waiting while it runs elsewhere; *attached:
 * it had not ended when the waiting began. NULL with *e. */
struct context *start_attach(const char *path, bool *attached, struct err *e);

/* Appends the event Reopened, synced: durable retry. ERR_REFUSED when it has
 * not failed, or was compensated. */
int start_reopen(struct context *c, struct err *e) MUST_USE;

#endif
