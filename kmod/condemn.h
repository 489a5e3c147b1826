/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DFENCE_CONDEMN_H
#define DFENCE_CONDEMN_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "event.h"

/* Most sockets that wait for their end at a time. */
#define DFENCE_CONDEMN_MAX	256

struct sock;

/**
 * struct dfence_condemn_usage - what became of condemned sockets
 * @waiting: condemned and not ended yet
 * @condemned: since the module was loaded
 * @closed: of them those that the module ended; the others were closed already
 * @errors: packets whose socket could not be condemned, for lack of room or
 *	memory
 * @held: packets of condemned sockets that would have passed
 */
struct dfence_condemn_usage {
	u32 waiting;
	u64 condemned;
	u64 closed;
	u64 errors;
	u64 held;
};

extern atomic_t dfence_condemn_waiting;

int dfence_condemn_setup(void);
void dfence_condemn_cleanup(void);
void dfence_condemn(struct sock *sk, const struct dfence_event *event);
bool dfence_condemn_find(const struct sock *sk);
void dfence_condemn_usage(struct dfence_condemn_usage *usage);

/**
 * dfence_condemned() - must a packet be held back whatever the rules say
 * @sk: full socket that sends it
 *
 * Costs one look at a number that hardly ever changes while nothing is
 * condemned.
 *
 * Context: RCU read side; any but hard interrupt.
 * Return: true if the socket is condemned; the packet was counted then.
 */
static inline bool dfence_condemned(const struct sock *sk)
{
	return unlikely(atomic_read(&dfence_condemn_waiting)) &&
	       dfence_condemn_find(sk);
}

#endif /* DFENCE_CONDEMN_H */
