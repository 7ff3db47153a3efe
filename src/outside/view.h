/*
 * view.h - what the commands that only look share: the state of an execution
 * in one word, and its parts as text for people and as JSON.
 */
#ifndef DURABLE_VIEW_H
#define DURABLE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "store/context.h"

enum view_state {
	VIEW_RUNNING,
	VIEW_SUSPENDED, /* not ended, and no invocation runs */
	VIEW_SUCCEEDED,
	VIEW_FAILED,
	VIEW_TIMED_OUT,
	VIEW_STOPPED,
	VIEW_JOURNAL,
	VIEW_STATES,
};

enum view_state view_state_of(const struct execution_state *s);

/* "SUSPENDED" */
const char *view_state_name(enum view_state v);

/* *set gets a bit for each state of a list "FAILED,stopped". ERR_USAGE. */
int view_states_parse(const char *list, unsigned *set, struct err *e) MUST_USE;
bool view_states_have(unsigned set, enum view_state v);

/* Whether the engine of the last invocation lives: it runs the handler, or
 * sleeps until it is due. */
bool view_is_driven(const struct execution_state *s);

/*
 * When a suspended execution goes on; TIME_NEVER: when something comes from
 * outside. Not later than now when it could go on at once.
 */
int64_t view_due(struct table *t, const struct execution_state *s, int64_t now);

/* "until 2026-01-02 03:04:05", "due", "for an event from outside" */
void view_put_due(int64_t due, int64_t now, struct buf *out);

/* Bytes for a terminal: what could steer it is escaped. */
void view_put_text(struct text t, struct buf *out);

/* "step charge"; "step" alone when it has no name. */
void view_put_op(const struct op *op, struct buf *out);

/* before and "Type: message" of an error object; nothing, and false, when it
 * has neither. */
bool view_put_error(const char *before, struct span error, struct buf *out);

/* `,"KEY":"value"`, `,"KEY":1767323045.123`. */
void view_put_member(const char *key, const char *value, struct buf *out);
void view_put_timestamp(const char *key, int64_t ms, struct buf *out);

/*
 * What a list of executions says of one, by the API's names, without the brace
 * at the end; and besides State, our word for it, and Context, its file.
 */
void view_put_execution(const struct execution_state *s, const char *path,
    struct buf *out);

/* Writes all to standard output and empties it. command_run tells failures. */
void view_print(struct buf *b);

/* An execution's result, as recorded, to standard output: a string as text,
 * anything else as the JSON it is, none (NULL) not at all. -1: not written, and
 * *e says why. */
int view_print_result(const char *result, struct err *e) MUST_USE;

#endif
