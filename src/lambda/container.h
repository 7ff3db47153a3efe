/*
 * container.h - the endpoint that gives credentials to containers.
 */
#ifndef DURABLE_CONTAINER_H
#define DURABLE_CONTAINER_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Asks the endpoint of AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI,
 * and appends its answer. Up to three times, two seconds each. Returns 1, 0
 * when neither is set, or -1 (ERR_IO; ERR_REFUSED for a URL that may not be
 * asked; ERR_USAGE).
 */
int container_ask(struct buf *body, struct err *e) MUST_USE;

/* Whether a URL may be asked, as the answer is secret: https, or http to this
 * machine or to the addresses that AWS gives to containers. ERR_REFUSED. */
int container_check_url(const char *url, struct err *e) MUST_USE;

#endif
