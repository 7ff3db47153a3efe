/*
 * test_proc.c - environments of processes that are in the middle of an exec.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/proc.h"

enum {
	LOOKS = 3000,
	SECONDS = 60, /* after which what a failed test left ends */
};

static char *again[] = { NULL, (char *)(uintptr_t) "again", NULL };
static char *marked[] = { (char *)(uintptr_t) "MARK=here", NULL };
static char *none[] = { NULL };

static pid_t
start(char *const *argv, char *const *env)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(SECONDS);
		(void)execve(argv[0], argv, env);
		_exit(127);
	}
	return pid;
}

static void
end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static bool
has_mark(pid_t pid)
{
	struct buf value;
	bool has;

	buf_init(&value, 4096);
	has = proc_environ(pid, "MARK", &value) &&
	    strcmp(buf_str(&value), "here") == 0;
	buf_clear(&value);
	return has;
}

/* It executes itself for ever, each time with the same environment. */
static void
environ_is_seen_through_an_exec(void **state)
{
	pid_t pid;
	int missed = 0;

	(void)state;
	pid = start(again, marked);
	/* Before its first exec it shows the environment of this process. */
	while (!has_mark(pid))
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	for (int i = 0; i < LOOKS; i++)
		missed += !has_mark(pid);
	end(pid);
	assert_int_equal(missed, 0);
}

static void
empty_environ_and_ended_process_have_nothing(void **state)
{
	char *sleeper[] = { (char *)(uintptr_t) "/bin/sleep",
		(char *)(uintptr_t) "60", NULL };
	pid_t pid = start(sleeper, none);

	(void)state;
	assert_false(has_mark(pid));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_false(has_mark(pid));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(has_mark(pid));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environ_is_seen_through_an_exec),
		cmocka_unit_test(empty_environ_and_ended_process_have_nothing),
	};

	again[0] = argv[0];
	if (argc > 1) {
		(void)execve(argv[0], again, marked);
		return 127;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
