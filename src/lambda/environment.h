/*
 * environment.h - the variables that AWS's tools are set by.
 */
#ifndef DURABLE_ENVIRONMENT_H
#define DURABLE_ENVIRONMENT_H

/* The variable's value, or NULL; an empty one counts as none. */
const char *environment(const char *name);

#endif
