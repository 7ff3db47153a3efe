/*
 * paths.c - where executions are kept and what they are called.
 */
#include "manage/paths.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { PATH_SIZE = 4096 };

#define ENDING ".jsonl"

char *
paths_state_folder(struct err *e)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state && state[0] == '/')
		return xasprintf("%s/durable", state);
	if (home && home[0] == '/')
		return xasprintf("%s/.local/state/durable", home);
	err_set(e, ERR_USAGE,
	    "where to keep executions? HOME is not set: set "
	    "it or XDG_STATE_HOME, or give --context FILE");
	return NULL;
}

char *
paths_context_of(const char *folder, const char *name)
{
	return xasprintf("%s/%s" ENDING, folder, name);
}

static bool
is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

bool
paths_name_is_valid(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > EXECUTION_NAME_MAX)
		return false;
	while (*name)
		if (!is_name_char(*name++))
			return false;
	return true;
}

static bool
has_ending(const char *path)
{
	size_t n = strlen(path), m = strlen(ENDING);

	return n > m && strcmp(path + n - m, ENDING) == 0;
}

char *
paths_name_of_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = xstrdup(slash ? slash + 1 : path);
	size_t n;

	if (has_ending(name))
		name[strlen(name) - strlen(ENDING)] = '\0';
	n = strlen(name);
	if (n > EXECUTION_NAME_MAX)
		name[n = EXECUTION_NAME_MAX] = '\0';
	for (size_t i = 0; i < n; i++)
		if (!is_name_char(name[i]))
			name[i] = '-';
	if (n == 0) {
		free(name);
		name = xstrdup("execution");
	}
	return name;
}

char *
paths_absolute(const char *path, struct err *e)
{
	char cwd[PATH_SIZE];

	if (path[0] == '/')
		return xstrdup(path);
	if (!getcwd(cwd, sizeof(cwd))) {
		err_sys(e, "find out the working directory");
		return NULL;
	}
	if (strncmp(path, "./", 2) == 0)
		path += 2;
	return xasprintf("%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, path);
}

char *
paths_find_context(const char *word, struct err *e)
{
	char *folder, *path;

	if (strchr(word, '/') || has_ending(word))
		return paths_absolute(word, e);
	if (!paths_name_is_valid(word)) {
		err_set(e, ERR_USAGE,
		    "'%s' is neither a name (1 to 64 of "
		    "A-Za-z0-9_-) nor the path of a context file",
		    word);
		return NULL;
	}
	folder = paths_state_folder(e);
	if (!folder)
		return NULL;
	path = paths_context_of(folder, word);
	free(folder);
	return path;
}

/* Checks a file that is to be run. Takes path over. */
static char *
check_handler(char *path, struct err *e)
{
	struct stat st;

	if (!path)
		return NULL;
	if (stat(path, &st) < 0) {
		err_sys(e, "the handler %s", path);
		e->code = ERR_REFUSED; /* 1 would be a handler's status */
	} else if (S_ISDIR(st.st_mode)) {
		err_set(e, ERR_REFUSED, "the handler %s is a folder", path);
	} else if (access(path, X_OK) < 0) {
		err_set(e, ERR_REFUSED,
		    "the handler %s is not executable: "
		    "chmod +x it",
		    path);
	} else {
		return path;
	}
	free(path);
	return NULL;
}

static char *
search_path(const char *word)
{
	const char *at = getenv("PATH");
	char *path;
	size_t n;

	while (at && *at) {
		n = strcspn(at, ":");
		path = xasprintf("%.*s/%s", (int)n, at, word);
		if (n > 0 && *at == '/' && access(path, X_OK) == 0)
			return path;
		free(path);
		at += n + (at[n] == ':');
	}
	return NULL;
}

char *
paths_find_handler(const char *word, struct err *e)
{
	char *path;

	if (*word == '\0') {
		err_set(e, ERR_USAGE, "the handler's name is empty");
		return NULL;
	}
	if (!strchr(word, '/') && access(word, F_OK) < 0) {
		path = search_path(word);
		if (path)
			return path;
	}
	return check_handler(paths_absolute(word, e), e);
}
