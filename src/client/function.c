/*
 * function.c - begin, hand over to the shell, take back.
 */
#include "client/function.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/xalloc.h"
#include "client/tell.h"

enum { KSH_SIGNAL = 256 }; /* ksh93: a signal's status begins there */

static struct {
	bool is_asked;
	bool has_branches;     /* the shell waits for lines to evaluate */
	const char *id, *path; /* of function-end; NULL when they are used up */
	const char *noted;     /* to this process, or NULL */
	long status;
	const char *note; /* for the next one, or NULL */
	struct client *around;
} asked;

static int
take_end(char **words, struct err *e)
{
	char *end, *colon;

	if (!words[1] || !words[2] || !words[3])
		return err_set(e, ERR_USAGE,
		    "function-end is for durable.sh: ID STATUS FILE VERB ...");
	asked.id = words[1];
	colon = strchr(words[1], ':');
	if (colon) {
		*colon = '\0';
		asked.noted = colon + 1;
	}
	asked.status = strtol(words[2], &end, 10);
	asked.path = words[3];
	if (*end || end == words[2] || asked.status < 0 ||
	    asked.status > 2 * KSH_SIGNAL)
		return err_set(e, ERR_USAGE, "'%s' is not an exit status",
		    words[2]);
	return 0;
}

char **
function_take_words(char **words, struct err *e)
{
	if (strcmp(words[0], "function-begin") == 0) {
		words++;
	} else if (strcmp(words[0], "function-end") == 0) {
		if (take_end(words, e) < 0)
			return NULL;
		words += 4;
	} else {
		return words;
	}
	asked.is_asked = true;
	if (!words[0]) {
		err_set(e, ERR_USAGE, "a hidden command, for durable.sh");
		return NULL;
	}
	asked.has_branches = strcmp(words[0], "parallel") == 0 ||
	    strcmp(words[0], "map") == 0;
	/* What we start does not keep the shell waiting. */
	(void)fcntl(TELL_FD, F_SETFD, FD_CLOEXEC);
	return words;
}

bool
function_is_asked(void)
{
	return asked.is_asked;
}

bool
function_has_branches(void)
{
	return asked.has_branches;
}

bool
function_has_ended(void)
{
	return asked.id != NULL;
}

int
function_check_journal(struct err *e)
{
	if (!asked.is_asked)
		return 0;
	if (!getenv("DURABLE_GROUPS") && getenv("DURABLE_CONTEXT"))
		return err_set(e, ERR_USAGE,
		    "a shell function as its command needs an execution: in a "
		    "journal, put it into a script of its own");
	return 0;
}

void
function_note(const char *note, struct client *around)
{
	asked.note = note;
	asked.around = around;
}

const char *
function_noted(void)
{
	return asked.noted;
}

int
function_check(const struct operation *o, struct err *e)
{
	const char *option = NULL;

	if (!o->is_function)
		return 0;
	if (o->timeout_s > 0)
		option = o->poll.is_poll ? "--timeout" : "--timeout, -k and -s";
	else if (o->output.tee)
		option = "--tee";
	if (!option)
		return 0;
	return err_set(e, ERR_USAGE,
	    "%s: not for a shell function, which is no process of its own: "
	    "put it into a script",
	    option);
}

void
function_put_request_around(struct request *rq, struct span id)
{
	if (!asked.is_asked)
		return;
	rq->number = (uint32_t)getppid();
	if (id.n > 0) {
		rq->type = MSG_FUNCTION_END;
		rq->id = id;
	} else {
		rq->flags |= FLAG_FUNCTION;
	}
}

void
function_put_request(struct request *rq)
{
	function_put_request_around(rq, span_of(asked.id));
}

/* Beside the file with the function's output. */
static char *
input_path(const char *output_path)
{
	return xasprintf("%s.in", output_path);
}

int
function_read_input(struct buf *input, struct err *e)
{
	char *path = input_path(asked.path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), result;

	if (fd < 0) {
		result = err_sys(e, "open the function's input %s", path);
	} else {
		result = fd_read_all(fd, input, "the function's input", e);
		close(fd);
	}
	free(path);
	return result;
}

/* The file that is to be the function's standard input: its path. */
static char *
put_input(const struct operation *o, const char *output_path, struct err *e)
{
	char *path = input_path(output_path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		err_sys(e, "make the function's input %s", path);
	} else if (fd_write_all(fd, buf_str(&o->input), o->input.len, path, e) <
	    0) {
		close(fd);
	} else if (fd_close(fd, path, e) == 0) {
		return path;
	}
	free(path);
	return NULL;
}

/* What a command would have in its environment, to be exported. */
static void
put_exports(char *const *env, struct buf *out)
{
	static const char *const names[] = { "DURABLE_OPERATION",
		"DURABLE_STEP", "DURABLE_ATTEMPT", "DURABLE_IDEMPOTENCY_KEY",
		"DURABLE_CALLBACK_ID" };
	size_t n;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		n = strlen(names[i]);
		for (size_t j = 0; env[j]; j++) {
			if (strncmp(env[j], names[i], n) != 0 ||
			    env[j][n] != '=')
				continue;
			tell_put_export(env[j], out);
		}
	}
}

/* For the body that durable.sh has for the function: in the place of the words
 * of the script's call. */
static void
put_words(const struct operation *o, struct buf *out)
{
	buf_put_str(out, "set -- --");
	for (size_t i = 0; o->words[i]; i++) {
		buf_put_char(out, ' ');
		tell_put_word(o->words[i], out);
	}
	buf_put_char(out, '\n');
}

/* Leaves the operation to the shell. Returns only on failure. */
static int
tell_shell(struct operation *o, const struct reply *rp, const struct run *r,
    struct err *e)
{
	char *path, *in = NULL, *id;
	struct buf text, exports;
	int fd = tell_make_file(&path, e);

	if (fd < 0)
		return -1;
	close(fd);
	if (o->reads_input && !(in = put_input(o, path, e)))
		return -1;
	files_forget(&o->files); /* that it can be made is known by now */
	buf_init(&text, BUF_NO_MAX);
	buf_init(&exports, BUF_NO_MAX);
	put_exports(r->env, &exports);
	if (o->tells_words)
		put_words(o, &exports);
	id = xasprintf("%.*s%s%s", (int)rp->id.n, rp->id.p,
	    asked.note ? ":" : "", asked.note ? asked.note : "");
	tell_put_assignment("_durable_id", id, &text);
	tell_put_assignment("_durable_in", in ? in : "/dev/null", &text);
	tell_put_assignment("_durable_out", path, &text);
	tell_put_assignment("_durable_merged", r->is_merged ? "y" : "", &text);
	tell_put_assignment("_durable_env", buf_str(&exports), &text);
	if (fd_write_all(TELL_FD, buf_str(&text), text.len, "the shell", e) < 0)
		return -1;
	client_bye(&o->client, 0);
	if (asked.around)
		client_bye(asked.around, 0);
	exit(0);
}

/* Reads the function's output and forgets the files. */
static int
take_output(struct run *r, struct err *e)
{
	int fd = open(asked.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *in = input_path(asked.path);
	int result;

	if (fd < 0)
		return err_sys(e, "open the function's output %s", asked.path);
	result = r->stdout_fd >= 0 ? fd_copy(fd, r->stdout_fd, asked.path, e)
				   : run_take_file(r, fd, e);
	close(fd);
	(void)unlink(asked.path);
	(void)unlink(in);
	free(in);
	return result;
}

void
function_set_status(struct run *r, int status)
{
	if (status > KSH_SIGNAL)
		r->killed_by = status - KSH_SIGNAL;
	run_set_status(r, r->killed_by ? 128 + r->killed_by : status);
}

int
function_run(struct operation *o, const struct reply *rp, struct run *r,
    struct err *e)
{
	int result;

	operation_prepare(o, rp, r);
	if (!asked.id) {
		result = tell_shell(o, rp, r, e);
	} else {
		result = take_output(r, e);
		function_set_status(r, (int)asked.status);
		asked.id = NULL;
	}
	operation_release(r);
	return result;
}
