/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_PINS_H
#define DFENCE_PINS_H

#include <linux/fs.h>
#include <linux/types.h>

#include <uapi/linux/dronefence.h>

struct dfence_pins;

struct dfence_pins *dfence_pins_alloc(void);
int dfence_pins_add(struct dfence_pins *pins, const char *app,
		    const struct inode *inode, const u8 *digest);
void dfence_pins_free(struct dfence_pins *pins);
void dfence_pins_publish(struct dfence_pins *pins);
int dfence_pins_extend(struct dfence_pins *pins, bool old_hold);

const char *dfence_pins_find(const struct inode *inode);
bool dfence_pins_has_size(loff_t size);
const char *dfence_pins_find_copy(const struct inode *inode, loff_t size,
				  const u8 digest[DRONEFENCE_DIGEST_LEN]);

u32 dfence_pins_count(const char *app);
u32 dfence_pins_copies(void);
void dfence_pins_unread(void);
u64 dfence_pins_unread_sum(void);

#endif /* DFENCE_PINS_H */
