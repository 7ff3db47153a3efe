/*
 * msg.h - what client and engine say to each other on the socket.
 *
 * A frame is: u32 length of the rest, u8 protocol version, u8 type, body.
 * Numbers are big-endian; a string is a u32 length and its bytes, which may
 * hold any byte. There is one body for requests and one for replies: every
 * member always stands there, in the order of the structs below, and is empty
 * or 0 where it says nothing. doc/protocol.md has every frame. Raise
 * MSG_VERSION when a body changes.
 */
#ifndef DURABLE_MSG_H
#define DURABLE_MSG_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

enum {
	MSG_VERSION = 1,
	MSG_HEAD = 4,                /* bytes of the length */
	MSG_MAX = 256 * 1024 * 1024, /* bytes of the rest */
};

enum msg_type {
	/* requests, and the reply that each one gets */
	MSG_OPEN = 1,   /* open an operation: RUN, OUTCOME, or nothing yet */
	MSG_UPDATE,     /* an outcome or a retry of id: OUTCOME, RUN */
	MSG_BYE,        /* output is written, number is the exit status: none */
	MSG_INPUT,      /* the execution's input: VALUE */
	MSG_RESULT,     /* payload is the execution's result: OK */
	MSG_NAME_ERROR, /* error is that of the enclosing operation: OK */
	MSG_GET_ERROR,  /* of the operation called name: VALUE or MISSING */
	MSG_LOG,        /* is this context replaying? VALUE, FLAG_REPLAYING */
	MSG_USAGE,      /* payload is a usage error of the script: none */
	MSG_ABORT,      /* payload says why the client cannot go on: none */
	MSG_STOP,       /* from outside: stop the execution (error): OK */
	MSG_AWAIT,      /* wait for the callback id or name: OUTCOME */
	MSG_COMPLETE,   /* from outside: callback id is done: OK or REFUSED */
	MSG_PUT_DOWN,   /* keep payload under kind number and name, until it is
	                 asked for or the invocation ends: OK */
	MSG_TAKE_UP, /* all that was put down there, each as an lstr: VALUE */
	MSG_FUNCTION_END, /* the shell number has run id's function: RUN, and
	                     then as if this client had opened it */
	MSG_SHELL, /* the branch id is a function that the process number runs:
	              none */

	/* replies */
	MSG_RUN = 100, /* go ahead with attempt number, limit bytes */
	MSG_OUTCOME,   /* status, payload, error as recorded */
	MSG_VALUE,     /* payload */
	MSG_OK,
	MSG_MISSING, /* there is no such thing */
	MSG_REFUSED, /* number is an err_code, payload the message */
	MSG_NAMED,   /* unasked: error was named for the running operation id */
};

enum msg_flags {
	FLAG_AT_MOST_ONCE = 1 << 0,
	FLAG_NO_DIGEST = 1 << 1, /* the command line is not compared */
	FLAG_VIRTUAL = 1 << 2,   /* a branch that is not recorded */
	FLAG_DECIDED =
	    1 << 3, /* UPDATE of a branch: the batch is decided by it;
	                          no request from other branches is taken */
	FLAG_INTERRUPTED = 1
	    << 4, /* request: ended by INT, TERM or HUP; RUN: the
	                              last attempt was cut off by a crash */
	FLAG_REPLAY_CHILDREN = 1 << 5, /* UPDATE: record it; RUN: only replay;
	                       OUTCOME: its value is to be had by running again */
	FLAG_OWN = 1 << 6, /* OUTCOME: payload is what you sent: left out */
	FLAG_REPLAYED = 1 << 7,  /* OUTCOME, RUN: was recorded before */
	FLAG_REPLAYING = 1 << 8, /* VALUE of LOG */
	FLAG_FUNCTION = 1 << 9,  /* OPEN: a function of the shell with the pid
	                           number is the body; BYE leaves it open */
	FLAG_NOT_PRESENT = 1 << 10, /* VALUE: there is none; payload is empty */
	FLAG_INHERIT =
	    1 << 11,         /* UPDATE, FAIL of a context: the error of its last
	                           failed operation, if that had this status */
	FLAG_KEEP = 1 << 13, /* TAKE_UP: it stays put down */
	FLAG_ONLY_FINISHED = 1 << 12, /* OPEN: its outcome if there is one, else
	                                 MISSING; nothing is opened */
};

/* What is put down (MSG_PUT_DOWN). */
enum put_kind {
	PUT_BRANCH = 1, /* of the parallel called name */
	PUT_UNDO,
};

struct request {
	enum msg_type type;
	uint32_t flags;
	struct span invocation; /* 32 hex digits; empty from outside */
	struct span parent; /* enclosing operation's id; empty at the root */
	struct span id;     /* the operation that it is about */
	uint8_t op_type, subtype, action;
	uint32_t number;       /* see above; OPEN: occurrence, 0 is counted */
	int64_t seconds;       /* of a wait, a delay, a timeout */
	int64_t seconds2;      /* heartbeat timeout */
	struct span name;      /* as given */
	struct span digest_of; /* command line, words with NUL behind each */
	struct span payload;   /* recorded text; p NULL for none */
	struct span error;     /* JSON object */
	struct span function, tenant;
};

struct reply {
	enum msg_type type;
	uint32_t flags;
	uint8_t status; /* enum op_status */
	uint32_t number;
	uint64_t limit; /* bytes that a payload may have */
	struct span id;
	struct span payload; /* p NULL: none (kept as a flag on the wire) */
	struct span error;
};

/* Appends a whole frame. */
void msg_put_request(const struct request *rq, struct buf *out);
void msg_put_reply(const struct reply *rp, struct buf *out);

/*
 * Looks at the bytes behind b->off. Returns 1 with *frame set to a whole
 * frame's body (version byte on; b->off is behind it), 0 when more bytes are
 * needed, -1 with ERR_REFUSED when the length exceeds MSG_MAX.
 */
int msg_next(struct buf *b, struct span *frame, struct err *e) MUST_USE;

/*
 * Takes a frame's body apart; spans point into it. ERR_REFUSED: another
 * version (both are named), an unknown type, too short, bytes left over.
 */
int msg_take_request(struct span frame, struct request *rq,
    struct err *e) MUST_USE;
int msg_take_reply(struct span frame, struct reply *rp, struct err *e) MUST_USE;

#endif
