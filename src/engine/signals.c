/*
 * signals.c - signals as bytes in a pipe.
 */
#include "engine/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT,
	SIGCHLD };

static int fds[2] = { -1, -1 };
static int starts;

static void
on_signal(int signal)
{
	int saved = errno;
	unsigned char c = (unsigned char)signal;
	ssize_t n;

	/* A full pipe has bytes enough to wake us. */
	n = write(fds[1], &c, 1);
	(void)n;
	errno = saved;
}

int
signals_start(struct err *e)
{
	struct sigaction sa;

	if (starts++ > 0)
		return 0;
	if (fd_pipe(fds, e) < 0 || fd_set_nonblocking(fds[0], true, e) < 0 ||
	    fd_set_nonblocking(fds[1], true, e) < 0)
		return -1;
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &sa, NULL) < 0)
		return err_sys(e, "set up signals");
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_RESTART;
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		if (sigaction(caught[i], &sa, NULL) < 0)
			return err_sys(e, "set up signals");
	return 0;
}

void
signals_stop(void)
{
	if (starts == 0 || --starts > 0)
		return;
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		(void)signal(caught[i], SIG_DFL);
	if (fds[0] >= 0)
		close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
	fds[0] = fds[1] = -1;
}

int
signals_fd(void)
{
	return fds[0];
}

int
signals_take(void)
{
	unsigned char c;
	ssize_t n;

	do {
		n = read(fds[0], &c, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? c : 0;
}
