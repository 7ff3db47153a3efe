/*
 * input.h - the input of an execution from the command line.
 */
#ifndef DURABLE_INPUT_H
#define DURABLE_INPUT_H

#include "base/err.h"
#include "base/options.h"

/*
 * *input becomes the JSON text that JSON|@FILE|- or the pairs of --arg come
 * to, NULL for neither; the caller frees it. ERR_USAGE: both, not JSON, larger
 * than 6 MiB.
 */
int input_read(const char *word, const struct string_list *pairs, char **input,
    struct err *e) MUST_USE;

#endif
