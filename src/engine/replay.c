/*
 * replay.c - does what the script asks for match what the log says?
 *
 * An operation is found by its identity (parent, type, subtype, name,
 * occurrence), never by its position; so the script may change around the
 * executions in flight. What cannot be told apart safely is refused: the
 * script never goes on with an outcome that may be another operation's.
 * design.md calls these the rules of identity; durable-replay(7) explains them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/requests.h"
#include "engine/state.h"
#include "model/opid.h"

/* One opening, with all that is known about it. */
struct opening {
	struct engine *en;
	struct engine_client *c;
	const struct request *rq;
	struct scope *scope;
	struct met *met;
	uint64_t occurrence;
	char id[OPID_LEN + 1];
	struct buf shown; /* printable name */
};

static const char *
scope_id(const struct scope *s)
{
	return s->op ? s->op->id : NULL;
}

static const char *
noun_of(const struct request *rq)
{
	return op_noun((enum op_subtype)rq->subtype);
}

/* "step 'charge'", "an unnamed wait" */
static char *
describe(const struct opening *o)
{
	if (o->rq->name.n == 0)
		return xasprintf("an unnamed %s", noun_of(o->rq));
	return xasprintf("%s '%s'", noun_of(o->rq), buf_str(&o->shown));
}

/*
 * The table of names met. A named operation's key leaves type and subtype
 * out, so that the same name of another type is found; unnamed ones are
 * counted by type.
 */
static struct met *
find_met(struct engine *en, const struct scope *s, const struct request *rq)
{
	char id[OPID_LEN + 1];
	struct met *m;
	bool named = rq->name.n > 0;

	opid_make(id,
	    &(struct opid_parts){
		.parent_id = scope_id(s),
		.type = named ? OP_EXECUTION : (enum op_type)rq->op_type,
		.subtype = named ? SUB_NONE : (enum op_subtype)rq->subtype,
		.name = rq->name,
	    });
	id[OPID_IDENTITY] = '\0';
	HASH_FIND_STR(en->names, id, m);
	if (m)
		return m;
	m = xcalloc(1, sizeof(*m));
	memcpy(m->key, id, OPID_IDENTITY + 1);
	HASH_ADD_STR(en->names, key, m);
	return m;
}

struct op *
replay_last_named(struct engine *en, const struct scope *s, struct span name)
{
	struct request rq = { 0 };

	rq.name = name;
	return find_met(en, s, &rq)->last;
}

/* The same name with another type, now or in the log. */
static bool
type_differs(struct opening *o)
{
	const struct request *rq = o->rq;
	const struct op *op;
	struct text name;

	if (rq->name.n == 0)
		return false;
	if (o->met->count > 0 &&
	    (o->met->type != rq->op_type || o->met->subtype != rq->subtype)) {
		engine_refuse(o->en, o->c, ERR_DIVERGED,
		    "'%s' is a %s here and was a %s before in the same "
		    "context: give one of them another name",
		    buf_str(&o->shown), noun_of(rq),
		    op_noun((enum op_subtype)o->met->subtype));
		return true;
	}
	name = text_of(buf_str(&o->shown));
	for (op = table_find_named(o->en->t, o->scope->op, name); op;
	     op = table_next_named(op)) {
		if ((op->type == rq->op_type && op->subtype == rq->subtype) ||
		    op->virtual)
			continue;
		engine_refuse(o->en, o->c, ERR_DIVERGED,
		    "'%s' is a %s in the script and a %s in the log: give it "
		    "another name, or put the old one back",
		    buf_str(&o->shown), noun_of(rq),
		    op_noun((enum op_subtype)op->subtype));
		return true;
	}
	return false;
}

/* Finds out which occurrence this is, and refuses where there is no order. */
static bool
count_occurrence(struct opening *o)
{
	const struct request *rq = o->rq;
	char *what;

	if (rq->number > 0) {
		o->occurrence = rq->number;
		return true;
	}
	if (o->met->open > 0) {
		what = describe(o);
		engine_refuse(o->en, o->c, ERR_DIVERGED,
		    "%s is opened while another of that name in the same "
		    "context is still open: their order would be chance. Give "
		    "each a name of its own, or use durable map",
		    what);
		free(what);
		return false;
	}
	o->occurrence = o->en->options.is_journal ? 1 : o->met->count + 1;
	return true;
}

/* What the id of that occurrence is made of, but for the digest. */
static struct opid_parts
parts_of(const struct opening *o, uint64_t occurrence)
{
	return (struct opid_parts){
		.parent_id = scope_id(o->scope),
		.type = (enum op_type)o->rq->op_type,
		.subtype = (enum op_subtype)o->rq->subtype,
		.name = o->rq->name,
		.occurrence = occurrence,
	};
}

/* Whether the log has this name a second time. */
static bool
is_met_again(struct opening *o)
{
	struct opid_parts of;
	char id[OPID_LEN + 1];

	if (o->rq->number > 0)
		return false;
	if (o->occurrence > 1)
		return true;
	of = parts_of(o, 2);
	opid_make(id, &of);
	return table_find(o->en->t, id) != NULL;
}

/*
 * The command line is not the recorded one. Where identity alone is safe that
 * is told once and the recorded outcome is used; where order was part of it,
 * it is refused.
 */
static bool
digest_differs(struct opening *o, struct op *op)
{
	struct engine *en = o->en;
	const char *why = NULL;
	char *what, *line;

	if (opid_same_digest(op->id, o->id) ||
	    (o->rq->flags & FLAG_NO_DIGEST) != 0 || op->reopened)
		return false;
	if (is_met_again(o))
		why = "and the name is met more than once: put the item into "
		      "the name (\"load $f\"), or use durable map";
	else if (o->scope->is_concurrent &&
	    !(o->rq->op_type == OP_CONTEXT && o->rq->name.n > 0))
		why =
		    "in a context whose operations run at the same time: give "
		    "each a name of its own";
	else if (en->options.is_journal)
		why = "and a journal goes by names: use another name, or put "
		      "the command line back";
	else if (en->options.strict)
		why = "and --strict was asked for: put the command line back, "
		      "or use another name";
	what = describe(o);
	if (why)
		engine_refuse(en, o->c, ERR_DIVERGED,
		    "%s has another command line than the one recorded (digest "
		    "%s, recorded %s), %s",
		    what, o->id + OPID_IDENTITY + 1, op->id + OPID_IDENTITY + 1,
		    why);
	else if (op_status_is_final(op->status)) {
		line = xasprintf("%s has another command line than the one "
				 "recorded; the recorded result is used",
		    what);
		en->host.notice(en->host.arg, line);
		free(line);
	}
	free(what);
	return why != NULL;
}

/* Names the recorded finished operations that scope s has not met. */
static void
list_unmet(struct engine *en, const struct scope *s, struct buf *out)
{
	const struct op *op = s->op ? s->op->child : table_first(en->t);
	int n = 0;

	for (; op; op = op->sibling) {
		if (op->met || op->virtual || !op_status_is_final(op->status))
			continue;
		if (++n > 5) {
			buf_put_str(out, ", ...");
			break;
		}
		buf_put_str(out, out->len > 0 ? ", " : "");
		buf_put_str(out, op_noun((enum op_subtype)op->subtype));
		if (op->name.p) {
			buf_put_str(out, " '");
			text_put_plain(op->name, out);
			buf_put_str(out, "'");
		}
	}
}

/*
 * Where recorded operations hang: a branch that is not recorded (--flat) has
 * the nearest recorded context as ParentId, while its identity stays its own.
 */
static struct op *
recorded_above(struct op *op)
{
	while (op && op->virtual)
		op = op->parent;
	return op;
}

/* The bytes of a name from its printable form; one that was cut stays so. */
static void
put_raw_name(struct text name, struct buf *out)
{
	struct buf shown;
	const char *p;
	unsigned byte;

	buf_init(&shown, BUF_NO_MAX);
	text_put_plain(name, &shown);
	for (p = buf_str(&shown); *p; p++) {
		if (sscanf(p, "\\x%2x", &byte) == 1) {
			buf_put_char(out, (char)byte);
			p += 3;
		} else {
			buf_put_char(out, *p);
		}
	}
	buf_clear(&shown);
}

/* Whether a recorded operation is one of s: some occurrence there has its id. */
static bool
is_of_scope(struct engine *en, const struct scope *s, const struct op *op)
{
	struct opid_parts of = { .parent_id = scope_id(s),
		.type = (enum op_type)op->type,
		.subtype = (enum op_subtype)op->subtype };
	char id[OPID_LEN + 1];
	const struct op *found = NULL;
	struct buf name;

	buf_init(&name, BUF_NO_MAX);
	put_raw_name(op->name, &name);
	of.name = (struct span){ buf_str(&name), name.len };
	do {
		of.occurrence++;
		opid_make(id, &of);
		found = table_find(en->t, id);
	} while (found && found != op);
	buf_clear(&name);
	return found == op;
}

size_t
replay_count_unmet(struct engine *en, const struct scope *s)
{
	struct op *above = recorded_above(s->op);
	const struct op *op = above ? above->child : table_first(en->t);
	size_t n = 0;

	/* Beside those of a branch that is not recorded stand others'. */
	for (; op; op = op->sibling)
		n += !op->met && !op->virtual &&
		    (s->op == above || is_of_scope(en, s, op));
	return n;
}

/* Before the first operation that is not recorded: has the script skipped
 * some that are? False when that is refused. */
static bool
check_skipped(struct engine *en, struct engine_client *c, struct scope *s)
{
	struct buf names;
	char *line;
	bool ok = true;

	if (s->has_new)
		return true;
	s->has_new = true;
	if (en->options.is_journal)
		return true;
	buf_init(&names, BUF_NO_MAX);
	list_unmet(en, s, &names);
	if (names.len > 0 && en->options.strict) {
		engine_refuse(en, c, ERR_DIVERGED,
		    "the log has operations that the script did not come to: "
		    "%s",
		    buf_str(&names));
		ok = false;
	} else if (names.len > 0 && !en->told_unmet) {
		line = xasprintf("the log has operations that the script did "
				 "not come to: %s",
		    buf_str(&names));
		en->host.notice(en->host.arg, line);
		en->told_unmet = true;
		free(line);
	}
	buf_clear(&names);
	return ok;
}

struct unmet_walk {
	struct engine *en;
	struct buf *names;
};

/* The same for a context whose body was run and has come to its end. */
static int
list_unmet_below(struct op *op, void *arg)
{
	struct unmet_walk *w = arg;
	const struct live *l = op->live;

	if (op->type == OP_CONTEXT && op->status == STATUS_SUCCEEDED &&
	    !op->virtual && l && l->scope.was_opened && !l->scope.has_new)
		list_unmet(w->en, &l->scope, w->names);
	return 0;
}

int
engine_check_unmet(struct engine *en, struct err *e)
{
	struct buf names;
	struct unmet_walk w = { en, &names };
	int result = 0;

	if (en->told_unmet)
		return 0;
	buf_init(&names, BUF_NO_MAX);
	if (!en->root.has_new)
		list_unmet(en, &en->root, &names);
	(void)table_each(en->t, list_unmet_below, &w);
	if (names.len > 0) {
		result = err_set(e, ERR_DIVERGED,
		    "the log has operations that the script did not come to: "
		    "%s",
		    buf_str(&names));
		if (!en->options.strict) {
			en->host.notice(en->host.arg, e->text);
			en->told_unmet = true;
			result = 0;
		}
	}
	buf_clear(&names);
	return result;
}

static void
fill_update(const struct opening *o, struct update *u)
{
	const struct request *rq = o->rq;

	memset(u, 0, sizeof(*u));
	u->id = o->id;
	u->parent_id = scope_id(o->scope);
	u->type = (enum op_type)rq->op_type;
	u->subtype = (enum op_subtype)rq->subtype;
	if (rq->name.n > 0)
		u->name = text_of(buf_str(&o->shown));
	u->action = ACTION_START;
	if (rq->op_type == OP_WAIT)
		u->wait_s = rq->seconds;
	if (rq->op_type == OP_CALLBACK) {
		u->timeout_s = rq->seconds;
		u->heartbeat_s = rq->seconds2;
	}
	if (rq->op_type == OP_INVOKE) {
		u->payload = text_bytes(rq->payload.p, rq->payload.n);
		u->function = text_bytes(rq->function.p, rq->function.n);
		u->tenant = text_bytes(rq->tenant.p, rq->tenant.n);
	}
}

/* An operation that the log does not have. */
static int
open_new(struct opening *o, struct err *e)
{
	struct engine *en = o->en;
	const struct request *rq = o->rq;
	struct request opened = *rq;
	struct update u;
	struct op *above, *op;
	char *what;

	if (o->scope->is_replay && !(rq->flags & FLAG_VIRTUAL)) {
		what = describe(o);
		engine_refuse(en, o->c, ERR_DIVERGED,
		    "%s is not in the log, but the context around it is "
		    "finished: its body may only repeat what is recorded",
		    what);
		free(what);
		return 0;
	}
	if (!(rq->flags & FLAG_VIRTUAL) && !check_skipped(en, o->c, o->scope))
		return 0;
	fill_update(o, &u);
	above = recorded_above(o->scope->op);
	u.parent_id = above ? above->id : NULL;
	if ((rq->flags & FLAG_VIRTUAL) != 0) {
		op = table_add_virtual(en->t, o->id, o->scope->op,
		    (enum op_subtype)rq->subtype, u.name);
	} else {
		if (en->b->ops->update(en->b, &u, en->now, e) < 0)
			return -1;
		op = table_find(en->t, o->id);
	}
	op->met = true;
	o->met->last = op;
	live_of(op)->met = o->met;
	live_of(op)->around = o->scope;
	o->c->en->counts.run++;
	log_line("open %s new", o->id);
	opened.flags |= FLAG_OPENED_NEW;
	return engine_opened(en, o->c, op, &opened, e);
}

static int
open_recorded(struct opening *o, struct op *op, struct err *e)
{
	if (digest_differs(o, op))
		return 0;
	if (!op->met && o->scope->unmet > 0)
		o->scope->unmet--;
	op->met = true;
	o->met->last = op;
	/* One that is closed is only looked up: it needs no live side. */
	if (!op_status_is_final(op->status) || op->replay_children) {
		live_of(op)->met = o->met;
		live_of(op)->around = o->scope;
	}
	if (op_status_is_final(op->status))
		o->en->counts.replayed++;
	else
		o->en->counts.run++;
	log_line("open %s recorded %s", o->id,
	    op_status_name((enum op_status)op->status));
	return engine_opened(o->en, o->c, op, o->rq, e);
}

static void
make_id(struct opening *o)
{
	const struct request *rq = o->rq;
	struct opid_parts of = parts_of(o, o->occurrence);

	if (rq->digest_of.n > 0 && !(rq->flags & FLAG_NO_DIGEST))
		of.digest_of = rq->digest_of;
	opid_make(o->id, &of);
}

/* A look at an outcome, for a batch that goes on: nothing is opened, counted
 * or compared. What has none says whether it was begun. */
static int
look_up(struct opening *o)
{
	struct engine *en = o->en;
	struct reply missing = { .type = MSG_MISSING };
	struct op *op = table_find(en->t, o->id);

	if (op && op->replay_children && op->result.n == 0) {
		engine_send_outcome(en, o->c, op,
		    FLAG_REPLAYED | FLAG_REPLAY_CHILDREN);
	} else if (op && op_status_is_final(op->status)) {
		op->met = true;
		engine_send_outcome(en, o->c, op, FLAG_REPLAYED);
	} else {
		missing.status = op ? op->status : STATUS_NONE;
		en->host.reply(en->host.arg, o->c, &missing, false);
	}
	return 0;
}

int
replay_open(struct engine *en, struct engine_client *c,
    const struct request *rq, struct err *e)
{
	struct opening o = { .en = en, .c = c, .rq = rq };
	struct op *op;
	int result = 0;

	o.scope = rq->parent.n > 0
	    ? scope_of(en, table_find(en->t, rq->parent.p))
	    : &en->root;
	buf_init(&o.shown, BUF_NO_MAX);
	opid_printable_name(rq->name.p, rq->name.n, &o.shown);
	o.met = find_met(en, o.scope, rq);
	if (rq->flags & FLAG_ONLY_FINISHED) {
		o.occurrence = rq->number > 0 ? rq->number : 1;
		make_id(&o);
		result = look_up(&o);
		goto out;
	}
	if (type_differs(&o) || !count_occurrence(&o))
		goto out;
	o.met->count++;
	o.met->type = rq->op_type;
	o.met->subtype = rq->subtype;
	if (o.scope->open > 0)
		o.scope->is_concurrent = true;
	make_id(&o);
	op = table_find(en->t, o.id);
	result = op ? open_recorded(&o, op, e) : open_new(&o, e);
out:
	buf_clear(&o.shown);
	return result;
}
