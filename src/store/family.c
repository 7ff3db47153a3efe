/*
 * family.c - an execution's file, and those of the executions it has invoked.
 */
#include "store/family.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/xalloc.h"
#include "store/arn.h"

enum { WALK_FDS = 16 };

struct walk {
	const struct member *member;
	int (*each)(const struct member *child, void *arg, struct err *e);
	void *arg;
	struct err *e;
};

static int
walk_one(struct op *op, void *arg)
{
	struct walk *w = arg;
	const struct header *h = &w->member->state->header;
	struct execution_state s;
	struct member child = { .state = &s };
	struct err ignored;
	char *path;
	int result = 0;

	if (op->type != OP_INVOKE)
		return 0;
	path = child_path(w->member->path, h, op->id);
	child.path = path;
	child.table = table_new();
	if (context_read(path, &s, child.table, NULL, NULL, &ignored) == 0) {
		if (child_is_of(&s.header, h))
			result = w->each(&child, w->arg, w->e);
		execution_state_clear(&s);
	}
	table_free(child.table);
	free(path);
	return result;
}

int
family_each(const struct member *m,
    int (*each)(const struct member *child, void *arg, struct err *e),
    void *arg, struct err *e)
{
	struct walk w = { m, each, arg, e };

	return table_each(m->table, walk_one, &w);
}

static struct member
member_of(struct context *c)
{
	return (struct member){ context_path(c), context_state(c),
		context_backend(c)->table };
}

bool
family_has_parent(const struct header *h, struct execution_state *parent)
{
	struct err ignored;

	if (!h->parent ||
	    context_read(h->parent, parent, NULL, NULL, NULL, &ignored) < 0)
		return false;
	if (child_is_of(h, &parent->header))
		return true;
	execution_state_clear(parent);
	return false;
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *w)
{
	(void)st;
	(void)w;
	return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static int
remove_files(const char *path, struct err *e)
{
	char *folder = xasprintf("%s.d", path);
	int result = nftw(folder, remove_entry, WALK_FDS, FTW_DEPTH | FTW_PHYS);

	/* Where its name would be too long there never was a folder. */
	if (result != 0 && errno != ENOENT && errno != ENAMETOOLONG)
		result = err_sys(e, "remove the folder %s", folder);
	else if (unlink(path) < 0)
		result = err_sys(e, "remove %s", path);
	else
		result = fd_sync_folder_of(path, e);
	free(folder);
	return result;
}

/* Under its lock: it may have gone on since it was looked at. */
static int
remove_child(const struct member *child, void *arg, struct err *e)
{
	const struct family_removal *how = arg;
	struct context *c;
	struct err why;
	int result = 0;

	if (child->state->ended == EVENT_NONE && !how->takes_open)
		return 0;
	c = context_open(child->path, NULL, &why);
	if (!c && why.code == ERR_BUSY && how->takes_open)
		return err_set(e, ERR_BUSY,
		    "%s is running, though nobody waits for it any more: "
		    "'durable stop %s' ends it",
		    child->state->header.name, child->path);
	if (c && (how->takes_open || context_state(c)->ended != EVENT_NONE))
		result = family_remove(c, how, e);
	else if (!c && why.code != ERR_BUSY && why.code != ERR_MISSING) {
		*e = why;
		result = -1;
	}
	context_close(c, false);
	return result;
}

int
family_remove(struct context *c, const struct family_removal *how,
    struct err *e)
{
	struct family_removal copy = *how;
	struct member m = member_of(c);

	if (family_each(&m, remove_child, &copy, e) < 0 ||
	    remove_files(m.path, e) < 0)
		return -1;
	if (how->removed)
		how->removed(m.state->header.name, m.path);
	return 0;
}

struct reopening {
	struct context *parent;
	int64_t now;
};

/* Whether the outcome of the operation is still to come, and of use. */
static bool
is_awaited(struct table *t, const char *id)
{
	const struct op *op = table_find(t, id);

	if (!op || op->status != STATUS_STARTED)
		return false;
	for (op = op->parent; op; op = op->parent)
		if (op->status == STATUS_SUCCEEDED)
			return false;
	return true;
}

/* One that cannot be opened again tells its parent why it has failed. */
static int
reopen_child(const struct member *child, void *arg, struct err *e)
{
	const struct reopening *r = arg;
	const struct execution_state *s = child->state;
	struct context *c;
	struct err ignored;
	int result = 0;

	if (s->ended == EVENT_NONE || s->ended == EVENT_EXECUTION_SUCCEEDED ||
	    s->was_compensated ||
	    !is_awaited(context_backend(r->parent)->table,
		s->header.parent_op) ||
	    !(c = context_open(child->path, NULL, &ignored)))
		return 0;
	/* Each has a clock of its own. */
	result = family_reopen(c,
	    r->now - context_state(r->parent)->clock_offset +
		context_state(c)->clock_offset,
	    e);
	context_close(c, false);
	return result;
}

int
family_reopen(struct context *c, int64_t now, struct err *e)
{
	struct backend *b = context_backend(c);
	struct record r = { .time = now, .event = EVENT_REOPENED };
	struct reopening reopening = { c, now };
	struct member m = member_of(c);

	/* The children first: a crash in between leaves one that can be
	 * opened again. */
	if (family_each(&m, reopen_child, &reopening, e) < 0 ||
	    b->ops->event(b, &r, e) < 0)
		return -1;
	return b->ops->commit(b, true, e);
}
