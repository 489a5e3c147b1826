// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Whose forwarded packets
 *
 * What the machine passes on for others has no socket and no cgroup, so an
 * application is recognised by where its packets come from: the interface, the
 * network, the MAC address. Selectors are tried in the order of the policy; the
 * first of which all parts match gives the application.
 *
 * There is no cache. A packet costs one short comparison for each selector
 * before its own, and only machines that have such selectors pay it. A cache by
 * source would have to hold whatever sources a device makes up.
 */

#include <linux/if_ether.h>
#include <linux/mm.h>
#include <linux/netfilter.h>
#include <linux/slab.h>

#include "forwarded.h"
#include "identity.h"
#include "ifname.h"

/**
 * dfence_forward_add() - append a selector
 * @forward: zeroed at first; not published yet
 * @selector: checked; copied
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int dfence_forward_add(struct dfence_forward *forward,
		       const struct dfence_forward_selector *selector)
{
	if (forward->count == forward->capacity) {
		u32 capacity = max(16U, 2 * forward->capacity);
		struct dfence_forward_selector *grown;

		grown = kvmalloc_array(capacity, sizeof(*grown),
				       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
		if (!grown)
			return -ENOMEM;
		if (forward->count)
			memcpy(grown, forward->selectors,
			       forward->count * sizeof(*grown));
		kvfree(forward->selectors);
		forward->selectors = grown;
		forward->capacity = capacity;
	}
	forward->selectors[forward->count++] = *selector;
	return 0;
}

/**
 * dfence_forward_free() - give the memory back
 * @forward: zeroed, or with selectors; no packet uses it any more
 *
 * Context: process; may sleep.
 */
void dfence_forward_free(struct dfence_forward *forward)
{
	kvfree(forward->selectors);
	memset(forward, 0, sizeof(*forward));
}

/* Do the first @prefix bits agree? */
static bool in_network(const u8 *network, const u8 *address, u8 prefix)
{
	u8 rest = prefix % 8;

	if (memcmp(network, address, prefix / 8))
		return false;
	return !rest || !((network[prefix / 8] ^ address[prefix / 8]) >>
			  (8 - rest));
}

static bool matches(const struct dfence_forward_selector *selector,
		    const struct dfence_forward_packet *packet)
{
	if (*selector->in && !dfence_ifname_match(selector->in, packet->in))
		return false;
	if (selector->pf &&
	    (selector->pf != packet->pf ||
	     !in_network(selector->source, packet->source, selector->prefix)))
		return false;
	return !selector->has_mac ||
	       (packet->mac && !memcmp(selector->mac, packet->mac, ETH_ALEN));
}

/**
 * dfence_forward_lookup() - whose is a forwarded packet
 * @forward: of a published policy
 * @packet: what it shows
 *
 * Context: any; no locks, does not sleep.
 * Return: index of the application or DFENCE_NO_APP.
 */
u16 dfence_forward_lookup(const struct dfence_forward *forward,
			  const struct dfence_forward_packet *packet)
{
	u32 i;

	for (i = 0; i < forward->count; i++)
		if (matches(&forward->selectors[i], packet))
			return forward->selectors[i].app;
	return DFENCE_NO_APP;
}
