/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_PARTS_H
#define DFENCE_PARTS_H

#include <linux/netlink.h>

#include "policy.h"

struct nlattr;

void dfence_set_error(struct netlink_ext_ack *extack, const struct nlattr *attr,
		      const char *why);
bool dfence_name_ok(const char *name);
int dfence_part_set(struct dfence_policy *policy, const struct nlattr *attr,
		    struct netlink_ext_ack *extack);
int dfence_part_zone(struct dfence_policy *policy, const struct nlattr *attr,
		     struct netlink_ext_ack *extack);
int dfence_part_ranges(struct dfence_zonemap *map, const struct nlattr *attr,
		       struct netlink_ext_ack *extack);
int dfence_part_profile(struct dfence_policy *policy, const struct nlattr *attr,
			struct netlink_ext_ack *extack);
int dfence_part_application(struct dfence_policy *policy,
			    const struct nlattr *attr,
			    struct netlink_ext_ack *extack);

#endif /* DFENCE_PARTS_H */
