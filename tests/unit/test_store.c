// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's store: what it holds, after ends in order and by a kill, when
 * there is no room, no right to write or no sense in the file; and what becomes
 * of old records.
 */
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <syslog.h>

#include "forward.h"
#include "store_util.h"

/* Only a test that fails waits so long. */
#define STEP_MS 10
#define PATIENCE_STEPS 3000

static struct df_options options;
static struct df_forward fwd;
static struct df_tracker tracker;

static int open_all(void **state)
{
	int err = make_test_dir(state);

	options = (struct df_options){
		.sink = DF_SINK_NONE,
		.json = strdup(test_path("log.json")),
		.store = strdup(test_path("store.db")),
		.state_dir = strdup(test_path("state")),
	};
	return err;
}

static int close_all(void **state)
{
	df_forward_free(&fwd);
	memset(&fwd, 0, sizeof(fwd));
	fwd.wait = -1;
	fwd.lock = -1;
	free((char *)options.json);
	free((char *)options.store);
	free((char *)options.state_dir);
	return remove_test_dir(state);
}

static struct df_sink *store_sink(void)
{
	return &fwd.outlets[fwd.count - 1].sink;
}

static void begin_at(uint64_t event_next)
{
	assert_int_equal(df_forward_init(&fwd, &options), 0);
	tracker = (struct df_tracker){ .instance = INSTANCE };
	df_forward_resume(&fwd, &tracker, event_next);
}

static void end(void)
{
	df_forward_free(&fwd);
	memset(&fwd, 0, sizeof(fwd));
	fwd.wait = -1;
	fwd.lock = -1;
}

/* Let the writer take what there is; it may be slow, but not for ever. */
static void settle(void)
{
	struct df_sink *sink = store_sink();
	int i;

	for (i = 0; i < PATIENCE_STEPS; i++) {
		df_forward_deliver(&fwd);
		if (!sink->keep.ending && !sink->blocked &&
		    (sink->fd < 0 || sink->keep.attached))
			return;
		df_sink_wait(sink, STEP_MS);
	}
	fail_msg("the writer takes no records");
}

static void feed(uint64_t first, uint64_t last)
{
	put(&fwd.backlog, first, last);
	tracker.next = last + 1;
	settle();
}

static void without_json(void)
{
	free((char *)options.json);
	options.json = NULL;
}

/* Have what the writer took on the disk. */
static void commit(void)
{
	int i;

	for (i = 0; i < PATIENCE_STEPS; i++) {
		df_forward_commit(&fwd, false);
		df_sink_wait(store_sink(), STEP_MS);
		settle();
		if (df_sink_is_safe(store_sink()))
			return;
	}
	fail_msg("the writer puts nothing on the disk");
}

/* As if a second had gone by, and then some. */
static void tick(void)
{
	size_t i;

	for (i = 0; i < fwd.count; i++)
		fwd.outlets[i].retry = 0;
	commit();
	settle();
	commit();
	settle();
	commit();
}

/* Whoever begins after a kill waits for what the writer still had to do. */
static void wait_for_writer(void)
{
	char lock[PATH_MAX];
	int fd;

	snprintf(lock, sizeof(lock), "%s-lock", options.store);
	fd = open(lock, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	assert_int_equal(flock(fd, LOCK_EX), 0);
	close(fd);
}

/* With what was set meanwhile. */
static void reopen(void)
{
	df_sink_close(store_sink());
	fwd.outlets[fwd.count - 1].retry = 0;
	settle();
}

struct found {
	uint64_t count;
	uint64_t next_seq;
	bool in_order;
	char text[65536];
	size_t used;
};

static int note_record(const struct df_store_record *record, void *arg)
{
	struct found *found = arg;
	const char *seq;
	char line[4096];

	assert_true(record->length < sizeof(line));
	memcpy(line, record->line, record->length);
	line[record->length] = '\0';
	seq = strstr(line, "\"seq\":");
	if (seq) {
		found->in_order &= strtoull(seq + 6, NULL, 10) == found->next_seq;
		found->next_seq++;
	}
	if (found->used + record->length + 2 < sizeof(found->text))
		found->used += (size_t)sprintf(found->text + found->used,
					       "%s\n", line);
	found->count++;
	return 0;
}

static struct df_store_filter all(void)
{
	return (struct df_store_filter){
		.since = INT64_MIN, .until = INT64_MAX, .port = -1,
	};
}

static struct found *query(const char *path, const struct df_store_filter *filter)
{
	static struct found found;
	struct df_store_reader *reader;

	found = (struct found){ .next_seq = 1, .in_order = true };
	assert_int_equal(df_store_read(path, &reader), 0);
	assert_int_equal(df_store_query(reader, filter, note_record, &found), 0);
	df_store_read_end(reader);
	return &found;
}

static struct found *query_all(void)
{
	struct df_store_filter filter = all();

	return query(options.store, &filter);
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}

static void assert_said(const char *what, size_t count)
{
	char *json = read_whole("log.json");

	if (count_of(json, what) != count)
		fail_msg("not in the log %zu times: %s\nbut:\n%s", count, what,
			 json);
	free(json);
}

static void keeps_what_the_json_file_has(void **state)
{
	struct found *found;
	struct stat st;
	char *json;

	begin_at(1);
	feed(1, 100);
	tick();
	assert_intact("store.db", verify("store.db").head.number);
	found = query_all();
	json = read_whole("log.json");
	/* All but the first record, which is about the store itself. */
	assert_int_equal(strncmp(found->text, "{\"v\":1,\"type\":\"store\",\"time\":\"", 30), 0);
	assert_non_null(strstr(found->text, "\"store\":\"begun\","));
	assert_int_equal(found->next_seq, 101);
	assert_true(found->in_order);
	assert_int_equal(strncmp(strchr(found->text, '\n') + 1, json,
				 strlen(json)), 0);
	free(json);
	assert_int_equal(stat(options.store, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	end();
	assert_intact("store.db", verify("store.db").head.number);
}

/* The cursor is kept with the records, in one transaction. */
static void goes_on_where_it_was(void **state)
{
	uint64_t head;

	begin_at(1);
	feed(1, 5);
	end();
	head = verify("store.db").head.number;
	begin_at(8);
	assert_int_equal(tracker.next, 6);
	feed(6, 7);
	end();
	assert_intact("store.db", head + 2);
	assert_true(query_all()->in_order);
	assert_null(strstr(query_all()->text, "\"store\":\"unclean\""));

	/* Whatever the state file says. */
	write_file("state/state.json", "{\"version\": 1, \"sinks\": {}}");
	without_json();
	begin_at(9);
	assert_int_equal(tracker.next, 8);
	end();
}

static void commits_within_a_second(void **state)
{
	int i;

	begin_at(1);
	feed(1, 10);
	/* Not yet on the disk, so not yet in the state. */
	assert_int_equal(query_all()->count, 1);
	assert_int_equal(store_sink()->cursor.next, 11);
	assert_false(store_sink()->keep.safe.known);
	tick();
	assert_int_equal(store_sink()->keep.safe.next, 11);
	assert_true(query_all()->count >= 11);
	/* Many do not wait for that second. */
	feed(11, 3000);
	for (i = 0; i < PATIENCE_STEPS && query_all()->count <= 2000; i++)
		usleep(STEP_MS * 1000);
	assert_true(query_all()->count > 2000);
	tick();
	assert_intact("store.db", verify("store.db").head.number);
}

/* A kill may come before there is a store. */
static bool is_begun(void)
{
	struct df_store_reader *reader;
	int err = df_store_read(options.store, &reader);

	df_store_read_end(reader);
	return !err;
}

/* A writer that is killed while it writes, again and again. */
static void survives_a_kill(void **state)
{
	uint64_t known = 0;
	int i, done[2];
	char byte;

	without_json();
	for (i = 0; i < 12; i++) {
		struct df_store_report report;
		struct found *found;
		pid_t pid;

		assert_int_equal(pipe(done), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			uint64_t next;

			begin_at(known + 1);
			next = tracker.next;
			for (;; next += 50) {
				feed(next, next + 49);
				tick();
				if (write(done[1], "", 1) != 1)
					_exit(1);
			}
		}
		close(done[1]);
		/* Every other one has written something, however slow the disk is. */
		if (i % 2)
			assert_int_equal(read(done[0], &byte, 1), 1);
		usleep(200000 + 17000 * (useconds_t)i);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		close(done[0]);
		wait_for_writer();
		if (!known && !is_begun())
			continue;
		report = verify("store.db");
		if (report.fault)
			fail_msg("after kill %d: %s", i, report.why);
		found = query_all();
		/* Each event once, none is missing: the cursor is right. */
		assert_true(found->in_order);
		assert_true(found->next_seq >= known + 1);
		known = found->next_seq - 1;
	}
	assert_true(known > 100);
	begin_at(known + 1);
	assert_int_equal(tracker.next, known + 1);
	end();
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
	assert_true(count_of(query_all()->text, "\"store\":\"unclean\"") > 0 ||
		    query_all()->used > 60000);
}

static void says_that_the_end_was_not_clean(void **state)
{
	pid_t pid = fork();
	struct found *found;

	if (!pid) {
		begin_at(1);
		feed(1, 3);
		tick();
		feed(4, 6);
		/* As if the power were off. */
		kill(store_sink()->keep.pid, SIGKILL);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	wait_for_writer();
	begin_at(7);
	assert_int_equal(tracker.next, 4);
	feed(4, 6);
	end();
	found = query_all();
	assert_int_equal(count_of(found->text, "\"store\":\"unclean\",\"number\":"), 1);
	assert_int_equal(found->next_seq, 7);
	assert_true(found->in_order);
	/* That end was. */
	begin_at(7);
	end();
	assert_int_equal(count_of(query_all()->text, "\"store\":\"unclean\""), 1);
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

static void limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	if (store_sink()->keep.pid)
		assert_int_equal(prlimit(store_sink()->keep.pid, RLIMIT_FSIZE,
					 &limit, NULL), 0);
}

static void survives_a_full_disk(void **state)
{
	struct found *found;
	char *json;

	begin_at(1);
	feed(1, 10);
	tick();
	/* Enough for the JSON file, not for the store. */
	limit_files(250000);
	feed(11, 300);
	tick();
	tick();
	limit_files(RLIM_INFINITY);
	/* The others go on, and tell. */
	json = read_whole("log.json");
	assert_non_null(strstr(json, "\"message\":\"sink store:"));
	free(json);
	assert_false(df_sink_is_open(store_sink()));
	/* Still in the backlog: nothing is lost. */
	tick();
	feed(301, 310);
	tick();
	end();
	found = query_all();
	assert_true(found->in_order);
	assert_int_equal(found->next_seq, 311);
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
	/* The daemon did not end, only the store did. */
	assert_null(strstr(found->text, "\"store\":\"unclean\""));
}

static void records_what_it_lost(void **state)
{
	struct df_store_filter filter = all();

	without_json();
	begin_at(1);
	feed(1, 10);
	tick();
	limit_files(250000);
	feed(11, 1500);
	tick();
	feed(1501, 9000);
	feed(9001, 12000);
	limit_files(RLIM_INFINITY);
	tick();
	end();
	filter.type = "loss";
	assert_int_equal(query(options.store, &filter)->count, 1);
	assert_non_null(strstr(query(options.store, &filter)->text,
			       "\"cause\":\"sink\",\"count\":"));
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
	filter = all();
	filter.type = "verdict";
	/* Lost and kept together are all of them. */
	assert_true(query(options.store, &filter)->count >= 8000);
}

/* Root may write anywhere, so a folder that is not there stands for it too. */
static void survives_a_folder_that_is_not_there(void **state)
{
	free((char *)options.store);
	options.store = strdup(test_path("there/store.db"));
	begin_at(1);
	feed(1, 10);
	tick();
	tick();
	assert_said("/there/store.db: No such file or directory\"", 1);
	assert_int_equal(mkdir(test_path("there"), 0700), 0);
	tick();
	end();
	assert_int_equal(query_all()->next_seq, 11);
	assert_int_equal(verify("there/store.db").fault, DF_STORE_INTACT);
}

static void survives_a_read_only_folder(void **state)
{
	pid_t pid;
	int status;

	assert_int_equal(mkdir(test_path("ro"), 0755), 0);
	free((char *)options.store);
	options.store = strdup(test_path("ro/store.db"));
	assert_int_equal(chmod(test_path("ro"), 0555), 0);
	assert_int_equal(chmod(test_dir, 0777), 0);
	pid = fork();
	if (!pid) {
		if (!getuid() && setuid(65534))
			_exit(1);
		begin_at(1);
		feed(1, 10);
		tick();
		tick();
		_exit(df_sink_is_open(store_sink()) ? 2 : 0);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_said("/ro/store.db: Permission denied\"", 1);
}

static void puts_a_damaged_store_aside(void **state)
{
	struct found *found;
	char *p, aside[300];

	write_file("store.db", "this is no database, and it is more than a hundred bytes long, so that SQLite has something to look at when it opens it");
	begin_at(1);
	feed(1, 5);
	end();
	found = query_all();
	assert_int_equal(found->next_seq, 6);
	p = strstr(found->text, "\"store\":\"begun\",\"file\":\"");
	assert_non_null(p);
	snprintf(aside, sizeof(aside), "%.*s", (int)strcspn(p + 24, "\""),
		 p + 24);
	assert_non_null(strstr(aside, "/store.db.damaged-20"));
	assert_int_equal(access(aside, R_OK), 0);
	p = read_whole(strrchr(aside, '/') + 1);
	assert_int_equal(strncmp(p, "this is no database", 19), 0);
	free(p);
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

/* Its chain is not gone on with, and stays for those who want to know. */
static void puts_a_cut_store_aside(void **state)
{
	begin_at(1);
	feed(1, 20);
	tick();
	end();
	tamper("store.db", "DELETE FROM record WHERE number>10");
	begin_at(21);
	feed(21, 22);
	end();
	assert_non_null(strstr(query_all()->text, "\"store\":\"begun\",\"file\":\""));
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
	assert_int_equal(verify("store.db").head.number, 3);
}

static void begins_anew_when_the_file_is_taken_away(void **state)
{
	begin_at(1);
	feed(1, 5);
	tick();
	assert_int_equal(rename(options.store, test_path("taken.db")), 0);
	unlink(test_path("store.db-wal"));
	unlink(test_path("store.db-shm"));
	tick();
	feed(6, 9);
	tick();
	tick();
	end();
	assert_non_null(strstr(query_all()->text, "\"store\":\"begun\""));
	assert_non_null(strstr(query_all()->text, "\"seq\":9,"));
	assert_said("/store.db: Stale file handle\"", 1);
	/* Both heads were told. */
	assert_said("\"store\":\"checkpoint\"", 2);
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

static void lets_only_one_write(void **state)
{
	struct df_store *second;

	begin_at(1);
	assert_int_equal(df_store_open(options.store, &second), -EBUSY);
	assert_null(second);
	end();
	assert_int_equal(df_store_open(options.store, &second), 0);
	df_store_close(second);
}

static void deletes_what_is_too_old(void **state)
{
	struct df_store_report report;
	struct df_store_filter filter = all();

	/* The records of the tests are of 2026, the clock may be anywhere. */
	options.store_days = 1;
	begin_at(1);
	store_sink()->keep.age = (int64_t)((uint64_t)time(NULL) * 1000000000u -
					   TEST_TIME) - 1000000000;
	if (store_sink()->keep.age <= 0)
		store_sink()->keep.age = 1;
	reopen();
	feed(1, 5000);
	end();
	begin_at(5001);
	store_sink()->keep.age = 1;
	reopen();
	feed(5001, 5002);
	tick();
	tick();
	tick();
	report = verify("store.db");
	assert_int_equal(report.fault, DF_STORE_INTACT);
	if (TEST_TIME / 1000000000u < (uint64_t)time(NULL))
		assert_true(report.anchor.number > 4000);
	filter.type = "store";
	assert_true(report.anchor.number == 0 ||
		    strstr(query(options.store, &filter)->text,
			   "\"store\":\"cut\",\"count\":"));
	end();
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

static int64_t pragma(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *row;
	int64_t number;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	number = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return number;
}

/* As df_store_size(), from outside. */
static int64_t size_of_store(void)
{
	int64_t size;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(options.store, &db), SQLITE_OK);
	size = (pragma(db, "PRAGMA page_count") -
		pragma(db, "PRAGMA freelist_count")) *
	       pragma(db, "PRAGMA page_size");
	sqlite3_close(db);
	return size;
}

static void stays_below_its_size(void **state)
{
	struct df_store_report report;
	uint64_t next;

	options.store_size = 2;
	begin_at(1);
	for (next = 1; next < 12000; next += 500) {
		feed(next, next + 499);
		tick();
		assert_true(size_of_store() < 4 << 20);
	}
	for (next = 0; next < 8; next++)
		tick();
	assert_true(size_of_store() <= 2 << 20);
	report = verify("store.db");
	if (report.fault)
		fail_msg("not intact: %s", report.why);
	assert_true(report.anchor.number > 1000);
	assert_true(report.count > 500);
	end();

	/* Who deletes more than the record of the cut says is found. */
	tamper("store.db", "UPDATE chain SET anchor=anchor+1,anchor_hash=(SELECT hash FROM record WHERE number=anchor+1);"
	       "DELETE FROM record WHERE number<=(SELECT anchor FROM chain)");
	report = verify("store.db");
	assert_int_equal(report.fault, DF_STORE_FRONT);
}

static void tells_the_others_of_its_head(void **state)
{
	struct df_store_link kept = { 0 };
	char *json, *p;

	begin_at(1);
	feed(1, 20);
	tick();
	assert_said("\"store\":\"checkpoint\"", 1);
	json = read_whole("log.json");
	p = strstr(json, "\"store\":\"checkpoint\",\"number\":21,\"hash\":\"");
	assert_non_null(p);
	p = strstr(p, "\"hash\":\"") + 8;
	p[64] = '\0';
	assert_int_equal(df_store_hash_parse(p, kept.hash), 0);
	free(json);
	kept.number = 21;
	assert_int_equal(verify_with("store.db", &kept).fault, DF_STORE_INTACT);
	/* Not with each second, and not because of itself. */
	tick();
	tick();
	feed(21, 30);
	tick();
	assert_said("\"store\":\"checkpoint\"", 1);
	feed(31, 1100);
	tick();
	assert_said("\"store\":\"checkpoint\"", 2);
	/* The last head of all. */
	df_forward_message(&fwd, LOG_INFO, "stopped");
	df_forward_deliver(&fwd);
	df_forward_commit(&fwd, true);
	df_forward_deliver(&fwd);
	assert_said("\"store\":\"checkpoint\"", 3);
	end();
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

static void is_read_while_it_is_written(void **state)
{
	struct df_store_filter filter = all();
	struct df_store_reader *reader;
	struct df_store_report report;
	struct found found = { .next_seq = 1, .in_order = true };

	begin_at(1);
	feed(1, 100);
	tick();
	assert_int_equal(df_store_read(options.store, &reader), 0);
	feed(101, 200);
	assert_int_equal(df_store_verify(reader, NULL, &report), 0);
	assert_int_equal(report.fault, DF_STORE_INTACT);
	tick();
	assert_int_equal(df_store_query(reader, &filter, note_record, &found), 0);
	assert_int_equal(found.next_seq, 201);
	df_store_read_end(reader);
	end();
}

/* A writer that waits for its disk, and for how long nobody knows. */
static void lets_a_slow_disk_wait(void **state)
{
	struct df_store_filter filter = all();
	char *json, *p;
	uint64_t kept;
	int i;

	begin_at(1);
	feed(1, 10);
	tick();
	assert_int_equal(kill(store_sink()->keep.pid, SIGSTOP), 0);
	for (i = 0; i < 200; i++) {
		put(&fwd.backlog, 11 + 100 * i, 110 + 100 * i);
		tracker.next = 111 + 100 * i;
		df_forward_deliver(&fwd);
		df_forward_commit(&fwd, false);
	}
	/* The others have everything by now. */
	assert_int_equal(fwd.outlets[0].sink.cursor.next, 20011);
	assert_true(store_sink()->blocked);
	assert_int_equal(store_sink()->keep.safe.next, 11);
	assert_int_equal(query_all()->next_seq, 11);

	/* What it has no room for is counted, not lost without a word. */
	assert_int_equal(kill(store_sink()->keep.pid, SIGCONT), 0);
	settle();
	tick();
	filter.type = "loss";
	assert_int_equal(query(options.store, &filter)->count, 1);
	p = strstr(query(options.store, &filter)->text, "\"cause\":\"sink\",\"count\":");
	assert_non_null(p);
	kept = 20010 - strtoull(p + 23, NULL, 10);
	filter.type = "verdict";
	assert_int_equal(query(options.store, &filter)->count, kept);
	assert_true(kept > DF_FORWARD_BACKLOG);
	json = read_whole("log.json");
	assert_int_equal(count_of(json, "\"type\":\"verdict\""), 20010);
	assert_int_equal(count_of(json, "\"type\":\"loss\""), 0);
	free(json);
	end();
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

/* Nor does the daemon wait when it is told to open its logs anew. */
static void is_reopened_while_the_disk_is_slow(void **state)
{
	begin_at(1);
	feed(1, 10);
	tick();
	assert_int_equal(kill(store_sink()->keep.pid, SIGSTOP), 0);
	feed(11, 20);
	df_forward_reopen(&fwd);
	put(&fwd.backlog, 21, 30);
	tracker.next = 31;
	df_forward_deliver(&fwd);
	assert_int_equal(fwd.outlets[0].sink.cursor.next, 31);
	assert_int_equal(query_all()->next_seq, 11);
	assert_int_equal(kill(store_sink()->keep.pid, SIGCONT), 0);
	tick();
	end();
	assert_int_equal(query_all()->next_seq, 31);
	assert_true(query_all()->in_order);
	assert_null(strstr(query_all()->text, "\"store\":\"unclean\""));
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

static void goes_on_when_the_writer_dies(void **state)
{
	pid_t pid;

	begin_at(1);
	feed(1, 10);
	tick();
	feed(11, 20);
	pid = store_sink()->keep.pid;
	assert_int_equal(kill(pid, SIGKILL), 0);
	feed(21, 30);
	tick();
	tick();
	assert_true(store_sink()->keep.pid && store_sink()->keep.pid != pid);
	end();
	assert_int_equal(query_all()->next_seq, 31);
	assert_true(query_all()->in_order);
	assert_said("/store.db: Broken pipe\"", 1);
	assert_int_equal(count_of(query_all()->text, "\"store\":\"unclean\""), 1);
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

/* The daemon is killed, and its writer is slow: who comes next waits for it. */
static void waits_for_the_writer_before(void **state)
{
	pid_t pid = fork();

	if (!pid) {
		begin_at(1);
		feed(1, 3);
		tick();
		pid = store_sink()->keep.pid;
		kill(pid, SIGSTOP);
		feed(4, 6);
		if (!fork()) {
			/* The daemon's lock among them. */
			closefrom(3);
			usleep(300000);
			kill(pid, SIGCONT);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	begin_at(7);
	assert_int_equal(tracker.next, 7);
	end();
	assert_int_equal(query_all()->next_seq, 7);
	assert_true(query_all()->in_order);
	assert_int_equal(count_of(query_all()->text, "\"store\":\"unclean\""), 1);
	assert_int_equal(verify("store.db").fault, DF_STORE_INTACT);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long resident_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static int count_record(const struct df_store_record *record, void *arg)
{
	++*(uint64_t *)arg;
	return 0;
}

static void time_query(const char *name, const struct df_store_filter *filter)
{
	struct df_store_reader *reader;
	double begin = seconds();
	uint64_t count = 0;

	assert_int_equal(df_store_read(test_path("store.db"), &reader), 0);
	assert_int_equal(df_store_query(reader, filter, count_record, &count), 0);
	df_store_read_end(reader);
	printf("# %-28s %8.3f s  %llu records, %ld KiB\n", name,
	       seconds() - begin, (unsigned long long)count, resident_kib());
}

/* How long things take with many records; nothing is judged. */
static void measure(uint64_t records)
{
	struct df_store_filter filter = all();
	double begin = seconds();
	struct df_store *store;
	uint64_t size, i;
	unsigned int seed = 1;
	struct df_buffer buffer;
	struct df_store_mark mark = { .clean = true };

	assert_int_equal(df_store_open(test_path("store.db"), &store), 0);
	for (i = 1; i <= records; i++) {
		struct df_record record = random_record(&seed, i);

		line_of(&record, &buffer);
		df_store_append(store, buffer.data, buffer.length);
		if (i % 1024 == 0)
			assert_int_equal(df_store_commit(store, &mark), 0);
	}
	assert_int_equal(df_store_commit(store, &mark), 0);
	assert_int_equal(df_store_size(store, &size), 0);
	df_store_close(store);
	printf("# %-28s %8.3f s  %llu MiB\n", "insert", seconds() - begin,
	       (unsigned long long)size >> 20);
	begin = seconds();
	assert_intact("store.db", records);
	printf("# %-28s %8.3f s  %ld KiB\n", "verify", seconds() - begin,
	       resident_kib());
	time_query("everything", &filter);
	filter.limit = 20;
	filter.reverse = true;
	time_query("newest 20", &filter);
	filter = all();
	filter.application = "app1";
	filter.verdict = "deny";
	filter.country = "CN";
	time_query("application, verdict, country", &filter);
	filter = all();
	filter.since = (int64_t)(TEST_TIME + (records - 3600) * 1000000000u);
	time_query("the last hour", &filter);
	filter = all();
	filter.net = true;
	memset(filter.first + 10, 0xff, 2);
	memcpy(filter.first + 12, "\x2f\x5b\xa1\0", 4);
	memcpy(filter.last, filter.first, sizeof(filter.last));
	filter.last[15] = 0xff;
	time_query("a network", &filter);
	filter = all();
	filter.port = 443;
	time_query("a port", &filter);
}

#define STORE_TEST(fn) cmocka_unit_test_setup_teardown(fn, open_all, close_all)

/* With --long RECORDS it is no test but measures. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(keeps_what_the_json_file_has),
		STORE_TEST(goes_on_where_it_was),
		STORE_TEST(commits_within_a_second),
		STORE_TEST(survives_a_kill),
		STORE_TEST(says_that_the_end_was_not_clean),
		STORE_TEST(survives_a_full_disk),
		STORE_TEST(records_what_it_lost),
		STORE_TEST(survives_a_folder_that_is_not_there),
		STORE_TEST(survives_a_read_only_folder),
		STORE_TEST(puts_a_damaged_store_aside),
		STORE_TEST(puts_a_cut_store_aside),
		STORE_TEST(begins_anew_when_the_file_is_taken_away),
		STORE_TEST(lets_only_one_write),
		STORE_TEST(deletes_what_is_too_old),
		STORE_TEST(stays_below_its_size),
		STORE_TEST(tells_the_others_of_its_head),
		STORE_TEST(is_read_while_it_is_written),
		STORE_TEST(lets_a_slow_disk_wait),
		STORE_TEST(is_reopened_while_the_disk_is_slow),
		STORE_TEST(goes_on_when_the_writer_dies),
		STORE_TEST(waits_for_the_writer_before),
	};

	signal(SIGXFSZ, SIG_IGN);

	if (argc == 3 && !strcmp(argv[1], "--long")) {
		make_test_dir(NULL);
		measure(strtoull(argv[2], NULL, 10));
		return remove_test_dir(NULL);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
