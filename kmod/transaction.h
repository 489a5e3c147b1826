/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_TRANSACTION_H
#define DFENCE_TRANSACTION_H

#include <linux/netlink.h>
#include <linux/types.h>

struct genl_info;
struct nlattr;

int dfence_transaction_begin(u32 portid, struct nlattr **attrs,
			     struct netlink_ext_ack *extack);
int dfence_transaction_add(u32 portid, const struct nlmsghdr *nlh, int hdrlen,
			   struct netlink_ext_ack *extack);
int dfence_transaction_commit(u32 portid, const struct nlattr *digest,
			      const struct nlattr *permit, u32 *generation,
			      struct netlink_ext_ack *extack);
int dfence_transaction_seal(struct nlattr **attrs, const struct nlmsghdr *nlh,
			    struct netlink_ext_ack *extack);
int dfence_transaction_abort(u32 portid, struct netlink_ext_ack *extack);
void dfence_transaction_release(u32 portid);
u32 dfence_transaction_owner(void);
void dfence_transaction_cleanup(void);

#endif /* DFENCE_TRANSACTION_H */
