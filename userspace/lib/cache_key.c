// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: By what a compiled policy is found again
 *
 * The key is a SHA-256 over all that the result depends on: the source of the
 * compiler, each file of the policy with its path (messages and rules name it),
 * and each file of geo data that reading a source may look into, whether it is
 * there or not, the vendor's key included.
 *
 * The contents of the geo data are hashed, each time. Size, inode and times of
 * a file would be quicker to ask for, but prove nothing: mtime is what the owner
 * of a file says, and that of a packaged file what its archive says; ctime
 * follows a clock that can be set; and a disk image that is restored may repeat
 * them all. A fence that holds old data for new without a word is worse than one
 * that takes a moment longer. The moment: to hash the 81 MB of libloc's and
 * Tor's data took 0.14 s on a busy machine with SHA instructions, where to read
 * and compile them took 2.0 s.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "cache.h"
#include "source.h"

#define BLOCK (256 * 1024)

/* Texts and contents with their length, so that none can pass for another. */
static bool add(EVP_MD_CTX *hash, const void *data, size_t size)
{
	uint64_t length = size;

	return EVP_DigestUpdate(hash, &length, sizeof(length)) &&
	       EVP_DigestUpdate(hash, data, size);
}

static bool add_text(EVP_MD_CTX *hash, const char *text)
{
	return add(hash, text, strlen(text));
}

static int hash_blocks(EVP_MD_CTX *hash, int fd)
{
	char *block = malloc(BLOCK);
	ssize_t n = 1;
	int err = block ? 0 : -ENOMEM;

	while (!err && n) {
		n = read(fd, block, BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		else if (!EVP_DigestUpdate(hash, block, n))
			err = -ENOMEM;
	}
	free(block);
	return err;
}

static int hash_fd(int fd, uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	EVP_MD_CTX *hash;
	struct stat st;
	int err = -ENOMEM;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	hash = EVP_MD_CTX_new();
	if (hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
		err = hash_blocks(hash, fd);
	if (!err && !EVP_DigestFinal_ex(hash, digest, NULL))
		err = -ENOMEM;
	EVP_MD_CTX_free(hash);
	return err;
}

/* A file that is not there is a fact as well. */
static int add_file(EVP_MD_CTX *hash, const char *path)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return -errno;
	if (!add_text(hash, path))
		return -ENOMEM;
	if (fd < 0)
		return add_text(hash, "") ? 0 : -ENOMEM;
	err = hash_fd(fd, digest);
	close(fd);
	if (err)
		return err;
	return add(hash, digest, sizeof(digest)) ? 0 : -ENOMEM;
}

static const struct df_geo_spec *spec_at(const struct df_policy *policy,
					 size_t i)
{
	return i < policy->country_count ? &policy->country[i] :
	       &policy->operator[i - policy->country_count];
}

/* Hashed once, even where it answers both questions. */
static bool is_repeated(const struct df_policy *policy, size_t spec)
{
	size_t i;

	for (i = 0; i < spec; i++)
		if (df_geo_spec_same(spec_at(policy, i), spec_at(policy, spec)))
			return true;
	return false;
}

static int add_source(EVP_MD_CTX *hash, const struct df_geo_spec *spec,
		      const char *root)
{
	char *paths[DF_GEO_SPEC_FILES];
	int err = df_geo_spec_files(spec, root, paths);
	size_t i;

	for (i = 0; i < DF_GEO_SPEC_FILES; i++) {
		if (!err && paths[i])
			err = add_file(hash, paths[i]);
		free(paths[i]);
	}
	return err;
}

static int add_inputs(EVP_MD_CTX *hash, const struct df_policy *policy,
		      const char *root)
{
	size_t specs = policy->country_count + policy->operator_count, i;
	int err = 0;

	if (!add_text(hash, DF_COMPILER_ID) ||
	    !add_text(hash, policy->variant ?: ""))
		return -ENOMEM;
	for (i = 0; i < policy->file_count; i++)
		if (!add_text(hash, policy->files[i]) ||
		    !add(hash, policy->sources[i].buffer,
			 policy->sources[i].size))
			return -ENOMEM;
	for (i = 0; i < specs && !err; i++)
		if (!is_repeated(policy, i))
			err = add_source(hash, spec_at(policy, i), root);
	return err;
}

/**
 * df_cache_key() - find the place of a policy
 * @cache: @dir is set; the key is the result
 * @policy: the policy
 * @root: prefix of the default places of geo data, NULL for none
 *
 * Return: 0, or a negative errno where there is no key because an input cannot
 * be read: to compile it will say why.
 */
int df_cache_key(struct df_cache *cache, const struct df_policy *policy,
		 const char *root)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	int err = -ENOMEM;

	if (hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
		err = add_inputs(hash, policy, root ?: "");
	if (!err && !EVP_DigestFinal_ex(hash, cache->key, NULL))
		err = -ENOMEM;
	EVP_MD_CTX_free(hash);
	return err;
}
