/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_DIGEST_H
#define DFENCE_DIGEST_H

#include <linux/fs.h>
#include <linux/types.h>

#include <uapi/linux/dronefence.h>

int dfence_digest_file(struct file *file, loff_t size,
		       u8 digest[DRONEFENCE_DIGEST_LEN]);

#endif /* DFENCE_DIGEST_H */
