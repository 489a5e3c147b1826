/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_NETLINK_H
#define DFENCE_NETLINK_H

#include <net/genetlink.h>

/* Version of the module, shown in the status. */
#define DFENCE_VERSION	"0.1.0"

extern struct genl_family dfence_genl_family;

struct dfence_totals;

int dfence_put_totals(struct sk_buff *skb, int type,
		      const struct dfence_totals *totals);
int dfence_netlink_setup(void);
void dfence_netlink_read_setup(void);
void dfence_netlink_cleanup(void);
void dfence_netlink_guard(struct genl_family *family);
void dfence_netlink_refused(u8 command, u8 why);
void dfence_netlink_event_start(void);
void dfence_netlink_event_stop(void);

#endif /* DFENCE_NETLINK_H */
