// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family, and the requests that change something. Every
 * request needs CAP_NET_ADMIN in the initial user namespace (see netlink_guard.c),
 * and the family exists in the initial network namespace
 * only, so that root of a container is nobody here.
 */

#include <linux/netlink.h>
#include <linux/notifier.h>

#include "netlink.h"
#include "netlink_gen.h"
#include "transaction.h"

static const struct genl_multicast_group groups[] = {
	[DRONEFENCE_NLGRP_EVENTS] = {
		.name = "events",
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family dfence_genl_family __ro_after_init = {
	.name		= DFENCE_GENL_NAME,
	.version	= DFENCE_GENL_VERSION,
	.module		= THIS_MODULE,
	.parallel_ops	= true,
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/**
 * dronefence_nl_policy_begin_doit() - open a transaction
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: see dfence_transaction_begin().
 */
int dronefence_nl_policy_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	return dfence_transaction_begin(info->snd_portid, info->attrs,
					info->extack);
}

/**
 * dronefence_nl_policy_add_doit() - add parts to the transaction
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: see dfence_transaction_add().
 */
int dronefence_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return dfence_transaction_add(info->snd_portid, info->nlhdr, GENL_HDRLEN,
				      info->extack);
}

/**
 * dronefence_nl_policy_abort_doit() - give the transaction up
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: see dfence_transaction_abort().
 */
int dronefence_nl_policy_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	return dfence_transaction_abort(info->snd_portid, info->extack);
}

/**
 * dronefence_nl_policy_commit_doit() - put the policy of the transaction into force
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: see dfence_transaction_commit(); -ENOMEM also where there is no memory for
 * the reply, and then nothing has changed.
 */
int dronefence_nl_policy_commit_doit(struct sk_buff *skb,
				     struct genl_info *info)
{
	struct sk_buff *reply;
	u32 generation;
	void *header;
	int err;

	/* The reply comes first: after the commit nothing may fail any more. */
	reply = genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	header = genlmsg_put_reply(reply, info, &dfence_genl_family, 0,
				   DFENCE_CMD_POLICY_COMMIT);
	err = -EMSGSIZE;
	if (!header || nla_put_u32(reply, DFENCE_A_POLICY_GENERATION, 0))
		goto free;

	err = dfence_transaction_commit(info->snd_portid,
					info->attrs[DFENCE_A_POLICY_DIGEST],
					info->attrs[DFENCE_A_POLICY_PERMIT],
					&generation, info->extack);
	if (err)
		goto free;
	*(u32 *)nla_data(header) = generation;
	genlmsg_end(reply, header);
	/* The policy is in force, whether the writer still listens or not. */
	genlmsg_reply(reply, info);
	return 0;
free:
	nlmsg_free(reply);
	return err;
}

/**
 * dronefence_nl_seal_doit() - seal the module, or give it a newer permit
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * Context: process; may sleep.
 * Return: see dfence_transaction_seal().
 */
int dronefence_nl_seal_doit(struct sk_buff *skb, struct genl_info *info)
{
	return dfence_transaction_seal(info->attrs, info->nlhdr, info->extack);
}

static int socket_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net))
		dfence_transaction_release(notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_event,
};

/**
 * dfence_netlink_setup() - open the family
 *
 * Everything the requests use is ready before.
 *
 * Return: 0 or a negative errno with nothing registered.
 */
int __init dfence_netlink_setup(void)
{
	int err;

	dfence_netlink_read_setup();
	dfence_netlink_guard(&dfence_genl_family);
	err = netlink_register_notifier(&socket_notifier);
	if (err)
		return err;
	err = genl_register_family(&dfence_genl_family);
	if (err)
		goto unregister_notifier;
	dfence_netlink_event_start();
	return 0;

unregister_notifier:
	netlink_unregister_notifier(&socket_notifier);
	return err;
}

/**
 * dfence_netlink_cleanup() - close the family
 *
 * Returns when no request runs and none will arrive.
 */
void dfence_netlink_cleanup(void)
{
	dfence_netlink_event_stop();
	genl_unregister_family(&dfence_genl_family);
	netlink_unregister_notifier(&socket_notifier);
}
