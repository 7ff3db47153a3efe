/*
 * inject.c - spoils the n-th system call of a kind in one role.
 *
 *   inject [-p SUFFIX] REPORT ROLE CALL N ACTION COMMAND [ARG...]
 *
 * Runs COMMAND and follows all that it starts. The N-th CALL in ROLE is
 * spoiled: its process is killed as it enters the call (kill), the call fails
 * (EIO, ENOSPC, EINTR, EMFILE, EAGAIN), or less is written (short). With -p
 * only calls on a file whose name ends in SUFFIX count. N `0` only counts.
 *
 * The roles: engine, invoked (the engine of a chained invoke), client, completer
 * (who brings the outcome of a callback), all until a child of theirs has
 * executed another program, handler (the script's own shell) and command (all
 * else, what a client starts durable-engine for included).
 *
 * When it fires, a line is written to REPORT, and one more for each such call
 * that the same process makes later; else REPORT is left alone. The exit status
 * is COMMAND's, as soon as that has ended: what it has left running goes on,
 * followed in the background.
 *
 * A seccomp filter names the calls to look at, so all others run at full speed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#ifndef __x86_64__
int
main(void)
{
	fputs("inject: made for x86-64 only\n", stderr);
	return 77;
}
#else

enum { NUMBERS = 6, PROCESSES = 4096, NAME_SIZE = 4096, FAILED = 99 };

enum role {
	ROLE_ENGINE,
	ROLE_INVOKED,
	ROLE_CLIENT,
	ROLE_COMPLETER,
	ROLE_HANDLER,
	ROLE_COMMAND,
	ROLES,
};

static const char *const role_names[ROLES] = { "engine", "invoked", "client",
	"completer", "handler", "command" };

/* The calls by what they are called on: the number of the argument with a
 * descriptor or with a name, or -1. */
static const struct kind {
	const char *name;
	int numbers[NUMBERS]; /* ends at -1 */
	int fd_argument, name_argument;
} kinds[] = {
	{ "write", { SYS_write, SYS_writev, SYS_pwrite64, SYS_sendto, -1 }, 0,
	    -1 },
	{ "sync", { SYS_fsync, SYS_fdatasync, -1 }, 0, -1 },
	{ "rename", { SYS_rename, SYS_renameat2, SYS_renameat, -1 }, -1, 0 },
	{ "connect", { SYS_connect, -1 }, -1, -1 },
	{ "fork", { SYS_fork, SYS_vfork, SYS_clone, SYS_clone3, -1 }, -1, -1 },
	{ "exec", { SYS_execve, -1 }, -1, 0 },
	{ "exit", { SYS_exit_group, SYS_exit, -1 }, -1, -1 },
	{ "ftruncate", { SYS_ftruncate, -1 }, 0, -1 },
	{ "open", { SYS_open, -1 }, -1, 0 },
	{ "openat", { SYS_openat, -1 }, -1, 1 },
	{ "read", { SYS_read, SYS_readv, SYS_pread64, -1 }, 0, -1 },
	{ "flock", { SYS_flock, -1 }, 0, -1 },
	{ "mkdir", { SYS_mkdir, SYS_mkdirat, -1 }, -1, -1 },
	{ "unlink", { SYS_unlink, SYS_unlinkat, SYS_rmdir, -1 }, -1, -1 },
};

static const struct {
	const char *name;
	int number; /* 0: kill, -1: a short write */
} actions[] = { { "kill", 0 }, { "short", -1 }, { "EIO", EIO },
	{ "ENOSPC", ENOSPC }, { "EINTR", EINTR }, { "EMFILE", EMFILE },
	{ "EAGAIN", EAGAIN } };

struct process {
	pid_t pid;
	enum role role;
};

static struct process processes[PROCESSES];
static int n_processes;

static const struct kind *kind;
static enum role wanted;
static const char *suffix, *report;
static int action;
static long when, seen;
static pid_t fired_at;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(FAILED);
}

static struct process *
find_process(pid_t pid)
{
	for (int i = 0; i < n_processes; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

/* Does nothing when it is known already. */
static void
add_process(pid_t pid, enum role role)
{
	if (find_process(pid))
		return;
	if (n_processes == PROCESSES) {
		errno = ENOMEM;
		die("too many processes");
	}
	processes[n_processes++] = (struct process){ pid, role };
}

static void
add_child(const struct process *parent, pid_t child)
{
	add_process(child,
	    parent->role == ROLE_HANDLER ? ROLE_COMMAND : parent->role);
}

/* One that stops before its parent has told of it. */
static void
add_unknown(pid_t pid)
{
	char path[64], text[1024], *at;
	struct process *parent;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	at = strrchr(text, ')');
	parent = at ? find_process((pid_t)strtol(at + 3, NULL, 10)) : NULL;
	if (parent)
		add_child(parent, pid);
}

static void
remove_process(pid_t pid)
{
	struct process *p = find_process(pid);

	if (p)
		*p = processes[--n_processes];
}

/* The first two words of its command line behind the program's name, "" where
 * there are none. */
static void
read_words(pid_t pid, char line[NAME_SIZE], const char *words[2])
{
	char path[64];
	const char *end, *word;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, NAME_SIZE - 1);
	close(fd);
	line[n > 0 ? n : 0] = '\0';
	end = line + (n > 0 ? n : 0);
	word = line;
	for (int i = 0; i < 2; i++) {
		word += strlen(word);
		word += word < end;
		words[i] = word;
	}
}

static bool
is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 ||
	    strcmp(word, c) == 0;
}

/* The role of one of our programs, by what it was called for. */
static enum role
role_of_ours(const struct process *p, bool is_engine)
{
	char line[NAME_SIZE];
	const char *words[2];

	read_words(p->pid, line, words);
	if (strcmp(words[0], "callback") == 0 &&
	    is_one_of(words[1], "success", "failure", "heartbeat"))
		return ROLE_COMPLETER;
	if (!is_engine)
		return ROLE_CLIENT;
	if (is_one_of(words[0], "filter", "hash", "hash"))
		return ROLE_COMMAND;
	/* One that wakes executes itself by another word. */
	if (strcmp(words[0], "child") == 0 ||
	    (p->role == ROLE_INVOKED && strcmp(words[0], "drive") == 0))
		return ROLE_INVOKED;
	return ROLE_ENGINE;
}

/* What a process has become by an exec. The handler is a child of the engine
 * that is neither the engine nor a client. */
static enum role
role_after_exec(const struct process *p)
{
	char path[64], file[NAME_SIZE];
	const char *base;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/exe", (long)p->pid);
	n = readlink(path, file, sizeof(file) - 1);
	if (n < 0)
		return p->role;
	file[n] = '\0';
	base = strrchr(file, '/');
	base = base ? base + 1 : file;
	if (strcmp(base, "durable") == 0 || strcmp(base, "durable-engine") == 0)
		return role_of_ours(p, base[7] != '\0');
	return p->role == ROLE_ENGINE || p->role == ROLE_INVOKED ? ROLE_HANDLER
								 : ROLE_COMMAND;
}

static bool
ends_in_suffix(const char *name)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && strcmp(name + n - m, suffix) == 0;
}

static unsigned long long
argument(const struct user_regs_struct *r, int i)
{
	const unsigned long long all[] = { r->rdi, r->rsi, r->rdx };

	return all[i];
}

/* Whether the call is on a file that counts. */
static bool
is_on_file(pid_t pid, const struct user_regs_struct *r)
{
	char path[64], name[NAME_SIZE] = "";
	struct iovec to = { name, sizeof(name) - 1 }, from;

	if (!suffix)
		return true;
	if (kind->fd_argument >= 0) {
		snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid,
		    (int)argument(r, kind->fd_argument));
		if (readlink(path, name, sizeof(name) - 1) < 0)
			return false;
	} else if (kind->name_argument >= 0) {
		from.iov_base = (void *)argument(r, kind->name_argument);
		from.iov_len = 4096 - ((size_t)from.iov_base & 4095);
		if (process_vm_readv(pid, &to, 1, &from, 1, 0) < 0)
			return false;
	}
	return ends_in_suffix(name);
}

static void
tell(const struct process *p)
{
	FILE *f = fopen(report, "a");

	if (!f)
		die(report);
	fprintf(f, "%s %s %ld\n", role_names[p->role], kind->name, seen);
	fclose(f);
}

/* A call of the kind is about to be made. */
static void
at_call(const struct process *p)
{
	struct user_regs_struct r;

	if (p->role != wanted || ptrace(PTRACE_GETREGS, p->pid, 0, &r) < 0 ||
	    !is_on_file(p->pid, &r))
		return;
	seen++;
	if (fired_at == p->pid)
		tell(p);
	if (seen != when)
		return;
	fired_at = p->pid;
	tell(p);
	if (action == 0) {
		kill(p->pid, SIGKILL);
		return;
	}
	if (action < 0) {
		r.rdx = r.rdx > 1 ? r.rdx / 2 : r.rdx;
	} else {
		r.orig_rax = (unsigned long long)-1;
		r.rax = (unsigned long long)-(long long)action;
	}
	if (ptrace(PTRACE_SETREGS, p->pid, 0, &r) < 0)
		die("change a call");
}

static void
go_on(pid_t pid, int signal)
{
	if (ptrace(PTRACE_CONT, pid, 0, signal) < 0 && errno != ESRCH)
		die("go on");
}

/* A process has stopped. The first stop of one that is new may come before or
 * after its parent tells of it. */
static void
at_stop(pid_t pid, int status)
{
	struct process *p = find_process(pid);
	int event = status >> 16, signal = WSTOPSIG(status);
	unsigned long child;

	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		if (p && ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) == 0)
			add_child(p, (pid_t)child);
		break;
	case PTRACE_EVENT_EXEC:
		if (p)
			p->role = role_after_exec(p);
		break;
	case PTRACE_EVENT_SECCOMP:
		if (p)
			at_call(p);
		break;
	case PTRACE_EVENT_STOP:
		if (!p)
			add_unknown(pid);
		if (signal == SIGSTOP || signal == SIGTSTP) {
			ptrace(PTRACE_LISTEN, pid, 0, 0);
			return;
		}
		break;
	default:
		go_on(pid, signal);
		return;
	}
	go_on(pid, 0);
}

static void
filter_calls(void)
{
	struct sock_filter f[NUMBERS + 3];
	struct sock_fprog program = { 0, f };
	unsigned short n = 0, calls = 0;

	while (kind->numbers[calls] >= 0)
		calls++;
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (unsigned short i = 0; i < calls; i++)
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    (unsigned int)kind->numbers[i], (unsigned char)(calls - i),
		    0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_TRACE);
	program.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		die("filter calls");
}

/* The command: waits to be followed, filters its calls, executes. */
static void
become(char **argv, int go)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(FAILED);
	close(go);
	filter_calls();
	execvp(argv[0], argv);
	die(argv[0]);
}

static pid_t
start(char **argv)
{
	const unsigned long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
	    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP;
	int go[2];
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		die("start");
	if (pid == 0)
		become(argv, go[0]);
	add_process(pid, ROLE_COMMAND);
	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0)
		die("follow");
	if (write(go[1], "", 1) != 1)
		die("start");
	close(go[0]);
	close(go[1]);
	return pid;
}

/* Follows until nothing is left; the status of the first process is told as
 * soon as it is known. */
static void
follow(char **argv, int told)
{
	pid_t first = start(argv), pid;
	int status;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid <= 0)
			continue;
		if (WIFSTOPPED(status)) {
			at_stop(pid, status);
			continue;
		}
		remove_process(pid);
		if (pid != first)
			continue;
		if (when == 0)
			printf("%ld\n", seen);
		fflush(stdout);
		if (write(told, &status, sizeof(status)) < 0)
			die("tell");
		close(told);
		for (int fd = 0; fd < 3; fd++)
			if (dup2(open("/dev/null", O_RDWR), fd) < 0)
				die("leave");
	}
}

static void
parse(char **argv)
{
	size_t i;

	report = argv[0];
	for (i = 0; i < ROLES && strcmp(role_names[i], argv[1]) != 0; i++)
		;
	wanted = (enum role)i;
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, argv[2]) == 0)
			kind = &kinds[i];
	when = strtol(argv[3], NULL, 10);
	action = -2;
	for (i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(actions[i].name, argv[4]) == 0)
			action = actions[i].number;
	if (wanted == ROLES || !kind || action == -2) {
		errno = EINVAL;
		die("role, call or action");
	}
}

int
main(int argc, char **argv)
{
	int told[2], status = 0;
	pid_t pid;

	if (argc > 2 && strcmp(argv[1], "-p") == 0) {
		suffix = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 7) {
		errno = EINVAL;
		die("usage");
	}
	parse(argv + 1);
	if (pipe2(told, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		die("start");
	if (pid == 0) {
		close(told[0]);
		follow(argv + 6, told[1]);
		_exit(0);
	}
	close(told[1]);
	if (read(told[0], &status, sizeof(status)) != sizeof(status))
		die("follow");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
#endif
