/*
 * main.c - program "durable-engine": the engine on a context file, and the
 * commands that drive and read executions. A user types `durable`, which
 * executes this.
 */
#include "base/command.h"
#include "base/fdio.h"
#include "base/log.h"

int
main(int argc, char **argv)
{
	fd_fill_standard();
	log_open("engine");
	return command_main("durable-engine", commands, argc, argv);
}
