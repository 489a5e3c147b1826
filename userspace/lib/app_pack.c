// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The applications of a compiled policy as bytes, and back. Where they were
 * written is left out: it is of no use without the file.
 */
#include <stdlib.h>
#include <string.h>

#include "ifname.h"
#include "image_pack.h"

static void pack_net(struct df_pack *pack, const struct df_net *net)
{
	uint8_t bytes[16];

	df_pack_number(pack, net->family, 1);
	df_pack_number(pack, net->prefix, 1);
	df_pack_bytes(pack, bytes,
		      df_addr_to_bytes(net->family, net->first, bytes));
	df_pack_bytes(pack, bytes,
		      df_addr_to_bytes(net->family, net->last, bytes));
}

static void pack_selector(struct df_pack *pack,
			  const struct df_selector *selector)
{
	df_pack_number(pack, selector->type, 1);
	df_pack_text(pack, selector->pattern);
	df_pack_text(pack, selector->in);
	df_pack_number(pack, selector->has_source, 1);
	if (selector->has_source)
		pack_net(pack, &selector->source);
	df_pack_number(pack, selector->has_mac, 1);
	df_pack_bytes(pack, selector->mac, sizeof(selector->mac));
	df_pack_number(pack, selector->uid, 4);
	df_pack_number(pack, selector->copies, 1);
	df_pack_number(pack, selector->implied, 1);
}

/**
 * df_apps_pack() - add the applications of a compiled policy
 * @pack: where to
 * @image: the policy
 */
void df_apps_pack(struct df_pack *pack, const struct df_image *image)
{
	size_t i, s;

	df_pack_number(pack, image->application_count, 4);
	for (i = 0; i < image->application_count; i++) {
		const struct df_application *app = &image->applications[i];

		df_pack_text(pack, app->name);
		df_pack_number(pack, app->profile, 4);
		df_pack_number(pack, app->mode, 1);
		df_pack_number(pack, app->strays, 1);
		df_pack_number(pack, app->lifted, 4);
		df_pack_number(pack, app->selector_count, 4);
		for (s = 0; s < app->selector_count; s++)
			pack_selector(pack, &app->selectors[s]);
	}
}

static df_u128 unpack_addr(struct df_unpack *unpack, enum df_family family)
{
	const uint8_t *bytes = df_unpack_bytes(unpack,
					       family == DF_IPV6 ? 16 : 4);

	return bytes ? df_addr_from_bytes(family, bytes) : 0;
}

static void unpack_net(struct df_unpack *unpack, struct df_net *net)
{
	net->family = df_unpack_number(unpack, 1, DF_IPV6);
	net->prefix = df_unpack_number(unpack, 1,
				       net->family == DF_IPV6 ? 128 : 32);
	net->first = unpack_addr(unpack, net->family);
	net->last = unpack_addr(unpack, net->family);
	if (net->last < net->first)
		unpack->bad = true;
}

static void unpack_in(struct df_unpack *unpack, struct df_selector *selector)
{
	char *text = df_unpack_text(unpack, DRONEFENCE_IFNAME_MAX);

	if (!text || (*text && dfence_ifname_check(text)))
		unpack->bad = true;
	else
		strcpy(selector->in, text);
	free(text);
}

/* Does it say by what it recognises? */
static bool is_complete(const struct df_selector *selector)
{
	switch (selector->type) {
	case DFENCE_SELECTOR_CGROUP:
	case DFENCE_SELECTOR_EXECUTABLE:
		return selector->pattern;
	case DFENCE_SELECTOR_FORWARD:
		return !selector->pattern && (*selector->in ||
			selector->has_source || selector->has_mac);
	default:
		return selector->type == DFENCE_SELECTOR_USER;
	}
}

static void unpack_selector(struct df_unpack *unpack,
			    struct df_selector *selector)
{
	const uint8_t *mac;

	selector->type = df_unpack_number(unpack, 1, DFENCE_SELECTOR_USER);
	selector->pattern = df_unpack_text(unpack, DRONEFENCE_PATTERN_MAX);
	unpack_in(unpack, selector);
	selector->has_source = df_unpack_number(unpack, 1, 1);
	if (selector->has_source)
		unpack_net(unpack, &selector->source);
	selector->has_mac = df_unpack_number(unpack, 1, 1);
	mac = df_unpack_bytes(unpack, sizeof(selector->mac));
	if (mac)
		memcpy(selector->mac, mac, sizeof(selector->mac));
	selector->uid = df_unpack_number(unpack, 4, UINT32_MAX);
	selector->copies = df_unpack_number(unpack, 1, 1);
	selector->implied = df_unpack_number(unpack, 1, 1);
	if (!is_complete(selector))
		unpack->bad = true;
}

static void unpack_app(struct df_unpack *unpack, const struct df_image *image,
		       struct df_application *app)
{
	size_t count, i;

	app->name = df_unpack_text(unpack, DRONEFENCE_NAME_MAX);
	app->profile = df_unpack_number(unpack, 4, UINT32_MAX);
	app->mode = df_unpack_number(unpack, 1, DFENCE_MODE_AUDIT);
	app->strays = df_unpack_number(unpack, 1, DFENCE_STRAYS_KILL);
	app->lifted = df_unpack_number(unpack, 4, UINT32_MAX);
	if (!app->name || app->profile >= image->profile_count)
		unpack->bad = true;
	count = df_unpack_number(unpack, 4, DRONEFENCE_MAX_APPLICATION_SELECTORS);
	app->selectors = df_unpack_alloc(unpack, count, sizeof(*app->selectors));
	for (i = 0; i < count && !unpack->bad; i++)
		unpack_selector(unpack, &app->selectors[app->selector_count++]);
}

/**
 * df_apps_unpack() - take the applications of a compiled policy
 * @unpack: where from; bad afterwards if they make no sense or memory is short
 * @image: the policy, with its profiles; owns them afterwards, in any case
 */
void df_apps_unpack(struct df_unpack *unpack, struct df_image *image)
{
	size_t count = df_unpack_number(unpack, 4, DRONEFENCE_MAX_APPLICATIONS);
	size_t i;

	image->own_applications = df_unpack_alloc(unpack, count,
						  sizeof(*image->applications));
	image->applications = image->own_applications;
	for (i = 0; i < count && !unpack->bad; i++)
		unpack_app(unpack, image,
			   &image->own_applications[image->application_count++]);
}
