/*
 * test_opid.c - opid.h: ids that never change, and printable names.
 *
 * The vectors are the contract with every execution in flight. One that fails
 * means that a new version would run recorded steps again: do not update it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/opid.h"

static const char parent[] =
    "0123456789abcdef0123456789abcdef-0000000000000000";

static const struct {
	const char *parent;
	enum op_type type;
	enum op_subtype subtype;
	const char *name;
	size_t n;
	uint64_t occurrence;
	const char *digest_of;
	size_t digest_n;
	const char *id;
} vectors[] = {
	{ NULL, OP_STEP, SUB_STEP, "", 0, 1, NULL, 0,
	    "ba110729cad6873b32d3e06c1d443e39-0000000000000000" },
	{ NULL, OP_STEP, SUB_STEP, "charge", 6, 1, NULL, 0,
	    "c866c6a107f878793181738c248227c9-0000000000000000" },
	{ NULL, OP_STEP, SUB_STEP, "charge", 6, 2, NULL, 0,
	    "bfa23fca450cfb21b7e50dc5f1ff4d00-0000000000000000" },
	{ NULL, OP_STEP, SUB_STEP, "charge", 6, 1, "./charge.sh\0007", 13,
	    "c866c6a107f878793181738c248227c9-3596d5d57ef07da6" },
	{ NULL, OP_STEP, SUB_STEP, "charge", 6, 1, "", 0,
	    "c866c6a107f878793181738c248227c9-2d06800538d394c2" },
	{ NULL, OP_STEP, SUB_CONDITION, "charge", 6, 1, NULL, 0,
	    "6d90add76fa54a0169d2b16144317ed6-0000000000000000" },
	{ NULL, OP_WAIT, SUB_WAIT, "cool-off", 8, 1, NULL, 0,
	    "a2b67093f65c6e22abf4e9324d01e774-0000000000000000" },
	{ NULL, OP_CALLBACK, SUB_CALLBACK, "approval", 8, 1, NULL, 0,
	    "b1c40074b0564c7432d3101f37d757de-0000000000000000" },
	{ NULL, OP_INVOKE, SUB_INVOKE, "other", 5, 1, NULL, 0,
	    "dd63b1e44eac36ac4cdfffb280a42d03-0000000000000000" },
	{ NULL, OP_CONTEXT, SUB_CHILD, "child", 5, 1, NULL, 0,
	    "5d19fba13cb135cd30123ebbbf62811d-0000000000000000" },
	{ NULL, OP_CONTEXT, SUB_WAIT_FOR_CALLBACK, "w", 1, 1, NULL, 0,
	    "b71c3f54781c0a433e612eed7ce2814f-0000000000000000" },
	{ NULL, OP_CONTEXT, SUB_PARALLEL, "notify", 6, 1, NULL, 0,
	    "bf41b3f0764355135277f3e91d7cd5e4-0000000000000000" },
	{ NULL, OP_CONTEXT, SUB_MAP, "notify", 6, 1, NULL, 0,
	    "d1819f601c41e610af04ff8b3a88024e-0000000000000000" },
	{ parent, OP_CONTEXT, SUB_BRANCH, "mail", 4, 1, NULL, 0,
	    "450770a970a8b8af4df6fe09f52f3fd8-0000000000000000" },
	{ parent, OP_CONTEXT, SUB_MAP_ITEM, "a.jpg", 5, 1, "a.jpg", 5,
	    "5a4dbf14c072ab281e9d851c3fb2dae6-0169276d1980ff75" },
	{ parent, OP_STEP, SUB_STEP, "a\0b\xff", 4, 70000, NULL, 0,
	    "8d74d7e73433d6864a94705596336656-0000000000000000" },
	{ NULL, OP_EXECUTION, SUB_NONE, "", 0, 1, NULL, 0,
	    "42ee61340badd377d576c3cbabdb73d6-0000000000000000" },
};

/* The id of a step, without a digest. */
static void
make_step(char *out, const char *parent_id, const char *name, size_t n)
{
	opid_make(out,
	    &(struct opid_parts){
		.parent_id = parent_id,
		.type = OP_STEP,
		.subtype = SUB_STEP,
		.name = { name, n },
		.occurrence = 1,
	    });
}

static void
ids_never_change(void **state)
{
	char id[OPID_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		opid_make(id,
		    &(struct opid_parts){
			.parent_id = vectors[i].parent,
			.type = vectors[i].type,
			.subtype = vectors[i].subtype,
			.name = { vectors[i].name, vectors[i].n },
			.occurrence = vectors[i].occurrence,
			.digest_of = { vectors[i].digest_of,
			    vectors[i].digest_n },
		    });
		assert_true(opid_is_valid(id, strlen(id)));
		assert_string_equal(id, vectors[i].id);
	}
}

static void
every_part_of_the_identity_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		for (size_t k = 0; k < i; k++)
			if (opid_same_identity(vectors[i].id, vectors[k].id))
				assert_true(vectors[i].n == vectors[k].n &&
				    vectors[i].n == 6); /* another digest */
	assert_true(opid_same_identity(vectors[1].id, vectors[3].id));
	assert_false(opid_same_digest(vectors[1].id, vectors[3].id));
	assert_false(opid_same_digest(vectors[1].id, vectors[4].id));
	assert_true(opid_same_digest(vectors[1].id, vectors[2].id));
}

static void
only_the_parent_s_identity_counts(void **state)
{
	static const char changed[] =
	    "0123456789abcdef0123456789abcdef-ffffffffffffffff";
	char a[OPID_LEN + 1], b[OPID_LEN + 1];

	(void)state;
	make_step(a, parent, "x", 1);
	make_step(b, changed, "x", 1);
	assert_string_equal(a, b);
}

static void
ids_of_long_names_differ(void **state)
{
	char *name = malloc(OP_NAME_MAX);
	char previous[OPID_LEN + 1] = "", id[OPID_LEN + 1];

	(void)state;
	assert_non_null(name);
	memset(name, 'n', OP_NAME_MAX);
	for (size_t n = 1; n <= OP_NAME_MAX; n++) {
		make_step(id, NULL, name, n);
		assert_false(opid_same_identity(previous, id));
		memcpy(previous, id, sizeof(id));
	}
	name[OP_NAME_MAX - 1] = 'm';
	make_step(id, NULL, name, OP_NAME_MAX);
	assert_false(opid_same_identity(previous, id));
	free(name);
}

/* Any byte, at any place. */
static void
ids_are_of_hex_digits(void **state)
{
	char id[OPID_LEN + 1];

	(void)state;
	for (size_t at = 0; at < OPID_LEN; at++)
		for (int c = 0; c < 256; c++) {
			bool is_digit = (c >= '0' && c <= '9') ||
			    (c >= 'a' && c <= 'f');

			memcpy(id, parent, sizeof(id));
			id[at] = (char)c;
			assert_int_equal(opid_is_valid(id, OPID_LEN),
			    at == OPID_IDENTITY ? c == '-' : is_digit);
		}
}

static void
only_ids_are_valid(void **state)
{
	static const char *const bad[] = { "",
		"0123456789abcdef0123456789abcdef-000000000000000",
		"0123456789abcdef0123456789abcdef-00000000000000000",
		"0123456789abcdef0123456789abcdef_0000000000000000",
		"0123456789ABCDEF0123456789abcdef-0000000000000000",
		"0123456789abcdeg0123456789abcdef-0000000000000000",
		"0123456789abcdef0123456789abcdef-000000000000000 " };

	(void)state;
	assert_true(opid_is_valid(parent, OPID_LEN));
	assert_false(opid_is_valid(parent, OPID_LEN - 1));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(opid_is_valid(bad[i], strlen(bad[i])));
}

static const struct {
	const char *name;
	size_t n;
	const char *shown;
} names[] = {
	{ "", 0, "" },
	{ "a", 1, "a" },
	{ "load a.jpg ~\"'", 14, "load a.jpg ~\"'" },
	{ "\\", 1, "\\x5c" },
	{ "a\nb\tc\x1f", 6, "a\\x0ab\\x09c\\x1f" },
	{ "\x7f\x80\xff", 3, "\\x7f\\x80\\xff" },
	{ "\xc3\xa4", 2, "\\xc3\\xa4" },
	{ "a\0b", 3, "a\\x00b" },
};

static void
names_are_printable(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		buf_reset(&b);
		opid_printable_name(names[i].name, names[i].n, &b);
		assert_string_equal(buf_str(&b), names[i].shown);
	}
	buf_clear(&b);
}

/* Names of 1 to 4096 bytes that are all c, which takes width bytes shown. */
static void
check_lengths(char c, size_t width)
{
	char *name = malloc(OP_NAME_MAX);
	struct buf b;

	assert_non_null(name);
	memset(name, c, OP_NAME_MAX);
	buf_init(&b, 0);
	for (size_t n = 1; n <= OP_NAME_MAX; n++) {
		size_t fit = (OP_NAME_SHOWN - 17) / width * width;

		buf_reset(&b);
		opid_printable_name(name, n, &b);
		if (n * width <= OP_NAME_SHOWN) {
			assert_int_equal(b.len, n * width);
			continue;
		}
		assert_int_equal(b.len, fit + 17);
		assert_int_equal(b.data[fit], '~');
		assert_int_equal(strspn(b.data + fit + 1, "0123456789abcdef"),
		    16);
		assert_int_equal(b.data[fit - 1], width == 1 ? c : 'a');
	}
	buf_clear(&b);
	free(name);
}

static void
long_names_are_cut_between_escapes(void **state)
{
	(void)state;
	check_lengths('n', 1);
	check_lengths('\n', 4);
}

static void
cut_names_of_different_ends_differ(void **state)
{
	char name[300];
	struct buf a, b;

	(void)state;
	memset(name, 'n', sizeof(name));
	buf_init(&a, 0);
	buf_init(&b, 0);
	opid_printable_name(name, sizeof(name), &a);
	name[299] = 'm';
	opid_printable_name(name, sizeof(name), &b);
	assert_int_equal(a.len, OP_NAME_SHOWN);
	assert_int_equal(b.len, OP_NAME_SHOWN);
	assert_memory_not_equal(a.data, b.data, OP_NAME_SHOWN);
	assert_memory_equal(a.data, b.data, OP_NAME_SHOWN - 16);
	buf_clear(&a);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_never_change),
		cmocka_unit_test(every_part_of_the_identity_counts),
		cmocka_unit_test(only_the_parent_s_identity_counts),
		cmocka_unit_test(ids_of_long_names_differ),
		cmocka_unit_test(only_ids_are_valid),
		cmocka_unit_test(ids_are_of_hex_digits),
		cmocka_unit_test(names_are_printable),
		cmocka_unit_test(long_names_are_cut_between_escapes),
		cmocka_unit_test(cut_names_of_different_ends_differ),
	};

	return cmocka_run_group_tests_name("opid", tests, NULL, NULL);
}
