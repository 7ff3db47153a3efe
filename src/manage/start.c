/*
 * start.c - which execution a `durable run` means.
 *
 * Without --name an execution belongs to its command line: its name is made of
 * handler, arguments and input, and the same command goes on with what it
 * began. With --name or --context there is one execution for ever.
 */
#include "manage/start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/signals.h"
#include "manage/drive.h"
#include "manage/paths.h"
#include "model/opid.h"
#include "store/family.h"

enum { HASH_DIGITS = 8, PATH_SIZE = 4096, NAME_ROOM = 40 };

extern char **environ;

static bool
is_listed(const char *list, const char *name, size_t n)
{
	while (list && *list) {
		size_t m = strcspn(list, ",");

		if (m == n && memcmp(list, name, n) == 0)
			return true;
		list += m + (list[m] == ',');
	}
	return false;
}

/* PATH, LANG, LC_*, TZ and what --keep-env names; nothing else of it. */
static char **
recorded_environment(const char *keep)
{
	char **env = xcalloc(1, sizeof(*env));
	size_t n = 0;

	for (size_t i = 0; environ[i]; i++) {
		size_t len = strcspn(environ[i], "=");

		if (!is_listed("PATH,LANG,TZ", environ[i], len) &&
		    strncmp(environ[i], "LC_", 3) != 0 &&
		    !is_listed(keep, environ[i], len))
			continue;
		env = xreallocarray(env, n + 2, sizeof(*env));
		env[n++] = xstrdup(environ[i]);
		env[n] = NULL;
	}
	return env;
}

static char **
copy_words(char *const *words)
{
	size_t n = 0;
	char **copy;

	while (words[n])
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(words[i]);
	return copy;
}

static int
make_header(const struct start *s, const char *name, struct header *h,
    struct err *e)
{
	char cwd[PATH_SIZE], uuid[UUID_SIZE];
	mode_t mask = umask(0);

	(void)umask(mask);
	memset(h, 0, sizeof(*h));
	if (!getcwd(cwd, sizeof(cwd)))
		return err_sys(e, "find out the working directory");
	if (random_uuid(uuid, e) < 0)
		return -1;
	h->name = xstrdup(name);
	h->id = xstrdup(uuid);
	h->time = time_now();
	h->argv = copy_words(s->argv);
	h->cwd = xstrdup(cwd);
	h->env = recorded_environment(s->keep_env);
	h->umask = (int64_t)mask;
	h->timeout_s = s->timeout_s;
	h->input = s->input ? xstrdup(s->input) : NULL;
	return 0;
}

static struct context *
create(const struct start *s, const char *path, const char *name, struct err *e)
{
	struct context *c = NULL;
	struct header h;

	if (make_header(s, name, &h, e) == 0)
		c = context_create(path, &h, e);
	header_clear(&h);
	return c;
}

struct context *
start_journal(const char *path, struct err *e)
{
	struct start s = { 0 };
	char *none[] = { NULL };
	char *name = paths_name_of_file(path);
	struct context *c = NULL;
	struct header h;

	s.argv = none;
	if (make_header(&s, name, &h, e) == 0) {
		h.is_journal = true;
		c = context_create(path, &h, e);
	}
	header_clear(&h);
	free(name);
	return c;
}

/* Who holds the lock may be making the file, then nothing is to be read. */
static bool
has_ended(const char *path)
{
	struct execution_state s;
	struct err ignored;
	bool ended;

	if (context_read(path, &s, NULL, NULL, NULL, &ignored) < 0)
		return false;
	ended = s.ended != EVENT_NONE;
	execution_state_clear(&s);
	return ended;
}

struct context *
start_attach(const char *path, bool *attached, struct err *e)
{
	struct context *c;
	bool told = false;

	*attached = false;
	if (signals_start(e) < 0)
		return NULL;
	while (
	    !(c = context_open(path, drive_notice, e)) && e->code == ERR_BUSY) {
		if (!told && !has_ended(path)) {
			fprintf(stderr,
			    "durable: it is running already: "
			    "waiting for it (%s)\n",
			    path);
			*attached = true;
		}
		told = true;
		if (context_wait_unlocked(path, e) < 0 && e->sys != EINTR)
			break;
		switch (signals_take()) {
		case 0:
			break;
		default:
			err_set(e, ERR_REFUSED,
			    "interrupted while waiting for "
			    "%s: it goes on running",
			    path);
			signals_stop();
			return NULL;
		}
	}
	signals_stop();
	return c;
}

static bool
same_words(char *const *a, char *const *b)
{
	size_t i = 0;

	while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
		i++;
	return !a[i] && !b[i];
}

static char *
show_words(char *const *words)
{
	struct buf out;
	char *shown;

	buf_init(&out, BUF_NO_MAX);
	for (size_t i = 0; words[i]; i++) {
		buf_put_str(&out, i > 0 ? " " : "");
		text_escape(words[i], strlen(words[i]), &out);
	}
	shown = xstrdup(buf_str(&out));
	buf_clear(&out);
	return shown;
}

/* What is recorded under the name must be what is asked for. */
static int
check_same(const struct start *s, const struct header *h, struct err *e)
{
	const char *input = s->input ? s->input : "";
	const char *recorded = h->input ? h->input : "";
	char *a, *b;

	if (h->is_journal)
		return err_set(e, ERR_REFUSED,
		    "%s is a journal, not an "
		    "execution: use another file",
		    s->found);
	if (!same_words(s->argv, h->argv)) {
		a = show_words(s->argv);
		b = show_words(h->argv);
		err_set(e, ERR_USAGE,
		    "'%s' is the name of another command "
		    "line: asked for '%s', recorded '%s'; use another --name",
		    h->name, a, b);
		free(a);
		free(b);
		return -1;
	}
	if (strcmp(input, recorded) != 0)
		return err_set(e, ERR_USAGE,
		    "'%s' was started with another "
		    "input: asked for '%.200s', recorded '%.200s'; use another "
		    "--name",
		    h->name, input, recorded);
	return 0;
}

int
start_reopen(struct context *c, struct err *e)
{
	const struct execution_state *s = context_state(c);

	if (s->header.is_journal)
		return err_set(e, ERR_REFUSED,
		    "%s is a journal, not an execution", context_path(c));
	if (s->ended == EVENT_NONE)
		return err_set(e, ERR_REFUSED,
		    "%s has not ended: 'durable "
		    "resume' goes on with it",
		    s->header.name);
	if (s->ended == EVENT_EXECUTION_SUCCEEDED)
		return err_set(e, ERR_REFUSED,
		    "%s has succeeded: there is nothing to try again",
		    s->header.name);
	if (s->was_compensated)
		return err_set(e, ERR_REFUSED,
		    "%s was compensated: its effects "
		    "were undone; " START_ANEW,
		    s->header.name);
	drive_set_clock(c);
	return family_reopen(c, time_now(), e);
}

static int
start_named(struct start *s, const char *name, struct err *e)
{
	bool ignored;

	/* In this order, as who finds the file in use has loaded it. */
	while (!(s->context = start_attach(s->found, &ignored, e))) {
		if (e->code != ERR_MISSING)
			return -1;
		if ((s->context = create(s, s->found, name, e)))
			return 0;
		if (e->code != ERR_BUSY)
			return -1;
	}
	if (check_same(s, &context_state(s->context)->header, e) < 0) {
		context_close(s->context, false);
		s->context = NULL;
		return -1;
	}
	return 0;
}

/* BASENAME-HASH8 of handler, arguments and input. */
static char *
derive_name(const struct start *s)
{
	char id[OPID_LEN + 1], *base, *name, *real;
	struct buf what;

	buf_init(&what, BUF_NO_MAX);
	real = realpath(s->argv[0], NULL);
	buf_put_str(&what, real ? real : s->argv[0]);
	buf_put_char(&what, '\0');
	for (size_t i = 1; s->argv[i]; i++)
		buf_put(&what, s->argv[i], strlen(s->argv[i]) + 1);
	buf_put_char(&what, '\0');
	buf_put_str(&what, s->input ? s->input : "");
	opid_make(id,
	    &(struct opid_parts){
		.type = OP_EXECUTION,
		.name = { what.data, what.len },
		.occurrence = 1,
	    });
	base = paths_name_of_file(s->argv[0]);
	name = xasprintf("%.*s-%.*s", NAME_ROOM, base, HASH_DIGITS, id);
	free(base);
	free(real);
	buf_clear(&what);
	return name;
}

/* The last number in use: executions of one command line are counted. */
static long
last_number(const char *folder, const char *name)
{
	char *numbered, *path;
	long n = 0;
	bool exists = true;

	while (exists) {
		numbered = xasprintf("%s-%ld", name, n + 1);
		path = paths_context_of(folder, numbered);
		exists = access(path, F_OK) == 0;
		n += exists;
		free(path);
		free(numbered);
	}
	return n;
}

/*
 * The last execution of this command line: goes on when it has not ended or
 * failed and is to be tried again. One that was waited for is the one that was
 * meant, whatever it came to. 1: a new one is to be started.
 */
static int
take_last(struct start *s, struct err *e)
{
	const struct execution_state *state;
	bool attached;

	s->context = start_attach(s->found, &attached, e);
	if (!s->context)
		return e->code == ERR_MISSING ? 1 : -1;
	state = context_state(s->context);
	if (state->ended != EVENT_NONE && attached)
		return 0;
	if (state->ended == EVENT_NONE) {
		fprintf(stderr, "durable: going on with %s (started ",
		    state->header.name);
		struct buf when;

		buf_init(&when, BUF_NO_MAX);
		time_format_local(state->header.time, &when);
		fprintf(stderr, "%s)\n", buf_str(&when));
		buf_clear(&when);
		return 0;
	}
	if (state->ended != EVENT_EXECUTION_SUCCEEDED) {
		if (s->if_failed == IF_FAILED_RETRY)
			return start_reopen(s->context, e);
		if (s->if_failed == IF_FAILED_REFUSE && state->was_compensated)
			return err_set(e, ERR_REFUSED,
			    "%s, the last run of this command line, failed and "
			    "was compensated: its effects were undone; " START_ANEW,
			    state->header.name);
		if (s->if_failed == IF_FAILED_REFUSE)
			return err_set(e, ERR_REFUSED,
			    "%s, the last run of "
			    "this command line, failed. Either: 'durable retry "
			    "%s' keeps what succeeded and goes on; or: 'durable "
			    "run --if-failed new ...' starts afresh",
			    state->header.name, state->header.name);
	}
	context_close(s->context, false);
	s->context = NULL;
	return 1;
}

static int
start_derived(struct start *s, struct err *e)
{
	char *folder = paths_state_folder(e), *name, *numbered;
	long n;
	int got = 1;

	if (!folder)
		return -1;
	name = derive_name(s);
	n = last_number(folder, name);
	while (got == 1) {
		if (n > 0) {
			numbered = xasprintf("%s-%ld", name, n);
			s->found = paths_context_of(folder, numbered);
			free(numbered);
			got = take_last(s, e);
			if (got != 1)
				break;
		}
		numbered = xasprintf("%s-%ld", name, ++n);
		s->found = paths_context_of(folder, numbered);
		s->context = create(s, s->found, numbered, e);
		free(numbered);
		if (s->context)
			got = 0;
		else if (e->code != ERR_BUSY)
			got = -1;
	}
	free(folder);
	free(name);
	return got;
}

int
start_execution(struct start *s, struct err *e)
{
	char *folder, *name;
	int result;

	if (!s->name && !s->path)
		return start_derived(s, e);
	name = s->name ? xstrdup(s->name) : paths_name_of_file(s->path);
	if (s->path) {
		s->found = s->path;
	} else {
		folder = paths_state_folder(e);
		if (!folder) {
			free(name);
			return -1;
		}
		s->found = paths_context_of(folder, name);
		free(folder);
	}
	result = start_named(s, name, e);
	free(name);
	return result;
}
