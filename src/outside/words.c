/*
 * words.c - the words of a command that can mean an execution on Lambda.
 */
#include "outside/words.h"

#include <string.h>

bool
remote_is_meant(const struct remote_execution *x, const char *word)
{
	return x->function || strncmp(word, "arn:", 4) == 0;
}

int
remote_check_unused(const struct remote_place *r, struct err *e)
{
	const char *option = r->region ? "--region"
	    : r->endpoint_url          ? "--endpoint-url"
	    : r->profile               ? "--profile"
				       : NULL;

	if (!option)
		return 0;
	return err_set(e, ERR_USAGE,
	    "%s is for what is on Lambda: give an ARN, or --function", option);
}
