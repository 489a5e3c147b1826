// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every kind of tampering, at the first, a middle and the last record of a
 * store, is found and named.
 */
#include "store_private.h"
#include "store_util.h"

#define RECORDS 50

static const uint64_t places[] = { 1, 25, RECORDS };

#define PLACES (sizeof(places) / sizeof(places[0]))

/* Each case has a store of its own. */
static const char *fresh(void)
{
	static char name[16];
	static int number;

	snprintf(name, sizeof(name), "s%d.db", number++);
	make_store(name, (unsigned int)number, RECORDS);
	assert_intact(name, RECORDS);
	return name;
}

static void assert_fault(const char *name, enum df_store_fault fault,
			 uint64_t number)
{
	struct df_store_report report = verify(name);

	if (report.fault != fault || report.number != number)
		fail_msg("expected fault %d at %llu, found %d at %llu: %s",
			 (int)fault, (unsigned long long)number,
			 (int)report.fault, (unsigned long long)report.number,
			 report.why);
	assert_true(strlen(report.why) > 10);
}

static void finds_an_altered_line(void **state)
{
	size_t i;

	for (i = 0; i < PLACES; i++) {
		const char *name = fresh();

		tamper(name, "UPDATE record SET line=replace(line,'\"pid\":812','\"pid\":813') WHERE number=%d",
		       (int)places[i]);
		assert_fault(name, DF_STORE_ALTERED, places[i]);
	}
}

static void finds_an_altered_hash(void **state)
{
	size_t i;

	for (i = 0; i < PLACES; i++) {
		const char *name = fresh();

		tamper(name, "UPDATE record SET hash=randomblob(32) WHERE number=%d",
		       (int)places[i]);
		assert_fault(name, DF_STORE_ALTERED, places[i]);
		tamper(name, "UPDATE record SET hash=x'00' WHERE number=%d",
		       (int)places[i]);
		assert_fault(name, DF_STORE_ALTERED, places[i]);
	}
}

/* An alterer who knows how hashes are made cannot make that of the next one. */
static void finds_an_altered_line_with_its_hash(void **state)
{
	size_t i;

	for (i = 0; i < PLACES; i++) {
		const char *name = fresh();
		struct df_store_link previous = { 0 };
		char text[DF_STORE_HASH_STRLEN];
		uint8_t hash[DF_STORE_HASH_LEN];
		sqlite3_stmt *row;
		sqlite3 *db;

		sqlite3_open(test_path(name), &db);
		sqlite3_prepare_v2(db, "SELECT hash FROM record WHERE number=?",
				   -1, &row, NULL);
		sqlite3_bind_int(row, 1, (int)places[i] - 1);
		if (sqlite3_step(row) == SQLITE_ROW)
			memcpy(previous.hash, sqlite3_column_blob(row, 0), 32);
		sqlite3_finalize(row);
		sqlite3_close(db);
		tamper(name, "UPDATE record SET line='{\"type\":\"x\"}',time=NULL,boottime=NULL,instance=NULL,seq=NULL,type='x',app=NULL,verdict=NULL,country=NULL,matched=NULL,proto=NULL,saddr=NULL,daddr=NULL,dport=NULL,bytes=NULL WHERE number=%d",
		       (int)places[i]);
		assert_fault(name, DF_STORE_ALTERED, places[i]);
		df_store_hash(previous.hash, places[i], "{\"type\":\"x\"}", 12,
			      hash);
		df_store_hash_text(hash, text);
		tamper(name, "UPDATE record SET hash=x'%s' WHERE number=%d",
		       text, (int)places[i]);
		if (places[i] == RECORDS)
			assert_fault(name, DF_STORE_HEAD, RECORDS);
		else
			assert_fault(name, DF_STORE_ALTERED, places[i] + 1);
	}
}

static void finds_an_altered_column(void **state)
{
	static const char *const sets[] = {
		"time=time+1", "boottime=NULL", "instance='x'", "seq=seq+1",
		"type='loss'", "app='nobody'", "verdict=NULL", "country='XX'",
		"matched=''", "proto='sctp'", "saddr=zeroblob(16)",
		"daddr=x'00'", "dport=dport+1", "bytes=bytes+1",
	};
	size_t i, k;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		for (k = 0; k < PLACES; k++) {
			const char *name = fresh();

			tamper(name, "UPDATE record SET %s WHERE number=%d",
			       sets[i], (int)places[k]);
			assert_fault(name, DF_STORE_COLUMN, places[k]);
		}
}

static void finds_a_removed_record(void **state)
{
	const char *name = fresh();

	tamper(name, "DELETE FROM record WHERE number=1");
	assert_fault(name, DF_STORE_FRONT, 1);
	name = fresh();
	tamper(name, "DELETE FROM record WHERE number=25");
	assert_fault(name, DF_STORE_REMOVED, 25);
	name = fresh();
	tamper(name, "DELETE FROM record WHERE number=50");
	assert_fault(name, DF_STORE_TAIL, RECORDS);
	name = fresh();
	tamper(name, "DELETE FROM record");
	assert_fault(name, DF_STORE_TAIL, 1);
}

/* The gap is closed. */
static void finds_a_removed_record_by_the_next(void **state)
{
	const char *name = fresh();

	tamper(name, "DELETE FROM record WHERE number=25;"
	       "UPDATE record SET number=-number WHERE number>25;"
	       "UPDATE record SET number=-number-1 WHERE number<0;"
	       "UPDATE chain SET head=head-1");
	assert_fault(name, DF_STORE_ALTERED, 25);
}

static const char copy_columns[] =
	"time,boottime,instance,seq,type,app,verdict,country,matched,proto,saddr,daddr,dport,bytes,line,hash";

static void finds_an_inserted_record(void **state)
{
	const char *name = fresh();

	tamper(name, "INSERT INTO record(number,%s) SELECT 0,%s FROM record WHERE number=3",
	       copy_columns, copy_columns);
	assert_fault(name, DF_STORE_INSERTED, 0);
	name = fresh();
	tamper(name, "INSERT INTO record(number,%s) SELECT -5,%s FROM record WHERE number=3",
	       copy_columns, copy_columns);
	assert_int_not_equal(verify(name).fault, DF_STORE_INTACT);
	name = fresh();
	tamper(name, "INSERT INTO record(number,%s) SELECT 51,%s FROM record WHERE number=3",
	       copy_columns, copy_columns);
	assert_fault(name, DF_STORE_INSERTED, RECORDS + 1);
	name = fresh();
	tamper(name, "UPDATE record SET number=-number WHERE number>=25;"
	       "UPDATE record SET number=1-number WHERE number<0;"
	       "INSERT INTO record(number,%s) SELECT 25,%s FROM record WHERE number=3;"
	       "UPDATE chain SET head=head+1", copy_columns, copy_columns);
	assert_fault(name, DF_STORE_ALTERED, 25);
}

static void finds_swapped_records(void **state)
{
	static const int pairs[][2] = { { 1, 2 }, { 25, 26 }, { 49, 50 }, { 1, 50 } };
	size_t i;

	for (i = 0; i < 4; i++) {
		const char *name = fresh();

		tamper(name, "UPDATE record SET number=-1 WHERE number=%d;"
		       "UPDATE record SET number=%d WHERE number=%d;"
		       "UPDATE record SET number=%d WHERE number=-1",
		       pairs[i][0], pairs[i][0], pairs[i][1], pairs[i][1]);
		assert_fault(name, DF_STORE_ALTERED, (uint64_t)pairs[i][0]);
	}
}

static void finds_a_cut_tail(void **state)
{
	const char *name = fresh();
	struct df_store_link kept = verify(name).head;
	struct df_store_report report;

	tamper(name, "DELETE FROM record WHERE number>40");
	assert_fault(name, DF_STORE_TAIL, 41);
	/* With the head made to fit, only a head of another log tells. */
	tamper(name, "UPDATE chain SET head=40,head_hash=(SELECT hash FROM record WHERE number=40)");
	assert_intact(name, 40);
	report = verify_with(name, &kept);
	assert_int_equal(report.fault, DF_STORE_OTHER_HEAD);
	assert_int_equal(report.number, 41);
	kept.number = 0;
	report = verify_with(name, &kept);
	assert_int_equal(report.fault, DF_STORE_OTHER_HEAD);
}

static void finds_a_cut_front(void **state)
{
	const char *name = fresh();

	tamper(name, "DELETE FROM record WHERE number<=10");
	assert_fault(name, DF_STORE_FRONT, 1);
	name = fresh();
	tamper(name, "UPDATE chain SET anchor=10,anchor_hash=(SELECT hash FROM record WHERE number=10);"
	       "DELETE FROM record WHERE number<=10");
	assert_fault(name, DF_STORE_FRONT, 10);
	name = fresh();
	tamper(name, "UPDATE chain SET anchor=10,anchor_hash=(SELECT hash FROM record WHERE number=10)");
	assert_fault(name, DF_STORE_INSERTED, 1);
}

static void finds_an_altered_head(void **state)
{
	const char *name = fresh();

	tamper(name, "UPDATE chain SET head=head+1");
	assert_fault(name, DF_STORE_TAIL, RECORDS + 1);
	name = fresh();
	tamper(name, "UPDATE chain SET head=head-1");
	assert_fault(name, DF_STORE_INSERTED, RECORDS);
	name = fresh();
	tamper(name, "UPDATE chain SET head_hash=randomblob(32)");
	assert_fault(name, DF_STORE_HEAD, RECORDS);
	name = fresh();
	tamper(name, "UPDATE chain SET head_hash=x''");
	assert_fault(name, DF_STORE_HEAD, 0);
	name = fresh();
	tamper(name, "DELETE FROM chain");
	assert_fault(name, DF_STORE_HEAD, 0);
	name = fresh();
	tamper(name, "UPDATE chain SET anchor_hash=randomblob(32)");
	assert_fault(name, DF_STORE_ALTERED, 1);
}

static void takes_a_head_of_another_log(void **state)
{
	const char *name = fresh();
	struct df_store_link kept = verify(name).head, wrong;

	assert_int_equal(verify_with(name, &kept).fault, DF_STORE_INTACT);
	wrong = kept;
	wrong.hash[31] ^= 1;
	assert_int_equal(verify_with(name, &wrong).fault, DF_STORE_OTHER_HEAD);
	wrong.number = 0;
	assert_int_equal(verify_with(name, &wrong).fault, DF_STORE_OTHER_HEAD);
	kept.number = 0;
	assert_int_equal(verify_with(name, &kept).fault, DF_STORE_INTACT);
}

/* The whole chain made anew, as root can. */
static void finds_a_chain_made_anew_by_a_head(void **state)
{
	struct df_store_link kept;

	make_store("old.db", 1, RECORDS);
	kept = verify("old.db").head;
	make_store("new.db", 2, RECORDS);
	assert_intact("new.db", RECORDS);
	assert_int_equal(verify_with("new.db", &kept).fault, DF_STORE_OTHER_HEAD);
	make_store("longer.db", 2, RECORDS + 7);
	assert_int_equal(verify_with("longer.db", &kept).fault,
			 DF_STORE_OTHER_HEAD);
	assert_int_equal(verify_with("longer.db", &kept).number, RECORDS);
}

/* Records that an index does not have are not found by a query. */
static void finds_an_altered_index(void **state)
{
	const char *name = fresh();

	tamper(name, "PRAGMA writable_schema=ON;"
	       "UPDATE sqlite_schema SET sql='CREATE INDEX by_app ON record(app) WHERE app IS NULL' WHERE name='by_app'");
	tamper(name, "REINDEX by_app");
	tamper(name, "PRAGMA writable_schema=ON;"
	       "UPDATE sqlite_schema SET sql='CREATE INDEX by_app ON record(app) WHERE app IS NOT NULL' WHERE name='by_app'");
	assert_fault(name, DF_STORE_FILE, 0);
}

static void takes_no_views_and_triggers(void **state)
{
	struct df_store_reader *reader;
	struct df_store *store;
	const char *name = fresh();

	tamper(name, "ALTER TABLE record RENAME TO hidden;"
	       "CREATE VIEW record AS SELECT * FROM hidden WHERE number<>3");
	assert_int_equal(df_store_read(test_path(name), &reader), -EUCLEAN);
	assert_non_null(strstr(df_store_read_error(reader), "not a store"));
	df_store_read_end(reader);
	name = fresh();
	tamper(name, "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record WHERE number=1; END");
	assert_int_equal(df_store_open(test_path(name), &store), -EUCLEAN);
	assert_null(store);
}

/* Any page overwritten: never intact, never a crash. */
static void survives_a_damaged_file(void **state)
{
	unsigned int seed = 5;
	struct stat st;
	int i;

	for (i = 0; i < 60; i++) {
		const char *name = fresh();
		struct df_store_reader *reader;
		struct df_store_report report;
		char junk[512];
		int fd, k, err;
		off_t at;

		for (k = 0; k < (int)sizeof(junk); k++)
			junk[k] = (char)rand_r(&seed);
		fd = open(test_path(name), O_RDWR);
		assert_int_equal(fstat(fd, &st), 0);
		at = rand_r(&seed) % (st.st_size / 512) * 512;
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), 512);
		close(fd);
		err = df_store_read(test_path(name), &reader);
		if (!err)
			err = df_store_verify(reader, NULL, &report);
		/* A page that is not in use has nothing to be damaged. */
		if (!err && !report.fault)
			assert_int_equal(report.count, RECORDS);
		df_store_read_end(reader);
	}
}

static void reads_no_other_files(void **state)
{
	struct df_store_reader *reader;
	sqlite3 *db;

	write_file("text", "this is not a database, and it is long enough to look at, is it not, even if it is of no use to anybody at all");
	assert_int_equal(df_store_read(test_path("text"), &reader), -EUCLEAN);
	df_store_read_end(reader);
	assert_int_equal(df_store_read(test_path("none"), &reader), -ENOENT);
	df_store_read_end(reader);
	sqlite3_open(test_path("other.db"), &db);
	sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(df_store_read(test_path("other.db"), &reader), -EUCLEAN);
	df_store_read_end(reader);
	make_store("newer.db", 1, 3);
	tamper("newer.db", "PRAGMA user_version=2");
	assert_int_equal(df_store_read(test_path("newer.db"), &reader),
			 -EPROTONOSUPPORT);
	df_store_read_end(reader);
}

#define STORE_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, make_test_dir, remove_test_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(finds_an_altered_line),
		STORE_TEST(finds_an_altered_hash),
		STORE_TEST(finds_an_altered_line_with_its_hash),
		STORE_TEST(finds_an_altered_column),
		STORE_TEST(finds_a_removed_record),
		STORE_TEST(finds_a_removed_record_by_the_next),
		STORE_TEST(finds_an_inserted_record),
		STORE_TEST(finds_swapped_records),
		STORE_TEST(finds_a_cut_tail),
		STORE_TEST(finds_a_cut_front),
		STORE_TEST(finds_an_altered_head),
		STORE_TEST(takes_a_head_of_another_log),
		STORE_TEST(finds_a_chain_made_anew_by_a_head),
		STORE_TEST(finds_an_altered_index),
		STORE_TEST(takes_no_views_and_triggers),
		STORE_TEST(survives_a_damaged_file),
		STORE_TEST(reads_no_other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
