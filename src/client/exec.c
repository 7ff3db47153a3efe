/*
 * exec.c - becoming the program that has a command, as git does its helpers.
 */
#include "client/exec.h"

#include <string.h>
#include <unistd.h>

#include "base/install.h"
#include "base/xalloc.h"

char *
exec_engine_path(void)
{
	return install_program("durable-engine");
}

char *
exec_lambda_path(void)
{
	return install_program("durable-lambda");
}

int
exec_engine(const char *command, char *const *words, struct err *e)
{
	return install_execute(exec_engine_path(), command, words, e);
}

/* Commands of durable-lambda. The others are looked for in durable-engine. */
static const char *const of_lambda[] = { "lambda", "start", NULL };

int
exec_other(const char *command, char *const *words, struct err *e)
{
	char *path;

	for (size_t i = 0; of_lambda[i]; i++) {
		if (strcmp(command, of_lambda[i]) != 0)
			continue;
		path = exec_lambda_path();
		if (access(path, X_OK) == 0)
			return install_execute(path, command, words, e);
		return err_set(e, ERR_IO,
		    "%s is not there: durable was installed without its part "
		    "for Lambda",
		    path);
	}
	return exec_engine(command, words, e);
}
