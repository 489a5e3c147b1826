// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The text files of Debian's tor-geoipdb: "geoip" with lines such as
 * 16777216,16777471,AU and "geoip6" with 2001:200::,2001:200:134:ffff::,JP,
 * both sorted and after a header of comments. It is read strictly: a line that
 * is not understood means that the file is not what it is taken for.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "geo_read.h"

/* Of a short one: there are not many more lines than this says. */
#define LINE_LENGTH	20

/**
 * struct text - a file while it is read
 * @path: of the file
 * @family: address family of its lines
 * @file: its contents
 * @line: number of the current line
 * @pos: where the next line starts
 * @date: from the header, 0 where it has none
 * @writer: gets the ranges
 * @any: a range was read
 * @last: last address of the range before
 */
struct text {
	char *path;
	enum df_family family;
	struct df_geo_file file;
	unsigned int line;
	size_t pos;
	uint64_t date;
	struct df_geo_writer *writer;
	bool any;
	df_u128 last;
};

static int bad_line(struct text *text, struct df_diags *diags, const char *why)
{
	df_diag_geo(diags, "%s:%u: %s", text->path, text->line, why);
	return -EINVAL;
}

/* One decimal number up to the comma: no sign, no space, no leading zero. */
static bool parse_number(const char *field, size_t len, df_u128 *addr)
{
	uint64_t value = 0;
	size_t i;

	if (!len || len > 10 || (field[0] == '0' && len > 1))
		return false;
	for (i = 0; i < len; i++) {
		if (field[i] < '0' || field[i] > '9')
			return false;
		value = value * 10 + (field[i] - '0');
	}
	*addr = value;
	return value <= UINT32_MAX;
}

static bool parse_ipv6(const char *field, size_t len, df_u128 *addr)
{
	char buf[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, field, len);
	buf[len] = 0;
	if (strlen(buf) != len || inet_pton(AF_INET6, buf, bytes) != 1)
		return false;
	*addr = df_addr_from_bytes(DF_IPV6, bytes);
	return true;
}

static bool parse_address(const struct text *text, const char *field,
			  size_t len, df_u128 *addr)
{
	return text->family == DF_IPV4 ? parse_number(field, len, addr) :
					 parse_ipv6(field, len, addr);
}

static bool parse_code(const char *field, size_t len)
{
	if (len != 2)
		return false;
	return !memcmp(field, "??", 2) || df_geo_code_valid(field);
}

static int parse_range(struct text *text, const char *line, size_t len,
		       struct df_diags *diags)
{
	const char *high = memchr(line, ',', len), *code;
	df_u128 first, last;

	code = high ? memchr(high + 1, ',', len - (high + 1 - line)) : NULL;
	if (!code)
		return bad_line(text, diags, "expected first,last,country");
	if (!parse_address(text, line, high - line, &first))
		return bad_line(text, diags, "bad first address");
	if (!parse_address(text, high + 1, code - high - 1, &last))
		return bad_line(text, diags, "bad last address");
	if (!parse_code(code + 1, len - (code + 1 - line)))
		return bad_line(text, diags, "bad country code");
	if (first > last)
		return bad_line(text, diags, "the range ends before it starts");
	if (text->any && first <= text->last)
		return bad_line(text, diags, "not above the range before");
	text->any = true;
	text->last = last;
	if (df_geo_writer_add(text->writer, text->family, first, last, 0,
			      code + 1))
		return df_geo_report(diags, text->path, -ENOMEM);
	return 0;
}

/* As in "Thu, 25 Jun 2026 04:33:59 GMT"; not strptime(), which is localised. */
static bool parse_date(const char *value, uint64_t *date)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = { 0 }, check;
	char month[4];
	const char *at;
	time_t t;
	int end = 0;

	if (sscanf(value, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n",
		   &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour, &tm.tm_min,
		   &tm.tm_sec, &end) != 6 || !end || value[end])
		return false;
	at = strstr(months, month);
	if (!at || strlen(month) != 3 || (at - months) % 3)
		return false;
	tm.tm_mon = (at - months) / 3;
	tm.tm_year -= 1900;
	check = tm;
	t = timegm(&check);
	/* timegm() turns the 31st of June into the 1st of July. */
	if (t <= 0 || check.tm_mday != tm.tm_mday || check.tm_hour != tm.tm_hour ||
	    check.tm_min != tm.tm_min || check.tm_sec != tm.tm_sec)
		return false;
	*date = t;
	return true;
}

static int parse_comment(struct text *text, const char *line, size_t len,
			 struct df_diags *diags)
{
	static const char key[] = "# Generated: ";
	char value[64];

	if (len < strlen(key) || memcmp(line, key, strlen(key)))
		return 0;
	len -= strlen(key);
	if (len >= sizeof(value))
		return bad_line(text, diags, "bad date");
	memcpy(value, line + strlen(key), len);
	value[len] = 0;
	if (text->date || !parse_date(value, &text->date))
		return bad_line(text, diags, "bad date");
	return 0;
}

static int parse_line(struct text *text, struct df_diags *diags)
{
	const char *line = (const char *)text->file.data + text->pos;
	const char *end = memchr(line, '\n', text->file.size - text->pos);
	size_t len;

	text->line++;
	if (!end)
		return bad_line(text, diags,
				"the file ends within a line; it is truncated");
	len = end - line;
	text->pos += len + 1;
	if (len && line[0] == '#')
		return parse_comment(text, line, len, diags);
	return parse_range(text, line, len, diags);
}

static int parse_text(struct text *text, struct df_diags *diags)
{
	if (df_geo_writer_reserve(text->writer, text->family,
				  text->file.size / LINE_LENGTH + 1))
		return df_geo_report(diags, text->path, -ENOMEM);
	while (text->pos < text->file.size) {
		int err = parse_line(text, diags);

		if (err)
			return err;
	}
	if (!text->any) {
		df_diag_geo(diags, "%s: no ranges in this file", text->path);
		return -EINVAL;
	}
	return 0;
}

/* Both files are there, none is there (-ENOENT), or it is an error. */
static int read_files(struct text text[DF_FAMILIES], struct df_diags *diags)
{
	int err[DF_FAMILIES], f;

	for (f = 0; f < DF_FAMILIES; f++)
		err[f] = df_geo_file_read(text[f].path, &text[f].file);
	if (err[DF_IPV4] == -ENOENT && err[DF_IPV6] == -ENOENT)
		return -ENOENT;
	for (f = 0; f < DF_FAMILIES; f++) {
		if (err[f]) {
			df_geo_report(diags, text[f].path, err[f]);
			/* -ENOENT means that both are missing. */
			return err[f] == -ENOENT ? -EINVAL : err[f];
		}
	}
	return 0;
}

static int parse_both(struct df_geo_source *source,
		      struct text text[DF_FAMILIES], struct df_diags *diags)
{
	const struct df_geo_file files[] = { text[0].file, text[1].file };
	int err, f;

	for (f = 0; f < DF_FAMILIES; f++) {
		err = parse_text(&text[f], diags);
		if (err)
			return err;
	}
	if (df_geo_sha256(files, 2, source->digest))
		return df_geo_report(diags, source->path, -ENOMEM);
	/* As old as its older half; unknown where one half does not say. */
	source->date = text[0].date < text[1].date ? text[0].date : text[1].date;
	source->has_country = true;
	return 0;
}

/**
 * df_geo_read_tor() - read a folder with the files geoip and geoip6
 * @source: its path is the folder; the tables, date and digest are set
 * @diags: where errors go
 *
 * Return: 0; -ENOENT where the folder holds neither file; -EINVAL for a line
 * that is malformed, out of order or overlapping, a file that is missing or
 * truncated; -ENOMEM and errors of open() and read().
 */
int df_geo_read_tor(struct df_geo_source *source, struct df_diags *diags)
{
	static const char *const names[] = { "geoip", "geoip6" };
	struct text text[DF_FAMILIES] = { 0 };
	struct df_geo_writer writer;
	int err = 0, f;

	df_geo_writer_init(&writer, source);
	for (f = 0; f < DF_FAMILIES; f++) {
		text[f].family = f;
		text[f].writer = &writer;
		if (asprintf(&text[f].path, "%s/%s", source->path, names[f]) < 0) {
			text[f].path = NULL;
			err = df_geo_report(diags, source->path, -ENOMEM);
			goto free_text;
		}
	}
	err = read_files(text, diags);
	if (!err)
		err = parse_both(source, text, diags);
	df_geo_writer_finish(&writer);
free_text:
	for (f = 0; f < DF_FAMILIES; f++) {
		df_geo_file_free(&text[f].file);
		free(text[f].path);
	}
	return err;
}
