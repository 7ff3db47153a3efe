/*
 * requests.h - the requests other than opening, for engine/ alone.
 */
#ifndef DURABLE_REQUESTS_H
#define DURABLE_REQUESTS_H

#include "engine/engine.h"

/* In struct request's flags, within the engine: this opening made the
 * operation, its START is recorded already. */
enum { FLAG_OPENED_NEW = 1 << 30 };

struct scope;

/* The operation's outcome as the contexts around it see it: what a handler or
 * branch that fails now would fail of. status is the client's exit status. */
void engine_note_outcome(struct engine *en, const struct engine_client *c,
    struct op *op, int status);

/* Answers the creation of a callback with its id. */
void engine_send_callback(struct engine *en, struct engine_client *c,
    struct op *op);

void engine_set_verdict(struct engine *en, enum verdict v, const char *p,
    size_t n);

/* engine.c: what a call of the service came to, that gave result, with all
 * that had to be answered. */
int engine_served(struct engine *en, int result, struct err *e) MUST_USE;

/* replay.c: how many recorded operations of the scope this invocation has not met. */
size_t replay_count_unmet(struct engine *en, const struct scope *s);

/* outside.c: starts the execution that op stands for; when it cannot be
 * started, op has failed. */
int engine_invoke(struct engine *en, struct op *op, const struct request *rq,
    struct err *e) MUST_USE;

/* function.c: handlers of MSG_FUNCTION_END and MSG_SHELL. */
int function_end(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e) MUST_USE;
int function_subshell(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e) MUST_USE;

/* outside.c: handlers of MSG_AWAIT and MSG_COMPLETE. */
int engine_await(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e) MUST_USE;
int engine_complete(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e) MUST_USE;

#endif
