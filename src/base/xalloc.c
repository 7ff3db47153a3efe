/*
 * xalloc.c - allocation that ends the process when memory has run out.
 *
 * The end is _exit and not exit: nothing may be written that a handler of
 * atexit or a half-filled stdio buffer holds. To the next run this is one
 * more crash.
 */
#include "base/xalloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_OUT_OF_MEMORY = 125 };

static _Noreturn void
die(size_t size_bytes)
{
	char line[128];
	int n = snprintf(line, sizeof(line),
	    "durable: out of memory, asking for %zu bytes: free some memory "
	    "or raise the limit, then run again\n",
	    size_bytes);

	/* Nothing is left to do when this write fails as well. */
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		_exit(STATUS_OUT_OF_MEMORY);
	_exit(STATUS_OUT_OF_MEMORY);
}

void *
xmalloc(size_t size_bytes)
{
	return xrealloc(NULL, size_bytes);
}

void *
xcalloc(size_t n, size_t size_bytes)
{
	void *p;

	if (n == 0 || size_bytes == 0)
		n = size_bytes = 1;
	if (!(p = calloc(n, size_bytes)))
		die(n > SIZE_MAX / size_bytes ? SIZE_MAX : n * size_bytes);
	return p;
}

void *
xrealloc(void *p, size_t size_bytes)
{
	/* realloc(p, 0) may free p and return NULL. */
	if (!(p = realloc(p, size_bytes ? size_bytes : 1)))
		die(size_bytes);
	return p;
}

void *
xreallocarray(void *p, size_t n, size_t size_bytes)
{
	if (size_bytes && n > SIZE_MAX / size_bytes)
		die(SIZE_MAX);
	return xrealloc(p, n * size_bytes);
}

char *
xstrdup(const char *s)
{
	return xmemdup(s, strlen(s));
}

char *
xmemdup(const void *p, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		die(n);
	copy = xmalloc(n + 1);
	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		die(SIZE_MAX); /* longer than INT_MAX */
	text = xmalloc((size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return text;
}
