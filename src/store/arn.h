/*
 * arn.h - what the local service calls executions.
 *
 * A chained invoke's name and id follow from its parent and the operation, so
 * that the START of the operation can name an execution that is still to be
 * made, and a crash in between makes no other.
 */
#ifndef DURABLE_ARN_H
#define DURABLE_ARN_H

#include <stdbool.h>

#include "store/record.h"

enum { CHILD_ID_SIZE = 37 };

/* "durable:NAME:ID", what others know an execution by. Allocated. */
char *arn_make(const char *name, const char *id);

/*
 * The name of the execution that operation op_id of parent stands for; its
 * parts are divided by separator ('-' in names, '.' in file names). Allocated.
 */
char *child_name(const struct header *parent, const char *op_id,
    char separator);

/* Its context file: in the folder of the parent's, called as it is. Allocated. */
char *child_path(const char *parent_path, const struct header *parent,
    const char *op_id);

/* Its id, in the form of a UUID. */
void child_id(const struct header *parent, const char *op_id,
    char out[CHILD_ID_SIZE]);

/* Whether parent, which is there under the path that child names as its
 * parent's, is the execution that has invoked it, and not a later one. */
bool child_is_of(const struct header *child, const struct header *parent);

/* Its ARN. Allocated. */
char *child_arn(const struct header *parent, const char *op_id);

#endif
