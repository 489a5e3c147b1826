// SPDX-License-Identifier: GPL-2.0-or-later
/* What is switched on top of a policy: by whom, what becomes of it, how it is kept. */
#include <errno.h>
#include <netinet/in.h>

#include "apply.h"
#include "cache.h"
#include "policy_util.h"

static const char policy_text[] =
	"version: 1\n"
	"sets: { company: { networks: [10.20.0.0/16, 198.51.100.0/24] } }\n"
	"profiles:\n"
	"  field:\n"
	"    rules:\n"
	"      - { deny: [192.168.7.0/24] }\n"
	"      - { drop: [203.0.113.0/24], protocol: udp }\n"
	"      - { allow: company, protocol: tcp, ports: [443, 8000-8100] }\n"
	"      - { allow: [192.168.0.0/16, 'fe80::/10', '2001:db8::/32'] }\n"
	"    default: deny\n"
	"  open: { default: allow }\n"
	"  maps: { rules: [ { allow: [198.51.100.0/24] } ], default: deny, pilot: true }\n"
	"applications:\n"
	"  qgc: { match: { cgroup: /qgc }, profile: field, mode: audit }\n"
	"  fleet: { match: { cgroup: /fleet }, profile: open }\n"
	"  video: { match: { cgroup: /video }, profile: open }\n";

static struct df_switches switches;
static struct df_switch_request request;
static struct df_diags diags;

static int set_up(void **state)
{
	write_text("policy.yaml", policy_text);
	memset(&switches, 0, sizeof(switches));
	memset(&diags, 0, sizeof(diags));
	request = (struct df_switch_request){ .root = true };
	return 0;
}

static int tear_down(void **state)
{
	df_switches_free(&switches);
	df_diags_free(&diags);
	unlink("switches.json");
	return 0;
}

static const char *ask(enum df_switch_what what, const char *app,
		       const char *profile, uint64_t now)
{
	request.what = what;
	strcpy(request.application, app);
	strcpy(request.profile, profile);
	return df_switch_request(&request, now, &switches);
}

static const struct df_switch *entry_of(const char *app)
{
	const struct df_switch *entry = df_switches_of(&switches, app);

	assert_non_null(entry);
	return entry;
}

static void build(struct df_build *result, const struct df_switches *with)
{
	const struct df_build_options options = { .switches = with };

	assert_int_equal(df_build_load(result, "policy.yaml", &options, &diags),
			 DF_EXIT_OK);
}

static bool allows(const struct df_build *b, size_t app, const char *to,
		   uint8_t protocol, int port)
{
	struct df_decision decision;
	enum df_family family;
	df_u128 addr;

	assert_int_equal(df_addr_parse(to, &family, &addr), 0);
	assert_int_equal(df_image_eval(b->image, b->image->applications[app].profile,
				       family, addr, protocol, port, &decision), 0);
	return decision.verdict == DFENCE_VERDICT_ALLOW;
}

/* First and last address of each local network and of each gap, and some more. */
static const char *const addresses[] = {
	"0.0.0.0", "0.0.0.1", "1.1.1.1", "9.255.255.255", "10.0.0.0", "10.20.0.1",
	"10.255.255.255", "11.0.0.0", "126.255.255.255", "127.0.0.1",
	"128.0.0.0", "169.253.255.255", "169.254.0.0", "169.255.0.0",
	"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0",
	"192.167.255.255", "192.168.0.0", "192.168.7.1", "192.168.255.255",
	"192.169.0.0", "198.51.100.7", "203.0.113.9", "223.5.5.5",
	"223.255.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.0",
	"255.255.255.254", "255.255.255.255", "::", "::1", "::2", "2001:db8::1",
	"2400:3200::1", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::",
	"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", "fe7f::1", "fe80::1",
	"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::", "feff::1", "ff02::1",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

static bool is_local(const char *text)
{
	enum df_family family;
	df_u128 addr;

	assert_int_equal(df_addr_parse(text, &family, &addr), 0);
	return df_addr_is_local(family, addr);
}

static void narrows(void **state)
{
	static const struct { uint8_t protocol; int port; } kinds[] = {
		{ IPPROTO_TCP, 443 }, { IPPROTO_TCP, 80 }, { IPPROTO_UDP, 14550 },
		{ IPPROTO_ICMP, -1 },
	};
	struct df_build file, switched;
	size_t app, i, k;

	assert_null(ask(DF_SWITCH_ON, "*", "local-data-mode", 0));
	build(&file, NULL);
	build(&switched, &switches);
	assert_int_equal(switched.image->applications[0].mode,
			 DFENCE_MODE_ENFORCE);
	for (app = 0; app < 3; app++)
		for (i = 0; i < COUNT(addresses); i++)
			for (k = 0; k < COUNT(kinds); k++)
				assert_int_equal(allows(&switched, app, addresses[i],
							kinds[k].protocol, kinds[k].port),
						 is_local(addresses[i]) &&
						 allows(&file, app, addresses[i],
							kinds[k].protocol, kinds[k].port));
	/* Two applications with one profile have one narrowed profile. */
	assert_int_equal(switched.image->profile_count, 5);
	df_build_free(&file);
	df_build_free(&switched);
}

static void switches_one(void **state)
{
	struct df_build b;

	assert_null(ask(DF_SWITCH_ON, "fleet", "maps", 0));
	build(&b, &switches);
	assert_true(allows(&b, 1, "198.51.100.7", IPPROTO_TCP, 443));
	assert_false(allows(&b, 1, "223.5.5.5", IPPROTO_TCP, 443));
	assert_true(allows(&b, 2, "223.5.5.5", IPPROTO_TCP, 443));
	assert_int_equal(b.image->applications[0].mode, DFENCE_MODE_AUDIT);
	df_build_free(&b);

	assert_null(ask(DF_SWITCH_ON, "*", "local-data-mode", 0));
	assert_null(ask(DF_SWITCH_OFF, "video", "", 0));
	build(&b, &switches);
	assert_false(allows(&b, 1, "198.51.100.7", IPPROTO_TCP, 443));
	assert_true(allows(&b, 2, "223.5.5.5", IPPROTO_TCP, 443));
	df_build_free(&b);

	/* Nothing is left of it. */
	assert_null(ask(DF_SWITCH_OFF, "*", "", 0));
	assert_int_equal(switches.count, 0);
}

static void refuses_a_profile_that_is_not_there(void **state)
{
	const struct df_build_options options = { .switches = &switches };
	struct df_build b;

	assert_null(ask(DF_SWITCH_ON, "qgc", "gone", 0));
	assert_int_equal(df_build_load(&b, "policy.yaml", &options, &diags),
			 DF_EXIT_POLICY);
	assert_string_equal(diags.list[0].message,
			    "'qgc' is switched to profile 'gone', which the policy does not have");
	df_build_free(&b);
}

static void unlocks(void **state)
{
	uint64_t now = df_boottime();
	struct df_build b;

	request.seconds = 600;
	assert_null(ask(DF_SWITCH_UNLOCK, "fleet", "", now));
	build(&b, &switches);
	assert_int_equal(b.image->applications[1].mode, DFENCE_MODE_AUDIT);
	assert_int_equal(b.image->applications[2].mode, DFENCE_MODE_ENFORCE);
	df_build_free(&b);
	assert_false(df_switches_expire(&switches, now + 599));
	assert_true(df_switches_expire(&switches, now + 600));
	build(&b, &switches);
	assert_int_equal(b.image->applications[1].mode, DFENCE_MODE_ENFORCE);
	df_build_free(&b);

	/* It does not take away what was switched, and ends when that is done. */
	assert_null(ask(DF_SWITCH_ON, "*", "local-data-mode", now));
	assert_null(ask(DF_SWITCH_UNLOCK, "fleet", "", now));
	assert_string_equal(entry_of("fleet")->profile, "local-data-mode");
	assert_int_equal(entry_of("video")->unlocked_until, 0);
	assert_null(ask(DF_SWITCH_LOCK, "*", "", now));
	assert_int_equal(entry_of("fleet")->unlocked_until, 0);
	assert_string_equal(entry_of("fleet")->profile, "local-data-mode");
	assert_null(ask(DF_SWITCH_UNLOCK, "*", "", now));
	assert_null(ask(DF_SWITCH_ON, "*", "local-data-mode", now));
	assert_int_equal(entry_of("fleet")->unlocked_until, 0);
}

static void lets_a_pilot_only_shut(void **state)
{
	request.root = false;
	assert_non_null(ask(DF_SWITCH_OFF, "qgc", "", 0));
	df_switches_free(&switches);
	assert_null(ask(DF_SWITCH_ON, "qgc", "local-data-mode", 0));
	assert_null(ask(DF_SWITCH_ON, "qgc", "local-data-mode", 0));
	assert_string_equal(ask(DF_SWITCH_ON, "qgc", "maps", 0),
			    "another profile is switched on; only root may replace it");
	assert_string_equal(ask(DF_SWITCH_ON, "*", "maps", 0),
			    "another profile is switched on; only root may replace it");
	assert_non_null(ask(DF_SWITCH_OFF, "*", "", 0));
	assert_string_equal(entry_of("qgc")->profile, "local-data-mode");
	request.root = true;
	assert_null(ask(DF_SWITCH_ON, "qgc", "maps", 0));
	assert_null(ask(DF_SWITCH_OFF, "qgc", "", 0));
}

static bool permitted(enum df_switch_what what, const char *app,
		      const char *profile, uint64_t seconds, uint64_t unlock,
		      bool root)
{
	struct df_policy *policy = assert_loaded("policy.yaml");
	bool yes;

	policy->unlock = unlock;
	request = (struct df_switch_request){
		.what = what, .root = root, .seconds = seconds,
	};
	strcpy(request.application, app);
	strcpy(request.profile, profile);
	yes = df_switch_permitted(&request, policy, &diags);
	assert_int_equal(yes, !diags.errors);
	df_diags_free(&diags);
	memset(&diags, 0, sizeof(diags));
	df_policy_free(policy);
	return yes;
}

static void asks_the_policy(void **state)
{
	assert_true(permitted(DF_SWITCH_ON, "qgc", "local-data-mode", 0, 0, false));
	assert_true(permitted(DF_SWITCH_ON, "*", "local-data-mode", 0, 0, false));
	assert_false(permitted(DF_SWITCH_ON, "gone", "local-data-mode", 0, 0, true));
	assert_true(permitted(DF_SWITCH_ON, "qgc", "maps", 0, 0, false));
	assert_false(permitted(DF_SWITCH_ON, "qgc", "open", 0, 0, false));
	assert_true(permitted(DF_SWITCH_ON, "qgc", "open", 0, 0, true));
	assert_false(permitted(DF_SWITCH_ON, "qgc", "gone", 0, 0, true));
	assert_true(permitted(DF_SWITCH_OFF, "qgc", "", 0, 0, true));
	assert_false(permitted(DF_SWITCH_UNLOCK, "qgc", "", 1, 0, false));
	assert_true(permitted(DF_SWITCH_UNLOCK, "qgc", "", 86400, 0, true));
	assert_true(permitted(DF_SWITCH_UNLOCK, "qgc", "", 900, 900, false));
	assert_false(permitted(DF_SWITCH_UNLOCK, "qgc", "", 901, 900, false));
	assert_true(permitted(DF_SWITCH_UNLOCK, "qgc", "", 901, 900, true));
	assert_false(permitted(DF_SWITCH_UNLOCK, "qgc", "", 1, UINT64_MAX, false));
	assert_false(permitted(DF_SWITCH_UNLOCK, "qgc", "", 1, UINT64_MAX, true));
	assert_true(permitted(DF_SWITCH_LOCK, "qgc", "", 0, 0, false));
}

static void is_kept(void **state)
{
	struct df_switches read;

	assert_int_equal(df_switches_load("switches.json", &read), 0);
	assert_int_equal(read.count, 0);
	df_switches_free(&read);
	request.seconds = 600;
	assert_null(ask(DF_SWITCH_ON, "qgc", "maps", 0));
	assert_null(ask(DF_SWITCH_UNLOCK, "fleet", "", 1000));
	assert_int_equal(df_switches_save("switches.json", &switches), 0);
	assert_int_equal(df_switches_load("switches.json", &read), 0);
	assert_int_equal(read.count, 2);
	assert_string_equal(df_switches_of(&read, "qgc")->profile, "maps");
	assert_true(df_switches_of(&read, "fleet")->unlocked_until == 1600);
	df_switches_free(&read);
}

/* What is unlocked is locked by a restart of the machine. */
static void knows_another_start(void **state)
{
	struct df_switches read;

	write_text("switches.json",
		   "{\"version\":1,\"boot\":\"5b0e7d5c-0000-4000-8000-0123456789ab\",\"switches\":["
		   "{\"application\":\"qgc\",\"profile\":\"maps\",\"unlocked-until\":99999999999}]}");
	assert_int_equal(df_switches_load("switches.json", &read), 0);
	assert_int_equal(df_switches_of(&read, "qgc")->unlocked_until, 0);
	assert_string_equal(df_switches_of(&read, "qgc")->profile, "maps");
	df_switches_free(&read);
}

static void refuses_a_damaged_file(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "{\"version\":2,\"boot\":\"\",\"switches\":[]}",
		"{\"version\":1,\"switches\":[]}",
		"{\"version\":1,\"boot\":\"\",\"switches\":{}}",
		"{\"version\":1,\"boot\":\"\",\"switches\":[1]}",
		"{\"version\":1,\"boot\":\"\",\"switches\":[{\"application\":\"\",\"profile\":\"\",\"unlocked-until\":0}]}",
		"{\"version\":1,\"boot\":\"\",\"switches\":[{\"application\":\"a\",\"profile\":\"\",\"unlocked-until\":-1}]}",
		"{\"version\":1,\"boot\":\"\",\"switches\":[{\"application\":\"a\",\"unlocked-until\":0}]}",
		"{\"version\":1,\"boot\":\"\",\"switches\":[{\"application\":"
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"profile\":\"\",\"unlocked-until\":0}]}",
	};
	struct df_switches read;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		write_text("switches.json", bad[i]);
		assert_int_equal(df_switches_load("switches.json", &read), -EINVAL);
		assert_int_equal(read.count, 0);
	}
}

/* Otherwise what was compiled for one would be taken for the other. */
static void has_a_key_of_its_own(void **state)
{
	struct df_policy *policy = assert_loaded("policy.yaml");
	struct df_cache file = { 0 }, switched = { 0 };

	assert_int_equal(df_cache_key(&file, policy, NULL), 0);
	assert_null(ask(DF_SWITCH_ON, "qgc", "local-data-mode", 0));
	assert_true(df_switches_apply(&switches, 0, policy, &diags));
	assert_int_equal(df_cache_key(&switched, policy, NULL), 0);
	assert_memory_not_equal(file.key, switched.key, sizeof(file.key));
	df_policy_free(policy);
}

static void refuse(const char *line, const char *message)
{
	char text[256], *got;
	struct df_diags own = { 0 };

	snprintf(text, sizeof(text), "version: 1\n%s", line);
	write_text("policy.yaml", text);
	assert_null(df_policy_load("policy.yaml", &own));
	got = own.list[0].message;
	assert_non_null(strstr(got, message));
	df_diags_free(&own);
}

static void refuses_bad_keys(void **state)
{
	static const char *const lengths[] = {
		"0s", "2d", "30", "min", "-1s", "1y", "Never", "[1h]",
	};
	char line[128];
	size_t i;

	for (i = 0; i < COUNT(lengths); i++) {
		snprintf(line, sizeof(line),
			 "unlock: %s\nprofiles: { p: { default: deny } }\n",
			 lengths[i]);
		refuse(line, lengths[i][0] == '[' ? "a length of time" :
			     "is no length of time up to a day");
	}
	refuse("profiles: { p: { default: deny, pilot: maybe } }\n", "'pilot'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(narrows),
		TEST(switches_one),
		TEST(refuses_a_profile_that_is_not_there),
		TEST(unlocks),
		TEST(lets_a_pilot_only_shut),
		TEST(asks_the_policy),
		TEST(refuses_bad_keys),
		TEST(is_kept),
		TEST(knows_another_start),
		TEST(refuses_a_damaged_file),
		TEST(has_a_key_of_its_own),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
