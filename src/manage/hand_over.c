/*
 * hand_over.c - leaving a command to durable-lambda.
 */
#include "manage/hand_over.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/install.h"
#include "base/xalloc.h"

int
hand_over(const struct call *c, struct err *e)
{
	char *path = install_program("durable-lambda"), **argv;
	size_t n = 0;

	while (c->all[n])
		n++;
	argv = xcalloc(n + 3, sizeof(*argv));
	argv[0] = path;
	argv[1] = (char *)(uintptr_t)c->command->name;
	memcpy(argv + 2, c->all, n * sizeof(*argv));
	execv(path, argv);
	err_sys(e, "execute %s", path);
	if (access(path, F_OK) < 0)
		err_set(e, ERR_IO,
		    "this is about Lambda, but %s is not there: durable was "
		    "installed without its part for Lambda",
		    path);
	free(argv);
	free(path);
	return -1;
}
