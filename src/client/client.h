/*
 * client.h - a workflow command's side of the conversation with the engine.
 *
 * One law: an operation returns to the script only with a recorded outcome. So
 * a client that loses its engine does not return at all: it ends its command,
 * the contexts around it and itself, with SIGKILL.
 */
#ifndef DURABLE_CLIENT_H
#define DURABLE_CLIENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/msg.h"

struct client {
	int fd;
	struct buf in, out;
	struct buf kept;   /* the frame that the last reply's spans lie in */
	char *named_error; /* the engine said that `durable fail` named it */
	void (*on_named)(void *arg, struct span id, struct span error);
	void *named_arg; /* instead of named_error, for who has several */
	bool has_reply;  /* the engine has answered something */
	long group;      /* process group of the running command, 0: none */
};

/*
 * Without $DURABLE_SOCKET: with $DURABLE_CONTEXT this process becomes
 * `durable-engine serve`, which starts the same command again; else
 * ERR_NOT_RUN. To be called before standard input is read.
 */
int client_enter(struct err *e) MUST_USE;

/* Connects to the engine of $DURABLE_SOCKET; first client_enter. */
int client_open(struct client *c, struct err *e) MUST_USE;

/* main's argv, kept for client_open. */
void client_set_argv(char **argv);

/* Standard input is read: this process cannot be started a second time when
 * a journal's engine ends under it. */
void client_no_second_try(void);

/* Sends rq, completed with what the environment says (invocation, parent, when
 * they are not given). Does not return when the engine has gone. */
void client_send(struct client *c, struct request *rq);

/* Puts a name and a command down under kind and key, for MSG_TAKE_UP: opens,
 * asks, says goodbye. */
int client_put_down(enum put_kind kind, const char *key, const char *name,
    char *const *words, struct err *e) MUST_USE;

/* Sends bytes that are frames already. */
void client_send_frames(struct client *c, struct buf *frames);

/* Completes rq as client_send does, and appends its frame. */
void client_put(struct request *rq, struct buf *out);

/* Waits for the next reply; spans in rp are valid until another one is
 * returned. A NAMED is noted and not returned. MSG_REFUSED becomes -1 with *e
 * set. */
int client_wait(struct client *c, struct reply *rp, struct err *e) MUST_USE;

/* Takes a reply that has come already; 1, or 0 when there is none. Does not
 * return when the engine has gone. -1 as client_wait. */
int client_poll(struct client *c, struct reply *rp, struct err *e) MUST_USE;

/* client_send and client_wait. */
int client_ask(struct client *c, struct request *rq, struct reply *rp,
    struct err *e) MUST_USE;

/* The output is written: the operation is over for the engine too. */
void client_bye(struct client *c, int status);

/* Cannot go on (say why), and may not return: tells the engine, which ends the
 * invocation. In a journal, exits with status 125. */
_Noreturn void client_abort(struct client *c, const char *message);

/*
 * A usage error of the script: tells the engine, which ends the handler, and
 * waits for that. Returns when there is none, and in a journal.
 */
void client_usage_error(const char *message);

/* client_abort for who has no connection; returns when there is no engine. */
void client_give_up(const char *message);

/* The engine has gone, or a shell that this process cannot go on without: ends
 * the command's group, the contexts around, itself. c may be NULL. */
_Noreturn void client_die(struct client *c);

/* Whether this is a journal: an engine without a workflow around. */
bool client_is_in_workflow(void);

/* argv, each word with a NUL behind: what a command line's digest is of. */
void client_put_words(char *const *words, struct buf *out);

struct span span_of(const char *s);

#endif
