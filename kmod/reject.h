/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_REJECT_H
#define DFENCE_REJECT_H

#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;

void dfence_reject(struct sk_buff *skb, const struct nf_hook_state *state,
		   u8 protocol);

#endif /* DFENCE_REJECT_H */
