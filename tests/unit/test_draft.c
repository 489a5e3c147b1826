// SPDX-License-Identifier: GPL-2.0-or-later
/* A draft allows what was seen, is a policy whatever was seen, and admits gaps. */
#include "draft.h"
#include "replay.h"
#include "replay_util.h"

static struct df_draft draft;
static struct df_draft_result result;
static struct df_build build;
static char *said;
static char *text;

static int begin(void **state)
{
	return df_draft_begin(&draft, at(SPAN_FROM), at(SPAN_TO), "app");
}

static int end(void **state)
{
	df_draft_free(&draft);
	df_build_free(&build);
	free(said);
	free(text);
	said = NULL;
	text = NULL;
	return 0;
}

static void take(json_t *record)
{
	df_draft_add(&draft, record);
	json_decref(record);
}

#define OTHER(name, addr, number, more) \
	(&(const struct seen){ name, "allow", "audit", "tcp", addr, 443, \
			       number, 1, more })

#define APP(v, m, p, addr, port, number, size, ...) \
	(&(const struct seen){ "app", v, m, p, addr, port, number, size, \
			       "" __VA_ARGS__ })

/* Write it, and compile it. */
static void write_draft(const struct df_policy *policy,
			const char *const *warnings, size_t count)
{
	const struct df_draft_frame frame = {
		.policy = policy, .warnings = warnings, .warning_count = count,
	};
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *p;

	assert_non_null(out);
	df_draft_end(&draft);
	df_draft_write(out, &draft, &frame, &result);
	assert_int_equal(fclose(out), 0);
	for (p = text; *p; p++)
		if (*p != '\n')
			assert_in_range(*p, ' ', '~');
	if (build_policy(text, &build, &said))
		fail_msg("%s\n%s", said, text);
}

static void assert_has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("missing: %s\n%s", part, text);
}

static void assert_lacks(const char *part)
{
	if (strstr(text, part))
		fail_msg("there is: %s\n%s", part, text);
}

static const char whole[] =
	"# A draft: all that app was seen to send, from 2026-11-20 10:00:00 UTC\n"
	"# to 2026-11-20 12:00:00 UTC. Read it, take out what is not wanted, and replay it.\n"
	"version: 1\n"
	"name: draft\n"
	"geo:\n"
	"  country:\n"
	"    - { source: tor-geoipdb, optional: true }\n"
	"    - { source: libloc }\n"
	"  operator:\n"
	"    - { source: libloc }\n"
	"profiles:\n"
	"  draft:\n"
	"    rules:\n"
	"      # Local networks and the link to the aircraft: 1 flows, 100 bytes, last 2026-11-20 10:35:00 UTC\n"
	"      - allow: local\n"
	"      # AS45102 Operator 45102, United States: 2 flows, 3,000 bytes, last 2026-11-20 10:35:00 UTC\n"
	"      # 1 of the flows passed only because of audit mode\n"
	"      # name: maps.example\n"
	"      # name: api.example\n"
	"      - { allow: AS45102, protocol: [tcp], ports: [80, 443] }\n"
	"      # unknown operator, China: 1 flows, 50 bytes, last 2026-11-20 10:35:00 UTC\n"
	"      - { allow: [\"99.0.0.1\"], protocol: [udp], ports: [53] }\n"
	"    default: deny\n"
	"    log: new\n"
	"applications:\n"
	"  \"app\":\n"
	"    # How it is recognised is not known here; this is started by\n"
	"    # dronefence run and the units of dronefence unit.\n"
	"    profile: draft\n"
	"    mode: enforce\n";

static void is_written(void **state)
{
	take(end_of(APP("allow", "audit", "udp", "192.168.1.10", 14550, 1, 100)));
	take(end_of(APP("allow", "audit", "tcp", "8.8.8.8", 443, 2, 2000,
			",'country':'US','asn':45102,'as_name':'Operator 45102','dns':'maps.example'")));
	take(end_of(APP("deny", "audit", "tcp", "8.8.4.4", 80, 3, 1000,
			",'country':'US','asn':45102,'dns':'api.example'")));
	take(end_of(APP("allow", "audit", "udp", "99.0.0.1", 53, 4, 50,
			",'country':'CN'")));
	write_draft(NULL, NULL, 0);
	assert_string_equal(text, whole);
	assert_int_equal(result.flows, 4);
	assert_int_equal(result.left_out, 0);
}

/* What was refused is not allowed; what was seen fares the same. */
static void allows_what_was_seen(void **state)
{
	static const struct seen list[] = {
		{ "app", "allow", "audit", "tcp", "8.8.8.8", 443, 1, 10,
		  ",'asn':45102" },
		{ "app", "allow", "audit", "icmp", "8.8.8.8", -1, 2, 10,
		  ",'asn':45102" },
		{ "app", "deny", "audit", "tcp", "2001:4860::8", 443, 3, 10, NULL },
		{ "app", "allow", "audit", "47", "99.0.0.1", -1, 4, 10, NULL },
		{ "app", "allow", "enforce", "udp", "224.0.0.251", 5353, 5, 10, NULL },
		{ "app", "allow", "enforce", "udp", "100.64.0.1", 53, 6, 10, NULL },
		{ "app", "deny", "enforce", "tcp", "99.0.0.7", 443, 7, 10,
		  ",'asn':4134" },
	};
	struct df_replay replay;
	size_t i;

	for (i = 0; i < COUNT(list); i++)
		take(end_of(&list[i]));
	write_draft(NULL, NULL, 0);
	assert_has("# 1 flows were refused; no rule is for them.\n");
	assert_lacks("AS4134");
	assert_has("{ allow: AS45102, protocol: [icmp, tcp] }");
	assert_int_equal(df_replay_begin(&replay, build.image, at(SPAN_FROM),
					 at(SPAN_TO), NULL), 0);
	for (i = 0; i < COUNT(list); i++) {
		json_t *record = end_of(&list[i]);

		assert_int_equal(df_replay_add(&replay, record), 0);
		json_decref(record);
	}
	df_replay_end(&replay);
	assert_int_equal(replay.count, 0);
	assert_int_equal(df_replay_judged(&replay), COUNT(list));
	df_replay_free(&replay);
}

static void nothing_seen(void **state)
{
	static const char *const warnings[] = { "3 records were lost" };

	take(end_of(OTHER("other", "8.8.8.8", 1, NULL)));
	write_draft(NULL, warnings, 1);
	assert_int_equal(result.flows, 0);
	assert_has("# Warning: nothing was seen.\n");
	assert_has("# Warning: 3 records were lost.\n");
	assert_has("      - allow: local\n    default: deny\n");
	assert_lacks("8.8.8.8");
}

/* Whatever is in a record: rules have numbers, addresses and codes in them. */
static void hostile_records(void **state)
{
	static const char *const more[] = {
		",'asn':4134,'as_name':'x\\n      - allow: any\\n'",
		",'asn':4134,'dns':'x\\r- allow: any','country':'\\nUS'",
		",'asn':99999999999,'as_name':'\\u202e\\u0007'",
		",'asn':-1,'country':'ZZ'",
		",'asn':'4134\\n','country':'US, any'",
		",'dns':'\\u001b]0;x\\u0007 # \\' } ] any','country':{}",
		",'dns':[],'as_name':7,'asn':4294967295",
	};
	static const struct seen odd[] = {
		{ "app", "allow", "audit", "tcp", "::ffff:8.8.8.8", 443, 50, 1, NULL },
		{ "app", "allow", "audit", "icmp", "9.0.0.1", 443, 51, 1, NULL },
		{ "app", "allow", "audit", "tcp", "9.0.0.2", 0, 52, 1, NULL },
		{ "app", "allow", "audit", "any", "9.0.0.3", 443, 53, 1, NULL },
		{ "app", "allow", "audit", "tcp", "9.0.0.4", 70000, 54, 1, NULL },
		{ "app", "allow", "audit", "0", "9.0.0.5", 1, 55, 1, NULL },
		{ "app", "allow", "audit", "tcp", "any", 443, 56, 1, NULL },
		{ "app\\n", "allow", "audit", "tcp", "9.0.0.6", 443, 57, 1, NULL },
		{ "app", "allow", "audit", "ether-0x88b5", "0.0.0.0", -1, 58, 1, NULL },
	};
	size_t i;

	for (i = 0; i < COUNT(more); i++) {
		const struct seen seen = { "app", "allow", "audit", "tcp",
					   "9.1.0.1", 443, i + 1, 1, more[i] };

		take(end_of(&seen));
	}
	for (i = 0; i < COUNT(odd); i++)
		take(end_of(&odd[i]));
	write_draft(NULL, NULL, 0);
	assert_has("x\\x0a      - allow: any\\x0a, ");
	assert_has("# Warning: 2 packets did not show where they went.\n");
	assert_lacks("9.0.0.6");
	assert_lacks("ffff");
	assert_int_equal(build.image->profiles[0].verdict, DFENCE_VERDICT_DENY);
	for (i = 0; i < build.image->profiles[0].rule_count; i++)
		assert_true(build.image->profiles[0].rules[i].set_count > 0);
}

/* Many addresses of a country become the country; too many groups are told. */
static void too_much(void **state)
{
	char addr[32], more[64];
	size_t i;

	for (i = 0; i < DF_DRAFT_ADDRESSES + 1; i++) {
		snprintf(addr, sizeof(addr), "8.1.0.%zu", i);
		take(end_of(APP("allow", "audit", "tcp", addr, 443, i + 1, 1000,
				",'country':'US'")));
		snprintf(addr, sizeof(addr), "8.2.0.%zu", i);
		take(end_of(APP("allow", "audit", "tcp", addr, 443, i + 101,
				500, ",'country':'?\?'")));
	}
	for (i = 0; i < DF_DRAFT_GROUPS; i++) {
		snprintf(more, sizeof(more), ",'asn':%zu", i + 1);
		take(end_of(OTHER("app", "8.3.0.1", i + 1000, more)));
	}
	write_draft(NULL, NULL, 0);
	assert_has("- { allow: { located-in: [\"US\"] }, protocol: [tcp], ports: [443] }");
	assert_has("# Warning: 2 flows to further places are left out.\n");
	assert_int_equal(build.image->profiles[0].rule_count,
			 DRONEFENCE_MAX_PROFILE_RULES);
	/* The country, and so many operators; unknown ones have no rule. */
	assert_int_equal(result.left_out, 2 + DF_DRAFT_ADDRESSES + 1 +
			 DF_DRAFT_GROUPS - 2 - (DRONEFENCE_MAX_PROFILE_RULES - 2));
}

/* One rule for both countries: a rule cannot ask for an operator in one. */
static void operator_in_two_countries(void **state)
{
	take(end_of(APP("allow", "audit", "tcp", "8.8.8.8", 443, 1, 20,
			",'country':'US','asn':45102")));
	take(end_of(APP("allow", "audit", "tcp", "8.8.8.9", 443, 2, 10,
			",'country':'CN','asn':45102")));
	take(end_of(APP("allow", "audit", "udp", "8.8.8.7", 443, 3, 5,
			",'country':'DE','asn':45102")));
	write_draft(NULL, NULL, 0);
	assert_has("China: 1 flows, 10 bytes, last 2026-11-20 10:35:00 UTC\n"
		   "      # the rule for this operator above is for it too\n");
	assert_int_equal(build.image->profiles[0].rule_count, 3);
	assert_int_equal(result.flows, 3);
}

/* Geo sources and selectors come from a policy, and mean the same again. */
static void takes_from_a_policy(void **state)
{
	struct df_policy *policy;

	write_text("from.yaml",
		   "version: 1\n"
		   "geo:\n"
		   "  country: [{ source: tor-geoipdb, optional: true, max-age: 30d }, { source: 'libloc:/a \"b\\c', optional: true }]\n"
		   "  quorum: { deny: majority, allow: any }\n"
		   "  max-age: 6m\n"
		   "profiles: { p: { default: deny } }\n"
		   "applications:\n"
		   "  app:\n"
		   "    match:\n"
		   "      - cgroup: '/a/it''s \"[a-z]*'\n"
		   "      - { executable: /opt/x, copies: true }\n"
		   "      - { in-interface: \"usb*\", source: 10.0.0.0/8, mac: \"02:00:5e:10:00:01\" }\n"
		   "      - user: 1500\n"
		   "    profile: p\n"
		   "    strays: adopt\n"
		   "    confine: { lift: [display, gpu] }\n");
	policy = assert_loaded("from.yaml");
	write_draft(policy, NULL, 0);
	assert_has("  country:\n"
		   "    - { source: tor-geoipdb, optional: true, max-age: 30d }\n"
		   "    - { source: \"libloc:/a \\\"b\\\\c\", optional: true }\n"
		   "  quorum: { deny: majority, allow: any }\n"
		   "  max-age: 180d\n");
	assert_has("    match:\n"
		   "      - { cgroup: \"/a/it's \\\"[a-z]*\" }\n"
		   "      - { executable: \"/opt/x\", copies: true }\n"
		   "      - { in-interface: \"usb*\", source: \"10.0.0.0/8\", mac: \"02:00:5e:10:00:01\" }\n"
		   "      - { user: 1500 }\n"
		   "    profile: draft\n"
		   "    mode: enforce\n"
		   "    strays: adopt\n"
		   "    confine: { lift: [");
	assert_int_equal(build.policy->applications[0].lifted,
			 policy->applications[0].lifted);
	assert_int_equal(build.policy->applications[0].selector_count,
			 policy->applications[0].selector_count);
	df_policy_free(policy);
}

/* Optional sources will not do where rules ask for them. */
static void needs_sources(void **state)
{
	struct df_policy *policy;

	write_text("from.yaml", "version: 1\n"
		   "geo: { country: { source: libloc, optional: true } }\n");
	policy = assert_loaded("from.yaml");
	take(end_of(APP("allow", "audit", "tcp", "8.8.8.8", 443, 1, 20,
			",'country':'US','asn':45102")));
	write_draft(policy, NULL, 0);
	assert_has("  country:\n    - { source: libloc, optional: true }\n"
		   "  operator:\n    - { source: libloc }\n");
	df_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_written, begin, end),
		cmocka_unit_test_setup_teardown(allows_what_was_seen, begin, end),
		cmocka_unit_test_setup_teardown(nothing_seen, begin, end),
		cmocka_unit_test_setup_teardown(hostile_records, begin, end),
		cmocka_unit_test_setup_teardown(too_much, begin, end),
		cmocka_unit_test_setup_teardown(operator_in_two_countries, begin, end),
		cmocka_unit_test_setup_teardown(takes_from_a_policy, begin, end),
		cmocka_unit_test_setup_teardown(needs_sources, begin, end),
	};

	return cmocka_run_group_tests(tests, enter_with_geo, leave_tmp_dir);
}
