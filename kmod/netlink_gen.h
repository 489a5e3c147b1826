/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/dronefence.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_DRONEFENCE_GEN_H
#define _LINUX_DRONEFENCE_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/dronefence.h>

/* Common nested types */
extern const struct nla_policy dronefence_application_nl_policy[DFENCE_A_APP_STRAYS + 1];
extern const struct nla_policy dronefence_pin_nl_policy[DFENCE_A_PIN_DIGEST + 1];
extern const struct nla_policy dronefence_profile_nl_policy[DFENCE_A_PROFILE_ORIGIN + 1];
extern const struct nla_policy dronefence_rule_nl_policy[DFENCE_A_RULE_OUT_INTERFACE + 1];
extern const struct nla_policy dronefence_selector_nl_policy[DFENCE_A_SELECTOR_COPIES + 1];
extern const struct nla_policy dronefence_set_nl_policy[DFENCE_A_SET_KIND + 1];
extern const struct nla_policy dronefence_zone_nl_policy[DFENCE_A_ZONE_SETS + 1];

/* Ops table for dronefence */
extern const struct genl_split_ops dronefence_nl_ops[15];

int dfence_dump_start(struct netlink_callback *cb);
int dfence_dump_done(struct netlink_callback *cb);

int dronefence_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info);
int dronefence_nl_policy_begin_doit(struct sk_buff *skb,
				    struct genl_info *info);
int dronefence_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info);
int dronefence_nl_policy_commit_doit(struct sk_buff *skb,
				     struct genl_info *info);
int dronefence_nl_policy_abort_doit(struct sk_buff *skb,
				    struct genl_info *info);
int dronefence_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int dronefence_nl_application_get_dumpit(struct sk_buff *skb,
					 struct netlink_callback *cb);
int dronefence_nl_rule_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int dronefence_nl_explain_doit(struct sk_buff *skb, struct genl_info *info);
int dronefence_nl_event_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int dronefence_nl_flow_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int dronefence_nl_limits_get_doit(struct sk_buff *skb, struct genl_info *info);
int dronefence_nl_limits_set_doit(struct sk_buff *skb, struct genl_info *info);
int dronefence_nl_pins_set_doit(struct sk_buff *skb, struct genl_info *info);
int dronefence_nl_seal_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	DRONEFENCE_NLGRP_EVENTS,
};

#endif /* _LINUX_DRONEFENCE_GEN_H */
