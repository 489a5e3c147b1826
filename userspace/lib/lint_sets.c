// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets without members, and sets of networks that forget IPv6. */

#include <stdlib.h>

#include "compile.h"
#include "lint.h"

/**
 * struct facts - what matters here about a set
 * @countries: it has countries
 * @asns: it has autonomous systems
 * @public4: it has IPv4 networks that are not local
 * @other_net: it has other networks
 * @warned: it was reported already
 */
struct facts {
	bool countries;
	bool asns;
	bool public4;
	bool other_net;
	bool warned;
};

static bool is_local_net(const struct df_net *net)
{
	size_t i;

	for (i = 0; i < df_local_network_count; i++) {
		const struct df_net *local = &df_local_networks[i];

		if (local->family == net->family && local->first <= net->first &&
		    net->last <= local->last)
			return true;
	}
	return false;
}

static int gather(const struct df_policy *policy, size_t set,
		  struct facts *facts)
{
	const struct df_atom atom = { .kind = DF_ATOM_SET, .set = set };
	struct df_members *members = calloc(1, sizeof(*members));
	int err = members ? df_members_add(members, policy, &atom) : -1;
	size_t i;

	if (!err) {
		facts->countries = members->has_countries;
		facts->asns = members->asn_count;
		for (i = 0; i < members->net_count; i++) {
			if (members->nets[i].family == DF_IPV4 &&
			    !is_local_net(&members->nets[i]))
				facts->public4 = true;
			else
				facts->other_net = true;
		}
	}
	df_members_free(members);
	return err;
}

static bool is_empty(const struct facts *facts, enum df_part part)
{
	bool net = facts->public4 || facts->other_net;

	switch (part) {
	case DF_PART_LOCATED_IN:
		return !facts->countries;
	case DF_PART_OPERATED_BY:
		return !facts->asns;
	case DF_PART_NETWORK:
		return !net;
	case DF_PART_ALL:
		break;
	}
	return !facts->countries && !facts->asns && !net;
}

static const char *const nouns[] = {
	[DF_PART_ALL] = "members",
	[DF_PART_LOCATED_IN] = "countries",
	[DF_PART_OPERATED_BY] = "autonomous systems",
	[DF_PART_NETWORK] = "networks",
};

static void check_use(const struct df_set *set, const struct df_atom *atom,
		      struct facts *facts, struct df_diags *diags)
{
	if (is_empty(facts, DF_PART_ALL))
		return;
	if (is_empty(facts, atom->part)) {
		df_diag(diags, DF_WARNING, &atom->mark, NULL,
			"set '%s' has no %s, so this matches nothing",
			set->name, nouns[atom->part]);
		return;
	}
	/* Countries and operators hold for both families. */
	if (facts->warned || !facts->public4 || facts->other_net ||
	    facts->countries || facts->asns)
		return;
	facts->warned = true;
	df_diag(diags, DF_WARNING, &set->mark, NULL,
		"set '%s' lists IPv4 networks only; IPv6 never matches it",
		set->name);
}

static void check_rules(const struct df_policy *policy, struct facts *facts,
			struct df_diags *diags)
{
	size_t p, r, i;

	for (p = 0; p < policy->profile_count; p++) {
		const struct df_profile *profile = &policy->profiles[p];

		for (r = 0; r < profile->rule_count; r++) {
			const struct df_atoms *to = &profile->rules[r].to;

			for (i = 0; i < to->count; i++)
				if (to->list[i].kind == DF_ATOM_SET)
					check_use(&policy->sets[to->list[i].set],
						  &to->list[i],
						  &facts[to->list[i].set], diags);
		}
	}
}

/**
 * df_lint_sets() - warn of sets that do not hold what they seem to
 * @policy: the policy
 * @diags: where warnings go
 */
void df_lint_sets(const struct df_policy *policy, struct df_diags *diags)
{
	struct facts *facts = calloc(policy->set_count + 1, sizeof(*facts));
	size_t i;

	for (i = 0; facts && i < policy->set_count; i++) {
		if (gather(policy, i, &facts[i])) {
			diags->lost = true;
			break;
		}
		if (is_empty(&facts[i], DF_PART_ALL))
			df_diag(diags, DF_WARNING, &policy->sets[i].mark, NULL,
				"set '%s' is empty", policy->sets[i].name);
	}
	if (facts && i == policy->set_count)
		check_rules(policy, facts, diags);
	else
		diags->lost = true;
	free(facts);
}
