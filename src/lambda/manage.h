/*
 * manage.h - calls of the APIs that look at executions and act on them, with
 * their failures in words.
 */
#ifndef DURABLE_MANAGE_H
#define DURABLE_MANAGE_H

#include "lambda/api.h"
#include "outside/words.h"

/* What is being done, for messages. All borrowed. */
struct task {
	const char *action; /* the API's name for it, and IAM's */
	const char *doing;  /* "stop" */
	const char *target; /* an ARN, a function, a callback id */
	bool wants_json;    /* the answer is an object */
};

/* What is called for each object of a list; -1 stops, with *e. */
struct visit {
	int (*each)(struct span object, void *arg, struct err *e);
	void *arg;
};

/* arn may be NULL. Errors as of api_open. */
struct api *manage_open(const struct remote_place *r, const char *arn,
    struct err *e) MUST_USE;

/*
 * Makes the call; out is initialised and cleared by the caller. -1 for every
 * answer but 2xx: ERR_MISSING for what does not exist, else ERR_REFUSED with
 * what to do; ERR_IO when no answer came, or one that is no JSON object where
 * that is wanted.
 */
int manage_call(struct api *a, const struct task *t,
    const struct api_request *rq, struct api_response *out,
    struct err *e) MUST_USE;

/* "&NAME=VALUE", encoded; nothing for NULL. */
void manage_put_query(const char *name, const char *value, struct buf *out);

/*
 * A function as `NAME`, `NAME:QUALIFIER` or an ARN without or with one: what
 * stands before the qualifier is copied to name. Returns the qualifier, a part
 * of function, or NULL.
 */
const char *manage_split_function(const char *function, struct buf *name);

/* ERR_USAGE where nothing stands for the name. */
int manage_check_function(const char *function, struct err *e) MUST_USE;

/* Visits every execution of x->function (of its $LATEST when it says no
 * qualifier) that filters, "&NAME=VALUE"..., let through. */
int manage_each_execution(const struct remote_execution *x, const char *filters,
    const struct visit *v, struct err *e) MUST_USE;

/* Visits every event of the execution, oldest first, with payloads when
 * with_data. */
int manage_each_event(const struct remote_place *r, const char *arn,
    bool with_data, const struct visit *v, struct err *e) MUST_USE;

/*
 * The ARN of the execution that word means: itself, or with x->function the
 * name of one of that function's executions, which is asked for. ERR_USAGE for
 * an ARN of something else; ERR_MISSING.
 */
char *manage_find(const struct remote_execution *x, const char *word,
    struct err *e) MUST_USE;

/* Does act with it. */
int manage_act(const struct remote_execution *x, const char *word,
    int (*act)(const char *arn, struct err *e), struct err *e) MUST_USE;

/* Appends the object's members without its braces, on one line. */
void manage_put_members(struct span object, struct buf *out);

#endif
