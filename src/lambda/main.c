/*
 * main.c - program "durable-lambda": the same engine with Lambda's service
 * behind it, and the commands that call it. A user types `durable`; Lambda
 * starts it as "bootstrap", the custom runtime.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/fdio.h"
#include "base/log.h"
#include "lambda/commands.h"

static bool
is_bootstrap(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, "bootstrap") == 0;
}

/* Lambda gives the handler by the environment. */
static int
run_bootstrap(void)
{
	char *words[] = { getenv("_HANDLER"), NULL };

	if (!words[0] || !*words[0]) {
		fputs("bootstrap: _HANDLER is not set: the function's Handler "
		      "setting names the script\n",
		    stderr);
		return 2;
	}
	return command_run(&cmd_lambda, words, command_report);
}

int
main(int argc, char **argv)
{
	fd_fill_standard();
	log_open("lambda");
	if (is_bootstrap(argv[0]))
		return run_bootstrap();
	return command_main("durable-lambda", commands, argc, argv);
}
