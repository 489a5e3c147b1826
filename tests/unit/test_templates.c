// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the shipped policies promise, on the geo data of the Internet: a table of
 * destinations with a column for each policy. DRONEFENCE_GEO_ROOT names the
 * folder with the data, see scripts/geo-data.sh; without it this test fails.
 */
#include <netinet/in.h>
#include <time.h>

#include "apply.h"
#include "geo_util.h"

#define UDP IPPROTO_UDP
#define TCP IPPROTO_TCP

static const char *const templates[] = {
	"audit-only", "critical-infrastructure", "deny-countries-of-concern",
	"eu-residency", "hotspot-for-controller", "local-data-mode",
	"local-data-mode-maps", "quarantine", "self-hosted-fleet",
	"update-window", "us-residency",
};

#define TEMPLATES COUNT(templates)

static struct df_build builds[TEMPLATES];

/**
 * struct row - a destination
 * @what: it is
 * @to: its address
 * @protocol: IP protocol
 * @port: destination port
 * @verdicts: a sign for each of @templates: + passes, - does not, w would not but
 *	for audit mode
 */
struct row {
	const char *what;
	const char *to;
	uint8_t protocol;
	int port;
	const char *verdicts;
};

/*
 * The columns:	audit-only, critical-infrastructure, deny-countries-of-concern,
 *		eu-residency, hotspot-for-controller, local-data-mode,
 *		local-data-mode-maps, quarantine, self-hosted-fleet,
 *		update-window, us-residency
 */
static const struct row rows[] = {
	/* The PRC, by country, and its operators wherever they are. */
	{ "Alibaba, \"US\"", "47.91.161.230", TCP, 80, "w----------" },
	{ "Alibaba, \"US\"", "47.91.161.230", TCP, 443, "w----------" },
	{ "Alibaba, \"US\"", "47.56.0.1", UDP, 443, "w----------" },
	{ "Alibaba, SG or HK", "8.210.0.1", TCP, 443, "w----------" },
	{ "Tencent, HK", "101.32.0.1", TCP, 443, "w----------" },
	{ "DNSPod, SG", "119.29.29.29", UDP, 53, "w----------" },
	{ "Huawei, HK or CN", "159.138.0.1", TCP, 443, "w----------" },
	{ "AliDNS", "223.5.5.5", UDP, 53, "w----------" },
	{ "AliDNS", "223.5.5.5", TCP, 853, "w----------" },
	{ "AWS in Beijing", "52.80.0.1", TCP, 443, "w----------" },
	{ "China Telecom", "202.96.128.86", TCP, 443, "w----------" },
	{ "AWS in Hong Kong", "18.162.0.1", TCP, 443, "w----------" },
	{ "Google, HK or US", "34.92.0.1", TCP, 443, "w----------" },
	{ "a carrier in Hong Kong", "203.80.96.10", TCP, 443, "w----------" },
	{ "a carrier in Macao", "202.175.3.8", UDP, 53, "w----------" },
	{ "Alibaba, IPv6", "2400:3200::1", TCP, 443, "w----------" },
	{ "China Telecom, IPv6", "240e::1", TCP, 443, "w----------" },
	{ "Tencent, IPv6", "2402:4e00::1", UDP, 443, "w----------" },
	/* A tunnel that names it. */
	{ "6to4 to AliDNS", "2002:df05:505::1", TCP, 443, "w----------" },
	/* The other countries of concern. */
	{ "Cuba", "200.55.128.1", TCP, 443, "w----------" },
	{ "Iran", "5.160.0.1", TCP, 443, "w----------" },
	{ "North Korea", "175.45.176.1", TCP, 443, "w----------" },
	{ "Russia", "77.88.8.8", UDP, 53, "w----------" },
	{ "Venezuela", "200.44.32.12", TCP, 443, "w----------" },
	/* Nobody knows, or one source does not. */
	{ "unknown", "240.0.0.1", TCP, 443, "w----------" },
	{ "unknown", "192.0.2.1", TCP, 443, "w----------" },
	{ "shared address space", "100.64.0.1", TCP, 443, "w----------" },
	/* Elsewhere. */
	{ "Taiwan", "168.95.1.1", TCP, 443, "+-+------+-" },
	{ "Google, US or TW", "35.229.128.1", TCP, 443, "+-+------+-" },
	{ "Australia", "1.1.1.1", UDP, 53, "+-+------+-" },
	/* The United States: DNS, HTTPS, tiles, HTTP, NTRIP, ping, mail. */
	{ "DNS in the US", "8.8.8.8", UDP, 53, "+-+------++" },
	{ "DNS in the US, TLS", "8.8.8.8", TCP, 853, "+-+------++" },
	{ "HTTPS in the US", "34.211.0.1", TCP, 443, "+-+-+----++" },
	{ "HTTP/3 in the US", "34.211.0.1", UDP, 443, "+-+-+----++" },
	{ "HTTPS in the US", "2001:4860:4860::8888", TCP, 443, "+-+-+----++" },
	{ "tiles, a content network", "151.101.1.195", TCP, 443, "+-+-+----++" },
	{ "HTTP in the US", "34.211.0.1", TCP, 80, "+-+--------" },
	{ "NTRIP in the US", "34.211.0.1", TCP, 2101, "+-+--------" },
	{ "ping to the US", "34.211.0.1", IPPROTO_ICMP, -1, "+-+--------" },
	{ "mail in the US", "34.211.0.1", TCP, 25, "+-+--------" },
	/* Europe. */
	{ "HTTPS in Germany", "193.99.144.80", TCP, 443, "+-++-----+-" },
	{ "DNS in Germany", "193.99.144.80", UDP, 53, "+-++-----+-" },
	{ "HTTPS in Germany", "2a01:4f8::1", TCP, 443, "+-++-----+-" },
	{ "NTRIP in Germany", "193.99.144.80", TCP, 2101, "+-+--------" },
	/* What the headers tell to replace. */
	{ "tile server", "203.0.113.80", TCP, 443, "w-----+-+--" },
	{ "tile server", "203.0.113.80", UDP, 443, "w-----+----" },
	{ "tile server", "203.0.113.80", TCP, 80, "w----------" },
	{ "beside the tile server", "203.0.113.81", TCP, 443, "w-------+--" },
	{ "tile server", "2001:db8::80", TCP, 443, "w-----+----" },
	{ "fleet server", "203.0.113.9", TCP, 8883, "w-------+--" },
	{ "fleet server", "203.0.113.9", TCP, 22, "w----------" },
	{ "fleet server", "2001:db8:f1ee::1", TCP, 443, "w-------+--" },
	/* This machine and its networks. */
	{ "loopback", "127.0.0.1", TCP, 5760, "+-+++++++++" },
	{ "loopback", "::1", UDP, 14550, "+-+++++++++" },
	{ "resolver of this machine", "127.0.0.53", UDP, 53, "+-+++++-+++" },
	{ "company network", "10.20.0.5", TCP, 443, "+-+++++-+++" },
	{ "another LAN", "192.168.88.7", TCP, 22, "+-+++++-+++" },
	{ "resolver of a router", "192.168.1.1", UDP, 53, "+-+++++-+++" },
	{ "resolver of a router, TLS", "192.168.1.1", TCP, 853, "+-+++++-+++" },
	{ "IPv6 LAN", "fd00:9::2", TCP, 443, "+-+++++-+++" },
	/* Links to aircraft that the strict two say they cut. */
	{ "MAVLink on another LAN", "192.168.88.1", UDP, 14550, "+-+++++-+++" },
	{ "MAVLink by IPv6", "fe80::1", UDP, 14550, "+-+++++-+++" },
	{ "MAVLink by multicast", "239.255.145.50", UDP, 14550, "+-+++++-+++" },
	{ "mDNS", "224.0.0.251", UDP, 5353, "+-+++++-+++" },
};

/* No policy cuts one of these. */
static const struct row links[] = {
	{ "MAVLink", "192.168.1.10", UDP, 14550, "+" },
	{ "MAVLink", "192.168.1.10", UDP, 14551, "+" },
	{ "MAVLink, broadcast", "192.168.1.255", UDP, 14550, "+" },
	{ "MAVLink, broadcast", "255.255.255.255", UDP, 14550, "+" },
	{ "MAVLink, PX4", "192.168.10.1", UDP, 14540, "+" },
	{ "MAVLink, PX4", "192.168.10.1", UDP, 14549, "+" },
	{ "MAVLink, PX4", "192.168.10.1", UDP, 18570, "+" },
	{ "MAVLink, PX4", "192.168.10.1", UDP, 18579, "+" },
	{ "MAVLink, ArduPilot", "192.168.1.10", TCP, 5760, "+" },
	{ "RTSP", "192.168.42.1", TCP, 554, "+" },
	{ "RTSP", "192.168.144.25", TCP, 8554, "+" },
	{ "RTP", "192.168.42.1", UDP, 5600, "+" },
	{ "DJI Wi-Fi", "192.168.2.1", UDP, 9003, "+" },
	{ "DJI USB", "192.168.42.2", UDP, 9003, "+" },
	{ "Tello", "192.168.10.1", UDP, 8889, "+" },
	{ "Tello", "192.168.10.1", UDP, 8890, "+" },
	{ "Tello", "192.168.10.1", UDP, 11111, "+" },
	{ "Parrot", "192.168.42.1", UDP, 44444, "+" },
	{ "Parrot", "192.168.43.1", UDP, 44444, "+" },
	{ "Parrot", "192.168.53.1", UDP, 44444, "+" },
	{ "Parrot Sphinx", "10.202.0.1", UDP, 44444, "+" },
	{ "Herelink, SIYI", "192.168.144.10", UDP, 14550, "+" },
	{ "Herelink, SIYI", "192.168.144.11", TCP, 8554, "+" },
	{ "Auterion Skynode", "10.41.1.1", UDP, 14550, "+" },
	{ "a port that the aircraft chose", "192.168.42.1", UDP, 54321, "+" },
	{ "ping", "192.168.42.1", IPPROTO_ICMP, -1, "+" },
};

/* Whatever is said beside the age of the data is said in a header. */
static void assert_quiet(const struct df_diags *diags)
{
	size_t i;

	for (i = 0; i < diags->count; i++)
		if (diags->list[i].severity == DF_ERROR ||
		    !strstr(diags->list[i].message, "and there is no max-age"))
			fail_msg("%s:%u: %s", diags->list[i].file,
				 diags->list[i].line, diags->list[i].message);
}

static void load(const char *path, struct df_build *build)
{
	const char *root = getenv("DRONEFENCE_GEO_ROOT");
	const struct df_build_options how = {
		.geo = { .root = root, .now = time(NULL) },
	};
	struct df_diags diags = { 0 };
	enum df_exit status;

	if (!root || !root[0])
		fail_msg("set DRONEFENCE_GEO_ROOT to what scripts/geo-data.sh prints");
	status = df_build_load(build, path, &how, &diags);
	assert_quiet(&diags);
	assert_int_equal(status, DF_EXIT_OK);
	df_diags_free(&diags);
}

static int load_all(void **state)
{
	char path[FOUND_SIZE + 64];
	size_t t;

	if (enter_tmp_dir(state))
		return -1;
	for (t = 0; t < TEMPLATES; t++) {
		snprintf(path, sizeof(path), "%s/%s.yaml", policies_dir,
			 templates[t]);
		load(path, &builds[t]);
		/* The compiled policy is enough. */
		df_geo_free(builds[t].geo);
		builds[t].geo = NULL;
	}
	return 0;
}

static int free_all(void **state)
{
	size_t t;

	for (t = 0; t < TEMPLATES; t++)
		df_build_free(&builds[t]);
	return leave_tmp_dir(state);
}

static const struct df_application *find_app(const struct df_build *build,
					     const char *name)
{
	size_t i;

	for (i = 0; i < build->image->application_count; i++)
		if (!strcmp(build->image->applications[i].name, name))
			return &build->image->applications[i];
	fail_msg("%s has no application %s", build->image->name, name);
	return NULL;
}

/* What becomes of it; @out is the interface that it leaves by, NULL for unknown. */
static char sign(const struct df_build *build, const struct df_application *app,
		 const struct row *row, const char *out)
{
	struct df_decision decision;
	enum df_family family;
	df_u128 addr = addr_of(row->to, &family);

	assert_int_equal(df_image_eval_out(build->image, app->profile, family,
					   addr, row->protocol, row->port, out,
					   &decision), 0);
	if (decision.verdict == DFENCE_VERDICT_ALLOW)
		return '+';
	return app->mode == DFENCE_MODE_AUDIT ? 'w' : '-';
}

static void expect(const struct df_build *build, const struct df_application *app,
		   const struct row *row, const char *out, char expected)
{
	char found = sign(build, app, row, out);

	if (found == expected)
		return;
	fail_msg("%s, %s to %s, %s, protocol %u port %d: %c in place of %c",
		 build->image->name, app->name, row->what, row->to,
		 row->protocol, row->port, found, expected);
}

/* Rows with one sign, for one policy. */
static void expect_rows(const struct df_build *build,
			const struct df_application *app, const struct row *list,
			size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		expect(build, app, &list[i], NULL, list[i].verdicts[0]);
}

static void every_destination(void **state)
{
	size_t i, t, a;

	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(strlen(rows[i].verdicts), TEMPLATES);
		for (t = 0; t < TEMPLATES; t++) {
			const struct df_image *image = builds[t].image;

			for (a = 0; a < image->application_count; a++) {
				/* It has a profile, and a test, of its own. */
				if (!strcmp(image->name, "self-hosted-fleet") &&
				    !strcmp(image->applications[a].name,
					    "fleet-server"))
					continue;
				expect(&builds[t], &image->applications[a],
				       &rows[i], NULL, rows[i].verdicts[t]);
			}
		}
	}
}

/* By every application, and whatever interface leads to the aircraft. */
static void every_link(void **state)
{
	static const char *const outs[] = { NULL, "wlan0", "enx020000000001" };
	size_t i, t, a, o;

	for (i = 0; i < COUNT(links); i++)
		for (t = 0; t < TEMPLATES; t++)
			for (a = 0; a < builds[t].image->application_count; a++)
				for (o = 0; o < COUNT(outs); o++)
					expect(&builds[t],
					       &builds[t].image->applications[a],
					       &links[i], outs[o], '+');
}

static const struct df_build *build_of(const char *name)
{
	size_t t;

	for (t = 0; t < TEMPLATES; t++)
		if (!strcmp(templates[t], name))
			return &builds[t];
	fail_msg("no template %s", name);
	return NULL;
}

/* Its answers go to ports that clients chose. */
static void fleet_server(void **state)
{
	static const struct row server[] = {
		{ "a client", "203.0.113.9", TCP, 50123, "+" },
		{ "a client", "2001:db8:f1ee::7", TCP, 50123, "+" },
		{ "a client in a private network", "10.8.0.7", TCP, 50123, "+" },
		{ "somebody else", "34.211.0.1", TCP, 50123, "-" },
		{ "a site", "34.211.0.1", TCP, 443, "-" },
		{ "a site", "2001:4860:4860::8888", TCP, 443, "-" },
		{ "Alibaba", "47.91.161.230", TCP, 443, "-" },
		{ "AliDNS", "223.5.5.5", UDP, 53, "-" },
	};
	const struct df_build *build = build_of("self-hosted-fleet");
	const struct df_application *app = find_app(build, "fleet-server");
	const struct df_selector *bridge = NULL;
	size_t i;

	expect_rows(build, app, server, COUNT(server));
	for (i = 0; i < app->selector_count; i++)
		if (app->selectors[i].type == DFENCE_SELECTOR_FORWARD)
			bridge = &app->selectors[i];
	assert_non_null(bridge);
	assert_string_equal(bridge->in, "br-fleet");
}

/* The controller comes first: what its network sends is nobody else's. */
static void controller(void **state)
{
	const struct df_build *build = build_of("hotspot-for-controller");
	const struct df_application *app = &build->image->applications[0];
	size_t i, forwarded = 0;

	assert_string_equal(app->name, "controller");
	for (i = 0; i < app->selector_count; i++)
		forwarded += app->selectors[i].type == DFENCE_SELECTOR_FORWARD;
	assert_int_equal(forwarded, 3);
}

/* Where the policy is to be changed: take out what makes a line a comment. */
static void uncomment(const char *name, const char *line, struct df_build *build)
{
	char path[FOUND_SIZE + 64], sets[FOUND_SIZE + 8];
	char *text, *at, *hash;
	size_t size;

	snprintf(sets, sizeof(sets), "%s/sets", policies_dir);
	if (symlink(sets, "sets"))
		assert_int_equal(errno, EEXIST);
	snprintf(path, sizeof(path), "%s/%s.yaml", policies_dir, name);
	text = read_text(path, &size);
	at = strstr(text, line);
	assert_non_null(at);
	for (hash = at; *hash != '#'; hash--)
		assert_true(hash > text && *hash != '\n');
	memmove(hash, hash + 2, strlen(hash + 2) + 1);
	write_text("changed.yaml", text);
	free(text);
	load("changed.yaml", build);
}

static void link_by_one_interface(void **state)
{
	struct df_build build;
	size_t i, a;

	uncomment("critical-infrastructure", "out-interface: wlan1", &build);
	for (a = 0; a < build.image->application_count; a++) {
		const struct df_application *app = &build.image->applications[a];

		for (i = 0; i < COUNT(links); i++) {
			expect(&build, app, &links[i], "wlan1", '+');
			expect(&build, app, &links[i], "wlan0", '-');
			expect(&build, app, &links[i], NULL, '-');
		}
	}
	df_build_free(&build);
}

static void loopback_by_choice(void **state)
{
	static const struct row row[] = {
		{ "loopback", "127.0.0.1", UDP, 14550, "+" },
		{ "resolver", "127.0.0.53", UDP, 53, "-" },
		{ "the Internet", "34.211.0.1", TCP, 443, "-" },
	};
	struct df_build build;

	uncomment("critical-infrastructure", "{ allow: [127.0.0.0/8", &build);
	expect_rows(&build, &build.image->applications[0], row, COUNT(row));
	df_build_free(&build);
}

/* A caster for corrections is one host and one port. */
static void caster_by_choice(void **state)
{
	static const char *const names[] = { "us-residency", "eu-residency" };
	static const struct row row[] = {
		{ "caster", "203.0.113.7", TCP, 2101, "+" },
		{ "caster, another port", "203.0.113.7", TCP, 443, "-" },
		{ "another caster", "34.211.0.1", TCP, 2101, "-" },
	};
	struct df_build build;
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		uncomment(names[i], "{ allow: 203.0.113.7,", &build);
		expect_rows(&build, &build.image->applications[0], row, COUNT(row));
		df_build_free(&build);
	}
}

/**
 * struct kept - what a policy records of a flow
 * @name: of the policy
 * @passed: to the aircraft or to the web, whichever passes
 * @refused: to Alibaba
 */
struct kept {
	const char *name;
	enum dfence_log passed;
	enum dfence_log refused;
};

static const struct kept kept[] = {
	{ "audit-only", DFENCE_LOG_NEW, DFENCE_LOG_NEW },
	{ "critical-infrastructure", DFENCE_LOG_NEW, DFENCE_LOG_ALL },
	{ "deny-countries-of-concern", DFENCE_LOG_NONE, DFENCE_LOG_NEW },
	{ "eu-residency", DFENCE_LOG_NONE, DFENCE_LOG_NEW },
	{ "hotspot-for-controller", DFENCE_LOG_NEW, DFENCE_LOG_NEW },
	{ "local-data-mode", DFENCE_LOG_NONE, DFENCE_LOG_NEW },
	{ "local-data-mode-maps", DFENCE_LOG_NONE, DFENCE_LOG_NEW },
	{ "quarantine", DFENCE_LOG_NONE, DFENCE_LOG_ALL },
	{ "self-hosted-fleet", DFENCE_LOG_NONE, DFENCE_LOG_NEW },
	{ "update-window", DFENCE_LOG_NEW, DFENCE_LOG_NEW },
	{ "us-residency", DFENCE_LOG_NONE, DFENCE_LOG_NEW },
};

static void what_is_recorded(void **state)
{
	const struct df_decision none = { 0 };
	size_t t;

	assert_int_equal(COUNT(kept), TEMPLATES);
	for (t = 0; t < TEMPLATES; t++) {
		const struct df_image *image = builds[t].image;
		struct df_decision web = none, aircraft = none, cloud = none;
		size_t profile = image->applications[0].profile;

		assert_string_equal(kept[t].name, image->name);
		df_image_eval(image, profile, DF_IPV4, 0x22d30001, TCP, 443, &web);
		df_image_eval(image, profile, DF_IPV4, 0xc0a82a01, UDP, 14550,
			      &aircraft);
		df_image_eval(image, profile, DF_IPV4, 0x2f5ba1e6, TCP, 443,
			      &cloud);
		assert_int_equal(web.verdict == DFENCE_VERDICT_ALLOW ?
				 web.log : aircraft.log, kept[t].passed);
		assert_int_equal(cloud.log, kept[t].refused);
	}
	assert_int_equal(build_of("update-window")->policy->bulk, 10 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_destination),
		cmocka_unit_test(every_link),
		cmocka_unit_test(fleet_server),
		cmocka_unit_test(controller),
		cmocka_unit_test(link_by_one_interface),
		cmocka_unit_test(loopback_by_choice),
		cmocka_unit_test(caster_by_choice),
		cmocka_unit_test(what_is_recorded),
	};

	return cmocka_run_group_tests(tests, load_all, free_all);
}
