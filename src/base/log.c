/*
 * log.c - DURABLE_LOG: one line per state change, for finding faults.
 *
 * A line is one write to a descriptor that appends, so that the lines of all
 * processes of an execution can go into one file without mixing. A log that
 * cannot be written never disturbs the work: it is only not there.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/time.h"

enum { TEXT_MAX = 4096 /* bytes of one line's own text */ };

/* The descriptor, -1 when off, and who we are: the log's only state. */
static int log_fd = -1;
static const char *log_role = "";

void
log_open(const char *role)
{
	const char *path = getenv("DURABLE_LOG");

	log_role = role;
	if (!path || !path[0])
		return;
	if (strcmp(path, "-") == 0) {
		log_fd = STDERR_FILENO;
		return;
	}
	log_fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (log_fd < 0)
		fprintf(stderr, "durable: open the log %s (DURABLE_LOG): %s\n",
		    path, strerror(errno));
}

bool
log_is_on(void)
{
	return log_fd >= 0;
}

/* Apart from log_line, so that a log that is off costs no array. */
static void write_line(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

static void
write_line(const char *fmt, va_list ap)
{
	int saved = errno;
	char text[TEXT_MAX];
	struct buf line;

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';

	buf_init(&line, BUF_NO_MAX);
	time_format(time_now(), &line);
	buf_printf(&line, " %ld %s ", (long)getpid(), log_role);
	text_escape(text, strlen(text), &line);
	buf_put_char(&line, '\n');
	if (write(log_fd, line.data, line.len) < 0 && errno == EBADF)
		log_fd = -1;
	buf_clear(&line);
	errno = saved;
}

void
log_line(const char *fmt, ...)
{
	va_list ap;

	if (log_fd < 0)
		return;
	va_start(ap, fmt);
	write_line(fmt, ap);
	va_end(ap);
}
