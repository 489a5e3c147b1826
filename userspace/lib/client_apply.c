// SPDX-License-Identifier: GPL-2.0-or-later
/* Replace the policy: one transaction, all or nothing. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "client_private.h"
#include "transfer.h"

/**
 * struct apply - a transfer to the kernel, or only into the digest
 * @client: NULL where only the digest is wanted
 * @hash: over everything that is transferred
 * @transfer: to name the part that was refused
 * @progress: who wants to know how far it is, or NULL
 */
struct apply {
	struct df_client *client;
	EVP_MD_CTX *hash;
	struct df_transfer transfer;
	const struct df_progress *progress;
};

static bool is_ranges(const struct nlattr *attr)
{
	return nla_type(attr) == DFENCE_A_CHUNK_RANGES4 ||
	       nla_type(attr) == DFENCE_A_CHUNK_RANGES6;
}

static int hash_ranges(struct apply *apply, struct nlattr *attr,
		       const uint8_t type[2])
{
	size_t size = nla_type(attr) == DFENCE_A_CHUNK_RANGES6 ?
		      DRONEFENCE_RANGE6_LEN : DRONEFENCE_RANGE4_LEN;
	const uint8_t *records = nla_data(attr);
	size_t at, len = nla_len(attr);

	for (at = 0; at < len; at += size)
		if (!EVP_DigestUpdate(apply->hash, type, 2) ||
		    !EVP_DigestUpdate(apply->hash, records + at, size))
			return -EIO;
	return 0;
}

/* As the kernel does, see the comment in kmod/transaction.c. */
static int hash_message(struct apply *apply, struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	const struct genlmsghdr *genl = nlmsg_data(header);
	bool begin = genl->cmd == DFENCE_CMD_POLICY_BEGIN;
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rem) {
		uint8_t prefix[6] = {
			nla_type(attr) >> 8, nla_type(attr) & 0xff,
			0, 0, nla_len(attr) >> 8, nla_len(attr) & 0xff,
		};

		if (begin && nla_type(attr) == DFENCE_A_POLICY_GENERATION)
			continue;
		if (!begin && is_ranges(attr)) {
			if (hash_ranges(apply, attr, prefix))
				return -EIO;
			continue;
		}
		if (!EVP_DigestUpdate(apply->hash, prefix, sizeof(prefix)) ||
		    !EVP_DigestUpdate(apply->hash, nla_data(attr),
				      nla_len(attr)))
			return -EIO;
	}
	return 0;
}

static struct nl_msg *open_message(uint8_t command, void *arg)
{
	static struct df_client nobody;
	struct apply *apply = arg;

	return df_client_message(apply->client ?: &nobody, 0, command,
				 DF_CLIENT_MESSAGE_SIZE);
}

/* Say which part of the policy the kernel refused. */
static int explain_refusal(struct apply *apply, struct nl_msg *msg, int err)
{
	struct df_client *client = apply->client;
	char words[DF_CLIENT_ERROR_MAX], part[128] = "";

	if (client->attr_offset)
		df_transfer_locate(&apply->transfer, msg, client->attr_offset,
				   part, sizeof(part));
	if (!*part)
		return err;
	memcpy(words, client->error, sizeof(words));
	return df_client_fail(client, err, "%.300s (%s)", words, part);
}

/* Ranges are nearly all there is. */
static unsigned int percent_sent(const struct df_transfer *transfer)
{
	const struct df_image_ranges *ranges = transfer->image->ranges;
	size_t sent = transfer->next[DFENCE_A_CHUNK_RANGES4] +
		      transfer->next[DFENCE_A_CHUNK_RANGES6];

	return 100 * sent / (ranges[DF_IPV4].count + ranges[DF_IPV6].count + 1);
}

static int emit(struct nl_msg *msg, void *arg)
{
	struct apply *apply = arg;
	int err = hash_message(apply, msg);

	if (!err && apply->client) {
		df_progress(apply->progress, DF_PHASE_SEND,
			    percent_sent(&apply->transfer));
		/* Kept until its error can be explained. */
		nlmsg_get(msg);
		err = df_client_request(apply->client, msg, NULL, NULL);
		if (err)
			err = explain_refusal(apply, msg, err);
	}
	nlmsg_free(msg);
	return err;
}

static int transfer(struct apply *apply, const struct df_image *image,
		    uint32_t generation, uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	int err;

	apply->transfer = (struct df_transfer){
		.image = image,
		.open = open_message,
		.emit = emit,
		.arg = apply,
	};
	apply->hash = EVP_MD_CTX_new();
	if (!apply->hash)
		return -ENOMEM;
	err = EVP_DigestInit_ex(apply->hash, EVP_sha256(), NULL) ? 0 : -EIO;
	if (!err)
		err = df_transfer_begin(&apply->transfer, generation);
	if (!err)
		err = df_transfer_parts(&apply->transfer);
	if (!err && !EVP_DigestFinal_ex(apply->hash, digest, NULL))
		err = -EIO;
	EVP_MD_CTX_free(apply->hash);
	return err;
}

/**
 * df_image_digest() - the digest that the kernel will compute
 * @image: compiled
 * @digest: result
 *
 * Return: 0, -ENOMEM, or -E2BIG for an image that cannot be transferred.
 */
int df_image_digest(const struct df_image *image,
		    uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	struct apply apply = { 0 };

	return transfer(&apply, image, 0, digest);
}

static int read_generation(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[DFENCE_A_POLICY_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, DFENCE_A_POLICY_MAX, NULL) < 0)
		return -EPROTO;
	*(uint32_t *)arg = df_attr_number(tb[DFENCE_A_POLICY_GENERATION]);
	return 0;
}

/*
 * The kernel may have had memory for the commit and none for its answer: is it
 * this image that is active, under another number than what it replaces?
 */
static bool has_happened(struct df_client *client,
			 const uint8_t digest[DRONEFENCE_DIGEST_LEN],
			 uint32_t expected_generation, uint32_t *generation)
{
	char words[DF_CLIENT_ERROR_MAX];
	struct df_policy_info info;
	bool active;

	memcpy(words, client->error, sizeof(words));
	active = !df_client_policy(client, &info) &&
		 info.generation != expected_generation &&
		 !memcmp(info.digest, digest, DRONEFENCE_DIGEST_LEN);
	memcpy(client->error, words, sizeof(words));
	if (active)
		*generation = info.generation;
	return active;
}

static int commit(struct df_client *client,
		  const uint8_t digest[DRONEFENCE_DIGEST_LEN],
		  uint32_t expected_generation, const struct df_blob *permit,
		  uint32_t *generation)
{
	size_t size = 64 + (permit ? permit->size : 0);
	struct nl_msg *msg = df_client_message(client, 0,
					       DFENCE_CMD_POLICY_COMMIT, size);
	int err;

	if (msg && (nla_put(msg, DFENCE_A_POLICY_DIGEST, DRONEFENCE_DIGEST_LEN,
			    digest) ||
		    (permit && nla_put(msg, DFENCE_A_POLICY_PERMIT,
				       (int)permit->size, permit->data)))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	err = df_client_request(client, msg, read_generation, generation);
	if (err == -ENOMEM &&
	    has_happened(client, digest, expected_generation, generation))
		err = 0;
	return err;
}

/* Best effort: the error that led here is the one to tell. */
static void abort_transaction(struct df_client *client)
{
	char words[DF_CLIENT_ERROR_MAX];

	memcpy(words, client->error, sizeof(words));
	df_client_request(client, df_client_message(client, 0,
						    DFENCE_CMD_POLICY_ABORT, 0),
			  NULL, NULL);
	memcpy(client->error, words, sizeof(words));
}

/**
 * df_client_apply() - replace the active policy
 * @client: open
 * @image: compiled policy
 * @expected_generation: of the policy that is to be replaced, 0 for none
 * @permit: that lists the image, where the module is sealed; NULL for none, and then
 *	the one decides that it has
 * @progress: who wants to know how far it is, or NULL
 * @generation: number of the new policy
 *
 * On an error the old policy is in force, unchanged.
 *
 * Return: 0; -EBUSY while somebody else replaces it; -ESTALE if somebody else
 * has; -E2BIG; -EPERM without CAP_NET_ADMIN; -EKEYREJECTED or -ENOKEY if the seal forbids
 * it; another negative errno.
 */
int df_client_apply(struct df_client *client, const struct df_image *image,
		    uint32_t expected_generation, const struct df_blob *permit,
		    const struct df_progress *progress, uint32_t *generation)
{
	struct apply apply = { .client = client, .progress = progress };
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	int err;

	client->error[0] = '\0';
	err = transfer(&apply, image, expected_generation, digest);
	if (!err) {
		df_progress(progress, DF_PHASE_COMMIT, 0);
		err = commit(client, digest, expected_generation, permit,
			     generation);
	}
	if (err) {
		if (err != -EBUSY && err != -EPERM && err != -ESTALE)
			abort_transaction(client);
		if (!*client->error)
			df_client_fail(client, err, "policy transfer: %s",
				       strerror(-err));
	}
	return err;
}
