// SPDX-License-Identifier: GPL-2.0-or-later
/* Events: live from the multicast group, or those the kernel still holds. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>

#include "client_private.h"

/* Room for some thousand events while the reader is busy. */
#define EVENT_BUFFER	(4 * 1024 * 1024)

/**
 * struct reader - who is called for each event
 * @each: called for each
 * @arg: for @each
 */
struct reader {
	int (*each)(const struct df_event *event, void *arg);
	void *arg;
};

static void read_addresses(struct nlattr **tb, struct df_event *event)
{
	if (!df_attr_addresses(tb[DFENCE_A_EVENT_SADDR],
			       tb[DFENCE_A_EVENT_DADDR], &event->family,
			       &event->saddr, &event->daddr))
		return;
	event->has_ports = tb[DFENCE_A_EVENT_DPORT];
	event->sport = df_attr_number(tb[DFENCE_A_EVENT_SPORT]);
	event->dport = df_attr_number(tb[DFENCE_A_EVENT_DPORT]);
	event->ethertype = df_attr_number(tb[DFENCE_A_EVENT_ETHERTYPE]);
}

static void read_verdict(struct nlattr **tb, struct df_event *event)
{
	df_attr_string(tb[DFENCE_A_EVENT_APPLICATION], event->application,
		       sizeof(event->application));
	event->verdict = df_attr_number(tb[DFENCE_A_EVENT_VERDICT]);
	event->mode = df_attr_number(tb[DFENCE_A_EVENT_MODE]);
	event->reason = df_attr_number(tb[DFENCE_A_EVENT_REASON]);
	df_attr_string(tb[DFENCE_A_EVENT_SET], event->set, sizeof(event->set));
	event->rule = df_attr_number(tb[DFENCE_A_EVENT_RULE]);
	event->protocol = df_attr_number(tb[DFENCE_A_EVENT_PROTOCOL]);
	df_attr_string(tb[DFENCE_A_EVENT_COUNTRY], event->country,
		       sizeof(event->country));
	df_attr_string(tb[DFENCE_A_EVENT_VOTES], event->votes,
		       sizeof(event->votes));
	event->netns = df_attr_number(tb[DFENCE_A_EVENT_NETNS]);
	event->cgroup = df_attr_number(tb[DFENCE_A_EVENT_CGROUP]);
	df_attr_string(tb[DFENCE_A_EVENT_IFNAME], event->ifname,
		       sizeof(event->ifname));
	event->length = df_attr_number(tb[DFENCE_A_EVENT_LENGTH]);
	event->flow = df_attr_number(tb[DFENCE_A_EVENT_FLOW]);
	event->forwarded = tb[DFENCE_A_EVENT_IN_INTERFACE];
	df_attr_string(tb[DFENCE_A_EVENT_IN_INTERFACE], event->in,
		       sizeof(event->in));
	event->has_mac = df_attr_mac(tb[DFENCE_A_EVENT_MAC], event->mac);
	read_addresses(tb, event);
}

static void read_flow_end(struct nlattr **tb, struct df_event *event)
{
	read_verdict(tb, event);
	event->end = df_attr_number(tb[DFENCE_A_EVENT_END]);
	event->start = df_attr_number(tb[DFENCE_A_EVENT_START]);
	event->last = df_attr_number(tb[DFENCE_A_EVENT_LAST]);
	df_attr_totals(tb[DFENCE_A_EVENT_TOTALS], &event->totals);
}

static void read_place(struct nlattr **tb, struct df_event *event)
{
	df_attr_string(tb[DFENCE_A_EVENT_APPLICATION], event->application,
		       sizeof(event->application));
	event->mode = df_attr_number(tb[DFENCE_A_EVENT_MODE]);
	event->cgroup = df_attr_number(tb[DFENCE_A_EVENT_CGROUP]);
	event->place_error = df_attr_number(tb[DFENCE_A_EVENT_PLACE_ERROR]);
}

static void read_socket_closed(struct nlattr **tb, struct df_event *event)
{
	read_verdict(tb, event);
	event->closed = df_attr_number(tb[DFENCE_A_EVENT_CLOSED]);
}

static void read_refusal(struct nlattr **tb, struct df_event *event)
{
	event->command = df_attr_number(tb[DFENCE_A_EVENT_COMMAND]);
	event->refusal = df_attr_number(tb[DFENCE_A_EVENT_REFUSAL]);
	event->refused = df_attr_number(tb[DFENCE_A_EVENT_REFUSED]);
	event->cgroup = df_attr_number(tb[DFENCE_A_EVENT_CGROUP]);
}

static void read_seal(struct nlattr **tb, struct df_event *event)
{
	event->serial = df_attr_number(tb[DFENCE_A_EVENT_SERIAL]);
	event->permitted = df_attr_number(tb[DFENCE_A_EVENT_PERMITTED]);
}

static int read_event(struct nlattr *nest, const struct reader *reader)
{
	struct nlattr *tb[DFENCE_A_EVENT_MAX + 1];
	struct nlattr *digest;
	struct df_event event;

	if (nla_parse_nested(tb, DFENCE_A_EVENT_MAX, nest, NULL) < 0)
		return -EPROTO;
	memset(&event, 0, sizeof(event));
	event.seq = df_attr_number(tb[DFENCE_A_EVENT_SEQ]);
	event.type = df_attr_number(tb[DFENCE_A_EVENT_TYPE]);
	event.time = df_attr_number(tb[DFENCE_A_EVENT_TIME]);
	event.boottime = df_attr_number(tb[DFENCE_A_EVENT_BOOTTIME]);
	event.generation = df_attr_number(tb[DFENCE_A_EVENT_GENERATION]);
	event.pid = df_attr_number(tb[DFENCE_A_EVENT_PID]);
	event.uid = df_attr_number(tb[DFENCE_A_EVENT_UID]);
	event.suppressed = df_attr_number(tb[DFENCE_A_EVENT_SUPPRESSED]);
	df_attr_string(tb[DFENCE_A_EVENT_COMM], event.comm, sizeof(event.comm));
	df_attr_string(tb[DFENCE_A_EVENT_POLICY_NAME], event.policy_name,
		       sizeof(event.policy_name));
	digest = tb[DFENCE_A_EVENT_DIGEST];
	if (digest && nla_len(digest) == DRONEFENCE_DIGEST_LEN)
		memcpy(event.digest, nla_data(digest), DRONEFENCE_DIGEST_LEN);
	if (event.type == DFENCE_EVENT_VERDICT)
		read_verdict(tb, &event);
	else if (event.type == DFENCE_EVENT_FLOW_END)
		read_flow_end(tb, &event);
	else if (event.type == DFENCE_EVENT_PLACED ||
		 event.type == DFENCE_EVENT_PLACE_FAILED)
		read_place(tb, &event);
	else if (event.type == DFENCE_EVENT_SOCKET_CLOSED)
		read_socket_closed(tb, &event);
	else if (event.type == DFENCE_EVENT_REQUEST_REFUSED)
		read_refusal(tb, &event);
	else if (event.type == DFENCE_EVENT_SEALED)
		read_seal(tb, &event);
	return reader->each(&event, reader->arg);
}

static int read_events(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rem) {
		if (nla_type(attr) != DFENCE_A_QUERY_EVENT)
			continue;
		err = read_event(attr, arg);
		if (err)
			return err;
	}
	return 0;
}

/**
 * df_client_events() - fetch events that the kernel still holds
 * @client: open
 * @since: first sequence number wanted
 * @each: called for each in order; what it returns first that is not 0 is
 *	returned. If the first is later than @since, the ones between are lost.
 * @arg: for @each
 *
 * Return: 0 or a negative errno.
 */
int df_client_events(struct df_client *client, uint64_t since,
		     int (*each)(const struct df_event *, void *), void *arg)
{
	struct nl_msg *msg = df_client_message(client, NLM_F_DUMP,
					       DFENCE_CMD_EVENT_GET, 64);
	struct reader reader = { .each = each, .arg = arg };

	if (msg && nla_put_u64(msg, DFENCE_A_QUERY_SINCE, since)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return df_client_request(client, msg, read_events, &reader);
}

/**
 * df_client_subscribe() - have live events sent to this client
 * @client: open; it is of no use for requests any more
 *
 * Return: 0 or a negative errno, -EPERM without CAP_NET_ADMIN.
 */
int df_client_subscribe(struct df_client *client)
{
	int group = genl_ctrl_resolve_grp(client->sock, DFENCE_GENL_NAME,
					  "events");
	int size = EVENT_BUFFER, fd = nl_socket_get_fd(client->sock);

	if (group < 0)
		return df_client_fail(client, -ENOENT,
				      "the kernel module has no event group");
	/* FORCE needs CAP_NET_ADMIN, as the group does. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	nl_socket_disable_seq_check(client->sock);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return df_client_fail(client, -errno, "event group: %s",
				      errno == EPERM ?
				      "CAP_NET_ADMIN is needed, run it as root" :
				      strerror(errno));
	return 0;
}

/**
 * df_client_receive() - read live events
 * @client: after df_client_subscribe()
 * @each: called for each in order; what it returns first that is not 0 is
 *	returned
 * @arg: for @each
 *
 * Waits for the first message and reads that one only.
 *
 * Return: 0; -ENOBUFS if events were lost on the way: fetch them with
 * df_client_events() on another client; another negative errno.
 */
int df_client_receive(struct df_client *client,
		      int (*each)(const struct df_event *, void *), void *arg)
{
	struct reader reader = { .each = each, .arg = arg };
	struct sockaddr_nl from;
	unsigned char *buf = NULL;
	struct nl_msg *msg;
	int len, err = 0;

	errno = 0;
	len = nl_recv(client->sock, &from, &buf, NULL);
	if (len <= 0) {
		err = errno == ENOBUFS || len == -NLE_NOMEM ? -ENOBUFS : -EIO;
		if (len == 0 || len == -NLE_AGAIN || len == -NLE_INTR)
			return 0;
		return df_client_fail(client, err, "live events: %s",
				      nl_geterror(len));
	}

	if (from.nl_pid) {
		df_client_ignore(client, &from);
	} else if (nlmsg_ok((struct nlmsghdr *)buf, len)) {
		msg = nlmsg_convert((struct nlmsghdr *)buf);
		err = msg ? read_events(msg, &reader) : -ENOMEM;
		nlmsg_free(msg);
	}
	free(buf);
	return err;
}
