/*
 * subshell.h - a function of the script as a branch: in a subshell of the
 * shell that started this process.
 *
 * durable.sh runs `durable function-begin parallel` (or map) as the writer of
 * a pipe, descriptor 8, and evaluates each line that comes out of it:
 *
 *   _durable_branch FIFO INPUT OUTPUT MERGED EXPORTS WORD...
 *       is answered on FIFO: "n" when the first word is no function; else the
 *       words are run in a subshell, which gives "p" with its number and, at
 *       their end, "s" with their exit status
 *   wait NUMBER 2>/dev/null     that subshell has ended
 *   _durable_status=N           what we are going to exit with
 *
 * Only the subshell keeps FIFO open: when it is closed without a status, the
 * subshell was killed. That, and the end of the shell that evaluates, is a
 * crash of the invocation, as the death of this process is: so we die, and
 * the shells above us first.
 */
#ifndef DURABLE_SUBSHELL_H
#define DURABLE_SUBSHELL_H

#include "client/runner.h"

struct subshell;

/*
 * Starts r's words with set, NULL-terminated, in their environment. *s is NULL
 * when they are for a program: no shell was asked, or it has no such function.
 */
int subshell_start(struct subshell **s, const struct run *r,
    const char *const *set, struct err *e) MUST_USE;

/* What the shell knows it by. */
pid_t subshell_pid(const struct subshell *s);

/* Becomes readable when it has ended. */
int subshell_fd(const struct subshell *s);

/* 1: it has ended, r has its output and status; 0: not yet. */
int subshell_take(struct subshell *s, struct run *r, struct err *e) MUST_USE;

/* Leaves no file of it behind. s may be NULL. */
void subshell_free(struct subshell *s);

/* Dies when the shell is gone that was to evaluate. */
void subshell_check(void);

/* Tells the shell our exit status, the first time that it is called; nothing
 * when no shell has asked for branches. */
void subshell_tell_status(int status);

#endif
