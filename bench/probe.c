/*
 * probe.c - what bench/run measures with: the floor of this machine, one
 * command from outside, and a workflow that times its own steps.
 *
 *   probe now                     nanoseconds of the monotonic clock
 *   probe spawn N CMD...          start CMD and wait for it
 *   probe socket N                ask and answer on an open unix socket
 *   probe append N BYTES FILE     append and fdatasync
 *   probe bare N SOCKET           start a client that connects to a bare
 *                                 server, asks once and leaves (probe ask)
 *   probe measure CMD...          one run of CMD: time, and its most memory
 *   probe steps N OUT CMD...      a workflow of N steps and a wait of 1 s
 *
 * spawn, socket, append and bare print the median in nanoseconds, measure prints
 * nanoseconds and KiB. It is small and static where it can be, as the largest
 * memory of a process counts for what it starts.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static char *self; /* argv[0] */

static void
die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
clock_ns(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		die("clock");
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int64_t
now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t
median(int64_t *list, size_t n)
{
	qsort(list, n, sizeof(*list), by_value);
	return n > 0 ? list[n / 2] : 0;
}

static size_t
count_of(const char *text)
{
	long n = strtol(text, NULL, 10);

	if (n < 1) {
		errno = EINVAL;
		die(text);
	}
	return (size_t)n;
}

static int64_t *
samples(size_t n)
{
	int64_t *list = calloc(n, sizeof(*list));

	if (!list)
		die("memory");
	return list;
}

/* Starts argv and waits for it; the time that took. */
static int64_t
spawn(char **argv, struct rusage *used)
{
	int64_t begin = now();
	struct rusage ignored;
	int status, error;
	pid_t pid;

	error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (error != 0) {
		errno = error;
		die(argv[0]);
	}
	if (wait4(pid, &status, 0, used ? used : &ignored) < 0)
		die("wait");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "probe: %s failed\n", argv[0]);
		exit(1);
	}
	return now() - begin;
}

static int
do_now(char **argv)
{
	(void)argv;
	printf("%lld\n", (long long)now());
	return 0;
}

static int
do_spawn(char **argv)
{
	size_t n = count_of(argv[0]);
	int64_t *list = samples(n);

	for (size_t i = 0; i < n; i++)
		list[i] = spawn(argv + 1, NULL);
	printf("%lld\n", (long long)median(list, n));
	return 0;
}

/* Gives back what comes, as an engine would. */
static void
echo(int fd)
{
	char text[256];
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		if (write(fd, text, (size_t)n) != n)
			_exit(1);
	_exit(0);
}

static int
do_socket(char **argv)
{
	size_t n = count_of(argv[0]);
	int64_t *list = samples(n), begin;
	char text[128] = { 0 };
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		die("socketpair");
	if ((pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		close(fds[0]);
		echo(fds[1]);
	}
	close(fds[1]);
	for (size_t i = 0; i < n; i++) {
		begin = now();
		if (write(fds[0], text, sizeof(text)) != sizeof(text) ||
		    read(fds[0], text, sizeof(text)) <= 0)
			die("socket");
		list[i] = now() - begin;
	}
	close(fds[0]);
	waitpid(pid, NULL, 0);
	printf("%lld\n", (long long)median(list, n));
	return 0;
}

static int
do_append(char **argv)
{
	size_t n = count_of(argv[0]), bytes = count_of(argv[1]);
	int64_t *list = samples(n), begin;
	char *record = malloc(bytes);
	int fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);

	if (fd < 0 || !record)
		die(argv[2]);
	memset(record, 'x', bytes);
	for (size_t i = 0; i < n; i++) {
		begin = now();
		if (write(fd, record, bytes) != (ssize_t)bytes ||
		    fdatasync(fd) < 0)
			die("append");
		list[i] = now() - begin;
	}
	close(fd);
	printf("%lld\n", (long long)median(list, n));
	return 0;
}

static int
do_measure(char **argv)
{
	struct rusage used;
	int64_t took;
	int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);

	/* What CMD prints is of no use here. */
	if (out < 0 || null < 0 || fcntl(out, F_SETFD, FD_CLOEXEC) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		die("/dev/null");
	took = spawn(argv, &used);
	if (dup2(out, STDOUT_FILENO) < 0)
		die("stdout");
	printf("%lld %ld\n", (long long)took, used.ru_maxrss);
	return 0;
}

static int
connect_to(const char *path, bool listens)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(sa.sun_path) || fd < 0)
		die(path);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (listens) {
		unlink(path);
		if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
		    listen(fd, 1) < 0)
			die(path);
	} else if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		die(path);
	}
	return fd;
}

/* What the client of a replayed step does, and nothing else. */
static int
do_ask(char **argv)
{
	int fd = connect_to(argv[0], false);
	char text[128] = { 0 };

	if (write(fd, text, sizeof(text)) < 0 ||
	    read(fd, text, sizeof(text)) <= 0 || write(fd, text, 1) < 0)
		die("socket");
	return 0;
}

static void
serve(int listen_fd)
{
	char text[128];
	int fd;

	while ((fd = accept(listen_fd, NULL, NULL)) >= 0) {
		if (read(fd, text, sizeof(text)) > 0 &&
		    write(fd, text, sizeof(text)) > 0)
			while (read(fd, text, sizeof(text)) > 0)
				;
		close(fd);
	}
	_exit(0);
}

static int
do_bare(char **argv)
{
	char *ask[] = { self, "ask", argv[1], NULL };
	size_t n = count_of(argv[0]);
	int64_t *list = samples(n);
	int fd = connect_to(argv[1], true);
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		serve(fd);
	for (size_t i = 0; i < n; i++)
		list[i] = spawn(ask, NULL);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	printf("%lld\n", (long long)median(list, n));
	return 0;
}

/*
 * The workflow. Into OUT go "start" and "wait" with the time of day, and
 * "steps" with the medians of all steps and of the last tenth of them: first
 * those of the first run, then those of the replay after the wait.
 */
static int
do_steps(char **argv)
{
	int64_t start = clock_ns(CLOCK_REALTIME);
	size_t n = count_of(argv[0]), last = (n + 9) / 10;
	int64_t *list = samples(n), tenth;
	char *step[64] = { "durable", "step", NULL, "--" };
	char *pause[] = { "durable", "wait", "1s", NULL };
	FILE *out = fopen(argv[1], "a");
	char name[32];

	if (!out)
		die(argv[1]);
	for (size_t i = 0; i < 59 && argv[2 + i]; i++)
		step[4 + i] = argv[2 + i];
	step[2] = name;
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "s%zu", i + 1);
		list[i] = spawn(step, NULL);
	}
	tenth = median(list + n - last, last);
	fprintf(out, "start %lld\nsteps %lld %lld\nwait %lld\n",
	    (long long)start, (long long)median(list, n), (long long)tenth,
	    (long long)clock_ns(CLOCK_REALTIME));
	fclose(out);
	(void)spawn(pause, NULL);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int words;
		int (*run)(char **argv);
	} modes[] = { { "now", 0, do_now }, { "spawn", 2, do_spawn },
		{ "socket", 1, do_socket }, { "append", 3, do_append },
		{ "bare", 2, do_bare }, { "ask", 1, do_ask },
		{ "measure", 1, do_measure }, { "steps", 3, do_steps } };

	self = argv[0];
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (argc > 1 && strcmp(argv[1], modes[i].name) == 0 &&
		    argc - 2 >= modes[i].words)
			return modes[i].run(argv + 2);
	fputs("usage: see the head of bench/probe.c\n", stderr);
	return 2;
}
