// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may ask. Each operation of the family stands behind the same check as
 * GENL_ADMIN_PERM makes, CAP_NET_ADMIN in the initial user namespace of whoever
 * sends and of whoever opened the socket. It is made here and not by generic
 * netlink, because that refuses before the module hears of it, and what was
 * refused is evidence. The price: attributes are checked against the netlink
 * policy before.
 *
 * The table is made from the generated one, each operation of it, so that none
 * can be forgotten.
 */

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/sched.h>

#include "event.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "policy.h"

static struct genl_split_ops guarded[ARRAY_SIZE(dronefence_nl_ops)] __ro_after_init;

static u32 active_generation(void)
{
	const struct dfence_policy *policy;
	u32 generation = 0;

	rcu_read_lock();
	policy = rcu_dereference(dfence_active_policy);
	if (policy)
		generation = policy->generation;
	rcu_read_unlock();
	return generation;
}

/**
 * dfence_netlink_refused() - record that a request was refused
 * @command: enum dfence_cmd, what was asked for
 * @why: enum dfence_refused
 *
 * Context: process, that of the sender.
 */
void dfence_netlink_refused(u8 command, u8 why)
{
	struct dfence_event event = {
		.type = DFENCE_EVENT_REQUEST_REFUSED,
		.command = command,
		.refused = why,
	};

	if (!dfence_event_admit_refusal(&event.refusal))
		return;
	event.generation = active_generation();
	event.pid = task_tgid_nr(current);
	event.uid = from_kuid(&init_user_ns, current_uid());
	rcu_read_lock();
	event.cgroup = cgroup_id(task_dfl_cgroup(current));
	rcu_read_unlock();
	memcpy(event.comm, current->comm, sizeof(event.comm));
	dfence_event_record(&event);
}

/* The request is handled while its sender is in sendmsg(). */
static bool may_ask(struct sk_buff *skb, u8 command)
{
	if (netlink_capable(skb, CAP_NET_ADMIN))
		return true;
	dfence_netlink_refused(command, DFENCE_REFUSED_CAPABILITY);
	return false;
}

/* The generated operation; generic netlink lets no other command pass. */
static const struct genl_split_ops *find(u8 command)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dronefence_nl_ops); i++)
		if (dronefence_nl_ops[i].cmd == command)
			return &dronefence_nl_ops[i];
	return NULL;
}

static int guarded_doit(struct sk_buff *skb, struct genl_info *info)
{
	u8 command = info->genlhdr->cmd;
	const struct genl_split_ops *op = find(command);

	if (!op)
		return -EOPNOTSUPP;
	if (!may_ask(skb, command))
		return -EPERM;
	return op->doit(skb, info);
}

/* Who reads on with a socket needs no right any more, as it always was. */
static int guarded_start(struct netlink_callback *cb)
{
	u8 command = ((struct genlmsghdr *)nlmsg_data(cb->nlh))->cmd;
	const struct genl_split_ops *op = find(command);

	if (!op)
		return -EOPNOTSUPP;
	if (!may_ask(cb->skb, command))
		return -EPERM;
	return op->start ? op->start(cb) : 0;
}

/**
 * dfence_netlink_guard() - put the check before each operation
 * @family: gets the table
 *
 * Context: once, before the family is registered.
 */
void __init dfence_netlink_guard(struct genl_family *family)
{
	size_t i;

	memcpy(guarded, dronefence_nl_ops, sizeof(guarded));
	for (i = 0; i < ARRAY_SIZE(guarded); i++) {
		guarded[i].flags &= ~GENL_ADMIN_PERM;
		if (guarded[i].flags & GENL_CMD_CAP_DUMP)
			guarded[i].start = guarded_start;
		else
			guarded[i].doit = guarded_doit;
	}
	family->split_ops = guarded;
	family->n_split_ops = ARRAY_SIZE(guarded);
}
