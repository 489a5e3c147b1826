// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of tor-geoipdb. */
#include "geo_read.h"
#include "geo_util.h"

/* The messages in *@text are to be freed. */
static struct df_geo_source *read_tor(const char *path, char **text, int *err)
{
	struct df_geo_source *source = calloc(1, sizeof(*source));
	struct df_diags diags = { 0 };

	source->path = strdup(path);
	*err = df_geo_read_tor(source, &diags);
	assert_int_equal(!!*err && *err != -ENOENT, diags.geo_errors);
	*text = render(&diags);
	df_diags_free(&diags);
	return source;
}

static void refuse_tor(const char *path, int expected, const char *message)
{
	struct df_geo_source *source;
	char *text;
	int err;

	source = read_tor(path, &text, &err);
	assert_string_equal(text, message);
	assert_int_equal(err, expected);
	df_geo_source_free(source);
	free(text);
}

#define HEADER "# A comment\n#\n# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n"
#define GOOD4 HEADER "16777216,16777471,AU\n"
#define GOOD6 HEADER "2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n"

static void write_tor(const char *dir, const char *v4, const char *v6)
{
	char path[PATH_MAX];

	mkdir(dir, 0755);
	snprintf(path, sizeof(path), "%s/geoip", dir);
	write_text(path, v4);
	snprintf(path, sizeof(path), "%s/geoip6", dir);
	write_text(path, v6);
}

static void tor_good(void **state)
{
	struct df_geo_source *source;
	char *text;
	int err;

	write_tor("tor-good",
		  HEADER
		  "0,255,ZZ\n"
		  "256,511,US\n"
		  "512,767,US\n"
		  "769,1023,US\n"
		  "1024,1024,UK\n"
		  "1025,1026,EU\n"
		  "1027,1030,??\n"
		  "4294967295,4294967295,A1\n",
		  "# Generated: Wed, 24 Jun 2026 00:00:00 GMT\n"
		  "::1,::1,DE\n"
		  "2001:db8::,2001:db8::ffff,CN\n"
		  "2001:db8::1:0,2001:db8::1:1,CN\n"
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,HK\n");
	source = read_tor("tor-good", &text, &err);
	assert_string_equal(text, "");
	assert_int_equal(err, 0);
	assert_well_formed(source);
	/* neighbours joined; what is no country left out */
	assert_int_equal(source->table[DF_IPV4].count, 3);
	assert_int_equal(source->table[DF_IPV6].count, 3);
	assert_true(source->has_country);
	assert_false(source->has_asn);
	/* as old as its older file: 2026-06-24 */
	assert_int_equal(source->date, 1782259200);
	assert_string_equal(says(source, "0.0.0.255"), "- 0");
	assert_string_equal(says(source, "0.0.1.0"), "US 0");
	assert_string_equal(says(source, "0.0.2.255"), "US 0");
	assert_string_equal(says(source, "0.0.3.0"), "- 0");
	assert_string_equal(says(source, "0.0.3.1"), "US 0");
	assert_string_equal(says(source, "0.0.4.0"), "GB 0");
	assert_string_equal(says(source, "0.0.4.1"), "- 0");
	assert_string_equal(says(source, "255.255.255.255"), "- 0");
	assert_string_equal(says(source, "::1"), "DE 0");
	assert_string_equal(says(source, "::2"), "- 0");
	assert_string_equal(says(source, "2001:db8::1:1"), "CN 0");
	assert_string_equal(says(source, "2001:db8::1:2"), "- 0");
	assert_string_equal(says(source, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
			    "HK 0");
	df_geo_source_free(source);
	free(text);
}

static const struct {
	const char *lines;
	unsigned int line;
	const char *why;
} bad4[] = {
	{ "\n", 4, "expected first,last,country" },
	{ "1\n", 4, "expected first,last,country" },
	{ "1,2\n", 4, "expected first,last,country" },
	{ "1;2;US\n", 4, "expected first,last,country" },
	{ ",2,US\n", 4, "bad first address" },
	{ " 1,2,US\n", 4, "bad first address" },
	{ "+1,2,US\n", 4, "bad first address" },
	{ "-1,2,US\n", 4, "bad first address" },
	{ "0x1,2,US\n", 4, "bad first address" },
	{ "01,2,US\n", 4, "bad first address" },
	{ "1.0.0.0,1.0.0.255,US\n", 4, "bad first address" },
	{ "2001::,2001::1,US\n", 4, "bad first address" },
	{ "4294967296,4294967297,US\n", 4, "bad first address" },
	{ "99999999999,2,US\n", 4, "bad first address" },
	{ "1,,US\n", 4, "bad last address" },
	{ "1,2 ,US\n", 4, "bad last address" },
	{ "1,4294967296,US\n", 4, "bad last address" },
	{ "1,18446744073709551618,US\n", 4, "bad last address" },
	{ "1,2,\n", 4, "bad country code" },
	{ "1,2,U\n", 4, "bad country code" },
	{ "1,2,us\n", 4, "bad country code" },
	{ "1,2,USA\n", 4, "bad country code" },
	{ "1,2,U?\n", 4, "bad country code" },
	{ "1,2,US\r\n", 4, "bad country code" },
	{ "1,2,US,extra\n", 4, "bad country code" },
	{ "1,2,US # comment\n", 4, "bad country code" },
	{ "2,1,US\n", 4, "the range ends before it starts" },
	{ "5,6,US\n1,2,US\n", 5, "not above the range before" },
	{ "1,6,US\n6,7,CN\n", 5, "not above the range before" },
	{ "1,6,US\n1,6,US\n", 5, "not above the range before" },
	{ "1,6,??\n3,4,CN\n", 5, "not above the range before" },
	{ "1,6,US\n# fine\n7,8,CN", 6,
	  "the file ends within a line; it is truncated" },
	{ "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n1,2,US\n", 4, "bad date" },
};

static void tor_bad_ipv4(void **state)
{
	char text[256], message[256];
	size_t i;

	for (i = 0; i < COUNT(bad4); i++) {
		snprintf(text, sizeof(text), HEADER "%s", bad4[i].lines);
		write_tor("tor-bad", text, GOOD6);
		snprintf(message, sizeof(message), "error: tor-bad/geoip:%u: %s\n",
			 bad4[i].line, bad4[i].why);
		refuse_tor("tor-bad", -EINVAL, message);
	}
}

static const struct {
	const char *line;
	const char *why;
} bad6[] = {
	{ "2001::g,2001::1,US\n", "bad first address" },
	{ "2001::/32,2001::1,US\n", "bad first address" },
	{ "fe80::1%eth0,2001::1,US\n", "bad first address" },
	{ "16777216,16777471,AU\n", "bad first address" },
	{ "1.2.3.4,1.2.3.5,AU\n", "bad first address" },
	{ "2001::,2001:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:1,US\n",
	  "bad last address" },
	{ "2001:::,2001::1,US\n", "bad first address" },
	{ "2001::1,2001::,US\n", "the range ends before it starts" },
	{ "2001::,2001::1,cn\n", "bad country code" },
};

static void tor_bad_ipv6(void **state)
{
	char message[256];
	size_t i;

	for (i = 0; i < COUNT(bad6); i++) {
		write_tor("tor-bad", GOOD4, bad6[i].line);
		snprintf(message, sizeof(message), "error: tor-bad/geoip6:1: %s\n",
			 bad6[i].why);
		refuse_tor("tor-bad", -EINVAL, message);
	}
}

static const char *const bad_dates[] = {
	"",
	"yesterday",
	"Thu, 31 Jun 2026 04:33:59 GMT",
	"Thu, 25 Jux 2026 04:33:59 GMT",
	"Thu, 25 anF 2026 04:33:59 GMT",
	"Thu, 25 Jun 2026 25:33:59 GMT",
	"Thu, 25 Jun 2026 04:33:59",
	"Thu, 25 Jun 2026 04:33:59 GMT+1",
	"Thu, 25 Jun 2026 04:33:59 CET",
	"Thu, 25 Jun 1926 04:33:59 GMT",
	"Thu, 25 Jun 2026 04:33:59 GMT and a very long text that goes on and on",
};

static void tor_bad_date(void **state)
{
	char text[256];
	size_t i;

	for (i = 0; i < COUNT(bad_dates); i++) {
		snprintf(text, sizeof(text), "# Generated: %s\n1,2,US\n",
			 bad_dates[i]);
		write_tor("tor-bad", text, GOOD6);
		refuse_tor("tor-bad", -EINVAL,
			   "error: tor-bad/geoip:1: bad date\n");
	}
}

static void tor_without_date(void **state)
{
	struct df_geo_source *source;
	char *text;
	int err;

	/* One half does not say, so the whole does not. */
	write_tor("tor-good", "1,2,US\n", GOOD6);
	source = read_tor("tor-good", &text, &err);
	assert_int_equal(err, 0);
	assert_int_equal(source->date, 0);
	df_geo_source_free(source);
	free(text);
}

static void tor_files(void **state)
{
	refuse_tor("no-such-folder", -ENOENT, "");
	mkdir("tor-empty", 0755);
	refuse_tor("tor-empty", -ENOENT, "");
	write_tor("tor-half", GOOD4, GOOD6);
	unlink("tor-half/geoip6");
	refuse_tor("tor-half", -EINVAL,
		   "error: tor-half/geoip6: No such file or directory\n");
	write_tor("tor-half", "", GOOD6);
	refuse_tor("tor-half", -EINVAL,
		   "error: tor-half/geoip: no ranges in this file\n");
	write_tor("tor-half", GOOD4, HEADER);
	refuse_tor("tor-half", -EINVAL,
		   "error: tor-half/geoip6: no ranges in this file\n");
	unlink("tor-half/geoip");
	mkdir("tor-half/geoip", 0755);
	refuse_tor("tor-half", -EISDIR, "error: tor-half/geoip: Is a directory\n");
	rmdir("tor-half/geoip");
	assert_int_equal(mkfifo("tor-half/geoip", 0600), 0);
	refuse_tor("tor-half", -EINVAL,
		   "error: tor-half/geoip: not a regular file\n");
	unlink("tor-half/geoip");
	write_text("tor-half/geoip", "x");
	assert_int_equal(truncate("tor-half/geoip", (1ll << 30) + 1), 0);
	refuse_tor("tor-half", -EFBIG, "error: tor-half/geoip: larger than 1 GiB\n");
	assert_int_equal(truncate("tor-half/geoip", 0), 0);
}

/* Whatever the bytes are: refused, or a table that keeps its promises. */
static int try_tor(void)
{
	struct df_geo_source *source;
	char *text;
	int err;

	source = read_tor("tor-fuzz", &text, &err);
	assert_well_formed(source);
	df_geo_source_free(source);
	free(text);
	return err;
}

#define FUZZ4 HEADER "16777216,16777471,AU\n16777472,16778239,CN\n16778240,16779263,AU\n"

static void tor_truncated(void **state)
{
	char text[] = FUZZ4;
	size_t i;

	write_tor("tor-fuzz", GOOD4, GOOD6);
	for (i = 0; i < strlen(FUZZ4); i++) {
		/* At the end of a line with a range nothing is wrong with it. */
		bool whole = i > strlen(HEADER) && text[i - 1] == '\n';

		write_bytes("tor-fuzz/geoip", text, i);
		assert_int_equal(try_tor(), whole ? 0 : -EINVAL);
	}
}

static void tor_flipped(void **state)
{
	char text[] = FUZZ4;
	int refused = 0;
	size_t i, bit;

	write_tor("tor-fuzz", GOOD4, GOOD6);
	for (i = 0; i < strlen(FUZZ4); i++) {
		for (bit = 0; bit < 8; bit++) {
			text[i] ^= 1 << bit;
			write_bytes("tor-fuzz/geoip", text, strlen(FUZZ4));
			refused += !!try_tor();
			text[i] ^= 1 << bit;
		}
	}
	/* The rest hit comments, or made another plausible number. */
	assert_in_range(refused, strlen(FUZZ4) * 3, strlen(FUZZ4) * 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tor_good),
		cmocka_unit_test(tor_bad_ipv4),
		cmocka_unit_test(tor_bad_ipv6),
		cmocka_unit_test(tor_bad_date),
		cmocka_unit_test(tor_without_date),
		cmocka_unit_test(tor_files),
		cmocka_unit_test(tor_truncated),
		cmocka_unit_test(tor_flipped),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
