// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Others judge packets as well, and change them. Netfilter tells in which order, by
 * NFNL_SUBSYS_HOOK of nfnetlink, which a kernel may be built without. It is that of
 * our own network namespace.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <linux/netlink.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "hooks.h"

/* Since Linux 5.14; linux/netfilter/nfnetlink.h may be older. */
#ifndef NFNL_SUBSYS_HOOK
#define NFNL_SUBSYS_HOOK 12
#endif

static const char *text_of(struct nlattr *const *attrs, int type)
{
	return attrs[type] ? nla_get_string(attrs[type]) : NULL;
}

/* "table chain" where the hook is one of nftables. */
static void name_chain(struct nlattr *info, char name[DF_HOOK_NAME])
{
	static const struct nla_policy info_policy[__NFNLA_HOOK_INFO_MAX] = {
		[NFNLA_HOOK_INFO_DESC] = { .type = NLA_NESTED },
	};
	static const struct nla_policy policy[__NFNLA_CHAIN_MAX] = {
		[NFNLA_CHAIN_TABLE] = { .type = NLA_STRING },
		[NFNLA_CHAIN_NAME] = { .type = NLA_STRING },
	};
	struct nlattr *outer[__NFNLA_HOOK_INFO_MAX], *attrs[__NFNLA_CHAIN_MAX];

	if (nla_parse_nested(outer, NFNLA_HOOK_INFO_MAX, info, info_policy) ||
	    !outer[NFNLA_HOOK_INFO_DESC] ||
	    nla_parse_nested(attrs, NFNLA_CHAIN_MAX, outer[NFNLA_HOOK_INFO_DESC],
			     policy) ||
	    !attrs[NFNLA_CHAIN_TABLE] || !attrs[NFNLA_CHAIN_NAME])
		return;
	snprintf(name, DF_HOOK_NAME, "nft %s %s", text_of(attrs, NFNLA_CHAIN_TABLE),
		 text_of(attrs, NFNLA_CHAIN_NAME));
}

static int take(struct nl_msg *msg, void *arg)
{
	static const struct nla_policy policy[__NFNLA_HOOK_MAX] = {
		[NFNLA_HOOK_PRIORITY] = { .type = NLA_U32 },
		[NFNLA_HOOK_FUNCTION_NAME] = { .type = NLA_STRING },
		[NFNLA_HOOK_MODULE_NAME] = { .type = NLA_STRING },
		[NFNLA_HOOK_CHAIN_INFO] = { .type = NLA_NESTED },
	};
	struct nlattr *attrs[__NFNLA_HOOK_MAX];
	struct df_hooks *hooks = arg;
	struct df_hook *hook;
	const char *name;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct nfgenmsg), attrs,
			NFNLA_HOOK_MAX, policy) || !attrs[NFNLA_HOOK_PRIORITY] ||
	    hooks->count == DF_HOOKS_MAX)
		return NL_OK;
	hook = &hooks->list[hooks->count++];
	hook->priority = (int32_t)ntohl(nla_get_u32(attrs[NFNLA_HOOK_PRIORITY]));
	name = text_of(attrs, NFNLA_HOOK_MODULE_NAME) ?:
	       text_of(attrs, NFNLA_HOOK_FUNCTION_NAME) ?: "without a name";
	snprintf(hook->name, sizeof(hook->name), "%s", name);
	if (attrs[NFNLA_HOOK_CHAIN_INFO])
		name_chain(attrs[NFNLA_HOOK_CHAIN_INFO], hook->name);
	return NL_OK;
}

static int ask(struct nl_sock *sock, uint8_t family, uint32_t place)
{
	struct nl_msg *msg = nlmsg_alloc_simple(NFNL_SUBSYS_HOOK << 8 |
						NFNL_MSG_HOOK_GET, NLM_F_DUMP);
	const struct nfgenmsg header = { .nfgen_family = family };
	int err;

	if (!msg)
		return -NLE_NOMEM;
	err = nlmsg_append(msg, (void *)&header, sizeof(header), NLMSG_ALIGNTO);
	if (!err)
		err = nla_put_u32(msg, NFNLA_HOOK_HOOKNUM, htonl(place));
	if (!err)
		err = nl_send_auto(sock, msg);
	nlmsg_free(msg);
	return err < 0 ? err : nl_recvmsgs_default(sock);
}

/**
 * df_hooks_read() - which hooks are there, and in which order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @place: NF_INET_LOCAL_OUT and the like
 * @hooks: result
 *
 * Return: 0; -EOPNOTSUPP if the kernel does not tell, or not us; -ENOMEM.
 */
int df_hooks_read(uint8_t family, uint32_t place, struct df_hooks *hooks)
{
	struct nl_sock *sock = nl_socket_alloc();
	int err;

	memset(hooks, 0, sizeof(*hooks));
	if (!sock)
		return -ENOMEM;
	nl_socket_disable_auto_ack(sock);
	err = nl_connect(sock, NETLINK_NETFILTER);
	if (!err)
		err = nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, take,
					  hooks);
	if (!err)
		err = ask(sock, family, place);
	nl_socket_free(sock);
	if (err == -NLE_NOMEM)
		return -ENOMEM;
	return err < 0 ? -EOPNOTSUPP : 0;
}
