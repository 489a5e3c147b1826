/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A compiled policy as the messages that carry it to the kernel. */
#ifndef DF_TRANSFER_H
#define DF_TRANSFER_H

#include <netlink/msg.h>

#include "image.h"

/**
 * struct df_transfer - cuts an image into messages
 * @image: what is sent
 * @open: makes an empty message for a command; NULL without memory
 * @emit: takes a message that is full, and frees it; 0 or a negative errno
 * @arg: for both
 * @msg: message being filled
 * @first: for each kind of part the index of its first one in @msg
 * @next: for each kind of part the index of the next one
 */
struct df_transfer {
	const struct df_image *image;
	struct nl_msg *(*open)(uint8_t command, void *arg);
	int (*emit)(struct nl_msg *msg, void *arg);
	void *arg;
	struct nl_msg *msg;
	size_t first[DFENCE_A_CHUNK_APPLICATION + 1];
	size_t next[DFENCE_A_CHUNK_APPLICATION + 1];
};

int df_transfer_begin(struct df_transfer *transfer, uint32_t generation);
int df_transfer_parts(struct df_transfer *transfer);
void df_transfer_locate(const struct df_transfer *transfer,
			const struct nl_msg *msg, uint32_t offset, char *buf,
			size_t size);

#endif
