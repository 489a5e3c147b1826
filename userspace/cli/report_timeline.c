// SPDX-License-Identifier: GPL-2.0-or-later
/* Bars over time: bytes upwards, denied attempts downwards. */
#include <inttypes.h>

#include "report_page.h"

/* Of the whole, of its margins, and of the part above and the one below the axis. */
#define WIDTH 1000
#define LEFT 10
#define UP 130
#define DOWN 60
#define TOP 18
#define BELOW 20

static void find_most(const struct df_report *report,
		      struct df_report_bucket *most)
{
	size_t i;

	*most = (struct df_report_bucket){ 0 };
	for (i = 0; i < report->bucket_count; i++) {
		if (report->buckets[i].bytes > most->bytes)
			most->bytes = report->buckets[i].bytes;
		if (report->buckets[i].attempts > most->attempts)
			most->attempts = report->buckets[i].attempts;
	}
}

/* What is there can be seen, however little it is. */
static double part(uint64_t number, uint64_t most, int height)
{
	double size = most ? (double)height * (double)number / (double)most : 0;

	return number && size < 2 ? 2 : size;
}

static void draw_bar(FILE *out, const struct df_report *report, size_t i,
		     const struct df_report_bucket *most)
{
	const struct df_report_bucket *bucket = &report->buckets[i];
	double width = (double)(WIDTH - 2 * LEFT) / (double)report->bucket_count;
	double x = LEFT + width * (double)i;
	double up = part(bucket->bytes, most->bytes, UP);
	double down = part(bucket->attempts, most->attempts, DOWN);
	char from[32], bytes[32];

	if (!bucket->bytes && !bucket->attempts)
		return;
	df_report_moment(report->options.when.from +
			 (int64_t)i * report->bucket_ns, from);
	df_report_bytes(bucket->bytes, bytes);
	fprintf(out, "<g><title>from %s: %s bytes, %" PRIu64 " denied</title>",
		from, bytes, bucket->attempts);
	if (bucket->bytes)
		fprintf(out, "<rect class=\"sent\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
			x, TOP + UP - up, width * 0.9, up);
	if (bucket->attempts)
		fprintf(out, "<rect class=\"refused\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%.1f\"/>",
			x, TOP + UP + 1, width * 0.9, down);
	fputs("</g>\n", out);
}

static void draw_axis(FILE *out, const struct df_report *report,
		      const struct df_report_bucket *most)
{
	int64_t seconds = report->bucket_ns / 1000000000;
	char from[32], to[32], bytes[32];

	df_report_moment(report->options.when.from, from);
	df_report_moment(report->options.when.to, to);
	df_report_bytes(most->bytes, bytes);
	fprintf(out, "<path class=\"axis\" d=\"M%d %dH%d\"/>\n", LEFT, TOP + UP,
		WIDTH - LEFT);
	fprintf(out, "<text x=\"%d\" y=\"12\">most: %s bytes, %" PRIu64 " denied in %" PRId64 " %s</text>\n",
		LEFT, bytes, most->attempts,
		seconds < 60 ? seconds : seconds / 60,
		seconds < 60 ? "s" : "min");
	fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", LEFT,
		TOP + UP + DOWN + BELOW - 4, from);
	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">%s</text>\n",
		WIDTH - LEFT, TOP + UP + DOWN + BELOW - 4, to);
}

/**
 * report_timeline() - draw when it was sent
 * @out: where to
 * @report: after df_report_end()
 */
void report_timeline(FILE *out, const struct df_report *report)
{
	struct df_report_bucket most;
	size_t i;

	find_most(report, &most);
	fprintf(out, "<svg class=\"time\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Bytes and denied attempts over time\">\n",
		WIDTH, TOP + UP + DOWN + BELOW);
	for (i = 0; i < report->bucket_count; i++)
		draw_bar(out, report, i, &most);
	draw_axis(out, report, &most);
	fputs("</svg>\n", out);
}
