// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"

/**
 * df_draft_begin() - nothing seen yet
 * @draft: result; to be freed after an error too
 * @since: of records not before; ns since 1970
 * @until: and before
 * @application: of this application; borrowed
 *
 * Return: 0 or -ENOMEM.
 */
int df_draft_begin(struct df_draft *draft, int64_t since, int64_t until,
		   const char *application)
{
	memset(draft, 0, sizeof(*draft));
	draft->groups = calloc(DF_DRAFT_GROUPS, sizeof(*draft->groups));
	if (df_traffic_begin(&draft->pass, since, until, application) ||
	    !draft->groups)
		return -ENOMEM;
	return 0;
}

/**
 * df_draft_free() - the reverse of df_draft_begin()
 * @draft: any that was begun
 */
void df_draft_free(struct df_draft *draft)
{
	df_traffic_end(&draft->pass);
	free(draft->groups);
}

static void add(uint64_t *to, uint64_t number)
{
	if (__builtin_add_overflow(*to, number, to))
		*to = UINT64_MAX;
}

static bool belongs(const struct df_draft_group *group,
		    const struct df_traffic *t, bool local)
{
	if (group->local || local)
		return group->local && local;
	return group->asn == t->asn && !strcmp(group->country, t->country);
}

static struct df_draft_group *find_group(struct df_draft *draft,
					 const struct df_traffic *t)
{
	bool local = df_addr_is_local(t->family, t->number);
	struct df_draft_group *group;
	size_t i;

	for (i = 0; i < draft->count; i++)
		if (belongs(&draft->groups[i], t, local))
			return &draft->groups[i];
	if (draft->count == DF_DRAFT_GROUPS)
		return NULL;
	group = &draft->groups[draft->count++];
	group->local = local;
	group->asn = t->asn;
	strcpy(group->country, t->country);
	return group;
}

static void note_name(struct df_draft_group *group, const char *name)
{
	size_t i;

	for (i = 0; i < group->name_count && i < DF_DRAFT_NAMES; i++)
		if (!strcmp(group->names[i], name))
			return;
	if (i < DF_DRAFT_NAMES)
		strcpy(group->names[i], name);
	group->name_count = i + 1;
}

static void note_port(struct df_draft_group *group, int port)
{
	size_t i;

	for (i = 0; i < group->port_count; i++)
		if (group->ports[i] == port)
			return;
	/* Port 0 cannot be written into a rule. */
	if (port <= 0 || i == DF_DRAFT_PORTS)
		group->any_port = true;
	else
		group->ports[group->port_count++] = (uint16_t)port;
}

static void note_address(struct df_draft_group *group,
			 const struct df_traffic *t)
{
	struct df_draft_address *list = group->addresses;
	size_t i;

	for (i = 0; i < group->address_count && i < DF_DRAFT_ADDRESSES; i++)
		if (list[i].family == t->family && list[i].number == t->number)
			return;
	if (i < DF_DRAFT_ADDRESSES)
		list[i] = (struct df_draft_address){ t->family, t->number };
	group->address_count = i + 1;
}

static void note_protocol(struct df_draft_group *group,
			  const struct df_traffic *t)
{
	if (t->protocol < 0)
		memset(group->protocols, 0xff, sizeof(group->protocols));
	else
		group->protocols[t->protocol / 8] |= 1 << t->protocol % 8;
	note_port(group, t->port);
}

static void note(struct df_draft_group *group, const struct df_traffic *t)
{
	add(&group->flows, t->sums.flows);
	add(&group->bytes, t->sums.bytes);
	if (t->watched)
		add(&group->watched, t->sums.flows);
	if (t->last > group->last)
		group->last = t->last;
	if (!*group->name)
		strcpy(group->name, t->operator_name);
	if (*t->dns)
		note_name(group, t->dns);
	note_protocol(group, t);
	note_address(group, t);
}

/* No packet carries such an address, and no policy takes it. */
static bool is_mapped(const struct df_traffic *t)
{
	return t->family == DF_IPV6 && t->number >> 32 == 0xffff;
}

/* A flow that was refused at its end may have passed before. */
static bool passed(const struct df_traffic *t)
{
	return !t->denied || t->sums.packets;
}

/**
 * df_draft_add() - add what a record tells
 * @draft: where to
 * @record: of any kind, in the order of the store
 */
void df_draft_add(struct df_draft *draft, const json_t *record)
{
	struct df_draft_group *group;
	struct df_traffic t;

	if (!df_traffic_next(&draft->pass, record, &t))
		return;
	if (t.hidden || t.veiled || is_mapped(&t)) {
		add(&draft->hidden, 1);
		return;
	}
	if (!passed(&t)) {
		add(&draft->refused, t.sums.flows);
		return;
	}
	group = find_group(draft, &t);
	if (group)
		note(group, &t);
	else
		add(&draft->lost, t.sums.flows);
}

/* Local networks first, then by size; those of one operator together. */
static int by_size(const void *a, const void *b)
{
	const struct df_draft_group *x = a, *y = b;

	if (x->local != y->local)
		return x->local ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return strcmp(x->country, y->country);
}

static int by_port(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/**
 * df_draft_end() - all records are added
 * @draft: may only be read from now on
 */
void df_draft_end(struct df_draft *draft)
{
	size_t i;

	qsort(draft->groups, draft->count, sizeof(*draft->groups), by_size);
	for (i = 0; i < draft->count; i++)
		qsort(draft->groups[i].ports, draft->groups[i].port_count,
		      sizeof(draft->groups[i].ports[0]), by_port);
}
