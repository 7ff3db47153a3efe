/*
 * filehash.c - what is recorded of a file that a step wrote.
 */
#include "model/filehash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <xxhash.h>

#include "base/xalloc.h"

enum { CHUNK = 256 * 1024 };

int
filehash_read(const char *path, char digest[FILEHASH_SIZE], uint64_t *size,
    struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	XXH3_state_t *state;
	char *chunk;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, "open %s", path);
	state = XXH3_createState();
	chunk = xmalloc(CHUNK);
	*size = 0;
	(void)XXH3_64bits_reset(state);
	while ((n = read(fd, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		(void)XXH3_64bits_update(state, chunk, (size_t)n);
		*size += (uint64_t)n;
	}
	snprintf(digest, FILEHASH_SIZE, "%016llx",
	    (unsigned long long)XXH3_64bits_digest(state));
	(void)XXH3_freeState(state);
	free(chunk);
	close(fd);
	return n < 0 ? err_sys(e, "read %s", path) : 0;
}
