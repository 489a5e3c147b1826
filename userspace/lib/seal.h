/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file, what it is known by, and who says that it is his. */
#ifndef DF_SEAL_H
#define DF_SEAL_H

#include <stddef.h>
#include <stdint.h>

/* An Ed25519 signature. */
#define DF_SEAL_SIGNATURE 64

/* SHA-256 in hexadecimal and a NUL. */
#define DF_SEAL_DIGEST 65

int df_seal_digest(const void *data, size_t length,
		   char digest[DF_SEAL_DIGEST]);
int df_seal_sign(const char *key, const void *data, size_t length,
		 uint8_t signature[DF_SEAL_SIGNATURE]);
int df_seal_verify(const char *key, const void *data, size_t length,
		   const uint8_t signature[DF_SEAL_SIGNATURE]);
int df_seal_write(const char *path, const void *data, size_t length,
		  const char *key);

#endif
