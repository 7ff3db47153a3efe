/*
 * batch_options.h - the options that parallel and map have in common.
 */
#ifndef DURABLE_BATCH_OPTIONS_H
#define DURABLE_BATCH_OPTIONS_H

#include "client/branches.h"

struct batch_options {
	int64_t max_concurrency, min_successful, tolerated_count;
	double tolerated_percentage;
	bool fail_fast, is_flat, json, raw, array, batch, quiet, bare;
	const char *encode, *decode, *branch_encode, *branch_decode;
};

#define BATCH_OPTIONS_INIT                                            \
 {                                                                    \
  .max_concurrency = -1, .min_successful = -1, .tolerated_count = -1, \
  .tolerated_percentage = -1                                          \
 }

/* Rows for an option table; o is a struct batch_options in static storage. */
#define BATCH_OPTIONS(o)                                                       \
 { 'j', "max-concurrency", "N", "run at most N branches at once",              \
	 OPTION_COUNT, &(o).max_concurrency },                                 \
     { 0, "min-successful", "N", "complete when N have succeeded",             \
	     OPTION_COUNT, &(o).min_successful },                              \
     { 0, "tolerated-failure-count", "N", "go on with up to N failures",       \
	     OPTION_COUNT, &(o).tolerated_count },                             \
     { 0, "tolerated-failure-percentage", "P",                                 \
	     "go on with up to P percent of failures", OPTION_REAL,            \
	     &(o).tolerated_percentage },                                      \
     { 0, "fail-fast", NULL, "the first failure ends the rest", OPTION_FLAG,   \
	     &(o).fail_fast },                                                 \
     { 0, "flat", NULL, "do not record the branches themselves", OPTION_FLAG,  \
	     &(o).is_flat },                                                   \
     { 0, "json", NULL, "branches print one JSON value", OPTION_FLAG,          \
	     &(o).json },                                                      \
     { 0, "raw", NULL, "keep every byte of the branches' output", OPTION_FLAG, \
	     &(o).raw },                                                       \
     { 0, "array", NULL, "print one JSON array of the results", OPTION_FLAG,   \
	     &(o).array },                                                     \
     { 0, "batch", NULL, "print the batch result, a JSON object", OPTION_FLAG, \
	     &(o).batch },                                                     \
     { 'r', "raw-output", NULL, "print JSON strings without quotes",           \
	     OPTION_FLAG, &(o).bare },                                         \
     { 'q', "quiet", NULL, "record, print nothing", OPTION_FLAG, &(o).quiet }, \
     { 0, "encode", "CMD", "record what CMD makes of the result",              \
	     OPTION_STRING, &(o).encode },                                     \
     { 0, "decode", "CMD", "print what CMD makes of that record",              \
	     OPTION_STRING, &(o).decode },                                     \
     { 0, "branch-encode", "CMD", "record what CMD makes of a branch's",       \
	     OPTION_STRING, &(o).branch_encode },                              \
 {                                                                             \
  0, "branch-decode", "CMD", "use what CMD makes of that record",              \
      OPTION_STRING, &(o).branch_decode                                        \
 }

/* Checks the options and puts them into b. ERR_USAGE. */
int batch_options_apply(const struct batch_options *o, struct branches *b,
    struct err *e) MUST_USE;

#endif
