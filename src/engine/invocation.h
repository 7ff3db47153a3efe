/*
 * invocation.h - the life of one invocation, for engine/ alone: what server.c
 * decides with and invocation.c carries out.
 */
#ifndef DURABLE_INVOCATION_H
#define DURABLE_INVOCATION_H

#include <poll.h>

#include "engine/server.h"

struct conn;

struct server {
	const struct server_job *job;
	struct invocation_result *result;
	struct backend *backend;
	struct table *table;
	struct engine *engine;
	int listen_fd;
	char *tmpdir;
	char token[33];
	struct conn *conns;
	struct pollfd *fds;
	size_t n_fds;
	char *
	    *to_start; /* context files of chained invokes, after the commit */
	size_t n_to_start;
	const struct op **closed; /* contexts closed in this turn */
	size_t n_closed;
	pid_t *subshells; /* that run closed branches, likewise */
	size_t n_subshells;
	bool needs_sync;
	int64_t now, start;

	pid_t handler;
	int output_fd;   /* the handler's standard output, an unlinked file */
	bool has_exited; /* the handler, with exit_status */
	int exit_status; /* as from waitpid */
	int64_t exit_hold_until; /* its failure counts from then on */
	int64_t
	    crash_hold_until; /* a crash was seen: it counts from then on, and
	                             no request is taken; 0: none */

	bool is_over; /* the result says how */
	bool had_client;
	int64_t last_activity;
	int64_t blocked_since; /* 0: it is not */
	int64_t accept_after;
	int64_t next_look; /* at the processes below */
	int64_t status_shown_at;
	int64_t status_due;
};

/* Says one line to the user: "durable: line". */
void invocation_say(struct server *s, const char *line);

/* Writes InvocationStarted and starts the handler. */
int invocation_start(struct server *s, struct err *e) MUST_USE;

/* How long the loop may sleep. */
int64_t invocation_wait_ms(struct server *s);

void invocation_take_signals(struct server *s);

/* Reaps children; sees the handler's end. */
int invocation_reap(struct server *s, struct err *e) MUST_USE;

/* After a turn: is it over, is everything blocked? */
void invocation_check(struct server *s);

/* A process has died that should not have. It counts as a crash a moment later:
 * what killed it may be about to tell us to end as well. */
void invocation_crashed(struct server *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends everything below, fills in the result, writes InvocationCompleted. */
int invocation_finish(struct server *s, struct err *e) MUST_USE;

/* The backend is dead: ends everything below, records nothing. */
void invocation_abandon(struct server *s);

/* DURABLE_PAYLOAD_MAX of env, or what a context file takes otherwise. */
uint64_t invocation_payload_max(char *const *env);

#endif
