// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Real geo data in the kernel: explain says for many random addresses what
 * an independent look into the databases says, and the shipped policies keep
 * their promises. Correctness.
 *
 * The oracle knows nothing of the compiler: it reads the text of tor-geoipdb
 * and walks it side by side with the sorted addresses, asks libloc for each
 * address, and applies the rules below by hand.
 *
 * vm: --memory 1536 --timeout 6000
 * vm: --file build/geo/usr/share/tor:/usr/share/tor
 * vm: --file build/geo/usr/share/libloc-location:/usr/share/libloc-location
 * vm: --file userspace/policies:/usr/share/dronefence
 */

#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libloc/database.h>
#include <libloc/libloc.h>
#include <libloc/network.h>

#include "kselftest_harness.h"

#include "apply.h"
#include "fence.h"

/* Of each family; most of the time is that of the questions to the kernel. */
#define ADDRESSES 30000
#define ADDRESSES_LONG 100000
#define LIBLOC "/usr/share/libloc-location/location.db"

static const char policy[] =
	"version: 1\n"
	"geo: { country: [tor-geoipdb, libloc], operator: libloc, max-age: none }\n"
	"profiles:\n"
	"  p:\n"
	"    rules:\n"
	"      - allow: local\n"
	"      - deny: [AS45102, AS16509, AS4134]\n"
	"      - deny: { located-in: [CN, HK, RU] }\n"
	"      - deny: unknown\n"
	"      - { allow: { located-in: [US, DE] }, protocol: tcp, ports: [443] }\n"
	"    default: deny\n"
	"applications: { app: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n";

/**
 * struct sample - an address and what the databases say of it
 * @addr: network order; an IPv4 address uses the first 4 bytes
 * @tor: country, "" for unknown
 * @loc: country, "" for unknown
 * @asn: 0 for unknown
 */
struct sample {
	uint8_t addr[16];
	char tor[3];
	char loc[3];
	uint32_t asn;
};

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static size_t addr_len(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static int by_addr(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* Codes in the data that are no country (ISO 3166), and one that has another. */
static void clean_code(char code[3])
{
	static const char * const none[] = {
		"??", "EU", "AP", "XK", "SU", "AN", "CS", "UN", "AB", "OS", "ZZ", "A1", "A2", "A3",
		"XD", "T1",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		if (!strcmp(code, none[i]))
			code[0] = '\0';
	if (!strcmp(code, "UK"))
		strcpy(code, "GB");
}

/* One range of tor-geoipdb. */
static bool read_range(FILE *file, int family, uint8_t first[16],
		       uint8_t last[16], char code[3])
{
	char line[256], a[64], b[64];
	unsigned int low, high;

	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		memset(first, 0, 16);
		memset(last, 0, 16);
		if (family == AF_INET) {
			if (sscanf(line, "%u,%u,%2s", &low, &high, code) != 3)
				return false;
			low = htonl(low);
			high = htonl(high);
			memcpy(first, &low, 4);
			memcpy(last, &high, 4);
			return true;
		}
		return sscanf(line, "%63[^,],%63[^,],%2s", a, b, code) == 3 &&
		       inet_pton(AF_INET6, a, first) == 1 &&
		       inet_pton(AF_INET6, b, last) == 1;
	}
	return false;
}

/* Walk the sorted samples and the sorted file side by side. */
static size_t ask_tor(int family, struct sample *samples, size_t count)
{
	FILE *file = fopen(family == AF_INET6 ? "/usr/share/tor/geoip6" :
					       "/usr/share/tor/geoip", "r");
	uint8_t first[16], last[16];
	size_t i = 0, ranges = 0;
	char code[3];

	while (file && read_range(file, family, first, last, code)) {
		ranges++;
		while (i < count && memcmp(samples[i].addr, first, 16) < 0)
			i++;
		while (i < count && memcmp(samples[i].addr, last, 16) <= 0) {
			strcpy(samples[i].tor, code);
			clean_code(samples[i].tor);
			i++;
		}
	}
	if (file)
		fclose(file);
	return ranges;
}

static int ask_libloc(int family, struct sample *samples, size_t count)
{
	struct loc_database *db = NULL;
	struct loc_ctx *ctx = NULL;
	FILE *file = fopen(LIBLOC, "r");
	size_t i;

	if (!file || loc_new(&ctx) || loc_database_new(ctx, &db, file))
		return -1;
	for (i = 0; i < count; i++) {
		struct loc_network *network = NULL;
		struct in6_addr addr = { 0 };

		if (family == AF_INET6) {
			memcpy(&addr, samples[i].addr, 16);
		} else {
			memset((uint8_t *)&addr + 10, 0xff, 2);
			memcpy((uint8_t *)&addr + 12, samples[i].addr, 4);
		}
		if (loc_database_lookup(db, &addr, &network) || !network)
			continue;
		snprintf(samples[i].loc, 3, "%s",
			 loc_network_get_country_code(network) ?: "");
		clean_code(samples[i].loc);
		samples[i].asn = loc_network_get_asn(network);
		loc_network_unref(network);
	}
	loc_database_unref(db);
	loc_unref(ctx);
	fclose(file);
	return 0;
}

/* "local", as Documentation/policy.rst lists it. */
static bool is_local(int family, const uint8_t *a)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	static const uint8_t zero[16];

	if (family == AF_INET6)
		return a[0] == 0xff || (a[0] & 0xfe) == 0xfc ||
		       (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) ||
		       !memcmp(a, loopback, 16) || !memcmp(a, zero, 16);
	return a[0] == 10 || a[0] == 127 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	       (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254) ||
	       (a[0] & 0xf0) == 224 || !memcmp(a, zero, 4) ||
	       !memcmp(a, "\xff\xff\xff\xff", 4);
}

static bool votes_for(const char *vote, const char *codes)
{
	return *vote && strstr(codes, vote);
}

/* The policy above by hand, for TCP port 443: position of the rule. */
static unsigned int oracle(int family, const struct sample *s)
{
	bool local = is_local(family, s->addr);

	if (local)
		return 1;
	if (s->asn == 45102 || s->asn == 16509 || s->asn == 4134)
		return 2;
	if (votes_for(s->tor, "CN,HK,RU") || votes_for(s->loc, "CN,HK,RU"))
		return 3;
	if (!*s->tor || !*s->loc)
		return 4;
	/* Each country of a list by itself: all sources must name the same. */
	if (votes_for(s->tor, "US,DE") && !strcmp(s->tor, s->loc))
		return 5;
	return 0;
}

static const enum dfence_verdict verdicts[] = {
	DFENCE_VERDICT_DENY, DFENCE_VERDICT_ALLOW, DFENCE_VERDICT_DENY,
	DFENCE_VERDICT_DENY, DFENCE_VERDICT_DENY, DFENCE_VERDICT_ALLOW,
};

static void put_vote(char *votes, const char *vote)
{
	strcat(votes, *vote ? vote : "??");
}

/**
 * struct ranges - the ranges of tor-geoipdb, to pick addresses from
 */
struct ranges {
	uint8_t (*list)[2][16];
	size_t count;
};

static struct ranges read_ranges(int family)
{
	struct ranges ranges = { .list = calloc(1 << 20, sizeof(*ranges.list)) };
	FILE *file = fopen(family == AF_INET6 ? "/usr/share/tor/geoip6" :
					       "/usr/share/tor/geoip", "r");
	char code[3];

	while (file && ranges.count < 1 << 20 &&
	       read_range(file, family, ranges.list[ranges.count][0],
			  ranges.list[ranges.count][1], code))
		ranges.count++;
	if (file)
		fclose(file);
	return ranges;
}

/* Somewhere near a range: what differs in its ends, and behind, by chance. */
static void pick_near(int family, const struct ranges *ranges, uint8_t *addr)
{
	const uint8_t (*range)[16] = ranges->list[random64() % ranges->count];
	size_t i;

	memcpy(addr, range[0], 16);
	for (i = 0; i < addr_len(family) && range[0][i] == range[1][i]; i++)
		;
	if (i < addr_len(family)) {
		addr[i] += random64() % (range[1][i] - range[0][i] + 1);
		i++;
	}
	for (; i < addr_len(family); i++)
		addr[i] = random64();
}

/* A quarter anywhere, a quarter at the edges of ranges, half inside. */
static void pick(int family, const struct ranges *ranges, struct sample *s)
{
	uint64_t kind = random64() % 4, random[2] = { random64(), random64() };

	memset(s, 0, sizeof(*s));
	if (kind == 0)
		memcpy(s->addr, random, addr_len(family));
	else if (kind == 1)
		memcpy(s->addr, ranges->list[random64() % ranges->count]
					    [random64() % 2], 16);
	else
		pick_near(family, ranges, s->addr);
}

static int compare_one(struct __test_metadata *_metadata,
		       struct df_client *client, int family,
		       const struct sample *s, unsigned int *seen)
{
	enum df_family f = family == AF_INET6 ? DF_IPV6 : DF_IPV4;
	unsigned int rule = oracle(family, s);
	char votes[8] = "", text[64];
	struct df_explanation x;
	const char *country = *s->tor ? s->tor : s->loc;
	bool same;

	put_vote(votes, s->tor);
	put_vote(votes, s->loc);
	if (df_client_explain(client, "app", f, df_addr_from_bytes(f, s->addr),
			      IPPROTO_TCP, 443, &x))
		return 1;
	seen[rule]++;
	same = x.rule == rule && x.verdict == verdicts[rule] &&
	       !strcmp(x.votes, votes) && !strcmp(x.country, country);
	if (!same) {
		inet_ntop(family, s->addr, text, sizeof(text));
		TH_LOG("%s AS%u: kernel rule %u votes %s country %s, oracle rule %u votes %s country %s",
		       text, s->asn, x.rule, x.votes, x.country, rule, votes,
		       country);
	}
	return !same;
}

static void compare(struct __test_metadata *_metadata, int family)
{
	const char *is_long = getenv("DRONEFENCE_LONG");
	size_t count = is_long && *is_long ? ADDRESSES_LONG : ADDRESSES;
	struct sample *samples = calloc(count, sizeof(*samples));
	struct df_client *client = open_client();
	unsigned int seen[6] = { 0 };
	struct ranges ranges;
	int differ = 0;
	size_t i;

	ranges = read_ranges(family);
	ASSERT_LT(200000, ranges.count);
	for (i = 0; i < count; i++)
		pick(family, &ranges, &samples[i]);
	free(ranges.list);
	qsort(samples, count, sizeof(*samples), by_addr);
	ASSERT_LT(200000, ask_tor(family, samples, count));
	ASSERT_EQ(0, ask_libloc(family, samples, count));

	for (i = 0; i < count && differ < 10; i++)
		differ += compare_one(_metadata, client, family, &samples[i],
				      seen);
	EXPECT_EQ(0, differ);
	TH_LOG("%zu addresses: default %u, local %u, operator %u, country %u, unknown %u, allowed %u",
	       count, seen[0], seen[1], seen[2], seen[3], seen[4], seen[5]);
	/* A comparison in which a rule never occurs would say nothing of it. */
	for (i = 0; i < 6; i++)
		EXPECT_LT(0, seen[i]);
	df_client_close(client);
	free(samples);
}

static int apply_file(const char *path)
{
	struct df_build_options options = { .geo.now = time(NULL) };
	struct df_client *client = open_client();
	struct df_diags diags = { 0 };
	struct df_applied applied;
	int status = df_apply_file(client, path, &options, &diags, &applied);

	if (status)
		df_diags_print(&diags, stderr, false);
	df_diags_free(&diags);
	df_client_close(client);
	return status;
}

FIXTURE(oracle) {
	int unused;
};

FIXTURE_SETUP(oracle)
{
	ASSERT_EQ(0, write_file("/tmp/oracle.yaml", policy));
	ASSERT_EQ(0, apply_file("/tmp/oracle.yaml"));
}

FIXTURE_TEARDOWN(oracle)
{
}

TEST_F_TIMEOUT(oracle, ipv4, 2400)
{
	compare(_metadata, AF_INET);
}

TEST_F_TIMEOUT(oracle, ipv6, 2400)
{
	compare(_metadata, AF_INET6);
}

/* The shipped policies, on the addresses that made them necessary. */
static int explain(const char *addr, uint8_t protocol, int port,
		   struct df_explanation *x)
{
	struct df_client *client = open_client();
	enum df_family family;
	df_u128 number;
	int err;

	df_addr_parse(addr, &family, &number);
	err = df_client_explain(client, "qgroundcontrol", family, number,
				protocol, port, x);
	df_client_close(client);
	return err;
}

FIXTURE(shipped) {
	int unused;
};

FIXTURE_SETUP(shipped)
{
}

FIXTURE_TEARDOWN(shipped)
{
}

#define POLICIES "/usr/share/dronefence/"

TEST_F_TIMEOUT(shipped, alibaba_in_the_us_is_denied_for_its_operator, 300)
{
	struct df_explanation x;

	ASSERT_EQ(0, apply_file(POLICIES "deny-countries-of-concern.yaml"));
	ASSERT_EQ(0, explain("47.91.161.230", IPPROTO_TCP, 80, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	EXPECT_EQ(DFENCE_REASON_OPERATED_BY, x.reason);
	EXPECT_STREQ("prc-clouds", x.set);
	EXPECT_STREQ("US", x.country);
	ASSERT_EQ(0, explain("223.5.5.5", IPPROTO_UDP, 53, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	ASSERT_EQ(0, explain("18.162.0.1", IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_REASON_LOCATED_IN, x.reason);
	EXPECT_STREQ("HK", x.country);
	ASSERT_EQ(0, explain("8.8.8.8", IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_ALLOW, x.verdict);
}

TEST_F_TIMEOUT(shipped, local_data_mode_denies_everything_public, 300)
{
	struct df_explanation x;

	ASSERT_EQ(0, apply_file(POLICIES "local-data-mode.yaml"));
	ASSERT_EQ(0, explain("8.8.8.8", IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	ASSERT_EQ(0, explain("2001:4860:4860::8888", IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	ASSERT_EQ(0, explain("192.168.1.1", IPPROTO_UDP, 53, &x));
	EXPECT_EQ(DFENCE_VERDICT_ALLOW, x.verdict);
}

TEST_F_TIMEOUT(shipped, us_and_eu_residency, 300)
{
	struct df_explanation x;

	ASSERT_EQ(0, apply_file(POLICIES "us-residency.yaml"));
	ASSERT_EQ(0, explain("8.8.8.8", IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_ALLOW, x.verdict);
	ASSERT_EQ(0, explain("193.99.144.80", IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	ASSERT_EQ(0, apply_file(POLICIES "eu-residency.yaml"));
	ASSERT_EQ(0, explain("8.8.8.8", IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	ASSERT_EQ(0, explain("193.99.144.80", IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_ALLOW, x.verdict);
}

TEST_F_TIMEOUT(shipped, audit_only_lets_everything_pass, 300)
{
	struct df_explanation x;

	ASSERT_EQ(0, apply_file(POLICIES "audit-only.yaml"));
	ASSERT_EQ(0, explain("223.5.5.5", IPPROTO_UDP, 53, &x));
	EXPECT_EQ(DFENCE_MODE_AUDIT, x.mode);
}

/* A MAVLink stream, one second of it for each policy and each change. */
#define MAVLINK 14550
#define DATAGRAMS 200

static int send_mavlink(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(DRONE, MAVLINK, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;

	for (i = 0; i < DATAGRAMS; i++) {
		if (sendto(fd, "m", 1, 0, (struct sockaddr *)&sa, len) != 1)
			return RUN_FAILED;
		usleep(1000);
	}
	return 0;
}

static uint64_t drain(int fd)
{
	uint64_t count = 0;
	char c;

	while (recv(fd, &c, 1, MSG_DONTWAIT) >= 0)
		count++;
	return count;
}

static void fly(struct __test_metadata *_metadata, const char *policy_file)
{
	int fd = world_socket(AF_INET, SOCK_DGRAM, 0), size = 16 << 20, status;
	pid_t child;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	bind_any(fd, AF_INET, MAVLINK);
	/* It flies while the policy changes, and then under the new one. */
	child = fork();
	if (!child)
		_exit(run_in(CGROUPS "/dronefence.slice/qgroundcontrol",
			     send_mavlink, NULL) != 0);
	EXPECT_EQ(0, apply_file(policy_file));
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, run_in(CGROUPS "/dronefence.slice/qgroundcontrol",
			    send_mavlink, NULL));
	EXPECT_EQ(2 * DATAGRAMS, drain(fd));
	close(fd);
}

FIXTURE(link) {
	int unused;
};

FIXTURE_SETUP(link)
{
}

FIXTURE_TEARDOWN(link)
{
}

TEST_F_TIMEOUT(link, mavlink_under_every_policy, 300)
{
	glob_t found;
	size_t i;

	make_cgroup(CGROUPS "/dronefence.slice/qgroundcontrol");
	ASSERT_EQ(0, glob(POLICIES "*.yaml", 0, NULL, &found));
	EXPECT_EQ(11, found.gl_pathc);
	for (i = 0; i < found.gl_pathc; i++) {
		TH_LOG("%s", found.gl_pathv[i]);
		fly(_metadata, found.gl_pathv[i]);
	}
	globfree(&found);
}

/*
 * Every address and port of the aircraft links, under every policy. The last ones
 * are in no network of drone-link.
 */
static const struct {
	const char *addr;
	uint8_t protocol;
	int port;
	bool elsewhere;
} links[] = {
	{ "192.168.42.1", IPPROTO_UDP, 14550 }, { "192.168.42.1", IPPROTO_TCP, 554 },
	{ "192.168.144.25", IPPROTO_TCP, 8554 }, { "192.168.2.1", IPPROTO_UDP, 9003 },
	{ "192.168.42.2", IPPROTO_UDP, 9003 }, { "192.168.10.1", IPPROTO_UDP, 8889 },
	{ "192.168.10.1", IPPROTO_UDP, 8890 }, { "192.168.10.1", IPPROTO_UDP, 11111 },
	{ "192.168.43.1", IPPROTO_UDP, 44444 }, { "192.168.53.1", IPPROTO_UDP, 44444 },
	{ "192.168.144.10", IPPROTO_UDP, 14550 }, { "10.41.1.1", IPPROTO_UDP, 14550 },
	{ "192.168.1.255", IPPROTO_UDP, 14551 }, { "255.255.255.255", IPPROTO_UDP, 14550 },
	{ "192.168.42.1", IPPROTO_UDP, 5600 },
	{ "127.0.0.1", IPPROTO_TCP, 5760, true },
	{ "224.0.0.251", IPPROTO_UDP, 5353, true },
	{ "fe80::1", IPPROTO_UDP, 14550, true },
};

/* They say of themselves that they let nothing but drone-link pass. */
static bool is_strict(const char *path)
{
	return strstr(path, "/quarantine.yaml") ||
	       strstr(path, "/critical-infrastructure.yaml");
}

TEST_F_TIMEOUT(link, every_address_under_every_policy, 300)
{
	struct df_explanation x;
	glob_t found;
	size_t i, k;

	ASSERT_EQ(0, glob(POLICIES "*.yaml", 0, NULL, &found));
	for (i = 0; i < found.gl_pathc; i++) {
		ASSERT_EQ(0, apply_file(found.gl_pathv[i]));
		for (k = 0; k < ARRAY_SIZE(links); k++) {
			if (links[k].elsewhere && is_strict(found.gl_pathv[i]))
				continue;
			ASSERT_EQ(0, explain(links[k].addr, links[k].protocol,
					     links[k].port, &x));
			EXPECT_EQ(DFENCE_VERDICT_ALLOW, x.verdict) {
				TH_LOG("%s cuts %s port %d", found.gl_pathv[i],
				       links[k].addr, links[k].port);
			}
		}
	}
	globfree(&found);
}

int main(int argc, char **argv)
{
	fence_setup();
	return test_harness_run(argc, argv);
}
