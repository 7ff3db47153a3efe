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
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/workflow.h"
#include "model/payload.h"
#include "store/arn.h"

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

/* The child's first line, most of it borrowed from ours. */
static bool
make_file(struct server *s, struct op *op, const struct request *rq,
    char *function, struct buf *error)
{
	const struct header *own = &context_state(s->job->context)->header;
	char id[CHILD_ID_SIZE], *argv[] = { function, NULL };
	struct header h = *own;
	struct context *c;
	struct err e;
	char *path;

	child_id(own, op->id, id);
	h.name = child_name(own, op->id, '-');
	h.id = id;
	h.time = s->now;
	h.argv = argv;
	h.timeout_s = 0;
	h.is_journal = false;
	h.input = xmemdup(rq->payload.p ? rq->payload.p : "{}",
	    rq->payload.p ? rq->payload.n : 2);
	h.parent = (char *)(uintptr_t)context_path(s->job->context);
	h.parent_op = op->id;
	h.depth = own->depth + 1;
	path = path_of(s, op);
	c = context_create(path, &h, &e);
	free(h.name);
	free(h.input);
	/* One that exists already is ours, from before a crash. */
	if (!c && e.code != ERR_BUSY) {
		free(path);
		return fail(error, "Invoke.Failed", "%s", e.text);
	}
	context_close(c, false);
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
