// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The seal
 *
 * Sealed, the module stays loaded, and only an image is put into force that a permit
 * lists: a list of digests, signed by the key of a certificate that came with the
 * seal. It binds root too, up to whoever can write to the kernel's memory. There is
 * no way back but to start the machine again.
 *
 * A permit can be replaced by one with a higher serial. Whichever holds, it always
 * lists the image in force: the seal is not set otherwise, and neither a permit nor
 * an image is taken that would change that.
 *
 * What changes something here is called with the lock of the transaction, so that
 * between the look at the image in force and the seal no other one comes.
 */

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "event.h"
#include "netlink.h"
#include "parts.h"
#include "permit.h"
#include "seal.h"
#include "signers.h"

/**
 * struct dfence_held_permit - a permit that was found to be good
 * @permit: refers to @data
 * @data: what was signed
 */
struct dfence_held_permit {
	struct dfence_permit permit;
	u8 data[];
};

/* Set once, and then read without a lock. */
static bool sealed;
static struct dfence_signers *signers;

/* Protects @held against those who only look; who changes it has more, see above. */
static DEFINE_MUTEX(lock);
static struct dfence_held_permit *held;

/**
 * struct reading - a permit that is being verified
 * @held: result
 * @why: what is wrong with it, if that is known better than the error says
 */
struct reading {
	struct dfence_held_permit *held;
	const char *why;
};

/**
 * dfence_sealed() - is the module sealed
 *
 * Context: any.
 * Return: true once it is, and from then on.
 */
bool dfence_sealed(void)
{
	/* Pairs with the release in set_seal(). */
	return smp_load_acquire(&sealed);
}

static int refuse(u8 command, enum dfence_refused why, int err,
		  struct netlink_ext_ack *extack, const char *text)
{
	dfence_netlink_refused(command, why);
	dfence_set_error(extack, NULL, text);
	return err;
}

/**
 * dfence_seal_forbids() - stop here under the seal
 * @command: enum dfence_cmd, what was asked for
 * @extack: says that it is
 *
 * Context: process.
 * Return: 0, or -EPERM under the seal.
 */
int dfence_seal_forbids(u8 command, struct netlink_ext_ack *extack)
{
	if (!dfence_sealed())
		return 0;
	return refuse(command, DFENCE_REFUSED_SEALED, -EPERM, extack,
		      "the module is sealed: this stays as it is until the next start");
}

/* Gets what somebody has signed whose signature counts. */
static int hold(void *arg, const void *data, size_t size, size_t header)
{
	struct dfence_held_permit *fresh;
	struct reading *reading = arg;
	struct dfence_permit permit;

	reading->why = dfence_permit_parse(data, size, &permit);
	if (reading->why)
		return -EBADMSG;
	fresh = kvmalloc(struct_size(fresh, data, size),
			 GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!fresh)
		return -ENOMEM;
	memcpy(fresh->data, data, size);
	fresh->permit = permit;
	fresh->permit.digests = fresh->data + DFENCE_PERMIT_HEADER;
	reading->held = fresh;
	return 0;
}

static const char *what_is_wrong(int err)
{
	switch (err) {
	case -ENOKEY:
		return "no key that is trusted here has signed the permit";
	case -ENOPKG:
		return "this kernel cannot verify a signature of that kind";
	default:
		return "the permit is not as it was signed";
	}
}

static int read_permit(const struct dfence_signers *by, u8 command,
		       const struct nlattr *attr,
		       struct dfence_held_permit **fresh,
		       struct netlink_ext_ack *extack)
{
	struct reading reading = { 0 };
	int err = dfence_signers_verify(by, attr, hold, &reading);

	*fresh = reading.held;
	if (!err || err == -ENOMEM)
		return err;
	/* However a decoder puts it. */
	if (err != -ENOKEY && err != -ENOPKG)
		err = -EKEYREJECTED;
	return refuse(command, DFENCE_REFUSED_PERMIT, err, extack,
		      reading.why ?: what_is_wrong(err));
}

static int check_serial(u8 command, const struct dfence_permit *permit,
			struct netlink_ext_ack *extack)
{
	if (permit->serial < held->permit.serial)
		return refuse(command, DFENCE_REFUSED_OLD, -EKEYREJECTED, extack,
			      "the permit has a lower serial than the one that holds");
	if (permit->serial == held->permit.serial &&
	    !dfence_permit_same(permit, &held->permit))
		return refuse(command, DFENCE_REFUSED_OLD, -EKEYREJECTED, extack,
			      "another permit with this serial holds");
	return 0;
}

static int check_listed(u8 command, const struct dfence_permit *permit,
			const u8 *digest, struct netlink_ext_ack *extack)
{
	if (dfence_permit_lists(permit, digest))
		return 0;
	return refuse(command, DFENCE_REFUSED_UNLISTED, -EKEYREJECTED, extack,
		      command == DFENCE_CMD_SEAL ?
		      "the permit does not list the policy in force" :
		      "no permit lists this policy as it was compiled");
}

/* Under the seal. */
static int admit(u8 command, const struct nlattr *attr, const u8 *digest,
		 struct dfence_held_permit **fresh,
		 struct netlink_ext_ack *extack)
{
	const struct dfence_permit *permit = &held->permit;
	int err = 0;

	if (attr)
		err = read_permit(signers, command, attr, fresh, extack);
	if (err)
		return err;
	if (*fresh) {
		permit = &(*fresh)->permit;
		err = check_serial(command, permit, extack);
	}
	err = err ?: check_listed(command, permit, digest, extack);
	if (err) {
		dfence_seal_drop(*fresh);
		*fresh = NULL;
	}
	return err;
}

/**
 * dfence_seal_admit() - may an image come into force
 * @permit: attribute with a permit, or NULL; not read where nothing is sealed
 * @digest: of the image
 * @fresh: result: @permit, for dfence_seal_renew() or dfence_seal_drop(); or NULL
 * @extack: says why not
 *
 * Context: process; may sleep. With the lock of the transaction.
 * Return: 0 if it may; -EKEYREJECTED or -ENOKEY; -ENOPKG if the kernel lacks the
 * algorithm; -ENOMEM.
 */
int dfence_seal_admit(const struct nlattr *permit, const u8 *digest,
		      struct dfence_held_permit **fresh,
		      struct netlink_ext_ack *extack)
{
	*fresh = NULL;
	if (!dfence_sealed())
		return 0;
	return admit(DFENCE_CMD_POLICY_COMMIT, permit, digest, fresh, extack);
}

static void record_seal(const struct dfence_permit *permit)
{
	struct dfence_event event = {
		.type = DFENCE_EVENT_SEALED,
		.generation = dfence_policy_generation(),
		.uid = from_kuid(&init_user_ns, current_uid()),
		.pid = task_tgid_nr(current),
		.serial = permit->serial,
		.permitted = permit->count,
	};

	memcpy(event.comm, current->comm, sizeof(event.comm));
	dfence_event_record(&event);
}

/**
 * dfence_seal_renew() - from here on this permit holds
 * @fresh: from dfence_seal_admit(); NULL if the one before stays
 *
 * Context: process; may sleep. With the lock of the transaction.
 */
void dfence_seal_renew(struct dfence_held_permit *fresh)
{
	struct dfence_held_permit *old;
	bool same;

	if (!fresh)
		return;
	same = held && dfence_permit_same(&held->permit, &fresh->permit);
	mutex_lock(&lock);
	old = held;
	held = fresh;
	mutex_unlock(&lock);
	kvfree(old);
	if (!same)
		record_seal(&fresh->permit);
}

/**
 * dfence_seal_drop() - this permit will not hold
 * @fresh: from dfence_seal_admit(); NULL is allowed
 *
 * Context: process; may sleep.
 */
void dfence_seal_drop(struct dfence_held_permit *fresh)
{
	kvfree(fresh);
}

static int add_certificates(struct dfence_signers *by,
			    const struct nlmsghdr *nlh,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != DFENCE_A_SEAL_CERTIFICATE)
			continue;
		err = dfence_signers_add(by, attr);
		if (err == -E2BIG)
			NL_SET_ERR_MSG_ATTR(extack, attr, "too many certificates");
		else if (err && err != -ENOMEM)
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "no certificate, or of a kind that this kernel cannot use");
		if (err)
			return err;
	}
	return dfence_signers_close(by);
}

/* Nothing fails any more. */
static void set_seal(struct dfence_signers *by, struct dfence_held_permit *fresh)
{
	signers = by;
	dfence_seal_renew(fresh);
	__module_get(THIS_MODULE);
	/* Pairs with the acquire in dfence_sealed(). */
	smp_store_release(&sealed, true);
}

static int seal_with(struct dfence_signers *by, const struct nlattr *permit,
		     const struct nlmsghdr *nlh, const u8 *digest,
		     struct netlink_ext_ack *extack)
{
	struct dfence_held_permit *fresh = NULL;
	int err = add_certificates(by, nlh, extack);

	if (!err)
		err = read_permit(by, DFENCE_CMD_SEAL, permit, &fresh, extack);
	if (!err)
		err = check_listed(DFENCE_CMD_SEAL, &fresh->permit, digest,
				   extack);
	if (err)
		dfence_seal_drop(fresh);
	else
		set_seal(by, fresh);
	return err;
}

static int first_seal(struct nlattr **attrs, const struct nlmsghdr *nlh,
		      const u8 *digest, struct netlink_ext_ack *extack)
{
	struct dfence_signers *by;
	int err;

	if (!attrs[DFENCE_A_SEAL_CERTIFICATE] == !attrs[DFENCE_A_SEAL_PLATFORM]) {
		NL_SET_ERR_MSG(extack,
			       "a seal needs either certificates or the keys of the platform");
		return -EINVAL;
	}
	by = dfence_signers_alloc();
	if (!by)
		return -ENOMEM;
	err = seal_with(by, attrs[DFENCE_A_SEAL_PERMIT], nlh, digest, extack);
	if (err)
		dfence_signers_free(by);
	return err;
}

static int renew(struct nlattr **attrs, const u8 *digest,
		 struct netlink_ext_ack *extack)
{
	struct dfence_held_permit *fresh = NULL;
	int err;

	/* Whose signature counts was settled. */
	if (attrs[DFENCE_A_SEAL_CERTIFICATE] || attrs[DFENCE_A_SEAL_PLATFORM])
		return dfence_seal_forbids(DFENCE_CMD_SEAL, extack);
	err = admit(DFENCE_CMD_SEAL, attrs[DFENCE_A_SEAL_PERMIT], digest, &fresh,
		    extack);
	if (!err)
		dfence_seal_renew(fresh);
	return err;
}

/**
 * dfence_seal_set() - seal, or take a newer permit
 * @attrs: by DFENCE_A_SEAL_*, passed the netlink policy
 * @nlh: the same message, for attributes that come several times
 * @digest: of the image in force, NULL if there is none
 * @extack: says why not
 *
 * Context: process; may sleep. With the lock of the transaction.
 * Return: 0; -EOPNOTSUPP if the kernel cannot verify signatures; -EINVAL where
 * something is missing; -ENOENT without a policy; -EPERM for other keys under the seal;
 * what the kernel says of a certificate; as dfence_seal_admit(). After an error nothing
 * has changed.
 */
int dfence_seal_set(struct nlattr **attrs, const struct nlmsghdr *nlh,
		    const u8 *digest, struct netlink_ext_ack *extack)
{
	if (!IS_ENABLED(CONFIG_SYSTEM_DATA_VERIFICATION)) {
		NL_SET_ERR_MSG(extack,
			       "this kernel cannot verify signatures (CONFIG_SYSTEM_DATA_VERIFICATION)");
		return -EOPNOTSUPP;
	}
	if (!attrs[DFENCE_A_SEAL_PERMIT]) {
		NL_SET_ERR_MSG(extack, "a seal needs a permit");
		return -EINVAL;
	}
	if (!digest) {
		NL_SET_ERR_MSG(extack, "no policy is in force that could be sealed");
		return -ENOENT;
	}
	return dfence_sealed() ? renew(attrs, digest, extack) :
				 first_seal(attrs, nlh, digest, extack);
}

/**
 * dfence_seal_state() - what the seal is
 * @state: result
 *
 * Context: process; may sleep.
 * Return: false if nothing is sealed.
 */
bool dfence_seal_state(struct dfence_seal_state *state)
{
	if (!dfence_sealed())
		return false;
	mutex_lock(&lock);
	state->serial = held->permit.serial;
	state->permitted = held->permit.count;
	mutex_unlock(&lock);
	return true;
}

/**
 * dfence_seal_key() - who may sign permits
 * @i: his number, from 0
 *
 * Context: process, under the seal.
 * Return: subject and number of his certificate; NULL behind the last one.
 */
const char *dfence_seal_key(u32 i)
{
	return dfence_signers_name(signers, i);
}

/**
 * dfence_seal_cleanup() - the module goes, by force if it was sealed
 *
 * Context: process; may sleep. No request runs any more.
 */
void dfence_seal_cleanup(void)
{
	dfence_seal_drop(held);
	dfence_signers_free(signers);
}
