// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events on their way to user space: new ones to the multicast group, from a
 * work item so that packets never wait for netlink, and those that are still
 * held to whoever asks.
 */

#include <net/genetlink.h>

#include "event.h"
#include "netlink.h"
#include "netlink_gen.h"

/* Sequence number of the next event to be sent; only the work item uses it. */
static u64 next_to_send = 1;

static int put_verdict(struct sk_buff *skb, const struct dfence_event *event)
{
	size_t size = event->pf == NFPROTO_IPV6 ? 16 : 4;

	if (nla_put_u8(skb, DFENCE_A_EVENT_VERDICT, event->verdict) ||
	    nla_put_u8(skb, DFENCE_A_EVENT_MODE, event->mode) ||
	    nla_put_u8(skb, DFENCE_A_EVENT_REASON, event->reason) ||
	    nla_put_string(skb, DFENCE_A_EVENT_APPLICATION, event->app) ||
	    nla_put_string(skb, DFENCE_A_EVENT_SET, event->set) ||
	    nla_put_u32(skb, DFENCE_A_EVENT_RULE, event->rule) ||
	    nla_put_u8(skb, DFENCE_A_EVENT_PROTOCOL, event->protocol) ||
	    nla_put(skb, DFENCE_A_EVENT_SADDR, size, event->saddr) ||
	    nla_put(skb, DFENCE_A_EVENT_DADDR, size, event->daddr) ||
	    nla_put_string(skb, DFENCE_A_EVENT_COUNTRY, event->country) ||
	    nla_put(skb, DFENCE_A_EVENT_VOTES, event->votes_len, event->votes) ||
	    nla_put_u32(skb, DFENCE_A_EVENT_NETNS, event->netns) ||
	    nla_put_string(skb, DFENCE_A_EVENT_IFNAME, event->ifname) ||
	    nla_put_u32(skb, DFENCE_A_EVENT_LENGTH, event->length))
		return -EMSGSIZE;
	if (event->has_ports &&
	    (nla_put_u16(skb, DFENCE_A_EVENT_SPORT, event->sport) ||
	     nla_put_u16(skb, DFENCE_A_EVENT_DPORT, event->dport)))
		return -EMSGSIZE;
	if (!event->has_ports && event->dport &&
	    nla_put_u16(skb, DFENCE_A_EVENT_ETHERTYPE, event->dport))
		return -EMSGSIZE;
	return 0;
}

/* Who sent it; a forwarded packet says only where it came in. */
static int put_sender(struct sk_buff *skb, const struct dfence_event *event)
{
	int err;

	if (event->forwarded) {
		err = nla_put_string(skb, DFENCE_A_EVENT_IN_INTERFACE,
				     event->in);
		if (!err && event->has_mac)
			err = nla_put(skb, DFENCE_A_EVENT_MAC,
				      sizeof(event->mac), event->mac);
		return err;
	}
	return nla_put_u32(skb, DFENCE_A_EVENT_PID, event->pid) ?:
	       nla_put_u32(skb, DFENCE_A_EVENT_UID, event->uid) ?:
	       nla_put_string(skb, DFENCE_A_EVENT_COMM, event->comm) ?:
	       (event->cgroup ?
		nla_put_u64_64bit(skb, DFENCE_A_EVENT_CGROUP, event->cgroup,
				  DFENCE_A_EVENT_PAD) : 0);
}

static u64 real_time(const struct dfence_event *event, u64 boottime)
{
	return event->time - (event->boottime - boottime);
}

static int put_flow_end(struct sk_buff *skb, const struct dfence_event *event)
{
	return nla_put_u8(skb, DFENCE_A_EVENT_END, event->end) ?:
	       nla_put_u64_64bit(skb, DFENCE_A_EVENT_START,
				 real_time(event, event->start),
				 DFENCE_A_EVENT_PAD) ?:
	       nla_put_u64_64bit(skb, DFENCE_A_EVENT_LAST,
				 real_time(event, event->last),
				 DFENCE_A_EVENT_PAD) ?:
	       dfence_put_totals(skb, DFENCE_A_EVENT_TOTALS, &event->totals);
}

/* A verdict on a packet, or the end of a flow or socket. */
static int put_traffic(struct sk_buff *skb, const struct dfence_event *event)
{
	int err = put_verdict(skb, event);

	if (!err && event->flow)
		err = nla_put_u64_64bit(skb, DFENCE_A_EVENT_FLOW, event->flow,
					DFENCE_A_EVENT_PAD);
	if (!err && event->type == DFENCE_EVENT_FLOW_END)
		err = put_flow_end(skb, event);
	if (!err && event->type == DFENCE_EVENT_SOCKET_CLOSED)
		err = nla_put_u8(skb, DFENCE_A_EVENT_CLOSED, event->closed);
	return err;
}

static int put_policy_change(struct sk_buff *skb,
			     const struct dfence_event *event)
{
	return nla_put_string(skb, DFENCE_A_EVENT_POLICY_NAME, event->app) ?:
	       nla_put(skb, DFENCE_A_EVENT_DIGEST, sizeof(event->digest),
		       event->digest);
}

static int put_place(struct sk_buff *skb, const struct dfence_event *event)
{
	return nla_put_string(skb, DFENCE_A_EVENT_APPLICATION, event->app) ?:
	       nla_put_u8(skb, DFENCE_A_EVENT_MODE, event->mode) ?:
	       nla_put_u8(skb, DFENCE_A_EVENT_PLACE_ERROR, event->place_error) ?:
	       nla_put_u64_64bit(skb, DFENCE_A_EVENT_CGROUP, event->cgroup,
				 DFENCE_A_EVENT_PAD);
}

static int put_refusal(struct sk_buff *skb, const struct dfence_event *event)
{
	return nla_put_u8(skb, DFENCE_A_EVENT_COMMAND, event->command) ?:
	       nla_put_u8(skb, DFENCE_A_EVENT_REFUSED, event->refused) ?:
	       nla_put_u64_64bit(skb, DFENCE_A_EVENT_REFUSAL, event->refusal,
				 DFENCE_A_EVENT_PAD);
}

static int put_seal(struct sk_buff *skb, const struct dfence_event *event)
{
	return nla_put_u64_64bit(skb, DFENCE_A_EVENT_SERIAL, event->serial,
				 DFENCE_A_EVENT_PAD) ?:
	       nla_put_u32(skb, DFENCE_A_EVENT_PERMITTED, event->permitted);
}

/* What events of its type have beside the rest. */
static int put_details(struct sk_buff *skb, const struct dfence_event *event)
{
	switch (event->type) {
	case DFENCE_EVENT_POLICY:
		return put_policy_change(skb, event);
	case DFENCE_EVENT_PLACED:
	case DFENCE_EVENT_PLACE_FAILED:
		return put_place(skb, event);
	case DFENCE_EVENT_REQUEST_REFUSED:
		return put_refusal(skb, event);
	case DFENCE_EVENT_SEALED:
		return put_seal(skb, event);
	default:
		return put_traffic(skb, event);
	}
}

static int put_event(struct sk_buff *skb, const struct dfence_event *event)
{
	struct nlattr *nest = nla_nest_start(skb, DFENCE_A_QUERY_EVENT);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u64_64bit(skb, DFENCE_A_EVENT_SEQ, event->seq,
				DFENCE_A_EVENT_PAD) ?:
	      nla_put_u8(skb, DFENCE_A_EVENT_TYPE, event->type) ?:
	      nla_put_u64_64bit(skb, DFENCE_A_EVENT_TIME, event->time,
				DFENCE_A_EVENT_PAD) ?:
	      nla_put_u64_64bit(skb, DFENCE_A_EVENT_BOOTTIME, event->boottime,
				DFENCE_A_EVENT_PAD) ?:
	      nla_put_u32(skb, DFENCE_A_EVENT_GENERATION, event->generation) ?:
	      put_sender(skb, event) ?:
	      nla_put_u32(skb, DFENCE_A_EVENT_SUPPRESSED, event->suppressed) ?:
	      put_details(skb, event);
	if (err) {
		nla_nest_cancel(skb, nest);
		return err;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * Put as many events into a message as fit, from @seq on and before @end.
 * Returns the sequence number to go on with.
 */
static u64 put_events(struct sk_buff *skb, u64 seq, u64 end)
{
	struct dfence_event event;

	while (dfence_event_read(seq, &event) && event.seq < end &&
	       !put_event(skb, &event))
		seq = event.seq + 1;
	return seq;
}

static void send_events(struct work_struct *work)
{
	struct dfence_event_state state;

	for (;;) {
		struct sk_buff *skb;
		void *header;
		u64 next;

		dfence_event_state(&state);
		if (!genl_has_listeners(&dfence_genl_family, &init_net,
					DRONEFENCE_NLGRP_EVENTS)) {
			next_to_send = state.next;
			return;
		}
		if (next_to_send >= state.next)
			return;

		/*
		 * Without memory these are left out: the listener sees the gap
		 * in the numbers, or in the status, and fetches them.
		 */
		skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
		if (!skb) {
			next_to_send = state.next;
			return;
		}
		header = genlmsg_put(skb, 0, 0, &dfence_genl_family, 0,
				     DFENCE_CMD_EVENT_NTF);
		next = header ? put_events(skb, next_to_send, U64_MAX) : 0;
		if (!header || next == next_to_send) {
			nlmsg_free(skb);
			return;
		}
		next_to_send = next;
		genlmsg_end(skb, header);
		genlmsg_multicast(&dfence_genl_family, skb, 0,
				  DRONEFENCE_NLGRP_EVENTS, GFP_KERNEL);
		cond_resched();
	}
}

static DECLARE_DELAYED_WORK(send_work, send_events);

/**
 * struct dump - where a dump of events stands
 * @seq: sequence number to go on with
 * @end: where the ring ended when the dump began; later events are not in it
 */
struct dump {
	u64 seq;
	u64 end;
};

/**
 * dronefence_nl_event_get_dumpit() - list the events that are still held
 * @skb: answer that is being filled
 * @cb: where the dump stands
 *
 * Context: process; may sleep.
 * Return: bytes in @skb, 0 at the end, or -EMSGSIZE.
 */
int dronefence_nl_event_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	const struct nlattr *since = genl_info_dump(cb)->attrs[DFENCE_A_QUERY_SINCE];
	struct dump *dump = (struct dump *)cb->ctx;
	struct dfence_event_state state;
	void *header;
	u64 next;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	if (!dump->end) {
		dfence_event_state(&state);
		dump->seq = since ? nla_get_u64(since) : 1;
		dump->end = state.next;
	}

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			     &dfence_genl_family, NLM_F_MULTI,
			     DFENCE_CMD_EVENT_GET);
	if (!header)
		return -EMSGSIZE;
	next = put_events(skb, dump->seq, dump->end);
	if (next == dump->seq) {
		genlmsg_cancel(skb, header);
		return 0;
	}
	dump->seq = next;
	genlmsg_end(skb, header);
	return skb->len;
}

/**
 * dfence_netlink_event_start() - send new events to the group
 */
void dfence_netlink_event_start(void)
{
	dfence_event_listen(&send_work);
}

/**
 * dfence_netlink_event_stop() - the reverse of dfence_netlink_event_start()
 *
 * Context: process; may sleep.
 */
void dfence_netlink_event_stop(void)
{
	dfence_event_listen(NULL);
	cancel_delayed_work_sync(&send_work);
}
