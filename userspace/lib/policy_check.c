// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be judged only when all parts of a policy are known. */
#include <stdlib.h>

#include "loader.h"

/* What is known of a set: its state in the search, then what it holds. */
#define ON_PATH			0x80
#define HAS(part)		(1u << (part))

/**
 * struct checker - state of the check
 * @l: the loader
 * @sets: for each set bits HAS() and ON_PATH, 0 before its visit
 * @failed: an error was reported: what sets hold is not known
 */
struct checker {
	struct df_loader *l;
	uint8_t *sets;
	bool failed;
};

static uint8_t visit(struct checker *c, size_t set);

/* Which geo data an atom needs, as HAS() bits. */
static uint8_t needs(struct checker *c, const struct df_atom *atom)
{
	uint8_t held;

	switch (atom->kind) {
	case DF_ATOM_COUNTRY:
	case DF_ATOM_UNKNOWN:
		return HAS(DF_PART_LOCATED_IN);
	case DF_ATOM_ASN:
		return HAS(DF_PART_OPERATED_BY);
	case DF_ATOM_SET:
		held = visit(c, atom->set);
		return atom->part == DF_PART_ALL ? held
						 : held & HAS(atom->part);
	default:
		return 0;
	}
}

static void refuse_cycle(struct checker *c, const struct df_atom *atom,
			 const struct df_set *inside)
{
	const struct df_set *set = &c->l->policy->sets[atom->set];

	c->failed = true;
	if (set == inside)
		df_load_error(c->l, &atom->mark, "set '%s' contains itself",
			      set->name);
	else
		df_load_error(c->l, &atom->mark,
			      "set '%s' contains itself, by way of '%s'",
			      set->name, inside->name);
}

/*
 * Depth first over the sets that @set holds. There are at most 4096 sets, and
 * a path holds each once: the stack is large enough.
 */
static uint8_t visit(struct checker *c, size_t set)
{
	const struct df_set *self = &c->l->policy->sets[set];
	uint8_t held = HAS(DF_PART_ALL);
	size_t i;

	if (c->sets[set])
		return c->sets[set];
	c->sets[set] = ON_PATH;
	for (i = 0; i < self->atoms.count; i++) {
		const struct df_atom *atom = &self->atoms.list[i];

		if (atom->kind == DF_ATOM_SET && (c->sets[atom->set] & ON_PATH))
			refuse_cycle(c, atom, self);
		else
			held |= needs(c, atom);
	}
	c->sets[set] = held;
	return held;
}

static bool has_required(const struct df_geo_spec *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!list[i].optional)
			return true;
	return false;
}

static void check_source(struct checker *c, const struct df_atom *atom,
			 const struct df_geo_spec *list, size_t count,
			 const char *data, const char *key)
{
	if (!count)
		df_load_error(c->l, &atom->mark,
			      "this needs geo data on %s; name a source, such as 'geo: { %s: libloc }'",
			      data, key);
	else if (!has_required(list, count))
		df_load_error(c->l, &atom->mark,
			      "this needs geo data on %s, and every source of 'geo: %s' is optional",
			      data, key);
}

static void check_sources(struct checker *c, const struct df_atom *atom,
			  uint8_t *checked)
{
	const struct df_policy *policy = c->l->policy;
	uint8_t first = needs(c, atom) & ~*checked;

	if (first & HAS(DF_PART_LOCATED_IN))
		check_source(c, atom, policy->country, policy->country_count,
			     "countries", "country");
	if (first & HAS(DF_PART_OPERATED_BY))
		check_source(c, atom, policy->operator, policy->operator_count,
			     "operators", "operator");
	*checked |= first;
}

/* A kind of source that is missing is reported once, at its first use. */
static void check_rules(struct checker *c)
{
	const struct df_policy *policy = c->l->policy;
	uint8_t checked = HAS(DF_PART_ALL);
	size_t i, j, k;

	for (i = 0; i < policy->profile_count; i++) {
		const struct df_profile *profile = &policy->profiles[i];

		for (j = 0; j < profile->rule_count; j++) {
			const struct df_atoms *to = &profile->rules[j].to;

			for (k = 0; k < to->count; k++)
				check_sources(c, &to->list[k], &checked);
		}
	}
}

/**
 * df_check_policy() - report what is wrong with the policy as a whole
 * @l: the loader, when all parts are loaded
 *
 * That is sets that contain themselves, and rules that ask for geo data that
 * no source is named for: compiled, they would never match or always.
 */
void df_check_policy(struct df_loader *l)
{
	size_t count = l->policy->set_count, i;
	struct checker c = { .l = l };

	c.sets = df_load_alloc(l, count, 1);
	if (count && !c.sets)
		return;
	for (i = 0; i < count; i++)
		visit(&c, i);
	if (!c.failed && !l->bad_geo)
		check_rules(&c);
	free(c.sets);
}
