// SPDX-License-Identifier: GPL-2.0-or-later
/* The compiler, on small sources: see test_compile_random.c for chance. */
#include "geo_util.h"
#include "image.h"

static const struct said first_says[] = {
	{ "1.0.0.0/24", "US", 45102 },
	{ "1.0.1.0/24", "CN", 4134 },
	{ "1.0.2.0/24", "HK", 0 },
	{ "1.0.3.0/24", NULL, 7 },
	{ "10.66.0.0/16", "CN", 45102 },
	{ "2001:db8::/32", "CN", 45102 },
};

static const struct said second_says[] = {
	{ "1.0.0.0/24", "US", 45102 },
	{ "1.0.1.0/25", "US", 45102 },
	{ "1.0.1.128/25", "CN", 4134 },
	{ "1.0.3.0/24", "DE", 7 },
	{ "2001:db8::/33", "US", 0 },
};

static const struct said third_says[] = {
	{ "1.0.0.0/24", "US", 45102 },
	{ "1.0.1.0/24", "CN", 4134 },
	{ "1.0.2.0/24", "HK", 0 },
};

/* @sources: for both questions. */
static struct df_geo *new_geo(size_t sources)
{
	struct df_geo *geo = calloc(1, sizeof(*geo));
	size_t i;

	geo->sources = calloc(sources + 1, sizeof(*geo->sources));
	if (sources > 0)
		geo->sources[0] = new_source(first_says, COUNT(first_says));
	if (sources > 1)
		geo->sources[1] = new_source(second_says, COUNT(second_says));
	if (sources > 2)
		geo->sources[2] = new_source(third_says, COUNT(third_says));
	geo->source_count = sources;
	geo->country_count = sources;
	geo->operator_count = sources;
	for (i = 0; i < sources; i++) {
		geo->country[i] = i;
		geo->operator[i] = i;
	}
	geo->date = 1780000000;
	memset(geo->digest, 0x5a, sizeof(geo->digest));
	return geo;
}

#define HEAD "version: 1\nname: test\ngeo: { country: [libloc, tor-geoipdb], operator: libloc"
#define RULES(rules) \
	"profiles: { p: { default: deny, rules: [ " rules " ] } }\n"
#define TAIL "applications: { app: { match: { cgroup: /a }, profile: p } }\n"

static struct df_policy *policy_of(const char *geo, const char *rest)
{
	char *text;

	assert_true(asprintf(&text, HEAD "%s }\n%s" TAIL, geo, rest) > 0);
	write_text("policy.yaml", text);
	free(text);
	return assert_loaded("policy.yaml");
}

/* A compiled policy with all it came from. */
struct compiled {
	struct df_policy *policy;
	struct df_geo *geo;
	struct df_image *image;
};

static void check_image(const struct df_image *image);

static struct compiled compile(size_t sources, const char *geo, const char *rest)
{
	struct compiled c = { policy_of(geo, rest), new_geo(sources), NULL };
	struct df_diags diags = { 0 };
	char *text;

	c.image = df_compile(c.policy, c.geo, &diags);
	text = render(&diags);
	assert_string_equal(text, "");
	assert_non_null(c.image);
	check_image(c.image);
	free(text);
	df_diags_free(&diags);
	return c;
}

static void refuse(size_t sources, const char *rest, const char *messages)
{
	struct df_policy *policy = policy_of("", rest);
	struct df_geo *geo = new_geo(sources);
	struct df_diags diags = { 0 };
	char *text;

	assert_null(df_compile(policy, geo, &diags));
	text = render(&diags);
	assert_string_equal(text, messages);
	free(text);
	df_diags_free(&diags);
	df_policy_free(policy);
	df_geo_free(geo);
}

static void done(struct compiled *c)
{
	df_image_free(c->image);
	df_geo_free(c->geo);
	df_policy_free(c->policy);
}

/* Ranges cover everything in order; every zone is in use and first come. */
static void check_image(const struct df_image *image)
{
	size_t zones = 0, i, k, bytes = (image->set_count + 7) / 8;
	int f;

	for (f = 0; f < DF_FAMILIES; f++) {
		const struct df_image_ranges *ranges = &image->ranges[f];

		assert_true(ranges->count > 0);
		assert_true(ranges->list[0].first == 0);
		assert_true(ranges->list[ranges->count - 1].last == df_addr_max(f));
		for (i = 0; i < ranges->count; i++) {
			const struct df_image_range *range = &ranges->list[i];

			assert_true(range->first <= range->last);
			if (i) {
				assert_true(range[-1].last + 1 == range->first);
				assert_int_not_equal(range[-1].zone, range->zone);
			}
			/* numbered in order of appearance */
			assert_true(range->zone <= zones);
			if (range->zone == zones)
				zones++;
		}
	}
	assert_int_equal(zones, image->zone_count);
	for (i = 0; i < zones; i++)
		for (k = 0; k < i; k++)
			assert_true(memcmp(image->zones[i].sets,
					   image->zones[k].sets, bytes) ||
				    memcmp(image->zones[i].votes,
					   image->zones[k].votes,
					   image->zones[i].votes_len));
}

/* "CN CNUS prc/located-in/any company/network": all that is known of a zone. */
static const char *zone_text(const struct df_image *image, const char *address)
{
	static char buf[1024];
	enum df_family family;
	df_u128 addr = addr_of(address, &family);
	const struct df_image_zone *zone =
		&image->zones[df_image_zone(image, family, addr)];
	int len = snprintf(buf, sizeof(buf), "%s %.*s", zone->country[0] ?
			   zone->country : "-", (int)zone->votes_len, zone->votes);
	size_t i;

	for (i = 0; i < image->set_count; i++) {
		const struct df_image_set *set = &image->sets[i];

		if (!(zone->sets[i / 8] >> i % 8 & 1))
			continue;
		len += snprintf(buf + len, sizeof(buf) - len, " %s", set->name);
		if (set->kind != DFENCE_REASON_NETWORK)
			len += snprintf(buf + len, sizeof(buf) - len, "/%s/%s",
					df_reason_name(set->kind),
					df_quorum_name(set->quorum));
	}
	return buf;
}

static void votes_and_labels(void **state)
{
	struct compiled c = compile(3, "", RULES("{ deny: any }"));

	assert_string_equal(zone_text(c.image, "1.0.0.1"), "US USUSUS");
	assert_string_equal(zone_text(c.image, "1.0.1.1"), "CN CNUSCN");
	assert_string_equal(zone_text(c.image, "1.0.1.128"), "CN CNCNCN");
	assert_string_equal(zone_text(c.image, "1.0.2.0"), "HK HK??HK");
	/* The label is from the first source that knows one. */
	assert_string_equal(zone_text(c.image, "1.0.3.255"), "DE ??DE??");
	assert_string_equal(zone_text(c.image, "1.0.4.0"), "- ??????");
	assert_string_equal(zone_text(c.image, "2001:db8::"), "CN CNUS??");
	assert_string_equal(zone_text(c.image, "2001:db8:8000::"), "CN CN????");
	assert_string_equal(zone_text(c.image, "::"), "- ??????");
	assert_int_equal(c.image->set_count, 0);
	assert_string_equal(c.image->name, "test");
	assert_int_equal(c.image->geo_date, 1780000000);
	assert_memory_equal(c.image->geo_digest, c.geo->digest, 32);
	assert_memory_equal(c.image->source_digest, c.policy->digest, 32);
	assert_ptr_equal(c.image->applications, c.policy->applications);
	done(&c);
}

#define BY_VERDICT \
	"sets: { prc: { countries: [CN, HK], asns: [45102] } }\n" \
	RULES("{ deny: prc }, { allow: prc }")

/* Rules that deny and rules that allow ask with a quorum of their own. */
static void quorum_by_verdict(void **state)
{
	struct compiled c = compile(3, ", quorum: { deny: any, allow: all }",
				    BY_VERDICT);

	assert_int_equal(c.image->set_count, 4);
	assert_string_equal(zone_text(c.image, "1.0.0.1"),
			    "US USUSUS prc/operated-by/any prc/operated-by/all");
	assert_string_equal(zone_text(c.image, "1.0.1.1"),
			    "CN CNUSCN prc/operated-by/any prc/located-in/any");
	assert_string_equal(zone_text(c.image, "1.0.1.200"),
			    "CN CNCNCN prc/located-in/any prc/located-in/all");
	assert_string_equal(zone_text(c.image, "1.0.2.1"),
			    "HK HK??HK prc/located-in/any");
	assert_string_equal(zone_text(c.image, "1.0.3.1"), "DE ??DE??");
	done(&c);
	/* The same quorum is the same set. */
	c = compile(3, ", quorum: { deny: majority, allow: majority }", BY_VERDICT);
	assert_int_equal(c.image->set_count, 2);
	assert_string_equal(zone_text(c.image, "1.0.1.1"),
			    "CN CNUSCN prc/located-in/majority");
	assert_string_equal(zone_text(c.image, "1.0.2.1"),
			    "HK HK??HK prc/located-in/majority");
	assert_string_equal(zone_text(c.image, "2001:db8::1"), "CN CNUS??");
	done(&c);
}

/* Two of four is no majority. */
static void majority_is_more_than_half(void **state)
{
	struct compiled c = compile(2, ", quorum: { deny: majority, allow: all }",
				    BY_VERDICT);

	assert_string_equal(zone_text(c.image, "1.0.1.1"), "CN CNUS");
	assert_string_equal(zone_text(c.image, "1.0.1.200"),
			    "CN CNCN prc/located-in/majority prc/located-in/all");
	done(&c);
}

static void unknown_is_a_vote(void **state)
{
	struct compiled c = compile(2, ", quorum: { deny: any, allow: all }",
		"sets: { odd: { countries: [unknown, DE] } }\n"
		RULES("{ deny: unknown }, { allow: unknown }, { allow: odd }"));

	assert_string_equal(zone_text(c.image, "1.0.0.1"), "US USUS");
	assert_string_equal(zone_text(c.image, "1.0.2.1"),
			    "HK HK?? unknown/located-in/any");
	/* one source says unknown, the other DE: both are in the set */
	assert_string_equal(zone_text(c.image, "1.0.3.1"),
			    "DE ??DE unknown/located-in/any odd/located-in/all");
	assert_string_equal(zone_text(c.image, "9.9.9.9"),
			    "- ???? unknown/located-in/any unknown/located-in/all odd/located-in/all");
	/* Local addresses are no unknown ones. */
	assert_string_equal(zone_text(c.image, "10.1.2.3"), "- ????");
	assert_string_equal(zone_text(c.image, "127.0.0.1"), "- ????");
	assert_string_equal(zone_text(c.image, "224.0.0.1"), "- ????");
	assert_string_equal(zone_text(c.image, "255.255.255.255"), "- ????");
	assert_string_equal(zone_text(c.image, "::1"), "- ????");
	assert_string_equal(zone_text(c.image, "fe80::1"), "- ????");
	assert_string_equal(zone_text(c.image, "::2"),
			    "- ???? unknown/located-in/any unknown/located-in/all odd/located-in/all");
	done(&c);
}

/* What a database claims of a private network is somebody else's. */
static void local_has_no_country(void **state)
{
	struct compiled c = compile(1, "", BY_VERDICT);

	assert_string_equal(zone_text(c.image, "10.66.1.1"), "- ??");
	assert_int_equal(df_image_zone(c.image, DF_IPV4, 0x0a420101),
			 df_image_zone(c.image, DF_IPV4, 0x0a000001));
	done(&c);
}

static void networks_split_ranges(void **state)
{
	struct compiled c = compile(1, "",
		"sets: { outer: { networks: [1.0.0.0/23, 1.0.0.128/25, \"2001:db8:1::/48\"] }, inner: { networks: 1.0.0.200 } }\n"
		RULES("{ allow: outer }, { deny: [inner, 1.0.1.0/30, local] }"));

	assert_string_equal(zone_text(c.image, "0.255.255.255"), "- ??");
	assert_string_equal(zone_text(c.image, "1.0.0.0"), "US US outer");
	/* a network within another of the same set changes nothing */
	assert_string_equal(zone_text(c.image, "1.0.0.199"), "US US outer");
	assert_int_equal(df_image_zone(c.image, DF_IPV4, 0x01000000),
			 df_image_zone(c.image, DF_IPV4, 0x010000c9));
	assert_string_equal(zone_text(c.image, "1.0.0.200"), "US US outer inner");
	assert_string_equal(zone_text(c.image, "1.0.0.201"), "US US outer");
	assert_string_equal(zone_text(c.image, "1.0.1.0"), "CN CN outer 1.0.1.0/30");
	assert_string_equal(zone_text(c.image, "1.0.1.3"), "CN CN outer 1.0.1.0/30");
	assert_string_equal(zone_text(c.image, "1.0.1.4"), "CN CN outer");
	assert_string_equal(zone_text(c.image, "1.0.2.0"), "HK HK");
	assert_string_equal(zone_text(c.image, "2001:db8:1::"), "CN CN outer");
	assert_string_equal(zone_text(c.image, "2001:db8:2::"), "CN CN");
	assert_string_equal(zone_text(c.image, "192.168.0.1"), "- ?? local");
	assert_string_equal(zone_text(c.image, "::1"), "- ?? local");
	/* Counted by hand: with 7 and 4 local stretches and what is between. */
	assert_int_equal(c.image->ranges[DF_IPV4].count, 22);
	assert_int_equal(c.image->ranges[DF_IPV6].count, 11);
	done(&c);
}

static const char *rule_sets(const struct df_image *image, size_t rule)
{
	const struct df_image_rule *r = &image->profiles[0].rules[rule];
	static char buf[512];
	int len = 0;
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < r->set_count; i++)
		len += snprintf(buf + len, sizeof(buf) - len, "%s%s/%s",
				i ? " " : "", image->sets[r->sets[i]].name,
				df_reason_name(image->sets[r->sets[i]].kind));
	return buf;
}

/* The order of a rule's sets decides which reason is given. */
static void sets_of_rules(void **state)
{
	struct compiled c = compile(1, "",
		"sets:\n"
		"  mix: { networks: 1.2.3.0/24, countries: CN, asns: 7 }\n"
		"  more: { sets: [mix], countries: [HK] }\n"
		"  places: { countries: CN }\n"
		"profiles:\n"
		"  p:\n"
		"    rules:\n"
		"      - deny: [mix, US, AS45102, 10.0.0.0/8, \"2001:db8::1\", local, unknown]\n"
		"      - deny: [{ located-in: mix }, { operated-by: more }, { network: more }]\n"
		"      - deny: [US, any, mix]\n"
		"      - deny: [US, US, { located-in: US }]\n"
		"      - allow: { operated-by: places }\n"
		"      - { drop: US, protocol: [tcp, 132], ports: [443, \"8000-8100\"], log: all }\n"
		"    default: deny\n");
	const struct df_image_rule *rules = c.image->profiles[0].rules;

	assert_int_equal(c.image->profiles[0].rule_count, 6);
	assert_string_equal(rule_sets(c.image, 0),
			    "mix/operated-by mix/located-in mix/network US/located-in AS45102/operated-by 10.0.0.0/8/network 2001:db8::1/network local/network unknown/located-in");
	assert_string_equal(rule_sets(c.image, 1),
			    "mix/located-in more/operated-by more/network");
	/* any swallows the others */
	assert_string_equal(rule_sets(c.image, 2), "");
	assert_string_equal(rule_sets(c.image, 3), "US/located-in");
	/* nothing in that part: a set that is empty, not a rule without sets */
	assert_string_equal(rule_sets(c.image, 4), "places/operated-by");
	assert_false(rules[5].any_protocol);
	assert_int_equal(rules[5].protocols[0], 1 << 6);
	assert_int_equal(rules[5].protocols[132 / 8], 1 << 132 % 8);
	assert_int_equal(rules[5].port_count, 2);
	assert_int_equal(rules[5].ports[1].first, 8000);
	assert_int_equal(rules[5].ports[1].last, 8100);
	assert_int_equal(rules[5].log, DFENCE_LOG_ALL);
	assert_int_equal(rules[5].verdict, DFENCE_VERDICT_DROP);
	assert_string_equal(rules[0].origin, "policy.yaml:11");
	assert_int_equal(rules[0].mark.line, 11);
	done(&c);
}

/* A network is in a set or not, whoever votes. */
static void network_sets_once(void **state)
{
	struct compiled c = compile(1, "",
		"sets: { company: { networks: 1.2.3.0/24 } }\n"
		RULES("{ allow: [company, local] }, { deny: [company, local] }"));

	assert_int_equal(c.image->set_count, 2);
	done(&c);
}

/* Each set holds the one before it twice: 2^40 ways lead to the first. */
static void many_ways(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct compiled c;
	int i;

	fprintf(out, "sets:\n  s0: { asns: 45102 }\n");
	for (i = 1; i <= 40; i++)
		fprintf(out, "  s%d: { sets: [s%d, s%d] }\n", i, i - 1, i - 1);
	fprintf(out, "profiles: { p: { default: allow, rules: [ { deny: s40 } ] } }\n");
	fclose(out);
	c = compile(1, "", text);
	assert_string_equal(zone_text(c.image, "1.0.0.1"),
			    "US US s40/operated-by/any");
	done(&c);
	free(text);
}

/* What df_image_eval() says: verdict, reason, rule and set. */
static void decide(const struct compiled *c, const char *address, int protocol,
		   int port, const char *expected)
{
	struct df_decision d;
	enum df_family family;
	df_u128 addr = addr_of(address, &family);
	char text[128];

	assert_int_equal(df_image_eval(c->image, 0, family, addr, protocol, port,
				       &d), 0);
	snprintf(text, sizeof(text), "%s %s %s rule %u %s",
		 df_verdict_name(d.verdict), df_log_name(d.log),
		 df_reason_name(d.reason), d.rule,
		 d.set < 0 ? "-" : c->image->sets[d.set].name);
	assert_string_equal(text, expected);
}

static void decisions(void **state)
{
	struct compiled c = compile(2, "",
		"sets: { clouds: { asns: 45102 }, prc: { countries: [CN, HK] } }\n"
		"profiles:\n"
		"  p:\n"
		"    rules:\n"
		"      - allow: local\n"
		"      - deny: { operated-by: clouds }\n"
		"      - { drop: prc, log: all }\n"
		"      - { allow: US, protocol: tcp, ports: 443 }\n"
		"      - { deny: any, protocol: udp }\n"
		"    default: deny\n"
		"    log: none\n");
	struct df_decision d;

	decide(&c, "10.0.0.1", 17, 14550, "allow none network rule 1 local");
	decide(&c, "1.0.0.1", 6, 443, "deny new operated-by rule 2 clouds");
	decide(&c, "1.0.1.1", 6, 443, "deny new operated-by rule 2 clouds");
	decide(&c, "1.0.1.200", 1, -1, "drop all located-in rule 3 prc");
	decide(&c, "9.9.9.9", 17, 53, "deny new any rule 5 -");
	decide(&c, "9.9.9.9", 6, 443, "deny none default rule 0 -");
	assert_int_equal(df_image_eval(c.image, 1, DF_IPV4, 0, 6, 1, &d), -EINVAL);
	done(&c);
}

/* Same input, same bytes: in everything that is sent to the kernel. */
static void deterministic(void **state)
{
	static const char rest[] =
		"sets: { a: { asns: [7, 45102] }, b: { countries: [CN, unknown], networks: [1.0.0.0/25, 9.0.0.0/8] } }\n"
		RULES("{ deny: [a, b] }, { allow: [b, US, local] }");
	struct compiled x = compile(3, "", rest), y = compile(3, "", rest);
	const struct df_image *a = x.image, *b = y.image;
	size_t i;
	int f;

	assert_int_equal(a->zone_count, b->zone_count);
	for (i = 0; i < a->zone_count; i++) {
		assert_memory_equal(a->zones[i].sets, b->zones[i].sets,
				    (a->set_count + 7) / 8);
		assert_memory_equal(a->zones[i].votes, b->zones[i].votes,
				    sizeof(a->zones[i].votes));
		assert_string_equal(a->zones[i].country, b->zones[i].country);
	}
	assert_int_equal(a->set_count, b->set_count);
	for (i = 0; i < a->set_count; i++) {
		assert_string_equal(a->sets[i].name, b->sets[i].name);
		assert_int_equal(a->sets[i].kind, b->sets[i].kind);
		assert_int_equal(a->sets[i].quorum, b->sets[i].quorum);
	}
	for (f = 0; f < DF_FAMILIES; f++) {
		assert_int_equal(a->ranges[f].count, b->ranges[f].count);
		for (i = 0; i < a->ranges[f].count; i++) {
			const struct df_image_range *r = &a->ranges[f].list[i];
			const struct df_image_range *s = &b->ranges[f].list[i];

			assert_true(r->first == s->first && r->last == s->last);
			assert_int_equal(r->zone, s->zone);
		}
	}
	done(&x);
	done(&y);
}

static void needs_sources(void **state)
{
	refuse(0, RULES("{ deny: [CN, AS1] }, { allow: local } , { deny: unknown }"),
	       "policy.yaml:4:51: error: this needs geo data of countries, and the policy has no such source\n"
	       "policy.yaml:4:90: error: this needs geo data of countries, and the policy has no such source\n");
	refuse(0, "sets: { s: { networks: 1.1.1.1, asns: 7 } }\n"
	       RULES("{ deny: { network: s } }, { allow: s }"),
	       "policy.yaml:5:77: error: this needs geo data of operators, and the policy has no such source\n");
}

static void no_source_needed(void **state)
{
	struct compiled c = compile(0, "", RULES("{ allow: [local, 9.9.9.9] }"));

	assert_string_equal(zone_text(c.image, "9.9.9.9"), "-  9.9.9.9");
	assert_string_equal(zone_text(c.image, "9.9.9.10"), "- ");
	assert_int_equal(c.image->zone_count, 3);
	done(&c);
}

/* The same wherever the file lies, and never too long for the kernel. */
static void origins(void **state)
{
	char name[201], path[PATH_MAX], expected[DRONEFENCE_ORIGIN_MAX + 1];
	struct df_diags diags = { 0 };
	struct df_policy *policy;
	struct df_geo *geo = new_geo(0);
	struct df_image *image;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	mkdir("folder", 0755);
	snprintf(path, sizeof(path), "folder/%s", name);
	write_text(path, "version: 1\n" RULES("{ allow: local }") TAIL);
	policy = assert_loaded(path);
	image = df_compile(policy, geo, &diags);
	assert_non_null(image);
	snprintf(expected, sizeof(expected), "%.100s:2", name);
	assert_string_equal(image->profiles[0].rules[0].origin, expected);
	assert_string_equal(image->profiles[0].origin, expected);
	df_image_free(image);
	df_geo_free(geo);
	df_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(votes_and_labels),
		cmocka_unit_test(quorum_by_verdict),
		cmocka_unit_test(majority_is_more_than_half),
		cmocka_unit_test(unknown_is_a_vote),
		cmocka_unit_test(local_has_no_country),
		cmocka_unit_test(networks_split_ranges),
		cmocka_unit_test(sets_of_rules),
		cmocka_unit_test(network_sets_once),
		cmocka_unit_test(many_ways),
		cmocka_unit_test(decisions),
		cmocka_unit_test(deterministic),
		cmocka_unit_test(needs_sources),
		cmocka_unit_test(no_source_needed),
		cmocka_unit_test(origins),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
