/*
 * record.h - one line of the context file <-> a struct; the whole codec.
 *
 * durable-context(5) is the description. Members stand in one canonical order
 * and the scanner takes exactly that; nothing else is accepted. The last
 * member is "sum", 16 hex digits: XXH64 of the line's bytes before `,"sum"`,
 * seeded with the checksum of the line before (0 for the first line).
 *
 * header: {"durable":1,"kind":"execution","name":"..","id":"..","time":ms,
 *   "argv":["..",..],"cwd":"..","env":["NAME=value",..],"umask":18,
 *   "timeout":s,"input":"..","parent":"..","parentOperation":"..",
 *   "depth":1,"sum":".."}
 *   1 is the version; kind is execution or journal; input is JSON text. A
 *   string of argv, cwd, env or parent that is not UTF-8 is {"$base64":".."}.
 * update: {"seq":2,"synced":1,"time":1767323045123,"Id":"..","ParentId":"..",
 *   "Type":"STEP","SubType":"Step","Name":"charge","Action":"SUCCEED",
 *   "Payload":"\"ok\"","Error":{..},"ReplayChildren":true,
 *   "NextAttemptDelaySeconds":1,"WaitSeconds":1,"TimeoutSeconds":1,
 *   "HeartbeatTimeoutSeconds":1,"FunctionName":"..","TenantId":"..",
 *   "CallbackId":"..","sum":".."}
 * event: {"seq":3,"synced":1,"time":..,"Event":"InvocationStarted",
 *   "Id":"..","Invocation":"<32 hex>","Pid":1,"Socket":"..","Start":ms,
 *   "Outcome":"..","Payload":"..","Error":{..},"Offset":ms,"sum":".."}
 * Absent members are left out. A member that does not belong to that type of
 * record is still accepted in its place: readers ignore it.
 */
#ifndef DURABLE_RECORD_H
#define DURABLE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "model/op.h"
#include "store/line.h"

enum { RECORD_VERSION = 1 };

enum event_type {
	EVENT_NONE, /* the record is an update */
	EVENT_INVOCATION_STARTED,
	EVENT_INVOCATION_COMPLETED,
	EVENT_WAIT_SUCCEEDED,
	EVENT_CALLBACK_SUCCEEDED,
	EVENT_CALLBACK_FAILED,
	EVENT_CALLBACK_TIMED_OUT,
	EVENT_CALLBACK_HEARTBEAT,
	EVENT_INVOKE_SUCCEEDED, /* ChainedInvokeSucceeded ... */
	EVENT_INVOKE_FAILED,
	EVENT_INVOKE_TIMED_OUT,
	EVENT_INVOKE_STOPPED,
	EVENT_EXECUTION_SUCCEEDED,
	EVENT_EXECUTION_FAILED,
	EVENT_EXECUTION_TIMED_OUT,
	EVENT_EXECUTION_STOPPED,
	EVENT_REOPENED,
	EVENT_CLOCK_SKIPPED,
	EVENTS,
};

/* "InvocationStarted", "ChainedInvokeFailed", ... */
const char *event_name(enum event_type t);

/* One line but the first. Everything borrowed from the line or the caller. */
struct record {
	uint64_t seq; /* the header is 1 */
	/* The last record known to be on disk when it was written; 0: not
	 * even the header was. */
	uint64_t synced;
	int64_t time;
	enum event_type event;
	struct update u; /* an update; of an event: id (may be NULL), payload,
	                    error. ids are in the two arrays below when parsed */
	char id[OPID_LEN + 1], parent_id[OPID_LEN + 1];
	struct text invocation; /* 32 hex digits */
	int64_t pid;
	struct text socket;
	int64_t start;       /* of InvocationCompleted: when it had started */
	struct text outcome; /* the same: PENDING, SUCCEEDED, FAILED, CRASHED,
	                        INTERRUPTED, REFUSED, STOPPED, TIMED_OUT, LOST
	                        (its engine died) */
	int64_t offset; /* of ClockSkipped: the whole offset, ms; its start is
	                        by how many ms deadlines move along */
};

/* The first line. Strings are borrowed (parsed: owned, header_clear frees). */
struct header {
	bool is_journal;
	char *name; /* the execution's */
	char *id;   /* a UUID in lower case */
	int64_t time;
	char **argv; /* NULL-terminated; argv[0] absolute */
	char *cwd;
	char **env; /* "NAME=value", NULL-terminated */
	int64_t umask;
	int64_t timeout_s; /* the execution's; 0 none */
	char *input;       /* JSON text; NULL when none was given */
	char *parent;      /* file of the parent execution, or NULL */
	char *parent_op;   /* its operation's id */
	int64_t depth;     /* chained invokes above this one */
};

void header_clear(struct header *h);

/* Appends the line with its newline and sets *sum. */
void header_format(const struct header *h, uint64_t *sum, struct buf *out);

/*
 * Parses a line without its newline. ERR_CORRUPT; "... version 2, this
 * durable reads up to 1" when it is a header of a later version.
 */
int header_parse(const char *p, size_t n, struct header *h, uint64_t *sum,
    struct err *e) MUST_USE;

/* The format version of a first line, whole or not; -1: it is none. */
int64_t header_version(const char *p, size_t n);

/* Deep copy; the caller frees with header_clear. */
void header_copy(struct header *to, const struct header *from);

/* Appends the line with its newline. *sum is the checksum of the line before,
 * and set to this line's. */
void record_format(const struct record *r, uint64_t *sum, struct buf *out);

/*
 * Parses a line without its newline, checking its checksum against *sum,
 * which is then set to this line's. r points into p. ERR_CORRUPT: *sum stays.
 */
int record_parse(const char *p, size_t n, struct record *r, uint64_t *sum,
    struct err *e) MUST_USE;

/*
 * Whether the line has the form of a record, whatever its checksum. For
 * what stands behind a bad record, where the checksum to seed with is lost.
 */
bool record_scan(const char *p, size_t n, struct record *r);

/*
 * How every line ends, for header.c. seal puts the checksum and the newline on
 * the line that begins at start in out. unseal compares it and leaves in *s
 * what is before it; ERR_CORRUPT: *sum stays.
 */
void record_seal(struct buf *out, size_t start, uint64_t *sum);
int record_unseal(const char *p, size_t n, struct line *s, uint64_t *sum,
    struct err *e) MUST_USE;

#endif
