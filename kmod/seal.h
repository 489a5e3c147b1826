/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_SEAL_H
#define DFENCE_SEAL_H

#include <linux/types.h>

#include <uapi/linux/dronefence.h>

struct dfence_held_permit;
struct netlink_ext_ack;
struct nlattr;
struct nlmsghdr;

/**
 * struct dfence_seal_state - what the seal is
 * @serial: of the permit that holds
 * @permitted: images that it lists
 */
struct dfence_seal_state {
	u64 serial;
	u32 permitted;
};

bool dfence_sealed(void);
int dfence_seal_forbids(u8 command, struct netlink_ext_ack *extack);
int dfence_seal_admit(const struct nlattr *permit, const u8 *digest,
		      struct dfence_held_permit **fresh,
		      struct netlink_ext_ack *extack);
void dfence_seal_renew(struct dfence_held_permit *fresh);
void dfence_seal_drop(struct dfence_held_permit *fresh);
int dfence_seal_set(struct nlattr **attrs, const struct nlmsghdr *nlh,
		    const u8 *digest, struct netlink_ext_ack *extack);
bool dfence_seal_state(struct dfence_seal_state *state);
const char *dfence_seal_key(u32 i);
void dfence_seal_cleanup(void);

#endif /* DFENCE_SEAL_H */
