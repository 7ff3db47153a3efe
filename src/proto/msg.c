/*
 * msg.c - frames and bodies <-> structs.
 *
 * Length-prefixed binary and not JSON lines: outputs are arbitrary bytes, and
 * the thin client, which is started once per operation, needs no parser.
 */
#include "proto/msg.h"

#include <string.h>

/* A length that stands for "there is none", which is not the same as empty. */
#define NONE UINT32_MAX

static void
put_span(struct span s, struct buf *out)
{
	if (!s.p) {
		buf_put_u32(out, NONE);
		return;
	}
	buf_put_lstr(out, s.p, s.n);
}

static int
take_span(struct buf *b, struct span *s)
{
	size_t start = b->off;
	uint32_t n;

	s->p = NULL;
	s->n = 0;
	if (buf_take_u32(b, &n) < 0)
		return -1;
	if (n == NONE)
		return 0;
	b->off = start;
	return buf_take_lstr(b, &s->p, &s->n);
}

/* Reserves the length, which end_frame fills in. Returns where it is. */
static size_t
begin_frame(enum msg_type type, struct buf *out)
{
	size_t at = out->len;

	buf_put_u32(out, 0);
	buf_put_u8(out, MSG_VERSION);
	buf_put_u8(out, (uint8_t)type);
	return at;
}

static void
end_frame(size_t at, struct buf *out)
{
	size_t n = out->len - at - MSG_HEAD;

	if (buf_overflowed(out))
		return;
	for (int i = 0; i < MSG_HEAD; i++)
		out->data[at + (size_t)i] = (char)(n >> (24 - 8 * i) & 0xff);
}

void
msg_put_request(const struct request *rq, struct buf *out)
{
	size_t at = begin_frame(rq->type, out);

	buf_put_u32(out, rq->flags);
	put_span(rq->invocation, out);
	put_span(rq->parent, out);
	put_span(rq->id, out);
	buf_put_u8(out, rq->op_type);
	buf_put_u8(out, rq->subtype);
	buf_put_u8(out, rq->action);
	buf_put_u32(out, rq->number);
	buf_put_u64(out, (uint64_t)rq->seconds);
	buf_put_u64(out, (uint64_t)rq->seconds2);
	put_span(rq->name, out);
	put_span(rq->digest_of, out);
	put_span(rq->payload, out);
	put_span(rq->error, out);
	put_span(rq->function, out);
	put_span(rq->tenant, out);
	end_frame(at, out);
}

void
msg_put_reply(const struct reply *rp, struct buf *out)
{
	size_t at = begin_frame(rp->type, out);

	buf_put_u32(out, rp->flags);
	buf_put_u8(out, rp->status);
	buf_put_u32(out, rp->number);
	buf_put_u64(out, rp->limit);
	put_span(rp->id, out);
	put_span(rp->payload, out);
	put_span(rp->error, out);
	end_frame(at, out);
}

int
msg_next(struct buf *b, struct span *frame, struct err *e)
{
	size_t start = b->off;
	uint32_t n;

	if (buf_take_u32(b, &n) < 0)
		return 0;
	if (n > MSG_MAX)
		return err_set(e, ERR_REFUSED,
		    "a frame of %lu bytes is over the limit of %d bytes",
		    (unsigned long)n, MSG_MAX);
	if (b->len - b->off < n) {
		b->off = start;
		return 0;
	}
	frame->p = b->data + b->off;
	frame->n = n;
	b->off += n;
	return 1;
}

/* A buf that reads the frame in place; it must never be written or freed. */
static struct buf
reader_of(struct span frame)
{
	struct buf b = { 0 };

	b.data = (char *)(uintptr_t)frame.p;
	b.len = frame.n;
	b.max = frame.n;
	return b;
}

static int
take_head(struct buf *b, uint8_t *type, struct err *e)
{
	uint8_t version;

	if (buf_take_u8(b, &version) < 0 || buf_take_u8(b, type) < 0)
		return err_set(e, ERR_REFUSED, "a frame is too short");
	if (version != MSG_VERSION)
		return err_set(e, ERR_REFUSED,
		    "protocol version %d met version %d: durable and "
		    "durable-engine are of different releases; install one",
		    version, MSG_VERSION);
	return 0;
}

static int
check_end(const struct buf *b, int taken, struct err *e)
{
	if (taken < 0)
		return err_set(e, ERR_REFUSED, "a frame is too short");
	if (b->off != b->len)
		return err_set(e, ERR_REFUSED, "a frame is too long");
	return 0;
}

static int
take_u8_u32_i64(struct buf *b, struct request *rq)
{
	uint64_t s, s2;

	if (buf_take_u8(b, &rq->op_type) < 0 ||
	    buf_take_u8(b, &rq->subtype) < 0 ||
	    buf_take_u8(b, &rq->action) < 0 ||
	    buf_take_u32(b, &rq->number) < 0 || buf_take_u64(b, &s) < 0 ||
	    buf_take_u64(b, &s2) < 0)
		return -1;
	rq->seconds = (int64_t)s;
	rq->seconds2 = (int64_t)s2;
	return 0;
}

int
msg_take_request(struct span frame, struct request *rq, struct err *e)
{
	struct buf b = reader_of(frame);
	uint8_t type;
	int taken = 0;

	memset(rq, 0, sizeof(*rq));
	if (take_head(&b, &type, e) < 0)
		return -1;
	if (type < MSG_OPEN || type > MSG_SHELL)
		return err_set(e, ERR_REFUSED, "unknown request %d", type);
	rq->type = (enum msg_type)type;
	if (buf_take_u32(&b, &rq->flags) < 0 ||
	    take_span(&b, &rq->invocation) < 0 ||
	    take_span(&b, &rq->parent) < 0 || take_span(&b, &rq->id) < 0 ||
	    take_u8_u32_i64(&b, rq) < 0 || take_span(&b, &rq->name) < 0 ||
	    take_span(&b, &rq->digest_of) < 0 ||
	    take_span(&b, &rq->payload) < 0 || take_span(&b, &rq->error) < 0 ||
	    take_span(&b, &rq->function) < 0 || take_span(&b, &rq->tenant) < 0)
		taken = -1;
	return check_end(&b, taken, e);
}

int
msg_take_reply(struct span frame, struct reply *rp, struct err *e)
{
	struct buf b = reader_of(frame);
	uint8_t type;
	int taken = 0;

	memset(rp, 0, sizeof(*rp));
	if (take_head(&b, &type, e) < 0)
		return -1;
	if (type < MSG_RUN || type > MSG_NAMED)
		return err_set(e, ERR_REFUSED, "unknown reply %d", type);
	rp->type = (enum msg_type)type;
	if (buf_take_u32(&b, &rp->flags) < 0 ||
	    buf_take_u8(&b, &rp->status) < 0 ||
	    buf_take_u32(&b, &rp->number) < 0 ||
	    buf_take_u64(&b, &rp->limit) < 0 || take_span(&b, &rp->id) < 0 ||
	    take_span(&b, &rp->payload) < 0 || take_span(&b, &rp->error) < 0)
		taken = -1;
	return check_end(&b, taken, e);
}
