/*
 * signals.c - blocked but for the wait.
 */
#include "client/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP };

enum { PASSED_ON = sizeof(passed_on) / sizeof(*passed_on) };

static volatile sig_atomic_t came[PASSED_ON];
static sigset_t before;
static int blocks; /* they may nest: a filter runs while branches do */

static void
on_signal(int signal)
{
	for (int i = 0; i < PASSED_ON; i++)
		if (passed_on[i] == signal)
			came[i] = 1;
}

void
signals_block(void)
{
	struct sigaction sa, old;
	sigset_t set;

	if (blocks++ > 0)
		return;
	sigemptyset(&set);
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	for (int i = 0; i < PASSED_ON; i++) {
		sigaddset(&set, passed_on[i]);
		/* nohup's wish is kept, for us and for the command. */
		if (sigaction(passed_on[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			(void)sigaction(passed_on[i], &sa, NULL);
	}
	sigaddset(&set, SIGCHLD);
	(void)sigaction(SIGCHLD, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
}

void
signals_unblock(void)
{
	if (blocks == 0 || --blocks > 0)
		return;
	for (int i = 0; i < PASSED_ON; i++)
		came[i] = 0;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

void
signals_reset(void)
{
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

int
signals_take(void)
{
	for (int i = 0; i < PASSED_ON; i++) {
		if (!came[i])
			continue;
		came[i] = 0;
		return passed_on[i];
	}
	return 0;
}

int
signals_wait(struct pollfd *fds, nfds_t n, int64_t timeout_ms)
{
	struct timespec ts = { timeout_ms / 1000, timeout_ms % 1000 * 1000000 };

	return ppoll(fds, n, timeout_ms < 0 ? NULL : &ts, &before);
}
