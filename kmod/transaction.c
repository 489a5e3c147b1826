// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Replacing the policy
 *
 * A policy is replaced as a whole: begin, add, add ..., commit. There is one
 * transaction at a time and it belongs to one netlink socket; when that socket
 * is closed the transaction is gone. Until the commit nothing but memory has
 * changed. A part that is refused does not end the transaction by itself, but
 * from then on it takes no part and cannot be committed.
 *
 * The digest is the SHA-256 of what was transferred. It covers the announced
 * sizes and names of begin and every part, in the order of arrival:
 *
 *	begin, and each part of an add but ranges: type (2 bytes) and length (4
 *	bytes) of the attribute in network order, then its payload
 *	ranges: for each packed record the type of the attribute (2 bytes) and
 *	the record, so that it does not matter how many travel in one message
 */

#include <crypto/sha2.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "hook.h"
#include "netlink_gen.h"
#include "event.h"
#include "parts.h"
#include "place.h"
#include "policy.h"
#include "seal.h"
#include "transaction.h"

/**
 * struct transaction - a policy that is being written
 * @portid: netlink port of the writer
 * @policy: what has arrived; NULL while no transaction is open
 * @broken: a part was refused
 * @hash: over what has arrived
 */
struct transaction {
	u32 portid;
	struct dfence_policy *policy;
	bool broken;
	struct sha256_ctx hash;
};

/**
 * struct watchers - what watches packets and programs for a policy
 * @hooks: what local processes send
 * @forward: what is forwarded
 * @place: what is executed
 */
struct watchers {
	bool hooks;
	bool forward;
	bool place;
};

/* Protects everything below. Taken before any other lock of the module. */
static DEFINE_MUTEX(lock);
static struct transaction current_transaction;
static struct watchers enabled;

static void transaction_end(void)
{
	dfence_policy_put(current_transaction.policy);
	memset(&current_transaction, 0, sizeof(current_transaction));
}

static void hash_attr(struct sha256_ctx *hash, const struct nlattr *attr)
{
	__be16 type = htons(nla_type(attr));
	__be32 len = htonl(nla_len(attr));

	sha256_update(hash, (const u8 *)&type, sizeof(type));
	sha256_update(hash, (const u8 *)&len, sizeof(len));
	sha256_update(hash, nla_data(attr), nla_len(attr));
}

static void hash_ranges(struct sha256_ctx *hash, const struct nlattr *attr)
{
	size_t size = nla_type(attr) == DFENCE_A_CHUNK_RANGES6 ?
		      DRONEFENCE_RANGE6_LEN : DRONEFENCE_RANGE4_LEN;
	__be16 type = htons(nla_type(attr));
	const u8 *records = nla_data(attr);
	size_t at;

	for (at = 0; at < nla_len(attr); at += size) {
		sha256_update(hash, (const u8 *)&type, sizeof(type));
		sha256_update(hash, records + at, size);
	}
}

/* Find the caller's transaction. */
static int transaction_check(u32 portid, struct netlink_ext_ack *extack)
{
	if (!current_transaction.policy) {
		NL_SET_ERR_MSG(extack, "no transaction is open");
		return -ENOENT;
	}
	if (current_transaction.portid != portid) {
		NL_SET_ERR_MSG(extack, "the transaction belongs to another socket");
		return -EBUSY;
	}
	return 0;
}

static u32 get_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/* Read what begin announces; the netlink policy has checked the limits. */
static int fill_header(struct dfence_policy *policy, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *name = attrs[DFENCE_A_POLICY_NAME];

	nla_strscpy(policy->name, name, sizeof(policy->name));
	if (!dfence_name_ok(policy->name)) {
		NL_SET_ERR_MSG_ATTR(extack, name, "name of the policy is not printable");
		return -EINVAL;
	}
	if (attrs[DFENCE_A_POLICY_SOURCE_DIGEST])
		memcpy(policy->source_digest,
		       nla_data(attrs[DFENCE_A_POLICY_SOURCE_DIGEST]),
		       sizeof(policy->source_digest));
	if (attrs[DFENCE_A_POLICY_GEO_DIGEST])
		memcpy(policy->geo_digest,
		       nla_data(attrs[DFENCE_A_POLICY_GEO_DIGEST]),
		       sizeof(policy->geo_digest));
	if (attrs[DFENCE_A_POLICY_GEO_DATE])
		policy->geo_date = nla_get_u64(attrs[DFENCE_A_POLICY_GEO_DATE]);
	return 0;
}

static bool in_limit(const struct nlattr *attr, u32 max)
{
	u32 value = nla_get_u32(attr);

	return value >= 1 && value <= max;
}

static int check_sizes(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	static const struct {
		u8 attr;
		u32 max;
	} limits[] = {
		{ DFENCE_A_POLICY_ZONES, DRONEFENCE_MAX_ZONES },
		{ DFENCE_A_POLICY_RANGES4, DRONEFENCE_MAX_RANGES },
		{ DFENCE_A_POLICY_RANGES6, DRONEFENCE_MAX_RANGES },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		if (!in_limit(attrs[limits[i].attr], limits[i].max)) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[limits[i].attr],
					    "size is out of range");
			return -ERANGE;
		}
	}
	return 0;
}

static int require_attrs(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	static const u8 required[] = {
		DFENCE_A_POLICY_NAME,
		DFENCE_A_POLICY_GENERATION,
		DFENCE_A_POLICY_ZONES,
		DFENCE_A_POLICY_RANGES4,
		DFENCE_A_POLICY_RANGES6,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(required); i++) {
		if (!attrs[required[i]]) {
			NL_SET_ERR_MSG(extack,
				       "begin needs name, generation, zones, ranges4 and ranges6");
			return -EINVAL;
		}
	}
	return check_sizes(attrs, extack);
}

static int begin_locked(u32 portid, struct nlattr **attrs,
			struct netlink_ext_ack *extack)
{
	struct dfence_policy_sizes sizes = {
		.sets = get_u32(attrs[DFENCE_A_POLICY_SETS]),
		.zones = get_u32(attrs[DFENCE_A_POLICY_ZONES]),
		.ranges4 = get_u32(attrs[DFENCE_A_POLICY_RANGES4]),
		.ranges6 = get_u32(attrs[DFENCE_A_POLICY_RANGES6]),
		.profiles = get_u32(attrs[DFENCE_A_POLICY_PROFILES]),
		.apps = get_u32(attrs[DFENCE_A_POLICY_APPLICATIONS]),
	};
	struct transaction *t = &current_transaction;
	struct dfence_policy *policy;
	int i, err;

	if (t->policy) {
		NL_SET_ERR_MSG(extack, "another transaction is open");
		return -EBUSY;
	}
	if (get_u32(attrs[DFENCE_A_POLICY_GENERATION]) !=
	    dfence_policy_generation()) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[DFENCE_A_POLICY_GENERATION],
				    "the policy was replaced meanwhile");
		return -ESTALE;
	}
	policy = dfence_policy_alloc(&sizes);
	if (!policy) {
		NL_SET_ERR_MSG(extack, "no memory for a policy of this size");
		return -ENOMEM;
	}
	err = fill_header(policy, attrs, extack);
	if (err) {
		dfence_policy_put(policy);
		return err;
	}

	t->policy = policy;
	WRITE_ONCE(t->portid, portid);
	t->broken = false;
	sha256_init(&t->hash);
	for (i = 1; i <= DFENCE_A_POLICY_GEO_DATE; i++)
		if (attrs[i] && i != DFENCE_A_POLICY_GENERATION)
			hash_attr(&t->hash, attrs[i]);
	return 0;
}

/**
 * dfence_transaction_begin() - open a transaction
 * @portid: netlink port of the caller
 * @attrs: by DFENCE_A_POLICY_*, passed the netlink policy
 * @extack: says what is wrong
 *
 * Context: process; may sleep.
 * Return: 0; -EINVAL where something is missing; -ERANGE where a size is out of
 * range, also from the netlink policy; -EBUSY while one is open;
 * -ESTALE where another generation is active than expected; -ENOMEM.
 */
int dfence_transaction_begin(u32 portid, struct nlattr **attrs,
			     struct netlink_ext_ack *extack)
{
	int err = require_attrs(attrs, extack);

	if (err)
		return err;
	mutex_lock(&lock);
	err = begin_locked(portid, attrs, extack);
	mutex_unlock(&lock);
	return err;
}

static int add_part(struct dfence_policy *policy, const struct nlattr *attr,
		    struct netlink_ext_ack *extack)
{
	switch (nla_type(attr)) {
	case DFENCE_A_CHUNK_SET:
		return dfence_part_set(policy, attr, extack);
	case DFENCE_A_CHUNK_ZONE:
		return dfence_part_zone(policy, attr, extack);
	case DFENCE_A_CHUNK_RANGES4:
		return dfence_part_ranges(&policy->map4, attr, extack);
	case DFENCE_A_CHUNK_RANGES6:
		return dfence_part_ranges(&policy->map6, attr, extack);
	case DFENCE_A_CHUNK_PROFILE:
		return dfence_part_profile(policy, attr, extack);
	case DFENCE_A_CHUNK_APPLICATION:
		return dfence_part_application(policy, attr, extack);
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr, "not a part of a policy");
		return -EINVAL;
	}
}

static bool is_ranges(const struct nlattr *attr)
{
	return nla_type(attr) == DFENCE_A_CHUNK_RANGES4 ||
	       nla_type(attr) == DFENCE_A_CHUNK_RANGES6;
}

static int add_locked(u32 portid, const struct nlmsghdr *nlh, int hdrlen,
		      struct netlink_ext_ack *extack)
{
	struct transaction *t = &current_transaction;
	int err = transaction_check(portid, extack);
	struct nlattr *attr;
	int rem;

	if (err)
		return err;
	if (t->broken) {
		NL_SET_ERR_MSG(extack, "an earlier part was refused");
		return -EINVAL;
	}
	nlmsg_for_each_attr(attr, nlh, hdrlen, rem) {
		err = add_part(t->policy, attr, extack);
		if (err) {
			t->broken = true;
			return err;
		}
		if (is_ranges(attr))
			hash_ranges(&t->hash, attr);
		else
			hash_attr(&t->hash, attr);
	}
	return 0;
}

/**
 * dfence_transaction_add() - add parts
 * @portid: netlink port of the caller
 * @nlh: message, its attributes passed the netlink policy
 * @hdrlen: length of the headers before the attributes
 * @extack: says what is wrong
 *
 * Context: process; may sleep.
 * Return: 0; -ENOENT without a transaction; -EBUSY if it is not the caller's;
 * -EINVAL or -ENOMEM where a part is refused: only abort is left then.
 */
int dfence_transaction_add(u32 portid, const struct nlmsghdr *nlh, int hdrlen,
			   struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&lock);
	err = add_locked(portid, nlh, hdrlen, extack);
	mutex_unlock(&lock);
	return err;
}

static int check_complete(struct transaction *t, const struct nlattr *digest,
			  struct netlink_ext_ack *extack)
{
	const char *why;
	int err;

	if (t->broken) {
		NL_SET_ERR_MSG(extack, "an earlier part was refused");
		return -EINVAL;
	}
	err = dfence_policy_seal(t->policy, &why);
	if (err) {
		dfence_set_error(extack, NULL, why);
		return err;
	}
	sha256_final(&t->hash, t->policy->digest);
	if (!digest || memcmp(t->policy->digest, nla_data(digest),
			      sizeof(t->policy->digest))) {
		NL_SET_ERR_MSG_ATTR(extack, digest, "digest does not match what was transferred");
		return -EBADMSG;
	}
	return 0;
}

/* Take away what is not in @wanted. */
static void disable(struct watchers wanted)
{
	if (!wanted.place && enabled.place)
		dfence_place_disable();
	if (!wanted.forward && enabled.forward)
		dfence_forward_hooks_disable();
	if (!wanted.hooks && enabled.hooks)
		dfence_hooks_disable();
	enabled.place &= wanted.place;
	enabled.forward &= wanted.forward;
	enabled.hooks &= wanted.hooks;
}

/* Set up what is in @wanted and missing; after an error nothing has changed. */
static int enable(struct watchers wanted)
{
	struct watchers before = enabled;
	int err = 0;

	if (wanted.hooks && !enabled.hooks) {
		err = dfence_hooks_enable();
		enabled.hooks = !err;
	}
	if (!err && wanted.forward && !enabled.forward) {
		err = dfence_forward_hooks_enable();
		enabled.forward = !err;
	}
	if (!err && wanted.place && !enabled.place) {
		err = dfence_place_enable();
		enabled.place = !err;
	}
	if (err)
		disable(before);
	return err;
}

/*
 * Hooks come before the policy that needs them and go after it, so that a
 * failure leaves the old state, and there is no moment in which a registered
 * application is not judged. The same holds for the eye on what is executed.
 */
static int activate(struct dfence_policy *policy)
{
	struct watchers wanted = {
		.hooks = policy && policy->want.apps,
		.forward = policy && policy->forward.count,
		.place = policy && !list_empty(&policy->executables),
	};
	int err = enable(wanted);

	if (err)
		return err;
	dfence_policy_publish(policy);
	disable(wanted);
	return 0;
}

static void record_policy(const struct dfence_policy *policy)
{
	struct dfence_event event = {
		.type = DFENCE_EVENT_POLICY,
		.generation = policy->generation,
		.uid = from_kuid(&init_user_ns, current_uid()),
		.pid = task_tgid_nr(current),
	};

	strscpy(event.app, policy->name, sizeof(event.app));
	memcpy(event.comm, current->comm, sizeof(event.comm));
	memcpy(event.digest, policy->digest, sizeof(event.digest));
	dfence_event_record(&event);
}

static int commit_locked(u32 portid, const struct nlattr *digest,
			 const struct nlattr *permit, u32 *generation,
			 struct netlink_ext_ack *extack)
{
	struct transaction *t = &current_transaction;
	struct dfence_held_permit *fresh;
	int err = transaction_check(portid, extack);

	if (err)
		return err;
	err = check_complete(t, digest, extack);
	if (err)
		goto end;
	err = dfence_seal_admit(permit, t->policy->digest, &fresh, extack);
	if (err)
		goto end;
	err = activate(t->policy);
	if (err) {
		dfence_seal_drop(fresh);
		NL_SET_ERR_MSG(extack, "hooks of packets or programs cannot be registered");
		goto end;
	}

	record_policy(t->policy);
	*generation = t->policy->generation;
	dfence_seal_renew(fresh);
	/* The reference went to the active policy. */
	t->policy = NULL;
end:
	transaction_end();
	return err;
}

/**
 * dfence_transaction_commit() - make the new policy the active one
 * @portid: netlink port of the caller
 * @digest: the digest attribute, or NULL
 * @permit: the permit attribute, or NULL
 * @generation: number of the new policy
 * @extack: says what is wrong
 *
 * The transaction ends, whatever the result, unless it is not the caller's.
 *
 * Context: process; may sleep.
 * Return: 0; -ENOENT without a transaction; -EBUSY if it is not the caller's;
 * -EINVAL if it is incomplete; -EBADMSG for a wrong digest; as dfence_seal_admit();
 * -ENOMEM.
 */
int dfence_transaction_commit(u32 portid, const struct nlattr *digest,
			      const struct nlattr *permit, u32 *generation,
			      struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&lock);
	err = commit_locked(portid, digest, permit, generation, extack);
	mutex_unlock(&lock);
	return err;
}

/**
 * dfence_transaction_seal() - seal the policy in force
 * @attrs: by DFENCE_A_SEAL_*, passed the netlink policy
 * @nlh: the same message
 * @extack: says what is wrong
 *
 * Context: process; may sleep.
 * Return: see dfence_seal_set().
 */
int dfence_transaction_seal(struct nlattr **attrs, const struct nlmsghdr *nlh,
			    struct netlink_ext_ack *extack)
{
	struct dfence_policy *policy;
	int err;

	mutex_lock(&lock);
	policy = dfence_policy_get();
	err = dfence_seal_set(attrs, nlh, policy ? policy->digest : NULL,
			      extack);
	dfence_policy_put(policy);
	mutex_unlock(&lock);
	return err;
}

/**
 * dfence_transaction_abort() - give a transaction up
 * @portid: netlink port of the caller
 * @extack: says what is wrong
 *
 * Context: process; may sleep.
 * Return: 0; -ENOENT without a transaction; -EBUSY if it is not the caller's.
 */
int dfence_transaction_abort(u32 portid, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&lock);
	err = transaction_check(portid, extack);
	if (!err)
		transaction_end();
	mutex_unlock(&lock);
	return err;
}

/**
 * dfence_transaction_release() - a netlink socket was closed
 * @portid: its port
 *
 * Every socket of the system comes by here when it is closed, and must not wait
 * for a writer. A look without the lock is enough: a socket is closed after its
 * own begin, so its port is seen.
 *
 * Context: process; may sleep.
 */
void dfence_transaction_release(u32 portid)
{
	if (READ_ONCE(current_transaction.portid) != portid)
		return;
	mutex_lock(&lock);
	if (current_transaction.policy && current_transaction.portid == portid)
		transaction_end();
	mutex_unlock(&lock);
}

/**
 * dfence_transaction_owner() - who has a transaction open
 *
 * Context: any.
 * Return: netlink port, 0 for nobody.
 */
u32 dfence_transaction_owner(void)
{
	/* Not under the lock: who asks must not wait for a commit. */
	return READ_ONCE(current_transaction.portid);
}

/**
 * dfence_transaction_cleanup() - drop everything, when the module goes
 *
 * Context: process; may sleep. No netlink request arrives any more.
 */
void dfence_transaction_cleanup(void)
{
	mutex_lock(&lock);
	transaction_end();
	activate(NULL);
	mutex_unlock(&lock);
}
