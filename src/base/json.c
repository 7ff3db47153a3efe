/*
 * json.c - the strict check of JSON text.
 *
 * No recursion: what is open is a stack of one bit a level, so that a hostile
 * text costs no more than its length. Everything else that reads JSON relies
 * on this check and is in json_span.c, json_path.c and json_text.c.
 */
#include "base/json.h"

#include <string.h>

#include "base/skim.h"

/* Where a part of the check has got to. */
enum progress {
	BAD = -1,   /* c->wrong says why, c->p where */
	DONE,       /* a value has ended */
	WANT_VALUE, /* a value must follow */
	END,        /* the outermost value has ended */
};

struct check {
	const char *p;
	const char *end;
	const char *wrong;
	unsigned depth;
	bool is_object[JSON_DEPTH_MAX]; /* of each that is open */
};

static int
fail(struct check *c, const char *wrong)
{
	c->wrong = wrong;
	return BAD;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether text is next; goes behind it if so. */
static bool
take(struct check *c, const char *text, size_t n)
{
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
		return false;
	c->p += n;
	return true;
}

static bool
take_char(struct check *c, char wanted)
{
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

static bool
take_digits(struct check *c)
{
	const char *start = c->p;

	while (c->p < c->end && is_digit(*c->p))
		c->p++;
	return c->p > start;
}

static int
check_number(struct check *c)
{
	take_char(c, '-');
	if (take_char(c, '0')) {
		if (c->p < c->end && is_digit(*c->p))
			return fail(c, "a number with a leading zero");
	} else if (!take_digits(c)) {
		return fail(c, "expected a digit");
	}
	if (take_char(c, '.') && !take_digits(c))
		return fail(c, "expected a digit");
	if (take_char(c, 'e') || take_char(c, 'E')) {
		if (!take_char(c, '+'))
			take_char(c, '-');
		if (!take_digits(c))
			return fail(c, "expected a digit");
	}
	return DONE;
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the backslash. A lone surrogate is in the grammar. */
static int
check_escape(struct check *c)
{
	/* Not strchr alone: it finds the NUL at the end of its string, too. */
	if (c->p < c->end && *c->p && strchr("\"\\/bfnrt", *c->p)) {
		c->p++;
		return DONE;
	}
	if (!take_char(c, 'u'))
		return fail(c, "an unknown escape");
	for (int i = 0; i < 4; i++, c->p++)
		if (c->p == c->end || !is_hex(*c->p))
			return fail(c, "expected a hexadecimal digit");
	return DONE;
}

/* Behind the opening quote. */
static int
check_string(struct check *c)
{
	for (;;) {
		c->p = skim_plain(c->p, c->end);
		while (c->p < c->end && !skim_is_ascii(*c->p)) {
			size_t n = skim_utf8(c->p, c->end);

			if (n == 0)
				return fail(c, "invalid UTF-8");
			c->p += n;
		}
		if (c->p == c->end)
			return fail(c, "a string that is not closed");
		if (take_char(c, '"'))
			return DONE;
		if (take_char(c, '\\')) {
			if (check_escape(c) == BAD)
				return BAD;
		} else if ((unsigned char)*c->p < 0x20) {
			return fail(c, "a control character in a string");
		} else {
			c->p++; /* U+007F, or the start of a new run */
		}
	}
}

/* A member's name and the colon. */
static int
check_name(struct check *c)
{
	c->p = skim_white(c->p, c->end);
	if (!take_char(c, '"'))
		return fail(c, "expected a member's name in quotes");
	if (check_string(c) == BAD)
		return BAD;
	c->p = skim_white(c->p, c->end);
	if (!take_char(c, ':'))
		return fail(c, "expected ':'");
	return WANT_VALUE;
}

/* Behind the [ or {. */
static int
check_opened(struct check *c, bool is_object)
{
	if (c->depth == JSON_DEPTH_MAX) {
		c->p--;
		return fail(c, "nested too deeply");
	}
	c->p = skim_white(c->p, c->end);
	if (take_char(c, is_object ? '}' : ']'))
		return DONE;
	c->is_object[c->depth++] = is_object;
	return is_object ? check_name(c) : WANT_VALUE;
}

static int
check_value(struct check *c)
{
	c->p = skim_white(c->p, c->end);
	if (c->p == c->end)
		return fail(c, "expected a value");
	switch (*c->p) {
	case '"':
		c->p++;
		return check_string(c);
	case '{':
	case '[':
		c->p++;
		return check_opened(c, c->p[-1] == '{');
	case 't':
		if (take(c, "true", 4))
			return DONE;
		break;
	case 'f':
		if (take(c, "false", 5))
			return DONE;
		break;
	case 'n':
		if (take(c, "null", 4))
			return DONE;
		break;
	default:
		if (*c->p == '-' || is_digit(*c->p))
			return check_number(c);
	}
	return fail(c, "expected a value");
}

/* Behind a value: all that ends with it, and the comma before the next. */
static int
check_behind(struct check *c)
{
	while (c->depth > 0) {
		bool is_object = c->is_object[c->depth - 1];

		c->p = skim_white(c->p, c->end);
		if (take_char(c, ','))
			return is_object ? check_name(c) : WANT_VALUE;
		if (!take_char(c, is_object ? '}' : ']'))
			return fail(c,
			    is_object ? "expected ',' or '}'"
				      : "expected ',' or ']'");
		c->depth--;
	}
	return END;
}

int
json_check(const char *p, size_t n, struct span *value, struct err *e)
{
	struct check c; /* not initialised as a whole: that takes its time */
	const char *start;
	int progress;

	c.p = start = skim_white(p, p + n);
	c.end = p + n;
	c.wrong = NULL;
	c.depth = 0;
	do {
		progress = check_value(&c);
		if (progress == DONE)
			progress = check_behind(&c);
	} while (progress == WANT_VALUE);
	if (progress == END) {
		if (value) {
			value->p = start;
			value->n = (size_t)(c.p - start);
		}
		c.p = skim_white(c.p, c.end);
		if (c.p == c.end)
			return 0;
		c.wrong = "more text behind the value";
	}
	return err_set(e, ERR_USAGE, "%s at byte %zu%s", c.wrong,
	    (size_t)(c.p - p), c.p == c.end ? ", the end of the text" : "");
}
