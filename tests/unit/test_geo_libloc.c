// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of libloc databases. The library itself is the reference. */
#include <fcntl.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "geo_libloc.h"
#include "geo_util.h"

/* Nested, both families, all corners of the address space. */
static const struct loc_net nets[] = {
	{ "1.0.0.0/8", "AU", 13335 },
	{ "1.2.0.0/16", "CN", 4134 },
	{ "1.2.3.0/24", "HK", 45102 },
	{ "1.2.3.4/32", "US", 0 },
	{ "1.2.4.0/24", NULL, 45102 },
	{ "0.0.0.0/32", "US", 1 },
	{ "255.255.255.255/32", "US", 4294967295 },
	{ "128.0.0.0/2", "DE", 3320 },
	{ "130.0.0.0/8", "XK", 0 },
	{ "131.0.0.0/8", "EU", 7 },
	{ "2001:db8::/32", "US", 64500 },
	{ "2001:db8:8000::/33", "CN", 64501 },
	{ "2001:db8:8000::/48", "CN", 64502 },
	{ "2001:db8:8000::1/128", "HK", 64502 },
	{ "2c00::/12", "ZA", 37100 },
	{ "::/128", "US", 2 },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "NZ", 3 },
	{ NULL, NULL, 0 },
};

static struct df_geo_source *read_libloc(const char *path, const char *key,
					 char **text, int *err)
{
	struct df_geo_source *source = calloc(1, sizeof(*source));
	struct df_diags diags = { 0 };

	source->path = strdup(path);
	*err = df_geo_read_libloc(source, key, &diags);
	assert_int_equal(!!*err && *err != -ENOENT, diags.geo_errors);
	*text = render(&diags);
	df_diags_free(&diags);
	return source;
}

static struct df_geo_source *good_libloc(const char *path, const char *key)
{
	struct df_geo_source *source;
	char *text;
	int err;

	source = read_libloc(path, key, &text, &err);
	assert_string_equal(text, "");
	assert_int_equal(err, 0);
	assert_well_formed(source);
	free(text);
	return source;
}

static void refuse_libloc(const char *path, const char *key, int expected,
			  const char *message)
{
	struct df_geo_source *source;
	char *text;
	int err;

	source = read_libloc(path, key, &text, &err);
	assert_string_equal(text, message);
	assert_int_equal(err, expected);
	df_geo_source_free(source);
	free(text);
}

static void libloc_nested(void **state)
{
	struct df_geo_source *source;
	char *name;

	write_libloc("nested.db", nets, NULL);
	source = good_libloc("nested.db", NULL);
	assert_true(source->has_country && source->has_asn);
	assert_false(source->verified);
	assert_in_range(source->date, 1500000000, 5000000000);
	assert_int_equal(df_geo_libloc_date("nested.db"), source->date);
	assert_string_equal(says(source, "0.0.0.0"), "US 1");
	assert_string_equal(says(source, "0.0.0.1"), "- 0");
	assert_string_equal(says(source, "1.1.255.255"), "AU 13335");
	assert_string_equal(says(source, "1.2.0.0"), "CN 4134");
	assert_string_equal(says(source, "1.2.3.3"), "HK 45102");
	assert_string_equal(says(source, "1.2.3.4"), "US 0");
	assert_string_equal(says(source, "1.2.3.5"), "HK 45102");
	assert_string_equal(says(source, "1.2.4.5"), "- 45102");
	assert_string_equal(says(source, "1.3.0.0"), "AU 13335");
	assert_string_equal(says(source, "130.0.0.0"), "- 0");
	assert_string_equal(says(source, "131.0.0.0"), "- 7");
	assert_string_equal(says(source, "255.255.255.255"), "US 4294967295");
	assert_string_equal(says(source, "2001:db8::"), "US 64500");
	assert_string_equal(says(source, "2001:db8:8000::"), "CN 64502");
	assert_string_equal(says(source, "2001:db8:8000::1"), "HK 64502");
	assert_string_equal(says(source, "2001:db8:ffff::"), "CN 64501");
	assert_string_equal(says(source, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
			    "NZ 3");
	assert_string_equal(says(source, "::ffff:1.2.3.4"), "- 0");
	name = df_geo_as_name(source, 45102);
	assert_string_equal(name, "Operator 45102");
	free(name);
	assert_null(df_geo_as_name(source, 45103));
	assert_null(df_geo_as_name(source, 0));
	df_geo_source_free(source);
}

/* The library, asked for one address at a time, is the reference. */
static void compare_with_library(struct loc_database *db,
				 const struct df_geo_source *source,
				 enum df_family family, df_u128 addr)
{
	const struct df_geo_range *range = df_geo_lookup(source, family, addr);
	df_u128 mapped = family == DF_IPV4 ? (df_u128)0xffff << 32 | addr : addr;
	struct loc_network *network = NULL;
	char code[3] = "";
	struct in6_addr in6;
	uint32_t asn = 0;

	df_addr_to_bytes(DF_IPV6, mapped, in6.s6_addr);
	if (!loc_database_lookup(db, &in6, &network)) {
		strncpy(code, loc_network_get_country_code(network), 2);
		asn = loc_network_get_asn(network);
	}
	if (!df_country_name(code))
		memset(code, 0, sizeof(code));
	assert_int_equal(range ? range->asn : 0, asn);
	assert_memory_equal(range ? range->country : "\0", code, 2);
	if (network)
		loc_network_unref(network);
}

static struct loc_database *open_with_library(struct loc_ctx *ctx,
					      const char *path)
{
	struct loc_database *db;
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	assert_int_equal(loc_database_new(ctx, &db, file), 0);
	fclose(file);
	return db;
}

static void libloc_against_library(void **state)
{
	struct loc_ctx *ctx = loc_context();
	struct df_geo_source *source;
	struct loc_database *db;
	const struct loc_net *n;
	uint64_t seed = 1;
	int i;

	write_libloc("nested.db", nets, NULL);
	db = open_with_library(ctx, "nested.db");
	source = good_libloc("nested.db", NULL);
	for (n = nets; n->net; n++) {
		struct df_net net;
		const char *why;

		assert_int_equal(df_net_parse(n->net, &net, &why), 0);
		compare_with_library(db, source, net.family, net.first);
		compare_with_library(db, source, net.family, net.last);
		if (net.first)
			compare_with_library(db, source, net.family, net.first - 1);
		if (net.last < df_addr_max(net.family))
			compare_with_library(db, source, net.family, net.last + 1);
	}
	for (i = 0; i < 20000; i++) {
		df_u128 addr = random_addr(&seed, DF_IPV6);

		compare_with_library(db, source, DF_IPV4,
				     random_addr(&seed, DF_IPV4));
		compare_with_library(db, source, DF_IPV6,
				     (df_u128)0x20010db8 << 96 | addr >> 32);
	}
	loc_database_unref(db);
	loc_unref(ctx);
	df_geo_source_free(source);
}

/* A network around IPv4: ::/8 holds ::ffff:0:0/96. */
static void libloc_around_ipv4(void **state)
{
	const struct loc_net around[] = {
		{ "::/8", "SE", 9 },
		{ "10.0.0.0/8", "NO", 8 },
		{ NULL, NULL, 0 },
	};
	struct df_geo_source *source;

	write_libloc("around.db", around, NULL);
	source = good_libloc("around.db", NULL);
	assert_string_equal(says(source, "::1"), "SE 9");
	assert_string_equal(says(source, "::fffe:ffff:ffff"), "SE 9");
	assert_string_equal(says(source, "::ffff:1.2.3.4"), "- 0");
	assert_string_equal(says(source, "::1:0:0:0"), "SE 9");
	assert_string_equal(says(source, "9.255.255.255"), "SE 9");
	assert_string_equal(says(source, "10.0.0.0"), "NO 8");
	assert_string_equal(says(source, "11.0.0.0"), "SE 9");
	df_geo_source_free(source);
}

static void libloc_not_one(void **state)
{
	refuse_libloc("no-such.db", NULL, -ENOENT, "");
	write_text("empty.db", "");
	refuse_libloc("empty.db", NULL, -EINVAL,
		      "error: empty.db: not a libloc database\n");
	write_text("text.db", "this is a text, not a database\n");
	refuse_libloc("text.db", NULL, -EINVAL,
		      "error: text.db: not a libloc database\n");
	write_bytes("version.db", "LOCDBXX\2", 8);
	refuse_libloc("version.db", NULL, -EINVAL,
		      "error: version.db: a libloc database of another version than 1\n");
	write_bytes("short.db", "LOCDBXX\1", 8);
	refuse_libloc("short.db", NULL, -EINVAL,
		      "error: short.db: damaged: it is truncated\n");
	assert_int_equal(df_geo_libloc_date("text.db"), 0);
	assert_int_equal(df_geo_libloc_date("short.db"), 0);
	assert_int_equal(df_geo_libloc_date("no-such.db"), 0);
}

/* One byte of nested.db, and what is said about it. */
static void libloc_patched(void **state)
{
	const struct {
		size_t section;
		size_t at;
		const char *bytes;
		size_t len;
		const char *why;
	} cases[] = {
		{ LIBLOC_TREE, 0, "\xff\0\0\0", 4,
		  "a node refers to a node that is not there" },
		{ LIBLOC_TREE, 4, "\0\0\0\1", 4, "a node is reached twice" },
		{ LIBLOC_TREE, 0, "\0\0\0\0", 4, "a part of the tree is out of reach" },
		{ LIBLOC_TREE, 8, "\0\xff\0\0", 4,
		  "a node refers to a network that is not there" },
		{ LIBLOC_NETWORKS, 0, "u", 1, "a network has an impossible country code" },
		{ LIBLOC_NETWORKS, 1, "\1", 1, "a network has an impossible country code" },
		{ LIBLOC_AS, 0, "\xff", 1,
		  "the list of autonomous systems is malformed" },
		{ LIBLOC_AS, 4, "\xff", 1,
		  "the list of autonomous systems is malformed" },
	};
	char *data, message[128];
	size_t size, i;

	write_libloc("nested.db", nets, NULL);
	data = read_text("nested.db", &size);
	for (i = 0; i < COUNT(cases); i++) {
		char *copy = malloc(size);
		uint32_t offset = libloc_u32((uint8_t *)data + cases[i].section);

		memcpy(copy, data, size);
		memcpy(copy + offset + cases[i].at, cases[i].bytes, cases[i].len);
		write_bytes("patched.db", copy, size);
		snprintf(message, sizeof(message),
			 "error: patched.db: damaged: %s\n", cases[i].why);
		refuse_libloc("patched.db", NULL, -EINVAL, message);
		free(copy);
	}
	free(data);
}

/* The number behind the last one, of a node and of a network. */
static void libloc_one_too_far(void **state)
{
	static const struct {
		size_t counted, at;
		uint32_t record;
		const char *message;
	} cases[] = {
		{ LIBLOC_TREE, 0, LIBLOC_NODE_LEN,
		  "error: far.db: damaged: a node refers to a node that is not there\n" },
		{ LIBLOC_NETWORKS, 8, LIBLOC_NETWORK_LEN,
		  "error: far.db: damaged: a node refers to a network that is not there\n" },
	};
	uint8_t *data, *tree;
	size_t size, i;

	write_libloc("nested.db", nets, NULL);
	for (i = 0; i < COUNT(cases); i++) {
		uint32_t count;

		data = (uint8_t *)read_text("nested.db", &size);
		tree = data + libloc_u32(data + LIBLOC_TREE);
		count = htonl(libloc_u32(data + cases[i].counted + 4) /
			      cases[i].record);
		memcpy(tree + cases[i].at, &count, sizeof(count));
		write_bytes("far.db", (char *)data, size);
		refuse_libloc("far.db", NULL, -EINVAL, cases[i].message);
		free(data);
	}
}

/* A chain of nodes that is one longer than an address has bits. */
static void libloc_too_deep(void **state)
{
	size_t nodes = 130, size = LIBLOC_HEADER_LEN + nodes * LIBLOC_NODE_LEN, i;
	uint8_t *data = calloc(1, size);
	uint32_t *tree = (uint32_t *)(data + LIBLOC_HEADER_LEN), v;

	memcpy(data, LIBLOC_MAGIC, LIBLOC_MAGIC_LEN);
	v = htonl(LIBLOC_HEADER_LEN);
	memcpy(data + LIBLOC_TREE, &v, 4);
	v = htonl(nodes * LIBLOC_NODE_LEN);
	memcpy(data + LIBLOC_TREE + 4, &v, 4);
	for (i = 0; i < nodes; i++) {
		tree[3 * i] = i + 1 < nodes ? htonl(i + 1) : 0;
		tree[3 * i + 2] = htonl(LIBLOC_NO_NETWORK);
	}
	write_bytes("deep.db", (char *)data, size);
	refuse_libloc("deep.db", NULL, -EINVAL,
		      "error: deep.db: damaged: the tree is deeper than an address\n");
	v = htonl(7);
	memcpy(data + LIBLOC_TREE + 4, &v, 4);
	write_bytes("deep.db", (char *)data, size);
	refuse_libloc("deep.db", NULL, -EINVAL,
		      "error: deep.db: damaged: a section ends within a record\n");
	memset(data + LIBLOC_TREE + 4, 0, 4);
	write_bytes("deep.db", (char *)data, size);
	refuse_libloc("deep.db", NULL, -EINVAL,
		      "error: deep.db: damaged: it has no tree\n");
	free(data);
}

static void libloc_truncated(void **state)
{
	struct df_geo_source *source;
	char *data, *text;
	size_t size, i;
	int err;

	write_libloc("nested.db", nets, NULL);
	data = read_text("nested.db", &size);
	for (i = 0; i < size; i += i < 128 || i + 256 > size ? 1 : 61) {
		write_bytes("truncated.db", data, i);
		source = read_libloc("truncated.db", NULL, &text, &err);
		if (err != -EINVAL)
			fail_msg("%zu of %zu bytes: %d %s", i, size, err, text);
		df_geo_source_free(source);
		free(text);
	}
	free(data);
}

static bool within(const char *data, size_t section, size_t i)
{
	const uint8_t *p = (const uint8_t *)data + section;

	return i >= libloc_u32(p) && i < libloc_u32(p) + libloc_u32(p + 4);
}

/*
 * A flipped bit in the tree is always noticed: some node is then reached twice
 * or never, or some network belongs to nobody.
 */
static void libloc_flipped(void **state)
{
	struct df_geo_source *source;
	uint64_t seed = 2;
	char *data, *text;
	size_t size, i, flips = 0;
	int err, fd;

	write_libloc("nested.db", nets, NULL);
	data = read_text("nested.db", &size);
	write_bytes("flipped.db", data, size);
	fd = open("flipped.db", O_WRONLY | O_CLOEXEC);
	for (i = 0; i < size; i++) {
		char byte = data[i] ^ 1 << random32(&seed) % 8;
		bool tree = within(data, LIBLOC_TREE, i);

		if (!tree && i >= 128 && random32(&seed) % 16)
			continue;
		assert_int_equal(pwrite(fd, &byte, 1, i), 1);
		source = read_libloc("flipped.db", NULL, &text, &err);
		assert_well_formed(source);
		if (tree && err != -EINVAL)
			fail_msg("a flip at %zu was not noticed", i);
		flips += tree;
		df_geo_source_free(source);
		free(text);
		assert_int_equal(pwrite(fd, data + i, 1, i), 1);
	}
	assert_true(flips > 1000);
	close(fd);
	free(data);
}

static void make_key(const char *private, const char *public)
{
	EVP_PKEY *key = EVP_EC_gen("P-521");
	FILE *file = fopen(private, "we");

	assert_non_null(key);
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	file = fopen(public, "we");
	assert_non_null(file);
	assert_int_equal(PEM_write_PUBKEY(file, key), 1);
	fclose(file);
	EVP_PKEY_free(key);
}

static int verify_with_library(const char *path, const char *key)
{
	struct loc_ctx *ctx = loc_context();
	struct loc_database *db = open_with_library(ctx, path);
	FILE *file = fopen(key, "re");
	int result = loc_database_verify(db, file);

	fclose(file);
	loc_database_unref(db);
	loc_unref(ctx);
	return result;
}

#define WRONG_SIGNATURE(db, key) \
	"error: " db ": the signature does not match the key " key "\n"

static void libloc_signed(void **state)
{
	struct df_geo_source *source;

	make_key("a.key", "a.pub");
	make_key("b.key", "b.pub");
	make_key("c.key", "c.pub");
	write_libloc("signed.db", nets, (const char *[]){ "a.key", "b.key" });
	/* Either key is enough. */
	source = good_libloc("signed.db", "a.pub");
	assert_true(source->verified);
	df_geo_source_free(source);
	source = good_libloc("signed.db", "b.pub");
	assert_true(source->verified);
	df_geo_source_free(source);
	assert_int_equal(verify_with_library("signed.db", "a.pub"), 0);
	assert_int_equal(verify_with_library("signed.db", "b.pub"), 0);
	/* Another one is not. */
	assert_int_equal(verify_with_library("signed.db", "c.pub"), 1);
	refuse_libloc("signed.db", "c.pub", -EKEYREJECTED,
		      WRONG_SIGNATURE("signed.db", "c.pub"));
	/* A private key, a text, a folder are no public keys. */
	refuse_libloc("signed.db", "a.key", -ENOKEY,
		      "error: a.key: not a public key\n");
	refuse_libloc("signed.db", "nested.db", -ENOKEY,
		      "error: nested.db: not a public key\n");
	/* Where there is no key nothing is claimed. */
	source = good_libloc("signed.db", "no-such.pub");
	assert_false(source->verified);
	df_geo_source_free(source);
	/* An unsigned one where a key is there. */
	write_libloc("unsigned.db", nets, NULL);
	refuse_libloc("unsigned.db", "a.pub", -EKEYREJECTED,
		      WRONG_SIGNATURE("unsigned.db", "a.pub"));
}

/* The signature covers every byte but itself. */
static void libloc_tampered(void **state)
{
	struct df_geo_source *source;
	uint64_t seed = 3;
	char *data, *text;
	size_t size, i, tried = 0;
	int err, fd;

	make_key("a.key", "a.pub");
	write_libloc("signed.db", nets, (const char *[]){ "a.key", NULL });
	data = read_text("signed.db", &size);
	write_bytes("tampered.db", data, size);
	fd = open("tampered.db", O_WRONLY | O_CLOEXEC);
	for (i = LIBLOC_MAGIC_LEN; i < size; i += 1 + random32(&seed) % 199) {
		char byte = data[i] ^ 1 << random32(&seed) % 8;

		/* unused bytes of the signatures and the second length */
		if (i > LIBLOC_SIGNATURES + 130 && i < LIBLOC_HEADER_LEN - 32)
			continue;
		assert_int_equal(pwrite(fd, &byte, 1, i), 1);
		source = read_libloc("tampered.db", "a.pub", &text, &err);
		if (err != -EKEYREJECTED)
			fail_msg("a change at %zu was not noticed: %s", i, text);
		df_geo_source_free(source);
		free(text);
		assert_int_equal(pwrite(fd, data + i, 1, i), 1);
		tried++;
	}
	assert_true(tried > 100);
	source = good_libloc("tampered.db", "a.pub");
	df_geo_source_free(source);
	close(fd);
	free(data);
}

/* A name with an escape sequence must not reach a terminal as one. */
static void libloc_as_name_clean(void **state)
{
	const struct loc_net one[] = {
		{ "1.0.0.0/8", "AU", 13335 }, { NULL, NULL, 0 },
	};
	struct df_geo_source *source;
	char *data, *at, *name;
	size_t size;

	write_libloc("name.db", one, NULL);
	data = read_text("name.db", &size);
	at = memmem(data, size, "Operator 13335", 14);
	assert_non_null(at);
	memcpy(at, "\033[2J\177", 5);
	write_bytes("name.db", data, size);
	source = good_libloc("name.db", NULL);
	name = df_geo_as_name(source, 13335);
	assert_string_equal(name, "?[2J?tor 13335");
	free(name);
	free(data);
	df_geo_source_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libloc_nested),
		cmocka_unit_test(libloc_against_library),
		cmocka_unit_test(libloc_around_ipv4),
		cmocka_unit_test(libloc_not_one),
		cmocka_unit_test(libloc_patched),
		cmocka_unit_test(libloc_one_too_far),
		cmocka_unit_test(libloc_too_deep),
		cmocka_unit_test(libloc_truncated),
		cmocka_unit_test(libloc_flipped),
		cmocka_unit_test(libloc_signed),
		cmocka_unit_test(libloc_tampered),
		cmocka_unit_test(libloc_as_name_clean),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
