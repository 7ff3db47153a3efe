/*
 * completion.h - what somebody outside says of a callback, from words.
 */
#ifndef DURABLE_COMPLETION_H
#define DURABLE_COMPLETION_H

#include "base/command.h"
#include "outside/words.h"
#include "store/callback.h"

/*
 * Fills *done in from `success ID [VALUE]`, `failure ID [MESSAGE]` or
 * `heartbeat ID`; its texts are in text, which the caller initialises and
 * clears. May read standard input. ERR_USAGE; ERR_IO.
 */
int completion_parse(const struct call *c, const struct completion_words *w,
    struct completion *done, struct buf *text, struct err *e) MUST_USE;

#endif
