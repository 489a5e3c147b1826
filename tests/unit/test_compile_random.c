// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The compiler against a second opinion: random sources and policies, and for
 * each address an evaluation that walks through lists from front to back and
 * shares no code with the compiler.
 */
#include "geo_util.h"
#include "image.h"

/* Everything happens in windows of this many addresses. */
#define WINDOW 2048
#define MAX_RANGES 40

static const char *const codes[] = { "US", "CN", "HK", "DE" };

static uint64_t seed;

static uint32_t below(uint32_t n)
{
	return random32(&seed) % n;
}

/* Windows at both ends of the address space, one with local addresses. */
static const df_u128 windows[DF_FAMILIES][3] = {
	{ 0, 0x09fffc00, 0xfffff800 },
	{ 0, (df_u128)0xfe7f << 112 | ((((df_u128)1 << 112) - 1) & ~(df_u128)0x3ff),
	  ~(df_u128)0 - (WINDOW - 1) },
};

/* Disjoint, sorted, with gaps, sometimes up to the ends of the window. */
static void random_table(struct df_geo_table *table, enum df_family family)
{
	size_t w;

	table->list = calloc(3 * MAX_RANGES, sizeof(*table->list));
	for (w = 0; w < 3; w++) {
		uint32_t at = below(2) ? 0 : below(200), end, i;

		for (i = 0; i < MAX_RANGES && at < WINDOW; i++) {
			struct df_geo_range *range = &table->list[table->count];

			end = at + below(100);
			if (end >= WINDOW || !below(30))
				end = WINDOW - 1;
			range->first = windows[family][w] + at;
			range->last = windows[family][w] + end;
			range->asn = below(6);
			if (below(5) || !range->asn)
				memcpy(range->country, codes[below(COUNT(codes))], 2);
			table->count++;
			at = end + 1 + (below(2) ? below(100) : 0);
		}
	}
}

static struct df_geo *random_geo(void)
{
	struct df_geo *geo = calloc(1, sizeof(*geo));
	size_t i;

	geo->source_count = 1 + below(4);
	geo->sources = calloc(geo->source_count, sizeof(*geo->sources));
	for (i = 0; i < geo->source_count; i++) {
		geo->sources[i] = calloc(1, sizeof(**geo->sources));
		geo->sources[i]->name = "mmdb";
		random_table(&geo->sources[i]->table[DF_IPV4], DF_IPV4);
		random_table(&geo->sources[i]->table[DF_IPV6], DF_IPV6);
		if (!i || below(3))
			geo->country[geo->country_count++] = i;
		if (!i || below(3))
			geo->operator[geo->operator_count++] = i;
	}
	return geo;
}

static struct df_net random_net(void)
{
	struct df_net net = { .family = below(2) };
	uint32_t bits = below(9), first = below(WINDOW) >> bits << bits;

	net.prefix = (net.family == DF_IPV4 ? 32 : 128) - bits;
	net.first = windows[net.family][below(3)] + first;
	net.last = net.first + (1 << bits) - 1;
	return net;
}

static void random_atom(struct df_atom *atom, size_t sets)
{
	static const enum df_atom_kind kinds[] = {
		DF_ATOM_UNKNOWN, DF_ATOM_COUNTRY, DF_ATOM_COUNTRY, DF_ATOM_ASN,
		DF_ATOM_ASN, DF_ATOM_NETWORK, DF_ATOM_NETWORK, DF_ATOM_SET,
	};

	memset(atom, 0, sizeof(*atom));
	atom->kind = kinds[below(COUNT(kinds) - !sets)];
	switch (atom->kind) {
	case DF_ATOM_COUNTRY:
		strcpy(atom->country, codes[below(COUNT(codes))]);
		break;
	case DF_ATOM_ASN:
		/* 0 means unknown in sources and is nobody's number */
		atom->asn = below(7);
		break;
	case DF_ATOM_NETWORK:
		atom->net = random_net();
		break;
	case DF_ATOM_SET:
		atom->set = below(sets);
		break;
	default:
		break;
	}
}

static void random_atoms(struct df_atoms *atoms, size_t sets)
{
	size_t i;

	atoms->count = 1 + below(5);
	atoms->list = calloc(atoms->count, sizeof(*atoms->list));
	for (i = 0; i < atoms->count; i++)
		random_atom(&atoms->list[i], sets);
}

static void random_rule(struct df_rule *rule, size_t sets)
{
	size_t i;

	random_atoms(&rule->to, sets);
	for (i = 0; i < rule->to.count; i++) {
		if (rule->to.list[i].kind == DF_ATOM_SET)
			rule->to.list[i].part = below(4);
		if (!below(12))
			rule->to.list[i].kind = DF_ATOM_LOCAL;
	}
	rule->verdict = below(3);
	rule->log = below(3);
	rule->any_protocol = below(2);
	rule->protocols[0] = below(256);
	rule->mark.line = 1;
	if (rule->any_protocol || below(2))
		return;
	rule->port_count = 1;
	rule->ports = calloc(1, sizeof(*rule->ports));
	rule->ports[0].first = below(3);
	rule->ports[0].last = rule->ports[0].first + below(3);
}

/* Sets may hold sets before them. */
static struct df_policy *random_policy(void)
{
	struct df_policy *policy = calloc(1, sizeof(*policy));
	struct df_profile *profile = calloc(1, sizeof(*profile));
	size_t i;

	policy->name = strdup("random");
	policy->quorum_deny = below(3);
	policy->quorum_allow = below(3);
	policy->set_count = below(6);
	policy->sets = calloc(policy->set_count + 1, sizeof(*policy->sets));
	for (i = 0; i < policy->set_count; i++) {
		assert_true(asprintf(&policy->sets[i].name, "set%zu", i) > 0);
		random_atoms(&policy->sets[i].atoms, i);
	}
	policy->profiles = profile;
	policy->profile_count = 1;
	profile->name = strdup("p");
	profile->verdict = below(3);
	profile->rule_count = 1 + below(6);
	profile->rules = calloc(profile->rule_count, sizeof(*profile->rules));
	for (i = 0; i < profile->rule_count; i++)
		random_rule(&profile->rules[i], policy->set_count);
	return policy;
}

/* From here on: the second opinion. */

static const struct df_geo_range *look(const struct df_geo *geo, size_t source,
				       enum df_family family, df_u128 addr)
{
	const struct df_geo_table *table = &geo->sources[source]->table[family];
	size_t i;

	for (i = 0; i < table->count; i++)
		if (table->list[i].first <= addr && addr <= table->list[i].last)
			return &table->list[i];
	return NULL;
}

/* Local, as the documentation lists it. */
static bool is_local(enum df_family family, df_u128 addr)
{
	if (family == DF_IPV6)
		return addr <= 1 || addr >> 121 == 0xfc >> 1 ||
		       addr >> 118 == 0xfe80 >> 6 || addr >> 120 == 0xff;
	return addr == 0 || addr >> 24 == 10 || addr >> 24 == 127 ||
	       addr >> 16 == 0xa9fe || addr >> 20 == 0xac1 ||
	       addr >> 16 == 0xc0a8 || addr >> 28 == 14 || addr == 0xffffffff;
}

static bool names_country(const struct df_policy *policy,
			  const struct df_atom *atom, const char *code)
{
	size_t i;

	if (atom->kind == DF_ATOM_UNKNOWN)
		return !code;
	if (atom->kind == DF_ATOM_COUNTRY)
		return code && !strncmp(atom->country, code, 2);
	if (atom->kind != DF_ATOM_SET)
		return false;
	for (i = 0; i < policy->sets[atom->set].atoms.count; i++)
		if (names_country(policy, &policy->sets[atom->set].atoms.list[i],
				  code))
			return true;
	return false;
}

static bool names_asn(const struct df_policy *policy, const struct df_atom *atom,
		      uint32_t asn)
{
	size_t i;

	if (atom->kind == DF_ATOM_ASN)
		return asn && atom->asn == asn;
	if (atom->kind != DF_ATOM_SET)
		return false;
	for (i = 0; i < policy->sets[atom->set].atoms.count; i++)
		if (names_asn(policy, &policy->sets[atom->set].atoms.list[i], asn))
			return true;
	return false;
}

static bool names_address(const struct df_policy *policy,
			  const struct df_atom *atom, enum df_family family,
			  df_u128 addr)
{
	size_t i;

	if (atom->kind == DF_ATOM_LOCAL)
		return is_local(family, addr);
	if (atom->kind == DF_ATOM_NETWORK)
		return atom->net.family == family && atom->net.first <= addr &&
		       addr <= atom->net.last;
	if (atom->kind != DF_ATOM_SET)
		return false;
	for (i = 0; i < policy->sets[atom->set].atoms.count; i++)
		if (names_address(policy, &policy->sets[atom->set].atoms.list[i],
				  family, addr))
			return true;
	return false;
}

static bool quorum_met(enum df_quorum quorum, size_t votes, size_t of)
{
	return quorum == DF_QUORUM_ANY ? votes >= 1 :
	       quorum == DF_QUORUM_ALL ? votes == of : votes > of - votes;
}

static bool located_in(const struct df_policy *policy, const struct df_geo *geo,
		       const struct df_atom *atom, enum df_quorum quorum,
		       enum df_family family, df_u128 addr)
{
	size_t votes = 0, i;

	for (i = 0; i < geo->country_count && !is_local(family, addr); i++) {
		const struct df_geo_range *range =
			look(geo, geo->country[i], family, addr);
		const char *code = range && range->country[0] ? range->country : NULL;

		votes += names_country(policy, atom, code);
	}
	return quorum_met(quorum, votes, geo->country_count);
}

static bool operated_by(const struct df_policy *policy, const struct df_geo *geo,
			const struct df_atom *atom, enum df_quorum quorum,
			enum df_family family, df_u128 addr)
{
	size_t votes = 0, i;

	for (i = 0; i < geo->operator_count && !is_local(family, addr); i++) {
		const struct df_geo_range *range =
			look(geo, geo->operator[i], family, addr);

		votes += range && names_asn(policy, atom, range->asn);
	}
	return quorum_met(quorum, votes, geo->operator_count);
}

/* Return: the reason why an atom matches, in the order of the reasons, or 0. */
static enum dfence_reason matches(const struct df_policy *policy,
				  const struct df_geo *geo,
				  const struct df_atom *atom,
				  enum df_quorum quorum, enum df_family family,
				  df_u128 addr)
{
	bool all = atom->kind != DF_ATOM_SET || atom->part == DF_PART_ALL;

	if ((all || atom->part == DF_PART_OPERATED_BY) &&
	    operated_by(policy, geo, atom, quorum, family, addr))
		return DFENCE_REASON_OPERATED_BY;
	if ((all || atom->part == DF_PART_LOCATED_IN) &&
	    located_in(policy, geo, atom, quorum, family, addr))
		return DFENCE_REASON_LOCATED_IN;
	if ((all || atom->part == DF_PART_NETWORK) &&
	    names_address(policy, atom, family, addr))
		return DFENCE_REASON_NETWORK;
	return DFENCE_REASON_DEFAULT;
}

static bool takes(const struct df_rule *rule, int protocol, int port)
{
	if (!rule->any_protocol && !(rule->protocols[0] >> protocol & 1))
		return false;
	return !rule->port_count ||
	       (rule->ports[0].first <= port && port <= rule->ports[0].last);
}

static struct df_decision judge(const struct df_policy *policy,
				const struct df_geo *geo, enum df_family family,
				df_u128 addr, int protocol, int port)
{
	const struct df_profile *profile = &policy->profiles[0];
	struct df_decision d = { .verdict = profile->verdict };
	size_t r, i;

	for (r = 0; r < profile->rule_count; r++) {
		const struct df_rule *rule = &profile->rules[r];

		if (!takes(rule, protocol, port))
			continue;
		for (i = 0; i < rule->to.count; i++) {
			d.reason = matches(policy, geo, &rule->to.list[i],
					   rule->verdict == DFENCE_VERDICT_ALLOW ?
					   policy->quorum_allow :
					   policy->quorum_deny, family, addr);
			if (d.reason == DFENCE_REASON_DEFAULT)
				continue;
			d.verdict = rule->verdict;
			d.log = rule->log;
			d.rule = r + 1;
			return d;
		}
	}
	return d;
}

static void check_votes(const struct df_geo *geo, const struct df_image *image,
			enum df_family family, df_u128 addr)
{
	const struct df_image_zone *zone =
		&image->zones[df_image_zone(image, family, addr)];
	const char *label = "";
	size_t i;

	assert_int_equal(zone->votes_len, 2 * geo->country_count);
	for (i = 0; i < geo->country_count; i++) {
		const struct df_geo_range *range =
			look(geo, geo->country[i], family, addr);
		const char *code = range && range->country[0] &&
				   !is_local(family, addr) ? range->country : "??";

		assert_memory_equal(zone->votes + 2 * i, code, 2);
		if (!label[0] && code[0] != '?')
			label = code;
	}
	assert_int_equal(strlen(zone->country), label[0] ? 2 : 0);
	assert_memory_equal(zone->country, label, strlen(zone->country));
}

static void check_address(const struct df_policy *policy,
			  const struct df_geo *geo, const struct df_image *image,
			  enum df_family family, df_u128 addr)
{
	int protocol = below(8), port = below(6);
	struct df_decision want, got;

	check_votes(geo, image, family, addr);
	want = judge(policy, geo, family, addr, protocol, port);
	assert_int_equal(df_image_eval(image, 0, family, addr, protocol, port,
				       &got), 0);
	if (want.verdict != got.verdict || want.rule != got.rule ||
	    want.reason != got.reason || want.log != got.log)
		fail_msg("seed %llu family %d address %llx: rule %u %s, not rule %u %s",
			 (unsigned long long)seed, family,
			 (unsigned long long)addr, got.rule,
			 df_reason_name(got.reason), want.rule,
			 df_reason_name(want.reason));
}

static void free_geo(struct df_geo *geo)
{
	size_t i;

	for (i = 0; i < geo->source_count; i++) {
		free(geo->sources[i]->table[DF_IPV4].list);
		free(geo->sources[i]->table[DF_IPV6].list);
		free(geo->sources[i]);
	}
	free(geo->sources);
	free(geo);
}

static void random_round(void)
{
	struct df_policy *policy = random_policy();
	struct df_geo *geo = random_geo();
	struct df_diags diags = { 0 };
	struct df_image *image = df_compile(policy, geo, &diags);
	size_t i;

	assert_int_equal(diags.count, 0);
	assert_non_null(image);
	for (i = 0; i < 300; i++) {
		enum df_family family = below(2);
		df_u128 base = windows[family][below(3)];

		check_address(policy, geo, image, family, base + below(WINDOW));
		check_address(policy, geo, image, family,
			      random_addr(&seed, family));
	}
	for (i = 0; i < image->ranges[DF_IPV4].count && i < 100; i++) {
		check_address(policy, geo, image, DF_IPV4,
			      image->ranges[DF_IPV4].list[i].first);
		check_address(policy, geo, image, DF_IPV4,
			      image->ranges[DF_IPV4].list[i].last);
	}
	df_image_free(image);
	free_geo(geo);
	df_policy_free(policy);
}

static void random_policies(void **state)
{
	int i;

	for (i = 0; i < 300; i++) {
		seed = 1000 + i;
		random_round();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_policies),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
