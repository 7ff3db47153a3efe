/*
 * environ.c - what a command inherits: its environment, and whether its two
 * outputs are one.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "client/runner.h"

extern char **environ;

bool
run_outputs_are_one(void)
{
	struct stat a, b;

	return fstat(STDOUT_FILENO, &a) == 0 && fstat(STDERR_FILENO, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
	    a.st_rdev == b.st_rdev && !S_ISCHR(a.st_mode);
}

static size_t
name_length(const char *entry)
{
	return strcspn(entry, "=") + 1;
}

char **
run_environ(const char *const *set)
{
	size_t n = 0, m = 0, at = 0;
	char **env;

	while (environ[n])
		n++;
	while (set[m])
		m++;
	env = xcalloc(n + m + 1, sizeof(*env));
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (set[j] &&
		    strncmp(environ[i], set[j], name_length(set[j])) != 0)
			j++;
		if (!set[j])
			env[at++] = environ[i];
	}
	for (size_t j = 0; j < m; j++)
		env[at++] = (char *)(uintptr_t)set[j];
	return env;
}
