/*
 * hand_over.c - leaving a command to durable-lambda.
 */
#include "manage/hand_over.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/install.h"

int
hand_over(const struct call *c, struct err *e)
{
	char *path = install_program("durable-lambda");

	(void)install_execute(path, c->command->name, c->all, e);
	if (access(path, F_OK) < 0)
		err_set(e, ERR_IO,
		    "this is about Lambda, but %s is not there: durable was "
		    "installed without its part for Lambda",
		    path);
	free(path);
	return -1;
}
