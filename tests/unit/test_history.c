// SPDX-License-Identifier: GPL-2.0-or-later
/* The policies that were in force: each once, a few, as they were, or not at all. */
#include "cache_util.h"
#include "client.h"
#include "hex.h"
#include "history.h"
#include "pending.h"

#define HISTORY "state/history"

/* Compile the policy under a name, and keep it. */
static void keep_policy(const char *name, const char *file)
{
	const struct df_build_options options = {
		.geo = { .root = "root", .now = TODAY },
	};
	struct df_history_entry entry = { .time = 1000, .uid = 7 };
	struct df_diags diags = { 0 };
	struct df_history history;
	struct df_compiled compiled;
	struct df_build build;
	char *text = strdup(main_file);

	assert_non_null(text);
	memcpy(strstr(text, "test"), name, 4);
	write_text("policy.yaml", text);
	free(text);
	assert_int_equal(df_build_load(&build, "policy.yaml", &options, &diags),
			 DF_EXIT_OK);
	compiled = (struct df_compiled){ .geo = build.geo, .image = build.image };
	strcpy(entry.name, name);
	strcpy(entry.file, file);
	assert_int_equal(df_image_digest(build.image, entry.digest), 0);
	assert_int_equal(df_history_read(HISTORY, &history), 0);
	assert_int_equal(df_history_add(HISTORY, &history, &entry, &compiled), 0);
	df_build_free(&build);
	df_diags_free(&diags);
}

static struct df_history read_history(void)
{
	struct df_history history;

	assert_int_equal(df_history_read(HISTORY, &history), 0);
	return history;
}

static size_t count_policies(void)
{
	const struct dirent *entry;
	DIR *dir = opendir(HISTORY);
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += !!strstr(entry->d_name, ".policy");
	closedir(dir);
	return count;
}

static void is_empty_at_first(void **state)
{
	struct df_history history = read_history();

	assert_int_equal(history.count, 0);
	assert_null(df_history_before(&history, NULL));
	assert_null(df_history_numbered(&history, 1));
}

static void knows_the_one_before(void **state)
{
	struct df_history history;

	keep_policy("aaaa", "/a.yaml");
	history = read_history();
	assert_null(df_history_before(&history, history.list[0].digest));
	/* After the module was loaded anew none is in force. */
	assert_int_equal(df_history_before(&history, NULL)->number, 1);
	keep_policy("bbbb", "/b.yaml");
	keep_policy("cccc", "/c \"x\".yaml");
	history = read_history();
	assert_int_equal(history.count, 3);
	assert_string_equal(history.list[0].name, "cccc");
	assert_string_equal(history.list[0].file, "/c \"x\".yaml");
	assert_int_equal(history.list[0].uid, 7);
	assert_int_equal(history.list[0].time, 1000);
	assert_int_equal(df_history_before(&history,
					   history.list[0].digest)->number, 2);
	/* Again: to the front, with its number. */
	keep_policy("aaaa", "/other.yaml");
	history = read_history();
	assert_int_equal(history.count, 3);
	assert_int_equal(history.list[0].number, 1);
	assert_string_equal(history.list[0].file, "/other.yaml");
	assert_int_equal(history.list[1].number, 3);
	assert_int_equal(history.list[2].number, 2);
	assert_int_equal(df_history_before(&history,
					   history.list[0].digest)->number, 3);
	assert_ptr_equal(df_history_find(&history, history.list[2].digest),
			 &history.list[2]);
	assert_int_equal(count_policies(), 3);
}

static void stays_bounded(void **state)
{
	struct df_history history;
	char name[16];
	int i;

	for (i = 0; i < 25; i++) {
		snprintf(name, sizeof(name), "n%03d", i);
		keep_policy(name, "/x");
	}
	write_text(HISTORY "/left-by-somebody-who-was-killed.policy", "x");
	keep_policy("last", "/x");
	history = read_history();
	assert_int_equal(history.count, DF_HISTORY_MAX);
	assert_int_equal(count_policies(), DF_HISTORY_MAX);
	assert_int_equal(history.next, 27);
	assert_int_equal(history.list[0].number, 26);
	assert_int_equal(history.list[DF_HISTORY_MAX - 1].number, 17);
	/* One that fell off is a new one. */
	keep_policy("n000", "/x");
	history = read_history();
	assert_int_equal(history.list[0].number, 27);
}

static const char *payload_of(const struct df_history_entry *entry)
{
	static char path[512];
	struct df_cache place = { 0 };
	char name[DF_CACHE_NAME];

	memcpy(place.key, entry->digest, sizeof(place.key));
	snprintf(path, sizeof(path), HISTORY "/%s",
		 df_cache_name(&place, name));
	return path;
}

static void gives_what_was_in_force_or_nothing(void **state)
{
	struct df_compiled compiled;
	struct df_history history;
	const char *path;
	char *text;
	size_t size, i;

	keep_policy("aaaa", "/a");
	history = read_history();
	/* Nothing of what it was made of is needed. */
	assert_int_equal(system("rm -rf tor policy.yaml sets.yaml"), 0);
	assert_int_equal(df_history_load(HISTORY, history.list, &compiled), 0);
	assert_string_equal(compiled.image->name, "aaaa");
	assert_int_equal(compiled.image->application_count, 2);
	assert_int_equal(compiled.image->applications[1].mode,
			 DFENCE_MODE_AUDIT);
	assert_int_equal(compiled.image->bulk, 100 << 20);
	assert_string_equal(compiled.geo->sources[0]->name, "tor-geoipdb");
	df_compiled_free(&compiled);

	path = payload_of(history.list);
	text = read_text(path, &size);
	for (i = 0; i < size; i += 7) {
		FILE *file = fopen(path, "w");

		text[i] ^= 4;
		assert_int_equal(fwrite(text, 1, size, file), size);
		assert_int_equal(fclose(file), 0);
		text[i] ^= 4;
		assert_int_equal(df_history_load(HISTORY, history.list,
						 &compiled), -EBADMSG);
	}
	free(text);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(df_history_load(HISTORY, history.list, &compiled),
			 -ENOENT);
}

/* Whole, and by its name the right one, but other contents under that key. */
static void knows_a_policy_by_its_digest(void **state)
{
	struct df_cache place = { .dir = HISTORY };
	struct df_compiled compiled;
	struct df_history history;

	keep_policy("aaaa", "/a");
	keep_policy("bbbb", "/b");
	history = read_history();
	assert_int_equal(df_history_load(HISTORY, &history.list[0], &compiled),
			 0);
	memcpy(place.key, history.list[1].digest, sizeof(place.key));
	assert_int_equal(df_cache_put(&place, &compiled), 0);
	df_compiled_free(&compiled);
	assert_int_equal(df_history_load(HISTORY, &history.list[1], &compiled),
			 -EBADMSG);
	assert_null(compiled.image);
}

static void assert_bad_list(const char *from, const char *to)
{
	struct df_history history;
	size_t size;
	char *text = read_text(HISTORY "/history.json", &size);
	char *place = strstr(text, from), other[8192];

	assert_non_null(place);
	snprintf(other, sizeof(other), "%.*s%s%s", (int)(place - text), text, to,
		 place + strlen(from));
	write_text(HISTORY "/history.json", other);
	assert_int_equal(df_history_read(HISTORY, &history), -EINVAL);
	assert_int_equal(history.count, 0);
	assert_int_equal(history.next, 1);
	write_text(HISTORY "/history.json", text);
	free(text);
}

static void refuses_lists_that_make_no_sense(void **state)
{
	struct df_history history;

	keep_policy("aaaa", "/a");
	assert_bad_list("\"version\": 1", "\"version\": 2");
	assert_bad_list("\"next\": 2", "\"next\": 0");
	assert_bad_list("\"next\": 2", "\"next\": \"2\"");
	assert_bad_list("\"number\": 1", "\"number\": -1");
	assert_bad_list("\"number\": 1", "\"number\": 4294967296");
	assert_bad_list("\"uid\": 7", "\"uid\": null");
	assert_bad_list("\"apply\"", "\"because\"");
	assert_bad_list("\"cause\"", "\"reason\"");
	assert_bad_list("\"digest\": \"", "\"digest\": \"0");
	assert_bad_list("\"digest\": \"", "\"digest\": \"Z\", \"old\": \"");
	assert_bad_list("\"aaaa\"", "\"0123456789012345678901234567890123456789012345678901234567890123456789\"");
	assert_bad_list("[", "[{},");
	assert_bad_list("{", "");
	history = read_history();
	assert_int_equal(history.count, 1);
	assert_int_equal(chmod(HISTORY, 0777), 0);
	assert_int_equal(df_history_read(HISTORY, &history), -EPERM);
	assert_int_equal(chmod(HISTORY, 0700), 0);
}

static void remembers_what_waits(void **state)
{
	struct df_pending pending = {
		.instance = 0xfedcba9876543210, .replaces = 7,
		.digest = { 1, 2, 0xff }, .before = { 3 },
		.deadline = 9007199254740993,
	}, read;

	assert_int_equal(df_pending_read(HISTORY, &read), -ENOENT);
	keep_policy("aaaa", "/a");
	assert_int_equal(df_pending_read(HISTORY, &read), -ENOENT);
	assert_int_equal(df_pending_write(HISTORY, &pending), 0);
	assert_int_equal(df_pending_read(HISTORY, &read), 0);
	assert_int_equal(read.instance, pending.instance);
	assert_int_equal(read.replaces, 7);
	assert_memory_equal(read.digest, pending.digest, sizeof(read.digest));
	assert_memory_equal(read.before, pending.before, sizeof(read.before));
	assert_int_equal(read.deadline, pending.deadline);
	write_text(HISTORY "/pending.json", "{\"version\": 1}");
	assert_int_equal(df_pending_read(HISTORY, &read), -EINVAL);
	assert_false(df_pending_overdue(HISTORY));
	assert_int_equal(df_pending_remove(HISTORY), 0);
	assert_int_equal(df_pending_remove(HISTORY), 0);
	assert_int_equal(df_pending_read(HISTORY, &read), -ENOENT);
}

static void leaves_it_to_who_waits_at_first(void **state)
{
	struct df_pending pending = { 0 };

	keep_policy("aaaa", "/a");
	assert_false(df_pending_overdue(HISTORY));
	pending.deadline = df_boottime() - 1;
	assert_int_equal(df_pending_write(HISTORY, &pending), 0);
	assert_false(df_pending_overdue(HISTORY));
	pending.deadline -= 4;
	assert_int_equal(df_pending_write(HISTORY, &pending), 0);
	assert_true(df_pending_overdue(HISTORY));
}

static void reads_hexadecimal(void **state)
{
	const uint8_t bytes[] = { 0x00, 0x9a, 0xff };
	uint8_t read[3] = { 0 };
	char text[7];

	df_hex(bytes, 3, text);
	assert_string_equal(text, "009aff");
	assert_true(df_hex_parse(text, read, 3));
	assert_memory_equal(read, bytes, 3);
	assert_false(df_hex_parse("009aF0", read, 3));
	assert_false(df_hex_parse("009af", read, 3));
	assert_false(df_hex_parse("009aff00", read, 3));
	assert_false(df_hex_parse("009agg", read, 3));
	assert_false(df_hex_parse(NULL, read, 3));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_empty_at_first),
		TEST(knows_the_one_before),
		TEST(stays_bounded),
		TEST(gives_what_was_in_force_or_nothing),
		TEST(knows_a_policy_by_its_digest),
		TEST(refuses_lists_that_make_no_sense),
		TEST(remembers_what_waits),
		TEST(leaves_it_to_who_waits_at_first),
		TEST(reads_hexadecimal),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
