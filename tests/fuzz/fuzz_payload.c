/*
 * fuzz_payload.c - any output is recorded as JSON and comes back as it was;
 * any recorded text is printed or refused; any error stays under its limit.
 *
 * The first byte chooses the form, the rest is the output, and the recorded
 * text as well.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "model/batch.h"
#include "model/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check_round_trip(enum payload_form form, const char *p, size_t n)
{
	struct buf recorded, printed;
	struct span v;
	struct err e;

	buf_init(&recorded, BUF_NO_MAX);
	buf_init(&printed, BUF_NO_MAX);
	if (payload_record(form, p, n, &recorded, &e) == 0) {
		require(json_check(recorded.data, recorded.len, &v, &e) == 0);
		require(payload_print(form, false, v, &printed, &e) == 0);
		if (form == PAYLOAD_RAW)
			require(printed.len == n &&
			    (n == 0 || memcmp(printed.data, p, n) == 0));
	} else {
		require(form == PAYLOAD_JSON);
	}
	buf_clear(&recorded);
	buf_clear(&printed);
}

static void
check_recorded(enum payload_form form, bool bare, struct span v)
{
	struct span value;
	struct buf out;
	struct err e;
	int status;

	buf_init(&out, BUF_NO_MAX);
	(void)(payload_print(form, bare, v, &out, &e) == 0);
	buf_reset(&out);
	if (payload_unwrap_exit(v, &status, &value, &e) == 0)
		payload_wrap_exit(status, value, &out);
	require(batch_is_failure(v) == (batch_exit_status(v) != 0));
	buf_clear(&out);
}

static void
check_error(const char *p, size_t n)
{
	struct span v;
	struct err e;
	struct buf out;

	buf_init(&out, BUF_NO_MAX);
	error_put("Fuzz", p, n / 2, p + n / 2, n - n / 2, &out);
	require(out.len < PAYLOAD_UPDATE_WITH_ERROR_MAX - 4096);
	require(json_check(out.data, out.len, &v, &e) == 0);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum payload_form form;
	const char *p = (const char *)data + 1;

	if (n == 0)
		return 0;
	form = (enum payload_form)(data[0] % 3);
	check_round_trip(form, p, n - 1);
	check_recorded(form, data[0] & 4, (struct span){ p, n - 1 });
	check_error(p, n - 1);
	return 0;
}
