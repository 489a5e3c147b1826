// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's reader of permits, the same file that runs in the kernel: every way to
 * be none, and the list against a plain search.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "permit.h"

#define SIZE(count) (DFENCE_PERMIT_HEADER + (count) * DRONEFENCE_DIGEST_LEN)

/* One digest more than a permit may list. */
static uint8_t data[SIZE(DRONEFENCE_MAX_PERMITTED + 1)];
static struct dfence_permit permit;

static void put32(uint8_t *p, uint32_t value)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = value >> (24 - 8 * i);
}

/* Digest number i of @count, in order: big-endian 3 * i + 1. */
static size_t write_permit(uint32_t count)
{
	uint32_t i;

	memset(data, 0, sizeof(data));
	memcpy(data, "dfpermit", 8);
	put32(data + 8, 1);
	put32(data + 12, count);
	put32(data + 20, 7);
	for (i = 0; i < count; i++)
		put32(data + SIZE(i), 3 * i + 1);
	return SIZE(count);
}

/* In memory of its own, so that a byte beyond it would be noticed. */
static const char *parse(size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	const char *why;

	assert_non_null(copy);
	memcpy(copy, data, size);
	why = dfence_permit_parse(copy, size, &permit);
	free(copy);
	return why;
}

static void reads_permits(void **state)
{
	const uint32_t counts[] = { 1, 2, 3, 100, DRONEFENCE_MAX_PERMITTED };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		assert_null(parse(write_permit(counts[i])));
		assert_int_equal(permit.count, counts[i]);
		assert_int_equal(permit.serial, 7);
	}
	put32(data + 16, 0x01020304);
	assert_null(parse(SIZE(DRONEFENCE_MAX_PERMITTED)));
	assert_true(permit.serial == 0x0102030400000007);
}

static void refuses_every_other_length(void **state)
{
	size_t size = write_permit(3), i;

	for (i = 0; i <= SIZE(5); i++)
		if (i != size)
			assert_non_null(parse(i));
	/* A count so large that its bytes do not fit into 32 bits. */
	put32(data + 12, 0x08000000 + 3);
	assert_string_equal(parse(size), "the permit lists no image, or too many");
}

static void says_what_is_wrong(void **state)
{
	size_t size = write_permit(3);

	data[0] ^= 0x20;
	assert_string_equal(parse(size), "what was signed is no permit");
	assert_string_equal(parse(0), "what was signed is no permit");
	write_permit(3);
	put32(data + 8, 2);
	assert_string_equal(parse(size), "the permit is of a version that is not known");
	write_permit(0);
	assert_string_equal(parse(SIZE(0)), "the permit lists no image, or too many");
	size = write_permit(DRONEFENCE_MAX_PERMITTED + 1);
	assert_string_equal(parse(size), "the permit lists no image, or too many");
	size = write_permit(3);
	assert_string_equal(parse(size - 1), "the permit is longer or shorter than it says");
	assert_string_equal(parse(size + 1), "the permit is longer or shorter than it says");
	put32(data + 20, 0);
	assert_string_equal(parse(size), "the permit has no serial");
	write_permit(3);
	put32(data + SIZE(1), 1);
	assert_string_equal(parse(size), "the permit lists images out of order, or twice");
	put32(data + SIZE(1), 0);
	assert_string_equal(parse(size), "the permit lists images out of order, or twice");
}

/* Whatever the bytes are, what is read stays inside of them. */
static void survives_noise(void **state)
{
	size_t size = write_permit(20);
	int round, i;

	srandom(1);
	for (round = 0; round < 20000; round++) {
		write_permit(20);
		for (i = random() % 8; i >= 0; i--)
			data[random() % size] = random();
		parse(random() % 4 ? size : (size_t)random() % size);
	}
}

static void finds_what_it_lists(void **state)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN] = { 0 };
	uint32_t count, i;

	for (count = 1; count <= 40; count++) {
		size_t size = write_permit(count);

		assert_null(dfence_permit_parse(data, size, &permit));
		for (i = 0; i < 3 * count + 3; i++) {
			put32(digest, i);
			assert_int_equal(dfence_permit_lists(&permit, digest),
					 i % 3 == 1 && i < 3 * count);
		}
		/* The last byte counts as well. */
		put32(digest, 1);
		digest[DRONEFENCE_DIGEST_LEN - 1] = 1;
		assert_false(dfence_permit_lists(&permit, digest));
		digest[DRONEFENCE_DIGEST_LEN - 1] = 0;
	}
}

static void compares(void **state)
{
	static uint8_t first[SIZE(3)];
	struct dfence_permit one;
	size_t size = write_permit(3), i;

	memcpy(first, data, size);
	assert_null(dfence_permit_parse(first, size, &one));
	assert_null(dfence_permit_parse(data, size, &permit));
	assert_true(dfence_permit_same(&one, &permit));
	/* Serial and digests, each byte. */
	for (i = 16; i < size; i++) {
		data[i] ^= 0x80;
		permit.serial = one.serial;
		dfence_permit_parse(data, size, &permit);
		assert_false(dfence_permit_same(&one, &permit));
		data[i] ^= 0x80;
	}
	size = write_permit(2);
	assert_null(dfence_permit_parse(data, size, &permit));
	assert_false(dfence_permit_same(&one, &permit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_permits),
		cmocka_unit_test(refuses_every_other_length),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(survives_noise),
		cmocka_unit_test(finds_what_it_lists),
		cmocka_unit_test(compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
