/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux before 6.17: another name for what hashes. */
#ifndef DFENCE_COMPAT_CRYPTO_SHA2_H
#define DFENCE_COMPAT_CRYPTO_SHA2_H

#include_next <crypto/sha2.h>

#ifndef DFENCE_HAS_SHA256_CTX
#define sha256_ctx	sha256_state
#endif

#endif /* DFENCE_COMPAT_CRYPTO_SHA2_H */
