/*
 * err.c - the one error value that fallible functions fill in.
 *
 * Each text is made in a buffer of its own first, so that an err may be
 * filled in from its own text. What does not fit is cut, at a character's
 * border, and never errno's text or the frame that err_wrap puts around it.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cuts a UTF-8 character that the buffer's end has cut in two. */
static void
drop_partial_character(char *text)
{
	size_t n = strlen(text);
	size_t lead = n;
	size_t want = 1;

	while (lead > 0 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead == 0)
		return;
	lead--;
	if ((unsigned char)text[lead] >= 0xf0)
		want = 4;
	else if ((unsigned char)text[lead] >= 0xe0)
		want = 3;
	else if ((unsigned char)text[lead] >= 0xc0)
		want = 2;
	if (n - lead < want)
		text[lead] = '\0';
}

/* Declared first, as a definition cannot have the attribute behind it. */
static void format(char *text, size_t size, const char *fmt, va_list ap)
    ERR_PRINTF(3, 0);

static void
format(char *text, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(text, size, fmt, ap);

	if (n < 0)
		text[0] = '\0';
	else if ((size_t)n >= size)
		drop_partial_character(text);
}

/* Sets e's text to a, b and c, one after the other. */
static void
set_text(struct err *e, const char *a, const char *b, const char *c)
{
	char text[sizeof(e->text)];
	size_t n;

	if ((size_t)snprintf(text, sizeof(text), "%s%s%s", a, b, c) >=
	    sizeof(text))
		drop_partial_character(text);
	n = strlen(text);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	memcpy(e->text, text, n);
	e->text[n] = '\0';
}

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	format(text, sizeof(text), fmt, ap);
	va_end(ap);
	set_text(e, text, "", "");
	e->code = code;
	e->sys = 0;
	return -1;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	int sys = errno;
	const char *reason = strerror(sys);
	char text[sizeof(e->text)];
	size_t behind = strlen(": ") + strlen(reason);
	va_list ap;

	va_start(ap, fmt);
	format(text, sizeof(text) - behind, fmt, ap);
	va_end(ap);
	set_text(e, text, ": ", reason);
	e->code = ERR_IO;
	e->sys = sys;
	errno = sys;
	return -1;
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	format(text, sizeof(text), fmt, ap);
	va_end(ap);
	set_text(e, text, ": ", e->text);
	return -1;
}

int
err_exit_status(const struct err *e)
{
	switch (e->code) {
	case ERR_USAGE:
		return 2;
	case ERR_MISSING:
		return 1;
	case ERR_NONE: /* a failure that was not described is one of ours */
	case ERR_NOT_RUN:
	case ERR_IO:
	case ERR_CORRUPT:
	case ERR_BUSY:
	case ERR_DIVERGED:
	case ERR_REFUSED:
	case ERR_BUG:
		break;
	}
	return 125;
}
