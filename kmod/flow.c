// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Flow table
 *
 * A flow is what one application sends from one address and port to another,
 * by one protocol, in one network namespace. The table remembers the verdict,
 * so that a packet of a known flow is not judged again, and counts what was
 * sent, so that the end of a flow can say how much went where. Packets of
 * other programs never come here.
 *
 * The table is an array of short chains, the buckets; a number of buckets have a
 * lock in common, as those of connection tracking have. Every packet writes into
 * its flow (counters, time, state), so there is no such thing as a reader
 * without a lock here: one lock is taken where lock-free readers would take that
 * of the flow, and neither a flow nor its memory can go away under anybody's
 * eyes. What was ended is reused at once, so the memory never exceeds the limit,
 * not even by what waits for a grace period.
 *
 * Every flow is also in the list of its state, ordered by its last packet. A
 * packet moves its flow to the end of the list once a second at most, so the
 * order is that of the last packets to a second and costs a busy flow nothing.
 * The beginnings of the lists are where flows end: by a work item when the idle
 * time of the state has passed, or by a packet that needs room when the limit
 * is reached. Whoever takes a flow out of its list is the one who ends it, and
 * nobody else may; until it is out of its bucket too, packets can still count
 * in it. So every packet is in the totals of exactly one flow, and what flows
 * had when they ended is kept for each application:
 *
 *	packets of an application = those in its flows now
 *		+ those in its flows that ended
 *		+ those that were judged without a flow
 *
 * Locks: bottom halves are off in all of this. The lock of a bucket comes before
 * that of the lists; who ends a flow takes them one after the other.
 *
 * Failure: without memory there is no flow, and the packet is judged as if the
 * table did not exist.
 */

#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netfilter.h>
#include <linux/prefetch.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/ipv6.h>

#include "event.h"
#include "flow.h"
#include "policy.h"

/* Half as many flows by default: most chains are empty or end at once. */
#define BUCKETS		131072U

/* Few enough to stay in the CPU's cache. A divisor of the number of buckets. */
#define LOCKS		1024U

/* Memory that a flow takes. */
#define FLOW_SIZE	roundup_pow_of_two(sizeof(struct dfence_flow))

/* How often the work item looks for idle flows. */
#define REAP_INTERVAL	(2 * HZ)

/* How often a packet may move its flow to the end of its list. */
#define LIST_INTERVAL	NSEC_PER_SEC

static struct hlist_head *buckets;

/* Each protects the chains of its buckets and the flows in them. */
static spinlock_t locks[LOCKS];

static u32 seed __read_mostly;
static atomic64_t last_id;

/* Protects what follows, down to the counter. */
static DEFINE_SPINLOCK(lists_lock);
static struct list_head lists[DFENCE_FLOW_STATES];
static u32 flow_count;
static u64 evicted;
static bool reaping;

/* Changed under the lock, read without. */
static struct dfence_flow_limits limits = {
	.flows = 65536,
	.idle = {
		/* longer than Linux waits between two SYN */
		[DFENCE_FLOW_TCP_OPENING] = 120,
		/* longer than keepalive takes by default: 2 h and 11 min */
		[DFENCE_FLOW_TCP_ESTABLISHED] = 8100,
		/* longer than Linux waits between two FIN */
		[DFENCE_FLOW_TCP_CLOSING] = 130,
		[DFENCE_FLOW_UDP] = 60,
		[DFENCE_FLOW_OTHER] = 60,
	},
};

static DEFINE_PER_CPU(u64, errors);

static void reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(reap_work, reap);

/*
 * What packets have anyway. An application whose flow is being ended stays
 * until the grace period is over.
 */
static void table_enter(void)
	__acquires(RCU)
{
	rcu_read_lock();
	local_bh_disable();
}

static void table_leave(void)
	__releases(RCU)
{
	local_bh_enable();
	rcu_read_unlock();
}

static bool key_equal(const struct dfence_flow_key *a,
		      const struct dfence_flow_key *b)
{
	if (a->daddr.ip != b->daddr.ip || a->saddr.ip != b->saddr.ip ||
	    a->ports != b->ports || a->kind != b->kind || a->net != b->net ||
	    a->app != b->app)
		return false;
	return a->pf == NFPROTO_IPV4 ||
	       (ipv6_addr_equal(&a->daddr.in6, &b->daddr.in6) &&
		ipv6_addr_equal(&a->saddr.in6, &b->saddr.in6));
}

/* What cannot be chosen freely only shifts the seed. */
static u32 key_hash(const struct dfence_flow_key *key)
{
	u32 start = seed + (u32)key->net + (u32)((uintptr_t)key->app >> 6) +
		    (key->protocol << 8 | key->hidden);

	if (key->pf == NFPROTO_IPV4)
		return jhash_3words((__force u32)key->saddr.ip,
				    (__force u32)key->daddr.ip,
				    key->ports, start);
	/* Both addresses and ports, one behind the other. */
	return jhash2((const u32 *)&key->saddr, 9, start);
}

static struct hlist_head *bucket_of(u32 hash)
{
	return &buckets[hash % BUCKETS];
}

static spinlock_t *lock_of(u32 hash)
{
	return &locks[hash % LOCKS];
}

static struct dfence_flow *chain_find(u32 hash,
				      const struct dfence_flow_key *key)
{
	struct dfence_flow *flow;

	hlist_for_each_entry(flow, bucket_of(hash), node)
		if (flow->hash == hash && key_equal(&flow->key, key))
			return flow;
	return NULL;
}

/* Take a flow out of its list: the caller ends it, or somebody else does. */
static bool claim(struct dfence_flow *flow)
{
	bool claimed;

	spin_lock(&lists_lock);
	claimed = !list_empty(&flow->idle);
	list_del_init(&flow->idle);
	spin_unlock(&lists_lock);
	return claimed;
}

/* Put a flow at the end of its list, unless somebody is about to end it. */
static void list_again(struct dfence_flow *flow)
{
	spin_lock(&lists_lock);
	if (!list_empty(&flow->idle))
		list_move_tail(&flow->idle, &lists[flow->state]);
	flow->listed = flow->last;
	spin_unlock(&lists_lock);
}

/**
 * dfence_origin_tell() - say in an event who sends
 * @event: that is being put together
 * @origin: of the packet or of its flow
 *
 * Context: any.
 */
void dfence_origin_tell(struct dfence_event *event,
			const struct dfence_origin *origin)
{
	event->netns = origin->netns;
	event->forwarded = origin->forwarded;
	if (origin->forwarded) {
		event->has_mac = origin->has_mac;
		memcpy(event->mac, origin->mac, sizeof(event->mac));
		memcpy(event->in, origin->in, sizeof(event->in));
		return;
	}
	event->cgroup = origin->cgroup;
	event->pid = origin->pid;
	event->uid = origin->uid;
	memcpy(event->comm, origin->comm, sizeof(event->comm));
}

static void fill_event(struct dfence_event *event,
		       const struct dfence_flow *flow)
{
	const struct dfence_judgement *judgement = &flow->judgement;
	const struct dfence_policy *policy;
	const char *set = NULL;

	policy = rcu_dereference(dfence_active_policy);
	if (policy && policy->generation == judgement->generation)
		set = dfence_policy_set_name(policy, &judgement->decision);
	if (set)
		strscpy(event->set, set, sizeof(event->set));
	strscpy(event->app, flow->key.app->name, sizeof(event->app));
	memcpy(event->saddr, &flow->key.saddr, sizeof(event->saddr));
	memcpy(event->daddr, &flow->key.daddr, sizeof(event->daddr));
	memcpy(event->country, judgement->country, sizeof(judgement->country));
	dfence_origin_tell(event, &flow->origin);
}

/* Not part of its caller, for which it is rare and its variables are large. */
static noinline void record_end(const struct dfence_flow *flow, u8 why)
{
	const struct dfence_judgement *judgement = &flow->judgement;
	struct dfence_event event = {
		.type = DFENCE_EVENT_FLOW_END,
		.quiet = judgement->decision.log == DFENCE_LOG_NONE,
		.generation = judgement->generation,
		.verdict = judgement->decision.verdict,
		.mode = judgement->mode,
		.reason = judgement->reason,
		.rule = judgement->decision.rule,
		.pf = flow->key.pf,
		.protocol = flow->key.protocol,
		.has_ports = flow->key.has_ports,
		.sport = flow->key.ports >> 16,
		.dport = (u16)flow->key.ports,
		.flow = flow->id,
		.end = why,
		.start = flow->start,
		.last = flow->last,
		.totals = flow->totals,
	};
	fill_event(&event, flow);
	dfence_event_record(&event);
}

/* Say and remember what the flow had. It is in no list and no bucket. */
static void finish(struct dfence_flow *flow, u8 why)
{
	flow->totals.flows = 1;
	dfence_totals_add(&flow->key.app->counts->ended, &flow->totals);
	if (dfence_event_admit(!flow->opened))
		record_end(flow, why);
}

static void flow_free(struct dfence_flow *flow)
{
	kfree(flow);
	spin_lock(&lists_lock);
	flow_count--;
	spin_unlock(&lists_lock);
}

/* The caller has claimed the flow. */
static void unchain(struct dfence_flow *flow)
{
	spin_lock(lock_of(flow->hash));
	hlist_del(&flow->node);
	spin_unlock(lock_of(flow->hash));
}

/* The flow that has its place longest. Under the lock of the lists. */
static struct dfence_flow *first_listed(void)
{
	struct dfence_flow *flow, *first = NULL;
	int i;

	for (i = 0; i < DFENCE_FLOW_STATES; i++) {
		flow = list_first_entry_or_null(&lists[i], struct dfence_flow,
						idle);
		if (flow && (!first || flow->listed < first->listed))
			first = flow;
	}
	return first;
}

static bool is_list(const struct list_head *entry)
{
	return entry >= lists && entry < lists + DFENCE_FLOW_STATES;
}

/*
 * In a flood the flows behind this one are next: when their turn comes, they and
 * where they are chained shall be in the CPU's cache.
 */
static void prefetch_after(const struct dfence_flow *flow)
{
	const struct dfence_flow *next = list_next_entry(flow, idle);

	if (is_list(&next->idle))
		return;
	prefetchw(bucket_of(next->hash));
	next = list_next_entry(next, idle);
	if (!is_list(&next->idle))
		prefetch_range((void *)next, sizeof(*next));
}

/*
 * The flow that is idle longest, claimed. One that had a packet since it got
 * its place, less than a second ago, gets another; not without end, because
 * there may be many.
 */
static struct dfence_flow *claim_oldest(void)
{
	struct dfence_flow *flow = first_listed();
	int i;

	lockdep_assert_held(&lists_lock);
	for (i = 0; i < 8 && flow; i++) {
		u64 last = READ_ONCE(flow->last);

		if (last == flow->listed)
			break;
		WRITE_ONCE(flow->listed, last);
		list_move_tail(&flow->idle, &lists[READ_ONCE(flow->state)]);
		flow = first_listed();
	}
	if (flow) {
		prefetch_after(flow);
		list_del_init(&flow->idle);
	}
	return flow;
}

/* Memory for a flow: new, or that of the oldest one if the limit is reached. */
static struct dfence_flow *obtain(void)
{
	struct dfence_flow *flow = NULL;
	bool full;

	spin_lock(&lists_lock);
	full = flow_count >= READ_ONCE(limits.flows);
	if (full)
		flow = claim_oldest();
	else
		flow_count++;
	evicted += !!flow;
	spin_unlock(&lists_lock);

	if (full) {
		if (!flow)
			return NULL;
		unchain(flow);
		finish(flow, DFENCE_FLOW_END_EVICTED);
		return flow;
	}

	flow = kmalloc(sizeof(*flow), GFP_ATOMIC | __GFP_NOWARN);
	if (!flow) {
		spin_lock(&lists_lock);
		flow_count--;
		spin_unlock(&lists_lock);
	}
	return flow;
}

/* A flow is complete: it may be found, and it may end. */
static void enlist(struct dfence_flow *flow)
{
	bool start;

	spin_lock(&lists_lock);
	flow->listed = flow->last;
	list_add_tail(&flow->idle, &lists[flow->state]);
	start = !reaping;
	reaping = true;
	spin_unlock(&lists_lock);
	if (start)
		queue_delayed_work(system_unbound_wq, &reap_work, REAP_INTERVAL);
}

static void initialise(struct dfence_flow *flow,
		       const struct dfence_flow_key *key,
		       const struct dfence_flow_packet *packet)
{
	flow->hash = packet->hash;
	flow->state = packet->state;
	flow->opened = packet->opens;
	flow->sequence = packet->sequence;
	flow->key = *key;
	memset(&flow->judgement, 0, sizeof(flow->judgement));
	flow->start = packet->time;
	flow->last = packet->time;
	memset(&flow->totals, 0, sizeof(flow->totals));
	memset(&flow->origin, 0, sizeof(flow->origin));
	INIT_LIST_HEAD(&flow->idle);
}

/*
 * Does a packet begin another connection than that of the flow? A SYN that is
 * sent again begins with the same number. A listener answers on the ports of a
 * connection that is over, or, late, of one that is in use.
 */
static bool begins_anew(const struct dfence_flow *flow,
			const struct dfence_flow_packet *packet)
{
	if (packet->opens)
		return flow->state != DFENCE_FLOW_TCP_OPENING ||
		       flow->sequence != packet->sequence;
	return packet->answers && flow->state == DFENCE_FLOW_TCP_CLOSING;
}

/**
 * dfence_flow_find() - the flow of a packet
 * @key: of the packet
 * @packet: what it does to the flow; gets its hash and time
 *
 * A packet that begins a TCP connection ends the flow of the one before it that
 * had the same addresses and ports.
 *
 * Context: RCU read side, bottom halves off.
 * Return: the flow, locked until dfence_flow_count(), or NULL.
 */
struct dfence_flow *dfence_flow_find(const struct dfence_flow_key *key,
				     struct dfence_flow_packet *packet)
{
	struct dfence_flow *flow;

	packet->hash = key_hash(key);
	prefetchw(bucket_of(packet->hash));
	packet->time = ktime_get_coarse_boottime_ns();
	spin_lock(lock_of(packet->hash));
	flow = chain_find(packet->hash, key);
	if (unlikely(flow && begins_anew(flow, packet) && claim(flow))) {
		hlist_del(&flow->node);
		spin_unlock(lock_of(packet->hash));
		finish(flow, DFENCE_FLOW_END_REUSED);
		flow_free(flow);
		return NULL;
	}
	if (!flow) {
		spin_unlock(lock_of(packet->hash));
		return NULL;
	}
	/* for sparse: dfence_flow_count() has it */
	__release(lock_of(packet->hash));
	return flow;
}

/**
 * dfence_flow_create() - make a flow
 * @key: of its first packet
 * @packet: what that does to the flow, passed dfence_flow_find()
 *
 * The caller sets the judgement of what it gets and, where that has no
 * generation yet, the origin.
 *
 * Context: RCU read side, bottom halves off.
 * Return: the flow, locked until dfence_flow_count(); it is another's if that
 * was quicker. NULL without memory.
 */
struct dfence_flow *dfence_flow_create(const struct dfence_flow_key *key,
				       const struct dfence_flow_packet *packet)
{
	spinlock_t *lock = lock_of(packet->hash);
	struct dfence_flow *flow = obtain(), *other;

	if (!flow) {
		this_cpu_inc(errors);
		return NULL;
	}
	initialise(flow, key, packet);
	spin_lock(lock);
	other = chain_find(packet->hash, key);
	if (unlikely(other)) {
		flow_free(flow);
		flow = other;
	} else {
		flow->id = atomic64_inc_return(&last_id);
		hlist_add_head(&flow->node, bucket_of(packet->hash));
		enlist(flow);
	}
	__release(lock); /* for sparse: dfence_flow_count() has it */
	return flow;
}

/**
 * dfence_flow_count() - count a packet in its flow, and let go of the flow
 * @flow: from dfence_flow_find() or dfence_flow_create()
 * @packet: what it does to the flow
 *
 * Context: RCU read side, bottom halves off.
 */
void dfence_flow_count(struct dfence_flow *flow,
		       const struct dfence_flow_packet *packet)
{
	spinlock_t *lock = lock_of(flow->hash);
	/* Packets that were sent at the same time may come in another order. */
	u64 now = max(packet->time, flow->last);

	__acquire(lock); /* for sparse: taken when it was found */
	dfence_totals_count(&flow->totals, flow->judgement.outcome,
			    packet->bytes);
	WRITE_ONCE(flow->last, now);
	if (unlikely(packet->resets && claim(flow))) {
		hlist_del(&flow->node);
		spin_unlock(lock);
		finish(flow, DFENCE_FLOW_END_RESET);
		flow_free(flow);
		return;
	}
	/* TCP goes on from opening to closing, the others stay what they are. */
	if (packet->state > flow->state) {
		WRITE_ONCE(flow->state, packet->state);
		list_again(flow);
	} else if (now - READ_ONCE(flow->listed) >= LIST_INTERVAL) {
		list_again(flow);
	}
	spin_unlock(lock);
}

/* The caller has claimed the flow. */
static void end(struct dfence_flow *flow, u8 why)
{
	unchain(flow);
	finish(flow, why);
	flow_free(flow);
}

/* End a flow of one list that was idle long enough; false if there is none. */
static bool reap_one(u8 state, u64 now)
{
	u64 limit = (u64)READ_ONCE(limits.idle[state]) * NSEC_PER_SEC;
	struct dfence_flow *flow;

	table_enter();
	spin_lock(&lists_lock);
	flow = list_first_entry_or_null(&lists[state], struct dfence_flow, idle);
	/* A packet may be newer than @now. */
	if (flow && (s64)(now - READ_ONCE(flow->last)) < (s64)limit)
		flow = NULL;
	if (flow)
		list_del_init(&flow->idle);
	spin_unlock(&lists_lock);
	if (flow)
		end(flow, state == DFENCE_FLOW_TCP_CLOSING ?
			  DFENCE_FLOW_END_CLOSED : DFENCE_FLOW_END_IDLE);
	table_leave();
	return flow;
}

/* End a flow for which there is no room; false if there is. */
static bool trim_one(void)
{
	struct dfence_flow *flow = NULL;

	table_enter();
	spin_lock(&lists_lock);
	if (flow_count > limits.flows)
		flow = claim_oldest();
	evicted += !!flow;
	spin_unlock(&lists_lock);
	if (flow)
		end(flow, DFENCE_FLOW_END_EVICTED);
	table_leave();
	return flow;
}

static void trim(void)
{
	while (trim_one())
		cond_resched();
}

static void reap(struct work_struct *work)
{
	u64 now = ktime_get_coarse_boottime_ns();
	u8 state;

	for (state = 0; state < DFENCE_FLOW_STATES; state++)
		while (reap_one(state, now))
			cond_resched();
	/* A packet that was making a flow when the limit went down. */
	trim();

	spin_lock_bh(&lists_lock);
	reaping = flow_count;
	if (reaping)
		queue_delayed_work(system_unbound_wq, &reap_work, REAP_INTERVAL);
	spin_unlock_bh(&lists_lock);
}

/* Take the flows that no policy knows any more out of a bucket. */
static void sweep_bucket(u32 bucket, u32 generation, struct hlist_head *swept)
{
	struct hlist_node *next;
	struct dfence_flow *flow;

	spin_lock(lock_of(bucket));
	hlist_for_each_entry_safe(flow, next, bucket_of(bucket), node) {
		if (flow->key.app->generation == generation || !claim(flow))
			continue;
		hlist_del(&flow->node);
		hlist_add_head(&flow->node, swept);
	}
	spin_unlock(lock_of(bucket));
}

/**
 * dfence_flow_sweep() - end the flows of applications that are gone
 * @generation: of the policy that is active now, whose applications stay
 *
 * Packets that still saw the policy before are over. When this returns, nothing
 * in the table refers to an application that is gone; a packet or the work item
 * that is just ending one may, until the next grace period.
 *
 * Context: process; may sleep.
 */
void dfence_flow_sweep(u32 generation)
{
	struct hlist_node *next;
	struct dfence_flow *flow;
	u32 i;

	for (i = 0; i < BUCKETS; i++) {
		HLIST_HEAD(swept);

		if (hlist_empty(&buckets[i]))
			continue;
		table_enter();
		sweep_bucket(i, generation, &swept);
		hlist_for_each_entry_safe(flow, next, &swept, node) {
			finish(flow, DFENCE_FLOW_END_POLICY);
			flow_free(flow);
		}
		table_leave();
		cond_resched();
	}
}

/* The newest flow of a bucket that is older than @id. */
static const struct dfence_flow *older_than(u32 bucket, u64 id)
{
	const struct dfence_flow *flow, *found = NULL;

	hlist_for_each_entry(flow, &buckets[bucket], node)
		if (flow->id < id && (!found || flow->id > found->id))
			found = flow;
	return found;
}

static bool next_in_bucket(u32 bucket, u64 *id, struct dfence_flow_info *info)
{
	const struct dfence_flow *flow;

	table_enter();
	spin_lock(lock_of(bucket));
	flow = older_than(bucket, *id ?: U64_MAX);
	if (flow) {
		info->flow = *flow;
		strscpy(info->app, flow->key.app->name, sizeof(info->app));
		*id = flow->id;
	}
	spin_unlock(lock_of(bucket));
	table_leave();
	return flow;
}

/**
 * dfence_flow_next() - list the flows, one with each call
 * @cursor: where the listing stands
 * @info: result
 *
 * A flow that is there during the whole listing is in it exactly once.
 *
 * Context: process; may sleep.
 * Return: false at the end.
 */
bool dfence_flow_next(struct dfence_flow_cursor *cursor,
		      struct dfence_flow_info *info)
{
	for (; cursor->bucket < BUCKETS; cursor->bucket++) {
		if (!hlist_empty(&buckets[cursor->bucket]) &&
		    next_in_bucket(cursor->bucket, &cursor->id, info))
			return true;
		cursor->id = 0;
		cond_resched();
	}
	return false;
}

/**
 * dfence_flow_limits() - what is set
 * @result: result
 *
 * Context: process or bottom half.
 */
void dfence_flow_limits(struct dfence_flow_limits *result)
{
	spin_lock_bh(&lists_lock);
	*result = limits;
	spin_unlock_bh(&lists_lock);
}

/**
 * dfence_flow_set_limits() - set limits
 * @wanted: within what &struct dfence_flow_limits says
 *
 * Flows for which there is no room any more end before this returns.
 *
 * Context: process; may sleep.
 */
void dfence_flow_set_limits(const struct dfence_flow_limits *wanted)
{
	int i;

	spin_lock_bh(&lists_lock);
	WRITE_ONCE(limits.flows, wanted->flows);
	for (i = 0; i < DFENCE_FLOW_STATES; i++)
		WRITE_ONCE(limits.idle[i], wanted->idle[i]);
	spin_unlock_bh(&lists_lock);
	trim();
}

/**
 * dfence_flow_usage() - how full the table is
 * @usage: result
 *
 * Context: process or bottom half.
 */
void dfence_flow_usage(struct dfence_flow_usage *usage)
{
	int cpu;

	memset(usage, 0, sizeof(*usage));
	spin_lock_bh(&lists_lock);
	usage->flows = flow_count;
	usage->evicted = evicted;
	spin_unlock_bh(&lists_lock);
	usage->created = atomic64_read(&last_id);
	usage->memory = BUCKETS * sizeof(*buckets) +
			(u64)usage->flows * FLOW_SIZE;
	for_each_possible_cpu(cpu)
		usage->errors += READ_ONCE(*per_cpu_ptr(&errors, cpu));
}

/**
 * dfence_flow_setup() - once, when the module is loaded
 *
 * Return: 0 or -ENOMEM.
 */
int __init dfence_flow_setup(void)
{
	u32 i;

	for (i = 0; i < DFENCE_FLOW_STATES; i++)
		INIT_LIST_HEAD(&lists[i]);
	seed = get_random_u32();
	for (i = 0; i < LOCKS; i++)
		spin_lock_init(&locks[i]);
	buckets = kvcalloc(BUCKETS, sizeof(*buckets), GFP_KERNEL);
	return buckets ? 0 : -ENOMEM;
}

/**
 * dfence_flow_cleanup() - once, when there is no policy and no hook any more
 *
 * Context: process; may sleep.
 */
void dfence_flow_cleanup(void)
{
	cancel_delayed_work_sync(&reap_work);
	kvfree(buckets);
}
