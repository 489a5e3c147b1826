// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Pinned files
 *
 * A path is what a process calls a file; hard links, bind mounts and roots of its
 * own give it other names. So a file that a pattern of the policy matches can be
 * pinned: it is then known by its file system, its number there and the generation
 * of that number, whatever it is called. A pin with a digest also stands for every
 * other file with the same contents: with any owner if the pinned file is root's,
 * else with the same one. Where a pattern names a folder that is somebody's, he could
 * claim other programs for the application with a copy of them.
 *
 * Which files these are, user space finds out: to look for what matches a pattern
 * means to read folders. Here is the table alone, replaced as a whole. It is not a
 * part of the policy, because files change when the policy does not, and it stays
 * when the policy is replaced. It has the names of applications, which are looked up
 * in the policy in force; where there is none of that name a pin does nothing.
 *
 * Nothing is held: a pin keeps neither a file nor its file system in use. Where a
 * file system has no generations (all 0), another one that is mounted later could
 * come by the same numbers, so there the size has to be the same too. The snapshots
 * of Btrfs are one file system here, and a file of one is the same file in the other.
 */

#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "pins.h"

/**
 * struct pin - a file of an application
 * @inode: its number
 * @device: number of its file system
 * @generation: of @inode, 0 where the file system has none
 * @owner: of the file, when it was pinned
 * @order: position in the request; the first one of a file holds
 * @size: bytes, when it was pinned
 * @copies: @digest holds
 * @digest: SHA-256 of its contents
 * @app: name of the application
 */
struct pin {
	unsigned long inode;
	dev_t device;
	u32 generation;
	kuid_t owner;
	u32 order;
	loff_t size;
	bool copies;
	u8 digest[DRONEFENCE_DIGEST_LEN];
	char app[DRONEFENCE_NAME_MAX + 1];
};

/**
 * struct dfence_pins - all of them
 * @rcu: to free it behind its last reader
 * @count: in @list
 * @copy_count: in @copies
 * @copies: those with a digest, by size
 * @list: by inode number
 *
 * It is filled by one writer, published, and never changed again.
 */
struct dfence_pins {
	struct rcu_head rcu;
	u32 count;
	u32 copy_count;
	const struct pin *copies[DRONEFENCE_MAX_PINS];
	struct pin list[DRONEFENCE_MAX_PINS];
};

/* Protects the pointer against other writers. */
static DEFINE_MUTEX(lock);

/* NULL while nothing is pinned. */
static struct dfence_pins __rcu *active;

/* Programs that may have been copies, and that nobody could read. */
static atomic64_t unread = ATOMIC64_INIT(0);

/**
 * dfence_pins_alloc() - make an empty table
 *
 * Context: process; may sleep.
 * Return: the table, or NULL without memory.
 */
struct dfence_pins *dfence_pins_alloc(void)
{
	return kvzalloc(sizeof(struct dfence_pins), GFP_KERNEL_ACCOUNT);
}

/**
 * dfence_pins_add() - pin a file
 * @pins: not published yet
 * @app: name of its application, at most DRONEFENCE_NAME_MAX characters
 * @inode: of the file
 * @digest: of its contents, for its copies; NULL for none
 *
 * Context: process.
 * Return: 0; -E2BIG; -EFBIG if it is too large to look for its copies.
 */
int dfence_pins_add(struct dfence_pins *pins, const char *app,
		    const struct inode *inode, const u8 *digest)
{
	struct pin *pin;

	if (pins->count == DRONEFENCE_MAX_PINS)
		return -E2BIG;
	pin = &pins->list[pins->count];
	pin->size = i_size_read(inode);
	if (digest && pin->size > DRONEFENCE_MAX_COPY_SIZE)
		return -EFBIG;
	pin->inode = inode->i_ino;
	pin->device = inode->i_sb->s_dev;
	pin->generation = inode->i_generation;
	pin->owner = inode->i_uid;
	pin->order = pins->count++;
	strscpy(pin->app, app, sizeof(pin->app));
	pin->copies = digest;
	if (digest)
		memcpy(pin->digest, digest, sizeof(pin->digest));
	return 0;
}

/**
 * dfence_pins_free() - give up a table that was not published
 * @pins: NULL is allowed
 *
 * Context: process; may sleep.
 */
void dfence_pins_free(struct dfence_pins *pins)
{
	kvfree(pins);
}

static int by_order(const void *a, const void *b)
{
	const struct pin *one = a, *two = b;

	return one->order < two->order ? -1 : one->order > two->order;
}

static int by_inode(const void *a, const void *b)
{
	const struct pin *one = a, *two = b;

	if (one->inode != two->inode)
		return one->inode < two->inode ? -1 : 1;
	return by_order(one, two);
}

static int by_size(const void *a, const void *b)
{
	const struct pin *one = *(const struct pin **)a;
	const struct pin *two = *(const struct pin **)b;

	if (one->size != two->size)
		return one->size < two->size ? -1 : 1;
	return by_order(one, two);
}

static void seal(struct dfence_pins *pins)
{
	u32 i;

	sort(pins->list, pins->count, sizeof(*pins->list), by_inode, NULL);
	for (i = 0; i < pins->count; i++)
		if (pins->list[i].copies)
			pins->copies[pins->copy_count++] = &pins->list[i];
	sort(pins->copies, pins->copy_count, sizeof(*pins->copies), by_size,
	     NULL);
}

static void publish(struct dfence_pins *pins)
{
	struct dfence_pins *old;

	if (pins && !pins->count) {
		kvfree(pins);
		pins = NULL;
	}
	if (pins)
		seal(pins);
	old = rcu_replace_pointer(active, pins, lockdep_is_held(&lock));
	if (old)
		kvfree_rcu(old, rcu);
}

/**
 * dfence_pins_publish() - pin these files, and no others
 * @pins: belongs to this file from here on; NULL for no file
 *
 * Context: process; may sleep.
 */
void dfence_pins_publish(struct dfence_pins *pins)
{
	mutex_lock(&lock);
	publish(pins);
	mutex_unlock(&lock);
}

static bool is_same(const struct pin *one, const struct pin *other)
{
	return one->inode == other->inode && one->device == other->device &&
	       one->generation == other->generation &&
	       uid_eq(one->owner, other->owner) && one->size == other->size &&
	       one->copies == other->copies &&
	       !memcmp(one->digest, other->digest, sizeof(one->digest)) &&
	       !strcmp(one->app, other->app);
}

static bool has(const struct dfence_pins *pins, const struct pin *pin)
{
	u32 i;

	for (i = 0; i < pins->count; i++)
		if (is_same(&pins->list[i], pin))
			return true;
	return false;
}

/* What is there already has the lower numbers, so it holds. */
static int append(struct dfence_pins *all, const struct dfence_pins *more)
{
	u32 first = all->count, i;

	for (i = 0; more && i < more->count; i++) {
		if (has(all, &more->list[i]))
			continue;
		if (all->count == DRONEFENCE_MAX_PINS)
			return -E2BIG;
		all->list[all->count] = more->list[i];
		all->list[all->count++].order += first;
	}
	return 0;
}

/* Without gaps, or the numbers would grow each time. */
static void renumber(struct dfence_pins *pins)
{
	u32 i;

	sort(pins->list, pins->count, sizeof(*pins->list), by_order, NULL);
	for (i = 0; i < pins->count; i++)
		pins->list[i].order = i;
}

/**
 * dfence_pins_extend() - pin these files beside those that are pinned
 * @pins: belongs to this file from here on
 * @old_hold: where a file is pinned twice, the pin of before holds
 *
 * Context: process; may sleep.
 * Return: 0; -E2BIG or -ENOMEM, and then nothing has changed.
 */
int dfence_pins_extend(struct dfence_pins *pins, bool old_hold)
{
	struct dfence_pins *all = dfence_pins_alloc();
	const struct dfence_pins *old;
	int err = -ENOMEM;

	mutex_lock(&lock);
	old = rcu_dereference_protected(active, lockdep_is_held(&lock));
	if (all)
		err = append(all, old_hold ? old : pins) ?:
		      append(all, old_hold ? pins : old);
	if (!err) {
		renumber(all);
		publish(all);
	}
	mutex_unlock(&lock);
	if (err)
		dfence_pins_free(all);
	dfence_pins_free(pins);
	return err;
}

static bool is_pinned(const struct pin *pin, const struct inode *inode)
{
	return pin->device == inode->i_sb->s_dev &&
	       pin->generation == inode->i_generation &&
	       (pin->generation || pin->size == i_size_read(inode));
}

/**
 * dfence_pins_find() - whose is a file
 * @inode: of the file
 *
 * Context: RCU read side; does not sleep.
 * Return: name of the application, valid until the read side ends; NULL if the file
 * is not pinned.
 */
const char *dfence_pins_find(const struct inode *inode)
{
	const struct dfence_pins *pins = rcu_dereference(active);
	u32 low = 0, high = pins ? pins->count : 0;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (pins->list[middle].inode < inode->i_ino)
			low = middle + 1;
		else
			high = middle;
	}
	for (; pins && low < pins->count; low++) {
		if (pins->list[low].inode != inode->i_ino)
			break;
		if (is_pinned(&pins->list[low], inode))
			return pins->list[low].app;
	}
	return NULL;
}

/* The first one in @copies that has at least this size. */
static u32 find_size(const struct dfence_pins *pins, loff_t size)
{
	u32 low = 0, high = pins->copy_count;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (pins->copies[middle]->size < size)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/**
 * dfence_pins_has_size() - can a file be the copy of a pinned one
 * @size: of the file
 *
 * Context: RCU read side; does not sleep.
 * Return: true if its contents have to be looked at.
 */
bool dfence_pins_has_size(loff_t size)
{
	const struct dfence_pins *pins = rcu_dereference(active);
	u32 i = pins ? find_size(pins, size) : 0;

	return pins && i < pins->copy_count && pins->copies[i]->size == size;
}

/* Is it one that the owner of the pinned file may speak for? */
static bool may_claim(const struct pin *pin, const struct inode *inode)
{
	return uid_eq(pin->owner, GLOBAL_ROOT_UID) ||
	       uid_eq(pin->owner, inode->i_uid);
}

/**
 * dfence_pins_find_copy() - whose program has the contents of this one
 * @inode: of the program
 * @size: of the program, when it was executed
 * @digest: SHA-256 of its contents
 *
 * Context: RCU read side; does not sleep.
 * Return: name of the application, valid until the read side ends; NULL if it is no
 * copy.
 */
const char *dfence_pins_find_copy(const struct inode *inode, loff_t size,
				  const u8 digest[DRONEFENCE_DIGEST_LEN])
{
	const struct dfence_pins *pins = rcu_dereference(active);
	u32 i;

	if (!pins)
		return NULL;
	for (i = find_size(pins, size); i < pins->copy_count; i++) {
		if (pins->copies[i]->size != size)
			break;
		if (!memcmp(pins->copies[i]->digest, digest,
			    DRONEFENCE_DIGEST_LEN) &&
		    may_claim(pins->copies[i], inode))
			return pins->copies[i]->app;
	}
	return NULL;
}

/**
 * dfence_pins_count() - how many files are pinned
 * @app: for the application of this name; NULL for all
 *
 * Context: any.
 * Return: how many.
 */
u32 dfence_pins_count(const char *app)
{
	const struct dfence_pins *pins;
	u32 count = 0, i;

	rcu_read_lock();
	pins = rcu_dereference(active);
	for (i = 0; pins && i < pins->count; i++)
		count += !app || !strcmp(app, pins->list[i].app);
	rcu_read_unlock();
	return count;
}

/**
 * dfence_pins_copies() - how many files are pinned with a digest
 *
 * Context: any.
 * Return: how many.
 */
u32 dfence_pins_copies(void)
{
	const struct dfence_pins *pins;
	u32 count;

	rcu_read_lock();
	pins = rcu_dereference(active);
	count = pins ? pins->copy_count : 0;
	rcu_read_unlock();
	return count;
}

/**
 * dfence_pins_unread() - count a program that may be a copy and cannot be read
 *
 * Context: any.
 */
void dfence_pins_unread(void)
{
	atomic64_inc(&unread);
}

/**
 * dfence_pins_unread_sum() - how many of them there were
 *
 * Context: any.
 * Return: since the module was loaded.
 */
u64 dfence_pins_unread_sum(void)
{
	return atomic64_read(&unread);
}
