// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "utf8.h"

#define PART_BIT(part) (1u << (part))

/* Names of the parts, as in enum df_part. */
static const char *const part_names[] = {
	[DF_PART_ALL] = "a destination",
	[DF_PART_LOCATED_IN] = "located-in",
	[DF_PART_OPERATED_BY] = "operated-by",
	[DF_PART_NETWORK] = "network",
};

/* Which part an atom itself belongs to. */
static enum df_part part_of(enum df_atom_kind kind)
{
	switch (kind) {
	case DF_ATOM_UNKNOWN:
	case DF_ATOM_COUNTRY:
		return DF_PART_LOCATED_IN;
	case DF_ATOM_ASN:
		return DF_PART_OPERATED_BY;
	case DF_ATOM_LOCAL:
	case DF_ATOM_NETWORK:
		return DF_PART_NETWORK;
	default:
		return DF_PART_ALL;
	}
}

/**
 * df_add_atom() - add a destination
 * @l: the loader
 * @atoms: where to add it
 * @kind: of the atom
 * @mark: where it was written
 *
 * Return: the atom, valid until the next one is added, or NULL without memory.
 */
struct df_atom *df_add_atom(struct df_loader *l, struct df_atoms *atoms,
			    enum df_atom_kind kind, const struct df_mark *mark)
{
	struct df_atom *list, *atom;

	/* Grown at each power of two. */
	if (!(atoms->count & (atoms->count - 1))) {
		size_t space = atoms->count ? 2 * atoms->count : 1;

		list = reallocarray(atoms->list, space, sizeof(*list));
		if (!list) {
			l->nomem = true;
			return NULL;
		}
		atoms->list = list;
	}
	atom = &atoms->list[atoms->count++];
	memset(atom, 0, sizeof(*atom));
	atom->kind = kind;
	atom->mark = *mark;
	return atom;
}

static bool is_asn(const char *text)
{
	return !strncmp(text, "AS", 2) && isdigit((unsigned char)text[2]);
}

/* Any two characters that no set can be called, so that "??" gets its hint. */
static bool is_country(const char *text)
{
	return strlen(text) == 2 && !islower((unsigned char)text[0]) &&
	       !isdigit((unsigned char)text[0]);
}

static enum df_atom_kind kind_of(const char *text)
{
	if (!strcmp(text, "any"))
		return DF_ATOM_ANY;
	if (!strcmp(text, "local"))
		return DF_ATOM_LOCAL;
	if (!strcmp(text, "unknown"))
		return DF_ATOM_UNKNOWN;
	if (is_asn(text))
		return DF_ATOM_ASN;
	if (strpbrk(text, ".:/"))
		return DF_ATOM_NETWORK;
	if (is_country(text))
		return DF_ATOM_COUNTRY;
	return DF_ATOM_SET;
}

static bool check_part(struct df_loader *l, const struct df_yaml *node,
		       enum df_atom_kind kind, enum df_part part)
{
	enum df_part own = part_of(kind);
	char buf[DF_QUOTE_SIZE];

	if (part == DF_PART_ALL || kind == DF_ATOM_SET || own == part)
		return true;
	if (kind == DF_ATOM_ANY)
		df_load_error(l, &node->mark,
			      "'any' stands for itself, not under '%s'",
			      part_names[part]);
	else
		df_load_error(l, &node->mark,
			      "'%s' cannot be under '%s', it is for '%s'",
			      df_quote(node->text, buf), part_names[part],
			      part_names[own]);
	return false;
}

static bool load_set(struct df_loader *l, const struct df_yaml *node,
		     struct df_atom *atom)
{
	if (df_find_set(l, node->text, &atom->set))
		return true;
	df_unknown_set(l, node);
	return false;
}

static bool load_atom(struct df_loader *l, const struct df_yaml *node,
		      struct df_atom *atom)
{
	switch (atom->kind) {
	case DF_ATOM_COUNTRY:
		return df_load_country(l, node, atom->country);
	case DF_ATOM_ASN:
		return df_load_asn(l, node, node->text + 2, &atom->asn);
	case DF_ATOM_NETWORK:
		return df_load_network(l, node, &atom->net);
	case DF_ATOM_SET:
		return load_set(l, node, atom);
	default:
		return true;
	}
}

static void load_one(struct df_loader *l, const struct df_yaml *node,
		     enum df_part part, struct df_atoms *atoms)
{
	struct df_atom atom = { .part = part }, *place;

	if (!df_load_text(l, node, part_names[part]))
		return;
	atom.kind = kind_of(node->text);
	if (!check_part(l, node, atom.kind, part) || !load_atom(l, node, &atom))
		return;
	place = df_add_atom(l, atoms, atom.kind, &node->mark);
	if (!place)
		return;
	atom.mark = node->mark;
	*place = atom;
}

static void load_part(struct df_loader *l, const struct df_yaml *value,
		      enum df_part part, struct df_atoms *atoms)
{
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i;

	if (!count && value->kind == DF_YAML_LIST)
		df_load_error(l, &value->mark, "'%s' lists nothing",
			      part_names[part]);
	for (i = 0; i < count; i++)
		load_one(l, &items[i], part, atoms);
}

static void load_located_in(struct df_loader *l, const struct df_yaml *key,
			    const struct df_yaml *value, void *arg)
{
	load_part(l, value, DF_PART_LOCATED_IN, arg);
}

static void load_operated_by(struct df_loader *l, const struct df_yaml *key,
			     const struct df_yaml *value, void *arg)
{
	load_part(l, value, DF_PART_OPERATED_BY, arg);
}

static void load_network(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, void *arg)
{
	load_part(l, value, DF_PART_NETWORK, arg);
}

static const struct df_key part_keys[] = {
	{ "located-in", false, load_located_in },
	{ "operated-by", false, load_operated_by },
	{ "network", false, load_network },
};

static void load_restricted(struct df_loader *l, const struct df_yaml *node,
			    struct df_atoms *atoms)
{
	/* A second key could be meant as "and" or as "or". */
	if (node->count > 1)
		df_load_error(l, &node->list[2].mark,
			      "a destination has one key; list several destinations instead: [{ ... }, { ... }]");
	else if (!node->count)
		df_load_error(l, &node->mark,
			      "the destination is empty; expected located-in, operated-by or network");
	else
		df_load_mapping(l, node, &node->mark, "a destination",
				part_keys, 3, atoms);
}

/**
 * df_load_destinations() - read where a rule applies
 * @l: the loader, after df_load_set_names()
 * @node: a destination or a list of them
 * @atoms: where to add them
 */
void df_load_destinations(struct df_loader *l, const struct df_yaml *node,
			  struct df_atoms *atoms)
{
	const struct df_yaml *items;
	size_t count = df_load_items(node, &items), i;

	if (!count && node->kind == DF_YAML_LIST)
		df_load_error(l, &node->mark,
			      "the rule has no destination; write 'any' for all");
	for (i = 0; i < count; i++) {
		if (items[i].kind == DF_YAML_MAPPING)
			load_restricted(l, &items[i], atoms);
		else
			load_one(l, &items[i], DF_PART_ALL, atoms);
	}
	if (atoms->count > DRONEFENCE_MAX_RULE_SETS)
		df_load_error(l, &atoms->list[DRONEFENCE_MAX_RULE_SETS].mark,
			      "more than %d destinations in a rule; put them into a set",
			      DRONEFENCE_MAX_RULE_SETS);
}
