/*
 * hash.c - size and XXH3 hash of a file, for the thin client, which does not
 * link xxhash.
 */
#include <stdio.h>

#include "base/command.h"
#include "manage/commands.h"
#include "model/filehash.h"

static int
run(struct call *call, struct err *e)
{
	char digest[FILEHASH_SIZE];
	uint64_t size;

	if (filehash_read(call->argv[0], digest, &size, e) < 0)
		return -1;
	printf("\"size\":%llu,\"xxh3\":\"%s\"}", (unsigned long long)size,
	    digest);
	return 0;
}

const struct command cmd_hash = {
	.name = "hash",
	.synopsis = "FILE",
	.summary = "size and hash of a file",
	.group = GROUP_HIDDEN,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
