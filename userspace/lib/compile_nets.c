// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The networks of all sets, flattened: between two neighbouring ends of any
 * network, membership does not change.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"

/**
 * struct end - the start of a network, or what follows its end
 * @at: address
 * @bit: of the set in the bitmaps
 * @delta: 1 at the start, -1 behind the end
 */
struct end {
	df_u128 at;
	uint32_t bit;
	int delta;
};

/**
 * struct sweep - the ends of one address family, in order
 * @list: the ends
 * @count: how many
 * @depth: for each bit the networks that the current address is in
 * @bitmap: of the current address
 */
struct sweep {
	struct end *list;
	size_t count;
	uint32_t *depth;
	uint8_t *bitmap;
};

/* Any order of ends at one address gives the same result. */
static int compare(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void add_nets(struct sweep *sweep, enum df_family family, uint32_t bit,
		     const struct df_net *nets, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (nets[i].family != family)
			continue;
		sweep->list[sweep->count++] =
			(struct end){ nets[i].first, bit, 1 };
		if (nets[i].last < df_addr_max(family))
			sweep->list[sweep->count++] =
				(struct end){ nets[i].last + 1, bit, -1 };
	}
}

static bool is_network_set(const struct df_compiler *compiler, size_t set)
{
	return compiler->image->sets[set].kind == DFENCE_REASON_NETWORK;
}

static int collect(struct sweep *sweep, const struct df_compiler *compiler,
		   enum df_family family)
{
	size_t sets = compiler->image->set_count, most = df_local_network_count, i;

	for (i = 0; i < sets; i++)
		if (is_network_set(compiler, i))
			most += compiler->members[i]->net_count;
	sweep->list = calloc(2 * most, sizeof(*sweep->list));
	sweep->depth = calloc(sets + 1, sizeof(*sweep->depth));
	sweep->bitmap = calloc(sets / 8 + 1, 1);
	if (!sweep->list || !sweep->depth || !sweep->bitmap)
		return -ENOMEM;
	for (i = 0; i < sets; i++)
		if (is_network_set(compiler, i))
			add_nets(sweep, family, i, compiler->members[i]->nets,
				 compiler->members[i]->net_count);
	add_nets(sweep, family, sets, df_local_networks, df_local_network_count);
	qsort(sweep->list, sweep->count, sizeof(*sweep->list), compare);
	return 0;
}

static void apply(struct sweep *sweep, const struct end *end)
{
	uint8_t bit = 1 << end->bit % 8;

	sweep->depth[end->bit] += end->delta;
	if (sweep->depth[end->bit])
		sweep->bitmap[end->bit / 8] |= bit;
	else
		sweep->bitmap[end->bit / 8] &= ~bit;
}

static int cut(struct df_segments *segments, enum df_family family,
	       struct sweep *sweep)
{
	struct df_segment *list;
	df_u128 at = 0;
	size_t i = 0;

	list = calloc(sweep->count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	segments->list[family] = list;
	for (;;) {
		int64_t bits;

		while (i < sweep->count && sweep->list[i].at == at)
			apply(sweep, &sweep->list[i++]);
		bits = df_intern(&segments->bitmaps, sweep->bitmap);
		if (bits < 0)
			return -ENOMEM;
		list[segments->count[family]++] = (struct df_segment){ at, bits };
		if (i == sweep->count)
			return 0;
		at = sweep->list[i].at;
	}
}

/**
 * df_segments_build() - flatten the networks of all sets
 * @segments: result, to be freed with df_segments_free() also after an error
 * @compiler: after df_compile_rules()
 *
 * Return: 0 or -ENOMEM.
 */
int df_segments_build(struct df_segments *segments,
		      const struct df_compiler *compiler)
{
	int err = 0, f;

	*segments = (struct df_segments){ 0 };
	df_intern_init(&segments->bitmaps, compiler->image->set_count / 8 + 1);
	for (f = 0; !err && f < DF_FAMILIES; f++) {
		struct sweep sweep = { 0 };

		err = collect(&sweep, compiler, f);
		if (!err)
			err = cut(segments, f, &sweep);
		free(sweep.list);
		free(sweep.depth);
		free(sweep.bitmap);
	}
	return err;
}

/**
 * df_segments_local() - are the addresses of a segment local
 * @segments: the segments
 * @compiler: they were built from
 * @bits: of the segment
 *
 * Return: true if they are.
 */
bool df_segments_local(const struct df_segments *segments,
		       const struct df_compiler *compiler, uint32_t bits)
{
	const uint8_t *bitmap = df_intern_key(&segments->bitmaps, bits);
	size_t i = compiler->image->set_count;

	return bitmap[i / 8] >> i % 8 & 1;
}

/**
 * df_segments_free() - free segments
 * @segments: built, also in vain
 */
void df_segments_free(struct df_segments *segments)
{
	int f;

	for (f = 0; f < DF_FAMILIES; f++)
		free(segments->list[f]);
	df_intern_free(&segments->bitmaps);
}
