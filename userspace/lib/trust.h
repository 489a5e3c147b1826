/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies that somebody answers for. */
#ifndef DF_TRUST_H
#define DF_TRUST_H

#include "diag.h"
#include "policy.h"

/* Public keys of who may sign; without one no signature is asked for. */
#define DF_TRUST_DIR "/etc/dronefence/trusted"

/* The newest signed policy that ever was in force, and nobody's but root's. */
#define DF_TRUST_LAST "/var/lib/dronefence/signed"

/**
 * struct df_trust - what is asked of a policy before it comes into force
 * @dir: folder of public keys, PEM; NULL to ask for nothing
 * @last: file that knows the newest one
 */
struct df_trust {
	const char *dir;
	const char *last;
};

/**
 * struct df_signed - a signature that was found to be good
 * @is: there is one; nothing was asked for otherwise
 * @serial: number that the signer gave; newer ones are higher
 * @digest: of the policy's files
 */
struct df_signed {
	bool is;
	uint64_t serial;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
};

int df_trust_sign(const struct df_policy *policy, const char *path,
		  uint64_t serial, const char *key);
bool df_trust_check(const struct df_trust *trust, const struct df_policy *policy,
		    const char *path, struct df_signed *found,
		    struct df_diags *diags);
bool df_trust_is_new(const struct df_trust *trust, const char *name,
		     const struct df_signed *found, struct df_diags *diags);
int df_trust_keep(const struct df_trust *trust, const struct df_signed *found);
int df_trust_needed(const struct df_trust *trust);

#endif
