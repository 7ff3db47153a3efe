/*
 * invoke.c - chained invokes on one machine.
 */
#include "engine/invoke.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/workflow.h"
#include "model/payload.h"
#include "store/arn.h"
#include "store/family.h"

/* How long one that has ended has for telling us and letting its file go. */
enum { ENDING_MS = 2000 };

static char *
path_of(const struct server *s, const struct op *op)
{
	return child_path(context_path(s->job->context),
	    &context_state(s->job->context)->header, op->id);
}

/* A path as it is (from the working directory of the execution), a name from
 * the folders of DURABLE_PATH, which is the handler's: so a resume has the one
 * that was kept. NULL: there is none. */
static char *
find_function(const struct server *s, struct span function)
{
	const struct header *h = &context_state(s->job->context)->header;
	char *name = xmemdup(function.p, function.n), *path = NULL;
	const char *at = environ_value(s->job->env, "DURABLE_PATH");

	if (strchr(name, '/')) {
		path = name[0] == '/' ? xstrdup(name)
				      : xasprintf("%s/%s", h->cwd, name);
		at = NULL;
	}
	while (!path && at && *at) {
		size_t n = strcspn(at, ":");

		path = at[0] == '/'
		    ? xasprintf("%.*s/%s", (int)n, at, name)
		    : xasprintf("%s/%.*s/%s", h->cwd, (int)n, at, name);
		if (access(path, X_OK) < 0) {
			free(path);
			path = NULL;
		}
		at += n + (at[n] == ':');
	}
	if (path && access(path, X_OK) < 0) {
		free(path);
		path = NULL;
	}
	free(name);
	return path;
}

static bool ERR_PRINTF(3, 4)
    fail(struct buf *error, const char *type, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	error_put(type, text, n < 0 ? 0 : strlen(text), NULL, 0, error);
	return false;
}

static void
remember(struct server *s, char *path)
{
	s->to_start = xreallocarray(s->to_start, s->n_to_start + 1,
	    sizeof(*s->to_start));
	s->to_start[s->n_to_start++] = path;
}

/* The child's first line, most of it borrowed from ours; id is its room. */
static void
fill_header(const struct server *s, const struct op *op,
    const struct request *rq, char id[CHILD_ID_SIZE], struct header *h)
{
	const struct header *own = &context_state(s->job->context)->header;

	*h = *own;
	child_id(own, op->id, id);
	h->name = child_name(own, op->id, '-');
	h->id = id;
	h->time = s->now;
	h->timeout_s = 0;
	h->is_journal = false;
	h->input = xmemdup(rq->payload.p ? rq->payload.p : "{}",
	    rq->payload.p ? rq->payload.n : 2);
	h->parent = (char *)(uintptr_t)context_path(s->job->context);
	h->parent_op = (char *)(uintptr_t)op->id;
	h->depth = own->depth + 1;
}

static bool
is_same_call(const struct header *a, const struct header *b)
{
	return a->argv && a->argv[0] && strcmp(a->argv[0], b->argv[0]) == 0 &&
	    a->input && strcmp(a->input, b->input) == 0;
}

/* What lies where our child's file is to be, and is not our child's: nobody
 * may need it any more. */
static int
check_orphan(const struct execution_state *there, const char *path,
    struct err *e)
{
	struct execution_state parent;

	if (!there->header.parent)
		return err_set(e, ERR_REFUSED,
		    "%s is the file of another execution, %s: rename this one, "
		    "or purge that one",
		    path, there->header.name);
	if (!family_has_parent(&there->header, &parent))
		return 0;
	err_set(e, ERR_REFUSED,
	    "%s is the file of an execution that %s has invoked: rename this "
	    "one, or purge that one",
	    path, there->header.parent);
	execution_state_clear(&parent);
	return -1;
}

/*
 * The file of our own operation, which is being started: from before a crash,
 * or of what it came to before `durable retry`. 1: it is taken as it is or
 * opened again. 0: a new one is needed, as the call is another one or what it
 * did was undone.
 */
static int
take_own(const struct server *s, struct context *c, const struct header *h,
    struct err *e)
{
	const struct execution_state *own = context_state(s->job->context);
	const struct execution_state *st = context_state(c);

	if (!is_same_call(&st->header, h))
		return 0;
	/* Without a retry nothing that has failed is run again. */
	if (st->ended == EVENT_NONE || st->ended == EVENT_EXECUTION_SUCCEEDED ||
	    own->reopened_at == 0)
		return 1;
	if (st->was_compensated)
		return 0;
	/* Each has a clock of its own. */
	if (family_reopen(c, s->now - own->clock_offset + st->clock_offset, e) <
	    0)
		return -1;
	return 1;
}

/* Who has the lock. 1: it drives what we are to start; 0: it has told us the
 * outcome that is to be had anew, and is about to end; -1. */
static int
check_running(const char *path, const struct header *h, struct err *e)
{
	struct execution_state st;
	struct err why;
	int result = 0;

	if (context_read(path, &st, NULL, NULL, NULL, &why) < 0) {
		if (why.code == ERR_MISSING)
			return 0;
		*e = why;
		return -1;
	}
	if (st.ended == EVENT_NONE && strcmp(st.header.id, h->id) == 0 &&
	    is_same_call(&st.header, h))
		result = 1;
	else if (st.ended == EVENT_NONE)
		result = err_set(e, ERR_BUSY,
		    "%s is in use: what was invoked there before is still "
		    "running. 'durable stop %s' ends it",
		    path, path);
	execution_state_clear(&st);
	return result;
}

/* Opens what is there. 1 with *c; 1 with NULL: it is ours and runs; -1. */
static int
open_existing(const char *path, const struct header *h, struct context **c,
    struct err *e)
{
	int64_t end = time_monotonic() + ENDING_MS;
	struct timespec pause = { 0, 10 * 1000000L };
	int got;

	while (!(*c = context_open(path, NULL, e))) {
		if (e->code != ERR_BUSY)
			return -1;
		got = check_running(path, h, e);
		if (got != 0)
			return got;
		if (time_monotonic() >= end)
			return err_set(e, ERR_BUSY,
			    "%s is in use by another durable", path);
		(void)nanosleep(&pause, NULL);
	}
	return 1;
}

/* There is a file already: 1 it is to be started, 0 it has been removed. */
static int
take_existing(const struct server *s, const char *path, const struct header *h,
    struct err *e)
{
	struct family_removal how = { true, NULL };
	const struct execution_state *st;
	struct context *c;
	int result = open_existing(path, h, &c, e);

	if (!c)
		return result;
	st = context_state(c);
	if (st->header.parent && strcmp(st->header.id, h->id) == 0)
		result = take_own(s, c, h, e);
	else
		result = check_orphan(st, path, e);
	if (result == 0) {
		log_line("%s is replaced", path);
		result = family_remove(c, &how, e);
	}
	context_close(c, false);
	return result;
}

/*
 * Before the operation's START is on disk: whatever a crash leaves, the next
 * START finds the file and decides anew, and a recorded one has its file.
 */
static bool
make_file(struct server *s, struct op *op, const struct request *rq,
    char *function, struct buf *error)
{
	char id[CHILD_ID_SIZE], *argv[] = { function, NULL };
	struct context *c;
	struct header h;
	struct err e;
	char *path = path_of(s, op);
	int got = 1;

	fill_header(s, op, rq, id, &h);
	h.argv = argv;
	c = context_create(path, &h, &e);
	if (!c)
		got = e.code == ERR_BUSY ? take_existing(s, path, &h, &e) : -1;
	if (got == 0 && !(c = context_create(path, &h, &e)))
		got = -1;
	context_close(c, false);
	free(h.name);
	free(h.input);
	if (got < 0) {
		free(path);
		return fail(error, "Invoke.Failed", "%s", e.text);
	}
	remember(s, path);
	return true;
}

bool
invoke_create(void *arg, struct op *op, const struct request *rq,
    struct buf *error)
{
	struct server *s = arg;
	const struct header *own = &context_state(s->job->context)->header;
	char *name, *function;
	bool ok;

	if (own->depth >= INVOKE_DEPTH_MAX)
		return fail(error, "Invoke.TooDeep",
		    "an execution invokes "
		    "another 16 levels deep: does %s invoke itself without "
		    "end?",
		    own->argv[0]);
	function = find_function(s, rq->function);
	if (!function) {
		name = xmemdup(rq->function.p, rq->function.n);
		ok = fail(error, "ResourceNotFoundException",
		    "Function not "
		    "found: %.900s (a path to an executable, or a name in "
		    "the DURABLE_PATH that durable run has)",
		    name);
		free(name);
		return ok;
	}
	ok = make_file(s, op, rq, function, error);
	free(function);
	return ok;
}

static char **
detached_environment(const struct server *s)
{
	char **env = environ_copy(s->job->env);

	environ_drop_invocation(&env);
	environ_set(&env, "DURABLE_DETACHED", "1");
	return env;
}

/* Whoever reads a pipe from us waits for its end, which is not to come only
 * when an execution that we do not wait for has ended. */
static bool
is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

static void
start_one(struct server *s, const char *path)
{
	char *argv[] = { (char *)(uintptr_t)s->job->program,
		(char *)(uintptr_t) "child", (char *)(uintptr_t)path, NULL };
	struct workflow w = { .argv = argv, .umask = -1, .err_fd = -1 };
	char **env = detached_environment(s);
	struct err e;

	w.cwd = "/";
	w.env = env;
	w.outlives = true;
	w.out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (s->job->leaves_early && is_pipe(STDERR_FILENO))
		w.err_fd = w.out;
	if (w.out < 0 || workflow_start(&w, &e) < 0)
		invocation_say(s,
		    "the engine of a chained invoke cannot be "
		    "started: 'durable resume' tries again");
	if (w.out >= 0)
		close(w.out);
	environ_free(env);
}

void
invoke_clear(struct server *s)
{
	for (size_t i = 0; i < s->n_to_start; i++)
		free(s->to_start[i]);
	free(s->to_start);
	s->to_start = NULL;
	s->n_to_start = 0;
}

void
invoke_start_all(struct server *s)
{
	for (size_t i = 0; i < s->n_to_start; i++)
		start_one(s, s->to_start[i]);
	invoke_clear(s);
}

static int
find_one(struct op *op, void *arg)
{
	struct server *s = arg;

	if (op->type == OP_INVOKE && op->status == STATUS_STARTED)
		remember(s, path_of(s, op));
	return 0;
}

void
invoke_find_started(struct server *s)
{
	if (!s->job->context)
		return;
	(void)table_each(s->table, find_one, s);
	invoke_start_all(s);
}
