/*
 * put_down.c - what is put down for later in the invocation: branches of a
 * parallel, ways to undo. Nothing is recorded: a replay puts it down again.
 */
#include "engine/put_down.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/state.h"

struct put_down {
	uint32_t kind;
	char *key;
	struct buf blob;
	struct put_down *next;
};

void
put_down_clear(struct scope *s)
{
	struct put_down *p;

	while ((p = s->put_down)) {
		s->put_down = p->next;
		free(p->key);
		buf_clear(&p->blob);
		free(p);
	}
	s->put_down_end = NULL;
}

int
put_down_keep(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e)
{
	struct scope *s = scope_of(en, around);
	struct put_down *p = xcalloc(1, sizeof(*p));

	(void)e;
	p->kind = rq->number;
	p->key = xmemdup(rq->name.p ? rq->name.p : "", rq->name.n);
	buf_init(&p->blob, BUF_NO_MAX);
	buf_put(&p->blob, rq->payload.p, rq->payload.n);
	if (!s->put_down_end)
		s->put_down_end = &s->put_down;
	*s->put_down_end = p;
	s->put_down_end = &p->next;
	en->host.reply(en->host.arg, c, &(struct reply){ .type = MSG_OK },
	    false);
	return 0;
}

int
put_down_take_up(struct engine *en, struct engine_client *c,
    const struct request *rq, struct op *around, struct err *e)
{
	struct scope *s = scope_of(en, around);
	struct reply rp = { .type = MSG_VALUE };
	struct put_down **at = &s->put_down, *p;
	struct buf all;

	(void)e;
	buf_init(&all, BUF_NO_MAX);
	while ((p = *at)) {
		if (p->kind != rq->number || strlen(p->key) != rq->name.n ||
		    memcmp(p->key, rq->name.p ? rq->name.p : "", rq->name.n) !=
			0) {
			at = &p->next;
			continue;
		}
		buf_put_lstr(&all, buf_str(&p->blob), p->blob.len);
		if (rq->flags & FLAG_KEEP) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		free(p->key);
		buf_clear(&p->blob);
		free(p);
	}
	s->put_down_end = at;
	rp.payload = (struct span){ buf_str(&all), all.len };
	en->host.reply(en->host.arg, c, &rp, false);
	buf_clear(&all);
	return 0;
}
