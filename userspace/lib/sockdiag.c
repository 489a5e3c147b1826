// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TCP and UDP sockets of a network namespace are listed by sock_diag, which
 * tells the inode and the cgroup of each, and ended by it as "ss -K" does.
 *
 * What is in none of its lists cannot be ended: a socket that is not bound and
 * not connected. It has sent nothing yet.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockdiag.h"

#define ANSWER_SIZE 32768

/**
 * struct request - what is asked of sock_diag
 * @header: of netlink
 * @diag: of sock_diag
 */
struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 diag;
};

/**
 * struct list - sockets that are to be ended
 * @sockets: their addresses and cookies
 * @count: entries in @sockets
 * @room: entries that fit
 */
struct list {
	struct inet_diag_msg *sockets;
	size_t count, room;
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Make room for one more entry. */
static int grow(void **list, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room ? 2 * *room : 64;
	void *grown;

	if (count < *room)
		return 0;
	grown = realloc(*list, wanted * size);
	if (!grown)
		return -ENOMEM;
	*list = grown;
	*room = wanted;
	return 0;
}

/**
 * df_inodes_add() - add to a set
 * @inodes: all zero in the beginning
 * @inode: may be in it already
 *
 * Return: 0 or -ENOMEM.
 */
int df_inodes_add(struct df_inodes *inodes, uint64_t inode)
{
	void *list = inodes->list;
	int err = grow(&list, inodes->count, &inodes->room, sizeof(inode));

	inodes->list = list;
	if (!err)
		inodes->list[inodes->count++] = inode;
	return err;
}

/**
 * df_inodes_sort() - make a set ready for df_sockets_end()
 * @inodes: complete
 */
void df_inodes_sort(struct df_inodes *inodes)
{
	if (inodes->count)
		qsort(inodes->list, inodes->count, sizeof(*inodes->list),
		      compare);
}

/**
 * df_inodes_free() - empty a set
 * @inodes: of any state
 */
void df_inodes_free(struct df_inodes *inodes)
{
	free(inodes->list);
	memset(inodes, 0, sizeof(*inodes));
}

/* The cgroup that opened a socket, 0 where the kernel does not tell. */
static uint64_t cgroup_of(const struct nlmsghdr *header)
{
	const struct inet_diag_msg *msg = NLMSG_DATA(header);
	int len = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof(*msg)));
	const struct rtattr *attr = (const struct rtattr *)(msg + 1);
	uint64_t id = 0;

	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		if (attr->rta_type == INET_DIAG_CGROUP_ID &&
		    RTA_PAYLOAD(attr) == sizeof(id))
			memcpy(&id, RTA_DATA(attr), sizeof(id));
	return id;
}

static int take(const struct nlmsghdr *header, const struct df_inodes *inodes,
		uint64_t cgroup, struct list *list)
{
	const struct inet_diag_msg *msg = NLMSG_DATA(header);
	uint64_t inode = msg->idiag_inode;
	void *sockets = list->sockets;
	int err;

	if (!inode || cgroup_of(header) == cgroup || !inodes->count ||
	    !bsearch(&inode, inodes->list, inodes->count, sizeof(inode), compare))
		return 0;
	err = grow(&sockets, list->count, &list->room, sizeof(*msg));
	list->sockets = sockets;
	if (!err)
		list->sockets[list->count++] = *msg;
	return err;
}

/* One message of the kernel; 1 at the end of the listing. */
static int read_listing(const char *buf, ssize_t len,
			const struct df_inodes *inodes, uint64_t cgroup,
			struct list *list)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)buf;
	int err;

	for (; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len)) {
		if (header->nlmsg_type == NLMSG_DONE)
			return 1;
		if (header->nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(header))->error ?: -EPROTO;
		err = take(header, inodes, cgroup, list);
		if (err)
			return err;
	}
	return 0;
}

static int list_sockets(int fd, uint8_t family, uint8_t protocol,
			const struct df_inodes *inodes, uint64_t cgroup,
			struct list *list)
{
	struct request request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.diag = {
			.sdiag_family = family, .sdiag_protocol = protocol,
			.idiag_states = ~0u,
		},
	};
	char buf[ANSWER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t len;
	int err = 0;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	while (!err) {
		len = recv(fd, buf, sizeof(buf), 0);
		if (len < 0)
			return -errno;
		err = read_listing(buf, len, inodes, cgroup, list);
	}
	return err < 0 ? err : 0;
}

/* 0, -ENOENT if it is closed already, or another error of the kernel. */
static int end_socket(int fd, uint8_t protocol, const struct inet_diag_msg *msg)
{
	struct request request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = SOCK_DESTROY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.diag = {
			.sdiag_family = msg->idiag_family,
			.sdiag_protocol = protocol,
			.idiag_states = ~0u,
			.id = msg->id,
		},
	};
	char buf[ANSWER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *header = (const struct nlmsghdr *)buf;
	ssize_t len;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	len = recv(fd, buf, sizeof(buf), 0);
	if (len < 0)
		return -errno;
	if (!NLMSG_OK(header, len) || header->nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return ((struct nlmsgerr *)NLMSG_DATA(header))->error;
}

static int end_kind(int fd, uint8_t family, uint8_t protocol,
		    const struct df_inodes *inodes, uint64_t cgroup,
		    struct df_sockets_ended *result)
{
	struct list list = { 0 };
	int err = list_sockets(fd, family, protocol, inodes, cgroup, &list);
	size_t i;

	for (i = 0; i < list.count && !err; i++) {
		switch (end_socket(fd, protocol, &list.sockets[i])) {
		case 0:
			result->ended++;
			break;
		case -ENOENT:
			break;
		default:
			result->failed++;
		}
	}
	free(list.sockets);
	return err;
}

/**
 * df_sockets_end() - end TCP and UDP sockets of the caller's network namespace
 * @inodes: which, sorted
 * @cgroup: those that this cgroup opened stay
 * @result: added to
 *
 * Return: 0, or a negative errno: -ENOENT if the kernel cannot list them, for
 * lack of tcp_diag or udp_diag. What was ended by then is in @result.
 */
int df_sockets_end(const struct df_inodes *inodes, uint64_t cgroup,
		   struct df_sockets_ended *result)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int err = fd < 0 ? -errno : 0, i;

	for (i = 0; i < 4 && !err; i++)
		err = end_kind(fd, families[i % 2], protocols[i / 2], inodes,
			       cgroup, result);
	if (fd >= 0)
		close(fd);
	return err;
}
