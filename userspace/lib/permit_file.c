// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A permit as a file: what kmod/permit.c reads, in a message of PKCS#7 with the
 * signature of whoever answers for the policy. Only the kernel checks that.
 */
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "permit.h"
#include "permit_file.h"
#include "replace.h"
#include "trust.h"

#define ENDING ".permit"

/* More than a full permit and its signature take, and less than an attribute holds. */
#define FILE_MAX 60000

/* The content is in it, and nothing else that the kernel can do without. */
#define FLAGS (CMS_BINARY | CMS_NOCERTS | CMS_NOSMIMECAP | CMS_NOATTR)

#define CONTENT_MAX (DFENCE_PERMIT_HEADER + \
		     DRONEFENCE_MAX_PERMITTED * DRONEFENCE_DIGEST_LEN)

static size_t write_content(const struct df_images *images, uint64_t serial,
			    uint8_t content[CONTENT_MAX])
{
	uint32_t version = htobe32(DFENCE_PERMIT_VERSION);
	uint32_t count = htobe32((uint32_t)images->count);
	size_t size = images->count * DRONEFENCE_DIGEST_LEN;

	serial = htobe64(serial);
	memcpy(content, DFENCE_PERMIT_MAGIC, DFENCE_PERMIT_MAGIC_LEN);
	memcpy(content + 8, &version, sizeof(version));
	memcpy(content + 12, &count, sizeof(count));
	memcpy(content + 16, &serial, sizeof(serial));
	memcpy(content + DFENCE_PERMIT_HEADER, images->list, size);
	return DFENCE_PERMIT_HEADER + size;
}

static int read_key(const char *path, EVP_PKEY **key)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	*key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	return *key ? 0 : -EINVAL;
}

/* PEM, or else DER. */
static int read_certificate(const char *path, X509 **certificate)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	*certificate = PEM_read_X509(file, NULL, NULL, NULL);
	if (!*certificate) {
		rewind(file);
		*certificate = d2i_X509_fp(file, NULL);
	}
	fclose(file);
	return *certificate ? 0 : -EBADMSG;
}

/* No Linux that is supported verifies more. */
static int check_kind(const EVP_PKEY *key)
{
	int kind = EVP_PKEY_get_base_id(key);

	return kind == EVP_PKEY_RSA || kind == EVP_PKEY_EC ? 0 : -EOPNOTSUPP;
}

/* The memory of OpenSSL is freed by a function of its own. */
static int take(const unsigned char *der, int size, struct df_blob *blob)
{
	if (size <= 0)
		return -ENOMEM;
	blob->data = malloc((size_t)size);
	if (!blob->data)
		return -ENOMEM;
	memcpy(blob->data, der, (size_t)size);
	blob->size = (size_t)size;
	return 0;
}

static int sign(const uint8_t *content, size_t length, EVP_PKEY *key,
		X509 *certificate, struct df_blob *permit)
{
	BIO *bio = BIO_new_mem_buf(content, (int)length);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL,
					FLAGS | CMS_PARTIAL);
	unsigned char *der = NULL;
	int err = -ENOMEM, size = 0;

	if (bio && cms &&
	    CMS_add1_signer(cms, certificate, key, EVP_sha256(), FLAGS) &&
	    CMS_final(cms, bio, NULL, FLAGS) == 1) {
		size = i2d_CMS_ContentInfo(cms, &der);
		err = take(der, size, permit);
	}
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	return err;
}

/**
 * df_permit_sign() - permit images
 * @images: at least one
 * @serial: higher than that of the permit before, not 0
 * @key: path of a private key, PEM
 * @certificate: path of the certificate of that key, PEM or DER
 * @permit: result; its data is to be freed
 *
 * Return: 0; -EINVAL if @key is no private key; -EBADMSG if @certificate is none;
 * -EKEYREJECTED if they do not belong together; -EOPNOTSUPP for a kind of key that no
 * kernel verifies; -ENOMEM; another negative errno if one cannot be read.
 */
int df_permit_sign(const struct df_images *images, uint64_t serial,
		   const char *key, const char *certificate,
		   struct df_blob *permit)
{
	uint8_t *content = malloc(CONTENT_MAX);
	EVP_PKEY *pkey = NULL;
	X509 *x509 = NULL;
	int err = content ? 0 : -ENOMEM;

	*permit = (struct df_blob){ 0 };
	if (!err)
		err = read_key(key, &pkey);
	if (!err)
		err = check_kind(pkey);
	if (!err)
		err = read_certificate(certificate, &x509);
	if (!err && X509_check_private_key(x509, pkey) != 1)
		err = -EKEYREJECTED;
	if (!err)
		err = sign(content, write_content(images, serial, content),
			   pkey, x509, permit);
	X509_free(x509);
	EVP_PKEY_free(pkey);
	free(content);
	ERR_clear_error();
	return err;
}

static int beside(const char *policy, char name[PATH_MAX])
{
	return snprintf(name, PATH_MAX, "%s" ENDING, policy) >= PATH_MAX ?
	       -ENAMETOOLONG : 0;
}

/**
 * df_permit_write() - write a permit beside its policy
 * @policy: path of the policy file
 * @permit: from df_permit_sign()
 *
 * Return: 0, or as df_replace(), and then the permit before is still there.
 */
int df_permit_write(const char *policy, const struct df_blob *permit)
{
	char name[PATH_MAX];

	return beside(policy, name) ?:
	       df_replace(name, permit->data, permit->size, 0644);
}

/**
 * df_permit_read() - read the permit beside a policy
 * @policy: path of the policy file
 * @permit: result; its data is to be freed; empty after an error
 *
 * Return: 0; -ENOENT if there is none; -EFBIG for what is no permit; another negative
 * errno.
 */
int df_permit_read(const char *policy, struct df_blob *permit)
{
	char name[PATH_MAX];
	int err = beside(policy, name);
	FILE *file;

	*permit = (struct df_blob){ 0 };
	if (err)
		return err;
	file = fopen(name, "re");
	if (!file)
		return -errno;
	permit->data = malloc(FILE_MAX);
	err = permit->data ? 0 : -ENOMEM;
	if (!err)
		permit->size = fread(permit->data, 1, FILE_MAX, file);
	if (!err && ferror(file))
		err = -EIO;
	if (!err && permit->size == FILE_MAX)
		err = -EFBIG;
	fclose(file);
	if (err) {
		free(permit->data);
		*permit = (struct df_blob){ 0 };
	}
	return err;
}

static int look_into(const ASN1_OCTET_STRING *content, struct df_signed *found)
{
	const uint8_t *data = ASN1_STRING_get0_data(content);
	size_t size = (size_t)ASN1_STRING_length(content);
	struct dfence_permit permit;

	if (dfence_permit_parse(data, size, &permit))
		return -EBADMSG;
	found->is = true;
	found->serial = permit.serial;
	return EVP_Digest(data, size, found->digest, NULL, EVP_sha256(), NULL) ?
	       0 : -ENOMEM;
}

/* What it says, whoever has signed it. */
static int look(const struct df_blob *permit, struct df_signed *found)
{
	const unsigned char *at = permit->data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)permit->size);
	ASN1_OCTET_STRING **content = cms ? CMS_get0_content(cms) : NULL;
	int err = -EBADMSG;

	memset(found, 0, sizeof(*found));
	if (content && *content)
		err = look_into(*content, found);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return err;
}

/**
 * df_permit_is_new() - is it no older than the newest one that the kernel took
 * @permit: from df_permit_read()
 * @policy: path of the policy file
 * @last: see &struct df_trust
 * @diags: why not
 *
 * The kernel knows that for itself, but not over a restart.
 *
 * Return: true if it is newer, or the newest one itself.
 */
bool df_permit_is_new(const struct df_blob *permit, const char *policy,
		      const char *last, struct df_diags *diags)
{
	const struct df_trust trust = { .last = last };
	struct df_signed found;
	char name[PATH_MAX];
	int err = beside(policy, name) ?: look(permit, &found);

	if (!err)
		return df_trust_is_new(&trust, name, &found, diags);
	df_diag(diags, DF_ERROR, NULL, NULL, "%s" ENDING ": %s", policy,
		err == -EBADMSG ? "this is no permit" : strerror(-err));
	return false;
}

/**
 * df_permit_keep() - the kernel took it: it takes no older one again
 * @permit: from df_permit_read()
 * @last: see &struct df_trust
 *
 * Return: 0 or a negative errno.
 */
int df_permit_keep(const struct df_blob *permit, const char *last)
{
	const struct df_trust trust = { .last = last };
	struct df_signed found;

	return look(permit, &found) ?: df_trust_keep(&trust, &found);
}

/**
 * df_permit_certificate() - read a certificate for the kernel
 * @path: of the file, PEM or DER
 * @certificate: result, DER; its data is to be freed
 *
 * Return: 0; -EBADMSG if it is none; -ENOMEM; another negative errno.
 */
int df_permit_certificate(const char *path, struct df_blob *certificate)
{
	unsigned char *der = NULL;
	X509 *x509 = NULL;
	int err = read_certificate(path, &x509), size;

	*certificate = (struct df_blob){ 0 };
	if (!err) {
		size = i2d_X509(x509, &der);
		err = take(der, size, certificate);
	}
	OPENSSL_free(der);
	X509_free(x509);
	ERR_clear_error();
	return err;
}
