// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file is written with its SHA-256 beside it, in the form of sha256sum, and on
 * demand with a signature by Ed25519, as openssl pkeyutl -rawin reads it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "replace.h"
#include "seal.h"

/* Only whoever asked for it reads it, until that one decides otherwise. */
#define MODE 0600

/**
 * df_seal_digest() - SHA-256 of data
 * @data: the data
 * @length: bytes of @data
 * @digest: result, hexadecimal
 *
 * Return: 0 or -ENOMEM.
 */
int df_seal_digest(const void *data, size_t length, char digest[DF_SEAL_DIGEST])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int size, i;

	if (EVP_Digest(data, length, bytes, &size, EVP_sha256(), NULL) != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	for (i = 0; i < size; i++)
		snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static int read_key(const char *path, EVP_PKEY **key)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	*key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	ERR_clear_error();
	if (!*key)
		return -EINVAL;
	if (EVP_PKEY_get_base_id(*key) == EVP_PKEY_ED25519)
		return 0;
	EVP_PKEY_free(*key);
	*key = NULL;
	return -EINVAL;
}

/**
 * df_seal_sign() - sign data
 * @key: path of a private key of Ed25519, PEM
 * @data: the data
 * @length: bytes of @data
 * @signature: result
 *
 * Return: 0; -EINVAL if @key is no such key; -ENOMEM; another negative errno if it
 * cannot be read.
 */
int df_seal_sign(const char *key, const void *data, size_t length,
		 uint8_t signature[DF_SEAL_SIGNATURE])
{
	size_t size = DF_SEAL_SIGNATURE;
	EVP_PKEY *pkey = NULL;
	EVP_MD_CTX *ctx;
	int err = read_key(key, &pkey);

	if (err)
		return err;
	ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, signature, &size, data, length) != 1)
		err = -ENOMEM;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return err;
}

/**
 * df_seal_verify() - is it signed by that key
 * @key: path of a public key of Ed25519, PEM
 * @data: the data
 * @length: bytes of @data
 * @signature: of it
 *
 * Return: 0; -EBADMSG if it is not; -EINVAL if @key is no such key; -ENOMEM; another
 * negative errno if it cannot be read.
 */
int df_seal_verify(const char *key, const void *data, size_t length,
		   const uint8_t signature[DF_SEAL_SIGNATURE])
{
	FILE *file = fopen(key, "re");
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *pkey;
	int err = -EINVAL;

	if (!file)
		return -errno;
	pkey = PEM_read_PUBKEY(file, NULL, NULL, NULL);
	fclose(file);
	if (pkey && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519) {
		ctx = EVP_MD_CTX_new();
		err = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL,
						  pkey) == 1 ? 0 : -ENOMEM;
	}
	if (!err && EVP_DigestVerify(ctx, signature, DF_SEAL_SIGNATURE, data,
				     length) != 1)
		err = -EBADMSG;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return err;
}

static int write_beside(const char *path, const char *ending, const void *data,
			size_t length)
{
	char beside[PATH_MAX];

	if (snprintf(beside, sizeof(beside), "%s%s", path, ending) >=
	    (int)sizeof(beside))
		return -ENAMETOOLONG;
	return df_replace(beside, data, length, MODE);
}

static int write_digest(const char *path, const void *data, size_t length)
{
	const char *slash = strrchr(path, '/');
	char digest[DF_SEAL_DIGEST], line[PATH_MAX + DF_SEAL_DIGEST + 4];
	int err = df_seal_digest(data, length, digest);

	if (err)
		return err;
	snprintf(line, sizeof(line), "%s  %s\n", digest,
		 slash ? slash + 1 : path);
	return write_beside(path, ".sha256", line, strlen(line));
}

/**
 * df_seal_write() - write a file, its digest, and its signature
 * @path: of the file; the others end in .sha256 and .sig
 * @data: what it is to hold
 * @length: bytes of @data
 * @key: see df_seal_sign(); NULL for no signature
 *
 * Return: 0; what df_seal_sign() returns, nothing is written then; another negative
 * errno if one of the files could not be written.
 */
int df_seal_write(const char *path, const void *data, size_t length,
		  const char *key)
{
	uint8_t signature[DF_SEAL_SIGNATURE];
	int err = key ? df_seal_sign(key, data, length, signature) : 0;

	if (!err)
		err = df_replace(path, data, length, MODE);
	if (!err)
		err = write_digest(path, data, length);
	if (!err && key)
		err = write_beside(path, ".sig", signature, sizeof(signature));
	return err;
}
