// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose signature counts: a keyring that only the module has. It is filled once and
 * then closed, and gives nobody else a right to it but to see in /proc/keys that it
 * is there. An empty one stands for the keys that the kernel itself trusts.
 */

#include <linux/cred.h>
#include <linux/key.h>
#include <linux/slab.h>
#include <linux/verification.h>
#include <net/netlink.h>

#include "signers.h"

/* The module's alone; others may look at the list. */
#define RIGHTS	((KEY_POS_ALL & ~KEY_POS_SETATTR) | KEY_USR_VIEW)

/**
 * struct dfence_signers - who may sign
 * @keyring: with @keys in it
 * @count: of @keys
 * @keys: made of certificates
 */
struct dfence_signers {
	struct key *keyring;
	u32 count;
	struct key *keys[DRONEFENCE_MAX_CERTIFICATES];
};

/**
 * dfence_signers_alloc() - nobody so far
 *
 * Context: process; may sleep.
 * Return: to be freed with dfence_signers_free(); NULL without memory.
 */
struct dfence_signers *dfence_signers_alloc(void)
{
	struct dfence_signers *signers = kzalloc(sizeof(*signers),
						 GFP_KERNEL_ACCOUNT);

	if (!signers)
		return NULL;
	signers->keyring = keyring_alloc(".dronefence", GLOBAL_ROOT_UID,
					 GLOBAL_ROOT_GID, current_cred(), RIGHTS,
					 KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
	if (!IS_ERR(signers->keyring))
		return signers;
	kfree(signers);
	return NULL;
}

/**
 * dfence_signers_add() - let one more sign
 * @signers: not closed yet
 * @certificate: attribute with his certificate, X.509 in DER
 *
 * Context: process; may sleep.
 * Return: 0; -E2BIG; -ENOMEM; another negative errno if it is no certificate, or one
 * that the kernel cannot use.
 */
int dfence_signers_add(struct dfence_signers *signers,
		       const struct nlattr *certificate)
{
	key_ref_t key;

	if (signers->count == DRONEFENCE_MAX_CERTIFICATES)
		return -E2BIG;
	key = key_create_or_update(make_key_ref(signers->keyring, true),
				   "asymmetric", NULL, nla_data(certificate),
				   nla_len(certificate), RIGHTS,
				   KEY_ALLOC_NOT_IN_QUOTA);
	if (IS_ERR(key))
		return PTR_ERR(key);
	signers->keys[signers->count++] = key_ref_to_ptr(key);
	return 0;
}

/**
 * dfence_signers_close() - let nobody more sign
 * @signers: as they stay
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int dfence_signers_close(struct dfence_signers *signers)
{
	return keyring_restrict(make_key_ref(signers->keyring, true), NULL,
				NULL);
}

/**
 * dfence_signers_name() - who one of them is
 * @signers: closed
 * @i: his number, from 0
 *
 * Context: any.
 * Return: subject and number of his certificate; NULL behind the last one.
 */
const char *dfence_signers_name(const struct dfence_signers *signers, u32 i)
{
	return i < signers->count ? signers->keys[i]->description : NULL;
}

/**
 * dfence_signers_free() - give all of it back
 * @signers: NULL is allowed
 *
 * Context: process; may sleep.
 */
void dfence_signers_free(struct dfence_signers *signers)
{
	if (!signers)
		return;
	while (signers->count)
		key_put(signers->keys[--signers->count]);
	key_put(signers->keyring);
	kfree(signers);
}

static int verify_with(struct key *keys, const struct nlattr *message,
		       int (*use)(void *arg, const void *data, size_t size,
				  size_t header), void *arg)
{
	return verify_pkcs7_signature(NULL, 0, nla_data(message),
				      nla_len(message), keys,
				      VERIFYING_UNSPECIFIED_SIGNATURE, use, arg);
}

/**
 * dfence_signers_verify() - has one of them signed it
 * @signers: closed
 * @message: attribute with PKCS#7 in DER, which holds what was signed
 * @use: gets what was signed if so; its result is the result
 * @arg: for @use
 *
 * Context: process; may sleep.
 * Return: what @use does; -ENOKEY if somebody else has; -ENOMEM; another negative errno
 * if it is not as it was signed.
 */
int dfence_signers_verify(const struct dfence_signers *signers,
			  const struct nlattr *message,
			  int (*use)(void *arg, const void *data, size_t size,
				     size_t header), void *arg)
{
	int err;

	if (signers->count)
		return verify_with(signers->keyring, message, use, arg);
	err = verify_with(VERIFY_USE_SECONDARY_KEYRING, message, use, arg);
	return err == -ENOKEY ? verify_with(VERIFY_USE_PLATFORM_KEYRING, message,
					    use, arg) : err;
}
