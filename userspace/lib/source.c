// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"
#include "utf8.h"

static int read_all(int fd, struct df_source *source)
{
	/* One byte more than there should be shows that the file grew. */
	size_t space = source->size + 1, done = 0;

	source->buffer = malloc(space);
	if (!source->buffer)
		return -ENOMEM;
	while (done < space) {
		ssize_t n = read(fd, source->buffer + done, space - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += (size_t)n;
	}
	return done == source->size ? 0 : -EAGAIN;
}

static int read_regular(int fd, struct df_source *source)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > (off_t)DF_SOURCE_MAX)
		return -EFBIG;
	source->device = st.st_dev;
	source->inode = st.st_ino;
	source->size = (size_t)st.st_size;
	return read_all(fd, source);
}

static int find_lines(struct df_source *source)
{
	const char *text = source->text, *end = text + source->text_size;
	const char *p;
	size_t i = 0;

	for (p = text; p < end && (p = memchr(p, '\n', end - p)); p++)
		i++;
	source->line_count = i + 1;
	source->lines = calloc(source->line_count, sizeof(*source->lines));
	if (!source->lines)
		return -ENOMEM;
	i = 1;
	for (p = text; p < end && (p = memchr(p, '\n', end - p)); p++)
		source->lines[i++] = p + 1 - text;
	return 0;
}

static int take_text(struct df_source *source)
{
	static const char bom[] = { '\xef', '\xbb', '\xbf' };
	size_t skip = 0;

	if (source->size >= sizeof(bom) &&
	    !memcmp(source->buffer, bom, sizeof(bom)))
		skip = sizeof(bom);
	source->text = source->buffer + skip;
	source->text_size = source->size - skip;
	return find_lines(source);
}

/**
 * df_source_copy() - take a text for a file
 * @source: filled in; the caller frees it with df_source_free(), on errors too
 * @path: what it is called; must outlive @source
 * @text: a copy of it is made
 *
 * Return: 0 or -ENOMEM.
 */
int df_source_copy(struct df_source *source, const char *path, const char *text)
{
	*source = (struct df_source){ .path = path, .size = strlen(text) };
	source->buffer = strdup(text);
	return source->buffer ? take_text(source) : -ENOMEM;
}

/**
 * df_source_read() - read a file
 * @source: filled in; the caller frees it with df_source_free(), on errors too
 * @path: of the file; must outlive @source
 *
 * Return: 0; -EFBIG over DF_SOURCE_MAX bytes; -EISDIR; -EINVAL for another kind
 * of file; -EAGAIN if it changed meanwhile; -ENOMEM; or what open() or read()
 * said.
 */
int df_source_read(struct df_source *source, const char *path)
{
	int fd, err;

	*source = (struct df_source){ .path = path };
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	err = read_regular(fd, source);
	close(fd);
	return err ?: take_text(source);
}

/**
 * df_source_free() - forget a file
 * @source: after df_source_read(), or all zero
 */
void df_source_free(struct df_source *source)
{
	free(source->buffer);
	free(source->lines);
}

/* Line from 0 that an offset is in. */
static size_t line_of(const struct df_source *source, size_t offset)
{
	size_t low = 0, high = source->line_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static struct df_mark mark_at(const struct df_source *source, size_t offset)
{
	size_t line = line_of(source, offset);

	return (struct df_mark){
		.file = source->path,
		.line = (unsigned int)(line + 1),
		.column = (unsigned int)(offset - source->lines[line] + 1),
		.length = 1,
	};
}

static bool is_utf16(const struct df_source *source)
{
	return source->text_size >= 2 &&
	       (!memcmp(source->text, "\xff\xfe", 2) ||
		!memcmp(source->text, "\xfe\xff", 2));
}

/**
 * df_source_check() - is the file a text
 * @source: the file
 * @diags: where to say that it is not, and where the first bad byte is
 *
 * Return: true if it is UTF-8 without control characters other than tabs and
 * line ends, LF or CR LF.
 */
bool df_source_check(struct df_source *source, struct df_diags *diags)
{
	const char *text = source->text;
	size_t offset = 0, left, length = 0;
	struct df_mark mark;
	uint32_t c = 0;

	for (; offset < source->text_size; offset += length) {
		left = source->text_size - offset;
		length = df_utf8_decode(text + offset, left, &c);
		if (!length)
			break;
		if (c != '\n' && !df_utf8_allowed(c) &&
		    (c != '\r' || left < 2 || text[offset + 1] != '\n'))
			break;
	}
	if (offset == source->text_size)
		return true;

	mark = mark_at(source, offset);
	if (is_utf16(source))
		df_source_error(source, diags, &mark,
				"the file is UTF-16, save it as UTF-8");
	else if (!length)
		df_source_error(source, diags, &mark,
				"not UTF-8 text: byte 0x%02x",
				(unsigned char)text[offset]);
	else if (c < 0x80)
		df_source_error(source, diags, &mark,
				"control character 0x%02x in the file", c);
	else
		df_source_error(source, diags, &mark,
				"character U+%04X is not allowed in a policy", c);
	return false;
}

/*
 * Offset of a character. libyaml counts characters, marks count bytes; asking
 * in the order of the file costs one walk through it in all.
 */
static size_t offset_of(struct df_source *source, size_t index)
{
	const char *text = source->text;
	size_t offset = source->cursor_offset, at = source->cursor_index;

	while (at < index && offset < source->text_size) {
		offset++;
		while (offset < source->text_size &&
		       (text[offset] & 0xc0) == 0x80)
			offset++;
		at++;
	}
	while (at > index && offset) {
		offset--;
		while (offset && (text[offset] & 0xc0) == 0x80)
			offset--;
		at--;
	}
	source->cursor_offset = offset;
	source->cursor_index = at;
	return offset;
}

/**
 * df_source_mark() - the place of a character
 * @source: a file that passed df_source_check()
 * @index: characters before it in the file
 *
 * Return: the mark, with length 1.
 */
struct df_mark df_source_mark(struct df_source *source, size_t index)
{
	return mark_at(source, offset_of(source, index));
}

/**
 * df_source_line() - copy a line without its end
 * @source: the file
 * @line: number from 1
 * @buf: where to
 *
 * Return: @buf; NULL if there is no such line, or if it is not worth showing.
 */
const char *df_source_line(const struct df_source *source, size_t line,
			   char buf[DF_SOURCE_LINE_MAX + 1])
{
	size_t start, end;

	if (!line || line > source->line_count)
		return NULL;
	start = source->lines[line - 1];
	end = line < source->line_count ? source->lines[line] - 1
					: source->text_size;
	if (end > start && source->text[end - 1] == '\r')
		end--;
	if (end - start > DF_SOURCE_LINE_MAX ||
	    memchr(source->text + start, '\0', end - start))
		return NULL;
	memcpy(buf, source->text + start, end - start);
	buf[end - start] = '\0';
	return buf;
}

/**
 * df_source_error() - add an error about a place in a file
 * @source: the file, NULL where it could not be read
 * @diags: where to add it
 * @mark: the place
 * @fmt: printf format of the message: one line, no full stop
 *
 * The line is shown with it. A file can have a million errors: after
 * DF_SOURCE_ERRORS_MAX one last message says that there are more.
 */
void df_source_error(const struct df_source *source, struct df_diags *diags,
		     const struct df_mark *mark, const char *fmt, ...)
{
	char line[DF_SOURCE_LINE_MAX + 1];
	const char *text = NULL;
	char *message;
	va_list args;
	int n;

	if (diags->errors > DF_SOURCE_ERRORS_MAX)
		return;
	if (diags->errors == DF_SOURCE_ERRORS_MAX) {
		df_diag(diags, DF_ERROR, NULL, NULL,
			"more than %d errors, the others are not shown",
			DF_SOURCE_ERRORS_MAX);
		return;
	}
	va_start(args, fmt);
	n = vasprintf(&message, fmt, args);
	va_end(args);
	if (n < 0) {
		diags->errors++;
		diags->lost = true;
		return;
	}
	if (source)
		text = df_source_line(source, mark->line, line);
	df_diag(diags, DF_ERROR, mark, text, "%s", message);
	free(message);
}
