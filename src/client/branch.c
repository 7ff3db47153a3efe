/*
 * branch.c - one branch of a batch: put on the list, started, ended.
 *
 * Its command is a program, our own child with three pipes; or a function of
 * the script, which the script's shell runs in a subshell.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "client/branches.h"
#include "client/function.h"

struct branch *
branches_add(struct branches *b, const char *name, char **words)
{
	struct branch *br;

	if ((b->n & (b->n - 1)) == 0)
		b->list = xreallocarray(b->list, b->n ? 2 * b->n : 1,
		    sizeof(*b->list));
	br = &b->list[b->n++];
	memset(br, 0, sizeof(*br));
	br->name = name;
	br->words = words;
	br->run.out_fd = br->run.err_fd = br->run.in_fd = -1;
	buf_init(&br->recorded, BUF_NO_MAX);
	buf_init(&br->value, BUF_NO_MAX);
	buf_init(&br->error, BUF_NO_MAX);
	return br;
}

int
branch_take_value(struct branches *b, struct branch *br, struct span recorded,
    struct err *e)
{
	struct buf text;
	int status, result;

	if (!b->output.encode) {
		if (recorded.p)
			buf_put(&br->value, recorded.p, recorded.n);
		return 0;
	}
	buf_init(&text, BUF_NO_MAX);
	result = output_decode(&b->output, recorded, &status, &text, e);
	if (result == 0 && b->output.json)
		buf_put(&br->value, buf_str(&text), text.len);
	else if (result == 0)
		result = payload_record(PAYLOAD_TEXT, buf_str(&text), text.len,
		    &br->value, e);
	buf_clear(&text);
	return result;
}

/* What its environment has besides ours. */
static void
fill_settings(struct branch *br, const char *set[4])
{
	snprintf(br->setting, sizeof(br->setting), "%s%s", OPERATION_IS,
	    br->id);
	set[0] = br->setting;
	set[1] = br->item_env[0];
	set[2] = br->item_env[0] ? br->item_env[1] : NULL;
	set[3] = NULL;
}

/* The engine knows a program by its environment, which the kernel shows; that
 * of a subshell is the script's. So it is told the number. */
static void
name_subshell(struct branches *b, struct branch *br)
{
	struct request rq = { .type = MSG_SHELL };

	rq.id = span_of(br->id);
	rq.number = (uint32_t)subshell_pid(br->subshell);
	client_put(&rq, &b->batch.client.out);
}

int
branch_start(struct branches *b, struct branch *br, struct err *e)
{
	struct run *r = &br->run;
	const char *set[4];
	int result;

	run_init(r);
	r->argv = br->words;
	r->limit = (size_t)b->limit;
	r->is_context = true;
	r->input = br->item;
	r->is_merged = b->batch_merged;
	fill_settings(br, set);
	result = subshell_start(&br->subshell, r, set, e);
	if (br->subshell) {
		name_subshell(b, br);
	} else if (result == 0) {
		br->env = run_environ(set);
		r->env = br->env;
		result = run_start(r, NULL, e);
	}
	return result;
}

void
branch_signal(const struct branch *br, int signal)
{
	if (br->subshell)
		(void)kill(subshell_pid(br->subshell), signal);
	else
		run_signal(&br->run, signal);
}

int
branch_take(struct branch *br, struct err *e)
{
	if (br->subshell)
		return subshell_take(br->subshell, &br->run, e);
	run_take(&br->run);
	return 0;
}

size_t
branch_fill(const struct branch *br, struct pollfd *fds)
{
	const struct run *r = &br->run;

	if (br->subshell) {
		fds[0] = (struct pollfd){ subshell_fd(br->subshell), POLLIN,
			0 };
		return 1;
	}
	fds[0] = (struct pollfd){ r->out_fd, POLLIN, 0 };
	fds[1] = (struct pollfd){ r->err_fd, POLLIN, 0 };
	fds[2] = (struct pollfd){ r->in_fd, POLLOUT, 0 };
	return 3;
}

void
branch_end(struct branch *br)
{
	run_clear(&br->run);
	subshell_free(br->subshell);
	br->subshell = NULL;
	free(br->env);
	br->env = NULL;
}
