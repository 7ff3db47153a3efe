/*
 * spoil.c - what does a command make of a file that is damaged?
 *
 *   spoil cut|flip FILE COMMAND [ARG...]
 *
 * Runs COMMAND for each byte of FILE with the file cut off before that byte,
 * or with one bit of it changed. Each time it must end with 0, 1 or 125 and
 * print the front of what it prints for the whole file, whole lines of it; with
 * 0 at least one. The first time that it does not is told, and FILE is left as
 * it was then. Else FILE is whole again at the end and one line says
 * how often it was read and how often refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE_MAX_BYTES = 1 << 20, REFUSED = 125, FAILED = 99 };

struct text {
	char *p;
	size_t n;
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "spoil: %s: %s\n", what, strerror(errno));
	exit(FAILED);
}

static struct text
read_all(int fd)
{
	struct text t = { malloc(SIZE_MAX_BYTES), 0 };
	ssize_t n;

	if (!t.p)
		die("memory");
	while ((n = read(fd, t.p + t.n, SIZE_MAX_BYTES - t.n)) > 0)
		t.n += (size_t)n;
	if (n < 0)
		die("read");
	return t;
}

static void
write_all(const char *path, const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n || close(fd) < 0)
		die(path);
}

static struct text
output_of(char **argv, int *status)
{
	struct text out;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		die("start");
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		if (dup2(ends[1], STDOUT_FILENO) < 0 ||
		    dup2(null, STDERR_FILENO) < 0)
			_exit(FAILED);
		execvp(argv[0], argv);
		_exit(FAILED);
	}
	close(ends[1]);
	out = read_all(ends[0]);
	close(ends[0]);
	if (waitpid(pid, status, 0) != pid)
		die("wait");
	return out;
}

static bool
is_right(const struct text *out, const struct text *whole, int status)
{
	if (!WIFEXITED(status))
		return false;
	if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 1 &&
	    WEXITSTATUS(status) != REFUSED)
		return false;
	if (out->n == 0)
		return status != 0;
	return out->n <= whole->n && out->p[out->n - 1] == '\n' &&
	    memcmp(out->p, whole->p, out->n) == 0;
}

int
main(int argc, char **argv)
{
	struct text file, whole, out;
	size_t read_count = 0;
	bool is_cut;
	int fd, status;

	if (argc < 4) {
		errno = EINVAL;
		die("usage");
	}
	is_cut = strcmp(argv[1], "cut") == 0;
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(argv[2]);
	file = read_all(fd);
	whole = output_of(argv + 3, &status);
	if (status != 0 || file.n == 0) {
		errno = EINVAL;
		die("the file is damaged to begin with");
	}
	for (size_t i = 0; i < file.n; i++) {
		file.p[i] = (char)(file.p[i] ^ 1 << i % 8);
		write_all(argv[2], file.p, is_cut ? i : file.n);
		file.p[i] = (char)(file.p[i] ^ 1 << i % 8);
		out = output_of(argv + 3, &status);
		if (!is_right(&out, &whole, status)) {
			printf("%s at byte %zu: status %#x, output:\n%.*s\n",
			    argv[1], i, (unsigned int)status, (int)out.n,
			    out.p);
			return 1;
		}
		read_count += status == 0;
		free(out.p);
	}
	write_all(argv[2], file.p, file.n);
	printf("%s at %zu bytes: %zu read, %zu refused\n", argv[1], file.n,
	    read_count, file.n - read_count);
	return 0;
}
