// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages about an input. They are collected first, so that all errors of a
 * file can be shown in one go, and printed like a compiler does:
 *
 *	policy.yaml:7:5: error: unknown key 'rulez' in profile 'p1'
 *	      rulez: []
 *	      ^~~~~
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "utf8.h"

#define INDENT "  "

static void free_diag(struct df_diag *diag)
{
	free(diag->file);
	free(diag->message);
	free(diag->text);
}

static struct df_diag *append(struct df_diags *diags)
{
	struct df_diag *list;

	/* Grown at each power of two. */
	if (!(diags->count & (diags->count - 1))) {
		size_t space = diags->count ? 2 * diags->count : 1;

		list = reallocarray(diags->list, space, sizeof(*list));
		if (!list)
			return NULL;
		diags->list = list;
	}
	return &diags->list[diags->count];
}

static void add(struct df_diags *diags, enum df_severity severity,
		const struct df_mark *mark, const char *text, const char *fmt,
		va_list args)
{
	struct df_diag diag = { .severity = severity };
	struct df_diag *place;

	if (severity == DF_ERROR)
		diags->errors++;
	if (vasprintf(&diag.message, fmt, args) < 0) {
		diag.message = NULL;
		goto lost;
	}
	if (mark) {
		diag.line = mark->line;
		diag.column = mark->column;
		diag.length = mark->length;
	}
	if (mark && mark->file) {
		diag.file = strdup(mark->file);
		if (!diag.file)
			goto lost;
	}
	if (text) {
		diag.text = strdup(text);
		if (!diag.text)
			goto lost;
	}
	place = append(diags);
	if (!place)
		goto lost;
	*place = diag;
	diags->count++;
	return;

lost:
	free_diag(&diag);
	diags->lost = true;
}

/**
 * df_diag() - add a message
 * @diags: where to add it
 * @severity: error or warning
 * @mark: the place it is about, or NULL
 * @text: the line of the file at @mark without its line end, or NULL
 * @fmt: printf format of the message: one line, no full stop
 *
 * Everything is copied. A message that does not fit into memory sets
 * @diags->lost, which counts as an error.
 */
void df_diag(struct df_diags *diags, enum df_severity severity,
	     const struct df_mark *mark, const char *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(diags, severity, mark, text, fmt, args);
	va_end(args);
}

/**
 * df_diag_geo() - add an error about the geo data
 * @diags: where to add it
 * @fmt: printf format of the message: one line, no full stop
 *
 * The same as df_diag(), and counted in @diags->geo_errors too.
 */
void df_diag_geo(struct df_diags *diags, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(diags, DF_ERROR, NULL, NULL, fmt, args);
	va_end(args);
	diags->geo_errors++;
}

/**
 * df_diags_append() - move messages behind others
 * @diags: where to
 * @from: the messages; empty afterwards
 */
void df_diags_append(struct df_diags *diags, struct df_diags *from)
{
	struct df_diag *place;
	size_t i;

	diags->errors += from->errors;
	diags->geo_errors += from->geo_errors;
	diags->lost |= from->lost;
	for (i = 0; i < from->count; i++) {
		place = append(diags);
		if (!place) {
			diags->lost = true;
			break;
		}
		*place = from->list[i];
		from->list[i] = (struct df_diag){ 0 };
		diags->count++;
	}
	df_diags_free(from);
}

/**
 * df_diags_failed() - was there an error
 * @diags: the messages
 *
 * Return: true if there is an error among them or a message was lost.
 */
bool df_diags_failed(const struct df_diags *diags)
{
	return diags->errors || diags->lost;
}

/* By file, line and column; what belongs to no file comes last. */
static int compare(const struct df_diag *a, const struct df_diag *b)
{
	int order;

	if (!a->file || !b->file)
		return !a->file - !b->file;
	order = strcmp(a->file, b->file);
	if (order)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return 0;
}

/**
 * df_diags_sort() - put messages into the order of the files
 * @diags: the messages
 *
 * Messages about the same place keep their order, which qsort() does not
 * promise. They are few, and nearly sorted when they come.
 */
void df_diags_sort(struct df_diags *diags)
{
	size_t i, j;

	for (i = 1; i < diags->count; i++) {
		struct df_diag diag = diags->list[i];

		for (j = i; j && compare(&diags->list[j - 1], &diag) > 0; j--)
			diags->list[j] = diags->list[j - 1];
		diags->list[j] = diag;
	}
}

/* What a terminal would act upon is shown as '?'. */
static void print_clean(FILE *out, const char *text)
{
	size_t size = strlen(text);

	while (size) {
		uint32_t c;
		size_t length = df_utf8_decode(text, size, &c);

		if (length && df_utf8_allowed(c)) {
			fwrite(text, 1, length, out);
		} else {
			fputc('?', out);
			length = length ? length : 1;
		}
		text += length;
		size -= length;
	}
}

/*
 * Print @size bytes of a line as blanks, or from the second column on as
 * @fill. Tabs stay tabs, since only the terminal knows how wide they are.
 */
static void print_span(FILE *out, const char *text, size_t size, char fill)
{
	while (size) {
		uint32_t c;
		size_t length = df_utf8_decode(text, size, &c);
		unsigned int width = 1;

		if (length && df_utf8_allowed(c))
			width = df_utf8_width(c);
		if (fill == ' ' && *text == '\t')
			fputc('\t', out);
		else
			while (width--)
				fputc(fill, out);
		length = length ? length : 1;
		text += length;
		size -= length;
	}
}

/* Columns of the underlined part, its first character not counted. */
static void print_tail(FILE *out, const char *text, size_t size)
{
	uint32_t c;
	size_t first;

	if (!size)
		return;
	first = df_utf8_decode(text, size, &c);
	if (!first)
		first = 1;
	else if (df_utf8_allowed(c) && df_utf8_width(c) == 2)
		fputc('~', out);
	print_span(out, text + first, size - first, '~');
}

static void print_source(const struct df_diag *diag, FILE *out, bool color)
{
	size_t size = strlen(diag->text);
	size_t start = diag->column ? diag->column - 1 : 0;
	size_t length = diag->length;

	if (start > size)
		start = size;
	if (length > size - start)
		length = size - start;

	fputs(INDENT, out);
	print_clean(out, diag->text);
	fputs("\n" INDENT, out);
	print_span(out, diag->text, start, ' ');
	fputs(color ? "\033[1;32m^" : "^", out);
	print_tail(out, diag->text + start, length);
	fputs(color ? "\033[0m\n" : "\n", out);
}

static void print_severity(enum df_severity severity, FILE *out, bool color)
{
	const char *name = severity == DF_ERROR ? "error" : "warning";

	if (color)
		fprintf(out, "\033[1;%dm%s:\033[0m ",
			severity == DF_ERROR ? 31 : 35, name);
	else
		fprintf(out, "%s: ", name);
}

static void print_diag(const struct df_diag *diag, FILE *out, bool color)
{
	if (color && diag->file)
		fputs("\033[1m", out);
	if (diag->file) {
		print_clean(out, diag->file);
		if (diag->line)
			fprintf(out, ":%u:%u", diag->line, diag->column);
		fputs(color ? ":\033[0m " : ": ", out);
	}
	print_severity(diag->severity, out, color);
	print_clean(out, diag->message);
	fputc('\n', out);
	/* An empty line is the end of the file and shows nothing. */
	if (diag->text && *diag->text)
		print_source(diag, out, color);
}

/**
 * df_diags_print() - show messages to a person
 * @diags: the messages, sorted by the caller if they are to be
 * @out: where to
 * @color: use the colours of an ANSI terminal
 *
 * Control characters and invalid UTF-8 of the input are shown as '?'. Errors
 * of writing are left in @out for the caller to find.
 */
void df_diags_print(const struct df_diags *diags, FILE *out, bool color)
{
	size_t i;

	for (i = 0; i < diags->count; i++)
		print_diag(&diags->list[i], out, color);
	if (diags->lost) {
		print_severity(DF_ERROR, out, color);
		fputs("out of memory, not all messages are shown\n", out);
	}
}

/**
 * df_diags_free() - forget all messages
 * @diags: the messages; empty and usable again afterwards
 */
void df_diags_free(struct df_diags *diags)
{
	size_t i;

	for (i = 0; i < diags->count; i++)
		free_diag(&diags->list[i]);
	free(diags->list);
	*diags = (struct df_diags){ 0 };
}
