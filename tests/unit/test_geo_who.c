// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses asked one at a time. The reader of whole databases is the reference. */
#include <fcntl.h>

#include "geo_read.h"
#include "geo_root_util.h"
#include "geo_who.h"

static const struct loc_net nets[] = {
	{ "1.0.0.0/8", "AU", 13335 },
	{ "1.2.0.0/16", "CN", 4134 },
	{ "1.2.3.0/24", "HK", 45102 },
	{ "1.2.3.4/32", "US", 0 },
	{ "255.255.255.255/32", "US", 4294967295 },
	{ "2001:db8::/32", "US", 64500 },
	{ "2001:db8:8000::/33", "CN", 64501 },
	{ "2001:db8:8000::1/128", "HK", 64502 },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "NZ", 3 },
	{ NULL, NULL, 0 },
};

/* Large: there is one for all. */
static struct df_geo_who who;

static void assert_says(const char *text, uint32_t asn, const char *name)
{
	enum df_family family;
	df_u128 addr = addr_of(text, &family);
	const struct df_geo_who_answer *answer;
	int i;

	/* Asked, and remembered. */
	for (i = 0; i < 2; i++) {
		answer = df_geo_who_ask(&who, family, addr);
		assert_non_null(answer);
		assert_int_equal(answer->asn, asn);
		assert_string_equal(answer->name, name);
	}
}

static void answers(void **state)
{
	write_libloc("a.db", nets, NULL);
	df_geo_who_init(&who);
	assert_int_equal(df_geo_who_open(&who, "a.db"), 0);
	assert_says("1.255.0.1", 13335, "Operator 13335");
	assert_says("1.2.255.255", 4134, "Operator 4134");
	assert_says("1.2.3.3", 45102, "Operator 45102");
	assert_says("1.2.3.4", 0, "");
	assert_says("9.9.9.9", 0, "");
	assert_says("255.255.255.255", UINT32_MAX, "Operator 4294967295");
	assert_says("2001:db8::1", 64500, "Operator 64500");
	assert_says("2001:db8:8000::1", 64502, "Operator 64502");
	assert_says("2001:db8:8000::2", 64501, "Operator 64501");
	assert_says("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 3, "Operator 3");
	df_geo_who_close(&who);
	assert_null(df_geo_who_ask(&who, DF_IPV4, 1));
	assert_string_equal(who.problem, "");
}

static const struct loc_net six_only[] = {
	{ "2001:db8::/32", "US", 64500 }, { NULL, NULL, 0 },
};

static void needs_no_ipv4(void **state)
{
	write_libloc("six.db", six_only, NULL);
	df_geo_who_init(&who);
	assert_int_equal(df_geo_who_open(&who, "six.db"), 0);
	assert_says("1.2.3.4", 0, "");
	assert_says("2001:db8::1", 64500, "Operator 64500");
	df_geo_who_close(&who);
}

static bool is_repeated(const struct loc_net *list, int last)
{
	int i;

	for (i = 0; i < last; i++)
		if (!strcmp(list[i].net, list[last].net))
			return true;
	return false;
}

/* 16.0.0.0/4 and 2000::/4: close enough to meet. */
static df_u128 public_addr(uint64_t *seed, enum df_family family)
{
	df_u128 addr = random_addr(seed, family);

	if (family == DF_IPV4)
		return (addr & 0xfffffff) | 0x10000000;
	return addr >> 4 | (df_u128)2 << 124;
}

/* Networks at random, and addresses in and beside them. */
static void agrees_with_the_reader(void **state)
{
	struct loc_net random[201] = { 0 };
	struct df_geo_source source = { .path = "random.db" };
	struct df_diags diags = { 0 };
	static char names[200][DF_NET_STRLEN + 8];
	uint64_t seed = 11;
	int i;

	for (i = 0; i < 200; i++) {
		enum df_family family = i % 2 ? DF_IPV6 : DF_IPV4;
		unsigned int bits = family == DF_IPV4 ? 32 : 128;
		unsigned int prefix = 8 + random32(&seed) % (bits - 7);
		df_u128 addr = public_addr(&seed, family);
		char text[DF_NET_STRLEN];

		addr = addr >> (bits - prefix) << (bits - prefix);
		df_addr_format(family, addr, text);
		snprintf(names[i], sizeof(names[i]), "%s/%u", text, prefix);
		random[i] = (struct loc_net){ names[i], "US",
					      random32(&seed) % 60 };
		/* libloc takes none twice. */
		if (is_repeated(random, i))
			i--;
	}
	write_libloc("random.db", random, NULL);
	assert_int_equal(df_geo_read_libloc(&source, NULL, &diags), 0);
	df_geo_who_init(&who);
	assert_int_equal(df_geo_who_open(&who, "random.db"), 0);
	for (i = 0; i < 20000; i++) {
		enum df_family family = i % 2 ? DF_IPV6 : DF_IPV4;
		df_u128 addr = public_addr(&seed, family);
		const struct df_geo_who_answer *answer;
		const struct df_geo_range *range;

		range = df_geo_lookup(&source, family, addr);
		answer = df_geo_who_ask(&who, family, addr);
		assert_non_null(answer);
		assert_int_equal(answer->asn, range ? range->asn : 0);
	}
	df_geo_who_close(&who);
	for (i = 0; i < DF_FAMILIES; i++)
		free(source.table[i].list);
	df_geo_as_names_free(&source);
}

static size_t read_bytes(const char *name, uint8_t *bytes, size_t size)
{
	FILE *file = fopen(name, "re");
	size_t length;

	assert_non_null(file);
	length = fread(bytes, 1, size, file);
	fclose(file);
	return length;
}

static void ask_some(uint64_t *seed)
{
	int i;

	for (i = 0; i < 40; i++)
		df_geo_who_ask(&who, i % 2 ? DF_IPV6 : DF_IPV4, i % 4 < 2 ?
			       random_addr(seed, i % 2 ? DF_IPV6 : DF_IPV4) :
			       (df_u128)0x01020300 + (df_u128)i);
}

/* Whatever is in the file: an answer, or none; the sanitizers watch. */
static void survives_damage(void **state)
{
	static uint8_t good[65536], bad[65536];
	uint64_t seed = 5;
	size_t size, i;
	int round;

	write_libloc("good.db", nets, NULL);
	size = read_bytes("good.db", good, sizeof(good));
	for (round = 0; round < 2000; round++) {
		memcpy(bad, good, size);
		/* The header of the sections, or anywhere. */
		for (i = 0; i < 1 + random32(&seed) % 4; i++)
			bad[round % 3 ? LIBLOC_HEADER_LEN + random32(&seed) %
			    (size - LIBLOC_HEADER_LEN) : random32(&seed) % 68] =
				(uint8_t)random32(&seed);
		write_bytes("bad.db", (char *)bad, size);
		df_geo_who_init(&who);
		if (!df_geo_who_open(&who, "bad.db"))
			ask_some(&seed);
		df_geo_who_close(&who);
	}
	for (i = 0; i < size; i += 97) {
		write_bytes("bad.db", (char *)good, i);
		df_geo_who_init(&who);
		if (!df_geo_who_open(&who, "bad.db"))
			ask_some(&seed);
		df_geo_who_close(&who);
	}
}

/* Made shorter in place, under the reader. */
static void is_told_of_a_file_that_shrinks(void **state)
{
	write_libloc("shrinks.db", nets, NULL);
	df_geo_who_init(&who);
	assert_int_equal(df_geo_who_open(&who, "shrinks.db"), 0);
	assert_says("1.2.3.3", 45102, "Operator 45102");
	assert_int_equal(truncate("shrinks.db", 100), 0);
	assert_null(df_geo_who_ask(&who, DF_IPV4, 0x01020301));
	assert_string_equal(who.problem, "the database of operators is damaged: it does not fit together");
	/* And what was remembered is of it, too. */
	assert_null(df_geo_who_ask(&who, DF_IPV4, 0x01020303));
}

/* Nothing is taken for a record that lies outside of its section. */
static void keeps_to_the_sections(void **state)
{
	static const size_t lengths[] = {
		LIBLOC_NETWORKS + 4, LIBLOC_AS + 4, LIBLOC_POOL + 4,
	};
	static uint8_t bytes[65536];
	size_t size, i;

	for (i = 0; i < COUNT(lengths); i++) {
		write_libloc("cut.db", nets, NULL);
		size = read_bytes("cut.db", bytes, sizeof(bytes));
		memset(bytes + lengths[i], 0, 4);
		write_bytes("cut.db", (char *)bytes, size);
		df_geo_who_init(&who);
		assert_int_equal(df_geo_who_open(&who, "cut.db"), 0);
		/* An empty list of names is no damage: there is none. */
		if (lengths[i] == LIBLOC_AS + 4)
			assert_says("1.2.3.3", 45102, "");
		else
			assert_null(df_geo_who_ask(&who, DF_IPV4, 0x01020303));
		df_geo_who_close(&who);
	}
}

static const struct loc_net around[] = {
	{ "::/8", "SE", 9 }, { "10.0.0.0/8", "NO", 8 }, { NULL, NULL, 0 },
};

/* A network around all of IPv4. */
static void looks_around_ipv4(void **state)
{
	write_libloc("around.db", around, NULL);
	df_geo_who_init(&who);
	assert_int_equal(df_geo_who_open(&who, "around.db"), 0);
	assert_says("9.255.255.255", 9, "Operator 9");
	assert_says("10.0.0.0", 8, "Operator 8");
	assert_says("11.0.0.0", 9, "Operator 9");
	assert_says("::1", 9, "Operator 9");
	df_geo_who_close(&who);
}

static void refuses_what_is_no_database(void **state)
{
	df_geo_who_init(&who);
	assert_int_equal(df_geo_who_open(&who, "missing.db"), -ENOENT);
	write_text("text.db", "a text that is longer than a header of sixty-eight bytes has to be, and no database\n");
	assert_int_equal(df_geo_who_open(&who, "text.db"), -EINVAL);
	assert_int_equal(mkfifo("fifo.db", 0600), 0);
	assert_int_equal(df_geo_who_open(&who, "fifo.db"), -EINVAL);
	assert_int_equal(mkdir("dir.db", 0700), 0);
	assert_int_equal(df_geo_who_open(&who, "dir.db"), -EINVAL);
	assert_int_equal(who.fd, -1);
}

static const struct loc_net before[] = {
	{ "1.2.3.0/24", "HK", 45102 }, { NULL, NULL, 0 },
};

static const struct loc_net after[] = {
	{ "1.2.3.0/24", "US", 13335 }, { NULL, NULL, 0 },
};

static void opens_what_replaces_it(void **state)
{
	clear_root();
	df_geo_who_init(&who);
	assert_false(df_geo_who_refresh(&who, "root"));
	assert_int_equal(who.fd, -1);
	write_dated(PACKAGED, before, NOW, NULL);
	assert_false(df_geo_who_refresh(&who, "root"));
	assert_says("1.2.3.4", 45102, "Operator 45102");
	/* A newer one beside it. */
	write_dated(UPDATED, after, NOW + DAY, NULL);
	assert_false(df_geo_who_refresh(&who, "root"));
	assert_says("1.2.3.4", 13335, "Operator 13335");
	/* The newer one is no good any more: the other is left. */
	write_text(UPDATED, "");
	assert_false(df_geo_who_refresh(&who, "root"));
	assert_says("1.2.3.4", 45102, "Operator 45102");
	/* And it, too: said once. */
	write_text(PACKAGED, "nothing");
	assert_true(df_geo_who_refresh(&who, "root"));
	assert_non_null(strstr(who.problem, "operators are not shown: root/"));
	assert_false(df_geo_who_refresh(&who, "root"));
	assert_null(df_geo_who_ask(&who, DF_IPV4, 0x01020304));
	/* No data at all is no problem. */
	assert_int_equal(unlink(PACKAGED), 0);
	assert_int_equal(unlink(UPDATED), 0);
	assert_false(df_geo_who_refresh(&who, "root"));
	assert_string_equal(who.problem, "");
	df_geo_who_close(&who);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(needs_no_ipv4),
		cmocka_unit_test(looks_around_ipv4),
		cmocka_unit_test(agrees_with_the_reader),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(keeps_to_the_sections),
		cmocka_unit_test(is_told_of_a_file_that_shrinks),
		cmocka_unit_test(refuses_what_is_no_database),
		cmocka_unit_test(opens_what_replaces_it),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
