// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where there are keys to trust, a policy comes into force only with a signature by one
 * of them, beside its file: over a number, which must not go back, and the digest of
 * the file and all that it includes. So a file that was swapped on its way, or an old
 * one that is played again, is refused.
 *
 * It is checked by the programs that put a policy into force, and not by the kernel: it
 * binds whoever hands out files, and those who can write to them, but not root, who can
 * replace the keys as well.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hex.h"
#include "replace.h"
#include "seal.h"
#include "trust.h"

#define ENDING ".sig"

/* What is signed, up to the signature itself. */
#define STATEMENT "dronefence policy 1\nserial %" PRIu64 "\nsha256 %s\n"
#define STATEMENT_MAX 160

/* And the file. */
#define FORM								\
	"dronefence policy 1\nserial %" SCNu64 "\nsha256 %64[0-9a-f]\n"	\
	"ed25519 %128[0-9a-f]"

/* The statement and a signature in hexadecimal; more is no such file. */
#define FILE_MAX 512

static void make_statement(uint64_t serial, const uint8_t *digest,
			   char text[STATEMENT_MAX])
{
	char hex[DF_HEX_DIGEST];

	df_hex(digest, DRONEFENCE_DIGEST_LEN, hex);
	snprintf(text, STATEMENT_MAX, STATEMENT, serial, hex);
}

static int beside(const char *path, char name[PATH_MAX])
{
	return snprintf(name, PATH_MAX, "%s" ENDING, path) >= PATH_MAX ?
	       -ENAMETOOLONG : 0;
}

/**
 * df_trust_sign() - sign a policy
 * @policy: as it was loaded
 * @path: of its file; the signature is beside it
 * @serial: higher than that of the one before, not 0
 * @key: see df_seal_sign()
 *
 * Return: 0; as df_seal_sign() or df_replace(), the signature before stays then.
 */
int df_trust_sign(const struct df_policy *policy, const char *path,
		  uint64_t serial, const char *key)
{
	uint8_t signature[DF_SEAL_SIGNATURE];
	char hex[2 * DF_SEAL_SIGNATURE + 1];
	char name[PATH_MAX], text[FILE_MAX];
	size_t length;
	int err = beside(path, name);

	make_statement(serial, policy->digest, text);
	length = strlen(text);
	if (!err)
		err = df_seal_sign(key, text, length, signature);
	if (err)
		return err;
	df_hex(signature, sizeof(signature), hex);
	snprintf(text + length, sizeof(text) - length, "ed25519 %s\n", hex);
	return df_replace(name, text, strlen(text), 0644);
}

static int read_text(const char *path, char text[FILE_MAX])
{
	/* Whatever stands there: nobody is to be waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	size_t length;

	if (!file) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return err;
	}
	length = fread(text, 1, FILE_MAX - 1, file);
	text[length] = '\0';
	if (ferror(file) || strlen(text) != length)
		length = FILE_MAX;
	fclose(file);
	return length < FILE_MAX - 1 ? 0 : -EINVAL;
}

/* Nothing but what df_trust_sign() writes. */
static bool parse(const char *text, struct df_signed *found,
		  uint8_t signature[DF_SEAL_SIGNATURE])
{
	char digest[DF_HEX_DIGEST], hex[2 * DF_SEAL_SIGNATURE + 1];
	char again[FILE_MAX];
	size_t length;

	if (sscanf(text, FORM, &found->serial, digest, hex) != 3 ||
	    !df_hex_parse(digest, found->digest, sizeof(found->digest)) ||
	    !df_hex_parse(hex, signature, DF_SEAL_SIGNATURE))
		return false;
	make_statement(found->serial, found->digest, again);
	length = strlen(again);
	snprintf(again + length, sizeof(again) - length, "ed25519 %s\n", hex);
	return !strcmp(text, again);
}

static bool is_key(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 4 && !strcmp(name + length - 4, ".pem");
}

/* Others may read, and that is all. */
static bool is_roots(const char *path)
{
	struct stat st;

	return !stat(path, &st) && (!st.st_uid || st.st_uid == geteuid()) &&
	       !(st.st_mode & 022);
}

/**
 * df_trust_needed() - does a policy have to be signed
 * @trust: see &struct df_trust
 *
 * Return: 1 if so, 0 if not, a negative errno if that cannot be told: then it has to.
 */
int df_trust_needed(const struct df_trust *trust)
{
	const struct dirent *entry;
	int needed = 0;
	DIR *dir;

	if (!trust || !trust->dir)
		return 0;
	dir = opendir(trust->dir);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!needed && (entry = readdir(dir)))
		needed = is_key(entry->d_name);
	closedir(dir);
	return needed;
}

static bool is_by_a_key(const char *dir, const char *statement,
			const uint8_t *signature)
{
	const struct dirent *entry;
	DIR *folder = is_roots(dir) ? opendir(dir) : NULL;
	char path[PATH_MAX];
	bool good = false;

	while (folder && !good && (entry = readdir(folder))) {
		if (!is_key(entry->d_name) ||
		    snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) >=
		    (int)sizeof(path) || !is_roots(path))
			continue;
		good = !df_seal_verify(path, statement, strlen(statement),
				       signature);
	}
	if (folder)
		closedir(folder);
	return good;
}

static bool refuse(struct df_diags *diags, const char *what, const char *why)
{
	df_diag(diags, DF_ERROR, NULL, NULL, "%s: %s", what, why);
	return false;
}

/* 0 where there was none yet. */
static bool read_last(const char *path, struct df_signed *last)
{
	char text[FILE_MAX], hex[DF_HEX_DIGEST];
	int err = read_text(path, text);

	memset(last, 0, sizeof(*last));
	if (err == -ENOENT)
		return true;
	return !err &&
	       sscanf(text, "%" SCNu64 " %64[0-9a-f]", &last->serial, hex) == 2 &&
	       df_hex_parse(hex, last->digest, sizeof(last->digest));
}

/**
 * df_trust_is_new() - is it no older than the newest one
 * @trust: see &struct df_trust
 * @name: of the file with the signature
 * @found: what that says
 * @diags: why not
 *
 * Return: true if it is newer, or the newest one itself.
 */
bool df_trust_is_new(const struct df_trust *trust, const char *name,
		     const struct df_signed *found, struct df_diags *diags)
{
	struct df_signed last;

	if (!read_last(trust->last, &last))
		return refuse(diags, trust->last,
			      "which policy was the newest is not known: the file is damaged");
	if (found->serial < last.serial) {
		df_diag(diags, DF_ERROR, NULL, NULL,
			"%s: serial %" PRIu64 " is older than %" PRIu64 ", which was in force",
			name, found->serial, last.serial);
		return false;
	}
	if (found->serial == last.serial &&
	    memcmp(found->digest, last.digest, sizeof(last.digest)))
		return refuse(diags, name, "another policy with this serial was in force");
	return true;
}

/**
 * df_trust_check() - may a policy come into force
 * @trust: see &struct df_trust
 * @policy: as it was loaded
 * @path: of its file
 * @found: result, for df_trust_keep()
 * @diags: why not
 *
 * Return: true if it may: it is signed, and not an older one; or nothing is asked for.
 */
bool df_trust_check(const struct df_trust *trust, const struct df_policy *policy,
		    const char *path, struct df_signed *found,
		    struct df_diags *diags)
{
	uint8_t signature[DF_SEAL_SIGNATURE];
	char name[PATH_MAX], text[FILE_MAX], statement[STATEMENT_MAX];
	int err;

	memset(found, 0, sizeof(*found));
	if (!df_trust_needed(trust))
		return true;
	err = beside(path, name);
	if (!err)
		err = read_text(name, text);
	if (err)
		return refuse(diags, name, err == -ENOENT ? "the policy is not signed" :
			      err == -EINVAL ? "this is no signature" : strerror(-err));
	if (!parse(text, found, signature))
		return refuse(diags, name, "this is no signature");
	if (memcmp(found->digest, policy->digest, sizeof(found->digest)))
		return refuse(diags, name,
			      "it is for another text: the policy, or a file that it includes, was changed");
	make_statement(found->serial, found->digest, statement);
	if (!is_by_a_key(trust->dir, statement, signature))
		return refuse(diags, name, "no trusted key has made it");
	found->is = true;
	return df_trust_is_new(trust, name, found, diags);
}

/**
 * df_trust_keep() - the policy is in force: no older one may be again
 * @trust: see &struct df_trust
 * @found: by df_trust_check()
 *
 * Return: 0 or a negative errno.
 */
int df_trust_keep(const struct df_trust *trust, const struct df_signed *found)
{
	char hex[DF_HEX_DIGEST], text[FILE_MAX], folder[PATH_MAX];

	if (!found->is)
		return 0;
	if (strlen(trust->last) >= sizeof(folder))
		return -ENAMETOOLONG;
	df_hex(found->digest, sizeof(found->digest), hex);
	snprintf(text, sizeof(text), "%" PRIu64 " %s\n", found->serial, hex);
	/* The daemon's unit makes the folder; without it there may be none yet. */
	strcpy(folder, trust->last);
	mkdir(dirname(folder), 0700);
	return df_replace(trust->last, text, strlen(text), 0600);
}
