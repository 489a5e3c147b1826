// SPDX-License-Identifier: GPL-2.0-only
/* The request that pins files. */

#include <linux/file.h>
#include <net/genetlink.h>

#include "netlink.h"
#include "netlink_gen.h"
#include "parts.h"
#include "pins.h"
#include "seal.h"

static int refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  int err, const char *why)
{
	dfence_set_error(extack, attr, why);
	return err;
}

/* A descriptor of the sender, in whose context the request runs. */
static int add_file(struct dfence_pins *pins, struct nlattr **tb,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *digest = tb[DFENCE_A_PIN_DIGEST];
	const struct nlattr *fd = tb[DFENCE_A_PIN_FD];
	/* One that was opened for its path alone will do. */
	struct file *file = fget_raw(nla_get_u32(fd));
	int err;

	if (!file)
		return refuse(extack, fd, -EBADF, "no such descriptor");
	if (S_ISREG(file_inode(file)->i_mode))
		err = dfence_pins_add(pins,
				      nla_data(tb[DFENCE_A_PIN_APPLICATION]),
				      file_inode(file),
				      digest ? nla_data(digest) : NULL);
	else
		err = refuse(extack, fd, -EINVAL, "no regular file");
	fput(file);
	if (err == -E2BIG)
		return refuse(extack, fd, err, "too many pins");
	if (err == -EFBIG)
		return refuse(extack, fd, err, "file is too large to look for its copies");
	return err;
}

static int add_pin(struct dfence_pins *pins, const struct nlattr *attr,
		   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[DFENCE_A_PIN_MAX + 1];
	int err;

	if (nla_type(attr) != DFENCE_A_PINS_PIN)
		return refuse(extack, attr, -EINVAL, "not a pin");
	err = nla_parse_nested(tb, DFENCE_A_PIN_MAX, attr,
			       dronefence_pin_nl_policy, extack);
	if (err)
		return err;
	if (!tb[DFENCE_A_PIN_APPLICATION] || !tb[DFENCE_A_PIN_FD])
		return refuse(extack, attr, -EINVAL, "pin needs application and fd");
	if (!dfence_name_ok(nla_data(tb[DFENCE_A_PIN_APPLICATION])))
		return refuse(extack, tb[DFENCE_A_PIN_APPLICATION], -EINVAL,
			      "name is not printable");
	return add_file(pins, tb, extack);
}

static int extend(struct dfence_pins *pins, struct netlink_ext_ack *extack)
{
	/* Under the seal nobody takes a file from its application. */
	int err = dfence_pins_extend(pins, dfence_sealed());

	if (err == -E2BIG)
		return refuse(extack, NULL, err,
			      "too many pins, with those that stay");
	return err;
}

/**
 * dronefence_nl_pins_set_doit() - pin these files
 * @skb: request
 * @info: its attributes, passed the netlink policy
 *
 * And no others, unless those that were pinned before are kept. Under the seal they are
 * in any case, and stand before the others.
 *
 * Context: process, that of the sender; may sleep.
 * Return: 0; -EINVAL, -EBADF, -E2BIG, -EFBIG where a pin is refused or -ENOMEM, and
 * then nothing has changed.
 */
int dronefence_nl_pins_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct dfence_pins *pins = dfence_pins_alloc();
	const struct nlattr *attr;
	int rem, err = 0;

	if (!pins)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) == DFENCE_A_PINS_KEEP)
			continue;
		err = add_pin(pins, attr, info->extack);
		if (err)
			break;
	}
	if (err)
		dfence_pins_free(pins);
	else if (info->attrs[DFENCE_A_PINS_KEEP] || dfence_sealed())
		err = extend(pins, info->extack);
	else
		dfence_pins_publish(pins);
	return err;
}
