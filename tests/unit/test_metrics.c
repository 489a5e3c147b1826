// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers for Prometheus: each line against the text format, version 0.0.4, and
 * the values against what they were made of.
 */
#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "metrics.h"
#include "situation_util.h"

static struct df_metrics metrics;
static struct capture capture;

static int set_up(void **state)
{
	memset(&metrics, 0, sizeof(metrics));
	make_situation(&metrics.situation);
	return 0;
}

static int tear_down(void **state)
{
	df_metrics_free(&metrics);
	return 0;
}

static char *print(void)
{
	df_metrics_print(begin_capture(&capture), &metrics);
	return end_capture(&capture);
}

static size_t name_length(const char *text)
{
	size_t n = 0;

	while (islower((unsigned char)text[n]) || text[n] == '_' ||
	       (n && isdigit((unsigned char)text[n])))
		n++;
	return n;
}

/* Behind the {; returns what follows the }. */
static const char *check_labels(const char *text)
{
	for (;;) {
		size_t n = name_length(text);

		assert_true(n);
		text += n;
		assert_int_equal(strncmp(text, "=\"", 2), 0);
		for (text += 2; *text != '"'; text++) {
			assert_true(*text >= ' ' && *text <= '~');
			if (*text == '\\')
				assert_non_null(strchr("\\\"n", *++text));
		}
		text++;
		if (*text == '}')
			return text + 1;
		assert_int_equal(*text++, ',');
	}
}

static void check_sample(const char *line, const char *family)
{
	const char *rest = line + name_length(line);
	char *end;

	assert_int_equal((size_t)(rest - line), strlen(family));
	assert_int_equal(strncmp(line, family, strlen(family)), 0);
	if (*rest == '{')
		rest = check_labels(rest + 1);
	assert_int_equal(*rest++, ' ');
	assert_true(isdigit((unsigned char)*rest));
	strtoull(rest, &end, 10);
	assert_int_equal(*end, '\0');
}

/* HELP, TYPE, samples of that name; each family once, each sample once. */
static void check_format(const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;
	char family[128] = "", type[16] = "", help[128], seen[8192] = ";";
	char key[140];

	assert_non_null(copy);
	assert_int_equal(text[strlen(text) - 1], '\n');
	while ((line = strsep(&rest, "\n")) && *line) {
		if (sscanf(line, "# HELP %127s", help) == 1) {
			assert_true(strlen(line) > strlen(help) + 8);
			snprintf(key, sizeof(key), ";%s;", help);
			assert_null(strstr(seen, key));
			strcat(seen, help);
			strcat(seen, ";");
			line = strsep(&rest, "\n");
			assert_int_equal(sscanf(line, "# TYPE %127s %15s",
						family, type), 2);
			assert_string_equal(family, help);
			assert_int_equal(!strcmp(type, "counter"),
					 !strcmp(family + strlen(family) - 6,
						 "_total"));
			assert_true(!strcmp(type, "counter") ||
				    !strcmp(type, "gauge"));
			/* A family has a sample. */
			assert_int_equal(strncmp(rest, family, strlen(family)),
					 0);
			continue;
		}
		check_sample(line, family);
	}
	free(copy);
}

static void expect(const char *text, const char *line)
{
	char want[512];

	snprintf(want, sizeof(want), "\n%s\n", line);
	if (!strstr(text, want))
		fail_msg("missing: %s\n\tin: %s", line, text);
}

static void add_flow(const char *application, const char *country)
{
	struct df_flow flow = { .id = 1 };

	strcpy(flow.application, application);
	strcpy(flow.country, country);
	assert_int_equal(df_flow_counts_add(&flow, &metrics.flows), 0);
}

static void prints_what_there_is(void **state)
{
	struct df_counters *c = &metrics.situation.apps.list[1].counters;
	char *text;

	c->allowed_packets = 10;
	c->allowed_bytes = 1000;
	c->denied_packets = 3;
	c->dropped_bytes = 77;
	metrics.situation.apps.list[1].placed = 4;
	add_flow("qgc", "US");
	add_flow("qgc", "CN");
	add_flow("fleet", "US");
	add_flow("qgc", "US");
	add_flow("qgc", "");
	metrics.has_limits = true;
	metrics.limits.value[DF_LIMIT_UDP] = 60;
	text = print();
	check_format(text);
	expect(text, "dronefence_module_loaded 1");
	expect(text, "dronefence_state{state=\"sealed\"} 1");
	expect(text, "dronefence_state{state=\"open\"} 0");
	expect(text, "dronefence_module_info{version=\"0.3\"} 1");
	expect(text, "dronefence_policy_generation 3");
	expect(text, "dronefence_policy_info{policy=\"field\"} 1");
	expect(text, "dronefence_policy_applied_timestamp_seconds 1795176794");
	expect(text, "dronefence_policy_geo_timestamp_seconds 1790000000");
	expect(text, "dronefence_application_packets_total{application=\"qgc\",verdict=\"allowed\"} 10");
	expect(text, "dronefence_application_packets_total{application=\"qgc\",verdict=\"denied\"} 3");
	expect(text, "dronefence_application_bytes_total{application=\"qgc\",verdict=\"allowed\"} 1000");
	expect(text, "dronefence_application_bytes_total{application=\"qgc\",verdict=\"dropped\"} 77");
	expect(text, "dronefence_application_packets_total{application=\"fleet\",verdict=\"denied\"} 0");
	expect(text, "dronefence_application_placed_total{application=\"qgc\"} 4");
	expect(text, "dronefence_application_enforced{application=\"qgc\"} 1");
	expect(text, "dronefence_application_flows{application=\"qgc\",country=\"US\"} 2");
	expect(text, "dronefence_application_flows{application=\"qgc\",country=\"CN\"} 1");
	expect(text, "dronefence_application_flows{application=\"qgc\",country=\"??\"} 1");
	expect(text, "dronefence_events_recorded_total 42");
	expect(text, "dronefence_events_held 40");
	expect(text, "dronefence_flows_limit 65536");
	expect(text, "dronefence_idle_limit_seconds{limit=\"idle-udp\"} 60");
	free(text);
}

static void prints_little_without_a_module(void **state)
{
	char *text;

	metrics.situation.loaded = false;
	text = print();
	check_format(text);
	expect(text, "dronefence_module_loaded 0");
	expect(text, "dronefence_state{state=\"open\"} 1");
	assert_null(strstr(text, "_total"));
	free(text);
}

static void prints_no_empty_family(void **state)
{
	char *text;

	df_apps_free(&metrics.situation.apps);
	metrics.situation.has_policy = false;
	metrics.situation.policy.geo_date = 0;
	text = print();
	check_format(text);
	assert_null(strstr(text, "application_"));
	assert_null(strstr(text, "policy_info"));
	free(text);
}

/* What only a strange module, or a strange file, could say. */
static void escapes_labels(void **state)
{
	char *text;

	strcpy(metrics.situation.apps.list[0].name, "a\"b\\c\n} 1\x1b\xff");
	strcpy(metrics.situation.policy.name, "\"} 1");
	metrics.sink_count = 1;
	memset(metrics.sinks[0].name, '\n', DF_SINK_NAME_SIZE - 1);
	text = print();
	check_format(text);
	expect(text, "dronefence_application_audit{application=\"a\\\"b\\\\c\\\\x0a} 1\\\\x1b\\\\xff\"} 0");
	expect(text, "dronefence_policy_info{policy=\"\\\"} 1\"} 1");
	free(text);
}

static int read_sinks(const char *content)
{
	char path[] = "/tmp/dronefence-metrics-XXXXXX";
	int fd = mkstemp(path), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	close(fd);
	err = df_metrics_read_sinks(&metrics, path);
	unlink(path);
	return err;
}

static void tells_of_sinks(void **state)
{
	char *text;

	assert_int_equal(read_sinks("{\"version\": 1, \"sinks\": {"
				    "\"journald\": {\"instance\": \"000000000000008c\", \"next\": 40},"
				    "\"json:/x\": {\"instance\": \"000000000000008b\", \"next\": 40},"
				    "\"store:/y\": {\"instance\": \"000000000000008c\", \"next\": 50}}}"), 0);
	assert_int_equal(metrics.sink_count, 3);
	text = print();
	check_format(text);
	expect(text, "dronefence_sink_waiting_events{sink=\"journald\"} 3");
	/* Of another load of the module: all are to come. */
	expect(text, "dronefence_sink_waiting_events{sink=\"json:/x\"} 42");
	expect(text, "dronefence_sink_waiting_events{sink=\"store:/y\"} 0");
	free(text);
}

static void believes_no_damaged_state(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "{\"sinks\": 3}", "{\"sinks\": {}}",
		"{\"sinks\": {\"a\": 3}}",
		"{\"sinks\": {\"a\": {\"instance\": \"8c\"}}}",
		"{\"sinks\": {\"a\": {\"instance\": \"xy\", \"next\": 1}}}",
		"{\"sinks\": {\"a\": {\"instance\": \"8c\", \"next\": -1}}}",
		"{\"sinks\": {\"a\": {\"instance\": \"8c\", \"next\": 1.5}}}",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(read_sinks(bad[i]), -EINVAL);
		assert_int_equal(metrics.sink_count, 0);
	}
	assert_int_equal(df_metrics_read_sinks(&metrics, "/nowhere/x"), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(prints_what_there_is),
		TEST(prints_little_without_a_module),
		TEST(prints_no_empty_family),
		TEST(escapes_labels),
		TEST(tells_of_sinks),
		TEST(believes_no_damaged_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
