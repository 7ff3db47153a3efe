/*
 * output.h - from what a command printed to what is recorded, and from the
 * record to what is printed: the options that step, child, branches and
 * checkpoint have in common.
 */
#ifndef DURABLE_OUTPUT_H
#define DURABLE_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/options.h"
#include "model/payload.h"

struct output {
	bool json, raw, bare, quiet, tee, sensitive, no_output;
	const char *encode, *decode; /* for /bin/sh -c; NULL: none */
	const char *jq;
	const char *accept; /* LIST of statuses; NULL: only 0 */
};

/* Rows for an option table; o is a struct output in static storage. */
#define OUTPUT_OPTIONS(o)                                                     \
 { 0, "json", NULL, "the output is one JSON value", OPTION_FLAG, &(o).json }, \
     { 0, "raw", NULL, "keep every byte, cut and add nothing", OPTION_FLAG,   \
	     &(o).raw },                                                      \
     { 0, "jq", "FILTER", "record what a jq filter makes of it",              \
	     OPTION_STRING, &(o).jq },                                        \
     { 'r', "raw-output", NULL, "print a JSON string without quotes",         \
	     OPTION_FLAG, &(o).bare },                                        \
     { 'q', "quiet", NULL, "record the output, print nothing", OPTION_FLAG,   \
	     &(o).quiet },                                                    \
     { 0, "encode", "CMD", "record what CMD makes of the output",             \
	     OPTION_STRING, &(o).encode },                                    \
 {                                                                            \
  0, "decode", "CMD", "print what CMD makes of the record", OPTION_STRING,    \
      &(o).decode                                                             \
 }

/* ERR_USAGE when options contradict each other. */
int output_check(struct output *o, struct err *e) MUST_USE;

enum payload_form output_form(const struct output *o);

/* An error of the output: what type it is to be recorded with. */
struct output_failure {
	const char
	    *type; /* "Output.NotJSON", "Output.Encode", ...; a literal */
	char text[1024];
};

/*
 * Appends what is recorded for a command's output. Returns 0, or -1 with *f
 * set: the operation fails with it.
 */
int output_record(const struct output *o, struct span printed, int status,
    struct buf *recorded, struct output_failure *f) MUST_USE;

/*
 * Prints a recorded payload to standard output (nothing with quiet, sensitive,
 * no_output) and sets *status to the accepted status in it, else 0. Returns 0;
 * -1 with *e when it cannot be decoded or written; *closed is set, and 0
 * returned, when nobody reads (EPIPE).
 */
int output_print(const struct output *o, struct span recorded, int *status,
    bool *closed, struct err *e) MUST_USE;

/* Appends the decoded value: what output_print would print, without its last
 * newline for text and JSON. */
int output_decode(const struct output *o, struct span recorded, int *status,
    struct buf *out, struct err *e) MUST_USE;

/* Runs `/bin/sh -c command` with input on its stdin, appending its output. */
int output_filter(const char *command, struct span input, struct buf *out,
    struct err *e) MUST_USE;

/* Appends `"size":N,"xxh3":"16 hex"}` for a file, computed by durable-engine. */
int output_file_hash(const char *path, struct buf *out, struct err *e) MUST_USE;

/* Applies a jq filter to a JSON value: a plain path here, anything else in a
 * process of its own. bare: strings without quotes. Returns 1 when the filter
 * gave nothing or null, 0, or -1. Values of several outputs are appended with
 * newlines between. */
int output_jq(const char *filter, bool bare, struct span json, struct buf *out,
    struct err *e) MUST_USE;

/* Writes all of b to standard output. *closed as above. */
int output_write(const struct buf *b, bool *closed, struct err *e) MUST_USE;

#endif
