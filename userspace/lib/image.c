// SPDX-License-Identifier: GPL-2.0-or-later
/* A compiled policy, and what it decides. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "eval.h"
#include "image.h"

static void free_profile(struct df_image_profile *profile)
{
	size_t i;

	for (i = 0; i < profile->rule_count; i++) {
		free(profile->rules[i].sets);
		free(profile->rules[i].ports);
	}
	free(profile->rules);
	free(profile->name);
}

/**
 * df_image_free() - free an image
 * @image: may be NULL
 */
void df_image_free(struct df_image *image)
{
	size_t i;

	if (!image)
		return;
	for (i = 0; i < image->set_count; i++)
		free(image->sets[i].name);
	for (i = 0; i < image->zone_count; i++)
		free(image->zones[i].sets);
	for (i = 0; i < image->profile_count; i++)
		free_profile(&image->profiles[i]);
	for (i = 0; i < DF_FAMILIES; i++)
		free(image->ranges[i].list);
	if (image->own_applications)
		df_applications_free(image->own_applications,
				     image->application_count);
	free(image->sets);
	free(image->zones);
	free(image->profiles);
	free(image->name);
	free(image);
}

/**
 * df_image_zone() - the zone of an address
 * @image: the image
 * @family: address family
 * @addr: the address
 *
 * Return: index into the zones of @image.
 */
uint16_t df_image_zone(const struct df_image *image, enum df_family family,
		       df_u128 addr)
{
	const struct df_image_ranges *ranges = &image->ranges[family];
	size_t low = 0, high = ranges->count - 1;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ranges->list[mid].last < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return ranges->list[low].zone;
}

static int convert_rule(const struct df_image_rule *rule,
			struct dfence_rule *out)
{
	size_t i;

	*out = (struct dfence_rule){
		.verdict = rule->verdict,
		.log = rule->log,
		.any_protocol = rule->any_protocol,
		.set_count = rule->set_count,
		.port_count = rule->port_count,
		.sets = calloc(rule->set_count + 1, sizeof(*out->sets)),
		.ports = calloc(rule->port_count + 1, sizeof(*out->ports)),
	};
	memcpy(out->protocols, rule->protocols, sizeof(out->protocols));
	memcpy(out->out, rule->out, sizeof(out->out));
	if (!out->sets || !out->ports)
		return -ENOMEM;
	for (i = 0; i < rule->set_count; i++)
		out->sets[i] = rule->sets[i];
	for (i = 0; i < rule->port_count; i++)
		out->ports[i] = (struct dfence_ports){ rule->ports[i].first,
						       rule->ports[i].last };
	return 0;
}

static void free_converted(struct dfence_profile *profile)
{
	size_t i;

	for (i = 0; i < profile->rule_count; i++) {
		free(profile->rules[i].sets);
		free(profile->rules[i].ports);
	}
	free(profile->rules);
}

/* As the kernel has it. */
static int convert_profile(const struct df_image_profile *profile,
			   struct dfence_profile *out)
{
	size_t i;
	int err = 0;

	*out = (struct dfence_profile){
		.verdict = profile->verdict,
		.log = profile->log,
		.rules = calloc(profile->rule_count + 1, sizeof(*out->rules)),
	};
	if (!out->rules)
		return -ENOMEM;
	for (i = 0; !err && i < profile->rule_count; i++) {
		err = convert_rule(&profile->rules[i], &out->rules[i]);
		out->rule_count++;
	}
	return err;
}

static enum dfence_reason reason_of(const struct df_image *image,
				    const struct dfence_decision *decision)
{
	if (!decision->rule)
		return DFENCE_REASON_DEFAULT;
	if (decision->set == DFENCE_NO_SET)
		return DFENCE_REASON_ANY;
	return image->sets[decision->set].kind;
}

/**
 * df_image_eval_out() - what the kernel would decide
 * @image: the image
 * @profile: index of the profile
 * @family: address family
 * @addr: destination
 * @protocol: IP protocol number
 * @port: destination port, -1 for a packet that has none
 * @out: outgoing interface, NULL for one that nobody knows
 * @decision: result
 *
 * Return: 0, -EINVAL where there is no such profile, -ENOMEM.
 */
int df_image_eval_out(const struct df_image *image, size_t profile,
		      enum df_family family, df_u128 addr, uint8_t protocol,
		      int port, const char *out, struct df_decision *decision)
{
	const struct dfence_query query = {
		.sets = image->zones[df_image_zone(image, family, addr)].sets,
		.protocol = protocol,
		.has_ports = port >= 0,
		.dport = port >= 0 ? port : 0,
		.out = out,
	};
	struct dfence_decision result;
	struct dfence_profile converted;
	int err;

	if (profile >= image->profile_count)
		return -EINVAL;
	err = convert_profile(&image->profiles[profile], &converted);
	if (!err) {
		result = dfence_eval(&converted, &query);
		*decision = (struct df_decision){
			.verdict = result.verdict,
			.log = result.log,
			.reason = reason_of(image, &result),
			.rule = result.rule,
			.set = result.set == DFENCE_NO_SET ? -1 : result.set,
		};
	}
	free_converted(&converted);
	return err;
}

/**
 * df_image_eval() - df_image_eval_out() for an unknown interface
 * @image: the image
 * @profile: index of the profile
 * @family: address family
 * @addr: destination
 * @protocol: IP protocol number
 * @port: destination port, -1 for a packet that has none
 * @decision: result
 *
 * Return: 0, -EINVAL where there is no such profile, -ENOMEM.
 */
int df_image_eval(const struct df_image *image, size_t profile,
		  enum df_family family, df_u128 addr, uint8_t protocol,
		  int port, struct df_decision *decision)
{
	return df_image_eval_out(image, profile, family, addr, protocol, port,
				 NULL, decision);
}
