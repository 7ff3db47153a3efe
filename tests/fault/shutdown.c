/*
 * shutdown.c - a power cut for one file system: it stops at once, and what was
 * not synced is gone at the next mount.
 *
 *   shutdown FOLDER FLAGS
 *
 * FLAGS: 1 flushes the journal first, 2 does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define FS_IOC_SHUTDOWN _IOR('X', 125, uint32_t)

int
main(int argc, char **argv)
{
	uint32_t flags = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	int fd = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0 && ioctl(fd, FS_IOC_SHUTDOWN, &flags) == 0)
		return 0;
	fprintf(stderr, "shutdown: %s\n", strerror(errno));
	return 1;
}
