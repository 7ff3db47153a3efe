/*
 * serve.c - a journal: durable commands without a workflow around them.
 *
 * With DURABLE_CONTEXT set but no engine above, the first workflow command
 * becomes the engine: it takes the lock, opens the socket, and starts the
 * command again as its client. Others connect to it; it ends when the last
 * has gone. Who finds the lock taken becomes a client of that engine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/command.h"
#include "base/install.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "engine/reap.h"
#include "engine/signals.h"
#include "engine/workflow.h"
#include "manage/commands.h"
#include "manage/drive.h"
#include "manage/paths.h"
#include "manage/start.h"
#include "proto/socket.h"

enum { ATTACH_MS = 10000, PAUSE_MS = 5, STATUS_OURS = 125 };

extern char **environ;

/* `durable WORDS...`, of the program beside this one. */
static char **
client_argv(char **words)
{
	char *bin = install_bin_folder(), **argv;
	size_t n = 0;

	while (words[n])
		n++;
	argv = xcalloc(n + 2, sizeof(*argv));
	argv[0] = xasprintf("%s/durable", bin);
	memcpy(argv + 1, words, n * sizeof(*argv));
	free(bin);
	return argv;
}

/* Becomes a client of the engine that has the lock. 1: it is not there (any
 * more), try again. */
static int
become_client(const char *path, char **words, struct err *e)
{
	struct execution_state s;
	char **argv;
	int fd = -1;

	if (context_read(path, &s, NULL, NULL, NULL, e) < 0)
		return e->code == ERR_MISSING ? 1 : -1;
	if (!s.header.is_journal) {
		err_set(e, ERR_REFUSED,
		    "%s is an execution's context file: "
		    "only its own handler takes part in it",
		    path);
		execution_state_clear(&s);
		return -1;
	}
	if (s.last.is_open && s.last.socket)
		fd = socket_connect(s.last.socket, e);
	if (fd < 0) {
		execution_state_clear(&s);
		return 1;
	}
	close(fd);
	if (setenv("DURABLE_SOCKET", s.last.socket, 1) < 0 ||
	    setenv("DURABLE_INVOCATION", s.last.token, 1) < 0)
		return err_sys(e, "set the environment");
	argv = client_argv(words);
	execv(argv[0], argv);
	return err_sys(e, "execute %s", argv[0]);
}

/* Opens the journal, making it when it is not there. */
static struct context *
open_journal(const char *path, struct err *e)
{
	struct context *c = context_open(path, drive_notice, e);

	if (c || e->code != ERR_MISSING)
		return c;
	return start_journal(path, e);
}

static int
serve(const char *path, struct context *c, char **words, struct err *e)
{
	struct server_job job;
	struct invocation_result r;
	char *socket = NULL, **argv = client_argv(words);
	char *cwd = paths_absolute("", e), *arn;
	char *program = install_program("durable-engine");
	int result = -1;

	server_job_init(&job, c, environ);
	invocation_result_init(&r);
	arn = drive_arn(&context_state(c)->header);
	job.arn = arn;
	job.program = program;
	job.argv = argv;
	job.cwd = cwd;
	job.umask = -1;
	job.is_journal = true;
	job.listen_fd = socket_listen(NULL, &socket, e);
	job.socket = socket;
	if (cwd && job.listen_fd >= 0 && signals_start(e) == 0 &&
	    drive_clear_left_overs(c, e) == 0 && server_run(&job, &r, e) == 0)
		result = r.how == END_INTERRUPTED ? 128 + r.signal
		    : r.how == END_REFUSED        ? STATUS_OURS
						  : r.status;
	if (r.how == END_REFUSED && r.text[0])
		fprintf(stderr, "durable: %s\n", r.text);
	if (socket)
		socket_remove(socket);
	(void)path;
	free(socket);
	free(program);
	free(arn);
	free(cwd);
	invocation_result_clear(&r);
	return result;
}

static int
run(struct call *call, struct err *e)
{
	const char *word = getenv("DURABLE_CONTEXT");
	struct timespec pause = { 0, PAUSE_MS * 1000000L };
	int64_t end = time_monotonic() + ATTACH_MS;
	struct context *c;
	char *path;
	int result;

	if (!word || !*word || call->argc == 0)
		return err_set(e, ERR_USAGE,
		    "for durable's own use: set DURABLE_CONTEXT and use the "
		    "workflow commands");
	path = paths_absolute(word, e);
	if (!path)
		return -1;
	while (!(c = open_journal(path, e))) {
		if (e->code != ERR_BUSY)
			return -1;
		result = become_client(path, call->all, e);
		if (result < 0)
			return -1;
		if (time_monotonic() > end)
			return err_set(e, ERR_BUSY,
			    "%s is locked by a process "
			    "that does not answer",
			    path);
		(void)nanosleep(&pause, NULL);
	}
	if (!context_state(c)->header.is_journal) {
		context_close(c, false);
		return err_set(e, ERR_REFUSED,
		    "%s is an execution's context "
		    "file: only its own handler takes part in it",
		    path);
	}
	(void)reap_become_subreaper();
	result = serve(path, c, call->all, e);
	context_close(c, false);
	return result;
}

const struct command cmd_serve = {
	.name = "serve",
	.synopsis = "COMMAND [WORD...]",
	.summary = "be the engine of a journal, and run COMMAND in it",
	.group = GROUP_HIDDEN,
	.is_internal = true,
	.min_args = 0,
	.max_args = -1,
	.raw = true,
	.run = run,
};
