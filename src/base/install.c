/*
 * install.c - where the parts of durable are.
 */
#include "base/install.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { PATH_SIZE = 4096 };

/* The folder of this program's file, or NULL where /proc is not. */
static char *
own_folder(void)
{
	char path[PATH_SIZE], *slash;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return xstrdup(path);
}

/* The first of the places, seen from our folder, that has the file; or NULL.
 * The list of places ends with NULL. */
static char *
find_near(const char *const *places, const char *file)
{
	char *own = own_folder(), *folder = NULL, *path;

	for (; own && !folder && *places; places++) {
		folder = xasprintf("%s%s", own, *places);
		path = xasprintf("%s/%s", folder, file);
		if (access(path, X_OK) < 0) {
			free(folder);
			folder = NULL;
		}
		free(path);
	}
	free(own);
	return folder;
}

char *
install_program(const char *name)
{
	static const char *const places[] = { "", "/../libexec/durable", NULL };
	char *folder = find_near(places, name), *path;

	path = xasprintf("%s/%s", folder ? folder : DURABLE_LIBEXECDIR, name);
	free(folder);
	return path;
}

int
install_execute(char *path, const char *command, char *const *words,
    struct err *e)
{
	char **argv;
	size_t n = 0;

	while (words[n])
		n++;
	argv = xcalloc(n + 3, sizeof(*argv));
	argv[0] = path;
	argv[1] = (char *)(uintptr_t)command;
	memcpy(argv + 2, words, n * sizeof(*argv));
	execv(path, argv);
	err_sys(e, "execute %s", path);
	free(argv);
	return -1;
}

char *
install_bin_folder(void)
{
	/* The last: Lambda wants its bootstrap above all folders. */
	static const char *const places[] = { "", "/../../bin", "/bin", NULL };
	char *folder = find_near(places, "durable");

	return folder ? folder : xstrdup(DURABLE_BINDIR);
}
