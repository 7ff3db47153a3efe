/*
 * purge.c - "durable purge": remove executions that have ended.
 *
 * With the lock held, so that nothing that runs loses its file. The folder of
 * outputs goes first: a purge that is killed in between leaves an execution
 * that can be purged again, and no folder that nobody knows of.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/command.h"
#include "base/fdio.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/folder.h"
#include "manage/paths.h"
#include "outside/view.h"

enum { WALK_FDS = 16 };

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
	struct err ignored;
	bool result;

	if (!s->header.parent ||
	    context_read(s->header.parent, &parent, NULL, NULL, NULL,
		&ignored) < 0)
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

static void
say(const char *what, const char *name, const char *path)
{
	if (!quiet)
		fprintf(stderr, "durable: %s %s (%s)\n", what, name, path);
}

/* Under the lock: it may have been opened again since it was looked at. */
static int
remove_locked(const struct purge *p, const char *path, struct err *e)
{
	struct context *c = context_open(path, drive_notice, e);
	const struct execution_state *s;
	int result;

	if (!c)
		return -1;
	s = context_state(c);
	result = check_purgeable(s, path, e);
	if (result == 0 && is_wanted(p, s)) {
		result = remove_files(path, e);
		if (result == 0)
			say("removed", s->header.name, path);
	}
	context_close(c, false);
	return result;
}

/* One that was named. */
static int
purge_named(const struct purge *p, const char *word, struct err *e)
{
	char *path = paths_find_context(word, e);
	struct execution_state s;
	int result = -1;

	if (!path || context_read(path, &s, NULL, NULL, NULL, e) < 0)
		goto out;
	result = check_purgeable(&s, word, e);
	if (result == 0 && !is_wanted(p, &s))
		say("kept", s.header.name, path);
	else if (result == 0 && dry_run)
		say("would remove", s.header.name, path);
	else if (result == 0)
		result = remove_locked(p, path, e);
	execution_state_clear(&s);
out:
	free(path);
	return result;
}

/* One of all: what may not go is passed over. */
static int
purge_found(const char *path, const struct execution_state *s, void *arg,
    struct err *e)
{
	struct purge *p = arg;
	struct err why;

	(void)e;
	if (check_purgeable(s, path, &why) < 0 || !is_wanted(p, s))
		return 0;
	if (dry_run) {
		say("would remove", s->header.name, path);
	} else if (remove_locked(p, path, &why) < 0 &&
	    why.code != ERR_MISSING && why.code != ERR_BUSY) {
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
