/*
 * alloc.c - malloc for a process that lives for a tenth of a millisecond.
 *
 * musl's own begins with three system calls and touches several pages before
 * the first byte is handed out; that is a fifth of what a replayed operation
 * costs. Here the first blocks come from the program's own zeroed memory. A
 * block has the size of a power of two, and goes back to the list of its size;
 * what is large is a mapping of its own. One thread, as the client is.
 *
 * Linked only into the static client against musl (configure.ac): sanitizers
 * and valgrind see libc's malloc.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	HEAD = 16, /* in front of each block, and what blocks are aligned to */
	FIRST_BITS = 5,
	LAST_BITS = 16, /* larger ones are mapped */
	ARENA = 32 * 1024,
	CHUNK = 256 * 1024,
};

/* In front of the bytes that the caller has. */
struct head {
	size_t size;       /* of the block with its head */
	struct head *next; /* in its list, while it is free */
};

_Static_assert(sizeof(struct head) == HEAD, "heads keep blocks aligned");

static union {
	char bytes[ARENA];
	max_align_t align;
} first;

static char *room = first.bytes, *room_end = first.bytes + ARENA;
static struct head *lists[LAST_BITS + 1];

static int
bits_of(size_t size)
{
	int bits = FIRST_BITS;

	while (((size_t)1 << bits) < size)
		bits++;
	return bits;
}

static void *
map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		errno = ENOMEM;
		return NULL;
	}
	return p;
}

/* The size of the mapping that holds n bytes and a head; 0: too many. */
static size_t
mapped_size(size_t n)
{
	size_t size;

	if (__builtin_add_overflow(n, (size_t)HEAD + 4095, &size))
		return 0;
	return size & ~(size_t)4095;
}

static struct head *
map_block(size_t n)
{
	size_t size = mapped_size(n);
	struct head *h = size ? map(size) : NULL;

	if (!h) {
		errno = ENOMEM;
		return NULL;
	}
	h->size = size;
	return h;
}

static bool
is_mapped(const struct head *h)
{
	return h->size > (size_t)1 << LAST_BITS;
}

static struct head *
take(size_t n)
{
	struct head *h;
	size_t size;
	int bits;

	if (n > ((size_t)1 << LAST_BITS) - HEAD)
		return map_block(n);
	bits = bits_of(n + HEAD);
	if ((h = lists[bits])) {
		lists[bits] = h->next;
		return h;
	}
	size = (size_t)1 << bits;
	if ((size_t)(room_end - room) < size) {
		char *chunk = map(CHUNK);

		if (!chunk)
			return NULL;
		room = chunk;
		room_end = chunk + CHUNK;
	}
	h = (struct head *)(void *)room;
	room += size;
	h->size = size;
	return h;
}

static void
give_back(struct head *h)
{
	int saved = errno, bits;

	if (is_mapped(h)) {
		(void)munmap(h, h->size);
		errno = saved;
		return;
	}
	bits = bits_of(h->size);
	h->next = lists[bits];
	lists[bits] = h;
}

void *
malloc(size_t n)
{
	struct head *h = take(n);

	return h ? h + 1 : NULL;
}

void
free(void *p)
{
	if (p)
		give_back((struct head *)p - 1);
}

void *
calloc(size_t n, size_t size)
{
	struct head *h;
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	h = take(bytes);
	if (h && !is_mapped(h))
		memset(h + 1, 0, bytes);
	return h ? h + 1 : NULL;
}

/* A mapping grows and shrinks where it is, or its pages move: no copy. */
static void *
remap(struct head *h, size_t n)
{
	size_t size = mapped_size(n);
	void *p = size ? mremap(h, h->size, size, MREMAP_MAYMOVE) : MAP_FAILED;

	if (p == MAP_FAILED) {
		errno = ENOMEM;
		return NULL;
	}
	h = p;
	h->size = size;
	return h + 1;
}

void *
realloc(void *old, size_t n)
{
	struct head *h = old ? (struct head *)old - 1 : NULL, *new;
	size_t kept;

	if (!h)
		return malloc(n);
	if (is_mapped(h) && n > ((size_t)1 << LAST_BITS) - HEAD)
		return remap(h, n);
	kept = h->size - HEAD;
	if (!is_mapped(h) && n <= kept)
		return old;
	new = take(n);
	if (!new)
		return NULL;
	memcpy(new + 1, old, n < kept ? n : kept);
	give_back(h);
	return new + 1;
}
