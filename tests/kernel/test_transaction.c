// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transactions that are broken in every way a writer can think of: the policy
 * in force stays, and the kernel says why. Correctness.
 */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "kselftest_harness.h"

#include "client_private.h"
#include "fence.h"

#define END4 0xffffffffU

/* A record of a range, as it travels. */
struct range4 {
	uint32_t first;
	uint32_t last;
	uint16_t zone;
	uint16_t pad;
};

static const char good[] =
	"profiles: { p: { rules: [ { deny: { located-in: CN } } ], default: allow } }\n"
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n";

FIXTURE(transaction) {
	struct df_client *client;
	uint32_t generation;
};

FIXTURE_SETUP(transaction)
{
	self->generation = apply_policy(good);
	self->client = open_client();
}

/* Whatever was tried: the policy from before is in force, and it works. */
FIXTURE_TEARDOWN(transaction)
{
	struct df_policy_info info;
	struct df_explanation x;
	struct df_client *client = open_client();
	enum df_family family;
	df_u128 addr;

	df_client_close(self->client);
	EXPECT_EQ(0, df_client_policy(client, &info));
	EXPECT_EQ(self->generation, info.generation);
	EXPECT_EQ(1, info.applications);
	df_addr_parse(CN4, &family, &addr);
	EXPECT_EQ(0, df_client_explain(client, "app", family, addr, 6, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	EXPECT_EQ(0, module_status().transaction);
	/* And a good one can be applied. */
	EXPECT_EQ(self->generation + 1, apply_policy(good));
	df_client_close(client);
}

static struct nl_msg *message(struct df_client *client, uint8_t command)
{
	return df_client_message(client, 0, command, 64 * 1024);
}

static int request(struct df_client *client, struct nl_msg *msg)
{
	return df_client_request(client, msg, NULL, NULL);
}

/* What begin announces. */
struct sizes {
	uint32_t sets, zones, ranges4, ranges6, profiles, apps;
};

#define SIZES(...) ((struct sizes) { .zones = 1, .ranges4 = 1, .ranges6 = 1, __VA_ARGS__ })

static int begin(struct df_client *client, uint32_t generation,
		 struct sizes sizes)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_BEGIN);

	nla_put_string(msg, DFENCE_A_POLICY_NAME, "broken");
	nla_put_u32(msg, DFENCE_A_POLICY_GENERATION, generation);
	nla_put_u32(msg, DFENCE_A_POLICY_SETS, sizes.sets);
	nla_put_u32(msg, DFENCE_A_POLICY_ZONES, sizes.zones);
	nla_put_u32(msg, DFENCE_A_POLICY_RANGES4, sizes.ranges4);
	nla_put_u32(msg, DFENCE_A_POLICY_RANGES6, sizes.ranges6);
	nla_put_u32(msg, DFENCE_A_POLICY_PROFILES, sizes.profiles);
	nla_put_u32(msg, DFENCE_A_POLICY_APPLICATIONS, sizes.apps);
	return request(client, msg);
}

static int add_ranges4(struct df_client *client, const struct range4 *ranges,
		       size_t count)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_ADD);
	struct range4 wire[8];
	size_t i;

	for (i = 0; i < count; i++) {
		wire[i].first = htonl(ranges[i].first);
		wire[i].last = htonl(ranges[i].last);
		wire[i].zone = htons(ranges[i].zone);
		wire[i].pad = htons(ranges[i].pad);
	}
	nla_put(msg, DFENCE_A_CHUNK_RANGES4, count * sizeof(*wire), wire);
	return request(client, msg);
}

static int add_ranges6(struct df_client *client)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_ADD);
	uint8_t all[DRONEFENCE_RANGE6_LEN] = { 0 };

	memset(all + 16, 0xff, 16);
	nla_put(msg, DFENCE_A_CHUNK_RANGES6, sizeof(all), all);
	return request(client, msg);
}

static int add_zone(struct df_client *client, const char *country,
		    const char *votes, const void *sets, size_t sets_len)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_ADD);
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_CHUNK_ZONE);

	nla_put_string(msg, DFENCE_A_ZONE_COUNTRY, country);
	nla_put(msg, DFENCE_A_ZONE_VOTES, strlen(votes), votes);
	if (sets_len)
		nla_put(msg, DFENCE_A_ZONE_SETS, sets_len, sets);
	nla_nest_end(msg, nest);
	return request(client, msg);
}

static int add_set(struct df_client *client, const char *name, int kind)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_ADD);
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_CHUNK_SET);

	if (name)
		nla_put_string(msg, DFENCE_A_SET_NAME, name);
	if (kind >= 0)
		nla_put_u8(msg, DFENCE_A_SET_KIND, kind);
	nla_nest_end(msg, nest);
	return request(client, msg);
}

/* A profile with one rule that names a set, or -1, and a port range, or 0. */
static int add_profile(struct df_client *client, const char *name, int set,
		       uint32_t ports, int verdict)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_ADD);
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_CHUNK_PROFILE);
	struct nlattr *rule;

	nla_put_string(msg, DFENCE_A_PROFILE_NAME, name);
	nla_put_u8(msg, DFENCE_A_PROFILE_VERDICT, DFENCE_VERDICT_DENY);
	nla_put_u8(msg, DFENCE_A_PROFILE_LOG, DFENCE_LOG_NONE);
	rule = nla_nest_start(msg, DFENCE_A_PROFILE_RULE);
	nla_put_u8(msg, DFENCE_A_RULE_VERDICT, verdict);
	nla_put_u8(msg, DFENCE_A_RULE_LOG, DFENCE_LOG_NEW);
	if (set >= 0)
		nla_put_u32(msg, DFENCE_A_RULE_SET, set);
	if (ports)
		nla_put_u32(msg, DFENCE_A_RULE_PORTS, ports);
	nla_nest_end(msg, rule);
	nla_nest_end(msg, nest);
	return request(client, msg);
}

static int add_app(struct df_client *client, const char *name, uint32_t profile,
		   const char *pattern)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_ADD);
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_CHUNK_APPLICATION);
	struct nlattr *selector;

	nla_put_string(msg, DFENCE_A_APP_NAME, name);
	nla_put_u32(msg, DFENCE_A_APP_PROFILE, profile);
	nla_put_u8(msg, DFENCE_A_APP_MODE, DFENCE_MODE_ENFORCE);
	if (pattern) {
		selector = nla_nest_start(msg, DFENCE_A_APP_SELECTOR);
		nla_put_u8(msg, DFENCE_A_SELECTOR_TYPE, DFENCE_SELECTOR_CGROUP);
		nla_put_string(msg, DFENCE_A_SELECTOR_PATTERN, pattern);
		nla_nest_end(msg, selector);
	}
	nla_nest_end(msg, nest);
	return request(client, msg);
}

static int commit(struct df_client *client, const void *digest)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_COMMIT);

	if (digest)
		nla_put(msg, DFENCE_A_POLICY_DIGEST, DRONEFENCE_DIGEST_LEN, digest);
	return request(client, msg);
}

static int commit_zero(struct df_client *client)
{
	return commit(client, (uint8_t[DRONEFENCE_DIGEST_LEN]) { 0 });
}

/* Expect an error and its words. */
#define REFUSED(error, words, call) do {				\
	EXPECT_EQ(-(error), (call));					\
	EXPECT_STREQ("kernel reports: " words,				\
		     df_client_error(self->client));			\
} while (0)

static const struct range4 all4[] = { { 0, END4, 0, 0 } };

#define BEGIN(...) \
	ASSERT_EQ(0, begin(self->client, self->generation, SIZES(__VA_ARGS__)))

/**
 * struct ranges_case - ranges that cannot be, and the kernel's words
 */
struct ranges_case {
	const char *words;
	uint32_t announced;
	size_t count;
	struct range4 ranges[3];
};

static const struct ranges_case ranges_cases[] = {
	{ "ranges are not sorted", 3, 2, { { 0, 1000, 0, 0 }, { 0, 500, 0, 0 } } },
	{ "ranges are not sorted", 3, 2, { { 0, END4, 0, 0 }, { 0, 5, 0, 0 } } },
	{ "ranges overlap", 3, 2, { { 0, 1000, 0, 0 }, { 1000, END4, 0, 0 } } },
	{ "ranges overlap", 3, 2, { { 0, 1000, 0, 0 }, { 500, 2000, 0, 0 } } },
	{ "gap between two ranges", 3, 2, { { 0, 1000, 0, 0 }, { 1002, END4, 0, 0 } } },
	{ "gap before the first range", 3, 1, { { 1, END4, 0, 0 } } },
	{ "range ends before it begins", 3, 1, { { 5, 4, 0, 0 } } },
	{ "range has an unknown zone", 3, 1, { { 0, END4, 1, 0 } } },
	{ "range has an unknown zone", 3, 1, { { 0, END4, 65535, 0 } } },
	{ "range has padding that is not zero", 3, 1, { { 0, END4, 0, 1 } } },
	{ "more ranges than announced", 1, 2, { { 0, 1000, 0, 0 }, { 1001, END4, 0, 0 } } },
};

TEST_F(transaction, ranges)
{
	char words[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges_cases); i++) {
		const struct ranges_case *c = &ranges_cases[i];

		BEGIN(.ranges4 = c->announced);
		EXPECT_EQ(-EINVAL, add_ranges4(self->client, c->ranges, c->count));
		snprintf(words, sizeof(words), "kernel reports: %s", c->words);
		EXPECT_STREQ(words, df_client_error(self->client));
		/* Nothing more is taken, and it cannot be committed. */
		REFUSED(EINVAL, "an earlier part was refused",
			add_ranges4(self->client, all4, 1));
		REFUSED(EINVAL, "an earlier part was refused",
			commit_zero(self->client));
	}
}

TEST_F(transaction, ranges_cut_off)
{
	struct nl_msg *msg;

	BEGIN();
	msg = message(self->client, DFENCE_CMD_POLICY_ADD);
	nla_put(msg, DFENCE_A_CHUNK_RANGES4, 11, "12345678901");
	REFUSED(EINVAL, "ranges are cut off", request(self->client, msg));
	EXPECT_EQ(0, request(self->client,
			     message(self->client, DFENCE_CMD_POLICY_ABORT)));
	BEGIN();
	msg = message(self->client, DFENCE_CMD_POLICY_ADD);
	nla_put(msg, DFENCE_A_CHUNK_RANGES6, 0, "");
	REFUSED(EINVAL, "ranges are cut off", request(self->client, msg));
}

TEST_F(transaction, incomplete)
{
	static const struct range4 half[] = { { 0, 1000, 0, 0 } };

	BEGIN();
	REFUSED(EINVAL, "fewer zones than announced", commit_zero(self->client));
	BEGIN(.sets = 1);
	REFUSED(EINVAL, "fewer sets than announced", commit_zero(self->client));
	BEGIN(.profiles = 1);
	ASSERT_EQ(0, add_zone(self->client, "", "", NULL, 0));
	REFUSED(EINVAL, "fewer profiles than announced", commit_zero(self->client));
	BEGIN(.apps = 1);
	ASSERT_EQ(0, add_zone(self->client, "", "", NULL, 0));
	REFUSED(EINVAL, "fewer applications than announced", commit_zero(self->client));
	BEGIN();
	ASSERT_EQ(0, add_zone(self->client, "", "", NULL, 0));
	REFUSED(EINVAL, "fewer ranges than announced", commit_zero(self->client));
	BEGIN();
	ASSERT_EQ(0, add_zone(self->client, "", "", NULL, 0));
	ASSERT_EQ(0, add_ranges4(self->client, half, 1));
	REFUSED(EINVAL, "gap behind the last range", commit_zero(self->client));
}

TEST_F(transaction, digest)
{
	BEGIN();
	ASSERT_EQ(0, add_zone(self->client, "", "", NULL, 0));
	ASSERT_EQ(0, add_ranges4(self->client, all4, 1));
	ASSERT_EQ(0, add_ranges6(self->client));
	REFUSED(EBADMSG, "digest does not match what was transferred",
		commit_zero(self->client));
	/* The transaction is over. */
	REFUSED(ENOENT, "no transaction is open", commit_zero(self->client));

	BEGIN();
	ASSERT_EQ(0, add_zone(self->client, "", "", NULL, 0));
	ASSERT_EQ(0, add_ranges4(self->client, all4, 1));
	ASSERT_EQ(0, add_ranges6(self->client));
	REFUSED(EBADMSG, "digest does not match what was transferred",
		commit(self->client, NULL));
}

TEST_F(transaction, too_large)
{
	REFUSED(ERANGE, "size is out of range",
		begin(self->client, self->generation,
		      SIZES(.ranges4 = DRONEFENCE_MAX_RANGES + 1)));
	REFUSED(ERANGE, "size is out of range",
		begin(self->client, self->generation,
		      SIZES(.ranges6 = UINT32_MAX)));
	REFUSED(ERANGE, "size is out of range",
		begin(self->client, self->generation, SIZES(.ranges4 = 0)));
	REFUSED(ERANGE, "size is out of range",
		begin(self->client, self->generation,
		      SIZES(.zones = DRONEFENCE_MAX_ZONES + 1)));
	REFUSED(ERANGE, "integer out of range",
		begin(self->client, self->generation,
		      SIZES(.sets = DRONEFENCE_MAX_SETS + 1)));
	REFUSED(ERANGE, "integer out of range",
		begin(self->client, self->generation,
		      SIZES(.profiles = DRONEFENCE_MAX_PROFILES + 1)));
	REFUSED(ERANGE, "integer out of range",
		begin(self->client, self->generation,
		      SIZES(.apps = DRONEFENCE_MAX_APPLICATIONS + 1)));
}

/* The limits themselves are granted. */
TEST_F(transaction, as_large_as_allowed)
{
	EXPECT_EQ(0, begin(self->client, self->generation,
			   SIZES(.ranges4 = DRONEFENCE_MAX_RANGES,
				 .ranges6 = DRONEFENCE_MAX_RANGES,
				 .zones = DRONEFENCE_MAX_ZONES,
				 .sets = DRONEFENCE_MAX_SETS,
				 .profiles = DRONEFENCE_MAX_PROFILES,
				 .apps = DRONEFENCE_MAX_APPLICATIONS)));
	EXPECT_EQ(0, request(self->client,
			     message(self->client, DFENCE_CMD_POLICY_ABORT)));
}

TEST_F(transaction, stale_generation)
{
	REFUSED(ESTALE, "the policy was replaced meanwhile",
		begin(self->client, self->generation - 1, SIZES()));
	REFUSED(ESTALE, "the policy was replaced meanwhile",
		begin(self->client, self->generation + 1, SIZES()));
}

TEST_F(transaction, closed_socket)
{
	BEGIN();
	ASSERT_EQ(0, add_zone(self->client, "", "", NULL, 0));
	EXPECT_NE(0, module_status().transaction);
	df_client_close(self->client);
	self->client = open_client();
	EXPECT_EQ(0, module_status().transaction);
	REFUSED(ENOENT, "no transaction is open", commit_zero(self->client));
}

/* Close a socket that has the writer's port, but not its kind or namespace. */
struct namesake {
	uint32_t port;
	int protocol;
	bool elsewhere;
};

static int close_namesake(void *arg)
{
	const struct namesake *n = arg;
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_pid = n->port };
	int fd;

	if (n->elsewhere && unshare(CLONE_NEWNET))
		return RUN_FAILED;
	fd = socket(AF_NETLINK, SOCK_RAW, n->protocol);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return RUN_FAILED;
	return close(fd);
}

TEST_F(transaction, closed_socket_of_the_same_port)
{
	struct namesake route = { .protocol = NETLINK_ROUTE };
	struct namesake genl = { .protocol = NETLINK_GENERIC, .elsewhere = true };

	BEGIN();
	genl.port = module_status().transaction;
	route.port = genl.port;
	ASSERT_NE(0, genl.port);
	EXPECT_EQ(0, run_in(OTHER, close_namesake, &route));
	EXPECT_EQ(genl.port, module_status().transaction);
	EXPECT_EQ(0, run_in(OTHER, close_namesake, &genl));
	EXPECT_EQ(genl.port, module_status().transaction);
}

TEST_F(transaction, second_writer)
{
	struct df_client *first = open_client();

	ASSERT_EQ(0, begin(first, self->generation, SIZES()));
	REFUSED(EBUSY, "another transaction is open",
		begin(self->client, self->generation, SIZES()));
	REFUSED(EBUSY, "the transaction belongs to another socket",
		add_ranges4(self->client, all4, 1));
	REFUSED(EBUSY, "the transaction belongs to another socket",
		commit_zero(self->client));
	REFUSED(EBUSY, "the transaction belongs to another socket",
		request(self->client,
			message(self->client, DFENCE_CMD_POLICY_ABORT)));
	/* The first one did not notice. */
	EXPECT_EQ(0, add_zone(first, "", "", NULL, 0));
	EXPECT_EQ(0, request(first, message(first, DFENCE_CMD_POLICY_ABORT)));
	df_client_close(first);
}

TEST_F(transaction, without_begin)
{
	REFUSED(ENOENT, "no transaction is open",
		add_ranges4(self->client, all4, 1));
	REFUSED(ENOENT, "no transaction is open", commit_zero(self->client));
	REFUSED(ENOENT, "no transaction is open",
		request(self->client,
			message(self->client, DFENCE_CMD_POLICY_ABORT)));
}

TEST_F(transaction, begin_needs)
{
	struct nl_msg *msg = message(self->client, DFENCE_CMD_POLICY_BEGIN);

	nla_put_string(msg, DFENCE_A_POLICY_NAME, "broken");
	REFUSED(EINVAL, "begin needs name, generation, zones, ranges4 and ranges6",
		request(self->client, msg));
}

/* Each is one bad part; a new transaction for each. */
#define BAD_PART(words, announce, call) do {				\
	ASSERT_EQ(0, begin(self->client, self->generation, announce));	\
	REFUSED(EINVAL, words, call);					\
	ASSERT_EQ(0, request(self->client,				\
		message(self->client, DFENCE_CMD_POLICY_ABORT)));	\
} while (0)

TEST_F(transaction, sets)
{
	struct df_client *c = self->client;

	BAD_PART("more sets than announced", SIZES(), add_set(c, "a", 2));
	BAD_PART("name is missing", SIZES(.sets = 1), add_set(c, NULL, 2));
	BAD_PART("kind is missing", SIZES(.sets = 1), add_set(c, "a", -1));
	BAD_PART("name is not printable", SIZES(.sets = 1), add_set(c, "", 2));
	BAD_PART("name is not printable", SIZES(.sets = 1), add_set(c, "a b", 2));
	BAD_PART("name is not printable", SIZES(.sets = 1), add_set(c, "a\n", 2));
	BAD_PART("name is not printable", SIZES(.sets = 1), add_set(c, "a=b", 2));
	BAD_PART("name is not printable", SIZES(.sets = 1), add_set(c, "\xc3\xa4", 2));
	ASSERT_EQ(0, begin(c, self->generation, SIZES(.sets = 1)));
	REFUSED(ERANGE, "integer out of range", add_set(c, "a", 1));
	REFUSED(ERANGE, "integer out of range", add_set(c, "a", 5));
}

TEST_F(transaction, zones)
{
	struct df_client *c = self->client;
	uint8_t bits[2] = { 0xff, 0xff };

	BAD_PART("country is not two upper-case letters", SIZES(),
		 add_zone(c, "c", "", NULL, 0));
	BAD_PART("country is not two upper-case letters", SIZES(),
		 add_zone(c, "cn", "", NULL, 0));
	BAD_PART("country is not two upper-case letters", SIZES(),
		 add_zone(c, "C\n", "", NULL, 0));
	BAD_PART("votes are not pairs of upper-case letters", SIZES(),
		 add_zone(c, "CN", "CNU", NULL, 0));
	BAD_PART("votes are not pairs of upper-case letters", SIZES(),
		 add_zone(c, "CN", "C=", NULL, 0));
	BAD_PART("votes are not pairs of upper-case letters", SIZES(),
		 add_zone(c, "CN", "CNCNCNCNCNCNCNCNCN", NULL, 0));
	BAD_PART("bitmap of sets has the wrong length", SIZES(.sets = 1),
		 add_zone(c, "CN", "CN", bits, 2));
	BAD_PART("bitmap of sets has the wrong length", SIZES(.sets = 1),
		 add_zone(c, "CN", "CN", NULL, 0));
	BAD_PART("bitmap of sets has the wrong length", SIZES(),
		 add_zone(c, "CN", "CN", bits, 1));
	BAD_PART("bitmap names a set that does not exist", SIZES(.sets = 7),
		 add_zone(c, "CN", "CN", bits, 1));
	ASSERT_EQ(0, begin(c, self->generation, SIZES()));
	ASSERT_EQ(0, add_zone(c, "CN", "CN??", NULL, 0));
	REFUSED(EINVAL, "more zones than announced",
		add_zone(c, "CN", "CN", NULL, 0));
}

TEST_F(transaction, profiles)
{
	struct df_client *c = self->client;

	BAD_PART("more profiles than announced", SIZES(),
		 add_profile(c, "p", -1, 0, 0));
	BAD_PART("rule names a set that does not exist", SIZES(.profiles = 1),
		 add_profile(c, "p", 0, 0, 0));
	/* Announced, but not there yet. */
	BAD_PART("rule names a set that does not exist",
		 SIZES(.profiles = 1, .sets = 1), add_profile(c, "p", 0, 0, 0));
	BAD_PART("port range ends before it begins", SIZES(.profiles = 1),
		 add_profile(c, "p", -1, 80 << 16 | 79, 0));
	BAD_PART("name is not printable", SIZES(.profiles = 1),
		 add_profile(c, "p q", -1, 0, 0));
	ASSERT_EQ(0, begin(c, self->generation, SIZES(.profiles = 1)));
	REFUSED(ERANGE, "integer out of range", add_profile(c, "p", -1, 0, 3));
}

TEST_F(transaction, profile_with_too_many_rules)
{
	struct nl_msg *msg = message(self->client, DFENCE_CMD_POLICY_ADD);
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_CHUNK_PROFILE);
	int i;

	nla_put_string(msg, DFENCE_A_PROFILE_NAME, "p");
	nla_put_u8(msg, DFENCE_A_PROFILE_VERDICT, 0);
	nla_put_u8(msg, DFENCE_A_PROFILE_LOG, 0);
	for (i = 0; i <= DRONEFENCE_MAX_PROFILE_RULES; i++) {
		struct nlattr *rule = nla_nest_start(msg, DFENCE_A_PROFILE_RULE);

		nla_put_u8(msg, DFENCE_A_RULE_VERDICT, 0);
		nla_put_u8(msg, DFENCE_A_RULE_LOG, 0);
		nla_nest_end(msg, rule);
	}
	nla_nest_end(msg, nest);
	BEGIN(.profiles = 1);
	REFUSED(EINVAL, "profile has too many rules", request(self->client, msg));
}

TEST_F(transaction, rule_with_too_many_sets)
{
	struct nl_msg *msg = message(self->client, DFENCE_CMD_POLICY_ADD);
	struct nlattr *nest = nla_nest_start(msg, DFENCE_A_CHUNK_PROFILE);
	struct nlattr *rule;
	int i;

	nla_put_string(msg, DFENCE_A_PROFILE_NAME, "p");
	nla_put_u8(msg, DFENCE_A_PROFILE_VERDICT, 0);
	nla_put_u8(msg, DFENCE_A_PROFILE_LOG, 0);
	rule = nla_nest_start(msg, DFENCE_A_PROFILE_RULE);
	nla_put_u8(msg, DFENCE_A_RULE_VERDICT, 0);
	nla_put_u8(msg, DFENCE_A_RULE_LOG, 0);
	for (i = 0; i <= DRONEFENCE_MAX_RULE_SETS; i++)
		nla_put_u32(msg, DFENCE_A_RULE_SET, 0);
	nla_nest_end(msg, rule);
	nla_nest_end(msg, nest);
	BEGIN(.profiles = 1, .sets = 1);
	ASSERT_EQ(0, add_set(self->client, "s", 2));
	REFUSED(EINVAL, "rule has too many sets", request(self->client, msg));
}

TEST_F(transaction, applications)
{
	struct df_client *c = self->client;

	BAD_PART("more applications than announced", SIZES(),
		 add_app(c, "a", 0, "/a"));
	BAD_PART("application names a profile that does not exist",
		 SIZES(.apps = 1), add_app(c, "a", 0, "/a"));
	ASSERT_EQ(0, begin(c, self->generation, SIZES(.apps = 2, .profiles = 1)));
	ASSERT_EQ(0, add_profile(c, "p", -1, 0, 0));
	ASSERT_EQ(0, add_app(c, "a", 0, "/a"));
	REFUSED(EINVAL, "application exists already", add_app(c, "a", 0, "/a"));
}

TEST_F(transaction, selectors)
{
	static const struct {
		const char *pattern;
		const char *words;
	} cases[] = {
		{ "", "pattern does not start with /" },
		{ "a", "pattern does not start with /" },
		{ "//", "pattern has an empty component" },
		{ "/a/", "pattern has an empty component" },
		{ "/a/../b", "pattern has a component . or .." },
		{ "/a**", "pattern has ** beside other characters" },
		{ "/[a", "pattern has [ without ]" },
		{ "/[]", "pattern has [ without ]" },
		{ "/[a/b]", "pattern has [ without ]" },
		{ "/a\tb", "pattern has a control character" },
	};
	struct df_client *c = self->client;
	char words[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(0, begin(c, self->generation,
				   SIZES(.apps = 1, .profiles = 1)));
		ASSERT_EQ(0, add_profile(c, "p", -1, 0, 0));
		EXPECT_EQ(-EINVAL, add_app(c, "a", 0, cases[i].pattern));
		snprintf(words, sizeof(words), "kernel reports: %s",
			 cases[i].words);
		EXPECT_STREQ(words, df_client_error(c)) {
			TH_LOG("pattern %s", cases[i].pattern);
		}
		ASSERT_EQ(0, request(c, message(c, DFENCE_CMD_POLICY_ABORT)));
	}
	ASSERT_EQ(0, begin(c, self->generation, SIZES(.apps = 1, .profiles = 1)));
	ASSERT_EQ(0, add_profile(c, "p", -1, 0, 0));
	REFUSED(EINVAL, "application has no selector", add_app(c, "a", 0, NULL));
}

/**
 * struct bad_selector - a selector that is refused, not for its pattern
 * @words: what the kernel says
 * @type: of the selector
 * @pattern: of a cgroup, or NULL
 * @in: interface, or NULL
 * @source_len: bytes of the source, 0 for none
 * @source: the network
 * @prefix: of the source, -1 for none
 * @mac: first byte of the MAC address, the others are 0; -1 for none
 * @uid: number of a user, or NULL
 */
struct bad_selector {
	const char *words;
	uint8_t type;
	const char *pattern;
	const char *in;
	int source_len;
	uint8_t source[17];
	int prefix;
	int mac;
	const uint32_t *uid;
};

static const uint32_t root, nobody = UINT32_MAX, somebody = 1000;

static const struct bad_selector bad_selectors[] = {
	{ "selector names no place to come from", 2, NULL, NULL, 0, { 0 }, -1, -1 },
	{ "what is forwarded has no cgroup", 2, "/a", "wlan1", 0, { 0 }, -1, -1 },
	{ "only what is forwarded has a place to come from", 1, "/a", "wlan1", 0, { 0 }, -1, -1 },
	{ "only what is forwarded has a place to come from", 1, "/a", NULL, 0, { 0 }, -1, 2 },
	{ "interface has no name", 2, NULL, "", 0, { 0 }, -1, -1 },
	{ "no interface can have this name", 2, NULL, "..", 0, { 0 }, -1, -1 },
	{ "interface has a character that is not printable", 2, NULL, "a b", 0, { 0 }, -1, -1 },
	{ "interface has a character that is not printable", 2, NULL, "\xc3\xa9", 0, { 0 }, -1, -1 },
	{ "no interface can have a name with / : \" \\ or =", 2, NULL, "a/b", 0, { 0 }, -1, -1 },
	{ "source needs a network and a prefix", 2, NULL, NULL, 4, { 10 }, -1, -1 },
	{ "source needs a network and a prefix", 2, NULL, NULL, 0, { 0 }, 8, -1 },
	{ "source has neither 4 nor 16 bytes", 2, NULL, NULL, 5, { 10 }, 8, -1 },
	{ "source has neither 4 nor 16 bytes", 2, NULL, NULL, 17, { 10 }, 8, -1 },
	{ "prefix is longer than the address", 2, NULL, NULL, 4, { 10 }, 33, -1 },
	{ "prefix is longer than the address", 2, NULL, NULL, 16, { 10 }, 129, -1 },
	{ "source has bits set behind its prefix", 2, NULL, NULL, 4, { 10, 1 }, 8, -1 },
	{ "source has bits set behind its prefix", 2, NULL, NULL, 4, { 10, 1 }, 15, -1 },
	{ "source has bits set behind its prefix", 2, NULL, NULL, 4, { 1 }, 0, -1 },
	{ "source has bits set behind its prefix", 2, NULL, NULL, 16, { [15] = 1 }, 127, -1 },
	{ "MAC address is no sender's", 2, NULL, NULL, 0, { 0 }, -1, 0 },
	{ "MAC address is no sender's", 2, NULL, NULL, 0, { 0 }, -1, 1 },
	{ "selector needs the number of a user", 4, NULL, NULL, 0, { 0 }, -1, -1 },
	{ "root is no application's", 4, NULL, NULL, 0, { 0 }, -1, -1, &root },
	{ "no user has this number", 4, NULL, NULL, 0, { 0 }, -1, -1, &nobody },
	{ "a user has neither pattern nor place to come from", 4, "/a", NULL, 0, { 0 }, -1, -1, &somebody },
	{ "a user has neither pattern nor place to come from", 4, NULL, "wlan1", 0, { 0 }, -1, -1, &somebody },
	{ "only a user has the number of one", 1, "/a", NULL, 0, { 0 }, -1, -1, &somebody },
	{ "only a user has the number of one", 3, "/a", NULL, 0, { 0 }, -1, -1, &somebody },
	{ "what is forwarded has no user", 2, NULL, "wlan1", 0, { 0 }, -1, -1, &somebody },
};

static int add_selector_of(struct df_client *client, const char *name,
			   const struct bad_selector *s)
{
	struct nl_msg *msg = message(client, DFENCE_CMD_POLICY_ADD);
	struct nlattr *app = nla_nest_start(msg, DFENCE_A_CHUNK_APPLICATION);
	struct nlattr *selector;
	uint8_t mac[6] = { s->mac };

	nla_put_string(msg, DFENCE_A_APP_NAME, name);
	nla_put_u32(msg, DFENCE_A_APP_PROFILE, 0);
	nla_put_u8(msg, DFENCE_A_APP_MODE, 0);
	selector = nla_nest_start(msg, DFENCE_A_APP_SELECTOR);
	nla_put_u8(msg, DFENCE_A_SELECTOR_TYPE, s->type);
	if (s->pattern)
		nla_put_string(msg, DFENCE_A_SELECTOR_PATTERN, s->pattern);
	if (s->in)
		nla_put_string(msg, DFENCE_A_SELECTOR_IN_INTERFACE, s->in);
	if (s->source_len)
		nla_put(msg, DFENCE_A_SELECTOR_SOURCE, s->source_len, s->source);
	if (s->prefix >= 0)
		nla_put_u8(msg, DFENCE_A_SELECTOR_SOURCE_PREFIX, s->prefix);
	if (s->mac >= 0)
		nla_put(msg, DFENCE_A_SELECTOR_MAC, sizeof(mac), mac);
	if (s->uid)
		nla_put_u32(msg, DFENCE_A_SELECTOR_UID, *s->uid);
	nla_nest_end(msg, selector);
	nla_nest_end(msg, app);
	return request(client, msg);
}

static int add_selector(struct df_client *client, const struct bad_selector *s)
{
	return add_selector_of(client, "a", s);
}

TEST_F(transaction, selectors_without_a_pattern)
{
	static const struct bad_selector long_name = {
		.type = 2, .in = "1234567890123456", .prefix = -1, .mac = -1,
	};
	struct df_client *c = self->client;
	char words[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_selectors); i++) {
		ASSERT_EQ(0, begin(c, self->generation,
				   SIZES(.apps = 1, .profiles = 1)));
		ASSERT_EQ(0, add_profile(c, "p", -1, 0, 0));
		EXPECT_EQ(-EINVAL, add_selector(c, &bad_selectors[i]));
		snprintf(words, sizeof(words), "kernel reports: %s",
			 bad_selectors[i].words);
		EXPECT_STREQ(words, df_client_error(c)) {
			TH_LOG("selector %zu", i);
		}
		ASSERT_EQ(0, request(c, message(c, DFENCE_CMD_POLICY_ABORT)));
	}
	ASSERT_EQ(0, begin(c, self->generation, SIZES(.apps = 1, .profiles = 1)));
	ASSERT_EQ(0, add_profile(c, "p", -1, 0, 0));
	EXPECT_NE(0, add_selector(c, &long_name));
	ASSERT_EQ(0, request(c, message(c, DFENCE_CMD_POLICY_ABORT)));
}

/* A user is of one application. */
TEST_F(transaction, user_selected_twice)
{
	static const struct bad_selector user = {
		.type = 4, .prefix = -1, .mac = -1, .uid = &somebody,
	};
	struct df_client *c = self->client;

	ASSERT_EQ(0, begin(c, self->generation, SIZES(.apps = 2, .profiles = 1)));
	ASSERT_EQ(0, add_profile(c, "p", -1, 0, 0));
	ASSERT_EQ(0, add_selector_of(c, "a", &user));
	REFUSED(EINVAL, "user is selected already", add_selector_of(c, "b", &user));
	ASSERT_EQ(0, request(c, message(c, DFENCE_CMD_POLICY_ABORT)));
}

/* Attributes that no request of ours has. */
TEST_F(transaction, unknown_attributes)
{
	struct df_client *c = self->client;
	struct nl_msg *msg = message(c, DFENCE_CMD_POLICY_ADD);
	static const struct {
		uint8_t command;
		int flags;
	} bare[] = {
		{ DFENCE_CMD_STATUS_GET, 0 },
		{ DFENCE_CMD_POLICY_GET, 0 },
		{ DFENCE_CMD_POLICY_ABORT, 0 },
		{ DFENCE_CMD_APPLICATION_GET, NLM_F_DUMP },
		{ DFENCE_CMD_RULE_GET, NLM_F_DUMP },
	};
	struct nlattr *nest;
	size_t i;
	int type;

	BEGIN();
	nla_put_u32(msg, 77, 1);
	REFUSED(EINVAL, "Unknown attribute type", request(c, msg));
	msg = message(c, DFENCE_CMD_POLICY_ADD);
	nest = nla_nest_start(msg, DFENCE_A_CHUNK_SET);
	nla_put_u32(msg, 77, 1);
	nla_nest_end(msg, nest);
	REFUSED(EINVAL, "Unknown attribute type", request(c, msg));
	/* Requests that carry nothing; every number an attribute could have. */
	for (i = 0; i < ARRAY_SIZE(bare); i++) {
		for (type = 1; type < 40; type++) {
			msg = df_client_message(c, bare[i].flags,
						bare[i].command, 64);
			nla_put_u32(msg, type, 1);
			EXPECT_EQ(-EINVAL, request(c, msg)) {
				TH_LOG("command %u type %d", bare[i].command,
				       type);
			}
		}
	}
	/* Only answers have these. */
	msg = message(c, DFENCE_CMD_POLICY_ADD);
	nla_put(msg, DFENCE_A_CHUNK_RULE_INFO, 0, NULL);
	EXPECT_EQ(-EINVAL, request(c, msg));
}

/* Every request, as somebody without rights. */
static int requests_without_rights(void *arg)
{
	static const uint8_t commands[] = {
		DFENCE_CMD_STATUS_GET, DFENCE_CMD_POLICY_BEGIN,
		DFENCE_CMD_POLICY_ADD, DFENCE_CMD_POLICY_COMMIT,
		DFENCE_CMD_POLICY_ABORT, DFENCE_CMD_POLICY_GET,
		DFENCE_CMD_EXPLAIN,
	};
	static const uint8_t dumps[] = {
		DFENCE_CMD_APPLICATION_GET, DFENCE_CMD_RULE_GET,
		DFENCE_CMD_EVENT_GET,
	};
	int refused = 0;
	struct df_client *client;
	size_t i;

	if (arg && unshare(CLONE_NEWUSER))
		return RUN_FAILED;
	if (!arg && (setgid(1000) || setuid(1000)))
		return RUN_FAILED;
	if (df_client_open(&client))
		return RUN_FAILED;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		refused += request(client, message(client, commands[i])) == -EPERM;
	for (i = 0; i < ARRAY_SIZE(dumps); i++)
		refused += request(client, df_client_message(client, NLM_F_DUMP,
							     dumps[i], 64)) == -EPERM;
	refused += df_client_subscribe(client) == -EPERM;
	return refused;
}

TEST_F(transaction, no_capability)
{
	EXPECT_EQ(11, run_in(OTHER, requests_without_rights, NULL));
}

TEST_F(transaction, user_namespace_of_its_own)
{
	EXPECT_EQ(11, run_in(OTHER, requests_without_rights, "userns"));
}

/* Root of another network namespace does not find the family at all. */
static int open_elsewhere(void *arg)
{
	struct df_client *client;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return RUN_FAILED;
	return df_client_open(&client);
}

TEST_F(transaction, other_network_namespace)
{
	EXPECT_EQ(-ENOENT, run_in(OTHER, open_elsewhere, NULL));
}

int main(int argc, char **argv)
{
	fence_setup();
	return test_harness_run(argc, argv);
}
