/* state.h - what the files of the engine share: its clients, the live side of
 * an operation, the names met. For engine/ alone. */
#ifndef DURABLE_STATE_H
#define DURABLE_STATE_H

#include "engine/engine.h"

#define HASH_FUNCTION HASH_FNV /* the default's cases fall through */
#include <uthash.h>

enum client_state {
	CLIENT_IDLE,    /* connected, nothing asked or everything answered */
	CLIENT_RUNNING, /* runs a command */
	CLIENT_CONTEXT, /* runs the body of a context, or branches */
	CLIENT_WAITING, /* waits for the service */
};

struct engine_client {
	struct engine *en;
	pid_t pid;
	void *user;
	enum client_state state;
	bool is_held;  /* a request of its is held back */
	bool is_muted; /* its context is closed: nothing is answered */
	bool said_goodbye;
	bool awaits_id;      /* of the callback that it waits for */
	bool is_outside;     /* not below the handler of this invocation */
	struct scope *scope; /* where it is; NULL before the first request */
	struct op *op;       /* its first open operation, or NULL */
	struct engine_client *next_in_scope, *prev_in_scope;
	struct op *owned; /* what it has opened; live.next_owned */
	struct op *waits_for;
	struct engine_client *next_waiter; /* in live.waiters */
	pid_t shell; /* that runs a function of its operation, or 0 */
	bool shell_is_gone;
	bool is_stand_in; /* for that shell: there is no connection */
	struct engine_client *next_shell; /* in engine.shells */
};

/* A name that this invocation has met under a parent. */
struct met {
	char key[OPID_IDENTITY + 1];
	uint8_t type, subtype;
	uint64_t count;
	unsigned open;
	struct op *last; /* the last operation of that name */
	UT_hash_handle hh;
};

/* The inside of a context: of the handler, a child, a branch, a batch. */
struct scope {
	struct op *op; /* NULL: the handler's */
	bool is_open;
	bool was_opened;    /* in this invocation */
	bool is_replay;     /* its outcome is recorded; only look-ups */
	bool is_concurrent; /* two operations have been open at once */
	bool has_new;       /* has opened one that was not recorded */
	unsigned open;      /* operations */
	bool knows_unmet;
	size_t unmet; /* recorded children not met yet, once counted */
	struct engine_client *clients;
	struct put_down *put_down, **put_down_end;
	char *failed_error; /* error of the last failed operation, or NULL */
	int failed_status;
};

/* What op->live points to. */
struct live {
	struct scope scope; /* of a context; else only is_open is used */
	struct engine_client *owner; /* who has opened it, while connected */
	struct op *next_owned;
	struct engine_client *waiters;
	struct met *met;      /* this and around are set before engine_opened */
	struct scope *around; /* where it stands; not op->parent's if flat */
	char *named_error;    /* by `durable fail`, or NULL */
	pid_t subshell;       /* that runs a branch as a function, or 0 */
	bool at_most_once;
};

struct engine {
	struct backend *b;
	struct table *t;
	struct engine_options options;
	struct engine_host host;
	struct scope root;
	struct met *names;
	struct engine_client *shells; /* those with a shell to be watched */
	struct buf result;
	bool has_result;
	char *named_error; /* of the handler */
	enum verdict verdict;
	enum err_code refusal; /* of VERDICT_REFUSED */
	char *message;
	bool told_unmet;
	struct engine_counts counts;
	int64_t now;     /* of the call that is running */
	bool has_failed; /* an answer to what the service changed, for: */
	struct err fail;
};

/* The live side of op, made at the first call. */
struct live *live_of(struct op *op);
struct scope *scope_of(struct engine *en, struct op *op);

/* replay.c: opens the operation that rq names. */
int replay_open(struct engine *en, struct engine_client *c,
    const struct request *rq, struct err *e) MUST_USE;

/* The operation of that name last met under the scope, or NULL. */
struct op *replay_last_named(struct engine *en, const struct scope *s,
    struct span name);

/* Ends the invocation: VERDICT_REFUSED, or in a journal answers REFUSED. */
void engine_refuse(struct engine *en, struct engine_client *c,
    enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* function.c: the opening of an operation that has a shell function as its
 * body, and what the goodbye of its client leaves behind. */
int function_open(struct engine *en, struct engine_client *c,
    const struct request *rq, struct err *e) MUST_USE;
void function_leave(struct engine *en, struct engine_client *c);
void function_unwatch(struct engine_client *c);
void function_clear(struct engine *en);

/* waiters.c */
void waiters_add(struct op *op, struct engine_client *c);
int waiters_answer(struct engine *en, struct op *op, struct err *e) MUST_USE;
void waiters_remove(struct engine_client *c);
bool scope_is_blocked(const struct scope *s);
void scope_enter(struct scope *s, struct engine_client *c);
void scope_leave(struct engine_client *c);

/* Closes op and all that is open below it; clients below are muted. Returns
 * whether anything was open below. */
bool scope_close(struct engine *en, struct op *op);

/* engine.c: op is c's, and nobody's. */
void engine_own(struct engine_client *c, struct op *op);
void engine_disown(struct op *op);

/* engine.c: tells c to go ahead with op, or its outcome. */
void engine_send_run(struct engine *en, struct engine_client *c, struct op *op,
    uint32_t flags, bool needs_sync);
void engine_send_outcome(struct engine *en, struct engine_client *c,
    struct op *op, uint32_t flags);

/* op is found or made for c: answers by its status, or lets c wait. */
int engine_opened(struct engine *en, struct engine_client *c, struct op *op,
    const struct request *rq, struct err *e) MUST_USE;

/* Records START of op for c and tells it to go ahead. */
int engine_start(struct engine *en, struct engine_client *c, struct op *op,
    struct err *e) MUST_USE;

/* Records one update of op. */
int engine_update(struct engine *en, struct op *op, struct update *u,
    struct err *e) MUST_USE;

#endif
