// SPDX-License-Identifier: GPL-2.0-or-later
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "utf8.h"

/**
 * struct rule_state - a rule while it is read
 * @rule: the rule
 * @verdict: key of its verdict, NULL for none so far
 * @log: it says what to record
 * @portless: first protocol in the list that has no ports
 */
struct rule_state {
	struct df_rule *rule;
	const struct df_yaml *verdict;
	bool log;
	const struct df_yaml *portless;
};

static enum dfence_log default_log(enum dfence_verdict verdict)
{
	return verdict == DFENCE_VERDICT_ALLOW ? DFENCE_LOG_NONE
					       : DFENCE_LOG_NEW;
}

static void load_verdict(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, struct rule_state *state,
			 enum dfence_verdict verdict)
{
	if (state->verdict) {
		df_load_error(l, &key->mark,
			      "a rule has one verdict, and this one has '%s' already",
			      state->verdict->text);
		return;
	}
	state->verdict = key;
	state->rule->verdict = verdict;
	df_load_destinations(l, value, &state->rule->to);
}

static void load_allow(struct df_loader *l, const struct df_yaml *key,
		       const struct df_yaml *value, void *arg)
{
	load_verdict(l, key, value, arg, DFENCE_VERDICT_ALLOW);
}

static void load_deny(struct df_loader *l, const struct df_yaml *key,
		      const struct df_yaml *value, void *arg)
{
	load_verdict(l, key, value, arg, DFENCE_VERDICT_DENY);
}

static void load_drop(struct df_loader *l, const struct df_yaml *key,
		      const struct df_yaml *value, void *arg)
{
	load_verdict(l, key, value, arg, DFENCE_VERDICT_DROP);
}

static void unknown_protocol(struct df_loader *l, const struct df_yaml *node)
{
	struct df_suggestion suggestion = { .word = node->text };
	char buf[DF_QUOTE_SIZE];
	unsigned int i;

	for (i = 0; i < 256; i++)
		if (df_protocol_name(i))
			df_suggest(&suggestion, df_protocol_name(i));
	if (suggestion.best)
		df_load_error(l, &node->mark,
			      "unknown protocol '%s'; did you mean '%s'?",
			      df_quote(node->text, buf), suggestion.best);
	else
		df_load_error(l, &node->mark,
			      "unknown protocol '%s'; expected a name such as tcp, or a number from 0 to 255",
			      df_quote(node->text, buf));
}

static bool has_ports(int protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
		return true;
	default:
		return false;
	}
}

static void load_protocol(struct df_loader *l, const struct df_yaml *key,
			  const struct df_yaml *value, void *arg)
{
	struct rule_state *state = arg;
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i;

	state->rule->any_protocol = false;
	if (!count && value->kind == DF_YAML_LIST)
		df_load_error(l, &value->mark,
			      "the list has no protocol; leave 'protocol' out for all");
	for (i = 0; i < count; i++) {
		const char *text = df_load_text(l, &items[i], "a protocol");
		int number;

		if (!text)
			continue;
		number = df_protocol_number(text);
		if (number < 0) {
			unknown_protocol(l, &items[i]);
			continue;
		}
		if (!has_ports(number) && !state->portless)
			state->portless = &items[i];
		state->rule->protocols[number / 8] |= 1u << (number % 8);
	}
}

static bool load_port(struct df_loader *l, const struct df_yaml *node,
		      const char *digits, uint16_t *port)
{
	uint64_t number;

	if (!df_load_number(l, &node->mark, digits, "a port", 1, UINT16_MAX,
			    &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

static bool load_port_range(struct df_loader *l, const struct df_yaml *node,
			    struct df_ports *ports)
{
	const char *text = df_load_text(l, node, "a port or a range of ports");
	char first[DF_QUOTE_SIZE], buf[DF_QUOTE_SIZE];
	const char *dash;

	if (!text)
		return false;
	dash = strchr(text, '-');
	if (!dash) {
		if (!load_port(l, node, text, &ports->first))
			return false;
		ports->last = ports->first;
		return true;
	}
	if (dash == text || !dash[1] || dash - text >= DF_QUOTE_SIZE) {
		df_load_error(l, &node->mark,
			      "'%s' is not a range of ports; expected two ports, such as 8000-8100",
			      df_quote(text, buf));
		return false;
	}
	snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
	if (!load_port(l, node, first, &ports->first) ||
	    !load_port(l, node, dash + 1, &ports->last))
		return false;
	if (ports->first <= ports->last)
		return true;
	df_load_error(l, &node->mark,
		      "the range '%s' is reversed; did you mean '%u-%u'?",
		      df_quote(text, buf), ports->last, ports->first);
	return false;
}

static void check_ports(struct df_loader *l, const struct df_yaml *key,
			const struct rule_state *state)
{
	if (state->rule->any_protocol)
		df_load_error(l, &key->mark,
			      "'ports' needs 'protocol', such as 'protocol: tcp'");
	else if (state->portless)
		df_load_error(l, &state->portless->mark,
			      "'%s' has no ports; the rule can have ports with tcp, udp, sctp, dccp and udplite",
			      state->portless->text);
}

static void load_ports(struct df_loader *l, const struct df_yaml *key,
		       const struct df_yaml *value, void *arg)
{
	struct rule_state *state = arg;
	struct df_rule *rule = state->rule;
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i;

	check_ports(l, key, state);
	if (!count && value->kind == DF_YAML_LIST)
		df_load_error(l, &value->mark,
			      "the list has no port; leave 'ports' out for all");
	if (count > DRONEFENCE_MAX_RULE_PORTS) {
		df_load_error(l, &items[DRONEFENCE_MAX_RULE_PORTS].mark,
			      "more than %d ports and ranges in a rule",
			      DRONEFENCE_MAX_RULE_PORTS);
		count = DRONEFENCE_MAX_RULE_PORTS;
	}
	rule->ports = df_load_alloc(l, count, sizeof(*rule->ports));
	if (!rule->ports)
		return;
	for (i = 0; i < count; i++)
		if (load_port_range(l, &items[i], &rule->ports[rule->port_count]))
			rule->port_count++;
}

static bool load_log(struct df_loader *l, const struct df_yaml *value,
		     enum dfence_log *log)
{
	unsigned int choice;

	if (!df_load_choice(l, value, "a value for 'log'", df_log_name,
			    DFENCE_LOG_ALL + 1, &choice))
		return false;
	*log = (enum dfence_log)choice;
	return true;
}

static void load_rule_log(struct df_loader *l, const struct df_yaml *key,
			  const struct df_yaml *value, void *arg)
{
	struct rule_state *state = arg;

	state->log = load_log(l, value, &state->rule->log);
}

static void load_out(struct df_loader *l, const struct df_yaml *key,
		     const struct df_yaml *value, void *arg)
{
	struct rule_state *state = arg;

	if (df_load_text(l, value, "the name of an interface"))
		df_load_ifname(l, value, state->rule->out);
}

/* The protocol comes before the ports, which need it. */
static const struct df_key rule_keys[] = {
	{ "allow", false, load_allow },
	{ "deny", false, load_deny },
	{ "drop", false, load_drop },
	{ "protocol", false, load_protocol },
	{ "ports", false, load_ports },
	{ "log", false, load_rule_log },
	{ "out-interface", false, load_out },
};

static void load_rule(struct df_loader *l, const struct df_yaml *node,
		      struct df_rule *rule)
{
	struct rule_state state = { .rule = rule };

	rule->mark = node->mark;
	rule->any_protocol = true;
	if (df_load_mapping(l, node, &node->mark, "a rule", rule_keys, 7,
			    &state) && !state.verdict)
		df_load_error(l, &node->mark,
			      "the rule has no verdict; expected one of allow, deny and drop");
	if (!state.log)
		rule->log = default_log(rule->verdict);
}

static void load_rules(struct df_loader *l, const struct df_yaml *key,
		       const struct df_yaml *value, void *arg)
{
	struct df_profile *profile = arg;
	size_t i;

	if (value->kind != DF_YAML_LIST) {
		if (value->kind != DF_YAML_BAD)
			df_load_error(l, &value->mark,
				      "'rules' is a list; start each rule with '- '");
		return;
	}
	profile->rule_count = value->count;
	if (value->count > DRONEFENCE_MAX_PROFILE_RULES) {
		df_load_error(l, &value->list[DRONEFENCE_MAX_PROFILE_RULES].mark,
			      "more than %d rules in a profile",
			      DRONEFENCE_MAX_PROFILE_RULES);
		profile->rule_count = DRONEFENCE_MAX_PROFILE_RULES;
	}
	profile->rules = df_load_alloc(l, profile->rule_count,
				       sizeof(*profile->rules));
	if (!profile->rules)
		profile->rule_count = 0;
	for (i = 0; i < profile->rule_count; i++)
		load_rule(l, &value->list[i], &profile->rules[i]);
}

static void load_default(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, void *arg)
{
	struct df_profile *profile = arg;
	unsigned int choice;

	profile->default_mark = value->mark;
	if (!df_load_choice(l, value, "a verdict", df_verdict_name,
			    DFENCE_VERDICT_DROP + 1, &choice))
		return;
	profile->verdict = (enum dfence_verdict)choice;
	profile->log = default_log(profile->verdict);
}

static void load_profile_log(struct df_loader *l, const struct df_yaml *key,
			     const struct df_yaml *value, void *arg)
{
	struct df_profile *profile = arg;

	load_log(l, value, &profile->log);
}

static void load_pilot(struct df_loader *l, const struct df_yaml *key,
		       const struct df_yaml *value, void *arg)
{
	struct df_profile *profile = arg;

	df_load_bool(l, value, "a value for 'pilot'", &profile->pilot);
}

/* The default comes before the log, which it sets too. */
static const struct df_key profile_keys[] = {
	{ "rules", false, load_rules },
	{ "default", true, load_default },
	{ "log", false, load_profile_log },
	{ "pilot", false, load_pilot },
};

static void load_profile(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value)
{
	struct df_profile *profile = &l->policy->profiles[l->policy->profile_count];
	char what[DRONEFENCE_NAME_MAX + 16];

	profile->name = df_load_name(l, key, "a profile");
	if (!profile->name)
		return;
	l->policy->profile_count++;
	profile->mark = key->mark;
	snprintf(what, sizeof(what), "profile '%s'", profile->name);
	df_load_mapping(l, value, &key->mark, what, profile_keys,
			sizeof(profile_keys) / sizeof(*profile_keys), profile);
}

/**
 * df_load_profiles() - read the part "profiles"
 * @l: the loader, after df_load_set_names()
 * @node: its value
 */
void df_load_profiles(struct df_loader *l, const struct df_yaml *node)
{
	struct df_policy *policy = l->policy;
	size_t count, i;

	if (!df_load_is_mapping(l, node, "'profiles'")) {
		l->no_profiles = true;
		return;
	}
	count = node->count;
	if (count > DRONEFENCE_MAX_PROFILES) {
		df_load_error(l, &node->list[2 * DRONEFENCE_MAX_PROFILES].mark,
			      "more than %d profiles", DRONEFENCE_MAX_PROFILES);
		l->no_profiles = true;
		count = DRONEFENCE_MAX_PROFILES;
	}
	policy->profiles = df_load_alloc(l, count, sizeof(*policy->profiles));
	if (!policy->profiles)
		return;
	for (i = 0; i < count; i++)
		load_profile(l, &node->list[2 * i], &node->list[2 * i + 1]);
}
