// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connection to the kernel module: open, request, error.
 *
 * libnl drops the kernel's own words about an error (extended ACK), so the
 * error messages are read here.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>

#include "client_private.h"

/* Room for the largest answer of a dump. */
#define RECEIVE_SIZE	(64 * 1024)

/**
 * df_client_fail() - remember an error in words
 * @client: may be NULL
 * @error: negative errno, returned
 * @fmt: printf format, one line
 *
 * Return: @error.
 */
int df_client_fail(struct df_client *client, int error, const char *fmt, ...)
{
	va_list args;

	if (!client)
		return error;
	va_start(args, fmt);
	vsnprintf(client->error, sizeof(client->error), fmt, args);
	va_end(args);
	return error;
}

/**
 * df_client_error() - the last error in words
 * @client: from df_client_open()
 *
 * Return: one line, "" if nothing failed; valid until the next call.
 */
const char *df_client_error(const struct df_client *client)
{
	return client->error;
}

/**
 * df_client_ignore() - count a message that did not come from the kernel
 * @client: that got it
 * @from: who sent it
 */
void df_client_ignore(struct df_client *client, const struct sockaddr_nl *from)
{
	client->strangers.count++;
	client->strangers.port = from->nl_pid;
}

/**
 * df_client_strangers() - what did not come from the kernel, and was ignored
 * @client: from df_client_open()
 * @strangers: what came since the last call is added
 */
void df_client_strangers(struct df_client *client,
			 struct df_strangers *strangers)
{
	if (!client->strangers.count)
		return;
	strangers->count += client->strangers.count;
	strangers->port = client->strangers.port;
	client->strangers.count = 0;
}

static int errno_of_libnl(int error)
{
	switch (-error) {
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_AGAIN:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

static int fail_libnl(struct df_client *client, int error, const char *what)
{
	return df_client_fail(client, errno_of_libnl(error), "%s: %s", what,
			      nl_geterror(error));
}

static int connect_family(struct df_client *client)
{
	int err, fd, on = 1;

	err = genl_connect(client->sock);
	if (err < 0)
		return fail_libnl(client, err, "netlink socket");
	nl_socket_set_msg_buf_size(client->sock, RECEIVE_SIZE);
	/* A request must fit into the send buffer as a whole. */
	nl_socket_set_buffer_size(client->sock, 1024 * 1024, 1024 * 1024);

	fd = nl_socket_get_fd(client->sock);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		return df_client_fail(client, -errno, "netlink socket: %s",
				      strerror(errno));

	client->family = genl_ctrl_resolve(client->sock, DFENCE_GENL_NAME);
	if (client->family == -NLE_OBJ_NOTFOUND)
		return df_client_fail(client, -ENOENT,
				      "the kernel module dronefence is not loaded");
	if (client->family < 0)
		return fail_libnl(client, client->family, "netlink family");
	return 0;
}

/**
 * df_client_open() - connect to the kernel module
 * @client: result; also set on error, for df_client_error(), unless -ENOMEM
 *
 * Return: 0; -ENOENT if the module is not loaded (or this is not the initial
 * network namespace); -ENOMEM with @client NULL; another negative errno.
 */
int df_client_open(struct df_client **client)
{
	*client = calloc(1, sizeof(**client));
	if (!*client)
		return -ENOMEM;
	(*client)->sock = nl_socket_alloc();
	if (!(*client)->sock) {
		free(*client);
		*client = NULL;
		return -ENOMEM;
	}
	return connect_family(*client);
}

/**
 * df_client_close() - disconnect; an open transaction is given up
 * @client: NULL is allowed
 */
void df_client_close(struct df_client *client)
{
	if (!client)
		return;
	nl_socket_free(client->sock);
	free(client);
}

/**
 * df_client_fd() - descriptor to wait for live events
 * @client: after df_client_subscribe()
 *
 * Return: file descriptor, owned by @client.
 */
int df_client_fd(const struct df_client *client)
{
	return nl_socket_get_fd(client->sock);
}

/**
 * df_client_message() - begin a request
 * @client: open
 * @flags: NLM_F_*, or 0
 * @command: enum dfence_cmd
 * @size: bytes of attributes it must hold
 *
 * Return: message, or NULL without memory.
 */
struct nl_msg *df_client_message(struct df_client *client, int flags,
				 uint8_t command, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + size);

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, client->family, 0,
			 flags, command, DFENCE_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/**
 * struct exchange - a request that waits for its end
 * @client: whose
 * @valid: called for each answer
 * @arg: for @valid
 * @sequence: number of the request, of which all answers have it
 * @result: of @valid, the first that is not 0
 * @done: the end has come
 * @error: negative errno of the kernel
 */
struct exchange {
	struct df_client *client;
	int (*valid)(struct nl_msg *msg, void *arg);
	void *arg;
	uint32_t sequence;
	int result;
	bool done;
	int error;
};

/* Read the kernel's words out of the attributes behind an error. */
static void read_ext_ack(struct exchange *x, struct nlattr *attrs, int len)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	const char *text = strerror(-x->error);

	if (nla_parse(tb, NLMSGERR_ATTR_MAX, attrs, len, NULL) < 0)
		memset(tb, 0, sizeof(tb));
	if (tb[NLMSGERR_ATTR_MSG])
		text = nla_get_string(tb[NLMSGERR_ATTR_MSG]);
	else if (x->error == -EPERM)
		text = "CAP_NET_ADMIN is needed, run it as root";
	if (tb[NLMSGERR_ATTR_OFFS])
		x->client->attr_offset = nla_get_u32(tb[NLMSGERR_ATTR_OFFS]);
	df_client_fail(x->client, x->error, "kernel reports: %s", text);
}

static int on_error(struct sockaddr_nl *addr, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *header = (void *)((char *)err - NLMSG_HDRLEN);
	struct exchange *x = arg;
	size_t skip = sizeof(*err);
	int len;

	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - NLMSG_HDRLEN;
	len = (int)nlmsg_datalen(header) - (int)NLMSG_ALIGN(skip);
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) || len < 0)
		len = 0;
	x->error = err->error;
	x->done = true;
	read_ext_ack(x, (void *)((char *)err + NLMSG_ALIGN(skip)), len);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	x->done = true;
	return NL_STOP;
}

/* The end of a dump carries an error number of its own. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct exchange *x = arg;
	int error = 0;

	if (nlmsg_datalen(header) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(header), sizeof(error));
	x->done = true;
	if (error < 0) {
		x->error = error;
		read_ext_ack(x, NULL, 0);
	}
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (x->valid && !x->result)
		x->result = x->valid(msg, x->arg);
	return NL_OK;
}

/*
 * An answer to an earlier request, which came too late or broke off, is of no
 * interest; libnl itself would refuse every answer from then on.
 */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	const struct exchange *x = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == x->sequence ? NL_OK : NL_SKIP;
}

/* Only the kernel has port 0; anybody else is lying, whatever the sequence. */
static int on_message(struct nl_msg *msg, void *arg)
{
	const struct sockaddr_nl *from = nlmsg_get_src(msg);
	const struct exchange *x = arg;

	if (!from->nl_pid)
		return NL_OK;
	df_client_ignore(x->client, from);
	return NL_SKIP;
}

static int receive(struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err = 0;

	if (!cb)
		return df_client_fail(x->client, -ENOMEM, "out of memory");
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	nl_cb_set(cb, NL_CB_MSG_IN, NL_CB_CUSTOM, on_message, x);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	while (!x->done && err >= 0)
		err = nl_recvmsgs(x->client->sock, cb);
	nl_cb_put(cb);
	if (!x->done)
		return fail_libnl(x->client, err, "answer of the kernel");
	return x->error ?: x->result;
}

/**
 * df_client_request() - send a request and wait for its end
 * @client: open
 * @msg: request, freed in any case; NULL stands for -ENOMEM
 * @valid: called for each answer, may be NULL; what it returns first that is
 *	not 0 is returned, and no further answer is passed to it
 * @arg: for @valid
 *
 * Return: 0 or a negative errno, explained by df_client_error().
 */
int df_client_request(struct df_client *client, struct nl_msg *msg,
		      int (*valid)(struct nl_msg *, void *), void *arg)
{
	struct exchange x = { .client = client, .valid = valid, .arg = arg };
	int err;

	if (!msg)
		return df_client_fail(client, -ENOMEM, "out of memory");
	client->error[0] = '\0';
	client->attr_offset = 0;
	/* Of a dump the end is its own acknowledgement. */
	if (!(nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP))
		nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_ACK;
	err = nl_send_auto(client->sock, msg);
	x.sequence = nlmsg_hdr(msg)->nlmsg_seq;
	nlmsg_free(msg);
	if (err < 0)
		return fail_libnl(client, err, "request to the kernel");
	return receive(&x);
}
