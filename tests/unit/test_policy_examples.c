// SPDX-License-Identifier: GPL-2.0-or-later
/* The shipped policies, and every example of Documentation/policy.rst. */
#include <errno.h>
#include <glob.h>

#include "pattern.h"
#include "policy_util.h"

/**
 * struct shipped - a policy that is shipped
 * @name: of it
 * @verdict: where no rule matches
 * @strict: it lets only drone-link pass, and not all that is local
 */
struct shipped {
	const char *name;
	enum dfence_verdict verdict;
	bool strict;
};

static const struct shipped shipped[] = {
	{ "audit-only", DFENCE_VERDICT_ALLOW, false },
	{ "critical-infrastructure", DFENCE_VERDICT_DENY, true },
	{ "deny-countries-of-concern", DFENCE_VERDICT_ALLOW, false },
	{ "eu-residency", DFENCE_VERDICT_DENY, false },
	{ "hotspot-for-controller", DFENCE_VERDICT_DENY, false },
	{ "local-data-mode", DFENCE_VERDICT_DENY, false },
	{ "local-data-mode-maps", DFENCE_VERDICT_DENY, false },
	{ "quarantine", DFENCE_VERDICT_DENY, true },
	{ "self-hosted-fleet", DFENCE_VERDICT_DENY, false },
	{ "update-window", DFENCE_VERDICT_DENY, false },
	{ "us-residency", DFENCE_VERDICT_DENY, false },
};

static struct df_policy *load_shipped(const char *name)
{
	char path[FOUND_SIZE + 64];
	struct df_policy *policy;

	snprintf(path, sizeof(path), "%s/%s.yaml", policies_dir, name);
	policy = assert_loaded(path);
	assert_string_equal(policy->name, name);
	return policy;
}

static size_t find_set(const struct df_policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->set_count; i++)
		if (!strcmp(policy->sets[i].name, name))
			return i;
	fail_msg("%s has no set %s", policy->name, name);
	return 0;
}

/* Whatever follows, the link to the aircraft is open. */
static void assert_link_open(const struct df_policy *policy,
			     const struct df_profile *profile)
{
	const struct df_rule *rule = profile->rules;

	assert_true(profile->rule_count >= 1);
	assert_int_equal(rule->verdict, DFENCE_VERDICT_ALLOW);
	assert_int_equal(rule->log, DFENCE_LOG_NONE);
	assert_true(rule->any_protocol);
	assert_int_equal(rule->port_count, 0);
	assert_true(rule->to.count >= 2);
	assert_int_equal(rule->to.list[0].kind, DF_ATOM_LOCAL);
	assert_int_equal(rule->to.list[1].kind, DF_ATOM_SET);
	assert_int_equal(rule->to.list[1].set, find_set(policy, "drone-link"));
}

/* The way to the aircraft but for name servers, and hardly anything else. */
static void assert_link_only(const struct df_policy *policy,
			     const struct df_profile *profile)
{
	const struct df_rule *rules = profile->rules;

	assert_int_equal(profile->rule_count, 2);
	assert_int_equal(rules[0].verdict, DFENCE_VERDICT_DENY);
	assert_int_equal(rules[0].to.list[0].kind, DF_ATOM_ANY);
	assert_int_equal(rules[0].port_count, 2);
	assert_int_equal(rules[1].verdict, DFENCE_VERDICT_ALLOW);
	assert_true(rules[1].any_protocol);
	assert_int_equal(rules[1].port_count, 0);
	assert_int_equal(rules[1].to.list[0].kind, DF_ATOM_SET);
	assert_int_equal(rules[1].to.list[0].set, find_set(policy, "drone-link"));
}

/* A rule on countries before one on operators would let clouds pass. */
static void assert_operators_first(const struct df_profile *profile)
{
	bool countries = false;
	size_t i;

	for (i = 1; i < profile->rule_count; i++) {
		const struct df_rule *rule = &profile->rules[i];

		if (rule->to.list[0].part == DF_PART_OPERATED_BY) {
			assert_false(countries);
			assert_int_not_equal(rule->verdict,
					     DFENCE_VERDICT_ALLOW);
		} else {
			countries = true;
		}
	}
}

static void loads_shipped_policies(void **state)
{
	size_t i, j;

	for (i = 0; i < COUNT(shipped); i++) {
		struct df_policy *policy = load_shipped(shipped[i].name);
		bool audit = !strcmp(shipped[i].name, "audit-only");

		assert_true(policy->profile_count >= 1);
		for (j = 0; j < policy->profile_count; j++) {
			if (shipped[i].strict)
				assert_link_only(policy, &policy->profiles[j]);
			else
				assert_link_open(policy, &policy->profiles[j]);
			assert_operators_first(&policy->profiles[j]);
			assert_int_equal(policy->profiles[j].verdict,
					 shipped[i].verdict);
		}
		assert_true(policy->application_count >= 4);
		for (j = 0; j < policy->application_count; j++)
			assert_int_equal(policy->applications[j].mode,
					 audit ? DFENCE_MODE_AUDIT
					       : DFENCE_MODE_ENFORCE);
		df_policy_free(policy);
	}
}

/* A policy that is shipped but not in the list here. */
static void knows_all_shipped_policies(void **state)
{
	char pattern[FOUND_SIZE + 64];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.yaml", policies_dir);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, COUNT(shipped));
	globfree(&found);
}

/* What each says of itself, as a comment in front of everything. */
static void has_a_header(void **state)
{
	char path[FOUND_SIZE + 64], *text, *does, *does_not, *end;
	size_t i, size;

	for (i = 0; i < COUNT(shipped); i++) {
		snprintf(path, sizeof(path), "%s/%s.yaml", policies_dir,
			 shipped[i].name);
		text = read_text(path, &size);
		does = strstr(text, "\n#\n# For ");
		does_not = strstr(text, "\n#\n# What it does not do: ");
		end = strstr(text, "\nversion: 1\n");
		assert_true(does && does_not && end);
		assert_true(does < does_not && does_not < end);
		assert_true(strstr(text, "\n#\n# Answers: ") > does);
		assert_true(strstr(text, "\n#\n# Answers: ") < does_not);
		free(text);
	}
}

static void has_the_defaults_it_should(void **state)
{
	size_t i, j;

	for (i = 0; i < COUNT(shipped); i++) {
		struct df_policy *policy = load_shipped(shipped[i].name);

		assert_int_equal(policy->quorum_deny, DF_QUORUM_ANY);
		assert_int_equal(policy->quorum_allow, DF_QUORUM_ALL);
		/* tor-geoipdb is not on every machine. */
		for (j = 0; j < policy->country_count; j++)
			if (policy->country[j].kind == DF_GEO_TOR)
				assert_true(policy->country[j].optional);
		df_policy_free(policy);
	}
}

static void local_data_mode_is_local(void **state)
{
	struct df_policy *policy = load_shipped("local-data-mode");
	size_t i;

	assert_int_equal(policy->profiles[0].rule_count, 1);
	for (i = 0; i < policy->country_count; i++)
		assert_true(policy->country[i].optional);
	df_policy_free(policy);
}

/* The first rule would be useless against a set that is not local. */
static void drone_links_are_local(void **state)
{
	struct df_policy *policy = load_shipped("local-data-mode");
	const struct df_atoms *atoms =
		&policy->sets[find_set(policy, "drone-link")].atoms;
	size_t i;

	assert_int_equal(atoms->count, 9);
	for (i = 0; i < atoms->count; i++) {
		const struct df_net *net = &atoms->list[i].net;

		assert_int_equal(atoms->list[i].kind, DF_ATOM_NETWORK);
		assert_true(df_addr_is_local(net->family, net->first));
		assert_true(df_addr_is_local(net->family, net->last));
	}
	df_policy_free(policy);
}

struct set_file {
	const char *name;
	size_t count;
	const char *members;	/* countries, in their order */
};

static const struct set_file set_files[] = {
	{ "countries-of-concern", 8, "CN HK MO CU IR KP RU VE " },
	{ "drone-link", 9, NULL },
	{ "eu-eea", 30, "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT "
			"LU LV MT NL PL PT RO SE SI SK IS LI NO " },
	{ "home-us", 7, "US PR VI GU AS MP UM " },
	{ "prc", 3, "CN HK MO " },
	{ "prc-carriers", 13, NULL },
	{ "prc-clouds", 27, NULL },
};

static void assert_members(const struct df_atoms *atoms, const char *members)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < atoms->count; i++) {
		assert_int_equal(atoms->list[i].kind, DF_ATOM_COUNTRY);
		strcat(strcat(text, atoms->list[i].country), " ");
	}
	assert_string_equal(text, members);
}

/* Where it is from, and when. */
static void assert_sourced(const char *name)
{
	char path[FOUND_SIZE + 64], *text;
	size_t size;

	snprintf(path, sizeof(path), "%s/sets/%s.yaml", policies_dir, name);
	text = read_text(path, &size);
	if (!strstr(text, "Source: ") || !strcasestr(text, "as of 20"))
		fail_msg("%s does not say where it is from and when", path);
	free(text);
}

/* Each file has one set, which is called like the file. */
static void loads_shipped_sets(void **state)
{
	char text[FOUND_SIZE + 128];
	size_t i;

	for (i = 0; i < COUNT(set_files); i++) {
		const struct set_file *file = &set_files[i];
		struct df_policy *policy;

		snprintf(text, sizeof(text),
			 "version: 1\ninclude: '%s/sets/%s.yaml'\n",
			 policies_dir, file->name);
		write_text("policy.yaml", text);
		policy = assert_loaded("policy.yaml");
		assert_int_equal(policy->set_count, 1);
		assert_string_equal(policy->sets[0].name, file->name);
		assert_int_equal(policy->sets[0].atoms.count, file->count);
		if (file->members)
			assert_members(&policy->sets[0].atoms, file->members);
		assert_sourced(file->name);
		df_policy_free(policy);
	}
}

struct place {
	const char *cgroup;
	const char *application;
};

#define USER "/user.slice/user-1000.slice/user@1000.service/app.slice"

static const struct place places[] = {
	{ "/dronefence.slice/qgroundcontrol.service", "qgroundcontrol" },
	{ "/dronefence.slice/qgroundcontrol-2.scope/worker", "qgroundcontrol" },
	{ USER "/app-org.mavlink.qgroundcontrol-4711.scope", "qgroundcontrol" },
	{ USER "/app-gnome-org.mavlink.qgroundcontrol-4711.scope",
	  "qgroundcontrol" },
	{ USER "/app-flatpak-org.mavlink.QGroundControl-4711.scope",
	  "qgroundcontrol" },
	{ USER "/dronefence-qgroundcontrol.4711.scope", "qgroundcontrol" },
	{ "/system.slice/mavproxy.service", "mavproxy" },
	{ "/system.slice/mavproxy@ttyACM0.service", "mavproxy" },
	{ USER "/app-gnome-mavproxy-4711.scope", "mavproxy" },
	{ USER "/dronefence-mavproxy.1.scope", "mavproxy" },
	{ USER "/app-gnome-MissionPlanner-4711.scope", "mission-planner" },
	{ USER "/app-gnome-mission\\x2dplanner-4711.scope", "mission-planner" },
	{ "/dronefence.slice/fleet-server/docker-0123.scope", "fleet-server" },
	{ "/system.slice/fleet-server.service", "fleet-server" },
	{ "/", NULL },
	{ "/init.scope", NULL },
	{ "/system.slice/ssh.service", NULL },
	{ "/system.slice/docker-0123.scope", NULL },
	{ USER "/app-gnome-firefox-4711.scope", NULL },
	{ USER "/app-gnome-org.gnome.Terminal-4711.scope", NULL },
};

static const char *recognise(const struct df_policy *policy, const char *cgroup)
{
	size_t i, j;

	for (i = 0; i < policy->application_count; i++) {
		const struct df_application *app = &policy->applications[i];

		for (j = 0; j < app->selector_count; j++)
			if (app->selectors[j].pattern &&
			    dfence_pattern_match(app->selectors[j].pattern,
						 cgroup))
				return app->name;
	}
	return NULL;
}

static void recognises_applications(void **state)
{
	size_t i, j;

	for (i = 0; i < COUNT(shipped); i++) {
		struct df_policy *policy = load_shipped(shipped[i].name);

		for (j = 0; j < COUNT(places); j++) {
			const char *app = recognise(policy, places[j].cgroup);

			if (!places[j].application)
				assert_null(app);
			else if (!app)
				fail_msg("%s: not recognised", places[j].cgroup);
			else
				assert_string_equal(app, places[j].application);
		}
		df_policy_free(policy);
	}
}

static void makes_run_patterns(void **state)
{
	char name[DRONEFENCE_NAME_MAX + 1], buf[DRONEFENCE_PATTERN_MAX + 1];
	int length = df_run_pattern("mavproxy", buf, sizeof(buf));

	assert_string_equal(buf, "/**/dronefence-mavproxy.*");
	assert_int_equal(length, strlen(buf));
	assert_null(dfence_pattern_check(buf));
	assert_true(dfence_pattern_match(buf, USER "/dronefence-mavproxy.812.scope"));
	assert_true(dfence_pattern_match(buf, "/dronefence-mavproxy.1.scope/child"));
	assert_true(dfence_pattern_match(buf, "/dronefence.slice/dronefence-mavproxy.service"));
	assert_true(dfence_pattern_match(buf, "/dronefence.slice/dronefence-mavproxy.7.service"));
	assert_false(dfence_pattern_match(buf, "/dronefence-mavproxy2.1.scope"));
	assert_false(dfence_pattern_match(buf, "/dronefence-mavproxy-2.service"));
	assert_false(dfence_pattern_match(buf, "/dronefence.slice"));

	assert_int_equal(df_run_pattern("mavproxy", buf, length), -ENOSPC);
	assert_int_equal(df_run_pattern("mavproxy", buf, length + 1), length);
	memset(name, 'a', sizeof(name) - 1);
	name[DRONEFENCE_NAME_MAX] = '\0';
	assert_true(df_run_pattern(name, buf, sizeof(buf)) > 0);
}

/**
 * struct page - the manual while it is read
 * @text: all of it
 * @next: the next line
 * @block: last code block, its indentation taken away
 * @name: of the block, or ""
 */
struct page {
	char *text;
	char *next;
	char block[8192];
	char name[64];
};

/* The next line, without its end; NULL behind the last. */
static char *next_line(struct page *page)
{
	char *line = page->next, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	assert_non_null(end);
	*end = '\0';
	page->next = end + 1;
	return line;
}

/* Take the block that starts below a directive. */
static void read_block(struct page *page)
{
	static const char option[] = "   :name: ";
	char *line;

	page->block[0] = '\0';
	page->name[0] = '\0';
	while (!strncmp(page->next, "   ", 3) || *page->next == '\n') {
		line = next_line(page);
		if (!strncmp(line, option, strlen(option))) {
			snprintf(page->name, sizeof(page->name), "%s",
				 line + strlen(option));
			continue;
		}
		if (!*line && !page->block[0])
			continue;
		assert_true(strlen(page->block) + strlen(line) <
			    sizeof(page->block));
		strcat(page->block, *line ? line + 3 : "");
		strcat(page->block, "\n");
	}
	/* The empty line behind the block. */
	line = strrchr(page->block, '\n');
	while (line > page->block && line[-1] == '\n')
		*line-- = '\0';
}

static bool next_block(struct page *page, const char *language)
{
	char directive[64], *line;

	snprintf(directive, sizeof(directive), ".. code-block:: %s", language);
	while ((line = next_line(page))) {
		if (strcmp(line, directive))
			continue;
		read_block(page);
		return true;
	}
	return false;
}

static bool has_key(const char *text, const char *key)
{
	const char *at = text;

	for (; (at = strstr(at, key)); at++)
		if (at == text || at[-1] == '\n')
			return true;
	return false;
}

static void load_block(const char *block)
{
	char text[sizeof(((struct page *)0)->block) + 128];

	snprintf(text, sizeof(text), "%s%s%s",
		 has_key(block, "version:") ? "" : "version: 1\n",
		 has_key(block, "geo:") ? "" :
		 "geo: { country: libloc, operator: libloc }\n", block);
	write_text("example.yaml", text);
	df_policy_free(assert_loaded("example.yaml"));
}

static void open_manual(struct page *page)
{
	char path[FOUND_SIZE];
	size_t size;

	assert_int_equal(chdir(policies_dir), 0);
	assert_int_equal(find_in_sources("Documentation/policy.rst", path), 0);
	assert_int_equal(chdir(tmp_dir), 0);
	page->text = read_text(path, &size);
	page->next = page->text;
}

static void loads_examples_of_the_manual(void **state)
{
	char sets[FOUND_SIZE + 8];
	unsigned int good = 0, broken = 0;
	static struct page page;

	snprintf(sets, sizeof(sets), "%s/sets", policies_dir);
	assert_int_equal(symlink(sets, "sets"), 0);
	open_manual(&page);
	while (next_block(&page, "yaml")) {
		if (!page.name[0]) {
			load_block(page.block);
			good++;
			continue;
		}
		/* The next block is what is said about it. */
		write_text(page.name, page.block);
		snprintf(sets, sizeof(sets), "%s", page.name);
		assert_true(next_block(&page, "text"));
		assert_refused(sets, page.block);
		broken++;
	}
	assert_int_equal(good, 16);
	assert_int_equal(broken, 1);
	free(page.text);
}

/* All words that a policy can have, each as ``word``. */
static const char *const documented[] = {
	"version", "name", "include", "geo", "sets", "profiles",
	"applications", "country", "operator", "quorum", "max-age", "source",
	"optional", "countries", "asns", "networks", "rules", "default",
	"log", "allow", "deny", "drop", "protocol", "ports", "match",
	"profile", "mode", "cgroup", "any", "majority", "all", "none", "new",
	"enforce", "audit", "local", "unknown", "libloc", "tor-geoipdb",
	"true", "false", "in-interface", "mac", "out-interface", "executable",
	"unit", "user-unit", "user", "strays", "report", "adopt", "kill",
};

static void manual_has_every_word(void **state)
{
	static struct page page;
	unsigned int i;
	char word[64];

	open_manual(&page);
	for (i = 0; i < COUNT(documented); i++) {
		snprintf(word, sizeof(word), "``%s``", documented[i]);
		if (!strstr(page.text, word))
			fail_msg("%s is not in the manual", word);
	}
	for (i = 0; i < 256; i++) {
		if (!df_protocol_name(i))
			continue;
		snprintf(word, sizeof(word), "``%s``", df_protocol_name(i));
		if (!strstr(page.text, word))
			fail_msg("%s is not in the manual", word);
	}
	free(page.text);
}

static void assert_limit(const struct page *page, const char *what, size_t max)
{
	char *at = strstr(page->text, what);
	size_t shown;

	assert_non_null(at);
	assert_int_equal(sscanf(at + strlen(what), "%zu", &shown), 1);
	assert_int_equal(shown, max);
}

static void manual_has_the_limits(void **state)
{
	static struct page page;

	open_manual(&page);
	assert_limit(&page, "\nsets   ", DRONEFENCE_MAX_SETS);
	assert_limit(&page, "\nprofiles   ", DRONEFENCE_MAX_PROFILES);
	assert_limit(&page, "\napplications   ", DRONEFENCE_MAX_APPLICATIONS);
	assert_limit(&page, "\nrules in a profile",
		     DRONEFENCE_MAX_PROFILE_RULES);
	assert_limit(&page, "\ndestinations in a rule",
		     DRONEFENCE_MAX_RULE_SETS);
	assert_limit(&page, "\nports and ranges in a rule",
		     DRONEFENCE_MAX_RULE_PORTS);
	assert_limit(&page, "\nselectors of an application",
		     DRONEFENCE_MAX_APPLICATION_SELECTORS - 1);
	assert_limit(&page, "\nof an application with executables",
		     DRONEFENCE_MAX_APPLICATION_SELECTORS - 2);
	assert_limit(&page, "\nusers, in all applications", DRONEFENCE_MAX_USERS);
	assert_limit(&page, "\ncountry sources, operator sources",
		     DRONEFENCE_VOTES_MAX / 2);
	free(page.text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_shipped_policies),
		cmocka_unit_test(knows_all_shipped_policies),
		cmocka_unit_test(has_a_header),
		cmocka_unit_test(has_the_defaults_it_should),
		cmocka_unit_test(local_data_mode_is_local),
		cmocka_unit_test(drone_links_are_local),
		cmocka_unit_test(loads_shipped_sets),
		cmocka_unit_test(recognises_applications),
		cmocka_unit_test(makes_run_patterns),
		cmocka_unit_test(loads_examples_of_the_manual),
		cmocka_unit_test(manual_has_every_word),
		cmocka_unit_test(manual_has_the_limits),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
