// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames that pass IP by: packet sockets and PPP sockets of an application, made
 * by hand. And what is translated behind the first look. Correctness.
 *
 * In the world a packet socket sees every frame that arrives on veth1. That one
 * does not is shown without waiting: the same frame of another program follows,
 * with another mark, and must arrive.
 *
 * vm: --timeout 900 --module pppoe? --module nft_chain_nat? --module nft_nat? --bin nft
 * apt: nftables
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_pppox.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fence.h"

#define MAC_NEAR	{ 2, 0, 0, 0, 0, 1 }
#define MAC_FAR		{ 2, 0, 0, 0, 0, 2 }

#define FROM_APP	"<from-app>"
#define FROM_OTHER	"<other>"

/* In a namespace of the application's own. */
#define OWN	"10.1.0.1"

#define VLAN		0x8100
#define VLAN_OUTER	0x88a8
#define EXPERIMENT	0x88b5

/* place: CN is refused; only-us: all is refused but the US; look: audit. */
static const char policy[] =
	"profiles:\n"
	"  place: { rules: [ { deny: { located-in: CN } } ], default: allow }\n"
	"  only-us: { rules: [ { allow: { located-in: US } } ], default: deny }\n"
	"applications:\n"
	"  app: { match: { cgroup: /dronefence.slice/app }, profile: place }\n"
	"  only-us: { match: { cgroup: /dronefence.slice/only-us }, profile: only-us }\n"
	"  look: { match: { cgroup: /dronefence.slice/look }, profile: only-us, mode: audit }\n";

#define ONLY_US CGROUPS "/dronefence.slice/only-us"
#define LOOK CGROUPS "/dronefence.slice/look"

enum { REFUSED, PASSES };

/**
 * struct sample - a frame, and what becomes of it
 * @name: for messages
 * @headers: ethertypes before the payload, 0 at the end
 * @to: destination of the IP packet behind them, or NULL
 * @place: of the profile of that name
 * @only_us: of the profile of that name
 * @cut: bytes of the IP packet that are left out at its end
 * @ppp: protocol in PPPoE
 */
struct sample {
	const char *name;
	uint16_t headers[4];
	const char *to;
	int place;
	int only_us;
	int cut;
	uint16_t ppp;
};

static const struct sample samples[] = {
	{ "ipv4 to CN", { ETH_P_IP }, CN4, REFUSED, REFUSED },
	{ "ipv4 to US", { ETH_P_IP }, US4, PASSES, PASSES },
	{ "ipv4 to the drone", { ETH_P_IP }, DRONE, PASSES, REFUSED },
	{ "ipv6 to CN", { ETH_P_IPV6 }, CN6, REFUSED, REFUSED },
	{ "ipv6 to US", { ETH_P_IPV6 }, US6, PASSES, PASSES },
	{ "vlan, ipv4 to CN", { VLAN, ETH_P_IP }, CN4, REFUSED, REFUSED },
	{ "vlan, ipv4 to US", { VLAN, ETH_P_IP }, US4, PASSES, PASSES },
	{ "two vlans, ipv6 to CN", { VLAN_OUTER, VLAN, ETH_P_IPV6 }, CN6, REFUSED, REFUSED },
	{ "two vlans, ipv6 to US", { VLAN_OUTER, VLAN, ETH_P_IPV6 }, US6, PASSES, PASSES },
	{ "pppoe, ipv4 to CN", { ETH_P_PPP_SES }, CN4, REFUSED, REFUSED, 0, 0x0021 },
	{ "pppoe, ipv4 to US", { ETH_P_PPP_SES }, US4, PASSES, PASSES, 0, 0x0021 },
	{ "pppoe, ipv6 to CN", { ETH_P_PPP_SES }, CN6, REFUSED, REFUSED, 0, 0x0057 },
	{ "vlan, pppoe, ipv4 to CN", { VLAN, ETH_P_PPP_SES }, CN4, REFUSED, REFUSED, 0, 0x0021 },
	{ "pppoe, link control", { ETH_P_PPP_SES }, NULL, REFUSED, REFUSED, 0, 0xc021 },
	{ "pppoe, discovery", { ETH_P_PPP_DISC }, NULL, REFUSED, REFUSED },
	{ "ipv4 called ipv6", { ETH_P_IPV6 }, CN4, REFUSED, REFUSED },
	{ "ipv4 to US, header cut", { ETH_P_IP }, US4, REFUSED, REFUSED, 30 },
	{ "unknown protocol", { EXPERIMENT }, NULL, REFUSED, REFUSED },
	{ "mpls, ipv4 to US", { ETH_P_MPLS_UC }, US4, REFUSED, REFUSED },
	{ "length instead of a type", { 0x0100 }, NULL, REFUSED, REFUSED },
	{ "arp", { ETH_P_ARP }, NULL, PASSES, PASSES },
};

struct frame {
	uint8_t bytes[256];
	size_t len;
};

static void append(struct frame *frame, const void *bytes, size_t len)
{
	memcpy(frame->bytes + frame->len, bytes, len);
	frame->len += len;
}

static void append16(struct frame *frame, uint16_t value)
{
	value = htons(value);
	append(frame, &value, 2);
}

static uint16_t checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* UDP without a checksum, which nobody here reads. */
static void append_ip(struct frame *frame, const char *to, const char *mark)
{
	size_t payload = 8 + strlen(mark);
	uint8_t ip[40] = { 0x45 };
	size_t len = strchr(to, ':') ? 40 : 20;
	uint16_t sum;

	if (len == 20) {
		ip[3] = 20 + payload;
		ip[8] = 64;
		ip[9] = IPPROTO_UDP;
		inet_pton(AF_INET, "10.9.0.1", ip + 12);
		inet_pton(AF_INET, to, ip + 16);
		sum = checksum(ip, 20);
		memcpy(ip + 10, &sum, 2);
	} else {
		ip[0] = 0x60;
		ip[5] = payload;
		ip[6] = IPPROTO_UDP;
		ip[7] = 64;
		inet_pton(AF_INET6, "fd00:9::1", ip + 8);
		inet_pton(AF_INET6, to, ip + 24);
	}
	append(frame, ip, len);
	append16(frame, 4711);
	append16(frame, 4711);
	append16(frame, payload);
	append16(frame, 0);
	append(frame, mark, strlen(mark));
}

static void append_pppoe(struct frame *frame, const struct sample *s)
{
	append(frame, "\x11\x00\x00\x07\x00\x40", 6);
	append16(frame, s->ppp);
}

/* A whole frame; a socket for datagrams writes the first 14 bytes itself. */
static void build(struct frame *frame, const struct sample *s, const char *mark)
{
	const uint8_t near[] = MAC_NEAR, far[] = MAC_FAR;
	int i;

	frame->len = 0;
	append(frame, far, 6);
	append(frame, near, 6);
	for (i = 0; s->headers[i]; i++) {
		append16(frame, s->headers[i]);
		if (s->headers[i] == ETH_P_MPLS_UC)
			append(frame, "\x00\x01\x01\x40", 4);
		else if (s->headers[i + 1])
			append16(frame, 5);
	}
	if (s->ppp)
		append_pppoe(frame, s);
	if (s->to)
		append_ip(frame, s->to, mark);
	else
		append(frame, mark, strlen(mark));
	frame->len -= s->cut;
}

/* How a frame is sent. */
struct job {
	const struct sample *sample;
	char mark[16];
	char device[IFNAMSIZ];
	char netns[16];
	uint16_t claim;		/* protocol that the socket is told, or 0 */
	bool datagram;		/* the socket writes the Ethernet header */
	bool bypass;		/* around the queue */
	int fd;			/* socket of somebody else, or 0 */
};

static struct job *job;

static int packet_socket(void *arg)
{
	int one = 1;
	int fd = socket(AF_PACKET, job->datagram ? SOCK_DGRAM : SOCK_RAW, 0);

	if (fd >= 0 && job->bypass &&
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		return -1;
	return fd;
}

static int send_frame(void *arg)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_halen = 6, .sll_addr = MAC_FAR,
	};
	size_t skip = job->datagram ? 14 : 0;
	struct frame frame;
	int fd;

	if (*job->netns && enter_netns(job->netns))
		return RUN_FAILED;
	fd = job->fd ?: packet_socket(NULL);
	build(&frame, job->sample, job->mark);
	to.sll_protocol = htons(job->claim ?: job->sample->headers[0]);
	to.sll_ifindex = if_nametoindex(job->device);
	if (fd < 0 || !to.sll_ifindex)
		return RUN_FAILED;
	if (sendto(fd, frame.bytes + skip, frame.len - skip, 0,
		   (struct sockaddr *)&to, sizeof(to)) < 0)
		return errno;
	return 0;
}

static int listen_on(const char *device)
{
	struct sockaddr_ll sa = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	sa.sll_ifindex = if_nametoindex(device);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return -1;
	return fd;
}

static const char *far_device;

static int world_ear(void *arg)
{
	if (enter_netns("world"))
		return -1;
	return listen_on(far_device);
}

/* Only for this thread: the namespace of the caller comes back. */
static int open_ear(const char *device)
{
	int self = open("/proc/self/ns/net", O_RDONLY), fd;

	far_device = device;
	fd = world_ear(NULL);
	if (setns(self, CLONE_NEWNET))
		return -1;
	close(self);
	return fd;
}

/* Frames with a mark until one of the other program, which must come. */
static int heard(int ear)
{
	int count = 0;

	for (;;) {
		struct pollfd p = { .fd = ear, .events = POLLIN };
		struct sockaddr_ll from = { 0 };
		socklen_t size = sizeof(from);
		char bytes[2048];
		ssize_t len;

		if (poll(&p, 1, 20000) != 1)
			return -1;
		len = recvfrom(ear, bytes, sizeof(bytes), 0,
			       (struct sockaddr *)&from, &size);
		if (len < 0)
			return -1;
		/* What the world answers quotes what it got. */
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		if (memmem(bytes, len, FROM_OTHER, strlen(FROM_OTHER)))
			return count;
		if (memmem(bytes, len, FROM_APP, strlen(FROM_APP)))
			count++;
	}
}

/*
 * Send the sample from a cgroup and then from another program. Whether it came;
 * -1 where that of the other program did not.
 */
static int attempt(const char *cgroup, int ear, int *error)
{
	strcpy(job->mark, FROM_APP);
	*error = run_in(cgroup, send_frame, NULL);
	strcpy(job->mark, FROM_OTHER);
	if (run_in(OTHER, send_frame, NULL))
		return -1;
	return heard(ear);
}

FIXTURE(egress) {
	int ear;
};

FIXTURE_SETUP(egress)
{
	apply_policy(policy);
	memset(job, 0, sizeof(*job));
	strcpy(job->device, "veth0");
	self->ear = open_ear("veth1");
	ASSERT_LE(0, self->ear);
}

FIXTURE_TEARDOWN(egress)
{
	close(self->ear);
}

/* A frame that was cut has no mark: only the sender can tell. */
static void check(struct __test_metadata *_metadata, int ear,
		  const struct sample *s, const char *cgroup, int expect)
{
	int error = 0, arrived;

	job->sample = s;
	if (s->cut) {
		EXPECT_EQ(expect == PASSES ? 0 : ENOBUFS,
			  run_in(cgroup, send_frame, NULL)) {
			TH_LOG("%s", s->name);
		}
		EXPECT_EQ(0, run_in(OTHER, send_frame, NULL));
		return;
	}
	arrived = attempt(cgroup, ear, &error);
	EXPECT_EQ(expect == PASSES, arrived) {
		TH_LOG("%s from %s", s->name, cgroup);
	}
	EXPECT_EQ(expect == PASSES ? 0 : ENOBUFS, error) {
		TH_LOG("%s from %s", s->name, cgroup);
	}
}

TEST_F_TIMEOUT(egress, raw, 300)
{
	struct df_counters before = app_counters("app");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		check(_metadata, self->ear, &samples[i], APP, samples[i].place);
		check(_metadata, self->ear, &samples[i], ONLY_US,
		      samples[i].only_us);
	}
	EXPECT_LT(before.denied_packets, app_counters("app").denied_packets);
	EXPECT_LT(before.allowed_packets, app_counters("app").allowed_packets);
	EXPECT_TRUE(flows_add_up("app"));
	EXPECT_TRUE(flows_add_up("only-us"));
}

TEST_F_TIMEOUT(egress, around_the_queue, 300)
{
	size_t i;

	job->bypass = true;
	for (i = 0; i < ARRAY_SIZE(samples); i++)
		check(_metadata, self->ear, &samples[i], APP, samples[i].place);
}

/* What the sender calls it is not what it is. */
TEST_F_TIMEOUT(egress, said_to_be_arp, 300)
{
	size_t i;

	job->claim = ETH_P_ARP;
	for (i = 0; i < ARRAY_SIZE(samples); i++)
		check(_metadata, self->ear, &samples[i], APP, samples[i].place);
}

TEST_F_TIMEOUT(egress, datagram, 300)
{
	size_t i;

	job->datagram = true;
	for (i = 0; i < ARRAY_SIZE(samples); i++)
		if (samples[i].to && !samples[i].headers[1] && !samples[i].ppp)
			check(_metadata, self->ear, &samples[i], APP,
			      samples[i].place);
}

static int send_lent(void *arg)
{
	job->fd = packet_socket(NULL);
	return run_in(arg, send_frame, NULL);
}

static int lend(const char *from, const char *to, int ear)
{
	int error;

	strcpy(job->mark, FROM_APP);
	error = run_in(from, send_lent, (void *)to);
	job->fd = 0;
	strcpy(job->mark, FROM_OTHER);
	if (run_in(OTHER, send_frame, NULL))
		return -1;
	return heard(ear) ? 0 : error;
}

TEST_F_TIMEOUT(egress, creator_and_sender, 300)
{
	job->sample = &samples[0];
	EXPECT_EQ(ENOBUFS, lend(OTHER, APP, self->ear));
	EXPECT_EQ(ENOBUFS, lend(APP, OTHER, self->ear));
	EXPECT_EQ(0, lend(OTHER, OTHER, self->ear));
	job->sample = &samples[1];
	EXPECT_EQ(0, lend(OTHER, APP, self->ear));
	EXPECT_EQ(0, lend(APP, OTHER, self->ear));
}

TEST_F_TIMEOUT(egress, audit, 300)
{
	struct df_counters before = app_counters("look");

	check(_metadata, self->ear, &samples[0], LOOK, PASSES);
	EXPECT_EQ(before.audited_packets + 1,
		  app_counters("look").audited_packets);
}

/* Devices that came later, have another name, or went to another namespace. */
TEST_F_TIMEOUT(egress, devices_that_change, 300)
{
	int ear;

	ASSERT_EQ(0, shell("ip link add new0 address 02:00:00:00:00:01 type veth peer name new1 address 02:00:00:00:00:02 netns world && ip link set new0 up && ip -n world link set new1 up"));
	ear = open_ear("new1");
	ASSERT_LE(0, ear);
	strcpy(job->device, "new0");
	check(_metadata, ear, &samples[0], APP, REFUSED);
	check(_metadata, ear, &samples[1], APP, PASSES);

	ASSERT_EQ(0, shell("ip link set new0 down && ip link set new0 name old0 && ip link set old0 up"));
	strcpy(job->device, "old0");
	check(_metadata, ear, &samples[0], APP, REFUSED);
	check(_metadata, ear, &samples[1], APP, PASSES);

	ASSERT_EQ(0, shell("ip netns add third && ip link set old0 netns third && ip -n third link set old0 up"));
	strcpy(job->netns, "third");
	check(_metadata, ear, &samples[0], APP, REFUSED);
	check(_metadata, ear, &samples[1], APP, PASSES);
	close(ear);
	EXPECT_EQ(0, shell("ip netns del third"));
}

/* While no application is registered nobody is asked; and then again. */
TEST_F_TIMEOUT(egress, comes_and_goes_with_the_applications, 300)
{
	apply_policy("profiles: { p: { default: deny } }\napplications: { }\n");
	check(_metadata, self->ear, &samples[0], APP, PASSES);
	apply_policy(policy);
	check(_metadata, self->ear, &samples[0], APP, REFUSED);
}

/* The protocol is in the event. */
static int last_verdict(const struct df_event *event, void *arg)
{
	if (event->type == DFENCE_EVENT_VERDICT)
		*(struct df_event *)arg = *event;
	return 0;
}

TEST_F_TIMEOUT(egress, is_recorded, 300)
{
	struct df_client *client = open_client();
	struct df_event event = { 0 };
	struct df_status status = module_status();
	size_t i;

	for (i = 0; samples[i].headers[0] != EXPERIMENT; i++)
		;
	job->sample = &samples[i];
	apply_policy("profiles: { p: { default: deny, log: new } }\n"
		     "applications: { recorded: { match: { cgroup: /dronefence.slice/app }, profile: p } }\n");
	strcpy(job->mark, FROM_APP);
	EXPECT_EQ(ENOBUFS, run_in(APP, send_frame, NULL));
	ASSERT_EQ(0, df_client_events(client, status.event_next, last_verdict,
				      &event));
	EXPECT_EQ(EXPERIMENT, event.ethertype);
	EXPECT_EQ(DFENCE_VERDICT_DENY, event.verdict);
	EXPECT_STREQ("recorded", event.application);
	EXPECT_STREQ("veth0", event.ifname);
	df_client_close(client);
}

/* A PPP session needs no right but to open the socket. */
static int send_ppp(void *arg)
{
	struct sockaddr_pppox sa = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OE,
		.sa_addr.pppoe = { .sid = htons(7), .remote = MAC_FAR,
				   .dev = "veth0" },
	};
	int fd = socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_OE);
	struct frame frame = { .len = 0 };

	append16(&frame, 0x0021);
	append_ip(&frame, job->sample->to, job->mark);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return RUN_FAILED;
	/* Its answer does not tell what became of the frame. */
	if (send(fd, frame.bytes, frame.len, 0) < 0 && errno != ENOBUFS)
		return RUN_FAILED;
	close(fd);
	return 0;
}

static int attempt_ppp(int ear)
{
	strcpy(job->mark, FROM_APP);
	if (run_in(APP, send_ppp, NULL))
		return -1;
	strcpy(job->mark, FROM_OTHER);
	if (run_in(OTHER, send_ppp, NULL))
		return -1;
	return heard(ear);
}

TEST_F_TIMEOUT(egress, ppp_socket, 300)
{
	if (shell("modprobe pppoe"))
		SKIP(return, "the kernel has no PPPoE");
	job->sample = &samples[0];
	EXPECT_EQ(0, attempt_ppp(self->ear));
	job->sample = &samples[1];
	EXPECT_EQ(1, attempt_ppp(self->ear));
}

/*
 * Sends to an allowed address, then once more behind a rule of its own. With
 * @moves the socket is of the cgroup where it was then, and it sends from APP.
 */
static int rewrite(const char *rule, bool moves)
{
	struct sockaddr_storage sa;
	socklen_t len = make_addr(US4, 4711, &sa);
	char command[256];
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) ||
	    write_file("/proc/self/uid_map", "0 0 1") ||
	    shell("ip link set lo up && ip link add d0 type dummy && ip addr add " OWN "/24 dev d0 && ip link set d0 up && ip route add default dev d0"))
		return RUN_FAILED;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) != 1)
		return RUN_FAILED;
	snprintf(command, sizeof(command),
		 "nft 'table ip t { chain c { type filter hook output %s ; }; }'",
		 rule);
	if (shell(command))
		return RUN_FAILED;
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (moves && write_file(APP "/cgroup.procs", "0"))
		return RUN_FAILED;
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len) < 0 ? errno : 0;
}

static int send_rewritten(void *arg)
{
	return rewrite(arg, false);
}

/* An outsider's socket, that the application sends with. */
static int send_rewritten_lent(void *arg)
{
	return rewrite(arg, true);
}

/**
 * struct rewriting - a rule that writes another address into packets
 * @name: for messages
 * @rule: of nft
 * @error: what the application's send() says then
 */
struct rewriting {
	const char *name;
	char *rule;
	int error;
};

/* dronefence looks at a packet at the priorities -1 and, behind routing, last. */
static const struct rewriting rewritings[] = {
	{ "destination behind the first look",
	  "priority 50; ip daddr " US4 " ip daddr set " CN4, EPERM },
	{ "source ahead of the first look",
	  "priority -150; ip saddr " OWN " ip saddr set " CN4, EPERM },
	{ "source behind the first look",
	  "priority 50; ip saddr " OWN " ip saddr set " CN4, EPERM },
	{ "source, to an allowed one",
	  "priority -150; ip saddr " OWN " ip saddr set " US4, 0 },
};

/*
 * In a user namespace of its own anybody may write other addresses into packets,
 * around the place where they are judged first. (What is called translation is
 * done before that place, whatever priority the rule has.)
 */
TEST_F_TIMEOUT(egress, rewritten, 300)
{
	struct df_counters before, after;
	size_t i;

	if (shell("modprobe nf_tables"))
		SKIP(return, "the kernel has no nftables");
	if (!users_rewrite())
		SKIP(return, "only the machine's root may write other addresses into packets here");
	for (i = 0; i < ARRAY_SIZE(rewritings); i++) {
		const struct rewriting *w = &rewritings[i];

		before = app_counters("app");
		EXPECT_EQ(w->error, run_in(APP, send_rewritten, w->rule))
			TH_LOG("%s", w->name);
		after = app_counters("app");
		EXPECT_EQ(before.denied_packets + !!w->error, after.denied_packets)
			TH_LOG("%s", w->name);
		EXPECT_EQ(0, run_in(OTHER, send_rewritten, w->rule))
			TH_LOG("%s", w->name);
		EXPECT_EQ(w->error, run_in(OTHER, send_rewritten_lent, w->rule))
			TH_LOG("lent, %s", w->name);
		EXPECT_EQ(after.denied_packets + !!w->error,
			  app_counters("app").denied_packets)
			TH_LOG("lent, %s", w->name);
	}
	EXPECT_TRUE(flows_add_up("app"));
}

int main(int argc, char **argv)
{
	cpu_set_t first = { 0 };

	job = mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Frames from one CPU arrive in the order in which they were sent. */
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	fence_setup();
	if (make_cgroup(ONLY_US) || make_cgroup(LOOK) ||
	    shell("ip link set veth0 address 02:00:00:00:00:01 && ip -n world link set veth1 address 02:00:00:00:00:02"))
		return 1;
	return test_harness_run(argc, argv);
}
