/*
 * limits.c - how many files this process may have open.
 */
#include "base/limits.h"

#include <stdbool.h>
#include <sys/resource.h>

enum { FILES_UNKNOWN = 256, FILES_MAX = 1 << 20 };

/* Of the process, like the limit itself. */
static struct rlimit before;
static bool is_raised;

size_t
limits_raise_files(void)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return FILES_UNKNOWN;
	if (!is_raised && now.rlim_cur < now.rlim_max) {
		before = now;
		now.rlim_cur = now.rlim_max;
		is_raised = setrlimit(RLIMIT_NOFILE, &now) == 0;
		if (!is_raised)
			now = before;
	}
	return now.rlim_cur > FILES_MAX ? FILES_MAX : (size_t)now.rlim_cur;
}

void
limits_restore_files(void)
{
	if (is_raised)
		(void)setrlimit(RLIMIT_NOFILE, &before);
}
