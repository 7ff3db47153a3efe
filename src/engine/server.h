/*
 * server.h - one invocation of a handler, from its start to its end.
 */
#ifndef DURABLE_SERVER_H
#define DURABLE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/engine.h"
#include "store/context.h"

struct server_job {
	struct backend *backend; /* borrowed */
	struct context
	    *context;     /* its file, open and locked; NULL: it has none,
	                            and the service is elsewhere */
	const char *name; /* of the execution */
	const char *arn;
	const char *input;    /* JSON text, NULL for none */
	uint64_t payload_max; /* bytes of a recorded payload */
	uint64_t context_max; /* bytes that a context may print; 0: the same */
	bool ends_daemons;    /* nothing outlives the invocation */
	char *const *argv; /* the handler, absolute; in a journal the command */
	const char *cwd;
	char *const *env; /* without what belongs to an invocation */
	int umask;
	bool strict;
	bool leaves_early; /* when suspended: a pipe must not be kept open */
	bool is_journal;   /* nothing is suspended; ends with the last client */
	bool show_status;  /* a live line on stderr */
	bool serve_only;   /* no handler: answers who is knocking, then ends */
	int listen_fd; /* who connects to it is served; stays the caller's */
	const char *socket;    /* its path */
	const char *program;   /* durable-engine, for chained invokes */
	int64_t execution_due; /* when the execution times out; TIME_NEVER */
	int64_t
	    guard_due; /* when running commands are ended and recorded as tried
	                      again, as the invocation's time is up; TIME_NEVER */
	int guard_grace_ms; /* what a command has then between TERM and KILL */
};

/* How an invocation can end. */
enum invocation_end {
	END_SUSPENDED,
	END_SUCCEEDED,
	END_FAILED, /* error says why */
	END_CRASHED,
	END_INTERRUPTED, /* by signal */
	END_REFUSED,     /* text says why; the execution stays open */
	END_STOPPED,     /* error is what the stopper gave */
	END_TIMED_OUT,
	END_JOURNAL,     /* status is the command's */
	END_SERVED,      /* of serve_only: nobody is there any more */
	END_OUT_OF_TIME, /* guard_due came */
};

struct invocation_result {
	enum invocation_end how;
	int status;        /* of the handler, when it exited by itself */
	int signal;        /* of END_INTERRUPTED */
	char text[1024];   /* END_REFUSED, END_CRASHED: one line */
	enum err_code why; /* of END_REFUSED: ERR_DIVERGED, ... */
	struct buf result; /* JSON text of END_SUCCEEDED; empty: none */
	bool has_result;
	struct buf output; /* what the handler printed, as it is */
	struct buf error;  /* error object of END_FAILED, END_STOPPED */
	struct engine_counts counts;
	bool has_pending; /* the service has something to go on with */
	bool has_news;    /* it told of something that nobody here heard of */
};

/* What follows from an open context file and the handler's environment, which
 * is borrowed; the rest is empty, no time is due. */
void server_job_init(struct server_job *job, struct context *c,
    char *const *env);

void invocation_result_init(struct invocation_result *r);
void invocation_result_clear(struct invocation_result *r);

/*
 * Runs the handler once. The records of the invocation's start and end are
 * written (its end before this returns); those of the execution's end are the
 * caller's. Everything below this process has ended. -1: the backend failed
 * (everything is ended too), or the handler could not be started.
 */
int server_run(const struct server_job *job, struct invocation_result *r,
    struct err *e) MUST_USE;

/* Whether processes of op are left alone at the end: daemons that a step which
 * is finished was there to start. */
bool server_is_daemon_of(const struct op *op);

/* The same of a process, by its environment; a reap_spare whose argument is the
 * struct table of the execution. */
bool server_is_daemon(void *table, pid_t pid);

/* Name of the folder that an invocation has as TMPDIR, from its token; the
 * caller frees it. Removing takes all that is in it. */
char *server_tmpdir(const char *token);
void server_remove_tmpdir(const char *path);

#endif
