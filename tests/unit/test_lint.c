// SPDX-License-Identifier: GPL-2.0-or-later
/* Warnings about policies: each one, and none where all is well. */
#include "geo_util.h"
#include "image.h"

static const struct said says_list[] = {
	{ "1.0.0.0/24", "US", 45102 },
	{ "1.0.1.0/24", "CN", 4134 },
	{ "1.0.2.0/24", "HK", 45102 },
	{ "2.0.0.0/8", "US", 7 },
	{ "2001:db8::/32", "US", 7 },
};

#define HEAD "version: 1\ngeo: { country: libloc, operator: libloc }\n"
#define AUDITED "applications: { app: { match: { cgroup: /a }, profile: p, mode: audit } }\n"
#define APP "applications: { app: { match: { cgroup: /a }, profile: p } }\n"

/* Compile HEAD and @rest, and compare the warnings. */
static void lint(const char *rest, const char *warnings)
{
	struct df_geo_source *source = new_source(says_list, COUNT(says_list));
	struct df_geo geo = {
		.sources = &source, .source_count = 1,
		.country_count = 1, .operator_count = 1,
	};
	struct df_diags diags = { 0 };
	struct df_policy *policy;
	struct df_image *image;
	char *text;

	assert_true(asprintf(&text, HEAD "%s", rest) > 0);
	write_text("p.yaml", text);
	free(text);
	policy = assert_loaded("p.yaml");
	image = df_compile(policy, &geo, &diags);
	assert_non_null(image);
	df_lint(policy, image, &diags);
	text = render(&diags);
	assert_string_equal(text, warnings);
	assert_int_equal(diags.errors, 0);
	assert_false(diags.lost);
	free(text);
	df_diags_free(&diags);
	df_image_free(image);
	df_policy_free(policy);
	free(source->table[DF_IPV4].list);
	free(source->table[DF_IPV6].list);
	free(source);
}

#define GOOD_SETS \
	"sets:\n" \
	"  company: { networks: [10.20.0.0/16, 198.51.100.0/24, \"2001:db8:20::/48\"] }\n" \
	"  drone-link: { networks: [192.168.42.0/24, 10.41.0.0/16] }\n" \
	"  prc: { countries: [CN, HK, MO] }\n" \
	"  clouds: { asns: [45102, 37963] }\n"

static void good_policy(void **state)
{
	lint(GOOD_SETS
	     "profiles:\n"
	     "  p:\n"
	     "    rules:\n"
	     "      - allow: [local, drone-link, company]\n"
	     "      - deny: { operated-by: clouds }\n"
	     "      - deny: { located-in: prc }\n"
	     "      - { allow: US, protocol: tcp, ports: [80, 443] }\n"
	     "      - { allow: US, protocol: udp }\n"
	     "    default: deny\n" APP, "");
	/* local-data-mode */
	lint("profiles: { p: { rules: [ { allow: local } ], default: deny } }\n" APP, "");
	lint("profiles: { p: { rules: [ { deny: CN } ], default: allow } }\n" APP, "");
	/* Only what is enforced can cut a link. */
	lint("profiles: { p: { rules: [ { deny: CN } ], default: deny } }\n"
	     AUDITED, "");
	lint("profiles:\n"
	     "  p: { rules: [], default: allow }\n"
	     "  q: { rules: [ { deny: CN } ], default: deny }\n" APP, "");
}

static void empty_sets(void **state)
{
	lint("sets:\n"
	     "  none: {}\n"
	     "  nested: { sets: [none] }\n"
	     "  prc: { countries: CN }\n"
	     "profiles:\n"
	     "  p:\n"
	     "    rules:\n"
	     "      - deny: [none, prc]\n"
	     "      - deny: [{ operated-by: prc }, AS7]\n"
	     "    default: allow\n" APP,
	     "p.yaml:4:3: warning: set 'none' is empty\n"
	     "p.yaml:5:3: warning: set 'nested' is empty\n"
	     "p.yaml:11:31: warning: set 'prc' has no autonomous systems, so this matches nothing\n");
}

static void ipv4_only(void **state)
{
	lint("sets:\n"
	     "  home: { networks: 198.51.100.0/24 }\n"
	     "  both: { networks: [198.51.100.0/25, \"2001:db8::/32\"] }\n"
	     "  inner: { networks: 198.51.100.0/26 }\n"
	     "  outer: { sets: [inner], networks: 192.168.7.0/24 }\n"
	     "  wide: { networks: 198.51.100.0/28, countries: US }\n"
	     "  drone: { networks: [192.168.7.0/24, 10.1.1.1] }\n"
	     "  unused: { networks: 198.51.100.0/30 }\n"
	     "  part: { networks: 198.51.0.0/30, asns: 7 }\n"
	     "profiles:\n"
	     "  p:\n"
	     "    rules:\n"
	     "      - deny: { network: wide }\n"
	     "      - allow: [drone, outer, both, wide, part]\n"
	     "      - allow: home\n"
	     "      - { deny: [home, US], log: all }\n"
	     "      - { deny: AS7, log: all }\n"
	     "    default: allow\n" APP,
	     "p.yaml:4:3: warning: set 'home' lists IPv4 networks only; IPv6 never matches it\n"
	     "p.yaml:18:9: warning: profile 'p': rule 4 never decides: the rules before it together take everything it matches\n"
	     "p.yaml:19:9: warning: profile 'p': rule 5 never decides: rule 2 (line 16) takes everything it matches\n");
}

#define RULES(rules) \
	GOOD_SETS "profiles:\n  p:\n    default: allow\n    rules:\n" rules AUDITED

#define SHADOWED(line, rule, by, by_line) \
	"p.yaml:" line ":9: warning: profile 'p': rule " rule " never decides: rule " \
	by " (line " by_line ") takes everything it matches\n"
#define SHADOWED_TOGETHER(line, rule) \
	"p.yaml:" line ":9: warning: profile 'p': rule " rule " never decides: " \
	"the rules before it together take everything it matches\n"
#define NEVER(line, rule) \
	"p.yaml:" line ":9: warning: profile 'p': rule " rule " never matches: " \
	"with the loaded geo data no address is in its destinations\n"

static void shadowed_by_address(void **state)
{
	lint(RULES("      - deny: any\n"
		   "      - allow: local\n"
		   "      - allow: any\n"),
	     SHADOWED("13", "2", "1", "12") SHADOWED("14", "3", "1", "12"));
	/* one network within another, whatever the verdict */
	lint(RULES("      - allow: local\n"
		   "      - deny: 10.0.0.0/24\n"),
	     SHADOWED("13", "2", "1", "12"));
	/* in part only */
	lint(RULES("      - allow: 10.0.0.0/24\n"
		   "      - deny: 10.0.0.0/23\n"), "");
	/* two halves */
	lint(RULES("      - allow: 10.0.0.0/25\n"
		   "      - allow: 10.0.0.128/25\n"
		   "      - deny: 10.0.0.0/24\n"),
	     SHADOWED_TOGETHER("14", "3"));
	/* of different kinds: all addresses of AS4134 are in CN */
	lint(RULES("      - deny: CN\n"
		   "      - allow: AS4134\n"),
	     SHADOWED("13", "2", "1", "12"));
	lint(RULES("      - deny: CN\n"
		   "      - allow: AS45102\n"), "");
	lint(RULES("      - deny: CN\n"
		   "      - deny: [HK, US]\n"
		   "      - allow: [AS45102, AS7]\n"),
	     SHADOWED("14", "3", "2", "13"));
	/* the rule behind one that takes all the rest */
	lint(RULES("      - deny: unknown\n"
		   "      - deny: [US, CN, HK]\n"
		   "      - deny: local\n"
		   "      - allow: any\n"),
	     SHADOWED_TOGETHER("15", "4"));
}

static void shadowed_by_protocol(void **state)
{
	lint(RULES("      - { deny: US, protocol: tcp }\n"
		   "      - { allow: US, protocol: [tcp, udp] }\n"), "");
	lint(RULES("      - { deny: US, protocol: tcp }\n"
		   "      - { deny: US, protocol: udp }\n"
		   "      - { allow: US, protocol: [tcp, udp] }\n"),
	     SHADOWED_TOGETHER("14", "3"));
	lint(RULES("      - { deny: any, protocol: [tcp, udp, icmp] }\n"
		   "      - { allow: US, protocol: [tcp, udp] }\n"),
	     SHADOWED("13", "2", "1", "12"));
	lint(RULES("      - { deny: any, protocol: tcp }\n"
		   "      - allow: US\n"), "");
}

/* What leaves by another interface is left for the rules behind. */
static void not_shadowed_by_interface(void **state)
{
	lint(RULES("      - { allow: any, out-interface: wg0 }\n"
		   "      - deny: US\n"
		   "      - { deny: US, out-interface: wg0 }\n"),
	     SHADOWED("14", "3", "2", "13"));
	lint(RULES("      - { deny: any, protocol: tcp, ports: [\"1-65535\"], out-interface: \"*\" }\n"
		   "      - { allow: US, protocol: tcp, ports: [80] }\n"), "");
}

static void link_by_interface(void **state)
{
	/* The aircraft may be behind wlan1, and need not be behind wwan0. */
	lint("profiles:\n"
	     "  p: { rules: [ { allow: local, out-interface: \"wlan*\" } ], default: deny }\n" APP, "");
	lint("profiles:\n"
	     "  p: { rules: [ { deny: any, out-interface: wwan0 } ], default: allow }\n" APP, "");
	lint("profiles:\n"
	     "  p: { rules: [ { deny: any, out-interface: \"*\" } ], default: allow }\n" APP,
	     "p.yaml:4:17: warning: profile 'p' cuts the aircraft link: rule 1 stops MAVLink to 192.168.1.10 port 14550/udp and 23 more\n");
}

static void selectors_for_everything(void **state)
{
	lint("profiles: { p: { default: allow } }\n"
	     "applications:\n"
	     "  a:\n"
	     "    profile: p\n"
	     "    match:\n"
	     "      - in-interface: \"*\"\n"
	     "      - source: 0.0.0.0/0\n"
	     "      - { in-interface: \"**\", source: \"::/0\" }\n"
	     "      - { in-interface: \"*\", mac: \"02:00:5e:10:00:01\" }\n"
	     "      - { in-interface: wlan1, source: 0.0.0.0/0 }\n"
	     "      - { in-interface: \"*\", source: 10.42.0.0/24 }\n",
	     "p.yaml:8:23: warning: application 'a' gets everything that is forwarded, answers from outside too; name the interface of its devices\n"
	     "p.yaml:9:17: warning: application 'a' gets everything that is forwarded, answers from outside too; name the interface of its devices\n"
	     "p.yaml:10:25: warning: application 'a' gets everything that is forwarded, answers from outside too; name the interface of its devices\n");
}

static void shadowed_by_port(void **state)
{
	lint(RULES("      - { deny: US, protocol: tcp, ports: [\"1-100\"] }\n"
		   "      - { allow: US, protocol: tcp, ports: [80, 100] }\n"),
	     SHADOWED("13", "2", "1", "12"));
	lint(RULES("      - { deny: US, protocol: tcp, ports: [\"1-100\"] }\n"
		   "      - { allow: US, protocol: tcp, ports: [80, 101] }\n"), "");
	/* joined from pieces, in any order */
	lint(RULES("      - { deny: any, protocol: tcp, ports: [\"50-100\", \"1-20\"] }\n"
		   "      - { deny: US, protocol: [tcp, udp], ports: [\"15-49\"] }\n"
		   "      - { allow: US, protocol: tcp, ports: [\"10-60\"] }\n"),
	     SHADOWED_TOGETHER("14", "3"));
	lint(RULES("      - { deny: any, protocol: tcp, ports: [\"50-100\", \"1-20\"] }\n"
		   "      - { deny: US, protocol: [tcp, udp], ports: [\"15-48\"] }\n"
		   "      - { allow: US, protocol: tcp, ports: [\"10-60\"] }\n"), "");
	lint(RULES("      - { deny: US, protocol: tcp }\n"
		   "      - { allow: US, protocol: tcp, ports: 443 }\n"),
	     SHADOWED("13", "2", "1", "12"));
	/* A fragment has no ports: a list of all ports does not take it. */
	lint(RULES("      - { deny: US, protocol: tcp, ports: [\"1-65535\"] }\n"
		   "      - { allow: US, protocol: tcp }\n"), "");
	lint(RULES("      - { deny: US, protocol: tcp, ports: [\"1-65535\"] }\n"
		   "      - { allow: US, protocol: tcp, ports: [65535, \"1-2\"] }\n"),
	     SHADOWED("13", "2", "1", "12"));
}

/* Each profile for itself. */
static void shadowed_per_profile(void **state)
{
	lint("profiles:\n"
	     "  p: { default: allow, rules: [ { deny: any, protocol: udp, ports: 53 } ] }\n"
	     "  q: { default: allow, rules: [ { deny: US, protocol: udp, ports: 53 } ] }\n"
	     APP, "");
}

static void never_matches(void **state)
{
	lint(RULES("      - deny: FR\n"
		   "      - deny: AS64511\n"
		   "      - deny: [FR, CN]\n"),
	     NEVER("12", "1") NEVER("13", "2"));
}

static void cuts_link(void **state)
{
	/* the default */
	lint("profiles: { p: { rules: [ { allow: US } ], default: deny } }\n" APP,
	     "p.yaml:3:53: warning: profile 'p' cuts the aircraft link: the default stops MAVLink to 192.168.1.10 port 14550/udp and 23 more\n");
	/* one rule, one port */
	lint("profiles:\n"
	     "  p:\n"
	     "    rules:\n"
	     "      - allow: 10.0.0.0/8\n"
	     "      - { drop: any, protocol: udp, ports: 9003 }\n"
	     "      - { deny: 192.168.42.1, protocol: tcp, ports: 5760 }\n"
	     "    default: allow\n" APP,
	     "p.yaml:7:9: warning: profile 'p' cuts the aircraft link: rule 2 stops DJI Wi-Fi to 192.168.2.1 port 9003/udp and 1 more\n"
	     "p.yaml:8:9: warning: profile 'p' cuts the aircraft link: rule 3 stops MAVLink to 192.168.42.1 port 5760/tcp\n");
	/* broadcast is part of the link */
	lint("profiles:\n"
	     "  p:\n"
	     "    rules:\n"
	     "      - allow: [192.168.0.0/16, 10.0.0.0/8]\n"
	     "    default: drop\n" APP,
	     "p.yaml:7:14: warning: profile 'p' cuts the aircraft link: the default stops MAVLink broadcast to 255.255.255.255 port 14550/udp\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_policy),
		cmocka_unit_test(empty_sets),
		cmocka_unit_test(ipv4_only),
		cmocka_unit_test(shadowed_by_address),
		cmocka_unit_test(shadowed_by_protocol),
		cmocka_unit_test(not_shadowed_by_interface),
		cmocka_unit_test(link_by_interface),
		cmocka_unit_test(selectors_for_everything),
		cmocka_unit_test(shadowed_by_port),
		cmocka_unit_test(shadowed_per_profile),
		cmocka_unit_test(never_matches),
		cmocka_unit_test(cuts_link),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
