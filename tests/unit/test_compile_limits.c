// SPDX-License-Identifier: GPL-2.0-or-later
/* The limits of the kernel: the most that fits, and one more. */
#include "geo_util.h"
#include "image.h"

static void free_geo(struct df_geo *geo)
{
	size_t i;

	for (i = 0; i < geo->source_count; i++) {
		free(geo->sources[i]->table[DF_IPV4].list);
		free(geo->sources[i]->table[DF_IPV6].list);
		free(geo->sources[i]);
	}
	free(geo->sources);
	free(geo);
}

static struct df_geo *empty_geo(size_t sources)
{
	struct df_geo *geo = calloc(1, sizeof(*geo));
	size_t i;

	geo->sources = calloc(sources + 1, sizeof(*geo->sources));
	for (i = 0; i < sources; i++) {
		geo->sources[i] = calloc(1, sizeof(**geo->sources));
		geo->country[i] = i;
	}
	geo->source_count = sources;
	geo->country_count = sources;
	return geo;
}

static void fill(struct df_geo_table *table, size_t count, uint32_t width,
		 uint32_t step)
{
	size_t i;

	table->list = calloc(count, sizeof(*table->list));
	table->count = count;
	for (i = 0; i < count; i++) {
		/* behind what is local */
		table->list[i].first = 0x01000000 + i * step;
		table->list[i].last = table->list[i].first + width - 1;
	}
}

static struct df_policy *plain_policy(size_t profiles, size_t rules,
				      size_t destinations)
{
	struct df_policy *policy = calloc(1, sizeof(*policy));
	size_t p, r, i, n = 0;

	policy->name = strdup("limits");
	policy->profiles = calloc(profiles, sizeof(*policy->profiles));
	policy->profile_count = profiles;
	for (p = 0; p < profiles; p++) {
		struct df_profile *profile = &policy->profiles[p];

		profile->name = strdup("p");
		profile->rules = calloc(rules, sizeof(*profile->rules));
		profile->rule_count = rules;
		for (r = 0; r < rules; r++) {
			struct df_atoms *to = &profile->rules[r].to;

			profile->rules[r].any_protocol = true;
			profile->rules[r].mark = (struct df_mark){ "l.yaml", r + 1, 1, 1 };
			to->list = calloc(destinations, sizeof(*to->list));
			to->count = destinations;
			for (i = 0; i < destinations; i++, n++) {
				to->list[i].kind = DF_ATOM_NETWORK;
				to->list[i].net = (struct df_net){
					DF_IPV4, 32, n * 2, n * 2 };
				to->list[i].mark = (struct df_mark){ "l.yaml", r + 1, i + 1, 1 };
			}
		}
	}
	return policy;
}

static void expect(struct df_policy *policy, struct df_geo *geo,
		   const char *messages)
{
	struct df_diags diags = { 0 };
	struct df_image *image = df_compile(policy, geo, &diags);
	char *text = render(&diags);

	assert_string_equal(text, messages);
	assert_int_equal(!image, !!messages[0]);
	free(text);
	df_diags_free(&diags);
	df_image_free(image);
	df_policy_free(policy);
	free_geo(geo);
}

static void limit_of_sets(void **state)
{
	expect(plain_policy(1, 64, 64), empty_geo(0), "");
	/* 33 * 63 networks in the first profile, the 4,097th is in the second */
	expect(plain_policy(2, 33, 63), empty_geo(0),
	       "l.yaml:33:2: error: with this the rules need more than 4096 sets; put destinations into one set\n");
}

static void limit_of_rule_sets(void **state)
{
	char *message;

	assert_true(asprintf(&message, "l.yaml:1:%d: error: %s more than %d sets; %s\n",
			     DRONEFENCE_MAX_RULE_SETS + 1, "the rule needs",
			     DRONEFENCE_MAX_RULE_SETS,
			     "put destinations into one set") > 0);
	expect(plain_policy(1, 1, DRONEFENCE_MAX_RULE_SETS), empty_geo(0), "");
	expect(plain_policy(1, 1, DRONEFENCE_MAX_RULE_SETS + 1), empty_geo(0),
	       message);
	free(message);
}

#define TOO_MANY_ZONES \
	"error: the rules split the Internet into more than 65535 zones; " \
	"use fewer sets or sources\n"

/* Four votes of 16 values each: 65,536 zones are one too many. */
static void limit_of_zones(void **state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOP";
	size_t count = 65534, extra, s, i;

	for (extra = 0; extra < 2; extra++) {
		struct df_geo *geo = empty_geo(4);

		for (s = 0; s < 4; s++) {
			fill(&geo->sources[s]->table[DF_IPV4], count + extra, 1, 1);
			for (i = 0; i < count + extra; i++) {
				char *code = geo->sources[s]->table[DF_IPV4].list[i].country;

				code[0] = 'A';
				code[1] = letters[(i + 1) >> 4 * s & 15];
				/* the rest of the addresses is one of them */
				if (code[1] == 'A')
					memset(code, 0, 2);
			}
		}
		expect(plain_policy(1, 0, 0), geo, extra ? TOO_MANY_ZONES : "");
	}
}

static void limit_of_ranges(void **state)
{
	size_t extra, i;

	for (extra = 0; extra < 2; extra++) {
		struct df_geo *geo = empty_geo(1);
		struct df_geo_table *table = &geo->sources[0]->table[DF_IPV6];

		/* Behind a gap each, and one at the end: 2,097,151 fit. */
		fill(table, 1048575 + extra, 1, 2);
		for (i = 0; i < table->count; i++)
			memcpy(table->list[i].country, "US", 2);
		expect(plain_policy(1, 0, 0), geo, extra ?
		       "error: more than 2097152 IPv6 ranges; use fewer networks or sources\n" :
		       "");
	}
}

static void no_destination(void **state)
{
	struct df_policy *policy = plain_policy(1, 1, 1);

	policy->profiles[0].rules[0].to.count = 0;
	expect(policy, empty_geo(0),
	       "l.yaml:1:1: error: the rule has no destination\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limit_of_sets),
		cmocka_unit_test(limit_of_rule_sets),
		cmocka_unit_test(limit_of_zones),
		cmocka_unit_test(limit_of_ranges),
		cmocka_unit_test(no_destination),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
