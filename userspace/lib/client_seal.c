// SPDX-License-Identifier: GPL-2.0-or-later
/* Sealing the module, and giving it a newer permit. */

#include "client_private.h"

/* Header and padding of an attribute. */
#define ATTR_EXTRA 8

static int put_all(struct nl_msg *msg, const struct df_blob *permit,
		   const struct df_blob *certificates, size_t count,
		   bool platform)
{
	size_t i;
	int err = nla_put(msg, DFENCE_A_SEAL_PERMIT, (int)permit->size,
			  permit->data);

	for (i = 0; !err && i < count; i++)
		err = nla_put(msg, DFENCE_A_SEAL_CERTIFICATE,
			      (int)certificates[i].size, certificates[i].data);
	if (!err && platform)
		err = nla_put_flag(msg, DFENCE_A_SEAL_PLATFORM);
	return err;
}

/**
 * df_client_seal() - seal the policy in force, or hand over a newer permit
 * @client: open
 * @permit: what may be in force; lists the policy that is
 * @certificates: of the keys that may sign permits, X.509 in DER; none under the seal
 * @count: how many, DRONEFENCE_MAX_CERTIFICATES at most
 * @platform: in place of @certificates: the keys that the kernel trusts
 *
 * Return: 0; -EOPNOTSUPP if the kernel cannot; -EKEYREJECTED or -ENOKEY if the permit is
 * refused; -EPERM without CAP_NET_ADMIN, or for certificates under the seal; another
 * negative errno. After an error nothing has changed, but for -ENOMEM: it may be the
 * answer that was lost.
 */
int df_client_seal(struct df_client *client, const struct df_blob *permit,
		   const struct df_blob *certificates, size_t count,
		   bool platform)
{
	size_t size = permit->size + (count + 2) * ATTR_EXTRA, i;
	struct nl_msg *msg;

	for (i = 0; i < count; i++)
		size += certificates[i].size;
	msg = df_client_message(client, 0, DFENCE_CMD_SEAL, size);
	if (msg && put_all(msg, permit, certificates, count, platform)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return df_client_request(client, msg, NULL, NULL);
}
