/*
 * external.h - outcomes that come from outside: of callbacks and chained
 * invokes. Their text is handed out as it came.
 */
#ifndef DURABLE_EXTERNAL_H
#define DURABLE_EXTERNAL_H

#include "client/client.h"
#include "client/output.h"

#define EXTERNAL_OPTIONS(o)                                                    \
 { 0, "json", NULL, "the outcome must be one JSON value", OPTION_FLAG,         \
	 &(o).json },                                                          \
     { 0, "jq", "FILTER", "print what a jq filter makes of it", OPTION_STRING, \
	     &(o).jq },                                                        \
     { 'r', "raw-output", NULL, "print a JSON string without quotes",          \
	     OPTION_FLAG, &(o).bare },                                         \
     { 'q', "quiet", NULL, "print nothing", OPTION_FLAG, &(o).quiet },         \
 {                                                                             \
  0, "decode", "CMD", "print what CMD makes of its text", OPTION_STRING,       \
      &(o).decode                                                              \
 }

/* ERR_USAGE when options contradict each other. */
int external_check(struct output *o, struct err *e) MUST_USE;

/* How long a callback may take, in seconds; 0 for any time. */
struct callback_limits {
	int64_t timeout_s, heartbeat_s;
};

/* Opens the callback; the reply's payload is its id. */
int external_create(struct client *c, const char *name,
    const struct callback_limits *limits, struct reply *rp,
    struct err *e) MUST_USE;

/* Prints an outcome, says goodbye, gives the exit status: rp->number when it
 * has failed. noun and name are for messages. */
int external_finish(struct client *c, const struct output *o, const char *noun,
    const char *name, const struct reply *rp);

/* Says on stderr that it failed, with the message of error. */
void external_say_failure(const char *noun, const char *name,
    const struct reply *rp);

#endif
