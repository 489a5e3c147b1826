// SPDX-License-Identifier: GPL-2.0-or-later
/* What the daemon adds to events, and what it tells of itself. */
#include <syslog.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "annotate.h"
#include "running.h"
#include "runmark.h"
#include "sink_util.h"

/* The machine as the test wants it. */
static struct df_who_look machine;
static uint32_t machine_pid;
static const char *machine_path;
static uint64_t machine_now;
static unsigned int looks, walks;

static bool fake_look(uint32_t pid, struct df_who_look *look)
{
	looks++;
	*look = machine;
	return pid == machine_pid;
}

static void fake_walk(void (*each)(uint64_t, const char *, void *), void *arg)
{
	walks++;
	if (!machine_path)
		return;
	each(1, "/", arg);
	each(4711, machine_path, arg);
	each(4712, "/system.slice/other.service", arg);
}

static uint64_t fake_now(void)
{
	return machine_now;
}

static const struct df_who_ops fake_machine = {
	.look = fake_look,
	.walk = fake_walk,
	.now = fake_now,
};

/* Large: there is one of each. */
static struct df_annotate annotate;
static struct df_buffer buffer;

static void begin(void)
{
	df_annotate_init(&annotate, NULL, NULL);
	annotate.who.ops = &fake_machine;
	machine = (struct df_who_look){
		.from = 80000000000u, .until = 88000000500u, .cgroup = 4711,
		.path = "/system.slice/curl.service/below",
		.exe = "/usr/bin/curl",
	};
	machine_pid = 812;
	machine_path = NULL;
	machine_now = 1000;
	looks = 0;
	walks = 0;
}

static int set_up(void **state)
{
	begin();
	return make_test_dir(state);
}

static int tear_down(void **state)
{
	df_annotate_free(&annotate);
	return remove_test_dir(state);
}

static struct df_record record_of(struct df_event event)
{
	struct df_record record = {
		.type = DF_RECORD_EVENT, .instance = INSTANCE,
		.time = event.time, .event = event,
	};

	return record;
}

static struct df_record annotated(struct df_event event)
{
	struct df_record record = record_of(event);

	df_annotate_record(&annotate, &record);
	return record;
}

static const char *json_of(const struct df_record *record)
{
	df_buffer_reset(&buffer);
	assert_int_equal(df_record_json(record, &buffer), 0);
	buffer.data[buffer.length] = '\0';
	return buffer.data;
}

static void names_units(void **state)
{
	static const struct {
		const char *path;
		const char *unit;
	} cases[] = {
		{ "/", "" },
		{ "", "" },
		{ "/dronefence.slice/qgc", "" },
		{ "/dronefence.slice/qgc.service", "qgc.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x-1.scope",
		  "app-x-1.scope" },
		{ "/system.slice/a.service/b/c", "a.service" },
		{ "/a.service/b.scope/c.slice", "b.scope" },
		{ "/.service/.scope", "" },
		{ "/a.services/b.scope.d", "" },
		{ "//a.service//", "a.service" },
	};
	char unit[DF_UNIT_MAX], path[2 * DF_UNIT_MAX];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(df_unit_of(cases[i].path, unit),
				 *cases[i].unit != '\0');
		assert_string_equal(unit, cases[i].unit);
	}
	/* The longest, and one more. */
	memset(path, 'x', sizeof(path));
	strcpy(path + DF_UNIT_MAX - 1 - 8, ".service");
	assert_true(df_unit_of(path, unit));
	assert_int_equal(strlen(unit), DF_UNIT_MAX - 1);
	memset(path, 'x', sizeof(path));
	strcpy(path + DF_UNIT_MAX - 8, ".service");
	assert_false(df_unit_of(path, unit));
}

static void names_the_program(void **state)
{
	struct df_record record = annotated(make_verdict());

	assert_string_equal(record.notes.exe, "/usr/bin/curl");
	assert_string_equal(record.notes.unit, "curl.service");
	assert_int_equal(looks, 1);
	/* Records from before that look need no other. */
	annotated(make_verdict());
	assert_int_equal(looks, 1);
	assert_int_equal(walks, 0);
	/* It has ended; but it ran when this was sent. */
	machine_pid = 0;
	record = annotated(make_verdict());
	assert_string_equal(record.notes.exe, "/usr/bin/curl");
	/* When this was sent nobody knows. */
	record = annotated(({ struct df_event e = make_verdict();
			      e.boottime = machine.until + 1; e; }));
	assert_string_equal(record.notes.exe, "");
	assert_string_equal(record.notes.unit, "curl.service");
}

static void tells_processes_apart(void **state)
{
	struct df_event event = make_verdict();
	struct df_record record;

	/* The number belongs to a process that began later. */
	machine.from = event.boottime + 1;
	machine.until = machine.from + 1;
	record = annotated(event);
	assert_string_equal(record.notes.exe, "");
	/* It runs elsewhere: the socket was opened by another. */
	begin();
	machine.cgroup = 4712;
	machine.path[0] = '\0';
	record = annotated(event);
	assert_string_equal(record.notes.exe, "");
	assert_string_equal(record.notes.unit, "");
	/* Forwarded: there is no process, whatever the number says. */
	begin();
	event.forwarded = true;
	record = annotated(event);
	assert_string_equal(record.notes.exe, "");
	assert_int_equal(looks, 0);
	/* The kernel sent. */
	event.forwarded = false;
	event.pid = 0;
	record = annotated(event);
	assert_string_equal(record.notes.exe, "");
	assert_int_equal(looks, 0);
}

static void names_the_program_of_a_flow(void **state)
{
	struct df_event end = make_flow_end();
	struct df_record record;

	/* The flow is 61 s old; the process began after that. */
	end.start = end.time - 9000000000u;
	record = annotated(end);
	assert_string_equal(record.notes.exe, "");
	/* It began before. */
	end.start = end.time - 8000000000u;
	record = annotated(end);
	assert_string_equal(record.notes.exe, "/usr/bin/curl");
	/* Long after it has ended. */
	machine_pid = 0;
	end.boottime += 3600000000000u;
	end.time += 3600000000000u;
	record = annotated(end);
	assert_string_equal(record.notes.exe, "/usr/bin/curl");
	/* A clock that says that it has begun in the future. */
	end.start = end.time + 1;
	record = annotated(end);
	assert_string_equal(record.notes.exe, "");
}

static void names_the_program_that_was_placed(void **state)
{
	struct df_event event = make_place(DFENCE_PLACE_ERROR_NONE);
	struct df_record record;

	machine_pid = event.pid;
	strcpy(machine.path, "/dronefence.slice/qgc");
	strcpy(machine.exe, "/opt/qgc/QGroundControl");
	record = annotated(event);
	assert_string_equal(record.notes.exe, "/opt/qgc/QGroundControl");
	strcpy(annotate.who.procs[event.pid % DF_WHO_PROCS].look.path,
	       "/dronefence.slice/qgc2");
	record = annotated(event);
	assert_string_equal(record.notes.exe, "");
	/* The kinds that have no such remarks. */
	record = annotated(make_refusal());
	assert_string_equal(record.notes.exe, "");
}

static void searches_seldom(void **state)
{
	struct df_event event = make_verdict();
	struct df_record record;
	uint64_t i;

	machine_pid = 0;
	machine_path = "/user.slice/a.scope";
	record = annotated(event);
	assert_string_equal(record.notes.unit, "a.scope");
	/* The others were seen on the way. */
	event.cgroup = 4712;
	assert_string_equal(annotated(event).notes.unit, "other.service");
	for (i = 0; i < 100; i++) {
		event.cgroup = 10000 + i;
		assert_string_equal(annotated(event).notes.unit, "");
	}
	assert_int_equal(walks, 1);
	/* One that is gone is searched for once. */
	event.cgroup = 10000;
	for (i = 0; i < 10; i++) {
		machine_now += 2000000000u;
		assert_string_equal(annotated(event).notes.unit, "");
	}
	assert_int_equal(walks, 2);
}

/* This process is real. */
static void looks_at_this_machine(void **state)
{
	struct df_who_look look;
	char exe[4096];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	pid_t child;

	assert_true(length > 0);
	exe[length] = '\0';
	if (df_who_system.look((uint32_t)getpid(), &look)) {
		assert_string_equal(look.exe, exe);
		assert_true(look.from < look.until);
	}
	child = fork();
	if (!child)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_false(df_who_system.look((uint32_t)child, &look));
	assert_true(df_who_system.now() > 0);
}

static void add_rule(const char *profile, uint32_t index, const char *origin)
{
	struct df_places *places = &annotate.places;
	struct df_place_rule *rule;

	places->rules = reallocarray(places->rules, places->count + 1,
				     sizeof(*places->rules));
	assert_non_null(places->rules);
	rule = &places->rules[places->count++];
	memset(rule, 0, sizeof(*rule));
	strcpy(rule->profile, profile);
	strcpy(rule->origin, origin);
	rule->index = index;
}

/* In the order that they are searched in. */
static void make_places(void)
{
	struct df_application_info app = { .name = "fleet-server",
					   .profile = "field" };

	annotate.places.instance = INSTANCE;
	annotate.places.generation = 7;
	assert_int_equal(df_apps_add(&app, &annotate.places.apps), 0);
	add_rule("edge", 2, "edge.yaml:1");
	add_rule("field", 0, "policy.yaml:30");
	add_rule("field", 1, "policy.yaml:0");
	add_rule("field", 2, "a:b.yaml:11");
	add_rule("field", 3, "policy.yaml");
	add_rule("field", 4, ":5");
	add_rule("field", 5, "policy.yaml:99999999999999999999");
	add_rule("field", 6, "policy.yaml:1x");
}

static void names_the_line_of_the_policy(void **state)
{
	struct df_event event = make_verdict();
	struct df_record record;
	uint32_t i;

	make_places();
	record = annotated(event);
	assert_string_equal(record.notes.rule_file, "a:b.yaml");
	assert_int_equal(record.notes.rule_line, 11);
	event.rule = 0;
	record = annotated(event);
	assert_string_equal(record.notes.rule_file, "policy.yaml");
	assert_int_equal(record.notes.rule_line, 30);
	for (i = 1; i < 8; i++) {
		event.rule = i == 2 ? 9 : i;
		record = annotated(event);
		assert_string_equal(record.notes.rule_file, "");
		assert_int_equal(record.notes.rule_line, 0);
	}
	/* Of another policy, module or application nothing is said. */
	event = make_verdict();
	event.generation = 6;
	assert_int_equal(annotated(event).notes.rule_line, 0);
	event = make_verdict();
	strcpy(event.application, "other");
	assert_int_equal(annotated(event).notes.rule_line, 0);
	annotate.places.instance++;
	assert_int_equal(annotated(make_verdict()).notes.rule_line, 0);
}

static void names_what_a_policy_replaced(void **state)
{
	struct df_event event = make_policy();
	struct df_record record = annotated(event);

	/* Nobody saw the one before. */
	assert_false(record.replaced.known);
	event.generation = 9;
	event.digest[0] = 0xff;
	record = annotated(event);
	assert_true(record.replaced.known);
	assert_int_equal(record.replaced.generation, 8);
	assert_int_equal(record.replaced.digest[0], 0);
	assert_int_equal(record.replaced.digest[1], 8);
	assert_non_null(strstr(json_of(&record), "\"previous_gen\":8,\"previous_digest\":\"0008"));
	/* One is missing in between. */
	event.generation = 11;
	assert_false(annotated(event).replaced.known);
	/* One that was remembered where this one's would be. */
	event.generation = 9 + 1 + DF_ANNOTATE_PAST;
	assert_false(annotated(event).replaced.known);
	event.generation = 11;
	annotated(event);
	/* The module is another one. */
	event.generation = 12;
	record = record_of(event);
	record.instance++;
	df_annotate_record(&annotate, &record);
	assert_false(record.replaced.known);
	/* The first there is. */
	event.generation = 1;
	assert_false(annotated(event).replaced.known);
}

static void has_room_for_the_longest(void **state)
{
	struct df_record record = record_of(make_verdict());
	struct df_notes *notes = &record.notes;

	memset(record.event.application, '\n', DRONEFENCE_NAME_MAX);
	memset(record.event.set, '\n', DRONEFENCE_NAME_MAX);
	memset(record.event.comm, '\n', 15);
	memset(record.event.ifname, '\n', 15);
	notes->asn = UINT32_MAX;
	memset(notes->as_name, '\n', sizeof(notes->as_name) - 1);
	memset(notes->exe, '\n', sizeof(notes->exe) - 1);
	memset(notes->unit, '\n', sizeof(notes->unit) - 1);
	memset(notes->rule_file, '\n', sizeof(notes->rule_file) - 1);
	notes->rule_line = UINT32_MAX;
	json_of(&record);
	assert_non_null(strstr(buffer.data, "\\\\x0a\",\"rule_line\":4294967295,\"instance\":\"000000000000004d\"}"));
	df_buffer_reset(&buffer);
	assert_int_equal(df_sink_journal.encode(&record, false, &buffer), 0);
	df_buffer_reset(&buffer);
	assert_int_equal(df_rfc5424(&record, "h", 1, &buffer), 0);
}

static void escapes_what_others_named(void **state)
{
	struct df_record record = record_of(make_verdict());

	strcpy(record.notes.as_name, "Telef\xc3\xb4nica \"x\"\n");
	strcpy(record.notes.exe, "/tmp/a b\x1b[2J\\");
	strcpy(record.notes.unit, "a\xe2\x80\xae.service");
	json_of(&record);
	assert_non_null(strstr(buffer.data,
			       ",\"as_name\":\"Telef\\\\xc3\\\\xb4nica \\\\x22x\\\\x22\\\\x0a\",\"exe\":\"/tmp/a b\\\\x1b[2J\\\\x5c\",\"unit\":\"a\\\\xe2\\\\x80\\\\xae.service\",\"instance\""));
}

/* Flows of 60 bytes to one place until the limit of 100 is passed. */
static void adds_up_flows(void **state)
{
	struct df_record record = record_of(make_flow_end());
	struct df_bulk_note note;
	static struct df_bulk bulk;

	memset(&bulk, 0, sizeof(bulk));
	record.event.totals.bytes = 60;
	record.notes.asn = 45102;
	strcpy(record.notes.as_name, "Alibaba");
	assert_false(df_bulk_add(&bulk, 100, &record, &note));
	/* Another place, another application: counted apart. */
	record.notes.asn = 1;
	assert_false(df_bulk_add(&bulk, 100, &record, &note));
	record.notes.asn = 45102;
	strcpy(record.event.country, "CN");
	assert_false(df_bulk_add(&bulk, 100, &record, &note));
	strcpy(record.event.country, "US");
	strcpy(record.event.application, "x");
	assert_false(df_bulk_add(&bulk, 100, &record, &note));
	strcpy(record.event.application, "fleet-server");
	record.event.time++;
	assert_true(df_bulk_add(&bulk, 100, &record, &note));
	assert_string_equal(note.application, "fleet-server");
	assert_string_equal(note.country, "US");
	assert_string_equal(note.as_name, "Alibaba");
	assert_int_equal(note.asn, 45102);
	assert_int_equal(note.bytes, 120);
	assert_int_equal(note.flows, 2);
	assert_int_equal(note.since, TEST_TIME);
	assert_int_equal(note.limit, 100);
	/* And from the beginning. */
	assert_false(df_bulk_add(&bulk, 100, &record, &note));
	assert_true(df_bulk_add(&bulk, 100, &record, &note));
	assert_int_equal(note.bytes, 120);
	assert_int_equal(note.since, TEST_TIME + 1);
}

static void counts_only_what_left(void **state)
{
	struct df_record record = record_of(make_flow_end());
	struct df_bulk_note note;
	static struct df_bulk bulk;

	memset(&bulk, 0, sizeof(bulk));
	record.event.totals.bytes = 1000;
	assert_false(df_bulk_add(&bulk, 0, &record, &note));
	record.event.daddr = 0x0a000001;
	assert_false(df_bulk_add(&bulk, 1, &record, &note));
	record = record_of(make_verdict());
	record.event.totals.bytes = 1000;
	assert_false(df_bulk_add(&bulk, 1, &record, &note));
	record = record_of(make_flow_end());
	record.event.totals.bytes = 0;
	assert_false(df_bulk_add(&bulk, 1, &record, &note));
	assert_int_equal(bulk.count, 0);
	/* Nobody can send so much, but a number must not begin anew. */
	record.event.totals.bytes = UINT64_MAX - 1;
	assert_false(df_bulk_add(&bulk, UINT64_MAX, &record, &note));
	assert_true(df_bulk_add(&bulk, UINT64_MAX, &record, &note));
	assert_int_equal(note.bytes, UINT64_MAX);
}

static void drops_the_smallest_total(void **state)
{
	struct df_record record = record_of(make_flow_end());
	struct df_bulk_note note;
	static struct df_bulk bulk;
	uint32_t i;

	memset(&bulk, 0, sizeof(bulk));
	for (i = 1; i <= DF_BULK_TOTALS; i++) {
		record.notes.asn = i;
		record.event.totals.bytes = 1000 + (i == 77 ? 0 : i);
		assert_false(df_bulk_add(&bulk, 5000, &record, &note));
	}
	record.notes.asn = 100000;
	assert_false(df_bulk_add(&bulk, 5000, &record, &note));
	assert_int_equal(bulk.count, DF_BULK_TOTALS);
	assert_int_equal(bulk.list[76].asn, 100000);
	assert_int_equal(bulk.list[76].flows, 1);
}

static char told[256];

static void tell(const struct df_app_note *note, void *arg)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%s ",
		 note->runs ? "+" : "-", note->application);
}

static void tells_who_begins_and_ends(void **state)
{
	struct df_application_info infos[] = {
		{ .name = "a" }, { .name = "b" }, { .name = "c" },
	};
	struct df_apps apps = { .list = infos, .count = 3 };
	struct df_running running = { .tell = tell };

	told[0] = '\0';
	assert_int_equal(df_running_compare(&running, &apps,
					    (bool[]){ true, false, true }), 0);
	assert_string_equal(told, "+a +c ");
	told[0] = '\0';
	assert_int_equal(df_running_compare(&running, &apps,
					    (bool[]){ true, false, true }), 0);
	assert_string_equal(told, "");
	assert_int_equal(df_running_compare(&running, &apps,
					    (bool[]){ false, true, true }), 0);
	assert_string_equal(told, "-a +b ");
	/* A policy without the last: nothing is known of it. */
	told[0] = '\0';
	apps.count = 2;
	assert_int_equal(df_running_compare(&running, &apps,
					    (bool[]){ false, true }), 0);
	assert_string_equal(told, "");
	apps.count = 3;
	assert_int_equal(df_running_compare(&running, &apps,
					    (bool[]){ false, true, true }), 0);
	assert_string_equal(told, "+c ");
	df_running_free(&running);
}

static void knows_how_the_last_run_ended(void **state)
{
	assert_int_equal(df_runmark_read(test_path("none")), DF_RUN_UNKNOWN);
	assert_int_equal(df_runmark_read(test_dir), DF_RUN_UNKNOWN);
	assert_int_equal(df_runmark_write(test_dir, true), 0);
	assert_int_equal(df_runmark_read(test_dir), DF_RUN_UNCLEAN);
	assert_int_equal(df_runmark_write(test_dir, false), 0);
	assert_int_equal(df_runmark_read(test_dir), DF_RUN_CLEAN);
	write_file("run", "stop");
	assert_int_equal(df_runmark_read(test_dir), DF_RUN_UNKNOWN);
	write_file("run", "");
	assert_int_equal(df_runmark_read(test_dir), DF_RUN_UNKNOWN);
	write_file("run", "running\nand much more behind it than there ever is\n");
	assert_int_equal(df_runmark_read(test_dir), DF_RUN_UNKNOWN);
	assert_int_equal(unlink(test_path("run")), 0);
	assert_int_equal(mkfifo(test_path("run"), 0600), 0);
	assert_int_equal(df_runmark_read(test_dir), DF_RUN_UNKNOWN);
	assert_true(df_runmark_write(test_path("none"), true) < 0);
}

#define DIGEST "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8"

static void assert_no_facts(const char *text)
{
	struct df_event policy = make_policy();
	struct df_facts facts;

	write_file("facts.json", text);
	assert_int_equal(df_facts_read(test_dir, policy.digest, &facts),
			 -ENOENT);
	assert_int_equal(facts.bulk, 0);
	assert_string_equal(facts.geo, "");
}

static void believes_facts_of_this_policy_only(void **state)
{
	struct df_event policy = make_policy();
	struct df_facts facts;
	char geo[DF_FACTS_GEO + 1], text[1024];

	assert_int_equal(df_facts_read(test_dir, policy.digest, &facts), -ENOENT);
	assert_no_facts("");
	assert_no_facts("[]");
	assert_no_facts("{\"version\":1");
	assert_no_facts("{\"version\":1,\"digest\":\"00\",\"bulk\":1,\"geo\":\"\"}");
	assert_no_facts("{\"version\":2,\"digest\":\"" DIGEST "\",\"bulk\":1,\"geo\":\"\"}");
	assert_no_facts("{\"version\":1,\"digest\":\"" DIGEST "\",\"bulk\":-1,\"geo\":\"\"}");
	assert_no_facts("{\"version\":1,\"digest\":\"" DIGEST "\",\"bulk\":\"1\",\"geo\":\"\"}");
	assert_no_facts("{\"version\":1,\"digest\":\"" DIGEST "\",\"bulk\":1}");
	memset(geo, 'x', sizeof(geo) - 1);
	geo[sizeof(geo) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"version\":1,\"digest\":\"" DIGEST "\",\"bulk\":1,\"geo\":\"%s\"}", geo);
	assert_no_facts(text);
	write_file("facts-next.json", "{\"version\":1,\"digest\":\"" DIGEST "\",\"bulk\":42,\"geo\":\"libloc 2026-11-20\",\"cause\":\"rollback\"}");
	assert_int_equal(df_facts_read(test_dir, policy.digest, &facts), 0);
	assert_string_equal(facts.cause, "rollback");
	assert_int_equal(facts.bulk, 42);
	assert_string_equal(facts.geo, "libloc 2026-11-20");
	assert_int_equal(df_facts_settle(test_dir), 0);
	assert_int_equal(df_facts_read(test_dir, policy.digest, &facts), 0);
	/* Others could have written it. */
	assert_int_equal(chmod(test_dir, 0777), 0);
	assert_int_equal(df_facts_read(test_dir, policy.digest, &facts), -EPERM);
	assert_int_equal(facts.bulk, 0);
	assert_int_equal(chmod(test_dir, 0700), 0);
}

#define FACTS "{\"version\":1,\"digest\":\"" DIGEST "\",\"bulk\":0,\"geo\":\"\",\"sources\":"

static void assert_no_sources(const char *sources)
{
	struct df_event policy = make_policy();
	char text[512];

	snprintf(text, sizeof(text), FACTS "%s}", sources);
	write_file("facts.json", text);
	assert_null(df_facts_sources(test_dir, policy.digest));
}

static void knows_the_files_of_the_geo_data(void **state)
{
	struct df_event policy = make_policy();
	json_t *sources, *source;

	assert_null(df_facts_sources(test_dir, policy.digest));
	assert_no_sources("7");
	assert_no_sources("null");
	assert_no_sources("[7]");
	assert_no_sources("[{\"source\":\"libloc\",\"path\":\"/x\"}]");
	assert_no_sources("[{\"source\":\"libloc\",\"path\":7,\"date\":7}]");
	write_file("facts.json", FACTS "[{\"source\":\"libloc\",\"path\":\"/x\",\"date\":7}]}");
	sources = df_facts_sources(test_dir, policy.digest);
	assert_int_equal(json_array_size(sources), 1);
	source = json_array_get(sources, 0);
	assert_string_equal(json_string_value(json_object_get(source, "path")), "/x");
	json_decref(sources);
	policy.digest[0] ^= 1;
	assert_null(df_facts_sources(test_dir, policy.digest));
}

static void names_the_geo_data_of_a_policy(void **state)
{
	struct df_record record;

	write_file("facts.json", "{\"version\":1,\"digest\":\"" DIGEST "\",\"bulk\":0,\"geo\":\"libloc 2026-11-20, tor-geoipdb\"}");
	strcpy(annotate.cache, test_dir);
	record = annotated(make_policy());
	assert_non_null(strstr(json_of(&record), "\"suppressed\":3,\"geo\":\"libloc 2026-11-20, tor-geoipdb\",\"instance\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_units),
		TEST(names_the_program),
		TEST(tells_processes_apart),
		TEST(names_the_program_of_a_flow),
		TEST(names_the_program_that_was_placed),
		TEST(searches_seldom),
		TEST(looks_at_this_machine),
		TEST(names_the_line_of_the_policy),
		TEST(names_what_a_policy_replaced),
		TEST(has_room_for_the_longest),
		TEST(escapes_what_others_named),
		TEST(adds_up_flows),
		TEST(counts_only_what_left),
		TEST(drops_the_smallest_total),
		TEST(tells_who_begins_and_ends),
		TEST(knows_how_the_last_run_ended),
		TEST(believes_facts_of_this_policy_only),
		TEST(knows_the_files_of_the_geo_data),
		TEST(names_the_geo_data_of_a_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
