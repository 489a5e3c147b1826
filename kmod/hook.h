/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_HOOK_H
#define DFENCE_HOOK_H

struct dfence_packet;
struct nf_hook_state;
struct sk_buff;
struct sock;

int dfence_hooks_enable(void);
void dfence_hooks_disable(void);
unsigned int dfence_hook_judge(struct sock *sk,
			       const struct dfence_packet *packet,
			       struct sk_buff *skb,
			       const struct nf_hook_state *state);
int dfence_forward_hooks_enable(void);
void dfence_forward_hooks_disable(void);

#endif /* DFENCE_HOOK_H */
