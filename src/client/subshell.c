/*
 * subshell.c - a line to the shell, a fifo back.
 */
#include "client/subshell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "client/client.h"
#include "client/function.h"
#include "client/tell.h"

struct subshell {
	char *output, *input, *fifo; /* paths; NULL: there is no such file */
	int output_fd, fifo_fd;
	struct buf told;   /* what has come out of the fifo, not yet a line */
	bool has_answered; /* the shell */
	pid_t pid;         /* 0: it is no function */
	int status;        /* -1: it has not ended */
};

static _Noreturn void
die(const char *who)
{
	log_line("%s is gone", who);
	if (getenv("DURABLE_GROUPS"))
		client_die(NULL);
	exit(125); /* there is no execution that could go wrong */
}

static void
tell(struct buf *line)
{
	struct err ignored;

	if (fd_write_all(TELL_FD, buf_str(line), line->len, "the shell",
		&ignored) < 0)
		die("the shell of the branches");
	buf_clear(line);
}

void
subshell_check(void)
{
	struct pollfd p = { TELL_FD, 0, 0 };

	if (function_has_branches() && poll(&p, 1, 0) > 0)
		die("the shell of the branches");
}

void
subshell_tell_status(int status)
{
	static bool told;
	struct buf line;

	if (!function_has_branches() || told)
		return;
	told = true;
	buf_init(&line, BUF_NO_MAX);
	buf_printf(&line, "_durable_status=%d\n", status);
	tell(&line);
}

static void
remove_file(char **path)
{
	if (*path)
		(void)unlink(*path);
	free(*path);
	*path = NULL;
}

void
subshell_free(struct subshell *s)
{
	if (!s)
		return;
	if (s->fifo_fd >= 0)
		close(s->fifo_fd);
	if (s->output_fd >= 0)
		close(s->output_fd);
	remove_file(&s->fifo);
	remove_file(&s->input);
	remove_file(&s->output);
	buf_clear(&s->told);
	free(s);
}

static int
make_input(struct subshell *s, struct span input, struct err *e)
{
	int fd = tell_make_file(&s->input, e);

	if (fd < 0)
		return -1;
	if (fd_write_all(fd, input.p, input.n, s->input, e) < 0) {
		close(fd);
		return -1;
	}
	return fd_close(fd, s->input, e);
}

static int
make_files(struct subshell *s, const struct run *r, struct err *e)
{
	s->output_fd = tell_make_file(&s->output, e);
	if (s->output_fd < 0)
		return -1;
	s->fifo = xasprintf("%s.fifo", s->output);
	if (mkfifo(s->fifo, 0600) < 0)
		return err_sys(e, "make %s", s->fifo);
	s->fifo_fd = open(s->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (s->fifo_fd < 0)
		return err_sys(e, "open %s", s->fifo);
	return r->input.p ? make_input(s, r->input, e) : 0;
}

static void
tell_start(const struct subshell *s, const struct run *r,
    const char *const *set)
{
	const char *words[] = { s->fifo, s->input ? s->input : "/dev/null",
		s->output, r->is_merged ? "y" : "", NULL };
	struct buf line, exports;

	buf_init(&line, BUF_NO_MAX);
	buf_init(&exports, BUF_NO_MAX);
	for (size_t i = 0; set[i]; i++)
		tell_put_export(set[i], &exports);
	buf_put_str(&line, "_durable_branch");
	for (size_t i = 0; words[i]; i++) {
		buf_put_char(&line, ' ');
		tell_put_word(words[i], &line);
	}
	buf_put_char(&line, ' ');
	tell_put_word(buf_str(&exports), &line);
	for (size_t i = 0; r->argv[i]; i++) {
		buf_put_char(&line, ' ');
		tell_put_word(r->argv[i], &line);
	}
	buf_put_char(&line, '\n');
	tell(&line);
	buf_clear(&exports);
}

static void
take_line(struct subshell *s, const char *line)
{
	long number = strtol(line + (*line != '\0'), NULL, 10);

	if (*line == 's') {
		s->status = (int)number;
		return;
	}
	s->has_answered = true;
	s->pid = *line == 'p' ? (pid_t)number : 0;
}

/* Takes what has been told. The end, when there is no status, is a death; but
 * before the shell has opened the fifo there is one as well. */
static void
take_told(struct subshell *s)
{
	char chunk[64], *stop;
	ssize_t n;

	while ((n = read(s->fifo_fd, chunk, sizeof(chunk))) != 0) {
		if (n > 0)
			buf_put(&s->told, chunk, (size_t)n);
		else if (errno != EINTR)
			break;
	}
	while ((stop = memchr(buf_str(&s->told), '\n', s->told.len))) {
		*stop = '\0';
		take_line(s, buf_str(&s->told));
		s->told.off = (size_t)(stop - s->told.data) + 1;
		buf_compact(&s->told);
	}
	if (n == 0 && s->pid > 0 && s->status < 0)
		die("the subshell of a branch");
}

static int
wait_for_answer(struct subshell *s, struct err *e)
{
	struct pollfd fds[2] = { { s->fifo_fd, POLLIN, 0 }, { TELL_FD, 0, 0 } };

	while (!s->has_answered) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return err_sys(e, "wait for the shell");
		if (fds[1].revents != 0)
			die("the shell of the branches");
		take_told(s);
	}
	remove_file(&s->fifo);
	return 0;
}

/* Whether the shell need not be asked. */
static bool
is_program(const char *word)
{
	return !function_has_branches() || strchr(word, '/') != NULL;
}

int
subshell_start(struct subshell **started, const struct run *r,
    const char *const *set, struct err *e)
{
	struct subshell *s;

	*started = NULL;
	if (is_program(r->argv[0]))
		return 0;
	s = xcalloc(1, sizeof(*s));
	s->output_fd = s->fifo_fd = s->status = -1;
	buf_init(&s->told, BUF_NO_MAX);
	if (make_files(s, r, e) < 0)
		goto fail;
	tell_start(s, r, set);
	if (wait_for_answer(s, e) < 0)
		goto fail;
	if (s->pid > 0) {
		log_line("start %s as %ld", r->argv[0], (long)s->pid);
		*started = s;
	} else {
		subshell_free(s);
	}
	return 0;
fail:
	subshell_free(s);
	return -1;
}

pid_t
subshell_pid(const struct subshell *s)
{
	return s->pid;
}

int
subshell_fd(const struct subshell *s)
{
	return s->fifo_fd;
}

int
subshell_take(struct subshell *s, struct run *r, struct err *e)
{
	struct buf line;

	take_told(s);
	if (s->status < 0)
		return 0;
	if (run_take_file(r, s->output_fd, e) < 0)
		return -1;
	function_set_status(r, s->status);
	buf_init(&line, BUF_NO_MAX);
	buf_printf(&line, "wait %ld 2>/dev/null\n", (long)s->pid);
	tell(&line);
	return 1;
}
