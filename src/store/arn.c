/*
 * arn.c - names of executions.
 */
#include "store/arn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "model/opid.h"

enum { NAME_KEPT = 47, DIGEST_LEN = 16 };

char *
arn_make(const char *name, const char *id)
{
	return xasprintf("durable:%s:%s", name, id);
}

static void
digest_of(const char *parent, char separator, const char *op_id,
    char out[DIGEST_LEN + 1])
{
	char *both = xasprintf("%s%c%s", parent, separator, op_id);

	opid_digest(out, both, strlen(both));
	free(both);
}

/*
 * What tells the child from others of its parent is the beginning of the
 * operation's id; where the parent's name is so long that it must be cut, a
 * hash of both.
 */
char *
child_name(const struct header *parent, const char *op_id, char separator)
{
	char suffix[DIGEST_LEN + 1];

	if (strlen(parent->name) > NAME_KEPT)
		digest_of(parent->name, '/', op_id, suffix);
	else
		snprintf(suffix, sizeof(suffix), "%.*s", DIGEST_LEN, op_id);
	return xasprintf("%.*s%c%s", NAME_KEPT, parent->name, separator,
	    suffix);
}

char *
child_path(const char *parent_path, const struct header *parent,
    const char *op_id)
{
	const char *slash = strrchr(parent_path, '/');
	char *name = child_name(parent, op_id, '-');
	char *path = xasprintf("%.*s/%s.jsonl",
	    slash ? (int)(slash - parent_path) : 1, slash ? parent_path : ".",
	    name);

	free(name);
	return path;
}

void
child_id(const struct header *parent, const char *op_id,
    char out[CHILD_ID_SIZE])
{
	char a[DIGEST_LEN + 1], b[DIGEST_LEN + 1];

	digest_of(parent->id, '/', op_id, a);
	digest_of(parent->id, '#', op_id, b);
	/* Version 4, variant 1: their two digits are fixed. */
	snprintf(out, CHILD_ID_SIZE, "%.8s-%.4s-4%.3s-a%.3s-%.12s", a, a + 8,
	    a + 12, b, b + 3);
}

bool
child_is_of(const struct header *child, const struct header *parent)
{
	char id[CHILD_ID_SIZE];

	if (!child->parent || !child->parent_op)
		return false;
	child_id(parent, child->parent_op, id);
	return strcmp(child->id, id) == 0;
}

char *
child_arn(const struct header *parent, const char *op_id)
{
	char id[CHILD_ID_SIZE], *name, *arn;

	child_id(parent, op_id, id);
	name = child_name(parent, op_id, '-');
	arn = arn_make(name, id);
	free(name);
	return arn;
}
