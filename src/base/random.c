/*
 * random.c - random bytes, and what is made of them.
 */
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_GETRANDOM
# include <sys/random.h>
#endif

enum { HEX_BYTES_MAX = 64 };

static int
read_device(void *p, size_t n, struct err *e)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return err_sys(e, "open /dev/urandom");
	got = read(fd, p, n);
	if (got != (ssize_t)n)
		err_sys(e, "read /dev/urandom");
	close(fd);
	return got == (ssize_t)n ? 0 : -1;
}

int
random_bytes(void *p, size_t n, struct err *e)
{
#ifdef HAVE_GETRANDOM
	ssize_t got;

	/* So few come at once or not at all. */
	do
		got = getrandom(p, n, 0);
	while (got < 0 && errno == EINTR);
	if (got == (ssize_t)n)
		return 0;
#endif
	return read_device(p, n, e);
}

static void
put_hex(char *out, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

int
random_hex(char *out, size_t n, struct err *e)
{
	unsigned char bytes[HEX_BYTES_MAX];

	if (random_bytes(bytes, n, e) < 0)
		return -1;
	put_hex(out, bytes, n);
	return 0;
}

int
random_uuid(char *out, struct err *e)
{
	unsigned char bytes[16];
	char hex[33];

	if (random_bytes(bytes, sizeof(bytes), e) < 0)
		return -1;
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	put_hex(hex, bytes, sizeof(bytes));
	snprintf(out, UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
	return 0;
}

double
random_fraction(void)
{
	uint32_t bits;
	struct err ignored;

	if (random_bytes(&bits, sizeof(bits), &ignored) < 0)
		return 0.5;
	return (double)bits / 4294967296.0;
}
