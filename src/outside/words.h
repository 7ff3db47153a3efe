/*
 * words.h - the words of a command that can mean an execution on Lambda.
 *
 * Two programs have such a command: durable-engine, for what is on this
 * machine, and durable-lambda, which durable-engine becomes when the words mean
 * Lambda. Both parse them by the same tables.
 */
#ifndef DURABLE_WORDS_H
#define DURABLE_WORDS_H

#include <stdbool.h>

#include "base/options.h"

/* Where and as whom to ask; NULL: found by the rules of AWS. */
struct remote_place {
	const char *region, *endpoint_url, *profile;
};

#define REMOTE_OPTIONS(r)                                                    \
 { 0, "region", "REGION", "Lambda: the region that is asked", OPTION_STRING, \
	 &(r).region },                                                      \
     { 0, "endpoint-url", "URL", "Lambda: where it is asked", OPTION_STRING, \
	     &(r).endpoint_url },                                            \
 {                                                                           \
  0, "profile", "NAME", "Lambda: whose credentials to use", OPTION_STRING,   \
      &(r).profile                                                           \
 }

/* An execution: an ARN; a name with --function; else one of this machine. */
struct remote_execution {
	const char *function;
	struct remote_place remote;
};

#define REMOTE_EXECUTION_OPTIONS(x)                                         \
 { 0, "function", "FUNCTION", "on Lambda: of that function", OPTION_STRING, \
	 &(x).function },                                                   \
     REMOTE_OPTIONS((x).remote)

#define LIST_OPTIONS(w)                                                       \
 { 0, "status", "LIST", "only these, as in RUNNING,SUSPENDED", OPTION_STRING, \
	 &(w).status },                                                       \
     { 0, "json", NULL, "one JSON object a line", OPTION_FLAG, &(w).json },   \
     { 0, "name", "NAME", "Lambda: only the one of that name", OPTION_STRING, \
	     &(w).name },                                                     \
     { 0, "since", "TIME", "Lambda: only those started after it",             \
	     OPTION_STRING, &(w).since },                                     \
     { 0, "until", "TIME", "Lambda: only those started before it",            \
	     OPTION_STRING, &(w).until },                                     \
     { 0, "reverse", NULL, "Lambda: oldest first", OPTION_FLAG,               \
	     &(w).reverse },                                                  \
     REMOTE_EXECUTION_OPTIONS((w).of)

struct list_words {
	const char *status, *name, *since, *until;
	bool json, reverse;
	struct remote_execution of;
};

#define COMPLETION_OPTIONS(w)                                              \
 { 0, "json", "JSON|@FILE|-", "success: the result, one JSON value",       \
	 OPTION_STRING, &(w).json },                                       \
     { 0, "type", "T", "failure: the error's type (Error)", OPTION_STRING, \
	     &(w).type },                                                  \
     { 0, "data", "JSON|@FILE|-", "failure: more about it", OPTION_STRING, \
	     &(w).data },                                                  \
     REMOTE_OPTIONS((w).remote)

struct completion_words {
	const char *json, *type, *data;
	struct remote_place remote;
};

#define STOP_OPTIONS(w)                                                     \
 { 0, "reason", "TEXT", "the message of its error", OPTION_STRING,          \
	 &(w).reason },                                                     \
     { 0, "type", "T", "the type of its error", OPTION_STRING, &(w).type }, \
     REMOTE_EXECUTION_OPTIONS((w).of)

struct stop_words {
	const char *reason, *type;
	struct remote_execution of;
};

#define STOP_WORDS_DEFAULT                               \
 {                                                       \
  .reason = "stopped by durable stop", .type = "Stopped" \
 }

/* Whether an execution on Lambda is meant. */
bool remote_is_meant(const struct remote_execution *x, const char *word);

/* ERR_USAGE when one of them was given for something on this machine. */
int remote_check_unused(const struct remote_place *r, struct err *e) MUST_USE;

#endif
