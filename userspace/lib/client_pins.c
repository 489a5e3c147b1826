// SPDX-License-Identifier: GPL-2.0-or-later
/* Pinning the files of programs, so that they are recognised under any name. */

#include <string.h>

#include "client_private.h"

/* More than the attributes of a pin take. */
#define PIN_SIZE	(DRONEFENCE_NAME_MAX + DRONEFENCE_DIGEST_LEN + 64)

static int put_pin(struct nl_msg *msg, const struct df_pin *pin)
{
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_PINS_PIN);

	if (!nest ||
	    nla_put_string(msg, DFENCE_A_PIN_APPLICATION, pin->application) ||
	    nla_put_u32(msg, DFENCE_A_PIN_FD, (uint32_t)pin->fd) ||
	    (pin->copies && nla_put(msg, DFENCE_A_PIN_DIGEST,
				    sizeof(pin->digest), pin->digest)))
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

static bool put_pins(struct nl_msg *msg, const struct df_pin *pins, size_t count,
		     bool keep)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (put_pin(msg, &pins[i]))
			return false;
	return !keep || !nla_put_flag(msg, DFENCE_A_PINS_KEEP);
}

/**
 * df_client_set_pins() - pin files, and no others unless they are kept
 * @client: open
 * @pins: the files; they may be closed when this returns
 * @count: how many; 0 to pin none
 * @keep: what is pinned stays so; where a file is pinned twice the new pin holds
 *
 * Return: 0; -E2BIG for more than DRONEFENCE_MAX_PINS, with those that are kept;
 * -EBADF, -EINVAL where a descriptor is not that of a regular file; -EFBIG where one
 * with a digest is too large; another negative errno. After an error nothing has
 * changed, but for -ENOMEM: it may be the answer that was lost.
 */
int df_client_set_pins(struct df_client *client, const struct df_pin *pins,
		       size_t count, bool keep)
{
	struct nl_msg *msg = df_client_message(client, 0, DFENCE_CMD_PINS_SET,
					       (count + 1) * PIN_SIZE);

	if (msg && !put_pins(msg, pins, count, keep)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return df_client_request(client, msg, NULL, NULL);
}
