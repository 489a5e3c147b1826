// SPDX-License-Identifier: GPL-2.0-or-later
/* The form of data records in MMDB databases. */
#include "geo_read.h"
#include "geo_util.h"

/* Pointers: to what is there, to themselves, and in a ring. */
static void pointers(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool valid;
	} cases[] = {
		{ "\xe1\x41x\x20\x05\x41y", 7, true },
		{ "\xe1\x41x\x28\x00\x05", 6, false },
		{ "\xe1\x41x\x20\x03", 5, false },
		{ "\xe1\x41x\x20\x00", 5, false },
		{ "\xe1\x41x\x20\x05\x20\x03", 7, false },
		{ "\xe1\x41x\x38\0\0\0\x08\x41y", 10, true },
		{ "\xe1\x41x\x38\0\0\0\x0a\x41y", 10, false },
		{ "\xe1\x41x\x38\xff\xff\xff\xff\x41y", 10, false },
		{ "\xe1\x41x\x42y", 5, false },
		{ "\xe1\x41x\x5d", 4, false },
		{ "\xe1\x41x\x5d\0", 5, false },
		{ "\xe1\x41x\x5f\xff\xff\xff", 7, false },
		{ "\xe1\x41x\x01\x07", 5, true },
		{ "\xe1\x41x\x00", 4, false },
		{ "\xff\xff\xff\xff", 4, false },
		{ "", 0, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		/* on the heap, so that the sanitizer sees the end */
		uint8_t *bytes = malloc(cases[i].len);

		memcpy(bytes, cases[i].bytes, cases[i].len);
		assert_int_equal(df_geo_mmdb_record_valid(bytes, cases[i].len, 0),
				 cases[i].valid);
		free(bytes);
	}
}

/* Longer pointers count from where the shorter ones end. */
static void far_pointers(void **state)
{
	static const struct {
		const char *pointer;
		size_t len, target;
	} cases[] = {
		{ "\xe1\x41x\x28\x00\x00", 6, 2048 },
		{ "\xe1\x41x\x30\x00\x00\x00", 7, 526336 },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		size_t size = cases[i].target + 2;
		uint8_t *bytes = malloc(size);

		memset(bytes, 0xff, size);
		memcpy(bytes, cases[i].pointer, cases[i].len);
		memcpy(bytes + cases[i].target, "\x41y", 2);
		assert_true(df_geo_mmdb_record_valid(bytes, size, 0));
		assert_false(df_geo_mmdb_record_valid(bytes, size - 1, 0));
		bytes[cases[i].target] = 0xff;
		assert_false(df_geo_mmdb_record_valid(bytes, size, 0));
		free(bytes);
	}
}

/* An array of empty texts. */
static void many_values(void **state)
{
	uint8_t bytes[4 + 20000];

	memset(bytes, 0x40, sizeof(bytes));
	memcpy(bytes, "\x1e\x04\x22\x0b", 4);	/* 9,000 of them */
	assert_true(df_geo_mmdb_record_valid(bytes, sizeof(bytes), 0));
	memcpy(bytes, "\x1e\x04\x4d\x03", 4);	/* 20,000 */
	assert_false(df_geo_mmdb_record_valid(bytes, sizeof(bytes), 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pointers),
		cmocka_unit_test(far_pointers),
		cmocka_unit_test(many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
