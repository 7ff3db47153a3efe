/*
 * purge.c - "durable purge": remove executions that have ended.
 *
 * With the lock held, so that nothing that runs loses its file. What it has
 * invoked and its folder of outputs go first: a purge that is killed in between
 * leaves an execution that can be purged again, and no file that nobody knows
 * of.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/command.h"
#include "base/time.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/folder.h"
#include "manage/paths.h"
#include "outside/view.h"
#include "store/family.h"

static bool all, quiet, dry_run;
static int64_t older_than_s;
static const char *status;

static const struct option_spec options[] = {
	{ 0, "all", NULL, "every execution that has ended", OPTION_FLAG, &all },
	{ 0, "older-than", "DURATION", "only what ended that long ago",
	    OPTION_DURATION, &older_than_s },
	{ 0, "status", "LIST", "only these, as in SUCCEEDED,STOPPED",
	    OPTION_STRING, &status },
	{ 0, "dry-run", NULL, "say what would be removed, and remove nothing",
	    OPTION_FLAG, &dry_run },
	{ 0, "quiet", NULL, "say nothing but errors", OPTION_FLAG, &quiet },
	{ 0 },
};

struct purge {
	unsigned wanted; /* states */
	int64_t now;
	int exit_status;
};

static bool
is_wanted(const struct purge *p, const struct execution_state *s)
{
	/* With --skip-time it may have ended in what is our future. */
	int64_t ended = s->ended_at - s->clock_offset;

	return view_states_have(p->wanted, view_state_of(s)) &&
	    ended <= p->now - older_than_s * 1000;
}

/* A chained invoke hands its outcome to its parent, which may yet need it. */
static bool
has_open_parent(const struct execution_state *s)
{
	struct execution_state parent;
	bool result;

	if (!family_has_parent(&s->header, &parent))
		return false;
	result = parent.ended == EVENT_NONE;
	execution_state_clear(&parent);
	return result;
}

static int
check_purgeable(const struct execution_state *s, const char *word,
    struct err *e)
{
	if (s->header.is_journal)
		return err_set(e, ERR_REFUSED,
		    "%s is a journal, which has no end: when nothing needs it "
		    "any more, remove the file",
		    word);
	if (s->ended == EVENT_NONE)
		return err_set(e, ERR_REFUSED,
		    "%s has not ended: 'durable stop %s' ends it, then purge "
		    "it",
		    s->header.name, word);
	if (has_open_parent(s))
		return err_set(e, ERR_REFUSED,
		    "%s was invoked by %s, which has not ended: purge it "
		    "afterwards",
		    s->header.name, s->header.parent);
	return 0;
}

static void
say(const char *what, const char *name, const char *path)
{
	if (!quiet)
		fprintf(stderr, "durable: %s %s (%s)\n", what, name, path);
}

static void
say_removed(const char *name, const char *path)
{
	say("removed", name, path);
}

/* What would go, in the order in which it would. */
static int
say_would_remove(const struct member *m, void *arg, struct err *e)
{
	(void)arg;
	if (m->state->ended == EVENT_NONE)
		return 0;
	if (family_each(m, say_would_remove, NULL, e) < 0)
		return -1;
	say("would remove", m->state->header.name, m->path);
	return 0;
}

/* Under the lock: it may have been opened again since it was looked at. */
static int
remove_locked(const struct purge *p, const char *path, struct err *e)
{
	struct family_removal how = { false, say_removed };
	struct context *c = context_open(path, drive_notice, e);
	int result;

	if (!c)
		return -1;
	result = check_purgeable(context_state(c), path, e);
	if (result == 0 && is_wanted(p, context_state(c)))
		result = family_remove(c, &how, e);
	context_close(c, false);
	return result;
}

/* One that was named. */
static int
purge_named(const struct purge *p, const char *word, struct err *e)
{
	char *path = paths_find_context(word, e);
	struct execution_state s;
	struct member m = { path, &s, table_new() };
	int result = -1;

	if (!path || context_read(path, &s, m.table, NULL, NULL, e) < 0)
		goto out;
	result = check_purgeable(&s, word, e);
	if (result == 0 && !is_wanted(p, &s))
		say("kept", s.header.name, path);
	else if (result == 0 && dry_run)
		result = say_would_remove(&m, NULL, e);
	else if (result == 0)
		result = remove_locked(p, path, e);
	execution_state_clear(&s);
out:
	table_free(m.table);
	free(path);
	return result;
}

/* Whether the execution that has invoked this one is removed, and takes it
 * along. */
static bool
goes_along(const struct purge *p, const struct execution_state *s)
{
	struct execution_state parent;
	struct err ignored;
	bool result;

	if (!family_has_parent(&s->header, &parent))
		return false;
	result = parent.ended != EVENT_NONE &&
	    (goes_along(p, &parent) ||
		(is_wanted(p, &parent) &&
		    check_purgeable(&parent, s->header.parent, &ignored) == 0));
	execution_state_clear(&parent);
	return result;
}

/* One of all: what may not go is passed over. */
static int
purge_found(const char *path, const struct execution_state *s, void *arg,
    struct err *e)
{
	struct purge *p = arg;
	struct err why;
	int result;

	(void)e;
	if (check_purgeable(s, path, &why) < 0 || !is_wanted(p, s) ||
	    goes_along(p, s))
		return 0;
	result = dry_run ? purge_named(p, path, &why)
			 : remove_locked(p, path, &why);
	if (result < 0 && why.code != ERR_MISSING && why.code != ERR_BUSY) {
		fprintf(stderr, "durable purge: %s\n", why.text);
		p->exit_status = err_exit_status(&why);
	}
	return 0;
}

static int
run(struct call *call, struct err *e)
{
	struct purge p = { .wanted = ~0U, .now = time_now() };
	struct err why;
	int own;

	if (all == (call->argc > 0))
		return err_set(e, ERR_USAGE,
		    "which executions? --all, or names or context files");
	if (status && view_states_parse(status, &p.wanted, e) < 0)
		return -1;
	if (all)
		return folder_each(purge_found, &p, e) < 0 ? -1 : p.exit_status;
	for (int i = 0; i < call->argc; i++) {
		if (purge_named(&p, call->argv[i], &why) == 0)
			continue;
		fprintf(stderr, "durable purge: %s\n", why.text);
		own = err_exit_status(&why);
		if (own > p.exit_status)
			p.exit_status = own;
	}
	return p.exit_status;
}

const struct command cmd_purge = {
	.name = "purge",
	.synopsis = "[OPTION...] --all | NAME|CONTEXT...",
	.summary = "remove executions that have ended",
	.details = "An execution that has not ended is never removed.\n",
	.group = GROUP_LOOK,
	.options = options,
	.min_args = 0,
	.max_args = -1,
	.run = run,
};
