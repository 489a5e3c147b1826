// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Condemned sockets
 *
 * To refuse a packet of a TCP socket is not the end of what is in it: TCP sends
 * it again from a timer, or with the next acknowledgment, in a soft interrupt,
 * where there is no process to look at. Where the socket is that of the
 * application this changes nothing. Where another program made it, it would
 * then count as that program's and pass. So the socket itself has to go: it is
 * condemned with the packet that is refused, and ended a moment later as "ss -K"
 * would do it. What was waiting in it is discarded, and all who have it open get
 * ECONNABORTED.
 *
 * A packet is refused with the socket locked, so it cannot be ended on the spot.
 * Each has a work item of its own: to end it means to wait for its lock, which
 * a process can keep for long, and must not thereby keep the others waiting.
 *
 * In the meantime the socket is in a table, and the hook lets none of its
 * packets pass. Whoever sends by a TCP socket holds its lock, and so saw, or
 * made, the entry that the packet before it caused. The table is keyed by the
 * socket's address, and holds a reference to it, so an address in the table
 * never means another socket. That reference does not keep the network namespace
 * for longer than it takes to end the socket.
 *
 * Failure: without room or memory the packet is refused all the same and
 * counted, and its socket is condemned with the next packet that is refused.
 */

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/sock_diag.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "condemn.h"

#define BUCKET_BITS	8

/**
 * struct entry - a condemned socket
 * @node: in its bucket
 * @rcu: to free it
 * @work: ends the socket
 * @sk: the socket, with a reference
 * @event: to record when that is done
 */
struct entry {
	struct hlist_node node;
	struct rcu_head rcu;
	struct work_struct work;
	struct sock *sk;
	struct dfence_event event;
};

/* Written under the lock, read under RCU. */
static struct hlist_head buckets[1 << BUCKET_BITS];
static DEFINE_SPINLOCK(lock);

/* Entries in the table. Every packet reads it; it is hardly ever written. */
atomic_t dfence_condemn_waiting __read_mostly = ATOMIC_INIT(0);

static struct workqueue_struct *queue;

static atomic64_t condemned;
static atomic64_t closed;
static atomic64_t errors;
static atomic64_t held;

static struct hlist_head *bucket_of(const struct sock *sk)
{
	return &buckets[hash_ptr(sk, BUCKET_BITS)];
}

/* Under the lock or RCU. */
static bool is_listed(const struct sock *sk)
{
	const struct entry *entry;

	hlist_for_each_entry_rcu(entry, bucket_of(sk), node,
				 lockdep_is_held(&lock))
		if (entry->sk == sk)
			return true;
	return false;
}

/* Takes over the reference to its socket that the entry has. */
static void discard(struct entry *entry)
{
	sock_put(entry->sk);
	kfree(entry);
}

/*
 * The socket is closed and sends nothing any more when it leaves the table; the
 * one exception, a datagram socket, is judged by packet as before.
 */
static void end_socket(struct work_struct *work)
{
	struct entry *entry = container_of(work, struct entry, work);

	if (!sock_diag_destroy(entry->sk, ECONNABORTED)) {
		atomic64_inc(&closed);
		if (dfence_event_admit(true))
			dfence_event_record(&entry->event);
	}

	spin_lock_bh(&lock);
	hlist_del_rcu(&entry->node);
	atomic_dec(&dfence_condemn_waiting);
	spin_unlock_bh(&lock);
	sock_put(entry->sk);
	kfree_rcu(entry, rcu);
}

static struct entry *make_entry(struct sock *sk,
				const struct dfence_event *event)
{
	struct entry *entry = kmalloc(sizeof(*entry), GFP_ATOMIC | __GFP_NOWARN);

	if (!entry)
		return NULL;
	INIT_WORK(&entry->work, end_socket);
	entry->sk = sk;
	entry->event = *event;
	return entry;
}

enum add_result {
	ADDED,
	WAS_THERE,
	NO_ROOM,
};

static enum add_result add_entry(struct entry *entry)
{
	enum add_result result = NO_ROOM;

	spin_lock_bh(&lock);
	if (is_listed(entry->sk)) {
		result = WAS_THERE;
	} else if (atomic_read(&dfence_condemn_waiting) < DFENCE_CONDEMN_MAX) {
		hlist_add_head_rcu(&entry->node, bucket_of(entry->sk));
		atomic_inc(&dfence_condemn_waiting);
		result = ADDED;
	}
	spin_unlock_bh(&lock);
	return result;
}

/**
 * dfence_condemn() - let nothing of a socket pass any more, and end it
 * @sk: full socket of TCP or UDP, with or without its lock
 * @event: to record once that is done
 *
 * One that is condemned already, or is being freed, stays as it is.
 *
 * Context: RCU read side; any but hard interrupt.
 */
void dfence_condemn(struct sock *sk, const struct dfence_event *event)
{
	struct entry *entry;

	if (is_listed(sk) || !refcount_inc_not_zero(&sk->sk_refcnt))
		return;
	entry = make_entry(sk, event);
	if (!entry) {
		atomic64_inc(&errors);
		sock_put(sk);
		return;
	}
	switch (add_entry(entry)) {
	case ADDED:
		atomic64_inc(&condemned);
		queue_work(queue, &entry->work);
		break;
	case NO_ROOM:
		atomic64_inc(&errors);
		fallthrough;
	case WAS_THERE:
		discard(entry);
	}
}

/**
 * dfence_condemn_find() - is a socket condemned, and has a packet to be held back
 * @sk: full socket that sends it
 *
 * Not part of dfence_condemned(), for which it is rare.
 *
 * Context: RCU read side; any but hard interrupt.
 * Return: true if it is; the packet was counted then.
 */
bool dfence_condemn_find(const struct sock *sk)
{
	if (!is_listed(sk))
		return false;
	atomic64_inc(&held);
	return true;
}

/**
 * dfence_condemn_usage() - what became of condemned sockets
 * @usage: result
 *
 * Context: any.
 */
void dfence_condemn_usage(struct dfence_condemn_usage *usage)
{
	*usage = (struct dfence_condemn_usage) {
		.waiting = atomic_read(&dfence_condemn_waiting),
		.condemned = atomic64_read(&condemned),
		.closed = atomic64_read(&closed),
		.errors = atomic64_read(&errors),
		.held = atomic64_read(&held),
	};
}

/**
 * dfence_condemn_setup() - once, when the module is loaded
 *
 * Return: 0 or -ENOMEM.
 */
int __init dfence_condemn_setup(void)
{
	queue = alloc_workqueue("dronefence", WQ_UNBOUND, DFENCE_CONDEMN_MAX);
	return queue ? 0 : -ENOMEM;
}

/**
 * dfence_condemn_cleanup() - once, when there is no hook any more
 *
 * Every socket that was condemned is ended and let go of when it returns.
 *
 * Context: process; may sleep.
 */
void dfence_condemn_cleanup(void)
{
	destroy_workqueue(queue);
}
