/*
 * exec.c - finding and becoming durable-engine, as git does its helpers.
 */
#include "client/exec.h"

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

char *
exec_engine_path(void)
{
	static const char *const places[] = { "/durable-engine",
		"/../libexec/durable/durable-engine" };
	char *folder = own_folder(), *path;

	for (size_t i = 0; folder && i < sizeof(places) / sizeof(*places);
	     i++) {
		path = xasprintf("%s%s", folder, places[i]);
		if (access(path, X_OK) == 0) {
			free(folder);
			return path;
		}
		free(path);
	}
	free(folder);
	return xstrdup(DURABLE_LIBEXECDIR "/durable-engine");
}

int
exec_engine(const char *command, char *const *words, struct err *e)
{
	char *path = exec_engine_path();
	char **argv;
	size_t n = 0;

	while (words[n])
		n++;
	argv = xcalloc(n + 3, sizeof(*argv));
	argv[0] = path;
	argv[1] = (char *)(uintptr_t)command;
	memcpy(argv + 2, words, n * sizeof(*argv));
	execv(path, argv);
	return err_sys(e, "execute %s", path);
}
