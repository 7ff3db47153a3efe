/*
 * folder.h - every execution that is kept in the state folder.
 */
#ifndef DURABLE_FOLDER_H
#define DURABLE_FOLDER_H

#include "store/context.h"

/*
 * Calls each for every context file of the state folder, by name. A file that
 * cannot be read is named on stderr and left out. Stops when each returns
 * non-zero and returns that; 0 at the end, also when there is no folder; -1.
 */
int folder_each(int (*each)(const char *path, const struct execution_state *s,
		    void *arg, struct err *e),
    void *arg, struct err *e) MUST_USE;

#endif
