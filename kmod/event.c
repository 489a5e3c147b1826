// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Events
 *
 * Every event gets the next sequence number and goes into a ring; the oldest
 * one makes room. A reader that was away asks for what is still held and knows
 * from the numbers exactly how many it lost. A line in the kernel log is the
 * courtesy copy: it has a limit of its own, because printing is slow and the
 * log is small, and each line says how many were left out before it.
 *
 * Events about a connection that an application opens (a TCP SYN), and its end,
 * are always recorded. Those about other packets and flows are recorded under a
 * limit, so that one stream of datagrams, or somebody far away who makes a
 * listener answer, cannot push everything else out of the ring; what was left
 * out is counted and named in the next event.
 *
 * Requests that were refused have a limit of their own, a low one: whoever sends
 * them has no right, and must not fill the ring with that. They are numbered, so
 * that a gap tells what was only counted.
 */

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/netfilter.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "event.h"
#include "event_text.h"

/**
 * struct bucket - a token bucket
 * @rate: tokens for each @period
 * @period: seconds
 * @burst: most tokens it holds
 * @tokens: tokens in it
 * @last: when it was last filled, jiffies
 * @pending: refused since the last token was given
 * @refused: refused in all
 */
struct bucket {
	u32 rate;
	u32 period;
	u32 burst;
	u32 tokens;
	unsigned long last;
	u32 pending;
	u64 refused;
};

/* Protects everything below; taken in bottom halves. */
static DEFINE_SPINLOCK(lock);
static struct dfence_event *ring;
static u64 next_seq = 1;
static struct bucket record_limit = {
	.rate = 500, .period = 1, .burst = 2000, .tokens = 2000,
};

static struct bucket log_limit = {
	.rate = 50, .period = 1, .burst = 200, .tokens = 200,
};

/* To fill the ring with these takes more than a day. */
static struct bucket refusal_limit = {
	.rate = 1, .period = 12, .burst = 50, .tokens = 50,
};

static u64 refusals;

static struct delayed_work *listener;

/* Who listens gets events in groups: to wake somebody up costs more than one. */
#define LISTEN_DELAY	msecs_to_jiffies(20)

/**
 * dfence_event_setup() - once, when the module is loaded
 *
 * Return: 0 or -ENOMEM.
 */
int __init dfence_event_setup(void)
{
	ring = kvcalloc(DFENCE_EVENT_RING, sizeof(*ring), GFP_KERNEL);
	return ring ? 0 : -ENOMEM;
}

/**
 * dfence_event_cleanup() - once, when nothing records or reads any more
 */
void dfence_event_cleanup(void)
{
	kvfree(ring);
}

/**
 * dfence_event_listen() - have work queued when there are new events
 * @work: what to queue; NULL to stop, the caller then cancels the work
 *
 * Context: process.
 */
void dfence_event_listen(struct delayed_work *work)
{
	spin_lock_bh(&lock);
	listener = work;
	spin_unlock_bh(&lock);
}

/* Take a token, or count the refusal. */
static bool bucket_take(struct bucket *bucket)
{
	unsigned long now = jiffies, passed = now - bucket->last;
	u32 fill;

	/* After a quarter of an hour any bucket is full; a longer time could overflow. */
	passed = min(passed, 900UL * HZ);
	fill = passed * bucket->rate / (bucket->period * HZ);
	if (fill >= bucket->burst - bucket->tokens) {
		bucket->tokens = bucket->burst;
		bucket->last = now;
	} else if (fill) {
		bucket->tokens += fill;
		/* What has passed beyond these tokens counts for the next. */
		bucket->last += fill * bucket->period * HZ / bucket->rate;
	}
	if (bucket->tokens) {
		bucket->tokens--;
		return true;
	}
	bucket->pending++;
	bucket->refused++;
	return false;
}

static u32 bucket_pending(struct bucket *bucket)
{
	u32 pending = bucket->pending;

	bucket->pending = 0;
	return pending;
}

/**
 * dfence_event_admit() - may an event be recorded
 * @limited: it is one that the rate limit is for
 *
 * Asked before the event is put together, because what a flood is refused must
 * cost little.
 *
 * Context: any but hard interrupt.
 * Return: false if the limit is reached; it was counted then.
 */
bool dfence_event_admit(bool limited)
{
	bool admitted;

	if (!limited)
		return true;
	spin_lock_bh(&lock);
	admitted = bucket_take(&record_limit);
	spin_unlock_bh(&lock);
	return admitted;
}

/**
 * dfence_event_admit_refusal() - may a refused request be recorded
 * @number: its number, 1 for the first since the module was loaded
 *
 * Context: any but hard interrupt.
 * Return: false if the limit is reached; it was counted in any case.
 */
bool dfence_event_admit_refusal(u64 *number)
{
	bool admitted;

	spin_lock_bh(&lock);
	*number = ++refusals;
	admitted = bucket_take(&refusal_limit);
	spin_unlock_bh(&lock);
	return admitted;
}

/**
 * dfence_event_record() - keep an event, and print it
 * @event: admitted, and filled in but for what is set here
 *
 * Context: any but hard interrupt.
 */
void dfence_event_record(struct dfence_event *event)
{
	u32 log_suppressed = 0;
	ktime_t now;
	bool print;

	/*
	 * The clock is read under the lock: else an event that was delayed in
	 * between would come with a time before the last one.
	 */
	spin_lock_bh(&lock);
	now = ktime_get();
	event->time = ktime_to_ns(ktime_mono_to_real(now));
	event->boottime = ktime_to_ns(ktime_mono_to_any(now, TK_OFFS_BOOT));
	event->suppressed = bucket_pending(&record_limit);
	event->seq = next_seq++;
	ring[event->seq % DFENCE_EVENT_RING] = *event;
	print = !event->quiet && bucket_take(&log_limit);
	if (print)
		log_suppressed = bucket_pending(&log_limit) + event->suppressed;
	else
		log_limit.pending += event->suppressed;
	if (listener)
		queue_delayed_work(system_unbound_wq, listener, LISTEN_DELAY);
	spin_unlock_bh(&lock);

	if (print)
		dfence_event_print(event, log_suppressed);
}

static u64 oldest_seq(void)
{
	return next_seq > DFENCE_EVENT_RING ? next_seq - DFENCE_EVENT_RING : 1;
}

/**
 * dfence_event_read() - the first event that is still held
 * @since: not before this sequence number
 * @event: result
 *
 * Context: process or bottom half.
 * Return: false if there is none.
 */
bool dfence_event_read(u64 since, struct dfence_event *event)
{
	bool found;

	spin_lock_bh(&lock);
	since = max(since, oldest_seq());
	found = since < next_seq;
	if (found)
		*event = ring[since % DFENCE_EVENT_RING];
	spin_unlock_bh(&lock);
	return found;
}

/**
 * dfence_event_state() - where the ring stands
 * @state: result
 *
 * Context: process or bottom half.
 */
void dfence_event_state(struct dfence_event_state *state)
{
	spin_lock_bh(&lock);
	state->next = next_seq;
	state->oldest = oldest_seq();
	state->suppressed = record_limit.refused;
	state->log_suppressed = log_limit.refused;
	state->refusals = refusals;
	state->refusals_suppressed = refusal_limit.refused;
	spin_unlock_bh(&lock);
}
