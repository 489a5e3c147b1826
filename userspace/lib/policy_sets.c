// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "loader.h"
#include "utf8.h"

/* What a destination can be called besides the name of a set. */
static const char *const reserved[] = { "any", "local", "unknown" };

#define RESERVED (sizeof(reserved) / sizeof(reserved[0]))

static bool is_reserved(const char *name)
{
	size_t i;

	for (i = 0; i < RESERVED; i++)
		if (!strcmp(reserved[i], name))
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	const struct df_set_name *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->set < y->set ? -1 : x->set > y->set;
}

static int compare_name(const void *name, const void *entry)
{
	return strcmp(name, ((const struct df_set_name *)entry)->name);
}

/**
 * df_find_set() - find a set by name
 * @l: the loader, after df_load_set_names()
 * @name: of the set
 * @set: where to store its index
 *
 * Return: true if there is such a set.
 */
bool df_find_set(const struct df_loader *l, const char *name, size_t *set)
{
	const struct df_set_name *found;

	if (!l->policy->set_count)
		return false;
	found = bsearch(name, l->set_names, l->policy->set_count,
			sizeof(*l->set_names), compare_name);
	if (!found)
		return false;
	*set = found->set;
	return true;
}

/* The number in "45102", "as45102" or "As45102", else NULL. */
static const char *asn_digits(const char *text)
{
	if (!strncasecmp(text, "as", 2))
		text += 2;
	return *text && strspn(text, "0123456789") == strlen(text) ? text : NULL;
}

static void suggest_set(struct df_loader *l, const struct df_yaml *node)
{
	struct df_suggestion suggestion = { .word = node->text };
	char buf[DF_QUOTE_SIZE];
	size_t i;

	for (i = 0; i < l->policy->set_count; i++)
		df_suggest(&suggestion, l->policy->sets[i].name);
	for (i = 0; i < RESERVED; i++)
		df_suggest(&suggestion, reserved[i]);
	if (suggestion.best)
		df_load_error(l, &node->mark,
			      "there is no set '%s'; did you mean '%s'?",
			      df_quote(node->text, buf), suggestion.best);
	else
		df_load_error(l, &node->mark,
			      "there is no set '%s' in this policy",
			      df_quote(node->text, buf));
}

/**
 * df_unknown_set() - report a name that no set has
 * @l: the loader
 * @node: a text: the name
 *
 * Nothing is reported while sets may be missing because of other errors.
 */
void df_unknown_set(struct df_loader *l, const struct df_yaml *node)
{
	const char *digits = asn_digits(node->text);
	char buf[DF_QUOTE_SIZE];

	if (l->incomplete)
		return;
	if (digits)
		df_load_error(l, &node->mark,
			      "there is no set '%s'; an autonomous system is written 'AS%s'",
			      df_quote(node->text, buf), digits);
	else if (!df_load_hint_country(l, node))
		suggest_set(l, node);
}

static void add_set(struct df_loader *l, const struct df_yaml *pair)
{
	struct df_policy *policy = l->policy;
	size_t i = policy->set_count;
	char *name;

	if (is_reserved(pair[0].text)) {
		df_load_error(l, &pair[0].mark,
			      "'%s' is a reserved word and cannot be the name of a set",
			      pair[0].text);
		return;
	}
	name = df_load_name(l, &pair[0], "a set");
	if (!name)
		return;
	policy->sets[i].name = name;
	policy->sets[i].mark = pair[0].mark;
	l->set_nodes[i] = &pair[1];
	l->set_names[i] = (struct df_set_name){ name, i };
	policy->set_count++;
}

static void check_duplicates(struct df_loader *l)
{
	const struct df_set *sets = l->policy->sets;
	size_t i, first = 0;

	for (i = 1; i < l->policy->set_count; i++) {
		const struct df_set *set = &sets[l->set_names[i].set];
		const struct df_set *other = &sets[l->set_names[first].set];

		if (strcmp(set->name, other->name)) {
			first = i;
			continue;
		}
		df_load_error(l, &set->mark,
			      "set '%s' is defined already, at %s:%u",
			      set->name, other->mark.file, other->mark.line);
	}
}

/* The sets of one file. */
static void add_sets(struct df_loader *l, const struct df_yaml *node)
{
	size_t i;

	for (i = 0; i < node->count; i++) {
		if (l->policy->set_count == DRONEFENCE_MAX_SETS) {
			df_load_error(l, &node->list[2 * i].mark,
				      "more than %d sets", DRONEFENCE_MAX_SETS);
			l->incomplete = true;
			return;
		}
		add_set(l, &node->list[2 * i]);
	}
}

/**
 * df_load_set_names() - make all sets known by name
 * @l: the loader; all files are read
 *
 * Sets may name sets that are defined later or in another file.
 */
void df_load_set_names(struct df_loader *l)
{
	struct df_policy *policy = l->policy;
	size_t count = 0, i;

	for (i = 0; i < policy->file_count; i++)
		if (l->files[i].sets)
			count += l->files[i].sets->count;
	policy->sets = df_load_alloc(l, count, sizeof(*policy->sets));
	l->set_nodes = df_load_alloc(l, count, sizeof(*l->set_nodes));
	l->set_names = df_load_alloc(l, count, sizeof(*l->set_names));
	if (l->nomem)
		return;

	for (i = 0; i < policy->file_count; i++)
		if (l->files[i].sets)
			add_sets(l, l->files[i].sets);
	if (!policy->set_count)
		return;
	qsort(l->set_names, policy->set_count, sizeof(*l->set_names),
	      compare_names);
	check_duplicates(l);
}

static void load_countries(struct df_loader *l, const struct df_yaml *key,
			   const struct df_yaml *value, void *arg)
{
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i;
	struct df_set *set = arg;

	for (i = 0; i < count; i++) {
		const char *text = df_load_text(l, &items[i], "a country code");
		struct df_atom *atom;
		char country[3];

		if (!text)
			continue;
		if (!strcmp(text, "unknown")) {
			df_add_atom(l, &set->atoms, DF_ATOM_UNKNOWN,
				    &items[i].mark);
			continue;
		}
		if (!df_load_country(l, &items[i], country))
			continue;
		atom = df_add_atom(l, &set->atoms, DF_ATOM_COUNTRY,
				   &items[i].mark);
		if (atom)
			memcpy(atom->country, country, sizeof(country));
	}
}

static void load_asns(struct df_loader *l, const struct df_yaml *key,
		      const struct df_yaml *value, void *arg)
{
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i;
	struct df_set *set = arg;

	for (i = 0; i < count; i++) {
		const char *text = df_load_text(l, &items[i], "an AS number");
		struct df_atom *atom;
		uint32_t asn;

		if (!text)
			continue;
		if (!strncmp(text, "AS", 2))
			text += 2;
		if (!df_load_asn(l, &items[i], text, &asn))
			continue;
		atom = df_add_atom(l, &set->atoms, DF_ATOM_ASN, &items[i].mark);
		if (atom)
			atom->asn = asn;
	}
}

static void load_networks(struct df_loader *l, const struct df_yaml *key,
			  const struct df_yaml *value, void *arg)
{
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i;
	struct df_set *set = arg;

	for (i = 0; i < count; i++) {
		struct df_atom *atom;
		struct df_net net;

		if (!df_load_text(l, &items[i], "a network") ||
		    !df_load_network(l, &items[i], &net))
			continue;
		atom = df_add_atom(l, &set->atoms, DF_ATOM_NETWORK,
				   &items[i].mark);
		if (atom)
			atom->net = net;
	}
}

static void load_members(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, void *arg)
{
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i, member;
	struct df_set *set = arg;

	for (i = 0; i < count; i++) {
		const char *text = df_load_text(l, &items[i],
						"the name of a set");
		struct df_atom *atom;

		if (!text)
			continue;
		if (is_reserved(text)) {
			df_load_error(l, &items[i].mark,
				      "'%s' is no set; %s", text,
				      strcmp(text, "unknown")
				      ? "name it in the rule"
				      : "it goes under 'countries'");
			continue;
		}
		if (!df_find_set(l, text, &member)) {
			df_unknown_set(l, &items[i]);
			continue;
		}
		atom = df_add_atom(l, &set->atoms, DF_ATOM_SET, &items[i].mark);
		if (atom)
			atom->set = member;
	}
}

static const struct df_key set_keys[] = {
	{ "countries", false, load_countries },
	{ "asns", false, load_asns },
	{ "networks", false, load_networks },
	{ "sets", false, load_members },
};

/**
 * df_load_sets() - read what is in the sets
 * @l: the loader, after df_load_set_names()
 */
void df_load_sets(struct df_loader *l)
{
	struct df_policy *policy = l->policy;
	size_t i;

	for (i = 0; i < policy->set_count; i++) {
		struct df_set *set = &policy->sets[i];
		char what[DRONEFENCE_NAME_MAX + 8];

		snprintf(what, sizeof(what), "set '%s'", set->name);
		df_load_mapping(l, l->set_nodes[i], &set->mark, what, set_keys,
				4, set);
	}
}
