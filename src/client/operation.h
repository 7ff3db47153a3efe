/*
 * operation.h - the life of an operation that runs a command: step, child, and
 * what is built from them.
 *
 *   OPEN ─► OUTCOME (recorded) ─► print, status
 *        └► RUN ─► run the command ─► UPDATE SUCCEED/FAIL ─► OUTCOME
 *                                 └─► UPDATE RETRY ─► (the engine waits) ─► RUN
 */
#ifndef DURABLE_OPERATION_H
#define DURABLE_OPERATION_H

#include "client/client.h"
#include "client/files.h"
#include "client/outcome.h"
#include "client/output.h"
#include "model/op.h"
#include "model/retry.h"

struct operation {
	enum op_type type;
	enum op_subtype subtype;
	const char *name; /* NULL or "": unnamed */
	char **words;     /* the command; NULL-terminated */
	struct output output;
	struct files files;
	struct retry_policy retry;
	const char *retry_command; /* an own policy, or NULL */
	bool at_most_once, no_digest, reads_input;
	bool is_function; /* words name a function of the script's shell */
	bool tells_words; /* which does not have them: compensate */
	int64_t timeout_s, kill_after_s;
	int signal;
	struct {
		bool is_poll;        /* wait-for-condition */
		const char *initial; /* the first state, or NULL */
	} poll;

	/* in the course of it */
	struct client client;
	struct buf input;    /* stdin, when it is read */
	struct buf recorded; /* the payload that this process has sent */
};

void operation_init(struct operation *o, enum op_type type,
    enum op_subtype subtype);

/* Does it all; returns the exit status, or -1 when it never began. */
int operation_run(struct operation *o, struct err *e) MUST_USE;

/* The environment of a command below operation id, attempt. NULL-terminated,
 * allocated. A context has no attempt: 0. */
char **operation_environ(const char *name, const char *id, uint32_t attempt);

/* Sets r up for one attempt; operation_release frees what that allocates. */
void operation_prepare(const struct operation *o, const struct reply *rp,
    struct run *r);
void operation_release(struct run *r);

/* Runs the command once, all of it; the outcome is in *r, to be cleared. */
int operation_run_once(struct operation *o, const struct reply *rp,
    struct run *r, struct err *e) MUST_USE;

/* Records that the attempt failed: RETRY after f's delay when there is one,
 * else FAIL. The next reply is in *rp. */
int operation_record_failure(struct operation *o, struct reply *rp,
    const struct failed_run *f, struct err *e) MUST_USE;

/* Records o->recorded as the outcome. */
int operation_record_success(struct operation *o, struct reply *rp,
    struct err *e) MUST_USE;

/* polling.c: one poll of a wait-for-condition, recorded. */
int polling_attempt(struct operation *o, struct reply *rp,
    struct err *e) MUST_USE;

/* Prints an outcome that has come, says goodbye, and gives the exit status. */
int operation_finish(struct operation *o, const struct reply *rp);

/* ERR_USAGE for a name of no or over OP_NAME_MAX bytes. */
int operation_check_name(const char *name, struct err *e) MUST_USE;

/* SIGTERM for "TERM", "SIGTERM" or "15". */
int operation_parse_signal(const char *text, int *signal,
    struct err *e) MUST_USE;

#endif
