// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The compiler on the whole Internet, against lookups that share no code with
 * the library: the text of tor-geoipdb read with sscanf(), and libloc's own
 * lookup of one address at a time. DRONEFENCE_GEO_ROOT names the folder with
 * the data, see scripts/geo-data.sh; without it this test fails.
 */
#include <time.h>

#include "geo_util.h"
#include "image.h"

#define RANDOM_ADDRESSES 100000
#define EDGES 5000

/* One line of tor-geoipdb. */
struct line {
	df_u128 first, last;
	char code[3];
};

static struct line *lines[DF_FAMILIES];
static size_t line_count[DF_FAMILIES];

static struct loc_ctx *ctx;
static struct loc_database *db;

static struct df_policy *policy;
static struct df_geo *geo;
static struct df_image *image;

/* Both rules use each set, so that each quorum is there; one for all is not. */
static const char text[] =
	"version: 1\n"
	"geo:\n"
	"  country: [libloc, tor-geoipdb]\n"
	"  operator: libloc\n"
	"sets:\n"
	"  prc: { countries: [CN, HK, MO] }\n"
	"  clouds: { asns: [45102, 37963, 132203, 45090, 136907, 55960] }\n"
	"  dark: { countries: [unknown, KP] }\n"
	"  company: { networks: [10.20.0.0/16, 8.8.8.0/25, \"2001:db8:20::/48\", \"2400:3200::/33\"] }\n"
	"profiles:\n"
	"  p:\n"
	"    rules:\n"
	"      - deny: [prc, clouds, dark, company, local]\n"
	"      - allow: [prc, clouds, dark, US]\n"
	"    default: deny\n"
	"applications: { app: { match: { cgroup: /a }, profile: p } }\n";

static void read_lines(const char *root, const char *name, enum df_family family)
{
	char path[PATH_MAX], line[256], first[64], last[64], code[3];
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/usr/share/tor/%s", root, name);
	file = fopen(path, "re");
	if (!file)
		fail_msg("cannot read %s", path);
	while (fgets(line, sizeof(line), file)) {
		struct line *entry;

		if (line[0] == '#')
			continue;
		assert_int_equal(sscanf(line, "%63[^,],%63[^,],%2s", first, last,
					code), 3);
		if (line_count[family] == room) {
			room = room ? 2 * room : 1 << 16;
			lines[family] = realloc(lines[family],
						room * sizeof(*entry));
			assert_non_null(lines[family]);
		}
		entry = &lines[family][line_count[family]++];
		strcpy(entry->code, code);
		if (family == DF_IPV4) {
			entry->first = strtoul(first, NULL, 10);
			entry->last = strtoul(last, NULL, 10);
		} else {
			enum df_family f;

			entry->first = addr_of(first, &f);
			entry->last = addr_of(last, &f);
		}
	}
	fclose(file);
	assert_true(line_count[family] > 200000);
}

static int compare_line(const void *key, const void *entry)
{
	const df_u128 *addr = key;
	const struct line *line = entry;

	return *addr < line->first ? -1 : *addr > line->last;
}

/* What counts as a country, in the words of the documentation. */
static const char *normal(const char *code)
{
	if (!strcmp(code, "UK"))
		return "GB";
	return df_country_name(code) ? code : "??";
}

static const char *tor_says(enum df_family family, df_u128 addr)
{
	const struct line *line = bsearch(&addr, lines[family],
					  line_count[family], sizeof(*line),
					  compare_line);

	return line ? normal(line->code) : "??";
}

static uint32_t libloc_says(enum df_family family, df_u128 addr, char code[3])
{
	df_u128 mapped = family == DF_IPV4 ? (df_u128)0xffff << 32 | addr : addr;
	struct loc_network *network = NULL;
	char raw[3] = "";
	struct in6_addr in6;
	uint32_t asn = 0;

	df_addr_to_bytes(DF_IPV6, mapped, in6.s6_addr);
	if (!loc_database_lookup(db, &in6, &network)) {
		strncpy(raw, loc_network_get_country_code(network), 2);
		asn = loc_network_get_asn(network);
		loc_network_unref(network);
	}
	strcpy(code, normal(raw));
	return asn;
}

static const char *need_root(void)
{
	const char *root = getenv("DRONEFENCE_GEO_ROOT");

	if (!root || !root[0])
		fail_msg("set DRONEFENCE_GEO_ROOT to what scripts/geo-data.sh prints");
	return root;
}

static void open_libloc(const char *root)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/usr/share/libloc-location/location.db",
		 root);
	file = fopen(path, "re");
	if (!file)
		fail_msg("cannot read %s", path);
	ctx = loc_context();
	assert_int_equal(loc_database_new(ctx, &db, file), 0);
	fclose(file);
}

/* The first test: everything that follows needs what it loads. */
static void load_and_compile(void **state)
{
	const char *root = need_root();
	const struct df_geo_options options = { .root = root, .now = time(NULL) };
	struct df_diags diags = { 0 };
	char *messages, key[PATH_MAX];

	read_lines(root, "geoip", DF_IPV4);
	read_lines(root, "geoip6", DF_IPV6);
	open_libloc(root);
	write_text("real.yaml", text);
	policy = assert_loaded("real.yaml");
	geo = df_geo_load(policy, &options, &diags);
	if (geo)
		image = df_compile(policy, geo, &diags);
	messages = render(&diags);
	if (!image)
		fail_msg("%s", messages);
	free(messages);
	df_diags_free(&diags);
	assert_int_equal(geo->sources[0]->date, loc_database_created_at(db));
	/* Where the vendor's key is there, the signature was checked. */
	snprintf(key, sizeof(key), "%s/var/lib/location/signing-key.pem", root);
	assert_int_equal(geo->sources[0]->verified, !access(key, F_OK));
}

/* A set of the image by name, kind and quorum; returns its bit. */
static size_t find_set(const char *name, enum dfence_reason kind,
		       enum df_quorum quorum)
{
	size_t i;

	for (i = 0; i < image->set_count; i++)
		if (!strcmp(image->sets[i].name, name) &&
		    image->sets[i].kind == kind &&
		    (kind == DFENCE_REASON_NETWORK || image->sets[i].quorum == quorum))
			return i;
	fail_msg("no set %s", name);
	return 0;
}

static bool is_one_of(const char *code, const char *list)
{
	return !!strstr(list, code);
}

static bool is_cloud(uint32_t asn)
{
	return asn == 45102 || asn == 37963 || asn == 132203 || asn == 45090 ||
	       asn == 136907 || asn == 55960;
}

static bool is_company(enum df_family family, df_u128 addr)
{
	if (family == DF_IPV4)
		return addr >> 16 == 0x0a14 || addr >> 7 == 0x08080800 >> 7;
	return addr >> 80 == 0x20010db80020 || addr >> 95 == (df_u128)0x24003200 << 1;
}

static void expect_member(const struct df_image_zone *zone, const char *name,
			  enum dfence_reason kind, enum df_quorum quorum,
			  bool expected, enum df_family family, df_u128 addr)
{
	size_t set = find_set(name, kind, quorum);
	char buf[DF_NET_STRLEN];

	if ((zone->sets[set / 8] >> set % 8 & 1) == expected)
		return;
	df_addr_format(family, addr, buf);
	fail_msg("%s: %s %s is %d", buf, name, df_reason_name(kind), !expected);
}

/* Any and all of two votes. */
static void expect_both(const struct df_image_zone *zone, const char *name,
			bool first, bool second, enum df_family family,
			df_u128 addr)
{
	expect_member(zone, name, DFENCE_REASON_LOCATED_IN, DF_QUORUM_ANY,
		      first || second, family, addr);
	expect_member(zone, name, DFENCE_REASON_LOCATED_IN, DF_QUORUM_ALL,
		      first && second, family, addr);
}

static void check(enum df_family family, df_u128 addr)
{
	const struct df_image_zone *zone =
		&image->zones[df_image_zone(image, family, addr)];
	bool local = df_addr_is_local(family, addr);
	const char *tor = tor_says(family, addr), *label;
	const char *unknown = local ? "KP" : "KP ??";
	char loc[3], votes[5];
	uint32_t asn = libloc_says(family, addr, loc);
	bool us;

	/* What is not on the Internet is nowhere. */
	if (local) {
		strcpy(loc, "??");
		tor = "??";
		asn = 0;
	}

	snprintf(votes, sizeof(votes), "%s%s", loc, tor);
	assert_int_equal(zone->votes_len, 4);
	assert_memory_equal(zone->votes, votes, 4);
	label = loc[0] != '?' ? loc : tor[0] != '?' ? tor : "";
	assert_string_equal(zone->country, label);
	expect_both(zone, "prc", is_one_of(loc, "CN HK MO"),
		    is_one_of(tor, "CN HK MO"), family, addr);
	expect_both(zone, "dark", is_one_of(loc, unknown),
		    is_one_of(tor, unknown), family, addr);
	us = !strcmp(loc, "US") && !strcmp(tor, "US");
	expect_member(zone, "US", DFENCE_REASON_LOCATED_IN, DF_QUORUM_ALL, us,
		      family, addr);
	expect_member(zone, "clouds", DFENCE_REASON_OPERATED_BY, DF_QUORUM_ANY,
		      is_cloud(asn), family, addr);
	expect_member(zone, "clouds", DFENCE_REASON_OPERATED_BY, DF_QUORUM_ALL,
		      is_cloud(asn), family, addr);
	expect_member(zone, "company", DFENCE_REASON_NETWORK, 0,
		      is_company(family, addr), family, addr);
	expect_member(zone, "local", DFENCE_REASON_NETWORK, 0, local, family, addr);
}

/* An address, and what tor-geoipdb and libloc of the test data say of it. */
static const struct {
	const char *addr, *tor, *loc;
	uint32_t asn;
} vectors[] = {
	{ "47.91.161.230", "US", "US", 45102 },
	{ "8.210.0.1", "HK", "SG", 45102 },
	{ "47.56.0.1", "US", "US", 45102 },
	{ "101.32.0.1", "HK", "HK", 132203 },
	{ "159.138.0.1", "CN", "HK", 136907 },
	{ "119.29.29.29", "SG", "SG", 132203 },
	{ "223.5.5.5", "CN", "CN", 45102 },
	{ "52.80.0.1", "CN", "CN", 55960 },
	{ "18.162.0.1", "HK", "HK", 16509 },
	{ "34.92.0.1", "HK", "US", 396982 },
	{ "35.229.128.1", "TW", "US", 396982 },
	{ "168.95.1.1", "TW", "TW", 3462 },
	{ "1.1.1.1", "AU", "AU", 13335 },
	{ "2400:3200::1", NULL, "CN", 37963 },
	{ "240e::1", NULL, "CN", 4134 },
	{ "2402:4e00::", NULL, "CN", 45090 },
};

static void known_addresses(void **state)
{
	size_t i;

	assert_non_null(image);
	for (i = 0; i < COUNT(vectors); i++) {
		const struct df_geo_range *loc, *tor;
		enum df_family family;
		df_u128 addr = addr_of(vectors[i].addr, &family);

		loc = df_geo_lookup(geo->sources[0], family, addr);
		tor = df_geo_lookup(geo->sources[1], family, addr);
		assert_true(loc && tor);
		assert_memory_equal(loc->country, vectors[i].loc, 2);
		assert_int_equal(loc->asn, vectors[i].asn);
		if (vectors[i].tor)
			assert_memory_equal(tor->country, vectors[i].tor, 2);
		check(family, addr);
	}
}

static void random_addresses(void **state)
{
	uint64_t seed = 20261120;
	size_t i;

	assert_non_null(image);
	for (i = 0; i < RANDOM_ADDRESSES; i++) {
		check(DF_IPV4, random_addr(&seed, DF_IPV4));
		check(DF_IPV6, random_addr(&seed, DF_IPV6));
	}
	/* Chance rarely hits the part of IPv6 that is in use. */
	for (i = 0; i < RANDOM_ADDRESSES; i++) {
		const struct line *line = &lines[DF_IPV6][random32(&seed) %
							  line_count[DF_IPV6]];
		df_u128 size = line->last - line->first + 1;

		check(DF_IPV6, line->first + random_addr(&seed, DF_IPV6) %
		      (size ? size : ~(df_u128)0));
	}
}

/* Around the ends of ranges, of the sources and of the image. */
static void edges(void **state)
{
	uint64_t seed = 5;
	size_t i;
	int f;

	assert_non_null(image);
	for (f = 0; f < DF_FAMILIES; f++) {
		for (i = 0; i < EDGES; i++) {
			const struct line *line =
				&lines[f][random32(&seed) % line_count[f]];
			const struct df_image_range *range =
				&image->ranges[f].list[random32(&seed) %
						       image->ranges[f].count];

			check(f, line->first);
			check(f, line->last);
			if (line->first)
				check(f, line->first - 1);
			if (line->last < df_addr_max(f))
				check(f, line->last + 1);
			check(f, range->first);
			check(f, range->last);
		}
		check(f, 0);
		check(f, df_addr_max(f));
	}
}

/* Every line of tor-geoipdb, every neighbour: complete, sorted, merged. */
static void complete(void **state)
{
	size_t i;
	int f;

	assert_non_null(image);
	for (f = 0; f < DF_FAMILIES; f++) {
		const struct df_image_ranges *ranges = &image->ranges[f];

		assert_true(ranges->list[0].first == 0);
		assert_true(ranges->list[ranges->count - 1].last == df_addr_max(f));
		for (i = 1; i < ranges->count; i++) {
			assert_true(ranges->list[i - 1].last + 1 ==
				    ranges->list[i].first);
			assert_int_not_equal(ranges->list[i - 1].zone,
					     ranges->list[i].zone);
		}
		for (i = 0; i < ranges->count; i++)
			assert_true(ranges->list[i].first <= ranges->list[i].last &&
				    ranges->list[i].zone < image->zone_count);
		for (i = 0; i < line_count[f]; i++) {
			const struct df_geo_range *range =
				df_geo_lookup(geo->sources[1], f, lines[f][i].first);
			const char *code = normal(lines[f][i].code);

			if (code[0] == '?')
				assert_null(range);
			else
				assert_memory_equal(range->country, code, 2);
		}
	}
}

/* The founding case: both databases say US, the operator decides. */
static void founding_case(void **state)
{
	struct df_decision decision;

	assert_non_null(image);
	assert_int_equal(df_image_eval(image, 0, DF_IPV4, 0x2f5ba1e6, 6, 80,
				       &decision), 0);
	assert_int_equal(decision.verdict, DFENCE_VERDICT_DENY);
	assert_int_equal(decision.reason, DFENCE_REASON_OPERATED_BY);
	assert_string_equal(image->sets[decision.set].name, "clouds");
}

static int teardown(void **state)
{
	int f;

	df_image_free(image);
	df_geo_free(geo);
	if (policy)
		df_policy_free(policy);
	for (f = 0; f < DF_FAMILIES; f++)
		free(lines[f]);
	if (db)
		loc_database_unref(db);
	if (ctx)
		loc_unref(ctx);
	return leave_tmp_dir(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(load_and_compile),
		cmocka_unit_test(known_addresses),
		cmocka_unit_test(random_addresses),
		cmocka_unit_test(edges),
		cmocka_unit_test(complete),
		cmocka_unit_test(founding_case),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, teardown);
}
