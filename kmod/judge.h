/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_JUDGE_H
#define DFENCE_JUDGE_H

#include <linux/types.h>

#include "policy.h"

struct cgroup;
struct dfence_packet;
struct nf_hook_state;
struct sk_buff;
struct sock;
struct task_struct;

/**
 * struct dfence_sender - for whom a packet is judged
 * @sk: full socket that sends it, NULL where it is forwarded
 * @task: process that sends it, NULL where the kernel does for it
 * @cgroup: that makes it the application's: of the socket or of the process,
 *	NULL where it is forwarded
 * @in: name of the interface that it came in by, NULL where it is not forwarded
 * @mac: source address of its link layer, NULL where it has none
 * @app: index of the application
 * @lent: the socket is not the application's, but another cgroup's or user's
 */
struct dfence_sender {
	struct sock *sk;
	struct task_struct *task;
	struct cgroup *cgroup;
	const char *in;
	const u8 *mac;
	u16 app;
	bool lent;
};

bool dfence_would_refuse(const struct dfence_policy *policy,
			 const struct dfence_sender *sender,
			 const struct dfence_packet *packet,
			 const struct nf_hook_state *state);
unsigned int dfence_judge(const struct dfence_policy *policy,
			  const struct dfence_sender *sender,
			  const struct dfence_packet *packet,
			  struct sk_buff *skb,
			  const struct nf_hook_state *state);

#endif /* DFENCE_JUDGE_H */
