/*
 * outputs.h - the files that steps have written (--output, --sync).
 */
#ifndef DURABLE_OUTPUTS_H
#define DURABLE_OUTPUTS_H

#include "model/table.h"
#include "store/context.h"

/* Appends a line for each recorded file that is gone, cannot be read or
 * differs; relative names are of the execution's working directory. */
void outputs_check(struct table *t, const struct execution_state *s,
    struct buf *out);

#endif
