/*
 * test_socket.c - socket.h: where it is made, who may use it, who is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "proto/socket.h"

static char *folder;

static int
make_folder(void **state)
{
	const char *base = getenv("BATS_TEST_TMPDIR");

	(void)state;
	folder = xasprintf("%s/test_socket-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(folder) || setenv("TMPDIR", folder, 1) < 0)
		return -1;
	return unsetenv("XDG_RUNTIME_DIR");
}

static int
remove_folder(void **state)
{
	(void)state;
	rmdir(folder);
	free(folder);
	return 0;
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, geteuid());
	return st.st_mode & 0777;
}

static int
listen_at(char **path)
{
	struct err e;
	int fd = socket_listen(NULL, path, &e);

	assert_true(fd >= 0);
	return fd;
}

/* Listens where again was: whether it is the same path. */
static bool
is_taken_again(const char *again)
{
	struct err e;
	char *path;
	int fd = socket_listen(again, &path, &e);
	bool same = strcmp(path, again) == 0;

	assert_true(fd >= 0);
	close(fd);
	socket_remove(path);
	free(path);
	return same;
}

static void
a_path_is_taken_again(void **state)
{
	char *path, *other;
	int fd = listen_at(&path);

	(void)state;
	assert_false(is_taken_again(path)); /* somebody listens there */
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	assert_true(is_taken_again(path)); /* left over by a dead engine */
	assert_true(is_taken_again(path)); /* taken away */
	other = xasprintf("%s/other/durable-123456/engine", folder);
	assert_false(is_taken_again(other));
	free(other);
	other = xasprintf("%s/notours-123456/engine", folder);
	assert_false(is_taken_again(other));
	free(other);
	other = xasprintf("%s/durable-12/456/engine", folder);
	assert_false(is_taken_again(other));
	free(other);
	free(path);
}

/* Whether path is below what holds it. */
static bool
is_below(const char *path, const char *above)
{
	return strncmp(path, above, strlen(above)) == 0 &&
	    path[strlen(above)] == '/';
}

static void
the_folder_is_the_users_alone(void **state)
{
	char *path, *slash;
	mode_t umask_before = umask(0);
	int fd = listen_at(&path);

	(void)state;
	umask(umask_before);
	assert_true(is_below(path, folder));
	slash = strrchr(path, '/');
	*slash = '\0';
	assert_int_equal(mode_of(path), 0700);
	*slash = '/';
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	socket_remove(path);
	assert_int_equal(access(path, F_OK), -1);
	*slash = '\0';
	assert_int_equal(access(path, F_OK), -1);
	*slash = '/';
	socket_remove(path); /* once more does no harm */
	free(path);
}

static void
the_runtime_folder_comes_first(void **state)
{
	char *path, *runtime = xasprintf("%s/runtime", folder);
	int fd;

	(void)state;
	assert_int_equal(mkdir(runtime, 0700), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime, 1), 0);
	fd = listen_at(&path);
	assert_true(is_below(path, runtime));
	close(fd);
	socket_remove(path);
	free(path);
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
	assert_int_equal(rmdir(runtime), 0);
	free(runtime);
}

/* A folder that is not there, is relative, or leaves no room is passed over. */
static void
the_next_folder_is_tried(void **state)
{
	char long_path[200], *path;
	const char *const bad[] = { "/no/such/folder", "relative", "",
		long_path };
	int fd;

	(void)state;
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(setenv("XDG_RUNTIME_DIR", bad[i], 1), 0);
		fd = listen_at(&path);
		assert_true(is_below(path, folder));
		close(fd);
		socket_remove(path);
		free(path);
	}
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
}

static void
a_path_too_long_is_an_error(void **state)
{
	char path[200];
	struct err e;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(socket_connect(path, &e), -1);
	assert_non_null(strstr(e.text, "is longer than 107 bytes"));
}

static void
nobody_listens(void **state)
{
	char *path;
	struct err e;
	int fd = listen_at(&path);

	(void)state;
	close(fd); /* the socket stays, as after the death of an engine */
	assert_int_equal(socket_connect(path, &e), -1);
	assert_int_equal(e.code, ERR_NOT_RUN);
	assert_int_equal(e.sys, ECONNREFUSED);
	socket_remove(path);
	assert_int_equal(socket_connect(path, &e), -1);
	assert_int_equal(e.code, ERR_NOT_RUN);
	free(path);
}

static void
the_peer_is_known(void **state)
{
	char *path, byte = 0;
	struct err e;
	int fd = listen_at(&path), client, server;
	pid_t pid = 0;

	(void)state;
	assert_int_equal(socket_accept(fd, &pid, &e), -1);
	assert_int_equal(e.sys, EAGAIN);
	client = socket_connect(path, &e);
	assert_true(client >= 0);
	assert_true(fcntl(client, F_GETFD) & FD_CLOEXEC);
	assert_false(fcntl(client, F_GETFL) & O_NONBLOCK);
	server = socket_accept(fd, &pid, &e);
	assert_true(server >= 0);
	assert_int_equal(pid, getpid());
	assert_true(fcntl(server, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(server, F_GETFL) & O_NONBLOCK);
	assert_int_equal(write(client, "x", 1), 1);
	assert_int_equal(read(server, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(client);
	close(server);
	close(fd);
	socket_remove(path);
	free(path);
}

/* As another user: 0 when the engine's side refused, 77 when it cannot be
 * tried, because this is not root. */
static int
connect_as_nobody(const char *path)
{
	struct err e;

	if (setuid(65534) < 0)
		return 77;
	return socket_connect(path, &e) < 0 && e.code == ERR_REFUSED ? 0 : 1;
}

static void
another_user_is_refused(void **state)
{
	char *path, *slash;
	struct err e;
	int fd, status;
	pid_t child, pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	fd = listen_at(&path);
	/* What protects it first is the folder, so open that. */
	slash = strrchr(path, '/');
	*slash = '\0';
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	*slash = '/';
	assert_int_equal(chmod(path, 0777), 0);
	child = fork();
	if (child == 0)
		_exit(connect_as_nobody(path));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(socket_accept(fd, &pid, &e), -1);
	assert_int_equal(e.code, ERR_REFUSED);
	close(fd);
	socket_remove(path);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_folder_is_the_users_alone),
		cmocka_unit_test(a_path_is_taken_again),
		cmocka_unit_test(the_runtime_folder_comes_first),
		cmocka_unit_test(the_next_folder_is_tried),
		cmocka_unit_test(a_path_too_long_is_an_error),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(the_peer_is_known),
		cmocka_unit_test(another_user_is_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
