// SPDX-License-Identifier: GPL-2.0-only
/* The SHA-256 of a program, by the code that also adds up the digest of a policy. */

#include <crypto/sha2.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "digest.h"

/* Read at a time. */
#define CHUNK	(64 * 1024)

static int add_contents(struct sha256_ctx *hash, struct file *file,
			loff_t size, u8 *chunk)
{
	loff_t at = 0;
	ssize_t got;

	while (at < size) {
		if (fatal_signal_pending(current))
			return -EINTR;
		got = kernel_read(file, chunk, min_t(loff_t, size - at, CHUNK),
				  &at);
		if (got <= 0)
			return got ?: -EIO;
		sha256_update(hash, chunk, got);
		cond_resched();
	}
	return 0;
}

/**
 * dfence_digest_file() - the digest of the first bytes of a file
 * @file: open for reading
 * @size: how many bytes
 * @digest: result
 *
 * Context: process; may sleep for as long as it takes to read the file. A signal that
 * ends the process ends it.
 * Return: 0; -EINTR; -ENOMEM; -EIO also where the file has become shorter; any error
 * of its file system.
 */
int dfence_digest_file(struct file *file, loff_t size,
		       u8 digest[DRONEFENCE_DIGEST_LEN])
{
	u8 *chunk = kvmalloc(CHUNK, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	struct sha256_ctx hash;
	int err;

	if (!chunk)
		return -ENOMEM;
	sha256_init(&hash);
	err = add_contents(&hash, file, size, chunk);
	sha256_final(&hash, digest);
	kvfree(chunk);
	return err;
}
