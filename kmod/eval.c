// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: Evaluation
 *
 * The rules of a profile are tried in order and the first that matches
 * decides; where none matches the profile's default does.
 *
 * A packet does not always show what a rule asks for: a later fragment has no
 * ports, an IPv6 packet can hide its protocol behind a broken header chain, a
 * source route hides the destination; nobody may know yet by which interface it
 * will leave. Such a packet must not slip through, so
 * the question is answered against the sender: a rule that denies or drops
 * matches, a rule that allows does not. A rule that does not ask for the
 * hidden part is not affected.
 */

#include "eval.h"
#include "ifname.h"

/* The answer to a question that the packet does not let us answer. */
static bool hidden_matches(const struct dfence_rule *rule)
{
	return rule->verdict != DFENCE_VERDICT_ALLOW;
}

static bool match_protocol(const struct dfence_rule *rule,
			   const struct dfence_query *query)
{
	if (rule->any_protocol)
		return true;
	if (query->hidden & DFENCE_HIDDEN_PROTOCOL)
		return hidden_matches(rule);
	return dfence_bit(rule->protocols, query->protocol);
}

static bool match_ports(const struct dfence_rule *rule,
			const struct dfence_query *query)
{
	u32 i;

	if (!rule->port_count)
		return true;
	if (query->hidden & DFENCE_HIDDEN_PORTS)
		return hidden_matches(rule);
	if (!query->has_ports)
		return false;
	for (i = 0; i < rule->port_count; i++)
		if (rule->ports[i].first <= query->dport &&
		    query->dport <= rule->ports[i].last)
			return true;
	return false;
}

static bool match_out(const struct dfence_rule *rule,
		      const struct dfence_query *query)
{
	if (!*rule->out)
		return true;
	return query->out ? dfence_ifname_match(rule->out, query->out) :
			    hidden_matches(rule);
}

static bool match_destination(const struct dfence_rule *rule,
			      const struct dfence_query *query, u16 *set)
{
	u32 i;

	*set = DFENCE_NO_SET;
	if (!rule->set_count)
		return true;
	if (query->hidden & DFENCE_HIDDEN_DESTINATION) {
		*set = DFENCE_HIDDEN_SET;
		return hidden_matches(rule);
	}
	for (i = 0; i < rule->set_count; i++) {
		if (dfence_bit(query->sets, rule->sets[i])) {
			*set = rule->sets[i];
			return true;
		}
	}
	return false;
}

/**
 * dfence_eval() - what happens to a packet under a profile
 * @profile: sealed: every set index is within the bitmap of @query
 * @query: the packet
 *
 * Context: any; no locks, does not sleep. The caller keeps both alive.
 * Return: the decision; there always is one.
 */
struct dfence_decision dfence_eval(const struct dfence_profile *profile,
				   const struct dfence_query *query)
{
	struct dfence_decision decision = {
		.verdict = profile->verdict,
		.log = profile->log,
		.set = DFENCE_NO_SET,
	};
	u32 i;

	for (i = 0; i < profile->rule_count; i++) {
		const struct dfence_rule *rule = &profile->rules[i];
		u16 set;

		if (!match_protocol(rule, query) || !match_ports(rule, query) ||
		    !match_out(rule, query) ||
		    !match_destination(rule, query, &set))
			continue;
		decision.verdict = rule->verdict;
		decision.log = rule->log;
		decision.set = set;
		decision.rule = i + 1;
		break;
	}
	return decision;
}
