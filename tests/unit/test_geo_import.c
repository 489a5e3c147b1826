// SPDX-License-Identifier: GPL-2.0-or-later
/* Geo data that comes by hand: what is taken, what is not, and what stays then. */
#include <fcntl.h>

#include "geo_import.h"
#include "geo_root_util.h"
#include "mmdb_writer.h"
#include "replay_print.h"
#include "replay_util.h"
#include "store.h"

#define FRESH "fresh.db"

/* Twelve ranges of six countries, enough of the Internet. */
static const struct loc_net large[] = {
	{ "0.0.0.0/3", "US", 45102 }, { "32.0.0.0/3", "CN", 4134 },
	{ "64.0.0.0/3", "US", 15169 }, { "96.0.0.0/4", "DE", 680 },
	{ "112.0.0.0/4", "FR", 3215 }, { "128.0.0.0/4", "GB", 786 },
	{ "144.0.0.0/4", "US", 701 }, { "160.0.0.0/4", "CN", 4837 },
	{ "2000::/5", "US", 45102 }, { "2800::/7", "DE", 680 },
	{ "2a00::/8", "FR", 3215 }, { "2c00::/12", "ZA", 37100 },
	{ NULL, NULL, 0 },
};

/* As many ranges, two countries less. */
static const struct loc_net poor[] = {
	{ "0.0.0.0/3", "US", 45102 }, { "32.0.0.0/3", "CN", 4134 },
	{ "64.0.0.0/3", "US", 15169 }, { "96.0.0.0/4", "DE", 680 },
	{ "112.0.0.0/4", "CN", 3215 }, { "128.0.0.0/4", "DE", 786 },
	{ "144.0.0.0/4", "US", 701 }, { "160.0.0.0/4", "CN", 4837 },
	{ "2000::/5", "US", 45102 }, { "2800::/7", "DE", 680 },
	{ "2a00::/8", "CN", 3215 }, { "2c00::/12", "ZA", 37100 },
	{ NULL, NULL, 0 },
};

/* In IPv6 fewer ranges. */
static const struct loc_net short6[] = {
	{ "0.0.0.0/3", "US", 45102 }, { "32.0.0.0/3", "CN", 4134 },
	{ "64.0.0.0/3", "US", 15169 }, { "96.0.0.0/4", "DE", 680 },
	{ "112.0.0.0/4", "FR", 3215 }, { "128.0.0.0/4", "GB", 786 },
	{ "144.0.0.0/4", "US", 701 }, { "160.0.0.0/4", "CN", 4837 },
	{ "2000::/5", "US", 45102 }, { "2c00::/12", "ZA", 37100 },
	{ NULL, NULL, 0 },
};

static struct df_geo_import import;
static char *said;

static void digest_of(char *const *files, size_t count,
		      uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	struct df_geo_file read[2] = { 0 };
	size_t i;

	for (i = 0; i < count; i++)
		assert_int_equal(df_geo_file_read(files[i], &read[i]), 0);
	assert_int_equal(df_geo_sha256(read, count, digest), 0);
	for (i = 0; i < count; i++)
		df_geo_file_free(&read[i]);
}

static void done(void)
{
	df_geo_import_free(&import);
	memset(&import, 0, sizeof(import));
	free(said);
	said = NULL;
}

/* The first members of @how are set; what is said stays until done(). */
static int take_files(struct df_geo_import how, char *const *files, size_t count)
{
	struct df_diags diags = { 0 };
	int err;

	import = how;
	import.root = "root";
	import.now = import.now ?: NOW;
	err = df_geo_import_open(&import, files, count, &diags);
	if (!err)
		err = df_geo_import_install(&import, &diags);
	said = render(&diags);
	assert_int_equal(!err, !df_diags_failed(&diags));
	df_diags_free(&diags);
	return err;
}

/* With the right digest. */
static int take(struct df_geo_import how, const char *path)
{
	char *const files[] = { (char *)path };
	uint8_t digest[DRONEFENCE_DIGEST_LEN];

	digest_of(files, 1, digest);
	how.sha256 = digest;
	return take_files(how, files, 1);
}

static void assert_same_file(const char *a, const char *b)
{
	size_t size_a, size_b;
	char *text_a = read_text(a, &size_a), *text_b = read_text(b, &size_b);

	assert_int_equal(size_a, size_b);
	assert_memory_equal(text_a, text_b, size_a);
	free(text_a);
	free(text_b);
}

/* Nothing but what was there: @copy of it. */
static void assert_refused_file(int err, int expected, const char *words,
				const char *place, const char *copy)
{
	if (err != expected)
		fail_msg("%d in place of %d, with: %s", err, expected, said);
	if (!strstr(said, words))
		fail_msg("\"%s\" is not in: %s", words, said);
	if (copy)
		assert_same_file(place, copy);
	else
		assert_int_equal(access(place, F_OK), -1);
	done();
}

static const struct df_geo_import plain;

/* Not written again: libloc's writer does not write the same bytes twice. */
static void keep_before(void)
{
	assert_int_equal(system("cp " UPDATED " before"), 0);
}

static void installs_a_database(void **state)
{
	clear_root();
	assert_int_equal(system("rm -r root/var root/usr"), 0);
	write_dated(FRESH, large, NOW - DAY, NULL);
	assert_int_equal(take(plain, FRESH), 0);
	assert_string_equal(said, "");
	assert_null(import.present);
	assert_string_equal(import.paths[0], UPDATED);
	assert_same_file(UPDATED, FRESH);
	done();

	assert_int_equal(take(plain, FRESH), 0);
	assert_true(import.same);
	done();

	write_dated(FRESH, large, NOW - 5, NULL);
	assert_int_equal(take(plain, FRESH), 0);
	assert_false(import.same);
	assert_int_equal(import.present->date, NOW - DAY);
	assert_same_file(UPDATED, FRESH);
	done();
}

static void nobody_vouches(void **state)
{
	char *const files[] = { (char *)FRESH };
	uint8_t digest[DRONEFENCE_DIGEST_LEN];

	clear_root();
	write_dated(UPDATED, large, NOW - 2 * DAY, NULL);
	keep_before();
	write_dated(FRESH, large, NOW - DAY, NULL);
	assert_refused_file(take_files(plain, files, 1), -ENOKEY,
			    "nobody vouches for it: the vendor's key is not installed",
			    UPDATED, "before");
	digest_of(files, 1, digest);
	digest[31] ^= 1;
	assert_refused_file(take_files((struct df_geo_import){ .sha256 = digest },
				       files, 1), -EKEYREJECTED,
			    "its SHA-256 is not the one that was given", UPDATED,
			    "before");
}

static void signatures(void **state)
{
	const struct df_geo_import now_plain = { .now = time(NULL) };
	char *const files[] = { (char *)FRESH };

	clear_root();
	sign_with_new_key(KEY, large, FRESH);
	assert_int_equal(take_files(now_plain, files, 1), 0);
	assert_true(import.fresh->verified);
	assert_same_file(UPDATED, FRESH);
	done();

	/* By somebody else, or by nobody; a digest does not help. */
	sign_with_new_key("other.pem", large, "other.db");
	unlink(UPDATED);
	assert_refused_file(take(now_plain, "other.db"), -EKEYREJECTED,
			    "the signature does not match the key " KEY, UPDATED, NULL);
	write_libloc("other.db", large, NULL);
	assert_refused_file(take(now_plain, "other.db"), -EKEYREJECTED,
			    "the signature does not match the key " KEY, UPDATED, NULL);
}

static void damaged(void **state)
{
	size_t size;
	char *text;

	clear_root();
	write_dated(UPDATED, large, NOW - 2 * DAY, NULL);
	keep_before();
	write_dated(FRESH, large, NOW - DAY, NULL);
	text = read_text(FRESH, &size);
	write_bytes("cut.db", text, size - 20);
	assert_refused_file(take(plain, "cut.db"), -EINVAL,
			    "cut.db: damaged: it is truncated", UPDATED, "before");
	/* The root's branch leads to a node that is not there. */
	memset(text + libloc_u32((uint8_t *)text + LIBLOC_TREE), 0x7f, 4);
	write_bytes("tree.db", text, size);
	assert_refused_file(take(plain, "tree.db"), -EINVAL,
			    "tree.db: damaged: a node refers to a node that is not there",
			    UPDATED, "before");
	write_bytes("short.db", text, 100);
	assert_refused_file(take(plain, "short.db"), -EINVAL,
			    "short.db: damaged: it is truncated", UPDATED, "before");
	free(text);
	write_text("garbage", "garbage");
	assert_refused_file(take(plain, "garbage"), -EINVAL,
			    "garbage: neither a database of libloc nor an MMDB file",
			    UPDATED, "before");
	write_dated("half.db", half, NOW - DAY, NULL);
	assert_refused_file(take(plain, "half.db"), -EINVAL, "half.db: incomplete",
			    UPDATED, "before");
}

static void dates(void **state)
{
	const struct df_geo_import older = { .older = true };

	clear_root();
	write_dated(UPDATED, large, NOW - 2 * DAY, NULL);
	keep_before();
	write_dated(FRESH, large, NOW - 3 * DAY, NULL);
	assert_refused_file(take(plain, FRESH), -ESTALE,
			    FRESH " is of 2026-11-17, and " UPDATED " of 2026-11-18; --older takes it",
			    UPDATED, "before");
	/* Which would not be read beside a newer one. */
	write_dated(PACKAGED, large, NOW - 2 * DAY, NULL);
	assert_refused_file(take(older, FRESH), -ESTALE, "so it would be without effect",
			    UPDATED, "before");
	unlink(PACKAGED);
	write_dated(CARRIED, large, NOW - 2 * DAY, NULL);
	assert_refused_file(take(older, FRESH), -ESTALE, "so it would be without effect",
			    UPDATED, "before");
	unlink(CARRIED);
	assert_int_equal(take(older, FRESH), 0);
	assert_same_file(UPDATED, FRESH);
	done();

	write_dated(FRESH, large, NOW + 2 * DAY, NULL);
	assert_refused_file(take(older, FRESH), -EINVAL, "which is in the future",
			    FRESH, FRESH);
}

static void sizes(void **state)
{
	static const struct {
		const struct loc_net *nets;
		const char *words;
	} cases[] = {
		{ internet, FRESH ": it has 2 IPv4 ranges, and " UPDATED " has 8; --shrunk" },
		{ short6, FRESH ": it has 2 IPv6 ranges, and " UPDATED " has 4; --shrunk" },
		{ poor, FRESH ": it has 4 countries, and " UPDATED " has 6; --shrunk" },
	};
	const struct df_geo_import shrunk = { .shrunk = true };
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		clear_root();
		write_dated(UPDATED, large, NOW - 2 * DAY, NULL);
		keep_before();
		write_dated(FRESH, cases[i].nets, NOW - DAY, NULL);
		assert_refused_file(take(plain, FRESH), -EINVAL, cases[i].words,
				    UPDATED, "before");
		assert_int_equal(take(shrunk, FRESH), 0);
		assert_same_file(UPDATED, FRESH);
		done();
	}
}

/* What cannot be read is no reason to refuse what can. */
static void what_is_there_is_damaged(void **state)
{
	clear_root();
	write_text(UPDATED, "garbage");
	write_dated(FRESH, large, NOW - DAY, NULL);
	assert_int_equal(take(plain, FRESH), 0);
	assert_string_equal(said,
			    "warning: what is installed cannot be read, and is not compared: "
			    UPDATED ": not a libloc database\n");
	assert_same_file(UPDATED, FRESH);
	done();
}

#define PAIR(a, b) ((char *const []){ (char *)(a), (char *)(b) })

static void write_pair(const char *date, const char *country)
{
	char text[256];

	assert_int_equal(system("mkdir -p stick elsewhere"), 0);
	snprintf(text, sizeof(text), "# Generated: %s\n0,2147483647,%s\n", date, country);
	write_text("stick/geoip", text);
	snprintf(text, sizeof(text), "# Generated: %s\n2000::,3fff::,%s\n", date, country);
	write_text("stick/geoip6", text);
	write_text("elsewhere/geoip6", text);
}

static void pair_of_tor(void **state)
{
	char *const *pair = PAIR("stick/geoip", "stick/geoip6");
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	const struct df_geo_import how = { .sha256 = digest };

	clear_root();
	write_tor(GENERATED, "");
	write_pair("Fri, 20 Nov 2026 10:00:00 GMT", "DE");
	digest_of(pair, 2, digest);
	assert_int_equal(take_files(how, PAIR("stick/geoip6", "stick/geoip"), 2), 0);
	assert_same_file(TOR "/geoip", "stick/geoip");
	assert_same_file(TOR "/geoip6", "stick/geoip6");
	done();

	assert_refused_file(take_files(plain, pair, 2), -ENOKEY,
			    "nobody vouches for it: such files have no signature",
			    TOR "/geoip", "stick/geoip");
	assert_refused_file(take_files(how, PAIR("stick/geoip", "elsewhere/geoip6"), 2),
			    -EINVAL, "expected one database, or the files geoip and geoip6 of one folder",
			    TOR "/geoip", "stick/geoip");
	assert_refused_file(take_files(how, PAIR("stick/geoip", "stick/geoip"), 2),
			    -EINVAL, "expected one database", TOR "/geoip", "stick/geoip");
	assert_refused_file(take(plain, "stick/geoip"), -EINVAL, "come as two",
			    TOR "/geoip", "stick/geoip");
	assert_refused_file(take_files(how, PAIR("stick/geoip", "stick/none"), 2), -EINVAL,
			    "expected one database", TOR "/geoip", "stick/geoip");
}

/* Both or none. */
static void second_half_fails(void **state)
{
	char *const *pair = PAIR("stick/geoip", "stick/geoip6");
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	const struct df_geo_import how = { .sha256 = digest };

	clear_root();
	write_tor(GENERATED, "");
	assert_int_equal(system("cp " TOR "/geoip before"), 0);
	/* Nothing can be renamed onto a folder. */
	assert_int_equal(system("rm " TOR "/geoip6; mkdir " TOR "/geoip6"), 0);
	write_pair("Fri, 20 Nov 2026 10:00:00 GMT", "DE");
	digest_of(pair, 2, digest);
	assert_refused_file(take_files(how, pair, 2), -EISDIR, TOR "/geoip6: Is a directory",
			    TOR "/geoip", "before");
	unlink(TOR "/geoip");
	assert_refused_file(take_files(how, pair, 2), -EISDIR, TOR "/geoip6: Is a directory",
			    TOR "/geoip", NULL);
}

static void write_mmdb(const char *path, uint64_t epoch)
{
	const struct mmdb_net nets[] = { { "0.0.0.0/1", "US", 7 } };
	static struct mmdb db;

	memset(&db, 0, sizeof(db));
	db.record_size = 24;
	db.ip_version = 4;
	db.epoch = epoch;
	mmdb_build(&db, nets, 1);
	write_bytes(path, (char *)db.data, db.size);
}

static void where_the_policy_names_it(void **state)
{
	struct df_geo_spec country[] = { MMDB(.path = "own/country.mmdb"), LIBLOC(.path = "own/x.db") };
	struct df_geo_spec operator[] = { MMDB(.path = "own/asn.mmdb") };
	const struct df_policy one = { .country = country, .country_count = 2 };
	const struct df_policy two = { .country = country, .country_count = 2,
				       .operator = operator, .operator_count = 1 };

	clear_root();
	assert_int_equal(system("rm -rf own; mkdir -p stick"), 0);
	write_mmdb("stick/new.mmdb", NOW - DAY);
	assert_refused_file(take(plain, "stick/new.mmdb"), -EINVAL,
			    "no policy names an mmdb source", "own/country.mmdb", NULL);
	assert_refused_file(take((struct df_geo_import){ .policy = &two }, "stick/new.mmdb"),
			    -EINVAL, "several sources of the kind mmdb", "own/country.mmdb",
			    NULL);
	assert_int_equal(take((struct df_geo_import){ .policy = &one }, "stick/new.mmdb"), 0);
	assert_same_file("own/country.mmdb", "stick/new.mmdb");
	done();
	write_mmdb("stick/asn.mmdb", NOW - DAY);
	assert_int_equal(take((struct df_geo_import){ .policy = &two }, "stick/asn.mmdb"), 0);
	assert_same_file("own/asn.mmdb", "stick/asn.mmdb");
	done();

	write_dated(FRESH, half, NOW - DAY, NULL);
	assert_int_equal(take((struct df_geo_import){ .policy = &one }, FRESH), 0);
	assert_same_file("own/x.db", FRESH);
	assert_int_equal(access(UPDATED, F_OK), -1);
	done();
}

/* Two flows that were allowed; one of them would not be with the new data. */
static void make_store(void)
{
	static const struct seen seen[] = {
		{ "app", "allow", "enforce", "tcp", "8.8.8.8", 443, 1, 1000, NULL },
		{ "app", "allow", "enforce", "tcp", "99.0.0.1", 443, 2, 500, NULL },
	};
	const struct df_store_mark mark = { .clean = true };
	struct df_store *store;
	size_t i;

	unlink("store.db");
	assert_int_equal(df_store_open("store.db", &store), 0);
	/* Records begin in front of the flows. */
	for (i = 0; i <= COUNT(seen); i++) {
		json_t *record = i ? end_of(&seen[i - 1]) :
			object("{'type':'policy','time':'2026-11-20T10:00:00.000000000Z','gen':1}");
		char *line = json_dumps(record, JSON_COMPACT);

		assert_int_equal(df_store_append(store, line, strlen(line)), 0);
		free(line);
		json_decref(record);
	}
	assert_int_equal(df_store_commit(store, &mark), 0);
	df_store_close(store);
}

/* Standard output of the command is in the file "out". */
static enum df_exit run(const char *arguments)
{
	const struct cli cli = { .policy = "policy.yaml", .geo.now = NOW };
	char line[1024], *argv[32] = { (char *)"geo" }, *rest = line, *word;
	int argc = 1, saved, fd;
	enum df_exit status;

	snprintf(line, sizeof(line), "import %s", arguments);
	while ((word = strsep(&rest, " ")))
		argv[argc++] = word;
	fflush(stdout);
	saved = dup(1);
	fd = open("out", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	dup2(fd, 1);
	close(fd);
	status = cmd_geo(&cli, argc, argv);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	return status;
}

static void assert_out(const char *words)
{
	size_t size;
	char *text = read_text("out", &size);

	if (!strstr(text, words))
		fail_msg("\"%s\" is not in: %s", words, text);
	free(text);
}

#define OPTIONS FRESH " --geo-root root --store store.db --control none --sha256 "

static void what_if(void **state)
{
	char *const files[] = { (char *)FRESH };
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	char hex[2 * DRONEFENCE_DIGEST_LEN + 1], line[1024];

	clear_root();
	write_text("policy.yaml", HEAD "profiles:\n  p:\n    rules:\n      - allow: [US, CN]\n"
		   "    default: deny\napplications:\n  app: { profile: p }\n");
	write_dated(UPDATED, internet, NOW - 2 * DAY, NULL);
	keep_before();
	write_dated(FRESH, large, NOW - DAY, NULL);
	make_store();
	digest_of(files, 1, digest);
	format_digest(digest, hex);

	/* It is in China now; the new data places it in Germany. */
	snprintf(line, sizeof(line), OPTIONS "%s --what-if", hex);
	assert_int_equal(run(line), DF_EXIT_WOULD_DENY);
	assert_out("99.0.0.1");
	assert_out("allow -> deny, 1 flows, 500 bytes");
	assert_same_file(UPDATED, "before");

	snprintf(line, sizeof(line), OPTIONS "%s", hex);
	assert_int_equal(run(line), DF_EXIT_OK);
	assert_out("libloc of 2026-11-19T00:00:00Z (1 days old) is installed as " UPDATED
		   "; before it was of 2026-11-18T00:00:00Z");
	assert_same_file(UPDATED, FRESH);
	assert_int_equal(run(line), DF_EXIT_OK);
	assert_out("is installed already");
}

static void wrong_use(void **state)
{
	clear_root();
	write_text("policy.yaml", "version: 1\n");
	write_dated(FRESH, large, NOW - DAY, NULL);
	assert_int_equal(run(FRESH " --sha256 12"), DF_EXIT_USAGE);
	assert_int_equal(run("a b c"), DF_EXIT_USAGE);
	assert_int_equal(run("--older"), DF_EXIT_USAGE);
	assert_int_equal(run(FRESH " --geo-root root"), DF_EXIT_GEO);
	assert_int_equal(run("none.db --geo-root root"), DF_EXIT_GEO);
	write_text("policy.yaml", "version: 2\n");
	assert_int_equal(run(FRESH " --geo-root root"), DF_EXIT_POLICY);
	assert_int_equal(access(UPDATED, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(installs_a_database),
		cmocka_unit_test(nobody_vouches),
		cmocka_unit_test(signatures),
		cmocka_unit_test(damaged),
		cmocka_unit_test(dates),
		cmocka_unit_test(sizes),
		cmocka_unit_test(what_is_there_is_damaged),
		cmocka_unit_test(pair_of_tor),
		cmocka_unit_test(second_half_fails),
		cmocka_unit_test(where_the_policy_names_it),
		cmocka_unit_test(what_if),
		cmocka_unit_test(wrong_use),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
