/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_SIGNERS_H
#define DFENCE_SIGNERS_H

#include <linux/errno.h>
#include <linux/types.h>

#include <uapi/linux/dronefence.h>

struct dfence_signers;
struct netlink_ext_ack;
struct nlattr;

#ifdef CONFIG_SYSTEM_DATA_VERIFICATION

struct dfence_signers *dfence_signers_alloc(void);
int dfence_signers_add(struct dfence_signers *signers,
		       const struct nlattr *certificate);
int dfence_signers_close(struct dfence_signers *signers);
const char *dfence_signers_name(const struct dfence_signers *signers, u32 i);
void dfence_signers_free(struct dfence_signers *signers);
int dfence_signers_verify(const struct dfence_signers *signers,
			  const struct nlattr *message,
			  int (*use)(void *arg, const void *data, size_t size,
				     size_t header), void *arg);

#else

/* Such a kernel cannot tell who has signed something: nothing is ever sealed. */
static inline struct dfence_signers *dfence_signers_alloc(void)
{
	return NULL;
}

static inline int dfence_signers_add(struct dfence_signers *signers,
				     const struct nlattr *certificate)
{
	return -EOPNOTSUPP;
}

static inline int dfence_signers_close(struct dfence_signers *signers)
{
	return -EOPNOTSUPP;
}

static inline const char *
dfence_signers_name(const struct dfence_signers *signers, u32 i)
{
	return NULL;
}

static inline void dfence_signers_free(struct dfence_signers *signers)
{
}

static inline int
dfence_signers_verify(const struct dfence_signers *signers,
		      const struct nlattr *message,
		      int (*use)(void *arg, const void *data, size_t size,
				 size_t header), void *arg)
{
	return -EOPNOTSUPP;
}

#endif /* CONFIG_SYSTEM_DATA_VERIFICATION */

#endif /* DFENCE_SIGNERS_H */
