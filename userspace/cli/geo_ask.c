// SPDX-License-Identifier: GPL-2.0-or-later
/* What geo data there is, and what it says of an address. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* The sources of --policy, else whatever the machine has. */
static struct df_geo *load(const struct cli *cli, enum df_exit *status)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = NULL;
	struct df_geo *geo = NULL;

	if (cli->policy_given)
		policy = df_policy_load(cli->policy, &diags);
	if (policy)
		geo = df_geo_load(policy, &cli->geo, &diags);
	else if (!cli->policy_given)
		geo = df_geo_load_default(&cli->geo, &diags);
	if (policy)
		df_policy_quote(policy, &diags);
	df_diags_sort(&diags);
	df_diags_print(&diags, stderr, cli->color);
	*status = geo ? DF_EXIT_OK :
		  cli->policy_given && !policy ? DF_EXIT_POLICY : DF_EXIT_GEO;
	df_policy_free(policy);
	df_diags_free(&diags);
	return geo;
}

static json_t *json_source(const struct cli *cli,
			   const struct df_geo_source *source)
{
	char digest[2 * DRONEFENCE_DIGEST_LEN + 1], date[32];

	format_digest(source->digest, digest);
	format_time(source->date, date);
	return json_pack("{s:s, s:s, s:s, s:I, s:b, s:b, s:b, s:I, s:I, s:s}",
			 "source", source->name, "path", source->path,
			 "date", date,
			 "age-days", (json_int_t)age_days(cli->geo.now, source->date),
			 "country", source->has_country,
			 "operator", source->has_asn,
			 "verified", source->verified,
			 "ranges4", (json_int_t)source->table[DF_IPV4].count,
			 "ranges6", (json_int_t)source->table[DF_IPV6].count,
			 "sha256", digest);
}

static void print_source(const struct cli *cli,
			 const struct df_geo_source *source)
{
	char digest[2 * DRONEFENCE_DIGEST_LEN + 1], date[32];

	format_digest(source->digest, digest);
	format_time(source->date, date);
	printf("%s\n", source->name);
	printf("    path      %s\n", source->path);
	printf("    date      %s", date);
	if (source->date)
		printf(" (%" PRId64 " days old)",
		       age_days(cli->geo.now, source->date));
	printf("\n    knows     %s%s%s\n", source->has_country ? "countries" : "",
	       source->has_country && source->has_asn ? ", " : "",
	       source->has_asn ? "operators" : "");
	printf("    ranges    %zu IPv4, %zu IPv6\n",
	       source->table[DF_IPV4].count, source->table[DF_IPV6].count);
	printf("    sha256    %s\n", digest);
	printf("    signature %s\n", source->verified ?
	       "checked with the vendor's key" : "not checked");
}

static enum df_exit info(const struct cli *cli, const struct df_geo *geo)
{
	json_t *array;
	size_t i;

	if (!cli->json) {
		for (i = 0; i < geo->source_count; i++)
			print_source(cli, geo->sources[i]);
		return DF_EXIT_OK;
	}
	array = json_array();
	for (i = 0; array && i < geo->source_count; i++)
		json_array_append_new(array, json_source(cli, geo->sources[i]));
	return print_json(array);
}

static json_t *json_answer(const struct df_geo_source *source,
			   const struct df_geo_range *range)
{
	char *name = range && range->asn ?
		     df_geo_as_name(source, range->asn) : NULL;
	json_t *json = json_pack("{s:s, s:o, s:I, s:s?}", "source", source->name,
				 "country", range && *range->country ?
				 json_stringn(range->country, 2) : json_null(),
				 "asn", (json_int_t)(range ? range->asn : 0),
				 "operator", name);

	free(name);
	return json;
}

static void print_answer(const struct df_geo_source *source,
			 const struct df_geo_range *range)
{
	char code[3] = "";
	char *name;

	printf("    %-12s", source->name);
	if (source->has_country) {
		if (range)
			memcpy(code, range->country, 2);
		printf("  %s", *code ? code : "??");
		if (*code)
			printf(" %s", df_country_name(code) ?: "");
	}
	if (range && range->asn) {
		name = df_geo_as_name(source, range->asn);
		printf("  AS%u %s", range->asn, name ?: "");
		free(name);
	}
	putchar('\n');
}

static json_t *lookup_one(const struct cli *cli, const struct df_geo *geo,
			  const char *text, enum df_family family, df_u128 addr)
{
	json_t *answers = cli->json ? json_array() : NULL;
	bool local = df_addr_is_local(family, addr);
	size_t i;

	if (!cli->json)
		printf("%s%s\n", text, local ? "  local" : "");
	for (i = 0; i < geo->source_count; i++) {
		const struct df_geo_source *source = geo->sources[i];
		const struct df_geo_range *range =
			df_geo_lookup(source, family, addr);

		if (cli->json)
			json_array_append_new(answers, json_answer(source, range));
		else
			print_answer(source, range);
	}
	return cli->json ? json_pack("{s:s, s:b, s:o}", "address", text,
				     "local", local, "answers", answers) : NULL;
}

static enum df_exit lookup(const struct cli *cli, const struct df_geo *geo,
			   int argc, char **argv)
{
	json_t *array = cli->json ? json_array() : NULL;
	enum df_exit status = DF_EXIT_OK;
	int i;

	for (i = 0; i < argc; i++) {
		enum df_family family;
		df_u128 addr;

		if (df_addr_parse(argv[i], &family, &addr)) {
			complain("\"%s\" is not an address", argv[i]);
			status = DF_EXIT_USAGE;
			continue;
		}
		json_array_append_new(array, lookup_one(cli, geo, argv[i],
							family, addr));
	}
	if (cli->json)
		status = print_json(array) ?: status;
	return status;
}

/**
 * geo_ask() - dronefence geo info and lookup
 * @cli: options
 * @argc: how many
 * @argv: "info", or "lookup" and addresses
 *
 * Return: DF_EXIT_OK, DF_EXIT_POLICY, DF_EXIT_GEO or DF_EXIT_USAGE.
 */
enum df_exit geo_ask(const struct cli *cli, int argc, char **argv)
{
	bool is_lookup = !strcmp(argv[0], "lookup");
	enum df_exit status;
	struct df_geo *geo;

	if (is_lookup ? argc < 2 : strcmp(argv[0], "info") || argc > 1) {
		complain("usage: dronefence geo info | lookup ADDR... | import FILE...");
		return DF_EXIT_USAGE;
	}
	geo = load(cli, &status);
	if (!geo)
		return status;
	status = is_lookup ? lookup(cli, geo, argc - 1, argv + 1) :
			     info(cli, geo);
	df_geo_free(geo);
	return status;
}
