// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image becomes one begin message and as many add messages as it takes.
 * The same code serves the transfer and the digest, so the two cannot differ.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "transfer.h"

/* Payload of a ranges attribute: the most records that its length can say. */
#define RANGES_BYTES	65520

/* A put that did not fit. */
#define FULL	(-ENOSPC)

static int put(int nl_error)
{
	return nl_error ? FULL : 0;
}

/**
 * df_transfer_begin() - emit the begin message
 * @t: set up
 * @generation: that is expected to be active
 *
 * Return: 0, -ENOMEM or what emit returned.
 */
int df_transfer_begin(struct df_transfer *t, uint32_t generation)
{
	const struct df_image *image = t->image;
	struct nl_msg *msg = t->open(DFENCE_CMD_POLICY_BEGIN, t->arg);

	if (!msg)
		return -ENOMEM;
	if (nla_put_string(msg, DFENCE_A_POLICY_NAME, image->name) ||
	    nla_put_u32(msg, DFENCE_A_POLICY_GENERATION, generation) ||
	    nla_put_u32(msg, DFENCE_A_POLICY_SETS, image->set_count) ||
	    nla_put_u32(msg, DFENCE_A_POLICY_ZONES, image->zone_count) ||
	    nla_put_u32(msg, DFENCE_A_POLICY_RANGES4,
			image->ranges[DF_IPV4].count) ||
	    nla_put_u32(msg, DFENCE_A_POLICY_RANGES6,
			image->ranges[DF_IPV6].count) ||
	    nla_put_u32(msg, DFENCE_A_POLICY_PROFILES, image->profile_count) ||
	    nla_put_u32(msg, DFENCE_A_POLICY_APPLICATIONS,
			image->application_count) ||
	    nla_put(msg, DFENCE_A_POLICY_SOURCE_DIGEST, DRONEFENCE_DIGEST_LEN,
		    image->source_digest) ||
	    nla_put(msg, DFENCE_A_POLICY_GEO_DIGEST, DRONEFENCE_DIGEST_LEN,
		    image->geo_digest) ||
	    nla_put_u64(msg, DFENCE_A_POLICY_GEO_DATE, image->geo_date)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return t->emit(msg, t->arg);
}

static int put_set(struct nl_msg *msg, const struct df_image *image, size_t i)
{
	const struct df_image_set *set = &image->sets[i];

	return put(nla_put_string(msg, DFENCE_A_SET_NAME, set->name)) ?:
	       put(nla_put_u8(msg, DFENCE_A_SET_KIND, set->kind));
}

static int put_zone(struct nl_msg *msg, const struct df_image *image, size_t i)
{
	const struct df_image_zone *zone = &image->zones[i];
	size_t bitmap = (image->set_count + 7) / 8;

	return put(nla_put_string(msg, DFENCE_A_ZONE_COUNTRY, zone->country)) ?:
	       put(nla_put(msg, DFENCE_A_ZONE_VOTES, zone->votes_len,
			   zone->votes)) ?:
	       (bitmap ? put(nla_put(msg, DFENCE_A_ZONE_SETS, bitmap,
				     zone->sets)) : 0);
}

static int put_rule(struct nl_msg *msg, const struct df_image_rule *rule)
{
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_PROFILE_RULE);
	size_t i;

	if (!nest || nla_put_u8(msg, DFENCE_A_RULE_VERDICT, rule->verdict) ||
	    nla_put_u8(msg, DFENCE_A_RULE_LOG, rule->log))
		return FULL;
	for (i = 0; i < rule->set_count; i++)
		if (nla_put_u32(msg, DFENCE_A_RULE_SET, rule->sets[i]))
			return FULL;
	if (!rule->any_protocol &&
	    nla_put(msg, DFENCE_A_RULE_PROTOCOLS, DRONEFENCE_PROTOCOLS_LEN,
		    rule->protocols))
		return FULL;
	for (i = 0; i < rule->port_count; i++)
		if (nla_put_u32(msg, DFENCE_A_RULE_PORTS,
				(uint32_t)rule->ports[i].first << 16 |
				rule->ports[i].last))
			return FULL;
	if (nla_put_string(msg, DFENCE_A_RULE_ORIGIN, rule->origin) ||
	    (*rule->out &&
	     nla_put_string(msg, DFENCE_A_RULE_OUT_INTERFACE, rule->out)))
		return FULL;
	return put(nla_nest_end(msg, nest));
}

static int put_profile(struct nl_msg *msg, const struct df_image *image,
		       size_t i)
{
	const struct df_image_profile *profile = &image->profiles[i];
	size_t r;
	int err;

	if (nla_put_string(msg, DFENCE_A_PROFILE_NAME, profile->name) ||
	    nla_put_u8(msg, DFENCE_A_PROFILE_VERDICT, profile->verdict) ||
	    nla_put_u8(msg, DFENCE_A_PROFILE_LOG, profile->log))
		return FULL;
	for (r = 0; r < profile->rule_count; r++) {
		err = put_rule(msg, &profile->rules[r]);
		if (err)
			return err;
	}
	return put(nla_put_string(msg, DFENCE_A_PROFILE_ORIGIN,
				  profile->origin));
}

static int put_source(struct nl_msg *msg, const struct df_net *source)
{
	uint8_t bytes[16];
	size_t len = df_addr_to_bytes(source->family, source->first, bytes);

	return put(nla_put(msg, DFENCE_A_SELECTOR_SOURCE, len, bytes)) ?:
	       put(nla_put_u8(msg, DFENCE_A_SELECTOR_SOURCE_PREFIX,
			      source->prefix));
}

static int put_selector(struct nl_msg *msg, const struct df_selector *selector)
{
	if (selector->type == DFENCE_SELECTOR_USER)
		return put(nla_put_u32(msg, DFENCE_A_SELECTOR_UID,
				       selector->uid));
	if (selector->pattern)
		return put(nla_put_string(msg, DFENCE_A_SELECTOR_PATTERN,
					  selector->pattern)) ?:
		       (selector->copies ?
			put(nla_put_flag(msg, DFENCE_A_SELECTOR_COPIES)) : 0);
	if (*selector->in && nla_put_string(msg, DFENCE_A_SELECTOR_IN_INTERFACE,
					    selector->in))
		return FULL;
	if (selector->has_source && put_source(msg, &selector->source))
		return FULL;
	if (selector->has_mac && nla_put(msg, DFENCE_A_SELECTOR_MAC,
					 sizeof(selector->mac), selector->mac))
		return FULL;
	return 0;
}

static int put_application(struct nl_msg *msg, const struct df_image *image,
			   size_t i)
{
	const struct df_application *app = &image->applications[i];
	size_t s;

	if (nla_put_string(msg, DFENCE_A_APP_NAME, app->name) ||
	    nla_put_u32(msg, DFENCE_A_APP_PROFILE, app->profile) ||
	    nla_put_u8(msg, DFENCE_A_APP_MODE, app->mode))
		return FULL;
	for (s = 0; s < app->selector_count; s++) {
		const struct df_selector *selector = &app->selectors[s];
		struct nlattr *nest = nla_nest_start(msg, DFENCE_A_APP_SELECTOR);

		if (!nest ||
		    nla_put_u8(msg, DFENCE_A_SELECTOR_TYPE, selector->type) ||
		    put_selector(msg, selector) ||
		    nla_nest_end(msg, nest))
			return FULL;
	}
	/* Left out, so that the digest of a policy without it stays. */
	return app->strays == DFENCE_STRAYS_REPORT ? 0 :
	       put(nla_put_u8(msg, DFENCE_A_APP_STRAYS, app->strays));
}

/**
 * struct kind - a kind of part that is a nest
 * @name: for people
 * @type: of the attribute
 * @fill: puts the attributes of part @i; FULL if they do not fit
 */
struct kind {
	const char *name;
	int type;
	int (*fill)(struct nl_msg *msg, const struct df_image *image, size_t i);
};

/* Parts refer to earlier kinds only. Ranges come after the zones. */
static const struct kind kinds[] = {
	{ "set", DFENCE_A_CHUNK_SET, put_set },
	{ "zone", DFENCE_A_CHUNK_ZONE, put_zone },
	{ "profile", DFENCE_A_CHUNK_PROFILE, put_profile },
	{ "application", DFENCE_A_CHUNK_APPLICATION, put_application },
};

static size_t kind_count(const struct df_image *image, int type)
{
	switch (type) {
	case DFENCE_A_CHUNK_SET:
		return image->set_count;
	case DFENCE_A_CHUNK_ZONE:
		return image->zone_count;
	case DFENCE_A_CHUNK_PROFILE:
		return image->profile_count;
	default:
		return image->application_count;
	}
}

static int open_message(struct df_transfer *t)
{
	t->msg = t->open(DFENCE_CMD_POLICY_ADD, t->arg);
	memcpy(t->first, t->next, sizeof(t->first));
	return t->msg ? 0 : -ENOMEM;
}

static int flush(struct df_transfer *t)
{
	struct nl_msg *msg = t->msg;

	t->msg = NULL;
	return msg ? t->emit(msg, t->arg) : 0;
}

static int add_nest(struct df_transfer *t, const struct kind *kind, size_t i)
{
	struct nlattr *nest = nla_nest_start(t->msg, kind->type);
	int err;

	if (!nest)
		return FULL;
	err = kind->fill(t->msg, t->image, i) ?:
	      put(nla_nest_end(t->msg, nest));
	if (err)
		nla_nest_cancel(t->msg, nest);
	return err;
}

/* Add one part; begin another message where this one is full. */
static int add_part(struct df_transfer *t, const struct kind *kind, size_t i)
{
	int err = t->msg ? add_nest(t, kind, i) : FULL;

	if (err == FULL) {
		err = flush(t) ?: open_message(t) ?: add_nest(t, kind, i);
		/* A part that does not fit into an empty message. */
		if (err == FULL)
			err = -E2BIG;
	}
	if (!err)
		t->next[kind->type]++;
	return err;
}

static size_t put_range(uint8_t *to, enum df_family family,
			const struct df_image_range *range)
{
	size_t len = df_addr_to_bytes(family, range->first, to);

	len += df_addr_to_bytes(family, range->last, to + len);
	to[len++] = range->zone >> 8;
	to[len++] = range->zone & 0xff;
	to[len++] = 0;
	to[len++] = 0;
	return len;
}

/* Ranges travel in messages of their own, as many as fit in each. */
static int add_ranges(struct df_transfer *t, enum df_family family)
{
	const struct df_image_ranges *ranges = &t->image->ranges[family];
	int type = family == DF_IPV6 ? DFENCE_A_CHUNK_RANGES6 :
				       DFENCE_A_CHUNK_RANGES4;
	size_t size = family == DF_IPV6 ? DRONEFENCE_RANGE6_LEN :
					  DRONEFENCE_RANGE4_LEN;
	uint8_t buf[RANGES_BYTES];
	size_t i = 0;
	int err;

	while (i < ranges->count) {
		size_t len = 0;

		err = flush(t) ?: open_message(t);
		if (err)
			return err;
		for (; i < ranges->count && len + size <= sizeof(buf); i++)
			len += put_range(buf + len, family, &ranges->list[i]);
		if (nla_put(t->msg, type, len, buf))
			return -ENOMEM;
		t->next[type] = i;
	}
	return 0;
}

/**
 * df_transfer_parts() - emit all parts of the image
 * @t: after df_transfer_begin()
 *
 * Return: 0; -ENOMEM; -E2BIG for a part that no message can hold; or what emit
 * returned.
 */
int df_transfer_parts(struct df_transfer *t)
{
	size_t k, i;
	int err = 0;

	for (k = 0; k < sizeof(kinds) / sizeof(*kinds) && !err; k++) {
		size_t count = kind_count(t->image, kinds[k].type);

		for (i = 0; i < count && !err; i++)
			err = add_part(t, &kinds[k], i);
		if (kinds[k].type == DFENCE_A_CHUNK_ZONE && !err)
			err = add_ranges(t, DF_IPV4) ?: add_ranges(t, DF_IPV6);
	}
	if (!err)
		err = flush(t);
	nlmsg_free(t->msg);
	t->msg = NULL;
	return err;
}

static const char *part_name(const struct df_image *image, int type, size_t i)
{
	switch (type) {
	case DFENCE_A_CHUNK_SET:
		return i < image->set_count ? image->sets[i].name : "";
	case DFENCE_A_CHUNK_PROFILE:
		return i < image->profile_count ? image->profiles[i].name : "";
	case DFENCE_A_CHUNK_APPLICATION:
		return i < image->application_count ?
		       image->applications[i].name : "";
	default:
		return "";
	}
}

static const char *kind_name(int type)
{
	size_t k;

	for (k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		if (kinds[k].type == type)
			return kinds[k].name;
	return type == DFENCE_A_CHUNK_RANGES4 ? "IPv4 ranges from" :
						"IPv6 ranges from";
}

/**
 * df_transfer_locate() - name the part that the kernel complained about
 * @t: the transfer, right after @msg was emitted
 * @msg: the message
 * @offset: byte in it, from the beginning of the netlink header
 * @buf: result, "" if no part is there
 * @size: bytes in @buf
 */
void df_transfer_locate(const struct df_transfer *t, const struct nl_msg *msg,
			uint32_t offset, char *buf, size_t size)
{
	struct nlmsghdr *header = nlmsg_hdr((struct nl_msg *)msg);
	size_t index[DFENCE_A_CHUNK_APPLICATION + 1];
	struct nlattr *attr;
	int rem;

	buf[0] = '\0';
	memcpy(index, t->first, sizeof(index));
	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rem) {
		size_t at = (char *)attr - (char *)header;
		int type = nla_type(attr);

		if (type > DFENCE_A_CHUNK_APPLICATION)
			return;
		if (offset >= at && offset < at + nla_total_size(nla_len(attr))) {
			snprintf(buf, size, "%s %zu%s%s", kind_name(type),
				 index[type], *part_name(t->image, type,
							 index[type]) ? " " : "",
				 part_name(t->image, type, index[type]));
			return;
		}
		index[type]++;
	}
}
