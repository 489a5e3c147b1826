// SPDX-License-Identifier: GPL-2.0-or-later
/* What a destination of a rule consists of, sets of sets resolved. */

#include <errno.h>
#include <stdlib.h>

#include "compile.h"

static int index_of(const char code[2])
{
	return (code[0] - 'A') * 26 + (code[1] - 'A');
}

static int add_asn(struct df_members *members, uint32_t asn)
{
	void *list = reallocarray(members->asns, members->asn_count + 1,
				  sizeof(*members->asns));

	if (!list)
		return -ENOMEM;
	members->asns = list;
	members->asns[members->asn_count++] = asn;
	return 0;
}

static int add_nets(struct df_members *members, const struct df_net *nets,
		    size_t count)
{
	void *list = reallocarray(members->nets, members->net_count + count,
				  sizeof(*members->nets));
	size_t i;

	if (!list)
		return -ENOMEM;
	members->nets = list;
	for (i = 0; i < count; i++)
		members->nets[members->net_count++] = nets[i];
	return 0;
}

static int add_simple(struct df_members *members, const struct df_atom *atom)
{
	switch (atom->kind) {
	case DF_ATOM_LOCAL:
		return add_nets(members, df_local_networks,
				df_local_network_count);
	case DF_ATOM_UNKNOWN:
		members->has_countries = true;
		members->unknown = true;
		return 0;
	case DF_ATOM_COUNTRY:
		members->has_countries = true;
		members->countries[index_of(atom->country)] = true;
		return 0;
	case DF_ATOM_ASN:
		return add_asn(members, atom->asn);
	case DF_ATOM_NETWORK:
		return add_nets(members, &atom->net, 1);
	case DF_ATOM_ANY:
	case DF_ATOM_SET:
		break;
	}
	return -EINVAL;
}

/**
 * struct sets - sets of the policy that are still to be looked at
 * @seen: for each set whether it was ever put into @todo
 * @todo: indexes of sets
 * @count: how many
 */
struct sets {
	bool *seen;
	size_t *todo;
	size_t count;
};

static void visit(struct sets *sets, size_t set)
{
	if (sets->seen[set])
		return;
	sets->seen[set] = true;
	sets->todo[sets->count++] = set;
}

/* Each set once, however many ways lead to it. */
static int add_set(struct df_members *members, const struct df_policy *policy,
		   size_t set)
{
	struct sets sets = {
		.seen = calloc(policy->set_count, sizeof(*sets.seen)),
		.todo = calloc(policy->set_count, sizeof(*sets.todo)),
	};
	int err = sets.seen && sets.todo ? 0 : -ENOMEM;
	size_t i;

	if (!err)
		visit(&sets, set);
	while (!err && sets.count) {
		const struct df_atoms *atoms =
			&policy->sets[sets.todo[--sets.count]].atoms;

		for (i = 0; !err && i < atoms->count; i++) {
			if (atoms->list[i].kind == DF_ATOM_SET)
				visit(&sets, atoms->list[i].set);
			else
				err = add_simple(members, &atoms->list[i]);
		}
	}
	free(sets.seen);
	free(sets.todo);
	return err;
}

/**
 * df_members_add() - add what a destination consists of
 * @members: where to
 * @policy: the policy that @atom is from
 * @atom: anything but "any"; of a set every part
 *
 * Return: 0, -ENOMEM, or -EINVAL for "any".
 */
int df_members_add(struct df_members *members, const struct df_policy *policy,
		   const struct df_atom *atom)
{
	if (atom->kind == DF_ATOM_SET)
		return add_set(members, policy, atom->set);
	return add_simple(members, atom);
}

/**
 * df_members_country() - is a country, or the unknown, a member
 * @members: the members
 * @code: upper case ISO 3166 code, or "??"
 *
 * Return: true if it is.
 */
bool df_members_country(const struct df_members *members, const char code[2])
{
	return code[0] == '?' ? members->unknown :
				members->countries[index_of(code)];
}

/**
 * df_members_free() - free members
 * @members: on the heap, or NULL
 */
void df_members_free(struct df_members *members)
{
	if (!members)
		return;
	free(members->asns);
	free(members->nets);
	free(members);
}
