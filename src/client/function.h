/*
 * function.h - a shell function as the body of an operation, for durable.sh.
 *
 * A program cannot call a function of the shell that started it. So one
 * operation takes two processes, hidden commands both:
 *
 *   durable function-begin VERB ...               opens it: prints the recorded
 *       outcome, or tells the shell to run the function
 *   durable function-end ID STATUS FILE VERB ...  records what it made of it:
 *       prints the outcome, or tells the shell to run it once more
 *
 * "Tells the shell" is text for its eval, written to descriptor 8; where there
 * is none, the operation is over. In between the operation is in the hands of
 * the shell, our parent process, which the engine watches.
 */
#ifndef DURABLE_FUNCTION_H
#define DURABLE_FUNCTION_H

#include "client/operation.h"

/*
 * Takes the words of a hidden command off; words[0] is its name. Returns those
 * from VERB on; words as it is when it is no such command; NULL with ERR_USAGE.
 */
char **function_take_words(char **words, struct err *e) MUST_USE;

/* Whether this process is one of the two. */
bool function_is_asked(void);

/* Whether it is begin of a parallel or map: its branches may be functions, and
 * the shell evaluates what is told to it as it comes (client/subshell.h). */
bool function_has_branches(void);

/* Whether its function has ended, so that there is an outcome to record. */
bool function_has_ended(void);

/*
 * What the next process of the same command must know besides, as text without
 * a colon at its beginning: function_note sets what begin and end hand on when
 * they leave the operation to the shell, and says goodbye on around, a second
 * connection of theirs, then. function_noted is what was handed on to this
 * process, or NULL. Both are borrowed.
 */
void function_note(const char *note, struct client *around);
const char *function_noted(void);

/* ERR_USAGE for what a function cannot have: options that need a process, and
 * a journal. */
int function_check(const struct operation *o, struct err *e) MUST_USE;
int function_check_journal(struct err *e) MUST_USE;

/* Makes rq the request that this process begins with; of the operation around
 * that of the function, whose id is in a note. */
void function_put_request(struct request *rq);
void function_put_request_around(struct request *rq, struct span id);

/* What the function was given on its standard input: it is read only once. */
int function_read_input(struct buf *input, struct err *e) MUST_USE;

/* Puts a status as the shell has it into r. */
void function_set_status(struct run *r, int status);

/*
 * In place of operation_run_once: what the function made, in *r; or, when it
 * is to be run now, tells the shell so and exits.
 */
int function_run(struct operation *o, const struct reply *rp, struct run *r,
    struct err *e) MUST_USE;

#endif
