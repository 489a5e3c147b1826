// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets that do not show what a rule asks for, made by hand: fragments, cut
 * and broken headers, source routes, extension headers. None slips through a
 * rule that denies, none profits from a rule that allows. Correctness.
 */

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "addr.h"
#include "fence.h"

#define FRAGMENT_LATER	0x0002	/* offset 16 */
#define MORE_FRAGMENTS	0x2000

/* Denied whatever the transport; the errno depends on it. */
#define DENIED 1
#define PASSES 0

/*
 * allow: TCP port 443 to the US passes, nothing else.
 * deny: TCP port 443 to the US is denied, nothing else.
 * place: what goes to China is denied, nothing else.
 * only-us: what goes to the US passes, nothing else.
 */
static const char policy[] =
	"profiles:\n"
	"  allow: { rules: [ { allow: { located-in: US }, protocol: tcp, ports: [443] } ], default: deny }\n"
	"  deny: { rules: [ { deny: { located-in: US }, protocol: tcp, ports: [443] } ], default: allow }\n"
	"  place: { rules: [ { deny: { located-in: CN } } ], default: allow }\n"
	"  only-us: { rules: [ { allow: { located-in: US } } ], default: deny }\n"
	"applications:\n"
	"  allow: { match: { cgroup: /dronefence.slice/allow }, profile: allow }\n"
	"  deny: { match: { cgroup: /dronefence.slice/deny }, profile: deny }\n"
	"  place: { match: { cgroup: /dronefence.slice/place }, profile: place }\n"
	"  only-us: { match: { cgroup: /dronefence.slice/only-us }, profile: only-us }\n";

/* A packet without its IP header. */
struct body {
	uint8_t bytes[128];
	size_t len;
};

static struct body transport(uint16_t dport, size_t len)
{
	struct body body = { .len = len };

	body.bytes[0] = 0x30;
	body.bytes[2] = dport >> 8;
	body.bytes[3] = dport & 0xff;
	return body;
}

static int send_raw4(uint8_t protocol, unsigned int fragment,
		     const uint8_t *options, size_t options_len,
		     const struct body *body)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, 0, &sa);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	uint8_t packet[256] = { 0 };
	struct iphdr *ip = (struct iphdr *)packet;
	size_t size = sizeof(*ip);

	ip->version = 4;
	ip->ihl = (sizeof(*ip) + options_len) / 4;
	ip->ttl = 64;
	ip->protocol = protocol;
	ip->frag_off = htons(fragment);
	ip->daddr = ((struct sockaddr_in *)&sa)->sin_addr.s_addr;
	memcpy(packet + size, options, options_len);
	size += options_len;
	memcpy(packet + size, body->bytes, body->len);
	size += body->len;
	return sendto(fd, packet, size, 0, (struct sockaddr *)&sa, len) < 0 ?
	       errno : 0;
}

/**
 * struct case4 - an IPv4 packet to the US, and what becomes of it
 */
struct case4 {
	const char *name;
	const char *app;
	uint8_t protocol;
	uint16_t dport;
	uint8_t len;
	uint16_t fragment;
	uint8_t options[12];
	uint8_t options_len;
	int expect;
};

#define LSRR { 131, 7, 4, 223, 5, 5, 5, 0 }
#define SSRR { 137, 7, 4, 223, 5, 5, 5, 0 }
#define LATE_LSRR { 1, 1, 1, 1, 131, 7, 4, 223, 5, 5, 5, 0 }
#define RECORD_ROUTE { 7, 7, 4, 0, 0, 0, 0, 0 }

static const struct case4 cases4[] = {
	{ "tcp 443", "allow", 6, 443, 20, 0, { 0 }, 0, PASSES },
	{ "tcp 80", "allow", 6, 80, 20, 0, { 0 }, 0, DENIED },
	{ "udp 443", "allow", 17, 443, 20, 0, { 0 }, 0, DENIED },
	{ "first fragment", "allow", 6, 443, 24, MORE_FRAGMENTS, { 0 }, 0, PASSES },
	{ "later fragment", "allow", 6, 443, 24, FRAGMENT_LATER, { 0 }, 0, DENIED },
	{ "later fragment, more to come", "allow", 6, 443, 24, FRAGMENT_LATER | MORE_FRAGMENTS, { 0 }, 0, DENIED },
	{ "cut before the ports", "allow", 6, 443, 3, 0, { 0 }, 0, DENIED },
	{ "ports and no more", "allow", 6, 443, 4, 0, { 0 }, 0, PASSES },
	{ "no transport header", "allow", 6, 443, 0, 0, { 0 }, 0, DENIED },
	{ "icmp", "allow", 1, 443, 8, 0, { 0 }, 0, DENIED },
	{ "protocol 253", "allow", 253, 443, 8, 0, { 0 }, 0, DENIED },

	{ "tcp 443", "deny", 6, 443, 20, 0, { 0 }, 0, DENIED },
	{ "tcp 80", "deny", 6, 80, 20, 0, { 0 }, 0, PASSES },
	{ "udp 443", "deny", 17, 443, 20, 0, { 0 }, 0, PASSES },
	{ "first fragment", "deny", 6, 443, 24, MORE_FRAGMENTS, { 0 }, 0, DENIED },
	{ "later fragment", "deny", 6, 80, 24, FRAGMENT_LATER, { 0 }, 0, DENIED },
	{ "later fragment of udp", "deny", 17, 443, 24, FRAGMENT_LATER, { 0 }, 0, PASSES },
	{ "tiny first fragment", "deny", 6, 80, 3, MORE_FRAGMENTS, { 0 }, 0, DENIED },
	{ "no transport header", "deny", 6, 80, 0, 0, { 0 }, 0, DENIED },
	{ "icmp", "deny", 1, 443, 8, 0, { 0 }, 0, PASSES },

	{ "nothing hidden", "place", 17, 443, 20, 0, { 0 }, 0, PASSES },
	{ "later fragment, no ports asked", "place", 17, 443, 24, FRAGMENT_LATER, { 0 }, 0, PASSES },
	{ "loose source route", "place", 17, 443, 20, 0, LSRR, 8, DENIED },
	{ "strict source route", "place", 17, 443, 20, 0, SSRR, 8, DENIED },
	{ "source route behind no-ops", "place", 17, 443, 20, 0, LATE_LSRR, 12, DENIED },
	{ "record route", "place", 17, 443, 20, 0, RECORD_ROUTE, 8, PASSES },

	{ "nothing hidden", "only-us", 17, 443, 20, 0, { 0 }, 0, PASSES },
	{ "later fragment, no ports asked", "only-us", 17, 443, 24, FRAGMENT_LATER, { 0 }, 0, PASSES },
	{ "loose source route", "only-us", 17, 443, 20, 0, LSRR, 8, DENIED },
	{ "source route behind no-ops", "only-us", 17, 443, 20, 0, LATE_LSRR, 12, DENIED },
};

static int send_case4(void *arg)
{
	const struct case4 *c = arg;
	struct body body = transport(c->dport, c->len);

	return send_raw4(c->protocol, c->fragment, c->options, c->options_len,
			 &body);
}

static int run_as(const char *app, int (*fn)(void *), const void *arg)
{
	char cgroup[128];

	snprintf(cgroup, sizeof(cgroup), CGROUPS "/dronefence.slice/%s", app);
	if (mkdir(cgroup, 0755) && errno != EEXIST)
		return RUN_FAILED;
	return run_in(cgroup, fn, (void *)arg);
}

/* A refusal by the fence, not by a check of the sending socket. */
static bool as_expected(int expect, int result)
{
	return expect == PASSES ? result == 0 :
	       result == EPERM || result == ECONNREFUSED;
}

TEST(ipv4)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases4); i++) {
		const struct case4 *c = &cases4[i];
		int result = run_as(c->app, send_case4, c);

		EXPECT_TRUE(as_expected(c->expect, result)) {
			TH_LOG("%s, profile %s: got %d", c->name, c->app, result);
		}
	}
}

/*
 * Any program may ask for a source route: the packet then shows the first
 * hop, which is in the US, and carries the destination, which is not.
 */
static int send_source_routed(void *arg)
{
	uint8_t option[] = { 1, 131, 7, 4, 8, 8, 8, 8 };
	struct sockaddr_storage sa;
	socklen_t len = make_addr(CN4, 4711, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, option, sizeof(option)))
		return RUN_FAILED;
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

TEST(ipv4_source_route_of_a_datagram_socket)
{
	EXPECT_EQ(EPERM, run_as("place", send_source_routed, NULL));
	EXPECT_EQ(EPERM, run_as("only-us", send_source_routed, NULL));
	EXPECT_EQ(0, run_in(OTHER, send_source_routed, NULL));
}

/**
 * struct case6 - an IPv6 packet to the US, and what becomes of it
 * @headers: extension headers, the first byte of each its type; the type of
 *	the last one is the transport protocol
 */
struct case6 {
	const char *name;
	const char *app;
	struct {
		uint8_t type;
		uint8_t len;
		uint8_t bytes[24];
	} headers[3];
	uint8_t protocol;
	uint16_t dport;
	uint8_t len;
	int expect;
};

#define HOP_BY_HOP	{ 0, 8, { 0, 0, 1, 4, 0, 0, 0, 0 } }
#define DEST_OPTIONS	{ 60, 8, { 0, 0, 1, 4, 0, 0, 0, 0 } }
#define FIRST_FRAGMENT	{ 44, 8, { 0, 0, 0, 1, 0, 0, 0, 7 } }
#define LATER_FRAGMENT	{ 44, 8, { 0, 0, 0, 16, 0, 0, 0, 7 } }
#define SEGMENT_ROUTE	{ 43, 24, { 0, 2, 4, 1, 0, 0, 0, 0, 0x24, 0, 0x32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } }
#define SEGMENTS_USED	{ 43, 24, { 0, 2, 4, 0, 0, 0, 0, 0, 0x24, 0, 0x32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } }
#define TOO_LONG	{ 60, 8, { 0, 200, 1, 4, 0, 0, 0, 0 } }
#define CUT		{ 60, 1, { 0 } }

static const struct case6 cases6[] = {
	{ "tcp 443", "allow", { { 0 } }, 6, 443, 20, PASSES },
	{ "tcp 80", "allow", { { 0 } }, 6, 80, 20, DENIED },
	{ "options, tcp 443", "allow", { DEST_OPTIONS }, 6, 443, 20, PASSES },
	{ "options, tcp 80", "allow", { DEST_OPTIONS }, 6, 80, 20, DENIED },
	{ "hop-by-hop, options, tcp 443", "allow", { HOP_BY_HOP, DEST_OPTIONS }, 6, 443, 20, PASSES },
	{ "first fragment", "allow", { FIRST_FRAGMENT }, 6, 443, 24, PASSES },
	{ "later fragment", "allow", { LATER_FRAGMENT }, 6, 443, 24, DENIED },
	{ "cut before the ports", "allow", { { 0 } }, 6, 443, 3, DENIED },
	{ "header that is too long", "allow", { TOO_LONG }, 6, 443, 20, DENIED },
	{ "header that is cut", "allow", { CUT }, 6, 443, 0, DENIED },
	{ "no next header", "allow", { { 0 } }, 59, 443, 8, DENIED },

	{ "tcp 443", "deny", { { 0 } }, 6, 443, 20, DENIED },
	{ "tcp 80", "deny", { { 0 } }, 6, 80, 20, PASSES },
	{ "options, tcp 443", "deny", { DEST_OPTIONS }, 6, 443, 20, DENIED },
	{ "options, udp 443", "deny", { DEST_OPTIONS }, 17, 443, 20, PASSES },
	{ "hop-by-hop, options, tcp 443", "deny", { HOP_BY_HOP, DEST_OPTIONS }, 6, 443, 20, DENIED },
	{ "first fragment", "deny", { FIRST_FRAGMENT }, 6, 443, 24, DENIED },
	{ "later fragment", "deny", { LATER_FRAGMENT }, 6, 80, 24, DENIED },
	{ "later fragment of udp", "deny", { LATER_FRAGMENT }, 17, 443, 24, PASSES },
	{ "later fragment behind which a header hides the protocol", "deny", { LATER_FRAGMENT, DEST_OPTIONS }, 17, 80, 24, DENIED },
	{ "header that is too long", "deny", { TOO_LONG }, 17, 80, 20, DENIED },
	{ "header that is cut", "deny", { CUT }, 17, 80, 0, DENIED },
	{ "no next header", "deny", { { 0 } }, 59, 443, 8, PASSES },

	{ "nothing hidden", "place", { { 0 } }, 17, 443, 20, PASSES },
	{ "options", "place", { DEST_OPTIONS }, 17, 443, 20, PASSES },
	{ "later fragment, no ports asked", "place", { LATER_FRAGMENT }, 17, 443, 24, PASSES },
	{ "segment route", "place", { SEGMENT_ROUTE }, 17, 443, 20, DENIED },
	{ "segment route behind options", "place", { DEST_OPTIONS, SEGMENT_ROUTE }, 17, 443, 20, DENIED },
	{ "segment route that is used up", "place", { SEGMENTS_USED }, 17, 443, 20, DENIED },
	{ "header that is too long", "place", { TOO_LONG }, 17, 80, 20, DENIED },

	{ "nothing hidden", "only-us", { { 0 } }, 17, 443, 20, PASSES },
	{ "segment route", "only-us", { SEGMENT_ROUTE }, 17, 443, 20, DENIED },
	{ "header that is cut", "only-us", { CUT }, 17, 80, 0, DENIED },
};

static int send_case6(void *arg)
{
	const struct case6 *c = arg;
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US6, 0, &sa);
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
	struct body body = transport(c->dport, c->len);
	uint8_t packet[256] = { 0 };
	struct ip6_hdr *ip = (struct ip6_hdr *)packet;
	uint8_t *next = &ip->ip6_nxt;
	size_t size = sizeof(*ip), i;

	for (i = 0; i < ARRAY_SIZE(c->headers) && c->headers[i].len; i++) {
		memcpy(packet + size, c->headers[i].bytes, c->headers[i].len);
		*next = c->headers[i].type;
		next = packet + size;
		size += c->headers[i].len;
	}
	*next = c->protocol;
	memcpy(packet + size, body.bytes, body.len);
	size += body.len;

	ip->ip6_vfc = 0x60;
	ip->ip6_hlim = 64;
	ip->ip6_plen = htons(size - sizeof(*ip));
	ip->ip6_dst = ((struct sockaddr_in6 *)&sa)->sin6_addr;
	return sendto(fd, packet, size, 0, (struct sockaddr *)&sa, len) < 0 ?
	       errno : 0;
}

TEST(ipv6)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases6); i++) {
		const struct case6 *c = &cases6[i];
		int result = run_as(c->app, send_case6, c);

		EXPECT_TRUE(as_expected(c->expect, result)) {
			TH_LOG("%s, profile %s: got %d", c->name, c->app, result);
		}
	}
}

/* An IPv4 address in an IPv6 socket is an IPv4 packet. */
static int send_mapped(void *arg)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(arg, 4711, &sa);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

TEST(ipv4_mapped)
{
	EXPECT_EQ(EPERM, run_as("place", send_mapped, "::ffff:" CN4));
	EXPECT_EQ(0, run_as("place", send_mapped, "::ffff:" US4));
	EXPECT_EQ(0, run_as("only-us", send_mapped, "::ffff:" US4));
}

/*
 * IPv6 addresses that only say how to reach an IPv4 address: whoever carries the
 * packet there. Where they do not, the IPv6 address decides as ever.
 */
static const struct {
	const char *address;
	int place;
	int only_us;
} embedded[] = {
	{ "2002:df05:505::1", EPERM, EPERM },		/* 6to4, CN */
	{ "64:ff9b::223.5.5.5", EPERM, EPERM },		/* NAT64, CN */
	{ "2001:0:808:808:8000:63bf:20fa:fafa", EPERM, EPERM }, /* Teredo, CN */
	{ "2001:4860:4860::5efe:223.5.5.5", EPERM, EPERM }, /* ISATAP, CN in US */
	{ "2001:4860:4860::5efe:8.8.8.8", 0, 0 },	/* ISATAP, US in US */
	{ "2002:808:808::1", 0, EPERM },		/* 6to4, US in unknown */
	{ "2002:102:304::1", 0, EPERM },		/* 6to4, unknown */
	{ CN6, EPERM, EPERM },
	{ US6, 0, 0 },
};

TEST(ipv4_inside_ipv6)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(embedded); i++) {
		const char *to = embedded[i].address;

		EXPECT_EQ(embedded[i].place, run_as("place", send_mapped, to)) {
			TH_LOG("%s, profile place", to);
		}
		EXPECT_EQ(embedded[i].only_us, run_as("only-us", send_mapped, to)) {
			TH_LOG("%s, profile only-us", to);
		}
		EXPECT_EQ(0, run_in(OTHER, send_mapped, (void *)to));
	}
}

/* Who asks is told the same, and the country that decided. */
TEST(ipv4_inside_ipv6_explained)
{
	struct df_client *client = open_client();
	struct df_explanation x;
	enum df_family family;
	df_u128 addr;

	ASSERT_EQ(0, df_addr_parse("2002:df05:505::1", &family, &addr));
	ASSERT_EQ(0, df_client_explain(client, "place", family, addr,
				       IPPROTO_TCP, 443, &x));
	EXPECT_EQ(DFENCE_VERDICT_DENY, x.verdict);
	EXPECT_STREQ("CN", x.country);
	df_client_close(client);
}

int main(int argc, char **argv)
{
	fence_setup();
	apply_policy(policy);
	return test_harness_run(argc, argv);
}
