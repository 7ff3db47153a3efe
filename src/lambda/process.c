/*
 * process.c - running a program for what it prints.
 *
 * Without a shell: the line comes from a configuration file whose other
 * readers split it in the same way and expand nothing.
 */
#include "lambda/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/time.h"
#include "base/xalloc.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Appends the word at p; returns what is behind it, NULL for an open quote. */
static const char *
take_word(const char *p, struct buf *word)
{
	char quote = '\0';

	for (; *p && (quote || !is_blank(*p)); p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'') {
			quote = quote ? '\0' : *p;
			continue;
		}
		if (*p == '\\' && quote != '\'' && p[1] &&
		    (!quote || p[1] == '"' || p[1] == '\\'))
			p++;
		buf_put_char(word, *p);
	}
	return quote ? NULL : p;
}

char **
process_split(const char *line, struct err *e)
{
	char **words = xcalloc(1, sizeof(*words));
	const char *p = line;
	size_t n = 0;

	for (;;) {
		struct buf word;

		while (is_blank(*p))
			p++;
		if (!*p)
			break;
		buf_init(&word, BUF_NO_MAX);
		if (!(p = take_word(p, &word))) {
			buf_clear(&word);
			err_set(e, ERR_USAGE, "`%s`: a quote is not closed",
			    line);
			goto fail;
		}
		words = xreallocarray(words, n + 2, sizeof(*words));
		words[n++] = buf_steal(&word);
		words[n] = NULL;
	}
	if (n > 0)
		return words;
	err_set(e, ERR_USAGE, "an empty command line");
fail:
	process_free_words(words);
	return NULL;
}

void
process_free_words(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

/* In the child: as if it had been started from a shell. */
static void
execute(char **words, int out)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none;

	sigemptyset(&none);
	sigemptyset(&usual.sa_mask);
	sigaction(SIGPIPE, &usual, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(out, STDOUT_FILENO) == STDOUT_FILENO)
		execvp(words[0], words);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Reads to the end. out's maximum and the time are limits. */
static int
read_output(int fd, int64_t end, struct buf *out, const char *line,
    struct err *e)
{
	for (;;) {
		int64_t left = end - time_monotonic();
		struct pollfd p = { fd, POLLIN, 0 };
		char bytes[4096];
		ssize_t n;

		if (left <= 0)
			return err_set(e, ERR_IO,
			    "`%s` has not ended in time and was killed", line);
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno != EINTR)
			return err_sys(e, "read what `%s` prints", line);
		if (n == 0)
			return 0;
		if (n > 0)
			buf_put(out, bytes, (size_t)n);
		explicit_bzero(bytes, sizeof(bytes));
		if (buf_overflowed(out))
			return err_set(e, ERR_IO,
			    "`%s` prints more than %zu bytes and was killed",
			    line, out->max);
	}
}

static int
check_status(int status, const char *line, struct err *e)
{
	if (WIFSIGNALED(status))
		return err_set(e, ERR_IO, "`%s` was ended by signal %d", line,
		    WTERMSIG(status));
	if (WEXITSTATUS(status) == 127)
		return err_set(e, ERR_IO,
		    "`%s` cannot be run: is it installed, and on PATH?", line);
	if (WEXITSTATUS(status) != 0)
		return err_set(e, ERR_IO, "`%s` failed with exit status %d",
		    line, WEXITSTATUS(status));
	return 0;
}

int
process_run(const char *line, int64_t timeout_ms, struct buf *out,
    struct err *e)
{
	char **words = process_split(line, e);
	int64_t end = time_monotonic() + timeout_ms;
	int fds[2] = { -1, -1 }, status = 0, result = -1;
	pid_t pid = -1;

	if (!words || fd_pipe(fds, e) < 0)
		goto out;
	pid = fork();
	if (pid == 0)
		execute(words, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		err_sys(e, "start `%s`", line);
		goto out;
	}
	result = read_output(fds[0], end, out, line, e);
	if (result < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (result == 0)
		result = check_status(status, line, e);
out:
	if (fds[0] >= 0)
		close(fds[0]);
	process_free_words(words);
	return result;
}
