// SPDX-License-Identifier: GPL-2.0-or-later
/* Which name an address had when a flow began. */
#include <inttypes.h>
#include <stdio.h>

#include "dns_table.h"
#include "dns_util.h"

#define SEC 1000000000ull
#define SIZE 8

static struct df_dns_table table;

static int make_table(void **state)
{
	return df_dns_table_init(&table, SIZE);
}

static int free_table(void **state)
{
	df_dns_table_free(&table);
	return 0;
}

static void answer(uint64_t time, uint32_t addr, const char *name, uint32_t ttl)
{
	struct df_dns_answer a = {
		.time = time * SEC, .family = DF_IPV4, .ttl = ttl,
	};

	df_addr_to_bytes(DF_IPV4, addr, a.addr);
	strcpy(a.name, name);
	df_dns_table_add(&table, &a);
}

static void expect(uint64_t time, uint32_t addr, const char *name)
{
	const char *found = df_dns_table_find(&table, DF_IPV4, addr, time * SEC);

	if (!name)
		assert_null(found);
	else if (!found)
		fail_msg("%" PRIu32 " has no name", addr);
	else
		assert_string_equal(found, name);
}

static void finds_the_last_name_before(void **state)
{
	expect(50, 1, NULL);
	answer(10, 1, "a.example", 60);
	answer(20, 1, "b.example", 60);
	answer(30, 1, "a.example", 60);
	expect(9, 1, NULL);
	expect(10, 1, "a.example");
	expect(19, 1, "a.example");
	expect(20, 1, "b.example");
	expect(29, 1, "b.example");
	expect(30, 1, "a.example");
	expect(500, 1, "a.example");
	expect(500, 2, NULL);
	assert_null(df_dns_table_find(&table, DF_IPV6, 1, 30 * SEC));
}

/* Again and again: one entry, whose beginning stays. */
static void prolongs_an_answer(void **state)
{
	uint64_t t;

	for (t = 0; t < 100; t++)
		answer(1000 + 3000 * t, 1, "a.example", 60);
	assert_int_equal(table.count, 1);
	expect(1000, 1, "a.example");
	expect(150000, 1, "a.example");
	expect(999, 1, NULL);
	/* The last one counts for an hour. */
	expect(298000 + 3600, 1, "a.example");
	expect(298000 + 3601, 1, NULL);
	/* After a gap it is another answer. */
	answer(400000, 1, "a.example", 60);
	assert_int_equal(table.count, 2);
	expect(399999, 1, NULL);
	expect(400000, 1, "a.example");
}

static void keeps_for_the_time_to_live(void **state)
{
	answer(1000, 1, "a.example", 0);
	answer(1000, 2, "b.example", 7200);
	answer(1000, 3, "c.example", UINT32_MAX);
	expect(4600, 1, "a.example");
	expect(4601, 1, NULL);
	expect(8200, 2, "b.example");
	expect(8201, 2, NULL);
	expect(87400, 3, "c.example");
	expect(87401, 3, NULL);
}

/* A clock that was set back does not make names of times before. */
static void takes_a_clock_as_it_is(void **state)
{
	answer(1000, 1, "a.example", 60);
	answer(500, 1, "a.example", 60);
	answer(600, 1, "b.example", 60);
	expect(499, 1, NULL);
	expect(550, 1, "a.example");
	expect(700, 1, "b.example");
}

static void drops_what_was_not_asked_longest(void **state)
{
	char name[32];
	uint32_t i;

	for (i = 0; i < SIZE; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		answer(10 + i, i, name, 60);
	}
	answer(30, 0, "n0.example", 60);
	answer(31, 100, "new.example", 60);
	assert_int_equal(table.count, SIZE);
	expect(40, 0, "n0.example");
	expect(40, 1, NULL);
	expect(40, 2, "n2.example");
	expect(40, 100, "new.example");
}

/**
 * struct model - a list that does the same, the one not answered longest first
 * @time: when it was answered first
 * @addr: the address
 * @name: number of the name
 */
struct model {
	uint64_t time;
	uint32_t addr;
	int name;
};

static size_t model_add(struct model *list, size_t count, struct model one)
{
	size_t i, newest = SIZE;

	for (i = 0; i < count; i++)
		if (list[i].addr == one.addr &&
		    (newest == SIZE || list[i].time > list[newest].time))
			newest = i;
	if (newest < SIZE && list[newest].name == one.name)
		one = list[newest];
	else
		newest = 0;
	if (count == SIZE || one.time == list[newest].time) {
		memmove(&list[newest], &list[newest + 1],
			(count - newest - 1) * sizeof(*list));
		count--;
	}
	list[count] = one;
	return count + 1;
}

static int model_find(const struct model *list, size_t count, uint32_t addr,
		      uint64_t time)
{
	uint64_t best = 0;
	int name = -1;
	size_t i;

	for (i = 0; i < count; i++) {
		if (list[i].addr != addr || list[i].time > time ||
		    list[i].time < best)
			continue;
		best = list[i].time;
		name = list[i].name;
	}
	return name;
}

/* With other secrets again and again, so that other addresses meet. */
static void agrees_with_a_list(void **state)
{
	unsigned int seed = 7;
	int round;

	for (round = 0; round < 100; round++) {
		struct model list[SIZE + 1] = { 0 };
		size_t count = 0;
		uint64_t t;

		df_dns_table_free(&table);
		assert_int_equal(df_dns_table_init(&table, SIZE), 0);
		for (t = 1; t < 500; t++) {
			uint32_t addr = (uint32_t)rand_r(&seed) % 6;
			int name = rand_r(&seed) % 3;
			uint64_t when = t - (uint64_t)rand_r(&seed) % t;
			char text[16];

			snprintf(text, sizeof(text), "n%d", name);
			answer(t, addr, text, 60);
			count = model_add(list, count, (struct model){
				.time = t, .addr = addr, .name = name,
			});
			addr = (uint32_t)rand_r(&seed) % 6;
			name = model_find(list, count, addr, when);
			snprintf(text, sizeof(text), "n%d", name);
			expect(when, addr, name < 0 ? NULL : text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_the_last_name_before,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(prolongs_an_answer, make_table,
						free_table),
		cmocka_unit_test_setup_teardown(keeps_for_the_time_to_live,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(takes_a_clock_as_it_is,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(drops_what_was_not_asked_longest,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(agrees_with_a_list, make_table,
						free_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
