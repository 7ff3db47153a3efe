/*
 * sandbox.c - what stays the same for all invocations of this process.
 */
#include "lambda/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/install.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/reap.h"
#include "engine/workflow.h"
#include "proto/socket.h"

enum { MARGIN_DEFAULT_S = 2, PATH_SIZE = 4096 };

extern char **environ;

/* A path as it is, or below the function's folder. */
static char *
find_handler(const char *word, const char *cwd, struct err *e)
{
	char *path = word[0] == '/' ? xstrdup(word)
				    : xasprintf("%s/%s", cwd, word);
	struct stat st;

	if (access(path, X_OK) == 0 && stat(path, &st) == 0) {
		if (S_ISREG(st.st_mode))
			return path;
		err_set(e, ERR_MISSING,
		    "the handler %s is no file: the function's Handler setting "
		    "must name a script or program of its package",
		    path);
	} else if (errno == ENOENT) {
		err_set(e, ERR_MISSING,
		    "the handler %s does not exist: the function's Handler "
		    "setting must name a file of its package",
		    path);
	} else {
		err_sys(e, "the handler %s is not executable (chmod +x it)",
		    path);
	}
	free(path);
	return NULL;
}

/* No handler could be started anywhere else: better told before any event. */
static char *
check_task_root(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else if (access(path, X_OK) == 0)
		return xstrdup(path);
	err_sys(e, "the function's folder, LAMBDA_TASK_ROOT=%s", path);
	return NULL;
}

static char *
working_folder(struct err *e)
{
	const char *task = getenv("LAMBDA_TASK_ROOT");
	char cwd[PATH_SIZE];

	if (task && task[0] == '/')
		return check_task_root(task, e);
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

static bool
is_strict_by_environment(void)
{
	const char *text = getenv("DURABLE_STRICT");

	return text && strcmp(text, "1") == 0;
}

/* The words with the handler's path as the first. */
static char **
make_argv(char **words, char *path)
{
	size_t n = 0;
	char **argv;

	while (words[n])
		n++;
	argv = xcalloc(n + 1, sizeof(*argv));
	memcpy(argv, words, n * sizeof(*argv));
	argv[0] = path;
	return argv;
}

int
sandbox_open(struct sandbox *s, const struct sandbox_options *o, struct err *e)
{
	struct api_options api = { .endpoint_url = o->endpoint_url,
		.in_runtime = true };
	char *path;

	memset(s, 0, sizeof(*s));
	s->listen_fd = -1;
	s->strict = o->strict || is_strict_by_environment();
	if (take_margin(&s->margin_ms, e) < 0 ||
	    !(s->cwd = working_folder(e)) ||
	    !(path = find_handler(o->words[0], s->cwd, e)))
		return -1;
	s->argv = make_argv(o->words, path);
	s->env = make_environment();
	if (!(s->api = api_open(&api, NULL, e))) {
		if (e->code == ERR_MISSING)
			e->code = ERR_USAGE; /* credentials; not the handler */
		return -1;
	}
	s->listen_fd = socket_listen(NULL, &s->socket, e);
	if (s->listen_fd < 0)
		return -1;
	if (!reap_become_subreaper())
		return err_sys(e, "become the child subreaper");
	return 0;
}

void
sandbox_close(struct sandbox *s)
{
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	if (s->socket)
		socket_remove(s->socket);
	free(s->socket);
	environ_free(s->env);
	if (s->argv)
		free(s->argv[0]);
	free(s->argv);
	free(s->cwd);
	api_close(s->api);
}
