/*
 * status_line.h - the live line on a terminal, for engine/ alone: operations
 * done, running, waiting until.
 */
#ifndef DURABLE_STATUS_LINE_H
#define DURABLE_STATUS_LINE_H

#include "engine/invocation.h"

/* Draws it when it is wanted and a moment has passed. The cursor stays at the
 * line's begin, so whatever is printed next writes over it. */
void status_line_show(struct server *s);

#endif
