/*
 * test_client.c - client.h without an engine: a client whose engine has gone
 * never returns, and nothing that it ends by looks like a command's end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "client/client.h"
#include "proto/socket.h"

/* A client in a session of its own: connects, waits for a byte, asks. */
static _Noreturn void
be_client(const char *socket, int listener, int go)
{
	struct request rq = { .type = MSG_BYE };
	struct client c;
	struct err e;
	char byte;

	close(listener);
	if (setsid() < 0 || setenv("DURABLE_SOCKET", socket, 1) < 0 ||
	    setenv("DURABLE_INVOCATION", "token", 1) < 0 ||
	    setenv("DURABLE_GROUPS", " ", 1) < 0 || client_open(&c, &e) < 0)
		_exit(1);
	if (read(go, &byte, 1) != 1)
		_exit(2);
	client_send(&c, &rq);
	_exit(3);
}

static void
an_engine_that_dies_before_it_accepts_leaves_no_sigpipe(void **state)
{
	int go[2], fd, status;
	char *path;
	struct err e;
	pid_t pid;

	(void)state;
	fd = socket_listen(NULL, &path, &e);
	assert_true(fd >= 0);
	assert_int_equal(fd_pipe(go, &e), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_client(path, fd, go[0]);
	assert_int_equal(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 5000), 1);
	close(fd); /* with the client in its backlog */
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	socket_remove(path);
	free(path);
	close(go[0]);
	close(go[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_engine_that_dies_before_it_accepts_leaves_no_sigpipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
