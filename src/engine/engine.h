/*
 * engine.h - the owner of one execution: its operations and its decisions.
 *
 * The engine makes no system call and reads no clock: every function that
 * needs the time takes it, what must outlive the process goes to the backend,
 * and what a client is to be told goes to the host. That is what lets
 * tests/unit drive it through any history.
 *
 * Times are instants (base/time.h). Spans in a request are borrowed for the
 * call, those in a reply until the host's reply function returns.
 *
 * When a function returns -1 the backend is dead: nothing that is queued may
 * leave, the process says why and ends.
 */
#ifndef DURABLE_ENGINE_H
#define DURABLE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/msg.h"
#include "store/backend.h"

struct engine;
struct engine_client; /* one connection, as the engine sees it */

/* What the engine asks of the process around it. */
struct engine_host {
	void *arg;

	/* Queues rp for client. It may leave after the commit of this turn, and
	 * when needs_sync only after one that synced. */
	void (*reply)(void *arg, struct engine_client *c,
	    const struct reply *rp, bool needs_sync);

	/* Says one line to the user, now. */
	void (*notice)(void *arg, const char *line);

	/* Starts the execution that the chained invoke op stands for; rq is its
	 * opening. NULL: the service does so by itself. Called before the START
	 * is committed. When it cannot be started, returns false with its error
	 * object in *error. */
	bool (*invoke)(void *arg, struct op *op, const struct request *rq,
	    struct buf *error);

	/* The context op is closed, or the branch that process pid runs: end
	 * every process below. Called during a turn; act after its commit. */
	void (*closed)(void *arg, const struct op *op);
	void (*subshell_closed)(void *arg, pid_t pid);
};

struct engine_options {
	const char *arn;   /* what `durable log` names the execution by */
	const char *input; /* JSON text, NULL for none; borrowed for its life */
	bool strict;       /* what is else a notice is NONDETERMINISTIC */
	bool is_journal;   /* no handler above: names are the identity */
	uint64_t payload_max, context_max; /* bytes; 0: the same */
};

/* Why the invocation must end although its handler has not. */
enum verdict {
	VERDICT_NONE,
	VERDICT_REFUSED, /* nondeterminism, a client that cannot go on: the
	                    execution stays open, run exits 125 */
	VERDICT_USAGE,   /* a usage error in the script: the execution fails */
	VERDICT_STOPPED, /* somebody has stopped the execution; the message is the
	                    error object */
	VERDICT_FAILED, /* the handler goes on after `durable fail`: it has
	                    failed, by engine_handler_error */
};

/* b is borrowed and must outlive the engine; its changed hook is taken. */
struct engine *engine_new(struct backend *b, const struct engine_options *o,
    const struct engine_host *host);
void engine_free(struct engine *en); /* en may be NULL */

/* A new connection of process pid. user is the host's own. */
struct engine_client *engine_connect(struct engine *en, pid_t pid, void *user);
void *engine_client_user(const struct engine_client *c);
pid_t engine_client_pid(const struct engine_client *c);

/*
 * The connection has ended and c is freed. Returns whether that is a crash of
 * the invocation: a client below the handler that was killed has gone without a
 * goodbye, whether or not it had asked for something.
 */
bool engine_disconnect(struct engine *en, struct engine_client *c);

/* Takes one request in. */
int engine_request(struct engine *en, struct engine_client *c,
    const struct request *rq, int64_t now, struct err *e) MUST_USE;

/* c is of an earlier invocation: that it goes is no crash of this one. */
void engine_stranger(struct engine_client *c);

/*
 * The clients whose operation has a shell function as its body: the next one
 * after c, or the first for NULL. When the process engine_client_shell of one
 * has gone without the client's goodbye, that is a crash of the invocation. A
 * client whose function runs has no connection: its user is NULL.
 */
struct engine_client *engine_next_shell(struct engine *en,
    const struct engine_client *c);
pid_t engine_client_shell(const struct engine_client *c);
void engine_shell_gone(struct engine_client *c); /* it has */
bool engine_shell_is_gone(const struct engine_client *c);

/* The connection has a request that is held back; while it has, its context
 * is not blocked. */
void engine_hold(struct engine_client *c, bool on);

/* Fires what is due, and answers who waited for it. */
int engine_tick(struct engine *en, int64_t now, struct err *e) MUST_USE;

/* When engine_tick has work next; TIME_NEVER for never. */
int64_t engine_next_due(struct engine *en);

/* Whether nothing but the service can make the handler's context go on. */
bool engine_is_blocked(struct engine *en);

/* Whether c waits for the service, or runs contexts that all do. */
bool engine_client_is_blocked(const struct engine_client *c);

/* Whether c runs a command. */
bool engine_client_is_running(const struct engine_client *c);

/* What has been decided, with the message to show. */
enum verdict engine_verdict(const struct engine *en, const char **message);

/* Of VERDICT_REFUSED: ERR_DIVERGED where the replay does not match the log. */
enum err_code engine_refusal(const struct engine *en);

/* Whether `durable fail` was called in the handler, outside of any operation:
 * it has failed then, whatever its exit status. */
bool engine_is_named_failed(const struct engine *en);

/* Error of the execution when its handler exits with status (not 0): what
 * `durable fail` named, that of the last failed operation when it fits, or
 * HandlerFailed. Appends an error object. */
void engine_handler_error(struct engine *en, int status, struct buf *out);

/* What `durable result` set last, or NULL. */
const struct buf *engine_result(const struct engine *en);

/* Operations that are open, for "what is still open is ended". Calls each
 * with the noun and name; returns how many there are. */
int engine_each_open(struct engine *en,
    void (*each)(void *arg, const struct op *op), void *arg);

/* Recorded finished operations that this invocation never met: told once, or
 * with strict a refusal (then -1 with ERR_DIVERGED). At the handler's end. */
int engine_check_unmet(struct engine *en, struct err *e) MUST_USE;

struct engine_counts {
	uint64_t run, replayed, running, waiting;
};
void engine_counts(const struct engine *en, struct engine_counts *out);

#endif
