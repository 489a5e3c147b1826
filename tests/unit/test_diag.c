// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diag.h"

static struct df_mark mark(const char *file, unsigned int line,
			   unsigned int column, unsigned int length)
{
	return (struct df_mark){ file, line, column, length };
}

static void assert_printed(struct df_diags *diags, bool color,
			   const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	df_diags_print(diags, out, color);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

/* One error at a place of a line, as it is printed. */
static void assert_line(const char *line, unsigned int column,
			unsigned int length, const char *expected)
{
	struct df_mark at = mark("f", 3, column, length);
	struct df_diags diags = { 0 };

	df_diag(&diags, DF_ERROR, &at, line, "wrong");
	assert_printed(&diags, false, expected);
	df_diags_free(&diags);
}

static void prints_place_and_line(void **state)
{
	assert_line("  rulez: []", 3, 5,
		    "f:3:3: error: wrong\n"
		    "    rulez: []\n"
		    "    ^~~~~\n");
	assert_line("x", 1, 1,
		    "f:3:1: error: wrong\n"
		    "  x\n"
		    "  ^\n");
}

static void keeps_tabs(void **state)
{
	assert_line("\ta:\tbad", 5, 3,
		    "f:3:5: error: wrong\n"
		    "  \ta:\tbad\n"
		    "  \t  \t^~~\n");
}

static void counts_characters_not_bytes(void **state)
{
	/* Two bytes each, one column each; columns count bytes. */
	assert_line("\xc3\xa9\xc3\xa9 bad", 6, 3,
		    "f:3:6: error: wrong\n"
		    "  \xc3\xa9\xc3\xa9 bad\n"
		    "     ^~~\n");
	/* Underlined characters of two bytes. */
	assert_line("a \xc3\xa9\xc3\xa9 b", 3, 4,
		    "f:3:3: error: wrong\n"
		    "  a \xc3\xa9\xc3\xa9 b\n"
		    "    ^~\n");
	/* Three bytes, two columns. */
	assert_line("\xe6\xbc\xa2 x", 5, 1,
		    "f:3:5: error: wrong\n"
		    "  \xe6\xbc\xa2 x\n"
		    "     ^\n");
	assert_line("\xe6\xbc\xa2\xe5\xad\x97", 1, 6,
		    "f:3:1: error: wrong\n"
		    "  \xe6\xbc\xa2\xe5\xad\x97\n"
		    "  ^~~~\n");
	/* A combining accent takes no column. */
	assert_line("e\xcc\x81 x", 5, 1,
		    "f:3:5: error: wrong\n"
		    "  e\xcc\x81 x\n"
		    "    ^\n");
}

static void shows_nothing_a_terminal_obeys(void **state)
{
	struct df_mark at = mark("f\x1b[2J", 1, 1, 1);
	struct df_diags diags = { 0 };

	df_diag(&diags, DF_ERROR, &at, "a\x1b[0m\xff\xe2\x80\xae\x7f",
		"'\x1b' and \xc2\x9b");
	assert_printed(&diags, false,
		       "f?[2J:1:1: error: '?' and ?\n"
		       "  a?[0m?\?\?\n"
		       "  ^\n");
	df_diags_free(&diags);
}

static void stays_within_the_line(void **state)
{
	assert_line("ab", 2, 100,
		    "f:3:2: error: wrong\n"
		    "  ab\n"
		    "   ^\n");
	assert_line("ab", 100, 3,
		    "f:3:100: error: wrong\n"
		    "  ab\n"
		    "    ^\n");
	assert_line("ab", 0, 0,
		    "f:3:0: error: wrong\n"
		    "  ab\n"
		    "  ^\n");
	/* The end of a file. */
	assert_line("", 1, 1, "f:3:1: error: wrong\n");
}

static void prints_without_place(void **state)
{
	struct df_mark whole = mark("f", 0, 0, 0);
	struct df_diags diags = { 0 };

	df_diag(&diags, DF_ERROR, NULL, NULL, "out of %s", "memory");
	df_diag(&diags, DF_WARNING, &whole, NULL, "old");
	assert_printed(&diags, false,
		       "error: out of memory\n"
		       "f: warning: old\n");
	df_diags_free(&diags);
}

static void colors_when_asked(void **state)
{
	struct df_mark at = mark("f", 3, 1, 2);
	struct df_diags diags = { 0 };

	df_diag(&diags, DF_ERROR, &at, "ab", "wrong");
	df_diag(&diags, DF_WARNING, NULL, NULL, "old");
	assert_printed(&diags, true,
		       "\033[1mf:3:1:\033[0m \033[1;31merror:\033[0m wrong\n"
		       "  ab\n"
		       "  \033[1;32m^~\033[0m\n"
		       "\033[1;35mwarning:\033[0m old\n");
	df_diags_free(&diags);
}

static void counts_errors(void **state)
{
	struct df_diags diags = { 0 };

	assert_false(df_diags_failed(&diags));
	df_diag(&diags, DF_WARNING, NULL, NULL, "old");
	assert_false(df_diags_failed(&diags));
	df_diag(&diags, DF_ERROR, NULL, NULL, "wrong");
	assert_true(df_diags_failed(&diags));
	df_diag_geo(&diags, "stale by %d days", 3);
	assert_int_equal(diags.count, 3);
	assert_int_equal(diags.errors, 2);
	assert_int_equal(diags.geo_errors, 1);
	assert_string_equal(diags.list[2].message, "stale by 3 days");
	df_diags_free(&diags);
	assert_int_equal(diags.count, 0);
	assert_false(df_diags_failed(&diags));
}

static void a_lost_message_is_an_error(void **state)
{
	struct df_diags diags = { .lost = true };

	assert_true(df_diags_failed(&diags));
	assert_printed(&diags, false,
		       "error: out of memory, not all messages are shown\n");
}

static void copies_everything(void **state)
{
	char file[] = "f", text[] = "abc";
	struct df_mark at = mark(file, 1, 1, 1);
	struct df_diags diags = { 0 };

	df_diag(&diags, DF_ERROR, &at, text, "wrong");
	file[0] = 'X';
	text[0] = 'X';
	assert_string_equal(diags.list[0].file, "f");
	assert_string_equal(diags.list[0].text, "abc");
	df_diags_free(&diags);
}

static void moves_messages(void **state)
{
	struct df_diags a = { 0 }, b = { 0 };
	int i;

	for (i = 0; i < 5; i++)
		df_diag(&a, DF_WARNING, NULL, NULL, "a%d", i);
	for (i = 0; i < 5; i++)
		df_diag(&b, DF_WARNING, NULL, NULL, "b%d", i);
	df_diag_geo(&b, "c");
	b.lost = true;
	df_diags_append(&a, &b);
	assert_int_equal(b.count, 0);
	assert_null(b.list);
	assert_false(df_diags_failed(&b));
	assert_int_equal(a.count, 11);
	assert_int_equal(a.errors, 1);
	assert_int_equal(a.geo_errors, 1);
	assert_true(a.lost);
	assert_string_equal(a.list[4].message, "a4");
	assert_string_equal(a.list[5].message, "b0");
	assert_string_equal(a.list[10].message, "c");
	df_diags_append(&a, &b);
	assert_int_equal(a.count, 11);
	df_diags_free(&a);
}

static void sorts_by_place(void **state)
{
	static const struct df_mark places[] = {
		{ "b", 2, 1, 1 }, { "b", 10, 1, 1 }, { NULL, 0, 0, 0 },
		{ "a", 9, 9, 1 }, { "b", 2, 10, 1 }, { "b", 2, 9, 1 },
		{ "b", 0, 0, 1 }, { "b", 2, 9, 1 }, { NULL, 0, 0, 0 },
	};
	struct df_diags diags = { 0 };
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		df_diag(&diags, DF_ERROR, &places[i], NULL, "%zu", i);
	df_diags_sort(&diags);
	assert_printed(&diags, false,
		       "a:9:9: error: 3\n"
		       "b: error: 6\n"
		       "b:2:1: error: 0\n"
		       "b:2:9: error: 5\n"
		       "b:2:9: error: 7\n"
		       "b:2:10: error: 4\n"
		       "b:10:1: error: 1\n"
		       "error: 2\n"
		       "error: 8\n");
	df_diags_free(&diags);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_place_and_line),
		cmocka_unit_test(keeps_tabs),
		cmocka_unit_test(counts_characters_not_bytes),
		cmocka_unit_test(shows_nothing_a_terminal_obeys),
		cmocka_unit_test(stays_within_the_line),
		cmocka_unit_test(prints_without_place),
		cmocka_unit_test(colors_when_asked),
		cmocka_unit_test(counts_errors),
		cmocka_unit_test(a_lost_message_is_an_error),
		cmocka_unit_test(copies_everything),
		cmocka_unit_test(moves_messages),
		cmocka_unit_test(sorts_by_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
