/*
 * output.c - recorded and printed forms of a command's output.
 *
 * What is printed on the first run is made from the record, exactly as on a
 * replay: so the two cannot differ.
 */
#include "client/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/xalloc.h"
#include "client/exec.h"
#include "client/runner.h"

enum { JQ_SECONDS = 60 };

int
output_check(struct output *o, struct err *e)
{
	if (o->json && o->raw)
		return err_set(e, ERR_USAGE,
		    "--json and --raw exclude each other");
	if (o->jq && o->raw)
		return err_set(e, ERR_USAGE,
		    "--jq and --raw exclude each other: --jq needs JSON");
	if (o->jq)
		o->json = true;
	if (o->bare && !o->json)
		return err_set(e, ERR_USAGE,
		    "-r prints a JSON string without quotes: give --json or "
		    "--jq as well");
	if (o->decode && !o->encode)
		return err_set(e, ERR_USAGE,
		    "--decode without --encode: there "
		    "would be nothing to decode");
	return 0;
}

enum payload_form
output_form(const struct output *o)
{
	if (o->json)
		return PAYLOAD_JSON;
	return o->raw ? PAYLOAD_RAW : PAYLOAD_TEXT;
}

/* Runs a filter process; its output is appended. */
static int
run_filter(char *const *argv, struct span input, int64_t limit_s,
    struct buf *out, struct err *e)
{
	const char *last;
	struct run r;
	int result = -1;

	run_init(&r);
	r.argv = argv;
	r.env = environ;
	r.input = input.p ? input : (struct span){ "", 0 };
	r.limit = (size_t)MSG_MAX;
	r.timeout_s = limit_s;
	r.hides_errors = limit_s > 0; /* jq's: worded by us */
	if (run_start(&r, NULL, e) < 0 || run_wait(&r, NULL, e) < 0)
		goto out;
	if (r.status != 0) {
		while (r.tail.len > 0 && r.tail.data[r.tail.len - 1] == '\n')
			r.tail.data[--r.tail.len] = '\0';
		last = strrchr(buf_str(&r.tail), '\n');
		last = last ? last + 1 : buf_str(&r.tail);
		if (strncmp(last, "durable filter: ", 16) == 0)
			last += 16;
		err_set(e, ERR_USAGE, "%s",
		    r.timed_out ? "it took longer than 60 s" : last);
		if (e->text[0] == '\0')
			err_set(e, ERR_USAGE, "exited with status %d",
			    r.status);
		goto out;
	}
	buf_put(out, buf_str(&r.out), r.out.len);
	result = 0;
out:
	run_clear(&r);
	return result;
}

int
output_filter(const char *command, struct span input, struct buf *out,
    struct err *e)
{
	char *argv[] = { (char *)(uintptr_t) "/bin/sh",
		(char *)(uintptr_t) "-c", (char *)(uintptr_t)command, NULL };

	if (run_filter(argv, input, 0, out, e) < 0)
		return err_wrap(e, "'%s' failed", command);
	return 0;
}

/* A filter that is more than a path is libjq's, in a process of its own. */
static int
jq_elsewhere(const char *filter, bool bare, struct span json, struct buf *out,
    struct err *e)
{
	char *argv[] = { exec_engine_path(), (char *)(uintptr_t) "filter",
		(char *)(uintptr_t)(bare ? "-r" : "--"),
		(char *)(uintptr_t)filter, NULL };
	int result = run_filter(argv, json, JQ_SECONDS, out, e);

	free(argv[0]);
	return result;
}

int
output_file_hash(const char *path, struct buf *out, struct err *e)
{
	char *argv[] = { exec_engine_path(), (char *)(uintptr_t) "hash",
		(char *)(uintptr_t) "--", (char *)(uintptr_t)path, NULL };
	struct span none = { NULL, 0 };
	int result = run_filter(argv, none, 0, out, e);

	free(argv[0]);
	return result;
}

static void
put_value(struct span v, bool bare, struct buf *out)
{
	if (bare && json_kind(v) == '"')
		json_unescape(v, out);
	else
		buf_put(out, v.p, v.n);
}

int
output_jq(const char *filter, bool bare, struct span json, struct buf *out,
    struct err *e)
{
	struct span v;
	size_t before = out->len;
	int got = json_path(json, filter, &v);

	if (got == 0)
		return 1;
	if (got == 1) {
		put_value(v, bare, out);
		return json_kind(v) == 'n';
	}
	if (jq_elsewhere(filter, bare, json, out, e) < 0)
		return err_wrap(e, "jq filter '%s'", filter);
	while (out->len > before && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return out->len == before ||
	    (out->len == before + 4 && !bare &&
		memcmp(out->data + before, "null", 4) == 0);
}

static int
failed(struct output_failure *f, const char *type, const struct err *e)
{
	f->type = type;
	snprintf(f->text, sizeof(f->text), "%s", e->text);
	return -1;
}

static struct span
without_newlines(struct span v)
{
	while (v.n > 0 && v.p[v.n - 1] == '\n')
		v.n--;
	return v;
}

/* The JSON check, and the filter's result in *made. */
static int
take_json(const struct output *o, struct span *v, struct buf *made,
    struct output_failure *f)
{
	struct err e;

	if (json_check(v->p ? v->p : "", v->n, v, &e) < 0) {
		err_wrap(&e, "the output is not JSON");
		return failed(f, "Output.NotJSON", &e);
	}
	if (!o->jq)
		return 0;
	if (output_jq(o->jq, false, *v, made, &e) < 0)
		return failed(f, "Output.Filter", &e);
	if (made->len == 0)
		buf_put_str(made, "null");
	if (json_check(buf_str(made), made->len, v, &e) < 0) {
		err_set(&e, ERR_USAGE,
		    "jq filter '%s' gave more than one value", o->jq);
		return failed(f, "Output.Filter", &e);
	}
	return 0;
}

int
output_record(const struct output *o, struct span printed, int status,
    struct buf *recorded, struct output_failure *f)
{
	struct buf made, value;
	struct span v = printed;
	struct err e;
	int result = -1;

	buf_init(&made, BUF_NO_MAX);
	buf_init(&value, BUF_NO_MAX);
	if (o->json && take_json(o, &v, &made, f) < 0)
		goto out;
	if (o->encode) {
		if (!o->json && !o->raw)
			v = without_newlines(v);
		if (output_filter(o->encode, v, &value, &e) < 0) {
			failed(f, "Output.Encode", &e);
			goto out;
		}
		if (!utf8_is_text(buf_str(&value), value.len)) {
			err_set(&e, ERR_USAGE,
			    "'%s' printed bytes that are "
			    "not UTF-8: let it print text, for instance through "
			    "base64",
			    o->encode);
			failed(f, "Output.Encode", &e);
			goto out;
		}
	} else if (payload_record(output_form(o), v.p, v.n, &value, &e) < 0) {
		failed(f, "Output.NotJSON", &e);
		goto out;
	}
	v = (struct span){ buf_str(&value), value.len };
	if (o->accept)
		payload_wrap_exit(status, v, recorded);
	else
		buf_put(recorded, v.p, v.n);
	result = 0;
out:
	buf_clear(&made);
	buf_clear(&value);
	return result;
}

/* Appends what is printed, with its newline. */
static int
put_printed(const struct output *o, struct span recorded, int *status,
    struct buf *out, struct err *e)
{
	struct buf decoded;
	int result = 0;

	*status = 0;
	if (o->accept && recorded.p &&
	    payload_unwrap_exit(recorded, status, &recorded, e) < 0)
		return -1;
	if (!recorded.p || o->sensitive || o->no_output)
		return 0;
	if (!o->encode)
		return payload_print(output_form(o), o->bare, recorded, out, e);
	buf_init(&decoded, BUF_NO_MAX);
	if (!o->decode) {
		buf_put(&decoded, recorded.p, recorded.n);
	} else {
		result = output_filter(o->decode, recorded, &decoded, e);
	}
	if (result == 0 && !o->raw) {
		struct span v = without_newlines(
		    (struct span){ buf_str(&decoded), decoded.len });

		buf_put(out, v.p, v.n);
		buf_put_str(out, v.n > 0 ? "\n" : "");
	} else if (result == 0) {
		buf_put(out, buf_str(&decoded), decoded.len);
	}
	buf_clear(&decoded);
	return result;
}

int
output_decode(const struct output *o, struct span recorded, int *status,
    struct buf *out, struct err *e)
{
	if (put_printed(o, recorded, status, out, e) < 0)
		return -1;
	if (!o->raw && out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return 0;
}

int
output_write(const struct buf *b, bool *closed, struct err *e)
{
	*closed = false;
	if (b->len == 0)
		return 0;
	if (fd_write_all(STDOUT_FILENO, b->data, b->len, "standard output",
		e) == 0)
		return 0;
	if (e->sys == EPIPE) {
		*closed = true;
		return 0;
	}
	return -1;
}

int
output_print(const struct output *o, struct span recorded, int *status,
    bool *closed, struct err *e)
{
	struct buf out;
	int result;

	*closed = false;
	buf_init(&out, BUF_NO_MAX);
	result = put_printed(o, recorded, status, &out, e);
	if (result == 0 && !o->quiet)
		result = output_write(&out, closed, e);
	buf_clear(&out);
	return result;
}
