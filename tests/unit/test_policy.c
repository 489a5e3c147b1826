// SPDX-License-Identifier: GPL-2.0-or-later
/* What a good policy becomes: every key, every default. */
#include <netinet/in.h>
#include <openssl/sha.h>

#include "confine.h"
#include "policy_util.h"

#define V "version: 1\n"
#define DAY 86400u

static struct df_policy *load(const char *text)
{
	write_text("policy.yaml", text);
	return assert_loaded("policy.yaml");
}

static void loads_the_least(void **state)
{
	struct df_policy *policy = load(V);

	assert_string_equal(policy->name, "policy");
	assert_int_equal(policy->quorum_deny, DF_QUORUM_ANY);
	assert_int_equal(policy->quorum_allow, DF_QUORUM_ALL);
	assert_int_equal(policy->max_age, 0);
	assert_int_equal(policy->country_count, 0);
	assert_int_equal(policy->operator_count, 0);
	assert_int_equal(policy->set_count, 0);
	assert_int_equal(policy->profile_count, 0);
	assert_int_equal(policy->application_count, 0);
	assert_int_equal(policy->file_count, 1);
	assert_string_equal(policy->files[0], "policy.yaml");
	df_policy_free(policy);
}

struct file_name {
	const char *file;
	const char *name;
};

static const struct file_name file_names[] = {
	{ "field.yaml", "field" },
	{ "./field", "field" },
	{ "Field Laptops.v2.yml", "field-laptops-v2" },
	{ "_-x.yaml", "x" },
	{ ".yaml", "policy" },
	{ "---.yaml", "policy" },
	{ "caf\xc3\xa9.yaml", "caf--" },
	{ "a123456789b123456789c123456789d123456789e123456789f123456789abcd.yaml",
	  "a123456789b123456789c123456789d123456789e123456789f123456789abc" },
};

static void takes_the_name_of_the_file(void **state)
{
	size_t i;

	for (i = 0; i < COUNT(file_names); i++) {
		struct df_policy *policy;

		write_text(file_names[i].file, V);
		policy = assert_loaded(file_names[i].file);
		assert_string_equal(policy->name, file_names[i].name);
		df_policy_free(policy);
	}
}

static void assert_spec(const struct df_geo_spec *spec, enum df_geo_kind kind,
			const char *path, bool optional, uint64_t max_age)
{
	assert_int_equal(spec->kind, kind);
	if (path)
		assert_string_equal(spec->path, path);
	else
		assert_null(spec->path);
	assert_int_equal(spec->optional, optional);
	assert_int_equal(spec->max_age, max_age);
}

static void reads_geo(void **state)
{
	struct df_policy *policy = load(V
		"geo:\n"
		"  country:\n"
		"    - libloc\n"
		"    - { source: tor-geoipdb, optional: true, max-age: 2w }\n"
		"    - mmdb:/x/y.mmdb\n"
		"    - source: \"libloc:/other.db\"\n"
		"      optional: false\n"
		"      max-age: none\n"
		"    - tor-geoipdb:/dir:with:colons\n"
		"  operator: mmdb:/as.mmdb\n"
		"  quorum: { deny: majority, allow: any }\n"
		"  max-age: 60d\n");

	assert_int_equal(policy->country_count, 5);
	assert_spec(&policy->country[0], DF_GEO_LIBLOC, NULL, false, 0);
	assert_spec(&policy->country[1], DF_GEO_TOR, NULL, true, 14 * DAY);
	assert_spec(&policy->country[2], DF_GEO_MMDB, "/x/y.mmdb", false, 0);
	assert_spec(&policy->country[3], DF_GEO_LIBLOC, "/other.db", false,
		    UINT64_MAX);
	assert_spec(&policy->country[4], DF_GEO_TOR, "/dir:with:colons", false,
		    0);
	assert_int_equal(policy->operator_count, 1);
	assert_spec(&policy->operator[0], DF_GEO_MMDB, "/as.mmdb", false, 0);
	assert_int_equal(policy->quorum_deny, DF_QUORUM_MAJORITY);
	assert_int_equal(policy->quorum_allow, DF_QUORUM_ANY);
	assert_int_equal(policy->max_age, 60 * DAY);
	assert_int_equal(policy->country[1].mark.line, 5);
	assert_int_equal(policy->country[1].mark.column, 7);
	df_policy_free(policy);
}

struct age {
	const char *text;
	uint64_t seconds;
};

static const struct age ages[] = {
	{ V "geo: { max-age: none }\n", 0 },
	{ V "geo: { max-age: 1d }\n", DAY },
	{ V "geo: { max-age: 3w }\n", 21 * DAY },
	{ V "geo: { max-age: 6m }\n", 180 * DAY },
	{ V "geo: { max-age: 100y }\n", 36500ull * DAY },
};

static void reads_ages(void **state)
{
	size_t i;

	for (i = 0; i < COUNT(ages); i++) {
		struct df_policy *policy = load(ages[i].text);

		assert_int_equal(policy->max_age, ages[i].seconds);
		df_policy_free(policy);
	}
}

static void finds_files_beside_the_policy(void **state)
{
	struct df_policy *policy;

	assert_int_equal(mkdir("beside", 0700), 0);
	write_text("beside/p.yaml", V "geo: { operator: \"mmdb:x.mmdb\" }\n");
	policy = assert_loaded("beside/p.yaml");
	assert_string_equal(policy->operator[0].path, "beside/x.mmdb");
	df_policy_free(policy);
}

static void reads_sets(void **state)
{
	struct df_policy *policy = load(V
		"sets:\n"
		"  all: { sets: [prc, clouds], networks: 203.0.113.7 }\n"
		"  prc: { countries: [CN, NO, unknown] }\n"
		"  clouds: { asns: [45102, AS37963, \"AS4294967295\"] }\n"
		"  nets: { networks: [10.20.0.0/16, \"2001:db8:20::/48\"] }\n"
		"  none: {}\n"
		"  one: { countries: US }\n");
	const struct df_set *set = policy->sets;

	assert_int_equal(policy->set_count, 6);
	assert_string_equal(set[0].name, "all");
	assert_int_equal(set[0].atoms.count, 3);
	assert_int_equal(set[0].atoms.list[0].kind, DF_ATOM_NETWORK);
	assert_int_equal((uint32_t)set[0].atoms.list[0].net.first, 0xcb007107);
	assert_int_equal(set[0].atoms.list[1].kind, DF_ATOM_SET);
	assert_int_equal(set[0].atoms.list[1].set, 1);
	assert_int_equal(set[0].atoms.list[2].set, 2);

	assert_int_equal(set[1].atoms.count, 3);
	assert_int_equal(set[1].atoms.list[0].kind, DF_ATOM_COUNTRY);
	assert_string_equal(set[1].atoms.list[0].country, "CN");
	/* Without quotes, and not false. */
	assert_string_equal(set[1].atoms.list[1].country, "NO");
	assert_int_equal(set[1].atoms.list[2].kind, DF_ATOM_UNKNOWN);

	assert_int_equal(set[2].atoms.list[0].kind, DF_ATOM_ASN);
	assert_int_equal(set[2].atoms.list[0].asn, 45102);
	assert_int_equal(set[2].atoms.list[1].asn, 37963);
	assert_int_equal(set[2].atoms.list[2].asn, 4294967295);

	assert_int_equal(set[3].atoms.list[0].net.prefix, 16);
	assert_int_equal(set[3].atoms.list[1].net.family, DF_IPV6);
	assert_int_equal(set[4].atoms.count, 0);
	assert_string_equal(set[5].atoms.list[0].country, "US");
	df_policy_free(policy);
}

/* A part of a set needs geo data for this part only. */
static void needs_only_what_rules_ask_for(void **state)
{
	df_policy_free(load(V
		"geo: { country: libloc }\n"
		"sets:\n"
		"  both: { countries: CN, asns: 1, networks: 192.0.2.1 }\n"
		"  unused: { asns: 2 }\n"
		"profiles:\n"
		"  p:\n"
		"    rules:\n"
		"      - deny: { located-in: both }\n"
		"      - deny: { network: both }\n"
		"    default: deny\n"));
}

#define SETS V								\
	"geo: { country: libloc, operator: libloc }\n"			\
	"sets:\n"							\
	"  prc: { countries: CN, asns: 1, networks: 192.0.2.0/24 }\n"	\
	"profiles:\n"							\
	"  p:\n"							\
	"    default: deny\n"						\
	"    rules:\n"							\
	"      - deny: "

struct destination {
	const char *text;
	struct df_atom atoms[4];	/* the first as many as are loaded */
};

#define ATOM(name, ...) { .kind = DF_ATOM_ ## name, __VA_ARGS__ }
#define PART(name, of, ...) \
	{ .kind = DF_ATOM_ ## name, .part = DF_PART_ ## of, __VA_ARGS__ }

/* Marks are looked at elsewhere. */
static const struct destination destinations[] = {
	{ SETS "any\n", { ATOM(ANY) } },
	{ SETS "local\n", { ATOM(LOCAL) } },
	{ SETS "unknown\n", { ATOM(UNKNOWN) } },
	{ SETS "NO\n", { ATOM(COUNTRY, .country = "NO") } },
	{ SETS "AS45102\n", { ATOM(ASN, .asn = 45102) } },
	{ SETS "prc\n", { ATOM(SET, .set = 0) } },
	{ SETS "{ located-in: prc }\n", { PART(SET, LOCATED_IN, .set = 0) } },
	{ SETS "{ operated-by: prc }\n", { PART(SET, OPERATED_BY, .set = 0) } },
	{ SETS "{ network: prc }\n", { PART(SET, NETWORK, .set = 0) } },
	{ SETS "{ located-in: [CN, unknown] }\n",
	  { PART(COUNTRY, LOCATED_IN, .country = "CN"),
	    PART(UNKNOWN, LOCATED_IN) } },
	{ SETS "{ operated-by: AS1 }\n", { PART(ASN, OPERATED_BY, .asn = 1) } },
	{ SETS "{ network: local }\n", { PART(LOCAL, NETWORK) } },
	{ SETS "[local, { located-in: prc }, AS2, any]\n",
	  { ATOM(LOCAL), PART(SET, LOCATED_IN, .set = 0), ATOM(ASN, .asn = 2),
	    ATOM(ANY) } },
};

static void assert_atom(const struct df_atom *atom, const struct df_atom *wanted)
{
	assert_int_equal(atom->kind, wanted->kind);
	assert_int_equal(atom->part, wanted->part);
	if (atom->kind == DF_ATOM_COUNTRY)
		assert_string_equal(atom->country, wanted->country);
	else if (atom->kind == DF_ATOM_ASN)
		assert_int_equal(atom->asn, wanted->asn);
	else if (atom->kind == DF_ATOM_SET)
		assert_int_equal(atom->set, wanted->set);
}

static void reads_destinations(void **state)
{
	size_t i, j;

	for (i = 0; i < COUNT(destinations); i++) {
		struct df_policy *policy = load(destinations[i].text);
		const struct df_atoms *to = &policy->profiles[0].rules[0].to;

		assert_in_range(to->count, 1, 4);
		for (j = 0; j < to->count; j++)
			assert_atom(&to->list[j], &destinations[i].atoms[j]);
		df_policy_free(policy);
	}
}

static void reads_networks_in_rules(void **state)
{
	struct df_policy *policy = load(SETS
		"[10.1.0.0/16, \"::1\", { network: 192.0.2.1 }, fe80::/10]\n");
	const struct df_atom *to = policy->profiles[0].rules[0].to.list;

	assert_int_equal(to[0].kind, DF_ATOM_NETWORK);
	assert_int_equal(to[0].net.prefix, 16);
	assert_int_equal((uint32_t)to[0].net.last, 0x0a01ffff);
	assert_int_equal(to[1].net.family, DF_IPV6);
	assert_int_equal(to[1].net.prefix, 128);
	assert_int_equal(to[2].part, DF_PART_NETWORK);
	assert_int_equal((uint32_t)to[2].net.first, 0xc0000201);
	assert_int_equal(to[3].net.prefix, 10);
	df_policy_free(policy);
}

static bool has_protocol(const struct df_rule *rule, unsigned int number)
{
	return rule->protocols[number / 8] >> (number % 8) & 1;
}

static unsigned int count_protocols(const struct df_rule *rule)
{
	unsigned int i, count = 0;

	for (i = 0; i < 256; i++)
		count += has_protocol(rule, i);
	return count;
}

static void reads_rules(void **state)
{
	struct df_policy *policy = load(V
		"profiles:\n"
		"  p:\n"
		"    rules:\n"
		"      - allow: any\n"
		"      - deny: any\n"
		"      - { drop: any, log: all }\n"
		"      - { allow: any, protocol: [tcp, 17, 0, 255], log: new }\n"
		"      - deny: any\n"
		"        protocol: udp\n"
		"        ports: [443, \"8000-8100\", 1-65535]\n"
		"        log: none\n"
		"    default: drop\n");
	const struct df_profile *profile = &policy->profiles[0];
	const struct df_rule *rule = profile->rules;

	assert_int_equal(profile->rule_count, 5);
	assert_int_equal(rule[0].verdict, DFENCE_VERDICT_ALLOW);
	assert_int_equal(rule[0].log, DFENCE_LOG_NONE);
	assert_true(rule[0].any_protocol);
	assert_int_equal(rule[0].port_count, 0);
	assert_int_equal(rule[1].verdict, DFENCE_VERDICT_DENY);
	assert_int_equal(rule[1].log, DFENCE_LOG_NEW);
	assert_int_equal(rule[2].verdict, DFENCE_VERDICT_DROP);
	assert_int_equal(rule[2].log, DFENCE_LOG_ALL);

	assert_int_equal(rule[3].log, DFENCE_LOG_NEW);
	assert_false(rule[3].any_protocol);
	assert_int_equal(count_protocols(&rule[3]), 4);
	assert_true(has_protocol(&rule[3], IPPROTO_TCP));
	assert_true(has_protocol(&rule[3], IPPROTO_UDP));
	assert_true(has_protocol(&rule[3], 0));
	assert_true(has_protocol(&rule[3], 255));

	assert_int_equal(rule[4].log, DFENCE_LOG_NONE);
	assert_int_equal(rule[4].port_count, 3);
	assert_int_equal(rule[4].ports[0].first, 443);
	assert_int_equal(rule[4].ports[0].last, 443);
	assert_int_equal(rule[4].ports[1].first, 8000);
	assert_int_equal(rule[4].ports[1].last, 8100);
	assert_int_equal(rule[4].ports[2].first, 1);
	assert_int_equal(rule[4].ports[2].last, 65535);
	df_policy_free(policy);
}

static void ports_go_with_five_protocols(void **state)
{
	struct df_policy *policy = load(V
		"profiles:\n"
		"  p:\n"
		"    rules:\n"
		"      - deny: any\n"
		"        protocol: [tcp, udp, sctp, dccp, udplite]\n"
		"        ports: 1\n"
		"      - { deny: any, protocol: [6, 132, 136], ports: 1 }\n"
		"    default: deny\n");

	assert_int_equal(count_protocols(&policy->profiles[0].rules[0]), 5);
	df_policy_free(policy);
}

static void reads_profiles(void **state)
{
	struct df_policy *policy = load(V
		"profiles:\n"
		"  a: { default: allow }\n"
		"  b: { default: deny }\n"
		"  c: { default: drop }\n"
		"  d: { log: all, default: allow }\n"
		"  e: { default: deny, log: none, rules: [] }\n");
	const struct df_profile *p = policy->profiles;

	assert_int_equal(policy->profile_count, 5);
	assert_string_equal(p[0].name, "a");
	assert_int_equal(p[0].verdict, DFENCE_VERDICT_ALLOW);
	assert_int_equal(p[0].log, DFENCE_LOG_NONE);
	assert_int_equal(p[1].verdict, DFENCE_VERDICT_DENY);
	assert_int_equal(p[1].log, DFENCE_LOG_NEW);
	assert_int_equal(p[2].verdict, DFENCE_VERDICT_DROP);
	assert_int_equal(p[2].log, DFENCE_LOG_NEW);
	assert_int_equal(p[3].log, DFENCE_LOG_ALL);
	assert_int_equal(p[4].log, DFENCE_LOG_NONE);
	assert_int_equal(p[4].rule_count, 0);
	df_policy_free(policy);
}

static void reads_applications(void **state)
{
	struct df_policy *policy = load(V
		"applications:\n"
		"  zulu: { match: { cgroup: /a.slice }, profile: q }\n"
		"  alpha:\n"
		"    profile: p\n"
		"    mode: audit\n"
		"    match:\n"
		"      - cgroup: /b/**/c*.scope\n"
		"      - cgroup: '/b/app-a\\x2db.scope'\n"
		"  run-only: { profile: p, mode: enforce }\n"
		"profiles:\n"
		"  p: { default: deny }\n"
		"  q: { default: deny }\n");
	const struct df_application *app = policy->applications;

	/* In the order of the file: the first that matches wins. */
	assert_int_equal(policy->application_count, 3);
	assert_string_equal(app[0].name, "zulu");
	assert_int_equal(app[0].profile, 1);
	assert_int_equal(app[0].mode, DFENCE_MODE_ENFORCE);
	assert_int_equal(app[0].selector_count, 2);
	assert_int_equal(app[0].selectors[0].type, DFENCE_SELECTOR_CGROUP);
	assert_string_equal(app[0].selectors[0].pattern, "/a.slice");
	assert_false(app[0].selectors[0].implied);
	assert_string_equal(app[0].selectors[1].pattern,
			    "/**/dronefence-zulu.*");
	assert_true(app[0].selectors[1].implied);

	assert_int_equal(app[1].mode, DFENCE_MODE_AUDIT);
	assert_int_equal(app[1].selector_count, 3);
	assert_string_equal(app[1].selectors[1].pattern, "/b/app-a\\x2db.scope");
	assert_int_equal(app[2].selector_count, 1);
	assert_true(app[2].selectors[0].implied);
	df_policy_free(policy);
}

static void loads_selectors_for_forwarded_packets(void **state)
{
	struct df_policy *policy = load(V
		"applications:\n"
		"  phone:\n"
		"    profile: p\n"
		"    match:\n"
		"      - { in-interface: \"wl*1\", mac: \"02:00:5E:10:00:01\" }\n"
		"      - { source: 10.42.0.0/24, in-interface: usb0 }\n"
		"      - cgroup: /a.slice\n"
		"      - source: \"fd00:42::/64\"\n"
		"profiles:\n"
		"  p:\n"
		"    rules: [ { allow: any, out-interface: \"wg*\" }, { deny: any } ]\n"
		"    default: deny\n");
	static const uint8_t mac[] = { 2, 0, 0x5e, 0x10, 0, 1 };
	const struct df_selector *s = policy->applications[0].selectors;

	assert_int_equal(policy->applications[0].selector_count, 5);
	assert_int_equal(s[0].type, DFENCE_SELECTOR_FORWARD);
	assert_null(s[0].pattern);
	assert_string_equal(s[0].in, "wl*1");
	assert_true(s[0].has_mac);
	assert_memory_equal(s[0].mac, mac, sizeof(mac));
	assert_false(s[0].has_source);
	assert_string_equal(s[1].in, "usb0");
	assert_true(s[1].has_source);
	assert_int_equal(s[1].source.prefix, 24);
	assert_false(s[1].has_mac);
	assert_int_equal(s[2].type, DFENCE_SELECTOR_CGROUP);
	assert_string_equal(s[3].in, "");
	assert_int_equal(s[3].source.family, DF_IPV6);
	assert_true(s[4].implied);
	assert_string_equal(policy->profiles[0].rules[0].out, "wg*");
	assert_string_equal(policy->profiles[0].rules[1].out, "");
	df_policy_free(policy);
}

/* Where programs are placed belongs to the application, unwritten. */
static void loads_executables(void **state)
{
	struct df_policy *policy = load(
		"version: 1\n"
		"profiles: { p: { default: deny } }\n"
		"applications:\n"
		"  qgc:\n"
		"    profile: p\n"
		"    match:\n"
		"      - executable: /opt/qgc/QGroundControl*.AppImage\n"
		"      - cgroup: /a.slice\n"
		"      - executable: '/tmp/.mount_QGroun*/usr/bin/QGroundControl'\n"
		"  all-of-it: { profile: p, match: { cgroup: /dronefence.slice } }\n");
	const struct df_application *app = policy->applications;

	assert_int_equal(app[0].selector_count, 5);
	assert_int_equal(app[0].selectors[0].type, DFENCE_SELECTOR_EXECUTABLE);
	assert_string_equal(app[0].selectors[0].pattern,
			    "/opt/qgc/QGroundControl*.AppImage");
	assert_false(app[0].selectors[0].implied);
	assert_int_equal(app[0].selectors[1].type, DFENCE_SELECTOR_CGROUP);
	assert_int_equal(app[0].selectors[2].type, DFENCE_SELECTOR_EXECUTABLE);
	assert_int_equal(app[0].selectors[3].type, DFENCE_SELECTOR_CGROUP);
	assert_string_equal(app[0].selectors[3].pattern, "/dronefence.slice/qgc");
	assert_true(app[0].selectors[3].implied);
	assert_string_equal(app[0].selectors[4].pattern,
			    "/**/dronefence-qgc.*");
	/* One without them owns no such cgroup. */
	assert_int_equal(app[1].selector_count, 2);
	df_policy_free(policy);
}

static void loads_units(void **state)
{
	static const struct {
		const char *key, *name, *pattern;
	} units[] = {
		{ "unit", "qgc.service", "/**.slice/qgc.service" },
		{ "unit", "qgc@*.service", "/**.slice/qgc@*.service" },
		{ "unit", "a-b\\x2dc.scope", "/**.slice/a-b\\x2dc.scope" },
		{ "unit", "memory.service", "/**.slice/_memory.service" },
		{ "unit", "cpu.x*.service", "/**.slice/_cpu.x*.service" },
		{ "unit", "cpuset-x.service", "/**.slice/cpuset-x.service" },
		{ "unit", "_x.service", "/**.slice/__x.service" },
		{ "unit", "'*qgc.service'", "/**.slice/*qgc.service" },
		{ "user-unit", "qgc*.service",
		  "/user.slice/user-*.slice/user@*.service/**/qgc*.service" },
		{ "user-unit", "io.service",
		  "/user.slice/user-*.slice/user@*.service/**/_io.service" },
	};
	struct df_policy *policy;
	char yaml[512];
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		snprintf(yaml, sizeof(yaml),
			 "version: 1\n"
			 "profiles: { p: { default: deny } }\n"
			 "applications:\n"
			 "  a: { profile: p, match: { %s: %s } }\n",
			 units[i].key, units[i].name);
		policy = load(yaml);
		assert_int_equal(policy->applications[0].selectors[0].type,
				 DFENCE_SELECTOR_CGROUP);
		assert_string_equal(policy->applications[0].selectors[0].pattern,
				    units[i].pattern);
		df_policy_free(policy);
	}
}

static void loads_copies(void **state)
{
	struct df_policy *policy = load(
		"version: 1\n"
		"profiles: { p: { default: deny } }\n"
		"applications:\n"
		"  a:\n"
		"    profile: p\n"
		"    match:\n"
		"      - { executable: /opt/a, copies: true }\n"
		"      - { copies: false, executable: /opt/b }\n"
		"      - { executable: /opt/c }\n");
	const struct df_selector *selectors = policy->applications[0].selectors;

	assert_true(selectors[0].copies);
	assert_string_equal(selectors[0].pattern, "/opt/a");
	assert_false(selectors[1].copies);
	assert_string_equal(selectors[1].pattern, "/opt/b");
	assert_false(selectors[2].copies);
	df_policy_free(policy);
}

static void loads_strays(void **state)
{
	struct df_policy *policy = load(
		"version: 1\n"
		"profiles: { p: { default: deny } }\n"
		"applications:\n"
		"  a: { profile: p, match: { executable: /opt/a } }\n"
		"  b: { profile: p, match: { executable: /opt/b }, strays: adopt }\n"
		"  c: { profile: p, match: { executable: /opt/c }, strays: kill }\n"
		"  d: { profile: p, strays: report }\n");

	assert_int_equal(policy->applications[0].strays, DFENCE_STRAYS_REPORT);
	assert_int_equal(policy->applications[1].strays, DFENCE_STRAYS_ADOPT);
	assert_int_equal(policy->applications[2].strays, DFENCE_STRAYS_KILL);
	assert_int_equal(policy->applications[3].strays, DFENCE_STRAYS_REPORT);
	df_policy_free(policy);
}

static uint32_t bit(const char *name)
{
	char unknown[64];
	uint32_t bits = 0;

	assert_int_equal(df_confine_lift(name, &bits, unknown, sizeof(unknown)), 0);
	return bits;
}

static void loads_what_is_lifted(void **state)
{
	struct df_policy *policy = load(
		"version: 1\n"
		"profiles: { p: { default: deny } }\n"
		"applications:\n"
		"  a: { profile: p, confine: { lift: [gpu, serial, gpu] } }\n"
		"  b: { profile: p, confine: { lift: display } }\n"
		"  c: { profile: p }\n");

	assert_int_equal(policy->applications[0].lifted, bit("gpu") | bit("serial"));
	assert_int_equal(policy->applications[1].lifted, bit("display"));
	assert_int_equal(policy->applications[2].lifted, 0);
	df_policy_free(policy);
}

static void loads_users(void **state)
{
	struct df_policy *policy = load(
		"version: 1\n"
		"profiles: { p: { default: deny } }\n"
		"applications:\n"
		"  a: { profile: p, match: [ user: 1000, cgroup: /a, user: nobody ] }\n"
		"  b: { profile: p, match: { user: 4294967294 } }\n");
	const struct df_selector *s = policy->applications[0].selectors;

	assert_int_equal(policy->applications[0].selector_count, 4);
	assert_int_equal(s[0].type, DFENCE_SELECTOR_USER);
	assert_int_equal(s[0].uid, 1000);
	assert_null(s[0].pattern);
	assert_int_equal(s[1].type, DFENCE_SELECTOR_CGROUP);
	assert_int_equal(s[2].uid, 65534);
	assert_true(s[3].implied);
	assert_int_equal(policy->applications[1].selectors[0].uid, 4294967294);
	df_policy_free(policy);
}

static void assert_mark(const struct df_policy *policy,
			const struct df_mark *mark, unsigned int line,
			unsigned int column, unsigned int length)
{
	assert_ptr_equal(mark->file, policy->files[0]);
	assert_int_equal(mark->line, line);
	assert_int_equal(mark->column, column);
	assert_int_equal(mark->length, length);
}

static void remembers_places(void **state)
{
	struct df_policy *policy = load(V
		"# \xc3\xa9\n"
		"geo: { country: libloc }\n"
		"sets:\n"
		"  prc: { countries: [CN, HK] }\n"
		"profiles:\n"
		"  p:\n"
		"    rules:\n"
		"      - allow: local\n"
		"      - { deny: [prc] }\n"
		"    default: deny\n"
		"applications:\n"
		"  qgc: { match: [cgroup: /q], profile: p }\n");
	const struct df_profile *profile = &policy->profiles[0];
	const struct df_application *app = &policy->applications[0];

	assert_mark(policy, &policy->country[0].mark, 3, 17, 6);
	assert_mark(policy, &policy->sets[0].mark, 5, 3, 3);
	assert_mark(policy, &policy->sets[0].atoms.list[1].mark, 5, 26, 2);
	assert_mark(policy, &profile->mark, 7, 3, 1);
	assert_mark(policy, &profile->default_mark, 11, 14, 4);
	assert_mark(policy, &profile->rules[0].mark, 9, 9, 1);
	assert_mark(policy, &profile->rules[1].mark, 10, 9, 1);
	assert_mark(policy, &profile->rules[1].to.list[0].mark, 10, 18, 3);
	assert_mark(policy, &app->mark, 13, 3, 3);
	assert_mark(policy, &app->selectors[0].mark, 13, 26, 2);
	assert_mark(policy, &app->selectors[1].mark, 13, 3, 3);
	df_policy_free(policy);
}

/* What Windows editors leave behind changes nothing. */
static void takes_other_line_ends(void **state)
{
	struct df_policy *policy;

	policy = load("\xef\xbb\xbf" "version: 1\r\n"
		      "name: 0_field-laptops\r\n"
		      "profiles:\r\n"
		      "  p: { default: deny }");
	assert_string_equal(policy->name, "0_field-laptops");
	assert_mark(policy, &policy->profiles[0].mark, 4, 3, 1);
	df_policy_free(policy);

	write_text("policy.yaml", "\xef\xbb\xbf" "version: 2\r\n");
	assert_refused("policy.yaml",
		       "policy.yaml:1:10: error: version '2' is not known; this program reads version 1\n"
		       "  version: 2\n"
		       "           ^\n");
}

static void takes_one_marked_document(void **state)
{
	df_policy_free(load("# before\n---\n" V "...\n# behind\n"));
	df_policy_free(load("{ version: \"1\", 'name': \"x\" }\n"));
}

static void hashes_what_it_read(void **state)
{
	static const char text[] = "\xef\xbb\xbf" V "# \xc3\xa9\r\n";
	struct df_policy *policy = load(text);
	uint8_t digest[DRONEFENCE_DIGEST_LEN];

	SHA256((const uint8_t *)text, strlen(text), digest);
	assert_memory_equal(policy->digest, digest, sizeof(digest));
	df_policy_free(policy);
}

/* A failed load does not depend on what the caller had collected before. */
static void adds_to_earlier_messages(void **state)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy;

	df_diag(&diags, DF_ERROR, NULL, NULL, "earlier");
	write_text("policy.yaml", V);
	policy = df_policy_load("policy.yaml", &diags);
	assert_non_null(policy);
	assert_int_equal(diags.count, 1);
	df_policy_free(policy);
	df_diags_free(&diags);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_the_least),
		cmocka_unit_test(takes_the_name_of_the_file),
		cmocka_unit_test(reads_geo),
		cmocka_unit_test(reads_ages),
		cmocka_unit_test(finds_files_beside_the_policy),
		cmocka_unit_test(reads_sets),
		cmocka_unit_test(needs_only_what_rules_ask_for),
		cmocka_unit_test(reads_destinations),
		cmocka_unit_test(reads_networks_in_rules),
		cmocka_unit_test(reads_rules),
		cmocka_unit_test(ports_go_with_five_protocols),
		cmocka_unit_test(reads_profiles),
		cmocka_unit_test(reads_applications),
		cmocka_unit_test(loads_selectors_for_forwarded_packets),
		cmocka_unit_test(loads_executables),
		cmocka_unit_test(loads_units),
		cmocka_unit_test(loads_users),
		cmocka_unit_test(loads_copies),
		cmocka_unit_test(loads_strays),
		cmocka_unit_test(loads_what_is_lifted),
		cmocka_unit_test(remembers_places),
		cmocka_unit_test(takes_other_line_ends),
		cmocka_unit_test(takes_one_marked_document),
		cmocka_unit_test(hashes_what_it_read),
		cmocka_unit_test(adds_to_earlier_messages),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
