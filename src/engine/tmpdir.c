/*
 * tmpdir.c - the folder that an invocation has as TMPDIR.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/server.h"

enum { TREE_DEPTH = 16 };

char *
server_tmpdir(const char *token)
{
	const char *base = getenv("TMPDIR");

	if (!base || base[0] != '/')
		base = "/tmp";
	return xasprintf("%s/durable-%.16s.tmp", base, token);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path); /* what stays is in nobody's way */
	return 0;
}

void
server_remove_tmpdir(const char *path)
{
	(void)nftw(path, remove_one, TREE_DEPTH, FTW_DEPTH | FTW_PHYS);
}
