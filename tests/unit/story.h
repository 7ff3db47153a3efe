/*
 * story.h - the engine driven through a history, a scene for each request.
 *
 * A scene says who asks for what, and what comes of it. Clients connect when
 * they are first named. "@N" in front sets the clock to N seconds, where it
 * stays. What is asked for is one of
 *
 *   open KIND [NAME] [WORD...]  step condition wait callback invoke child
 *                               parallel branch map item; execution nonsense stepchild,
 *                               which there are not
 *   ok NAME [=PAYLOAD]          UPDATE, SUCCEED
 *   fail NAME [status=N] [inherit] [error=OBJECT]
 *   retry NAME seconds=N [=STATE]
 *   error NAME, name OBJECT     MSG_GET_ERROR, MSG_NAME_ERROR
 *   put NAME =BLOB, take NAME   of branches; undo-put, undo-take: of undos
 *   await NAME, complete =RESULT, heartbeat: the one callback there is
 *   return NAME n=PID           a shell function has ended; function: of nothing
 *   log, input, result =X, bye [status=N], usage =TEXT, abort =TEXT
 *   stop [error=OBJECT]
 *
 * with the words "in NAME" (the context around), "cmd=WORDS" (for the digest),
 * "n=N" (the occurrence), "seconds=N", and the names of flags: once nodigest
 * virtual decided children finished function. Not requests are
 *
 *   shells (those watched; "!" for one that has the operation),
 *   tick, gone, blocked, hold, release, due, unmet, open?, recorded,
 *   handler status=N, restart (a new engine loads what is recorded), settle NAME =RESULT
 *
 * The answer is all that the engine said: "a RUN 1", "a OUTCOME SUCCEEDED =x",
 * "closed NAME", "notice TEXT", "REFUSED TEXT"; several are joined by "; ".
 * A "!" behind the type: only after a sync. It may hold "*" as in file names.
 */
#ifndef DURABLE_STORY_H
#define DURABLE_STORY_H

#include <stdbool.h>

struct scene {
	const char *who, *asks, *answer;
};

struct story {
	const struct scene *scenes; /* ends with { 0 } */
	bool strict, is_journal;
	int fail_after; /* 0: never; N: the Nth update fails */
};

/* Fails the test at the first scene whose answer is another. */
void story_run(const struct story *s);

/* The same for scenes with the default options. */
void story_tell(const struct scene *scenes);

#endif
