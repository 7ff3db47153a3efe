/*
 * folder.c - every execution that is kept in the state folder.
 */
#include "manage/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "manage/paths.h"

enum { SUFFIX = 6 /* bytes of .jsonl */ };

static int
is_context(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > SUFFIX &&
	    strcmp(d->d_name + n - SUFFIX, ".jsonl") == 0;
}

/* By name, and not by that of the file: '-' comes before the '.' of its end. In
 * bytes, as sort does in the locale that every machine has. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	const char *x = (*a)->d_name, *y = (*b)->d_name;
	size_t n = strlen(x) - SUFFIX, m = strlen(y) - SUFFIX;
	int order = memcmp(x, y, n < m ? n : m);

	return order != 0 ? order : (n > m) - (n < m);
}

int
folder_each(int (*each)(const char *path, const struct execution_state *s,
		void *arg, struct err *e),
    void *arg, struct err *e)
{
	char *folder = paths_state_folder(e), *path;
	struct execution_state state;
	struct dirent **list;
	struct err why;
	int n, result = 0;

	if (!folder)
		return -1;
	n = scandir(folder, &list, is_context, by_name);
	if (n < 0 && errno != ENOENT)
		result = err_sys(e, "read the folder %s", folder);
	for (int i = 0; i < n; i++) {
		path = xasprintf("%s/%s", folder, list[i]->d_name);
		if (result == 0 &&
		    context_read(path, &state, NULL, NULL, NULL, &why) == 0) {
			result = each(path, &state, arg, e);
			execution_state_clear(&state);
		} else if (result == 0 && why.code != ERR_MISSING) {
			fprintf(stderr, "durable: left out: %s\n", why.text);
		}
		free(path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	free(folder);
	return result;
}
