// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shipped policies, mutilated at random: the loader must not crash, and
 * must give a sound policy or say at least one error, never both or neither.
 * The numbers are the same in each run.
 */
#include "ifname.h"
#include "pattern.h"
#include "policy_util.h"

#define ROUNDS 5000

static const char *const files[] = {
	"audit-only.yaml",
	"deny-countries-of-concern.yaml",
	"eu-residency.yaml",
	"local-data-mode.yaml",
	"us-residency.yaml",
	/* The sets, by way of a policy that includes them. */
	"sets/countries-of-concern.yaml",
	"sets/drone-link.yaml",
	"sets/eu-eea.yaml",
	"sets/home-us.yaml",
	"sets/prc-carriers.yaml",
	"sets/prc-clouds.yaml",
};

/* What the mutations put in: the words and signs that mean something. */
static const char *const words[] = {
	"[", "]", "{", "}", ": ", "- ", ", ", "\n", "\n  ", "  ", "\t", "\"",
	"'", "&a ", "*a", "!", "|", ">", "<<", "#", "%", "@", "---\n", "...\n",
	"? ", "\\", "\xff", "\xc3", "\xe2\x80\xae", "\x1b[", "\r\n", "??",
	"any", "local", "unknown", "CN", "EU", "cn", "AS1", "AS0", "AS",
	"::1", "10.0.0.1/8", "0.0.0.0/0", "::/0", "1-2", "99999999999999999999",
	"-1", "007", "/**", "/*", "/", "[a", "allow", "deny", "drop", "ports",
	"protocol", "tcp", "255", "256", "sets", "networks", "version",
	"include", "located-in", "operated-by", "network", "profile", "none",
};

static uint64_t seed;

static uint32_t random_below(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % limit;
}

/**
 * struct text - a file that is being mutilated
 * @data: bytes, not terminated
 * @size: of @data
 */
struct text {
	char data[65536];
	size_t size;
};

static void delete(struct text *text, size_t at, size_t size)
{
	memmove(text->data + at, text->data + at + size,
		text->size - at - size);
	text->size -= size;
}

static void insert(struct text *text, size_t at, const char *data, size_t size)
{
	if (text->size + size > sizeof(text->data))
		return;
	memmove(text->data + at + size, text->data + at, text->size - at);
	memcpy(text->data + at, data, size);
	text->size += size;
}

static void insert_copy(struct text *text, size_t at, size_t from, size_t size)
{
	char copy[256];

	memcpy(copy, text->data + from, size);
	insert(text, at, copy, size);
}

static void mutate(struct text *text)
{
	size_t at = random_below((uint32_t)text->size);
	size_t from = random_below((uint32_t)text->size);
	size_t left = text->size - from;
	size_t size = 1 + random_below(left < 64 ? (uint32_t)left : 64);
	const char *word = words[random_below(COUNT(words))];

	switch (random_below(8)) {
	case 0:
		text->data[at] = (char)random_below(256);
		break;
	case 1:
		text->data[at] ^= (char)(1u << random_below(8));
		break;
	case 2:
		delete(text, from, size);
		break;
	case 3:
		delete(text, from, 1);
		break;
	case 4:
		insert_copy(text, at, from, size);
		break;
	case 5:
		text->size = random_below(16) ? text->size : at + 1;
		break;
	default:
		insert(text, at, word, strlen(word));
		break;
	}
	if (!text->size)
		insert(text, 0, "#", 1);
}

static void assert_atoms(const struct df_policy *policy,
			 const struct df_atoms *atoms)
{
	size_t i;

	for (i = 0; i < atoms->count; i++) {
		const struct df_atom *atom = &atoms->list[i];

		assert_true(atom->mark.line >= 1 && atom->mark.column >= 1);
		assert_true(atom->mark.length >= 1);
		if (atom->kind == DF_ATOM_SET)
			assert_true(atom->set < policy->set_count);
		if (atom->kind == DF_ATOM_COUNTRY)
			assert_non_null(df_country_name(atom->country));
		if (atom->kind == DF_ATOM_NETWORK)
			assert_true(atom->net.first <= atom->net.last);
	}
}

static void assert_rules(const struct df_policy *policy,
			 const struct df_profile *profile)
{
	size_t i, j;

	assert_true(profile->rule_count <= DRONEFENCE_MAX_PROFILE_RULES);
	for (i = 0; i < profile->rule_count; i++) {
		const struct df_rule *rule = &profile->rules[i];

		assert_true(rule->to.count >= 1);
		assert_true(rule->verdict <= DFENCE_VERDICT_DROP);
		assert_true(rule->log <= DFENCE_LOG_ALL);
		assert_true(!rule->any_protocol || !rule->port_count);
		for (j = 0; j < rule->port_count; j++)
			assert_true(rule->ports[j].first <=
				    rule->ports[j].last);
		assert_atoms(policy, &rule->to);
	}
}

static void assert_selector(const struct df_selector *selector)
{
	if (selector->type == DFENCE_SELECTOR_CGROUP) {
		assert_null(dfence_pattern_check(selector->pattern));
		return;
	}
	assert_int_equal(selector->type, DFENCE_SELECTOR_FORWARD);
	assert_null(selector->pattern);
	assert_true(*selector->in || selector->has_source || selector->has_mac);
	if (*selector->in)
		assert_null(dfence_ifname_check(selector->in));
}

/* What the compiler may rely on. */
static void assert_sound(const struct df_policy *policy)
{
	size_t i, j;

	assert_true(policy->name && *policy->name);
	for (i = 0; i < policy->set_count; i++)
		assert_atoms(policy, &policy->sets[i].atoms);
	for (i = 0; i < policy->profile_count; i++)
		assert_rules(policy, &policy->profiles[i]);
	for (i = 0; i < policy->application_count; i++) {
		const struct df_application *app = &policy->applications[i];

		assert_true(app->profile < policy->profile_count);
		assert_true(app->selector_count >= 1);
		for (j = 0; j < app->selector_count; j++)
			assert_selector(&app->selectors[j]);
	}
}

static void copy_file(const char *name, struct text *text)
{
	char path[FOUND_SIZE + 64];
	char *data;

	snprintf(path, sizeof(path), "%s/%s", policies_dir, name);
	data = read_text(path, &text->size);
	assert_in_range(text->size, 1, sizeof(text->data) / 2);
	memcpy(text->data, data, text->size);
	free(data);
	write_bytes(name, text->data, text->size);
}

/* Returns whether the policy was loaded. */
static bool try(const char *path)
{
	struct df_diags diags = { 0 };
	struct df_policy *policy = df_policy_load(path, &diags);
	bool loaded = policy;
	char *shown = render(&diags);
	size_t i;

	assert_int_equal(loaded, !df_diags_failed(&diags));
	assert_int_equal(loaded, !*shown);
	for (i = 0; i < diags.count; i++)
		assert_null(strchr(diags.list[i].message, '\n'));
	if (loaded)
		assert_sound(policy);
	df_policy_free(policy);
	df_diags_free(&diags);
	free(shown);
	return loaded;
}

static void survives(void **state)
{
	size_t file = (const char *const *)*state - files, i, n;
	const char *policy = file < 5 ? files[file] :
			     file == 7 ? "eu-residency.yaml" :
					 "us-residency.yaml";
	unsigned int loaded = 0, refused = 0;
	static struct text original, text;

	copy_file(files[file], &original);
	seed = 88172645463325252ull + file;
	for (i = 0; i < ROUNDS / COUNT(files); i++) {
		text = original;
		for (n = 1 + random_below(6); n; n--)
			mutate(&text);
		write_bytes(files[file], text.data, text.size);
		if (try(policy))
			loaded++;
		else
			refused++;
	}
	write_bytes(files[file], original.data, original.size);
	/* Else the mutations are too mild or too wild to find anything. */
	assert_true(loaded > 20);
	assert_true(refused > 200);
}

static int copy_all(void **state)
{
	static struct text text;
	size_t i;

	if (enter_tmp_dir(state) || mkdir("sets", 0700))
		return -1;
	for (i = 0; i < COUNT(files); i++)
		copy_file(files[i], &text);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[COUNT(files)];
	size_t i;

	for (i = 0; i < COUNT(files); i++)
		tests[i] = (struct CMUnitTest){
			.name = files[i],
			.test_func = survives,
			.initial_state = (void *)&files[i],
		};
	return cmocka_run_group_tests(tests, copy_all, leave_tmp_dir);
}
