/*
 * process.h - running a program for what it prints: credential_process.
 */
#ifndef DURABLE_PROCESS_H
#define DURABLE_PROCESS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Cuts a command line into words as a shell would, but expands nothing: '...'
 * is literal, in "..." a backslash guards " and \, elsewhere any byte. Returns
 * a NULL-terminated array, which the caller frees with process_free_words;
 * NULL with ERR_USAGE when a quote is not closed or there is no word.
 */
char **process_split(const char *line, struct err *e) MUST_USE;
void process_free_words(char **words);

/*
 * Runs the command line, without a shell, and appends its standard output.
 * Standard input and error are ours: such programs ask for a second factor.
 * ERR_IO when it cannot be started or fails, prints more than out's maximum
 * or takes longer than that; it is killed then.
 */
int process_run(const char *line, int64_t timeout_ms, struct buf *out,
    struct err *e) MUST_USE;

#endif
