// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "utf8.h"

/* Two letters of the votes belong to each source. */
#define SOURCES_MAX (DRONEFENCE_VOTES_MAX / 2)

static const char *const kind_names[] = {
	[DF_GEO_LIBLOC] = "libloc",
	[DF_GEO_TOR] = "tor-geoipdb",
	[DF_GEO_MMDB] = "mmdb",
};

#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

static bool find_kind(const char *text, size_t length, enum df_geo_kind *kind)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		if (strlen(kind_names[i]) != length ||
		    strncmp(kind_names[i], text, length))
			continue;
		*kind = (enum df_geo_kind)i;
		return true;
	}
	return false;
}

static void unknown_kind(struct df_loader *l, const struct df_yaml *node)
{
	struct df_suggestion suggestion = { .word = node->text };
	char buf[DF_QUOTE_SIZE];
	size_t i;

	for (i = 0; i < KINDS; i++)
		df_suggest(&suggestion, kind_names[i]);
	if (suggestion.best)
		df_load_error(l, &node->mark,
			      "unknown geo source '%s'; did you mean '%s'?",
			      df_quote(node->text, buf), suggestion.best);
	else
		df_load_error(l, &node->mark,
			      "unknown geo source '%s'; expected libloc, tor-geoipdb or mmdb:/path, the first two with :/path if need be",
			      df_quote(node->text, buf));
}

static void load_source_text(struct df_loader *l, const struct df_yaml *key,
			     const struct df_yaml *value, void *arg)
{
	const char *text = df_load_text(l, value, "the name of a geo source");
	struct df_geo_spec *spec = arg;
	const char *colon;

	if (!text)
		return;
	colon = strchr(text, ':');
	if (!find_kind(text, colon ? (size_t)(colon - text) : strlen(text),
		       &spec->kind)) {
		unknown_kind(l, value);
		return;
	}
	if (colon && !colon[1])
		df_load_error(l, &value->mark, "the path behind ':' is missing");
	else if (colon)
		spec->path = df_load_path(l, colon + 1);
	else if (spec->kind == DF_GEO_MMDB)
		df_load_error(l, &value->mark,
			      "mmdb has no default place; write mmdb:/path/to/file.mmdb");
}

static void load_optional(struct df_loader *l, const struct df_yaml *key,
			  const struct df_yaml *value, void *arg)
{
	struct df_geo_spec *spec = arg;

	df_load_bool(l, value, "a value for 'optional'", &spec->optional);
}

static void load_source_age(struct df_loader *l, const struct df_yaml *key,
			    const struct df_yaml *value, void *arg)
{
	struct df_geo_spec *spec = arg;

	df_load_duration(l, value, UINT64_MAX, &spec->max_age);
}

static const struct df_key source_keys[] = {
	{ "source", true, load_source_text },
	{ "optional", false, load_optional },
	{ "max-age", false, load_source_age },
};

static void load_spec(struct df_loader *l, const struct df_yaml *node,
		      struct df_geo_spec *spec)
{
	spec->mark = node->mark;
	if (node->kind == DF_YAML_MAPPING)
		df_load_mapping(l, node, &node->mark, "a geo source",
				source_keys, 3, spec);
	else
		load_source_text(l, NULL, node, spec);
}

static bool same_source(const struct df_geo_spec *a, const struct df_geo_spec *b)
{
	if (a->kind != b->kind || !a->path != !b->path)
		return false;
	return !a->path || !strcmp(a->path, b->path);
}

/* A source that is listed twice would have two votes. */
static void check_duplicates(struct df_loader *l, const struct df_geo_spec *list,
			     size_t count)
{
	size_t i, j;

	for (i = 1; i < count; i++) {
		for (j = 0; j < i; j++) {
			if (!same_source(&list[i], &list[j]))
				continue;
			df_load_error(l, &list[i].mark,
				      "the same source is listed twice, it has one vote");
			break;
		}
	}
}

/* Returns the number of sources stored in @list, which is allocated. */
static size_t load_specs(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, struct df_geo_spec **list)
{
	size_t errors = l->diags->errors, count, i;
	const struct df_yaml *items;

	count = df_load_items(value, &items);
	if (!count && value->kind == DF_YAML_LIST)
		df_load_error(l, &value->mark,
			      "'%s' lists no source; leave it out instead",
			      key->text);
	if (count > SOURCES_MAX) {
		df_load_error(l, &items[SOURCES_MAX].mark,
			      "more than %d sources for '%s'", SOURCES_MAX,
			      key->text);
		count = SOURCES_MAX;
	}
	*list = df_load_alloc(l, count, sizeof(**list));
	if (!*list)
		return 0;
	for (i = 0; i < count; i++)
		load_spec(l, &items[i], &(*list)[i]);
	if (l->diags->errors == errors)
		check_duplicates(l, *list, count);
	return count;
}

static void load_country(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, void *arg)
{
	struct df_policy *policy = l->policy;

	policy->country_count = load_specs(l, key, value, &policy->country);
}

static void load_operator(struct df_loader *l, const struct df_yaml *key,
			  const struct df_yaml *value, void *arg)
{
	struct df_policy *policy = l->policy;
	size_t errors = l->diags->errors, i;

	policy->operator_count = load_specs(l, key, value, &policy->operator);
	if (l->diags->errors != errors)
		return;
	for (i = 0; i < policy->operator_count; i++)
		if (policy->operator[i].kind == DF_GEO_TOR)
			df_load_error(l, &policy->operator[i].mark,
				      "tor-geoipdb knows countries only; an operator source is libloc or mmdb:/path");
}

static void load_quorum_of(struct df_loader *l, const struct df_yaml *value,
			   enum df_quorum *quorum)
{
	unsigned int choice;

	if (df_load_choice(l, value, "a quorum", df_quorum_name,
			   DF_QUORUM_ALL + 1, &choice))
		*quorum = (enum df_quorum)choice;
}

static void load_quorum_deny(struct df_loader *l, const struct df_yaml *key,
			     const struct df_yaml *value, void *arg)
{
	load_quorum_of(l, value, &l->policy->quorum_deny);
}

static void load_quorum_allow(struct df_loader *l, const struct df_yaml *key,
			      const struct df_yaml *value, void *arg)
{
	load_quorum_of(l, value, &l->policy->quorum_allow);
}

static const struct df_key quorum_keys[] = {
	{ "deny", false, load_quorum_deny },
	{ "allow", false, load_quorum_allow },
};

static void load_quorum(struct df_loader *l, const struct df_yaml *key,
			const struct df_yaml *value, void *arg)
{
	df_load_mapping(l, value, &key->mark, "'quorum'", quorum_keys, 2, NULL);
}

static void load_max_age(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, void *arg)
{
	df_load_duration(l, value, 0, &l->policy->max_age);
}

static const struct df_key geo_keys[] = {
	{ "country", false, load_country },
	{ "operator", false, load_operator },
	{ "quorum", false, load_quorum },
	{ "max-age", false, load_max_age },
};

/**
 * df_load_geo() - read the part "geo"
 * @l: the loader
 * @node: its value
 */
void df_load_geo(struct df_loader *l, const struct df_yaml *node)
{
	size_t errors = l->diags->errors;

	df_load_mapping(l, node, &node->mark, "'geo'", geo_keys, 4, NULL);
	l->bad_geo = node->kind == DF_YAML_BAD || l->diags->errors != errors;
}
