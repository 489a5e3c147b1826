// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of MMDB databases. libmaxminddb's own lookup is the reference. */
#include <maxminddb.h>

#include "geo_read.h"
#include "geo_util.h"
#include "mmdb_writer.h"

static const struct mmdb_net nets4[] = {
	{ "1.0.0.0/8", "AU", 13335 },
	{ "1.2.0.0/16", "CN", 4134 },
	{ "1.2.3.4/32", "HK", 0 },
	{ "0.0.0.0/32", "US", 1 },
	{ "255.255.255.255/32", NULL, 4294967295 },
	{ "128.0.0.0/2", "UK", 3320 },
	{ "200.0.0.0/8", "EU", 0 },
};

static const struct mmdb_net nets6[] = {
	{ "1.0.0.0/8", "AU", 13335 },
	{ "1.2.0.0/16", "CN", 4134 },
	{ "1.2.3.4/32", "HK", 0 },
	{ "255.255.255.255/32", NULL, 4294967295 },
	{ "2001:db8::/32", "US", 64500 },
	{ "2001:db8:8000::/33", "CN", 64501 },
	{ "2001:db8:8000::1/128", "HK", 64502 },
	{ "2c00::/12", "ZA", 37100 },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "NZ", 3 },
};

static struct mmdb db;

static void start(enum mmdb_layout layout, int record_size, int ip_version)
{
	memset(&db, 0, sizeof(db));
	db.layout = layout;
	db.record_size = record_size;
	db.ip_version = ip_version;
	db.epoch = 1780000000;
}

static void prepare(enum mmdb_layout layout, int record_size, int ip_version)
{
	start(layout, record_size, ip_version);
	db.aliases = ip_version == 6;
	if (ip_version == 6)
		mmdb_build(&db, nets6, COUNT(nets6));
	else
		mmdb_build(&db, nets4, COUNT(nets4));
}

static struct df_geo_source *read_mmdb(const char *path, char **text, int *err)
{
	struct df_geo_source *source = calloc(1, sizeof(*source));
	struct df_diags diags = { 0 };

	source->path = strdup(path);
	*err = df_geo_read_mmdb(source, &diags);
	assert_int_equal(!!*err && *err != -ENOENT, diags.geo_errors);
	*text = render(&diags);
	df_diags_free(&diags);
	return source;
}

static struct df_geo_source *good(const char *path)
{
	struct df_geo_source *source;
	char *text;
	int err;

	source = read_mmdb(path, &text, &err);
	assert_string_equal(text, "");
	assert_int_equal(err, 0);
	assert_well_formed(source);
	free(text);
	return source;
}

static void refuse(const char *path, int expected, const char *message)
{
	struct df_geo_source *source;
	char *text;
	int err;

	source = read_mmdb(path, &text, &err);
	assert_string_equal(text, message);
	assert_int_equal(err, expected);
	df_geo_source_free(source);
	free(text);
}

static void save(const char *path)
{
	write_bytes(path, (const char *)db.data, db.size);
}

/* What the library finds: the longest prefix, the values by name. */
static void compare_with_library(const MMDB_s *mmdb, enum mmdb_layout layout,
				 const struct df_geo_source *source,
				 enum df_family family, df_u128 addr)
{
	const struct df_geo_range *range = df_geo_lookup(source, family, addr);
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	MMDB_entry_data_s data;
	MMDB_lookup_result_s found;
	char code[3] = "", text[16] = "";
	uint32_t asn = 0;
	int err;

	df_addr_to_bytes(DF_IPV6, addr, in6.sin6_addr.s6_addr);
	in4.sin_addr.s_addr = htonl(addr);
	found = MMDB_lookup_sockaddr(mmdb, family == DF_IPV4 ?
				     (struct sockaddr *)&in4 :
				     (struct sockaddr *)&in6, &err);
	assert_int_equal(err, MMDB_SUCCESS);
	if (found.found_entry &&
	    !(layout == MMDB_NESTED ?
	      MMDB_get_value(&found.entry, &data, "country", "iso_code", NULL) :
	      MMDB_get_value(&found.entry, &data,
			     layout == MMDB_CODE ? "country_code" : "country", NULL)))
		memcpy(code, data.utf8_string, 2);
	if (found.found_entry &&
	    !MMDB_get_value(&found.entry, &data, layout == MMDB_NESTED ?
			    "autonomous_system_number" : "asn", NULL)) {
		if (layout == MMDB_CODE)
			memcpy(text, data.utf8_string, data.data_size);
		asn = layout == MMDB_CODE ? strtoul(text + 2, NULL, 10) : data.uint32;
	}
	if (!strcmp(code, "UK"))
		strcpy(code, "GB");
	if (!df_country_name(code))
		memset(code, 0, sizeof(code));
	assert_int_equal(range ? range->asn : 0, asn);
	assert_memory_equal(range ? range->country : "\0", code, 2);
}

static void compare_database(enum mmdb_layout layout, int record_size,
			     int ip_version)
{
	const struct mmdb_net *nets = ip_version == 4 ? nets4 : nets6;
	size_t count = ip_version == 4 ? COUNT(nets4) : COUNT(nets6), i;
	struct df_geo_source *source;
	uint64_t seed = 4;
	MMDB_s mmdb;

	prepare(layout, record_size, ip_version);
	save("good.mmdb");
	source = good("good.mmdb");
	assert_true(source->has_country && source->has_asn);
	assert_int_equal(source->date, 1780000000);
	assert_int_equal(MMDB_open("good.mmdb", 0, &mmdb), MMDB_SUCCESS);
	for (i = 0; i < count; i++) {
		struct df_net net;
		const char *why;

		assert_int_equal(df_net_parse(nets[i].net, &net, &why), 0);
		compare_with_library(&mmdb, layout, source, net.family, net.first);
		compare_with_library(&mmdb, layout, source, net.family, net.last);
		if (net.first)
			compare_with_library(&mmdb, layout, source, net.family,
					     net.first - 1);
		if (net.last < df_addr_max(net.family))
			compare_with_library(&mmdb, layout, source, net.family,
					     net.last + 1);
	}
	for (i = 0; i < 2000; i++) {
		compare_with_library(&mmdb, layout, source, DF_IPV4,
				     random_addr(&seed, DF_IPV4));
		if (ip_version == 6)
			compare_with_library(&mmdb, layout, source, DF_IPV6,
					     (df_u128)0x20010db8 << 96 |
					     random_addr(&seed, DF_IPV6) >> 32);
	}
	MMDB_close(&mmdb);
	df_geo_source_free(source);
}

static void all_layouts(void **state)
{
	static const int sizes[] = { 24, 28, 32 };
	size_t i;
	int layout;

	for (layout = MMDB_NESTED; layout <= MMDB_PLAIN; layout++) {
		for (i = 0; i < COUNT(sizes); i++) {
			compare_database(layout, sizes[i], 4);
			compare_database(layout, sizes[i], 6);
		}
	}
}

static void aliases_once(void **state)
{
	struct df_geo_source *source;

	prepare(MMDB_NESTED, 28, 6);
	save("good.mmdb");
	source = good("good.mmdb");
	assert_string_equal(says(source, "1.2.3.4"), "HK 0");
	assert_string_equal(says(source, "1.2.3.5"), "CN 4134");
	/* The library follows these; they are not where IPv4 packets go. */
	assert_string_equal(says(source, "2002:102:303::"), "- 0");
	assert_string_equal(says(source, "2001:0:102:303::"), "- 0");
	assert_string_equal(says(source, "::ffff:1.2.3.5"), "- 0");
	assert_string_equal(says(source, "::1.2.3.5"), "- 0");
	/* one range for each network that is not unknown */
	assert_int_equal(source->table[DF_IPV6].count, 6);
	df_geo_source_free(source);
}

/* More records than are remembered while reading. */
static void many_records(void **state)
{
	enum { COUNT_MANY = 1500 };
	static struct mmdb_net nets[COUNT_MANY];
	static char text[COUNT_MANY][20];
	struct df_geo_source *source;
	size_t i;

	for (i = 0; i < COUNT_MANY; i++) {
		snprintf(text[i], sizeof(text[i]), "%u.%u.0.0/16",
			 (unsigned int)(1 + i / 256), (unsigned int)(i % 256));
		nets[i] = (struct mmdb_net){ text[i], i & 1 ? "US" : "CN", 1000 + i };
	}
	start(MMDB_NESTED, 24, 4);
	mmdb_build(&db, nets, COUNT_MANY);
	save("many.mmdb");
	source = good("many.mmdb");
	assert_int_equal(source->table[DF_IPV4].count, COUNT_MANY);
	for (i = 0; i < COUNT_MANY; i++) {
		const struct df_geo_range *range = &source->table[DF_IPV4].list[i];

		assert_true(range->first == 0x01000000 + (i << 16));
		assert_int_equal(range->asn, 1000 + i);
		assert_memory_equal(range->country, i & 1 ? "US" : "CN", 2);
	}
	df_geo_source_free(source);
}

static void whole_ipv4_in_one(void **state)
{
	const struct mmdb_net wide[] = { { "::/8", "SE", 9 } };
	struct df_geo_source *source;

	start(MMDB_NESTED, 24, 6);
	mmdb_build(&db, wide, COUNT(wide));
	save("wide.mmdb");
	source = good("wide.mmdb");
	assert_string_equal(says(source, "0.0.0.0"), "SE 9");
	assert_string_equal(says(source, "255.255.255.255"), "SE 9");
	assert_string_equal(says(source, "::1:0:0"), "SE 9");
	assert_string_equal(says(source, "ff::"), "SE 9");
	assert_string_equal(says(source, "100::"), "- 0");
	df_geo_source_free(source);
}

static void one_question_only(void **state)
{
	const struct mmdb_net country[] = { { "1.0.0.0/8", "AU", 0 } };
	const struct mmdb_net operator[] = { { "1.0.0.0/8", NULL, 13335 } };
	const struct mmdb_net nothing[] = { { "1.0.0.0/8", NULL, 0 } };
	struct df_geo_source *source;

	start(MMDB_NESTED, 24, 4);
	mmdb_build(&db, country, 1);
	save("one.mmdb");
	source = good("one.mmdb");
	assert_true(source->has_country && !source->has_asn);
	df_geo_source_free(source);
	mmdb_build(&db, operator, 1);
	save("one.mmdb");
	source = good("one.mmdb");
	assert_true(!source->has_country && source->has_asn);
	df_geo_source_free(source);
	mmdb_build(&db, nothing, 1);
	save("one.mmdb");
	refuse("one.mmdb", -EINVAL,
	       "error: one.mmdb: has neither countries nor AS numbers\n");
}

#define NOT_MMDB(name, why) \
	"error: " name ": damaged or not an MMDB database: " why "\n"
#define BAD_METADATA "The MaxMind DB file contains invalid metadata"

static void not_a_database(void **state)
{
	refuse("no-such.mmdb", -ENOENT, "");
	write_text("text.mmdb", "this is a text, not a database\n");
	refuse("text.mmdb", -EINVAL, NOT_MMDB("text.mmdb", BAD_METADATA));
	mkdir("folder.mmdb", 0755);
	refuse("folder.mmdb", -EINVAL,
	       "error: folder.mmdb: not a regular file\n");
	assert_int_equal(mkfifo("fifo.mmdb", 0600), 0);
	refuse("fifo.mmdb", -EINVAL, "error: fifo.mmdb: not a regular file\n");
}

static void bad_values(void **state)
{
	static const struct {
		struct mmdb_net net;
		enum mmdb_layout layout;
		const char *find, *put;
		const char *why;
	} cases[] = {
		{ { "1.0.0.0/8", "au", 0 }, MMDB_NESTED, "note", "note",
		  "a record has an impossible country code" },
		{ { "1.0.0.0/8", "A\1", 0 }, MMDB_PLAIN, "note", "note",
		  "a record has an impossible country code" },
		{ { "1.0.0.0/8", NULL, 13335 }, MMDB_CODE, "AS13335", "AS-1335",
		  "a record has an impossible AS number" },
		{ { "1.0.0.0/8", NULL, 4294967295 }, MMDB_CODE, "AS4294967295",
		  "AS4294967296", "a record has an impossible AS number" },
		{ { "1.0.0.0/8", NULL, 13335 }, MMDB_CODE, "AS13335", "XX13335",
		  "a record has an impossible AS number" },
		/* a pointer behind the end, where the note begins */
		{ { "1.0.0.0/8", "AU", 0 }, MMDB_NESTED, "\x44note",
		  "\x38\xff\xff\xff\xff", "a data record cannot be read" },
	};
	char message[128];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		uint8_t *at;

		start(cases[i].layout, 24, 4);
		mmdb_build(&db, &cases[i].net, 1);
		at = memmem(db.data, db.size, cases[i].find, strlen(cases[i].find));
		assert_non_null(at);
		memcpy(at, cases[i].put, strlen(cases[i].put));
		save("bad.mmdb");
		snprintf(message, sizeof(message),
			 "error: bad.mmdb: damaged: %s\n", cases[i].why);
		refuse("bad.mmdb", -EINVAL, message);
	}
}

/*
 * Nested maps: as deep as anybody may need, and two bytes for each level of
 * arrays until the stack of libmaxminddb would not hold them.
 */
static void nested_records(void **state)
{
	static const struct {
		size_t levels;
		const char *message;
	} cases[] = {
		{ 10, "" },
		{ 20, "error: nested.mmdb: damaged: a data record cannot be read\n" },
		{ 4000000, "error: nested.mmdb: damaged: a data record cannot be read\n" },
	};
	static const struct mmdb_net net = { "1.0.0.0/8", "AU", 0 };
	size_t i, k;

	for (i = 0; i < COUNT(cases); i++) {
		FILE *out = fopen("nested.mmdb", "we");
		struct df_geo_source *source;
		uint8_t *at;
		char *text;
		int err;

		start(MMDB_NESTED, 24, 4);
		mmdb_build(&db, &net, 1);
		/* in the place of the text of the note */
		at = (uint8_t *)memmem(db.data, db.size, "\x44note", 5) + 5;
		assert_int_equal(fwrite(db.data, 1, at - db.data, out), at - db.data);
		for (k = 0; k < cases[i].levels; k++)
			fwrite("\1\4", 1, 2, out);
		fwrite("\x41x", 1, 2, out);
		at = (uint8_t *)memmem(db.data, db.size, "\x47\x63ountry", 8);
		fwrite(at, 1, db.data + db.size - at, out);
		fclose(out);
		source = read_mmdb("nested.mmdb", &text, &err);
		assert_string_equal(text, cases[i].message);
		if (!err)
			assert_string_equal(says(source, "1.2.3.4"), "AU 0");
		df_geo_source_free(source);
		free(text);
	}
}

/* Trees that no writer makes: 130 nodes, each leading to the next. */
static void bad_trees(void **state)
{
	static const struct mmdb_net net = { "1.0.0.0/8", "AU", 0 };
	uint32_t i;

	start(MMDB_NESTED, 32, 6);
	for (i = 0; i < 130; i++)
		mmdb_node(&db);
	for (i = 0; i < 129; i++)
		db.nodes[i][1] = i + 1;
	mmdb_finish(&db, &net, 1);
	save("tree.mmdb");
	refuse("tree.mmdb", -EINVAL,
	       "error: tree.mmdb: damaged: the tree is deeper than an address\n");

	db.size = 0;
	db.nodes[100][1] = 50;
	mmdb_finish(&db, &net, 1);
	save("tree.mmdb");
	refuse("tree.mmdb", -EINVAL,
	       "error: tree.mmdb: damaged: a node is reached twice\n");

	db.size = 0;
	db.nodes[100][1] = MMDB_EMPTY;
	mmdb_finish(&db, &net, 1);
	save("tree.mmdb");
	refuse("tree.mmdb", -EINVAL,
	       "error: tree.mmdb: damaged: a part of the tree is out of reach\n");

	/* Between the tree and the data: libmaxminddb would read anywhere. */
	for (i = 1; i < 16; i++) {
		db.size = 0;
		db.count = 2;
		db.nodes[0][1] = 1;
		db.nodes[1][1] = db.count + i;
		mmdb_finish(&db, &net, 1);
		save("tree.mmdb");
		refuse("tree.mmdb", -EINVAL,
		       "error: tree.mmdb: damaged: a branch of the tree leads nowhere\n");
	}
}

/* A node count whose product with the size of a node has 33 bits. */
static void bad_node_count(void **state)
{
	static const uint8_t count[] = { 0x20, 0, 0, 1 };
	uint8_t *at;

	prepare(MMDB_NESTED, 32, 4);
	at = memmem(db.data, db.size, "node_count", 10);
	assert_non_null(at);
	memcpy(at + 11, count, 4);
	save("count.mmdb");
	refuse("count.mmdb", -EINVAL,
	       "error: count.mmdb: damaged: it is truncated\n");
}

static void truncated(void **state)
{
	struct df_geo_source *source;
	char *text;
	size_t i;
	int err;

	prepare(MMDB_NESTED, 28, 6);
	for (i = 0; i < db.size; i += i < 64 || i + 400 > db.size ? 1 : 37) {
		write_bytes("truncated.mmdb", (const char *)db.data, i);
		source = read_mmdb("truncated.mmdb", &text, &err);
		if (err != -EINVAL)
			fail_msg("%zu of %zu bytes: %d", i, db.size, err);
		df_geo_source_free(source);
		free(text);
	}
}

/* Front part of the file lost: the metadata is then whole, the tree is not. */
static void beheaded(void **state)
{
	size_t i;

	prepare(MMDB_NESTED, 28, 6);
	for (i = 1; i < db.count * 7; i += 53) {
		struct df_geo_source *source;
		char *text;
		int err;

		write_bytes("beheaded.mmdb", (const char *)db.data + i, db.size - i);
		source = read_mmdb("beheaded.mmdb", &text, &err);
		assert_int_equal(err, -EINVAL);
		df_geo_source_free(source);
		free(text);
	}
}

static void flipped(void **state)
{
	size_t refused = 0, i;
	uint64_t seed = 5;

	prepare(MMDB_NESTED, 28, 6);
	for (i = 0; i < db.size; i++) {
		uint8_t flip = 1 << random32(&seed) % 8;
		struct df_geo_source *source;
		char *text;
		int err;

		db.data[i] ^= flip;
		save("flipped.mmdb");
		source = read_mmdb("flipped.mmdb", &text, &err);
		assert_well_formed(source);
		refused += !!err;
		df_geo_source_free(source);
		free(text);
		db.data[i] ^= flip;
	}
	/* Most of the file is the tree, where few changes go unnoticed. */
	assert_in_range(refused, db.size * 3 / 4, db.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_layouts),
		cmocka_unit_test(aliases_once),
		cmocka_unit_test(many_records),
		cmocka_unit_test(whole_ipv4_in_one),
		cmocka_unit_test(one_question_only),
		cmocka_unit_test(not_a_database),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(nested_records),
		cmocka_unit_test(bad_trees),
		cmocka_unit_test(bad_node_count),
		cmocka_unit_test(truncated),
		cmocka_unit_test(beheaded),
		cmocka_unit_test(flipped),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
