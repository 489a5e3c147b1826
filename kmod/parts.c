// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a policy as they arrive over netlink. Each is checked in full
 * before anything refers to it: an index must point to a part that is already
 * there, a count must fit what was announced. The attributes passed the
 * generated netlink policies, so types, lengths and enum values are sound; what
 * those cannot express is checked here.
 */

#include <linux/ctype.h>
#include <linux/etherdevice.h>
#include <linux/netfilter.h>
#include <net/netlink.h>

#include "ifname.h"
#include "netlink_gen.h"
#include "parts.h"
#include "pattern.h"

/**
 * dfence_set_error() - tell the user what is wrong
 * @extack: of the request
 * @attr: the culprit, or NULL
 * @why: a constant
 */
void dfence_set_error(struct netlink_ext_ack *extack, const struct nlattr *attr,
		      const char *why)
{
	extack->_msg = why;
	extack->bad_attr = attr;
}

static int refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  const char *why)
{
	dfence_set_error(extack, attr, why);
	return -EINVAL;
}

/**
 * dfence_name_ok() - can a name stand in a log line as it is
 * @name: NUL-terminated
 *
 * Return: true if it has at least one character, and none that is blank, a
 * quote, a backslash, an equals sign, or not printable ASCII.
 */
bool dfence_name_ok(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (!isascii(*p) || !isgraph(*p) || strchr("\"\\=", *p))
			return false;
	return p != name;
}

/* Read the name that every kind of part has. */
static int get_name(char name[DRONEFENCE_NAME_MAX + 1],
		    const struct nlattr *part, const struct nlattr *attr,
		    struct netlink_ext_ack *extack)
{
	if (!attr)
		return refuse(extack, part, "name is missing");
	nla_strscpy(name, attr, DRONEFENCE_NAME_MAX + 1);
	if (!dfence_name_ok(name))
		return refuse(extack, attr, "name is not printable");
	return 0;
}

/* Read a name or pattern of an interface. */
static int get_ifname(char name[DRONEFENCE_IFNAME_MAX + 1],
		      const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const char *why = dfence_ifname_check(nla_data(attr));

	if (why)
		return refuse(extack, attr, why);
	nla_strscpy(name, attr, DRONEFENCE_IFNAME_MAX + 1);
	return 0;
}

/**
 * dfence_part_set() - add a destination set
 * @policy: not published
 * @attr: DFENCE_A_CHUNK_SET
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int dfence_part_set(struct dfence_policy *policy, const struct nlattr *attr,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[DFENCE_A_SET_MAX + 1];
	struct dfence_set *set;
	int err;

	err = nla_parse_nested(tb, DFENCE_A_SET_MAX, attr,
			       dronefence_set_nl_policy, extack);
	if (err)
		return err;
	if (policy->have.sets == policy->want.sets)
		return refuse(extack, attr, "more sets than announced");
	if (!tb[DFENCE_A_SET_KIND])
		return refuse(extack, attr, "kind is missing");

	set = &policy->sets[policy->have.sets];
	err = get_name(set->name, attr, tb[DFENCE_A_SET_NAME], extack);
	if (err)
		return err;
	set->kind = nla_get_u8(tb[DFENCE_A_SET_KIND]);
	policy->have.sets++;
	return 0;
}

static bool is_country(const char *code)
{
	return !*code || (code[0] >= 'A' && code[0] <= 'Z' &&
			  code[1] >= 'A' && code[1] <= 'Z' && !code[2]);
}

static bool is_votes(const char *votes, int len)
{
	char code[3] = "";
	int i;

	for (i = 0; i + 1 < len; i += 2) {
		memcpy(code, votes + i, 2);
		if (strcmp(code, "??") && (!*code || !is_country(code)))
			return false;
	}
	return !(len % 2);
}

/* Bits behind the last set would be read by no rule; they must be 0. */
static bool is_bitmap(const struct dfence_policy *policy, const u8 *bitmap)
{
	u32 i;

	for (i = policy->want.sets; i < policy->zone_sets_size * 8; i++)
		if (dfence_bit(bitmap, i))
			return false;
	return true;
}

static int fill_zone(struct dfence_policy *policy, const struct nlattr *part,
		     struct nlattr **tb, struct netlink_ext_ack *extack)
{
	struct dfence_zone *zone = &policy->zones[policy->have.zones];
	const struct nlattr *attr;

	attr = tb[DFENCE_A_ZONE_COUNTRY];
	if (attr)
		nla_strscpy(zone->country, attr, sizeof(zone->country));
	if (!is_country(zone->country))
		return refuse(extack, attr, "country is not two upper-case letters");

	attr = tb[DFENCE_A_ZONE_VOTES];
	if (attr) {
		if (nla_len(attr) > DRONEFENCE_VOTES_MAX ||
		    !is_votes(nla_data(attr), nla_len(attr)))
			return refuse(extack, attr, "votes are not pairs of upper-case letters");
		zone->votes_len = nla_len(attr);
		memcpy(zone->votes, nla_data(attr), nla_len(attr));
	}

	attr = tb[DFENCE_A_ZONE_SETS];
	if ((attr ? nla_len(attr) : 0) != policy->zone_sets_size)
		return refuse(extack, attr ?: part, "bitmap of sets has the wrong length");
	if (attr && !is_bitmap(policy, nla_data(attr)))
		return refuse(extack, attr, "bitmap names a set that does not exist");
	if (attr)
		memcpy(policy->zone_sets +
		       (size_t)policy->have.zones * policy->zone_sets_size,
		       nla_data(attr), nla_len(attr));
	return 0;
}

/**
 * dfence_part_zone() - add a zone
 * @policy: not published
 * @attr: DFENCE_A_CHUNK_ZONE
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int dfence_part_zone(struct dfence_policy *policy, const struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[DFENCE_A_ZONE_MAX + 1];
	int err;

	err = nla_parse_nested(tb, DFENCE_A_ZONE_MAX, attr,
			       dronefence_zone_nl_policy, extack);
	if (err)
		return err;
	if (policy->have.zones == policy->want.zones)
		return refuse(extack, attr, "more zones than announced");
	err = fill_zone(policy, attr, tb, extack);
	if (err)
		return err;
	policy->have.zones++;
	return 0;
}

/**
 * dfence_part_ranges() - add ranges of addresses
 * @map: of a policy that is not published
 * @attr: DFENCE_A_CHUNK_RANGES4 or DFENCE_A_CHUNK_RANGES6
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int dfence_part_ranges(struct dfence_zonemap *map, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	const char *why = dfence_zonemap_add(map, nla_data(attr), nla_len(attr));

	return why ? refuse(extack, attr, why) : 0;
}

/* How many attributes of a type are in a nest. */
static u32 count_attrs(const struct nlattr *nest, int type)
{
	const struct nlattr *attr;
	u32 n = 0;
	int rem;

	nla_for_each_nested(attr, nest, rem)
		n += nla_type(attr) == type;
	return n;
}

static int add_rule_set(const struct dfence_policy *policy,
			struct dfence_rule *rule, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	u32 set = nla_get_u32(attr);

	if (set >= policy->have.sets)
		return refuse(extack, attr, "rule names a set that does not exist");
	rule->sets[rule->set_count++] = set;
	return 0;
}

static int add_rule_ports(struct dfence_rule *rule, const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	struct dfence_ports *ports = &rule->ports[rule->port_count];
	u32 value = nla_get_u32(attr);

	ports->first = value >> 16;
	ports->last = value & 0xffff;
	if (ports->first > ports->last)
		return refuse(extack, attr, "port range ends before it begins");
	rule->port_count++;
	return 0;
}

static int fill_rule_lists(const struct dfence_policy *policy,
			   struct dfence_rule *rule, const struct nlattr *part,
			   struct netlink_ext_ack *extack)
{
	u32 sets = count_attrs(part, DFENCE_A_RULE_SET);
	u32 ports = count_attrs(part, DFENCE_A_RULE_PORTS);
	const struct nlattr *attr;
	int rem, err = 0;

	if (sets > DRONEFENCE_MAX_RULE_SETS)
		return refuse(extack, part, "rule has too many sets");
	if (ports > DRONEFENCE_MAX_RULE_PORTS)
		return refuse(extack, part, "rule has too many port ranges");
	if (dfence_rule_alloc(rule, sets, ports))
		return -ENOMEM;
	nla_for_each_nested(attr, part, rem) {
		if (nla_type(attr) == DFENCE_A_RULE_SET)
			err = add_rule_set(policy, rule, attr, extack);
		else if (nla_type(attr) == DFENCE_A_RULE_PORTS)
			err = add_rule_ports(rule, attr, extack);
		if (err)
			return err;
	}
	return 0;
}

static int fill_rule(const struct dfence_policy *policy,
		     struct dfence_rule *rule, const struct nlattr *part,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[DFENCE_A_RULE_MAX + 1];
	int err;

	err = nla_parse_nested(tb, DFENCE_A_RULE_MAX, part,
			       dronefence_rule_nl_policy, extack);
	if (err)
		return err;
	if (!tb[DFENCE_A_RULE_VERDICT] || !tb[DFENCE_A_RULE_LOG])
		return refuse(extack, part, "rule needs verdict and log");
	rule->verdict = nla_get_u8(tb[DFENCE_A_RULE_VERDICT]);
	rule->log = nla_get_u8(tb[DFENCE_A_RULE_LOG]);
	rule->any_protocol = !tb[DFENCE_A_RULE_PROTOCOLS];
	if (tb[DFENCE_A_RULE_PROTOCOLS])
		memcpy(rule->protocols, nla_data(tb[DFENCE_A_RULE_PROTOCOLS]),
		       sizeof(rule->protocols));
	if (tb[DFENCE_A_RULE_OUT_INTERFACE]) {
		err = get_ifname(rule->out, tb[DFENCE_A_RULE_OUT_INTERFACE],
				 extack);
		if (err)
			return err;
	}
	if (tb[DFENCE_A_RULE_ORIGIN]) {
		rule->origin = nla_strdup(tb[DFENCE_A_RULE_ORIGIN],
					  GFP_KERNEL_ACCOUNT);
		if (!rule->origin)
			return -ENOMEM;
	}
	return fill_rule_lists(policy, rule, part, extack);
}

static int fill_rules(struct dfence_policy *policy,
		      struct dfence_policy_profile *profile,
		      const struct nlattr *part, struct netlink_ext_ack *extack)
{
	u32 rules = count_attrs(part, DFENCE_A_PROFILE_RULE);
	const struct nlattr *attr;
	int rem, err;
	u32 i = 0;

	if (rules > DRONEFENCE_MAX_PROFILE_RULES)
		return refuse(extack, part, "profile has too many rules");
	if (dfence_profile_alloc_rules(profile, rules))
		return -ENOMEM;
	nla_for_each_nested(attr, part, rem) {
		if (nla_type(attr) != DFENCE_A_PROFILE_RULE)
			continue;
		err = fill_rule(policy, &profile->profile.rules[i++], attr,
				extack);
		if (err)
			return err;
		profile->profile.by_device |= *profile->profile.rules[i - 1].out;
	}
	policy->rules += rules;
	return 0;
}

/**
 * dfence_part_profile() - add a profile with its rules
 * @policy: not published; the sets of the rules are already there
 * @attr: DFENCE_A_CHUNK_PROFILE
 * @extack: says what is wrong
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int dfence_part_profile(struct dfence_policy *policy, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[DFENCE_A_PROFILE_MAX + 1];
	struct dfence_policy_profile *profile;
	int err;

	err = nla_parse_nested(tb, DFENCE_A_PROFILE_MAX, attr,
			       dronefence_profile_nl_policy, extack);
	if (err)
		return err;
	if (policy->have.profiles == policy->want.profiles)
		return refuse(extack, attr, "more profiles than announced");
	if (!tb[DFENCE_A_PROFILE_VERDICT] || !tb[DFENCE_A_PROFILE_LOG])
		return refuse(extack, attr, "profile needs verdict and log");

	profile = &policy->profiles[policy->have.profiles];
	err = get_name(profile->name, attr, tb[DFENCE_A_PROFILE_NAME], extack);
	if (err)
		return err;
	profile->profile.verdict = nla_get_u8(tb[DFENCE_A_PROFILE_VERDICT]);
	profile->profile.log = nla_get_u8(tb[DFENCE_A_PROFILE_LOG]);
	if (tb[DFENCE_A_PROFILE_ORIGIN]) {
		profile->profile.origin = nla_strdup(tb[DFENCE_A_PROFILE_ORIGIN],
						     GFP_KERNEL_ACCOUNT);
		if (!profile->profile.origin)
			return -ENOMEM;
	}
	/*
	 * Counted before the rules, so that a refused one is not overwritten:
	 * what it holds is freed with the policy.
	 */
	policy->have.profiles++;
	return fill_rules(policy, profile, attr, extack);
}

/* Does anything stand behind the prefix of a network? */
static bool has_host_bits(const u8 *network, u8 size, u8 prefix)
{
	u8 i = prefix / 8;

	if (prefix % 8 && (u8)(network[i++] << prefix % 8))
		return true;
	for (; i < size; i++)
		if (network[i])
			return true;
	return false;
}

static int fill_source(struct dfence_forward_selector *selector,
		       struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *source = tb[DFENCE_A_SELECTOR_SOURCE];
	const struct nlattr *prefix = tb[DFENCE_A_SELECTOR_SOURCE_PREFIX];
	u8 size;

	if (!source || !prefix)
		return refuse(extack, source ?: prefix,
			      "source needs a network and a prefix");
	size = nla_len(source);
	if (nla_len(source) != 4 && nla_len(source) != 16)
		return refuse(extack, source, "source has neither 4 nor 16 bytes");
	selector->pf = size == 16 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	selector->prefix = nla_get_u8(prefix);
	if (selector->prefix > 8 * size)
		return refuse(extack, prefix, "prefix is longer than the address");
	memcpy(selector->source, nla_data(source), size);
	if (has_host_bits(selector->source, size, selector->prefix))
		return refuse(extack, source, "source has bits set behind its prefix");
	return 0;
}

static int fill_mac(struct dfence_forward_selector *selector,
		    const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	memcpy(selector->mac, nla_data(attr), sizeof(selector->mac));
	if (!is_valid_ether_addr(selector->mac))
		return refuse(extack, attr, "MAC address is no sender's");
	selector->has_mac = true;
	return 0;
}

static int add_forward_selector(struct dfence_policy *policy, u16 app,
				const struct nlattr *part, struct nlattr **tb,
				struct netlink_ext_ack *extack)
{
	struct dfence_forward_selector selector = { .app = app };
	bool in = tb[DFENCE_A_SELECTOR_IN_INTERFACE];
	bool source = tb[DFENCE_A_SELECTOR_SOURCE] ||
		      tb[DFENCE_A_SELECTOR_SOURCE_PREFIX];
	bool mac = tb[DFENCE_A_SELECTOR_MAC];
	int err = 0;

	if (tb[DFENCE_A_SELECTOR_UID])
		return refuse(extack, tb[DFENCE_A_SELECTOR_UID],
			      "what is forwarded has no user");

	if (tb[DFENCE_A_SELECTOR_PATTERN])
		return refuse(extack, tb[DFENCE_A_SELECTOR_PATTERN],
			      "what is forwarded has no cgroup");
	if (!in && !source && !mac)
		return refuse(extack, part, "selector names no place to come from");
	if (in)
		err = get_ifname(selector.in, tb[DFENCE_A_SELECTOR_IN_INTERFACE],
				 extack);
	if (!err && source)
		err = fill_source(&selector, tb, extack);
	if (!err && mac)
		err = fill_mac(&selector, tb[DFENCE_A_SELECTOR_MAC], extack);
	return err ?: dfence_forward_add(&policy->forward, &selector);
}

static bool has_forward_part(struct nlattr **tb)
{
	return tb[DFENCE_A_SELECTOR_IN_INTERFACE] ||
	       tb[DFENCE_A_SELECTOR_SOURCE] ||
	       tb[DFENCE_A_SELECTOR_SOURCE_PREFIX] || tb[DFENCE_A_SELECTOR_MAC];
}

static int add_user(struct dfence_policy *policy, u16 app,
		    const struct nlattr *part, struct nlattr **tb,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[DFENCE_A_SELECTOR_UID];
	int err;

	if (!attr)
		return refuse(extack, part, "selector needs the number of a user");
	if (tb[DFENCE_A_SELECTOR_PATTERN] || has_forward_part(tb))
		return refuse(extack, part, "a user has neither pattern nor place to come from");
	/* All that keeps the machine running is root's. */
	if (!nla_get_u32(attr))
		return refuse(extack, attr, "root is no application's");
	if (!uid_valid(KUIDT_INIT(nla_get_u32(attr))))
		return refuse(extack, attr, "no user has this number");
	err = dfence_users_add(&policy->identity.users, nla_get_u32(attr), app);
	if (err == -EEXIST)
		return refuse(extack, attr, "user is selected already");
	if (err == -E2BIG)
		return refuse(extack, attr, "policy has too many users");
	return err;
}

static bool is_executable(struct nlattr **tb)
{
	return tb[DFENCE_A_SELECTOR_TYPE] &&
	       nla_get_u8(tb[DFENCE_A_SELECTOR_TYPE]) ==
	       DFENCE_SELECTOR_EXECUTABLE;
}

static int add_selector(struct dfence_policy *policy, u16 app,
			const struct nlattr *part,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[DFENCE_A_SELECTOR_MAX + 1];
	const char *pattern, *why;
	int err;

	err = nla_parse_nested(tb, DFENCE_A_SELECTOR_MAX, part,
			       dronefence_selector_nl_policy, extack);
	if (err)
		return err;
	if (tb[DFENCE_A_SELECTOR_COPIES] && !is_executable(tb))
		return refuse(extack, tb[DFENCE_A_SELECTOR_COPIES],
			      "only a program has copies");
	if (tb[DFENCE_A_SELECTOR_TYPE] &&
	    nla_get_u8(tb[DFENCE_A_SELECTOR_TYPE]) == DFENCE_SELECTOR_FORWARD)
		return add_forward_selector(policy, app, part, tb, extack);
	if (tb[DFENCE_A_SELECTOR_TYPE] &&
	    nla_get_u8(tb[DFENCE_A_SELECTOR_TYPE]) == DFENCE_SELECTOR_USER)
		return add_user(policy, app, part, tb, extack);
	if (tb[DFENCE_A_SELECTOR_UID])
		return refuse(extack, tb[DFENCE_A_SELECTOR_UID],
			      "only a user has the number of one");
	if (!tb[DFENCE_A_SELECTOR_TYPE] || !tb[DFENCE_A_SELECTOR_PATTERN])
		return refuse(extack, part, "selector needs type and pattern");
	if (has_forward_part(tb))
		return refuse(extack, part, "only what is forwarded has a place to come from");
	pattern = nla_data(tb[DFENCE_A_SELECTOR_PATTERN]);
	why = dfence_pattern_check(pattern);
	if (why)
		return refuse(extack, tb[DFENCE_A_SELECTOR_PATTERN], why);
	if (is_executable(tb))
		return dfence_policy_add_executable(policy, pattern, app,
						    tb[DFENCE_A_SELECTOR_COPIES]);
	return dfence_identity_add(&policy->identity, pattern, app);
}

static int add_selectors(struct dfence_policy *policy, u16 app,
			 const struct nlattr *part,
			 struct netlink_ext_ack *extack)
{
	u32 selectors = count_attrs(part, DFENCE_A_APP_SELECTOR);
	const struct nlattr *attr;
	int rem, err;

	if (!selectors)
		return refuse(extack, part, "application has no selector");
	if (selectors > DRONEFENCE_MAX_APPLICATION_SELECTORS)
		return refuse(extack, part, "application has too many selectors");
	nla_for_each_nested(attr, part, rem) {
		if (nla_type(attr) != DFENCE_A_APP_SELECTOR)
			continue;
		err = add_selector(policy, app, attr, extack);
		if (err)
			return err;
	}
	return 0;
}

static bool app_exists(const struct dfence_policy *policy, const char *name)
{
	u32 i;

	for (i = 0; i < policy->have.apps; i++)
		if (!strcmp(policy->apps[i].name, name))
			return true;
	return false;
}

/**
 * dfence_part_application() - add an application with its selectors
 * @policy: not published; the profile is already there
 * @attr: DFENCE_A_CHUNK_APPLICATION
 * @extack: says what is wrong
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int dfence_part_application(struct dfence_policy *policy,
			    const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[DFENCE_A_APP_MAX + 1];
	u16 index = policy->have.apps;
	struct dfence_app *app;
	u32 profile;
	int err;

	err = nla_parse_nested(tb, DFENCE_A_APP_MAX, attr,
			       dronefence_application_nl_policy, extack);
	if (err)
		return err;
	if (policy->have.apps == policy->want.apps)
		return refuse(extack, attr, "more applications than announced");
	if (!tb[DFENCE_A_APP_PROFILE] || !tb[DFENCE_A_APP_MODE])
		return refuse(extack, attr, "application needs profile and mode");
	profile = nla_get_u32(tb[DFENCE_A_APP_PROFILE]);
	if (profile >= policy->have.profiles)
		return refuse(extack, tb[DFENCE_A_APP_PROFILE],
			      "application names a profile that does not exist");

	app = &policy->apps[index];
	err = get_name(app->name, attr, tb[DFENCE_A_APP_NAME], extack);
	if (err)
		return err;
	if (app_exists(policy, app->name))
		return refuse(extack, tb[DFENCE_A_APP_NAME],
			      "application exists already");
	app->profile = profile;
	app->mode = nla_get_u8(tb[DFENCE_A_APP_MODE]);
	if (tb[DFENCE_A_APP_STRAYS])
		app->strays = nla_get_u8(tb[DFENCE_A_APP_STRAYS]);
	app->stats = dfence_app_stats_get(app->name);
	if (!app->stats)
		return -ENOMEM;
	policy->have.apps++;
	return add_selectors(policy, index, attr, extack);
}
