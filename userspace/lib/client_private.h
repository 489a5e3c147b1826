/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the netlink client share. */
#ifndef DF_CLIENT_PRIVATE_H
#define DF_CLIENT_PRIVATE_H

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "client.h"

/**
 * struct df_client - a connection to the kernel module
 * @sock: for requests, or for live events after df_client_subscribe()
 * @family: id of the generic netlink family
 * @error: the last error in words
 * @attr_offset: byte in the last request that the kernel complained about, or 0
 * @strangers: messages that did not come from the kernel
 */
struct df_client {
	struct nl_sock *sock;
	int family;
	char error[DF_CLIENT_ERROR_MAX];
	uint32_t attr_offset;
	struct df_strangers strangers;
};

/* Bytes of a request that carries parts of a policy. */
#define DF_CLIENT_MESSAGE_SIZE	(128 * 1024)

void df_client_ignore(struct df_client *client, const struct sockaddr_nl *from);
int df_client_fail(struct df_client *client, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct nl_msg *df_client_message(struct df_client *client, int flags,
				 uint8_t command, size_t size);
int df_client_request(struct df_client *client, struct nl_msg *msg,
		      int (*valid)(struct nl_msg *, void *), void *arg);

/* Reading attributes of an answer; an absent one reads as 0 or "". */
uint64_t df_attr_number(struct nlattr *attr);
void df_attr_string(struct nlattr *attr, char *buf, size_t size);
void df_attr_counters(struct nlattr *nest, struct df_counters *counters);
void df_attr_totals(struct nlattr *nest, struct df_totals *totals);
bool df_attr_mac(struct nlattr *attr, uint8_t mac[DRONEFENCE_MAC_LEN]);
bool df_attr_addresses(struct nlattr *source, struct nlattr *destination,
		       enum df_family *family, df_u128 *saddr, df_u128 *daddr);

#endif
