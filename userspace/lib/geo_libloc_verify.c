// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The signature of a libloc database. The header has room for two, so that the
 * vendor can change keys; one that matches is enough. What is signed is the
 * whole file with the signatures and their lengths set to zero.
 */

#include <errno.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "geo_libloc.h"

static EVP_PKEY *read_key(const char *path, int *err)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key;

	if (!f) {
		*err = -errno;
		return NULL;
	}
	key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	fclose(f);
	*err = key ? 0 : -ENOKEY;
	return key;
}

static bool digest_file(EVP_MD_CTX *ctx, const struct df_geo_file *file)
{
	uint8_t header[LIBLOC_HEADER_LEN];

	memcpy(header, file->data, sizeof(header));
	memset(header + LIBLOC_SIGNATURE_LEN, 0,
	       2 * sizeof(uint16_t) + 2 * LIBLOC_SIGNATURE_MAX);
	return EVP_DigestVerifyUpdate(ctx, header, sizeof(header)) == 1 &&
	       EVP_DigestVerifyUpdate(ctx, file->data + sizeof(header),
				      file->size - sizeof(header)) == 1;
}

static bool signature_matches(EVP_MD_CTX *ctx, const struct df_geo_file *file,
			      int i)
{
	size_t len = libloc_u16(file->data + LIBLOC_SIGNATURE_LEN + 2 * i);

	return len && len <= LIBLOC_SIGNATURE_MAX &&
	       EVP_DigestVerifyFinal(ctx, file->data + LIBLOC_SIGNATURES +
				     i * LIBLOC_SIGNATURE_MAX, len) == 1;
}

static int verify(const struct df_geo_file *file, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int err = -EKEYREJECTED;

	if (!ctx)
		return -ENOMEM;
	if (EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1)
		err = -ENOKEY;
	else if (!digest_file(ctx, file))
		err = -ENOMEM;
	else if (signature_matches(ctx, file, 0) || signature_matches(ctx, file, 1))
		err = 0;
	EVP_MD_CTX_free(ctx);
	return err;
}

/**
 * df_geo_libloc_verify() - did the owner of a key sign this database
 * @file: the database, at least LIBLOC_HEADER_LEN bytes
 * @key: PEM file with the public key
 *
 * Return: 0; -EKEYREJECTED if not; -ENOKEY where @key holds no public key;
 * -ENOENT where there is no such file, and other errors of fopen(); -ENOMEM.
 */
int df_geo_libloc_verify(const struct df_geo_file *file, const char *key)
{
	EVP_PKEY *pkey;
	int err;

	pkey = read_key(key, &err);
	if (pkey)
		err = verify(file, pkey);
	EVP_PKEY_free(pkey);
	/* What went wrong stays queued otherwise and confuses the next user. */
	ERR_clear_error();
	return err;
}
