/*
 * runtime.c - durable lambda: the custom runtime.
 *
 * One loop: the next event, the handler, one outcome. Lambda freezes the
 * process between events and may kill it at any time; so nothing is kept that
 * the next event would need.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/install.h"
#include "base/log.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/reap.h"
#include "engine/signals.h"
#include "engine/workflow.h"
#include "lambda/commands.h"
#include "lambda/execution.h"
#include "lambda/runtime_api.h"
#include "proto/socket.h"

enum { MARGIN_DEFAULT_S = 2, PATH_SIZE = 4096 };

extern char **environ;

static bool strict;
static const char *endpoint_url;

static const struct option_spec options[] = {
	{ 0, "strict", NULL,
	    "a changed command line or a skipped operation fails the execution",
	    OPTION_FLAG, &strict },
	{ 0, "endpoint-url", "URL", "where the Lambda API is", OPTION_STRING,
	    &endpoint_url },
	{ 0 },
};

struct runtime {
	struct runtime_api *api;
	struct function function;
	char *path; /* of the handler */
	char **argv;
	char *cwd;
	char *socket;
	char **env;
};

/* A path as it is, or below the function's folder. */
static char *
find_handler(const char *word, const char *cwd, struct err *e)
{
	char *path = word[0] == '/' ? xstrdup(word)
				    : xasprintf("%s/%s", cwd, word);

	if (access(path, X_OK) == 0)
		return path;
	if (errno == ENOENT)
		err_set(e, ERR_MISSING,
		    "the handler %s does not exist: the function's Handler "
		    "setting must name a file of its package",
		    path);
	else
		err_sys(e, "the handler %s is not executable (chmod +x it)",
		    path);
	free(path);
	return NULL;
}

static char *
working_folder(struct err *e)
{
	const char *task = getenv("LAMBDA_TASK_ROOT");
	char cwd[PATH_SIZE];

	if (task && task[0] == '/')
		return xstrdup(task);
	if (getcwd(cwd, sizeof(cwd)))
		return xstrdup(cwd);
	err_sys(e, "find out the working directory");
	return NULL;
}

static int
take_margin(int64_t *ms, struct err *e)
{
	const char *text = getenv("DURABLE_DEADLINE_MARGIN");
	int64_t seconds = MARGIN_DEFAULT_S;

	if (text && *text && duration_parse(text, &seconds, e) < 0)
		return err_wrap(e, "DURABLE_DEADLINE_MARGIN");
	*ms = seconds * 1000;
	return 0;
}

/* The runtime's own, with our bin folder first and the words of an invocation
 * taken away. */
static char **
make_environment(void)
{
	char **env = environ_copy(environ), *bin = install_bin_folder();
	const char *old = getenv("PATH");
	char *path = xasprintf("%s:%s", bin,
	    old && *old ? old : "/usr/local/bin:/usr/bin:/bin");

	environ_drop_invocation(&env);
	environ_set(&env, "PATH", path);
	free(path);
	free(bin);
	return env;
}

static int
runtime_init(struct runtime *r, char **words, struct err *e)
{
	struct api_options o = { .endpoint_url = endpoint_url,
		.in_runtime = true };
	struct function *f = &r->function;
	size_t n = 0;

	f->listen_fd = -1;
	if (take_margin(&f->margin_ms, e) < 0 ||
	    !(r->cwd = working_folder(e)) ||
	    !(r->path = find_handler(words[0], r->cwd, e)) ||
	    !(f->api = api_open(&o, NULL, e)))
		return -1;
	while (words[n])
		n++;
	r->argv = xcalloc(n + 1, sizeof(*r->argv));
	memcpy(r->argv, words, n * sizeof(*r->argv));
	r->argv[0] = r->path;
	r->env = make_environment();
	f->argv = r->argv;
	f->env = r->env;
	f->cwd = r->cwd;
	f->strict = strict ||
	    (getenv("DURABLE_STRICT") &&
		strcmp(getenv("DURABLE_STRICT"), "1") == 0);
	f->listen_fd = socket_listen(NULL, &r->socket, e);
	f->socket = r->socket;
	if (f->listen_fd < 0)
		return -1;
	if (!reap_become_subreaper())
		return err_sys(e, "become the child subreaper");
	return signals_start(e);
}

static void
runtime_clear(struct runtime *r)
{
	signals_stop();
	if (r->function.listen_fd >= 0)
		close(r->function.listen_fd);
	if (r->socket)
		socket_remove(r->socket);
	free(r->socket);
	environ_free(r->env);
	free(r->argv);
	free(r->path);
	free(r->cwd);
	api_close(r->function.api);
	runtime_api_close(r->api);
}

/* Lambda warns so where a function has extensions. Between events nothing is
 * left to do. */
static bool
is_told_to_end(void)
{
	int signal;

	while ((signal = signals_take()) != 0)
		if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP)
			return true;
	return false;
}

/* One event. Returns 0 to go on, 1 with *status to end, -1. */
static int
serve_one(struct runtime *r, int *status, struct err *e)
{
	struct invocation_event ev;
	struct verdict_for_lambda v;
	int result = -1;

	invocation_event_init(&ev);
	verdict_for_lambda_init(&v);
	result = runtime_api_next(r->api, &ev, is_told_to_end, e);
	if (result != 0)
		goto out;
	result = -1;
	log_line("event %s of %zu bytes", ev.request_id, ev.body.len);
	execution_run(&r->function, &ev, &v);
	fflush(stderr);
	if (v.error_type[0]) {
		fprintf(stderr, "durable: %s: %s\n", v.error_type,
		    v.error_text);
		result = runtime_api_fail(r->api, ev.request_id, v.error_type,
		    v.error_text, e);
	} else {
		result = runtime_api_respond(r->api, ev.request_id,
		    (struct span){ buf_str(&v.response), v.response.len }, e);
	}
	if (result == 0 && v.must_exit) {
		*status = v.exit_status;
		result = 1;
	}
out:
	verdict_for_lambda_clear(&v);
	invocation_event_clear(&ev);
	return result;
}

static const char *
init_error_type(const struct err *e)
{
	return e->code == ERR_MISSING ? "Runtime.InvalidEntrypoint"
				      : "Runtime.InitError";
}

static int
run(struct call *call, struct err *e)
{
	struct runtime r = { 0 };
	struct err ignored;
	int result, status = 0;

	r.function.listen_fd = -1;
	r.api = runtime_api_open(e);
	if (!r.api)
		return -1;
	result = runtime_init(&r, call->words ? call->words : call->argv, e);
	if (result < 0 &&
	    runtime_api_fail(r.api, NULL, init_error_type(e), e->text,
		&ignored) < 0)
		log_line("%s", ignored.text);
	while (result == 0)
		result = serve_one(&r, &status, e);
	runtime_clear(&r);
	if (result < 0)
		e->code = ERR_IO; /* no handler's status: 125 */
	return result < 0 ? -1 : status;
}

const struct command cmd_lambda = {
	.name = "lambda",
	.synopsis = "[OPTION...] HANDLER [ARG...]",
	.summary = "run a workflow as a Lambda durable function",
	.details = "This is the custom runtime: the function's bootstrap runs "
		   "it with the\nhandler, and it serves events until Lambda "
		   "ends it. As a program called\nbootstrap it takes the "
		   "function's Handler setting.\n",
	.group = GROUP_LAMBDA,
	.options = options,
	.min_args = 1,
	.max_args = -1,
	.stops_at_operand = true,
	.run = run,
};
