/*
 * input.c - the input of an execution from the command line.
 */
#include "manage/input.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/value.h"
#include "model/payload.h"

int
input_read(const char *word, const struct string_list *pairs, char **input,
    struct err *e)
{
	struct buf text;

	*input = NULL;
	if (!word && pairs->n == 0)
		return 0;
	if (word && pairs->n > 0)
		return err_set(e, ERR_USAGE,
		    "--input and --arg exclude each other");
	buf_init(&text, BUF_NO_MAX);
	if (word ? value_read_json(word, &text, e) < 0
		 : value_of_pairs(pairs, &text, e) < 0)
		return err_wrap(e, "the input");
	if (text.len > PAYLOAD_INPUT_MAX)
		return err_set(e, ERR_USAGE,
		    "an input of %zu bytes: the limit "
		    "is %d",
		    text.len, PAYLOAD_INPUT_MAX);
	*input = buf_steal(&text);
	return 0;
}
