/*
 * xalloc.h - allocation that ends the process when memory has run out.
 *
 * To die is safe here: a crash at any instant is a normal way to end. Every
 * result is owned by the caller, who frees it with free().
 */
#ifndef DURABLE_XALLOC_H
#define DURABLE_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t size_bytes);
void *xcalloc(size_t n, size_t size_bytes);
void *xrealloc(void *p, size_t size_bytes);

/* As realloc(p, n * size), ending the process when the product overflows. */
void *xreallocarray(void *p, size_t n, size_t size_bytes);
char *xstrdup(const char *s);

/* Copies n bytes and adds a NUL behind them. */
char *xmemdup(const void *p, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
