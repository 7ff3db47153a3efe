/*
 * noop.c - the cheapest program there is: the floor of every spawn.
 */
int
main(void)
{
	return 0;
}
