/*
 * err.h - the one error value that fallible functions fill in.
 *
 * A function that can fail returns 0 or -1 (or a pointer or NULL) and takes
 * a struct err as its last argument. On success it leaves the err alone; on
 * failure it has set it exactly once. Nothing is allocated, so an err needs
 * no freeing and can be filled in when memory has run out.
 */
#ifndef DURABLE_ERR_H
#define DURABLE_ERR_H

/* What went wrong, in the terms a caller can act on. */
enum err_code {
	ERR_NONE = 0,
	ERR_USAGE,    /* the command line is wrong */
	ERR_NOT_RUN,  /* no engine is there to ask */
	ERR_IO,       /* a system call failed, see sys */
	ERR_CORRUPT,  /* a context file is damaged */
	ERR_BUSY,     /* another process holds the lock */
	ERR_MISSING,  /* what was asked for does not exist */
	ERR_DIVERGED, /* the replay does not match the log */
	ERR_REFUSED,  /* asked for something that may not be done now */
	ERR_BUG,      /* an invariant of ours is broken */
};

struct err {
	enum err_code code;
	int sys;         /* errno of ERR_IO, else 0 */
	char text[1024]; /* one message, no newline at its end, no prefix */
};

#define ERR_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define MUST_USE         __attribute__((warn_unused_result))

/* Sets *e and returns -1, so that a caller can write return err_set(...). */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    ERR_PRINTF(3, 4);

/* As err_set with ERR_IO, adding errno's text; errno is left as it was. */
int err_sys(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Puts "context: " before the text, keeps the code, and returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/*
 * The exit status for e's code: 2 for a wrong command line, 1 for what does
 * not exist, 125 for everything in which durable itself failed.
 */
int err_exit_status(const struct err *e);

#endif
