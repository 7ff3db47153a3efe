/*
 * main.c - program "durable-engine": the engine on a context file, and the
 * commands that drive and read executions. A user types `durable`, which
 * executes this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "base/fdio.h"
#include "base/log.h"
#include "manage/commands.h"

static void
report(const struct command *c, const struct err *e)
{
	fprintf(stderr, "durable %s: %s\n", c->name, e->text);
}

int
main(int argc, char **argv)
{
	const struct command *c;

	fd_fill_standard();
	log_open("engine");
	if (argc < 2) {
		fputs("durable-engine: use 'durable'\n", stderr);
		return 2;
	}
	c = command_find(commands, argv[1]);
	if (!c) {
		fprintf(stderr,
		    "durable: unknown command '%s'; see 'durable "
		    "help'\n",
		    argv[1]);
		return 2;
	}
	return command_run(c, argv + 2, report);
}
