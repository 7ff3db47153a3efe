/*
 * limits.h - how many files this process may have open.
 *
 * An engine with a thousand clients, or a map with a thousand branches, needs
 * more descriptors than the usual soft limit; what they start gets the limit
 * back that we were given, since old programs cannot cope with a high one.
 */
#ifndef DURABLE_LIMITS_H
#define DURABLE_LIMITS_H

#include <stddef.h>

/* Raises the soft limit to the hard one. Returns the limit now in force. */
size_t limits_raise_files(void);

/* In a forked child before its exec: as it was. Safe there. */
void limits_restore_files(void);

#endif
