// SPDX-License-Identifier: GPL-2.0-or-later
/* The command report: its forms, what is hostile in them, its files. */
#include <sys/wait.h>

#include "command_util.h"
#include "report_map.h"
#include "report_page.h"
#include "seal.h"
#include "world_map.h"

/* Options that every test of the command needs, and more of them. */
static int report_of(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static int report_of(const char *name, const char *fmt, ...)
{
	char more[1024], all[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(more, sizeof(more), fmt, args);
	va_end(args);
	snprintf(all, sizeof(all), "--store|%s|--control|/nowhere/x|%s",
		 test_path(name), more);
	return run(cmd_report, all);
}

#define FLOW(time, daddr, bytes, more)						\
	"{'type':'flow-end','time':'2026-11-20T" time "Z','start_time':'2026-11-20T" time "Z','last_time':'2026-11-20T" time "Z','verdict':'allow','app':'qgc','mode':'enforce','gen':1,'proto':'tcp','daddr':'" daddr "','packets':1,'bytes':" bytes ",'refused_packets':0,'refused_bytes':0,'instance':'aa'" more "}"

static const char *const plain[] = {
	FLOW("10:00:00.000000000", "8.8.8.8", "1000", ",'country':'US'"),
	"{'type':'flight','time':'2026-11-20T11:00:00.000000000Z','flight':'start','name':'field 7','uid':0,'pid':1,'instance':'aa'}",
	FLOW("11:10:00.000000000", "8.8.8.8", "20000", ",'country':'US','asn':15169,'as_name':'Google LLC','dns':'dns.google'"),
	"{'type':'verdict','time':'2026-11-20T11:20:00.000000000Z','verdict':'deny','app':'qgc','mode':'enforce','gen':1,'proto':'tcp','daddr':'103.10.1.1','country':'HK','instance':'aa'}",
	"{'type':'verdict','time':'2026-11-20T11:21:00.000000000Z','verdict':'deny','app':'qgc','mode':'enforce','gen':1,'proto':'tcp','daddr':'103.10.2.1','country':'MO','instance':'aa'}",
	"{'type':'flight','time':'2026-11-20T11:30:00.000000000Z','flight':'stop','name':'field 7','uid':0,'pid':1,'instance':'aa'}",
	FLOW("12:00:00.000000000", "9.9.9.9", "300000", ",'country':'SG'"),
	NULL,
};

static void reports_a_flight(void **state)
{
	make_lines("store.db", plain);
	assert_int_equal(report_of("store.db", "--flight|field 7"), DF_EXIT_OK);
	assert_non_null(strstr(out, "Flight field 7\n"));
	assert_non_null(strstr(out, "From 2026-11-20 11:00:00 UTC to 2026-11-20 11:30:00 UTC application qgc sent 20,000 bytes: 20,000 to United States; 2 attempts were denied; 0 records were lost."));
	assert_non_null(strstr(out, "AS15169 Google LLC"));
	assert_non_null(strstr(out, "8.8.8.8 US AS15169 dns.google"));
	assert_null(strstr(out, "9.9.9.9"));
	assert_int_equal(report_of("store.db", "--flight|field 8"),
			 DF_EXIT_NO_OBJECT);
	assert_int_equal(report_of("nothing.db", "--text"), DF_EXIT_NO_OBJECT);
}

static void reports_a_span(void **state)
{
	make_lines("store.db", plain);
	assert_int_equal(report_of("store.db", "--since|2026-11-20T09:00:00Z|--until|2026-11-20T13:00:00Z|--application|qgc"),
			 DF_EXIT_OK);
	assert_non_null(strstr(out, "sent 321,000 bytes: 300,000 to Singapore, 21,000 to United States"));
	assert_int_equal(report_of("store.db", "--since|2026-11-20T11:30:00Z|--until|2026-11-20T11:00:00Z"),
			 DF_EXIT_USAGE);
	assert_int_equal(report_of("store.db", "--flight|x|--since|now"),
			 DF_EXIT_USAGE);
	assert_int_equal(report_of("store.db", "--sign|x"), DF_EXIT_USAGE);
	assert_int_equal(report_of("store.db", "--top|-1"), DF_EXIT_USAGE);
	assert_int_equal(report_of("store.db", "--since|someday"), DF_EXIT_USAGE);
	assert_int_equal(report_of("store.db", "more"), DF_EXIT_USAGE);
}

static void sums_what_it_does_not_show(void **state)
{
	make_lines("store.db", plain);
	assert_int_equal(report_of("store.db", "--until|2026-11-20T13:00:00Z|--top|1"),
			 DF_EXIT_OK);
	assert_non_null(strstr(out, "         300,000        1        0        0  SG Singapore\n          21,000        2        2        0  3 others\n"));
}

static void writes_json(void **state)
{
	json_t *json, *app;

	make_lines("store.db", plain);
	assert_int_equal(report_of("store.db", "--flight|field 7|--json"),
			 DF_EXIT_OK);
	json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "flight")),
			    "field 7");
	assert_string_equal(json_string_value(json_object_get(json, "until")),
			    "2026-11-20T11:30:00.000000000Z");
	app = json_array_get(json_object_get(json, "applications"), 0);
	assert_int_equal(json_integer_value(json_object_get(app, "bytes")),
			 20000);
	assert_int_equal(json_integer_value(json_object_get(app, "denied")), 2);
	assert_true(json_is_true(json_object_get(app, "public-contacted")));
	json_decref(json);
}

/* Names as a suspect, a name server, or somebody at the store would choose them. */
static const char *const hostile[] = {
	FLOW("11:10:00.000000000", "8.8.8.8", "1", ",'country':'<b','dns':'<script>alert(1)</script>','asn':1,'as_name':'\\u202e\\u001b[31m\\u0027\\u0022 onload=x'"),
	"{'type':'verdict','time':'2026-11-20T11:20:00.000000000Z','verdict':'deny','app':'<img src=x>\\u000a&','mode':'enforce','gen':1,'proto':'tcp','daddr':'8.8.4.4','country':'HK','set':'</td><script>','instance':'aa'}",
	"{'type':'policy','time':'2026-11-20T11:21:00.000000000Z','policy':'<iframe>','gen':1,'digest':'\\u0022><a href=http://x>','comm':'<style>','uid':0,'instance':'aa'}",
	"{'type':'flight','time':'2026-11-20T11:00:00.000000000Z','flight':'start','name':'<u>','instance':'aa'}",
	NULL,
};

static void assert_harmless(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n') ||
		    *text == 0x7f)
			fail_msg("byte %02x", (unsigned char)*text);
}

/* Each "<" begins an element that the page is made of. */
static void assert_own_markup(const char *text)
{
	static const char *const own[] = {
		"!doctype", "html", "head", "meta", "title", "style", "body",
		"h1", "h2", "p", "figure", "svg", "path", "circle", "g",
		"text", "rect", "span", "table", "thead", "tbody", "tr", "th",
		"td", "pre", "ul", "li",
	};
	size_t i;

	while ((text = strchr(text, '<'))) {
		size_t length;

		text += 1 + (text[1] == '/');
		length = strcspn(text, " >/");
		for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			if (strlen(own[i]) == length &&
			    !strncmp(text, own[i], length))
				break;
		if (i == sizeof(own) / sizeof(own[0]))
			fail_msg("element %.40s", text);
	}
}

static void escapes_what_others_chose(void **state)
{
	char *page;

	make_lines("store.db", hostile);
	assert_int_equal(report_of("store.db", "--flight|<u>"), DF_EXIT_OK);
	assert_harmless(out);
	assert_int_equal(report_of("store.db", "--flight|<u>|--json"), DF_EXIT_OK);
	assert_harmless(out);
	assert_int_equal(report_of("store.db", "--flight|<u>|--html|%s",
				   test_path("page.html")), DF_EXIT_OK);
	page = read_whole("page.html");
	assert_harmless(page);
	assert_own_markup(page);
	assert_non_null(strstr(page, "&#60;script&#62;alert(1)&#60;/script&#62;"));
	assert_non_null(strstr(page, "&#60;img src=x&#62;\\x0a&#38;"));
	assert_null(strstr(page, "onload=x\""));
	free(page);
}

/* Nothing that would make a browser ask somebody. */
static void page_stands_alone(void **state)
{
	static const char *const outside[] = {
		"http:", "https:", "//", "src=", "href=", "url(", "@import",
		"<script", "<link", "<iframe", "<object", "<embed", "onload",
		"xmlns", "data:",
	};
	char *page;
	size_t i;

	make_lines("store.db", plain);
	assert_int_equal(report_of("store.db", "--flight|field 7|--html|%s",
				   test_path("page.html")), DF_EXIT_OK);
	page = read_whole("page.html");
	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		if (strstr(page, outside[i]))
			fail_msg("%s", outside[i]);
	assert_own_markup(page);
	assert_non_null(strstr(page, "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"));
	assert_non_null(strstr(page, "Hong Kong: 0 bytes, 1 denied, 0 watched"));
	assert_non_null(strstr(page, ">HK</text>"));
	assert_non_null(strstr(page, ">MO</text>"));
	free(page);
}

/* As Documentation/admin-guide.rst tells it. */
static void seals_its_files(void **state)
{
	char command[2048];

	make_lines("store.db", plain);
	snprintf(command, sizeof(command),
		 "cd %s && openssl genpkey -algorithm ed25519 -out key.pem 2>/dev/null && openssl pkey -in key.pem -pubout -out public.pem && openssl genrsa -out rsa.pem 2048 2>/dev/null",
		 test_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(report_of("store.db", "--html|%s|--sign|%s",
				   test_path("page.html"), test_path("rsa.pem")),
			 DF_EXIT_FAILED);
	assert_int_equal(access(test_path("page.html"), F_OK), -1);
	assert_int_equal(report_of("store.db", "--html|%s|--sign|%s",
				   test_path("page.html"), test_path("key.pem")),
			 DF_EXIT_OK);
	assert_string_equal(out, "");
	snprintf(command, sizeof(command),
		 "cd %s && sha256sum --check --strict --quiet page.html.sha256 && openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in page.html -sigfile page.html.sig >/dev/null",
		 test_dir);
	assert_int_equal(system(command), 0);
	write_file("page.html", "another");
	snprintf(command, sizeof(command),
		 "cd %s && ! sha256sum --check --quiet page.html.sha256 >/dev/null 2>&1 && ! openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in page.html -sigfile page.html.sig >/dev/null 2>&1",
		 test_dir);
	assert_int_equal(system(command), 0);
	/* A file that cannot be written leaves nothing behind. */
	assert_int_equal(report_of("store.db", "--html|/nowhere/x"),
			 DF_EXIT_FAILED);
	assert_int_equal(report_of("store.db", "--output|%s",
				   test_path("page.txt")), DF_EXIT_OK);
	assert_int_equal(access(test_path("page.txt.sha256"), F_OK), 0);
	assert_int_equal(access(test_path("page.txt.sig"), F_OK), -1);
}

static void names_the_proof(void **state)
{
	struct df_store_report proof;
	char want[256], hash[DF_STORE_HASH_STRLEN];

	make_lines("store.db", plain);
	proof = verify("store.db");
	df_store_hash_text(proof.head.hash, hash);
	snprintf(want, sizeof(want), "dronefence log --verify --store %s --head 7:%s\n",
		 test_path("store.db"), hash);
	assert_int_equal(report_of("store.db", "--text"), DF_EXIT_OK);
	assert_non_null(strstr(out, want));
}

/* Wherever countries are, their marks do not cover each other. */
static void marks_do_not_cover(void **state)
{
	struct map_mark marks[300];
	size_t count = 0, i, j;

	for (i = 0; i < map_shape_count; i++)
		if (map_shapes[i].small && count < 300)
			marks[count++] = (struct map_mark){
				.x = map_shapes[i].x, .y = map_shapes[i].y };
	assert_true(count > 30);
	map_place(marks, count);
	for (i = 0; i < count; i++) {
		int far = abs(marks[i].at_x - marks[i].x) +
			  abs(marks[i].at_y - marks[i].y);

		assert_in_range(marks[i].at_x, MAP_MARK, map_width - MAP_MARK);
		assert_in_range(marks[i].at_y, MAP_MARK, map_height - MAP_MARK);
		assert_true(far < 300);
		for (j = 0; j < i; j++) {
			int dx = marks[i].at_x - marks[j].at_x;
			int dy = marks[i].at_y - marks[j].at_y;

			assert_true(dx * dx + dy * dy >=
				    4 * (MAP_MARK - 2) * (MAP_MARK - 2));
		}
	}
	/* More than there is room for is no harm. */
	memset(marks, 0, sizeof(marks));
	map_place(marks, 300);
}

static void map_has_the_small_ones(void **state)
{
	static const char *const codes[] = { "HK", "MO", "SG", "MC", "VA" };
	size_t i, j;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		for (j = 0; j < map_shape_count; j++)
			if (!strcmp(map_shapes[j].code, codes[i]))
				break;
		assert_true(j < map_shape_count && map_shapes[j].small);
	}
	/* Outlines hold nothing but numbers and the commands of a path. */
	for (i = 0; i < map_shape_count; i++)
		assert_int_equal(strspn(map_shapes[i].path, "0123456789- Mlz"),
				 strlen(map_shapes[i].path));
}

static void lists_flights(void **state)
{
	char arguments[256];
	json_t *json;

	make_lines("store.db", plain);
	snprintf(arguments, sizeof(arguments), "list|--store|%s",
		 test_path("store.db"));
	assert_int_equal(run(cmd_flight, arguments), DF_EXIT_OK);
	assert_string_equal(out, "2026-11-20T11:00:00.000Z 2026-11-20T11:30:00.000Z field 7\n");
	make_lines("hostile.db", hostile);
	snprintf(arguments, sizeof(arguments), "list|--json|--store|%s",
		 test_path("hostile.db"));
	assert_int_equal(run(cmd_flight, arguments), DF_EXIT_OK);
	json = json_loads(out, 0, NULL);
	assert_int_equal(json_array_size(json), 1);
	assert_true(json_is_null(json_object_get(json_array_get(json, 0), "end")));
	json_decref(json);
	assert_int_equal(run(cmd_flight, "start"), DF_EXIT_USAGE);
	assert_int_equal(run(cmd_flight, "stop|x"), DF_EXIT_USAGE);
	assert_int_equal(run(cmd_flight, "land"), DF_EXIT_USAGE);
	assert_int_equal(run(cmd_flight, "stop|--control|/nowhere/x"),
			 DF_EXIT_FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_one, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reports_a_flight),
		TEST(reports_a_span),
		TEST(sums_what_it_does_not_show),
		TEST(writes_json),
		TEST(escapes_what_others_chose),
		TEST(page_stands_alone),
		TEST(seals_its_files),
		TEST(names_the_proof),
		TEST(marks_do_not_cover),
		TEST(map_has_the_small_ones),
		TEST(lists_flights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
