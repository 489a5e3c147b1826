// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the rules of the policy to the rules and sets of the kernel. The kernel
 * knows sets of one kind only, and for the kinds that sources vote on the
 * quorum is decided here, so one set of the policy can become several.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"

/* What makes a set of the image unique; no padding, it is hashed. */
struct set_key {
	char name[DRONEFENCE_NAME_MAX + 1];
	uint8_t kind;
	uint8_t quorum;
};

static int fail(struct df_compiler *compiler, const struct df_mark *mark,
		const char *why)
{
	df_diag(compiler->diags, DF_ERROR, mark, NULL, "%s", why);
	return -EINVAL;
}

static int too_many(struct df_compiler *compiler, const struct df_mark *mark,
		    const char *what, int limit)
{
	df_diag(compiler->diags, DF_ERROR, mark, NULL,
		"%s more than %d sets; put destinations into one set",
		what, limit);
	return -E2BIG;
}

static int grow_sets(struct df_compiler *compiler)
{
	struct df_image *image = compiler->image;
	size_t want = compiler->set_capacity ? compiler->set_capacity * 2 : 16;
	void *p;

	p = reallocarray(image->sets, want, sizeof(*image->sets));
	if (!p)
		return -ENOMEM;
	image->sets = p;
	p = reallocarray(compiler->members, want, sizeof(*compiler->members));
	if (!p)
		return -ENOMEM;
	compiler->members = p;
	compiler->set_capacity = want;
	return 0;
}

static int new_set(struct df_compiler *compiler, const struct set_key *key)
{
	struct df_image *image = compiler->image;
	char *name;

	if (image->set_count == compiler->set_capacity && grow_sets(compiler))
		return -ENOMEM;
	name = strdup(key->name);
	if (!name)
		return -ENOMEM;
	compiler->members[image->set_count] = NULL;
	image->sets[image->set_count++] = (struct df_image_set){
		.name = name,
		.kind = key->kind,
		.quorum = key->quorum,
	};
	return 0;
}

/* Find or make a set of the image. Return: its index or a negative errno. */
static int64_t image_set(struct df_compiler *compiler, const char *name,
			 enum dfence_reason kind, enum df_quorum quorum,
			 const struct df_mark *mark)
{
	struct set_key key = {
		.kind = kind,
		.quorum = kind == DFENCE_REASON_NETWORK ? 0 : quorum,
	};
	int64_t id;

	snprintf(key.name, sizeof(key.name), "%s", name);
	id = df_intern(&compiler->ids, &key);
	if (id < 0 || (size_t)id < compiler->image->set_count)
		return id;
	if (id >= DRONEFENCE_MAX_SETS)
		return too_many(compiler, mark, "with this the rules need",
				DRONEFENCE_MAX_SETS);
	return new_set(compiler, &key) ? -ENOMEM : id;
}

static int rule_uses(struct df_compiler *compiler, struct df_image_rule *rule,
		     uint32_t set, const struct df_mark *mark)
{
	uint32_t *sets;
	size_t i;

	for (i = 0; i < rule->set_count; i++)
		if (rule->sets[i] == set)
			return 0;
	if (rule->set_count == DRONEFENCE_MAX_RULE_SETS)
		return too_many(compiler, mark, "the rule needs",
				DRONEFENCE_MAX_RULE_SETS);
	sets = reallocarray(rule->sets, rule->set_count + 1, sizeof(*sets));
	if (!sets)
		return -ENOMEM;
	rule->sets = sets;
	rule->sets[rule->set_count++] = set;
	return 0;
}

/* Nobody could vote: the rule would never match, or always. */
static int check_sources(struct df_compiler *compiler, enum dfence_reason kind,
			 const struct df_mark *mark)
{
	const struct df_geo *geo = compiler->geo;

	if (kind == DFENCE_REASON_LOCATED_IN && !geo->country_count)
		return fail(compiler, mark,
			    "this needs geo data of countries, and the policy has no such source");
	if (kind == DFENCE_REASON_OPERATED_BY && !geo->operator_count)
		return fail(compiler, mark,
			    "this needs geo data of operators, and the policy has no such source");
	return 0;
}

static int new_members(struct df_compiler *compiler, const struct df_atom *atom,
		       struct df_members **members)
{
	*members = calloc(1, sizeof(**members));
	if (!*members)
		return -ENOMEM;
	return df_members_add(*members, compiler->policy, atom);
}

static enum dfence_reason bare_kind(const struct df_atom *atom)
{
	switch (atom->kind) {
	case DF_ATOM_UNKNOWN:
	case DF_ATOM_COUNTRY:
		return DFENCE_REASON_LOCATED_IN;
	case DF_ATOM_ASN:
		return DFENCE_REASON_OPERATED_BY;
	default:
		return DFENCE_REASON_NETWORK;
	}
}

static void bare_name(const struct df_atom *atom, char name[DF_NET_STRLEN])
{
	switch (atom->kind) {
	case DF_ATOM_UNKNOWN:
		snprintf(name, DF_NET_STRLEN, "unknown");
		break;
	case DF_ATOM_COUNTRY:
		snprintf(name, DF_NET_STRLEN, "%s", atom->country);
		break;
	case DF_ATOM_ASN:
		snprintf(name, DF_NET_STRLEN, "AS%u", atom->asn);
		break;
	case DF_ATOM_NETWORK:
		df_net_format(&atom->net, name);
		break;
	default:
		snprintf(name, DF_NET_STRLEN, "local");
		break;
	}
}

/* A destination that is no set of the policy. */
static int add_bare(struct df_compiler *compiler, struct df_image_rule *rule,
		    const struct df_atom *atom, enum df_quorum quorum)
{
	enum dfence_reason kind = bare_kind(atom);
	struct df_members **bare;
	char name[DF_NET_STRLEN];
	int64_t id;
	int err;

	err = check_sources(compiler, kind, &atom->mark);
	if (err)
		return err;
	bare_name(atom, name);
	id = image_set(compiler, name, kind, quorum, &atom->mark);
	if (id < 0)
		return id;
	if (!compiler->members[id]) {
		bare = reallocarray(compiler->bare, compiler->bare_count + 1,
				    sizeof(*bare));
		if (!bare)
			return -ENOMEM;
		compiler->bare = bare;
		err = new_members(compiler, atom, &bare[compiler->bare_count++]);
		if (err)
			return err;
		compiler->members[id] = bare[compiler->bare_count - 1];
	}
	return rule_uses(compiler, rule, id, &atom->mark);
}

static int add_part(struct df_compiler *compiler, struct df_image_rule *rule,
		    const struct df_atom *atom, enum dfence_reason kind,
		    enum df_quorum quorum)
{
	const char *name = compiler->policy->sets[atom->set].name;
	int64_t id = image_set(compiler, name, kind, quorum, &atom->mark);

	if (id < 0)
		return id;
	compiler->members[id] = compiler->named[atom->set];
	return rule_uses(compiler, rule, id, &atom->mark);
}

/* Has a set of the policy members that make up a set of this kind? */
static bool has_part(const struct df_members *members, enum dfence_reason kind)
{
	switch (kind) {
	case DFENCE_REASON_OPERATED_BY:
		return members->asn_count;
	case DFENCE_REASON_LOCATED_IN:
		return members->has_countries;
	default:
		return members->net_count;
	}
}

static bool part_meant(enum df_part part, enum dfence_reason kind)
{
	switch (part) {
	case DF_PART_LOCATED_IN:
		return kind == DFENCE_REASON_LOCATED_IN;
	case DF_PART_OPERATED_BY:
		return kind == DFENCE_REASON_OPERATED_BY;
	case DF_PART_NETWORK:
		return kind == DFENCE_REASON_NETWORK;
	case DF_PART_ALL:
		break;
	}
	return true;
}

static int add_named(struct df_compiler *compiler, struct df_image_rule *rule,
		     const struct df_atom *atom, enum df_quorum quorum)
{
	static const enum dfence_reason order[] = {
		DFENCE_REASON_OPERATED_BY,
		DFENCE_REASON_LOCATED_IN,
		DFENCE_REASON_NETWORK,
	};
	struct df_members **members = &compiler->named[atom->set];
	enum dfence_reason kind, empty = DFENCE_REASON_NETWORK;
	bool any = false;
	size_t i;
	int err;

	if (!*members) {
		err = new_members(compiler, atom, members);
		if (err)
			return err;
	}
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		kind = order[i];
		if (!part_meant(atom->part, kind))
			continue;
		empty = kind;
		if (!has_part(*members, kind))
			continue;
		any = true;
		err = check_sources(compiler, kind, &atom->mark);
		if (!err)
			err = add_part(compiler, rule, atom, kind, quorum);
		if (err)
			return err;
	}
	/* A rule without sets would match everything. */
	return any ? 0 : add_part(compiler, rule, atom, empty, quorum);
}

static int compile_destinations(struct df_compiler *compiler,
				const struct df_rule *rule,
				struct df_image_rule *out)
{
	enum df_quorum quorum = rule->verdict == DFENCE_VERDICT_ALLOW ?
		compiler->policy->quorum_allow : compiler->policy->quorum_deny;
	size_t i;

	for (i = 0; i < rule->to.count; i++)
		if (rule->to.list[i].kind == DF_ATOM_ANY)
			return 0;
	if (!rule->to.count)
		return fail(compiler, &rule->mark, "the rule has no destination");
	for (i = 0; i < rule->to.count; i++) {
		const struct df_atom *atom = &rule->to.list[i];
		int err = atom->kind == DF_ATOM_SET ?
			add_named(compiler, out, atom, quorum) :
			add_bare(compiler, out, atom, quorum);

		if (err)
			return err;
	}
	return 0;
}

/*
 * The name of the file without its folder: the origin is part of the digest,
 * and the same policy has the same digest wherever it lies.
 */
static void set_origin(char origin[DRONEFENCE_ORIGIN_MAX + 1],
		       const struct df_mark *mark)
{
	const char *file = mark->file ? mark->file : "";
	const char *slash = strrchr(file, '/');

	snprintf(origin, DRONEFENCE_ORIGIN_MAX + 1, "%.100s:%u",
		 slash ? slash + 1 : file, mark->line);
}

static int compile_rule(struct df_compiler *compiler, const struct df_rule *rule,
			struct df_image_rule *out)
{
	out->verdict = rule->verdict;
	out->log = rule->log;
	out->any_protocol = rule->any_protocol;
	memcpy(out->protocols, rule->protocols, sizeof(out->protocols));
	memcpy(out->out, rule->out, sizeof(out->out));
	out->mark = rule->mark;
	set_origin(out->origin, &rule->mark);
	if (rule->port_count) {
		out->ports = calloc(rule->port_count, sizeof(*out->ports));
		if (!out->ports)
			return -ENOMEM;
		memcpy(out->ports, rule->ports,
		       rule->port_count * sizeof(*out->ports));
		out->port_count = rule->port_count;
	}
	return compile_destinations(compiler, rule, out);
}

/* Go on after an error in a rule: all of them are to be reported. */
static int compile_profile(struct df_compiler *compiler,
			   const struct df_profile *profile,
			   struct df_image_profile *out)
{
	size_t i;
	int err;

	out->verdict = profile->verdict;
	out->log = profile->log;
	set_origin(out->origin, &profile->default_mark);
	out->name = strdup(profile->name);
	out->rules = calloc(profile->rule_count + 1, sizeof(*out->rules));
	if (!out->name || !out->rules)
		return -ENOMEM;
	for (i = 0; i < profile->rule_count; i++) {
		out->rule_count++;
		err = compile_rule(compiler, &profile->rules[i], &out->rules[i]);
		if (err == -ENOMEM)
			return err;
	}
	return 0;
}

/**
 * df_compile_rules() - make the profiles and the sets they use
 * @compiler: all but its inputs and the empty image are zero
 *
 * Return: 0 or -ENOMEM; errors in the policy are reported.
 */
int df_compile_rules(struct df_compiler *compiler)
{
	const struct df_policy *policy = compiler->policy;
	struct df_image *image = compiler->image;
	size_t i;

	df_intern_init(&compiler->ids, sizeof(struct set_key));
	compiler->named = calloc(policy->set_count + 1, sizeof(*compiler->named));
	image->profiles = calloc(policy->profile_count + 1,
				 sizeof(*image->profiles));
	if (!compiler->named || !image->profiles)
		return -ENOMEM;
	for (i = 0; i < policy->profile_count; i++) {
		image->profile_count++;
		if (compile_profile(compiler, &policy->profiles[i],
				    &image->profiles[i]))
			return -ENOMEM;
	}
	return 0;
}

/**
 * df_compile_rules_free() - free what only the compilation needed
 * @compiler: also after df_compile_rules() failed
 */
void df_compile_rules_free(struct df_compiler *compiler)
{
	size_t i;

	for (i = 0; compiler->named && i < compiler->policy->set_count; i++)
		df_members_free(compiler->named[i]);
	for (i = 0; i < compiler->bare_count; i++)
		df_members_free(compiler->bare[i]);
	free(compiler->named);
	free(compiler->bare);
	free(compiler->members);
	df_intern_free(&compiler->ids);
}
