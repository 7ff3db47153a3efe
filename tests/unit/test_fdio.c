/*
 * test_fdio.c - short reads and writes, interruptions, atomic replacement.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fdio.h"
#include "base/xalloc.h"

enum { BIG = 1000000 /* bytes: many times what a pipe holds */ };

static char folder[] = "test_fdio-XXXXXX";

static int
enter_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int
leave_folder(void **state)
{
	pid_t child;
	int status = -1;

	(void)state;
	if (chdir("..") < 0 || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		execl("/bin/rm", "rm", "-rf", folder, (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return status;
}

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
assert_file(const char *path, const char *text)
{
	struct buf b;
	struct err e;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	buf_init(&b, BUF_NO_MAX);
	assert_int_equal(fd_read_all(fd, &b, path, &e), 0);
	assert_string_equal(buf_str(&b), text);
	buf_clear(&b);
	close(fd);
}

/* How many entries "." has, with those that begin with a dot. */
static int
count_entries(void)
{
	DIR *here = opendir(".");
	int n = 0;

	assert_non_null(here);
	while (readdir(here))
		n++;
	closedir(here);
	return n;
}

static void
nothing(int signal)
{
	(void)signal;
}

/* Interrupts every slow call of this process, again and again. */
static void
start_interrupting(void)
{
	struct sigaction action = { .sa_handler = nothing };
	/* Long enough for valgrind to get on in between. */
	struct itimerval often = { { 0, 3000 }, { 0, 3000 } };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void
stop_interrupting(void)
{
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
}

/* A child that writes BIG bytes to fd in small parts, with pauses. */
static pid_t
start_slow_writer(int fd)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child > 0)
		return child;
	for (int sent = 0; sent < BIG; sent += 10000) {
		char part[10000];

		memset(part, 'a' + sent / 10000 % 26, sizeof(part));
		if (write(fd, part, sizeof(part)) != (ssize_t)sizeof(part))
			_exit(1);
		usleep(200);
	}
	_exit(0);
}

/* A child that reads a pipe to its end in small parts; 0 if it had BIG bytes. */
static pid_t
start_slow_reader(const int fds[2])
{
	pid_t child = fork();
	char part[5000];
	ssize_t n;
	int total = 0;

	assert_true(child >= 0);
	if (child > 0)
		return child;
	close(fds[1]);
	while ((n = read(fds[0], part, sizeof(part))) > 0) {
		total += (int)n;
		usleep(50);
	}
	_exit(total != BIG);
}

static void
assert_child_succeeded(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_int_equal(status, 0);
}

static void
reads_all_through_interruptions(void **state)
{
	int fds[2];
	struct buf b;
	struct err e;
	pid_t child;

	(void)state;
	assert_int_equal(fd_pipe(fds, &e), 0);
	child = start_slow_writer(fds[1]);
	close(fds[1]);
	assert_int_equal(fd_set_nonblocking(fds[0], true, &e), 0);
	buf_init(&b, BIG);
	start_interrupting();
	assert_int_equal(fd_read_all(fds[0], &b, "the pipe", &e), 0);
	stop_interrupting();
	assert_int_equal(b.len, BIG);
	for (int i = 0; i < BIG; i++)
		assert_int_equal(b.data[i], 'a' + i / 10000 % 26);
	assert_child_succeeded(child);
	buf_clear(&b);
	close(fds[0]);
}

static void
writes_all_through_interruptions(void **state)
{
	(void)state;
	for (int nonblocking = 0; nonblocking <= 1; nonblocking++) {
		int fds[2];
		struct err e;
		char *text;
		pid_t child;

		assert_int_equal(fd_pipe(fds, &e), 0);
		assert_int_equal(fd_set_nonblocking(fds[1], nonblocking, &e),
		    0);
		child = start_slow_reader(fds);
		close(fds[0]);
		/* After the fork: the child would have lost it. */
		text = xcalloc(1, BIG);
		start_interrupting();
		assert_int_equal(fd_write_all(fds[1], text, BIG, "the pipe",
				     &e),
		    0);
		stop_interrupting();
		close(fds[1]);
		assert_child_succeeded(child);
		free(text);
	}
}

static void
failed_calls_are_named(void **state)
{
	struct buf b;
	struct err e;
	int full = open("/dev/full", O_WRONLY);
	int here = open(".", O_RDONLY);

	(void)state;
	assert_true(full >= 0 && here >= 0);
	assert_int_equal(fd_write_all(full, "x", 1, "the log", &e), -1);
	assert_int_equal(e.sys, ENOSPC);
	assert_string_equal(e.text,
	    "write to the log: No space left on device");
	assert_int_equal(fd_write_all(full, "x", 0, "the log", &e), 0);
	buf_init(&b, BUF_NO_MAX);
	assert_int_equal(fd_read_all(here, &b, "the folder", &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_string_equal(e.text, "read the folder: Is a directory");
	assert_int_equal(fd_close(full, "the log", &e), 0);
	assert_int_equal(fd_close(full, "the log", &e), -1);
	assert_string_equal(e.text, "close the log: Bad file descriptor");
	buf_clear(&b);
	close(here);
}

static void
maximum_is_an_error_that_names_it(void **state)
{
	struct buf b;
	struct err e;
	int fd;

	(void)state;
	put_file("eight", "12345678");
	for (size_t max = 7; max <= 9; max++) {
		assert_true((fd = open("eight", O_RDONLY)) >= 0);
		buf_init(&b, max);
		if (max >= 8) {
			assert_int_equal(fd_read_all(fd, &b, "eight", &e), 0);
			assert_string_equal(buf_str(&b), "12345678");
		} else {
			assert_int_equal(fd_read_all(fd, &b, "eight", &e), -1);
			assert_int_equal(e.code, ERR_REFUSED);
			assert_string_equal(e.text,
			    "eight is larger than 7 bytes");
			assert_true(buf_overflowed(&b));
		}
		buf_clear(&b);
		close(fd);
	}
}

static void
nonblocking_goes_on_and_off(void **state)
{
	int fds[2];
	struct err e;
	char c;

	(void)state;
	assert_int_equal(fd_pipe(fds, &e), 0);
	assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fd_set_nonblocking(fds[0], true, &e), 0);
	assert_int_equal(read(fds[0], &c, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fd_set_nonblocking(fds[0], false, &e), 0);
	assert_false(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(fd_set_nonblocking(fds[0], true, &e), -1);
}

static void
closed_standard_descriptors_are_filled(void **state)
{
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		char c;

		close(0);
		close(1);
		close(2);
		fd_fill_standard();
		_exit(read(0, &c, 1) != 0 || write(1, "x", 1) >= 0 ||
		    write(2, "x", 1) != 1 || open("/dev/null", O_RDONLY) < 3);
	}
	assert_child_succeeded(child);
}

static void
file_is_made_and_replaced(void **state)
{
	struct stat st;
	struct err e;
	int before;

	(void)state;
	assert_int_equal(mkdir("made", 0700), 0);
	assert_int_equal(chdir("made"), 0);
	assert_int_equal(fd_write_file_atomically("f", 0600, "one", 3, &e), 0);
	assert_file("f", "one");
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fd_write_file_atomically("./f", 0640, "", 0, &e), 0);
	assert_file("f", "");
	assert_int_equal(symlink("f", "link"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	before = count_entries();
	assert_int_equal(fd_write_file_atomically("link", 0600, "two", 3, &e),
	    0);
	assert_file("f", "two");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(fd_write_file_atomically("dangling", 0600, "3", 1, &e),
	    0);
	assert_file("dangling", "3");
	assert_int_equal(count_entries(), before);
	assert_int_equal(chdir(".."), 0);
}

static void
what_cannot_be_replaced_is_left(void **state)
{
	static const struct {
		const char *path;
		enum err_code code;
		const char *message;
	} cases[] = {
		{ "fifo", ERR_REFUSED,
		    "fifo is not a regular file: it cannot be replaced" },
		{ "sub", ERR_REFUSED, "sub is not a regular file" },
		{ "/dev/null", ERR_REFUSED, "/dev/null is not a regular file" },
		{ "none/f", ERR_IO, "make a temporary file in none: No such" },
		{ "plain/f", ERR_IO, "write plain/f: Not a directory" },
		{ "new/", ERR_IO, "rename ./.durable-" },
	};
	int before;

	(void)state;
	assert_int_equal(mkdir("left", 0700), 0);
	assert_int_equal(chdir("left"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(mkdir("sub", 0700), 0);
	put_file("plain", "old");
	before = count_entries();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e;

		assert_int_equal(fd_write_file_atomically(cases[i].path, 0600,
				     "x", 1, &e),
		    -1);
		assert_int_equal(e.code, cases[i].code);
		if (!strstr(e.text, cases[i].message))
			fail_msg("%s", e.text);
	}
	assert_int_equal(count_entries(), before);
	assert_file("plain", "old");
	assert_int_equal(chdir(".."), 0);
}

/* A name as long as the file system takes leaves no room for a suffix. */
static void
long_names_can_be_replaced(void **state)
{
	char name[256];
	struct err e;

	(void)state;
	memset(name, 'n', 255);
	name[255] = '\0';
	assert_int_equal(fd_write_file_atomically(name, 0600, "x", 1, &e), 0);
	assert_file(name, "x");
}

/* A temporary file of a process that had our id and died. */
static void
left_over_temporary_is_passed(void **state)
{
	char *name = xasprintf(".durable-%ld-0", (long)getpid());
	struct err e;

	(void)state;
	put_file(name, "left over");
	assert_int_equal(fd_write_file_atomically("f", 0600, "x", 1, &e), 0);
	assert_file("f", "x");
	assert_file(name, "left over");
	free(name);
}

/* A limit on a file's size is the one full disk that any user can have. */
static void
failed_write_leaves_the_old_file(void **state)
{
	pid_t child;
	int before;

	(void)state;
	put_file("kept", "old");
	before = count_entries();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit limit = { 1000, 1000 };
		char text[3000] = "";
		struct err e;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(fd_write_file_atomically("kept", 0600, text, sizeof(text),
			  &e) == 0 ||
		    e.sys != EFBIG);
	}
	assert_child_succeeded(child);
	assert_int_equal(count_entries(), before);
	assert_file("kept", "old");
}

static void
folders_are_made(void **state)
{
	static const char *const paths[] = { "a/b/c", "a//b/./d/", "a", ".",
		"/", "e", "/tmp/" };
	struct stat st;
	struct err e;
	mode_t mask = umask(0);

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (fd_make_folders(paths[i], &e) < 0)
			fail_msg("%s: %s", paths[i], e.text);
		assert_int_equal(stat(paths[i], &st), 0);
		assert_true(S_ISDIR(st.st_mode));
	}
	umask(mask);
	assert_int_equal(stat("a/b", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	put_file("file", "");
	assert_int_equal(fd_make_folders("file/below", &e), -1);
	assert_string_equal(e.text, "make the folder file: File exists");
	assert_int_equal(fd_make_folders("file", &e), -1);
	assert_int_equal(fd_make_folders("", &e), -1);
}

static void
folder_of_a_path_is_synced(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(fd_sync_folder_of("file", &e), 0);
	assert_int_equal(fd_sync_folder_of("/etc", &e), 0);
	assert_int_equal(fd_sync_folder_of("a/b/", &e), 0);
	assert_int_equal(fd_sync_folder_of("/tmp//x", &e), 0);
	assert_int_equal(fd_sync_folder_of("none/x", &e), -1);
	assert_string_equal(e.text,
	    "open the folder none: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_through_interruptions),
		cmocka_unit_test(writes_all_through_interruptions),
		cmocka_unit_test(failed_calls_are_named),
		cmocka_unit_test(maximum_is_an_error_that_names_it),
		cmocka_unit_test(nonblocking_goes_on_and_off),
		cmocka_unit_test(closed_standard_descriptors_are_filled),
		cmocka_unit_test(file_is_made_and_replaced),
		cmocka_unit_test(what_cannot_be_replaced_is_left),
		cmocka_unit_test(long_names_can_be_replaced),
		cmocka_unit_test(left_over_temporary_is_passed),
		cmocka_unit_test(failed_write_leaves_the_old_file),
		cmocka_unit_test(folders_are_made),
		cmocka_unit_test(folder_of_a_path_is_synced),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
