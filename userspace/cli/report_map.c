// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The map of a report: the more bytes went to a country, the stronger its colour;
 * one that is small, or where attempts were denied, has a mark with its code. Hong
 * Kong and Macao are two units apart: marks move aside, and a line shows where they
 * belong.
 */
#include <inttypes.h>
#include <string.h>

#include "policy.h"
#include "report_map.h"
#include "report_page.h"
#include "world_map.h"

/* Shades of a country that bytes went to. */
#define SHADES 5

/* Most marks; there are no more countries. */
#define MARKS 300

/* Places that are tried around where a mark belongs: rings, and places in each. */
#define RINGS 12
#define TURNS 16

static bool is_free(const struct map_mark *marks, size_t count, int x, int y)
{
	const int apart = 2 * MAP_MARK + 2;
	size_t i;

	if (x < MAP_MARK || y < MAP_MARK || x > map_width - MAP_MARK ||
	    y > map_height - MAP_MARK)
		return false;
	for (i = 0; i < count; i++) {
		int dx = x - marks[i].at_x, dy = y - marks[i].at_y;

		if (dx * dx + dy * dy < apart * apart)
			return false;
	}
	return true;
}

/* The nearest place that is free, below and to the right first. */
static void place(struct map_mark *marks, size_t count)
{
	/* Sixteen turns, times 100. */
	static const int turns[TURNS][2] = {
		{ 71, 71 }, { 92, 38 }, { 100, 0 }, { 38, 92 }, { 0, 100 },
		{ 92, -38 }, { 71, -71 }, { -38, 92 }, { -71, 71 }, { 38, -92 },
		{ 0, -100 }, { -92, 38 }, { -100, 0 }, { -38, -92 },
		{ -71, -71 }, { -92, -38 },
	};
	struct map_mark *mark = &marks[count];
	int ring, turn;

	mark->at_x = mark->x;
	mark->at_y = mark->y;
	for (ring = 0; ring < RINGS; ring++)
		for (turn = 0; turn < TURNS; turn++) {
			int far = ring * (MAP_MARK + 6);
			int x = mark->x + far * turns[turn][0] / 100;
			int y = mark->y + far * turns[turn][1] / 100;

			if (!is_free(marks, count, x, y))
				continue;
			mark->at_x = x;
			mark->at_y = y;
			return;
		}
}

/**
 * map_place() - find a place for each mark where it covers no other
 * @marks: where they belong; result: where they are drawn
 * @count: how many; the first have the better places
 */
void map_place(struct map_mark *marks, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		place(marks, i);
}

static const struct df_report_row *find(const struct df_report_table *countries,
					const char *code)
{
	size_t i;

	for (i = 0; *code && i < countries->count; i++)
		if (!strcmp(countries->rows[i].key, code))
			return &countries->rows[i];
	return NULL;
}

static uint64_t most_bytes(const struct df_report_table *countries)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < countries->count; i++)
		if (strlen(countries->rows[i].key) == 2 &&
		    countries->rows[i].sums.bytes > most)
			most = countries->rows[i].sums.bytes;
	return most;
}

static int bits(uint64_t number)
{
	return number ? 64 - __builtin_clzll(number) : 0;
}

/* By the number of digits: sums of bytes differ by powers of ten. */
static int shade(const struct df_report_row *row, uint64_t most)
{
	if (!row || !row->sums.bytes)
		return 0;
	return 1 + (SHADES - 1) * bits(row->sums.bytes) / (bits(most) ?: 1);
}

static void say(FILE *out, const struct df_report_row *row)
{
	const char *name = df_country_name(row->key);
	char bytes[32];

	df_report_bytes(row->sums.bytes, bytes);
	fputs("<title>", out);
	report_escaped(out, name ?: row->key);
	fprintf(out, ": %s bytes, %" PRIu64 " denied, %" PRIu64 " watched</title>",
		bytes, row->sums.attempts, row->sums.watched);
}

static void draw_countries(FILE *out, const struct df_report_table *countries)
{
	uint64_t most = most_bytes(countries);
	size_t i;

	for (i = 0; i < map_shape_count; i++) {
		const struct map_shape *shape = &map_shapes[i];
		const struct df_report_row *row = find(countries, shape->code);

		if (*shape->path) {
			fprintf(out, "<path class=\"b%d\" d=\"%s\">",
				shade(row, most), shape->path);
			if (row)
				say(out, row);
			fputs("</path>\n", out);
		}
		if (shape->small)
			fprintf(out, "<circle class=\"dot b%d\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n",
				shade(row, most), shape->x, shape->y);
	}
}

static void draw_mark(FILE *out, const struct df_report_row *row,
		      const struct map_mark *mark, int level)
{
	bool moved = mark->at_x != mark->x || mark->at_y != mark->y;

	fputs("<g>", out);
	say(out, row);
	if (moved)
		fprintf(out, "<path class=\"lead\" d=\"M%d %dL%d %d\"/>", mark->x,
			mark->y, mark->at_x, mark->at_y);
	fprintf(out, "<circle class=\"mark m%d%s\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>",
		level, row->sums.attempts ? " denied" :
		row->sums.watched ? " watched" : "", mark->at_x, mark->at_y,
		MAP_MARK - 2);
	fprintf(out, "<text class=\"t%d\" x=\"%d\" y=\"%d\">", level, mark->at_x,
		mark->at_y + 6);
	report_escaped(out, row->key);
	fputs("</text></g>\n", out);
}

static void draw_marks(FILE *out, const struct df_report_table *countries)
{
	const struct df_report_row *rows[MARKS];
	struct map_mark marks[MARKS];
	uint64_t most = most_bytes(countries);
	size_t i, count = 0;

	for (i = 0; i < map_shape_count && count < MARKS; i++) {
		const struct map_shape *shape = &map_shapes[i];
		const struct df_report_row *row = find(countries, shape->code);

		if (!row || (!shape->small && !row->sums.attempts &&
			     !row->sums.watched))
			continue;
		rows[count] = row;
		marks[count++] = (struct map_mark){ .x = shape->x,
						    .y = shape->y };
	}
	map_place(marks, count);
	for (i = 0; i < count; i++)
		draw_mark(out, rows[i], &marks[i], shade(rows[i], most));
}

static bool is_drawn(const char *code)
{
	size_t i;

	for (i = 0; i < map_shape_count; i++)
		if (!strcmp(map_shapes[i].code, code))
			return true;
	return false;
}

static void name_the_rest(FILE *out, const struct df_report_table *countries)
{
	const char *comma = "<p class=\"soft\">Not on the map: ";
	size_t i;

	for (i = 0; i < countries->count; i++) {
		if (is_drawn(countries->rows[i].key))
			continue;
		fputs(comma, out);
		report_escaped(out, !strcmp(countries->rows[i].key, "local") ?
			       "addresses that are not public" :
			       countries->rows[i].key);
		comma = ", ";
	}
	if (*comma == ',')
		fputs("</p>\n", out);
}

/**
 * report_map() - draw the world
 * @out: where to
 * @countries: bytes and attempts by country; what is on no map is named below it
 */
void report_map(FILE *out, const struct df_report_table *countries)
{
	fprintf(out, "<svg class=\"map\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"World map of bytes and denied attempts by country; the table below has the numbers\">\n",
		map_width, map_height);
	draw_countries(out, countries);
	draw_marks(out, countries);
	fputs("</svg>\n", out);
	name_the_rest(out, countries);
}
