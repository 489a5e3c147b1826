// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON lines: one object a line, appended to a file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"

/* Does the file end in the middle of a line? */
static bool is_torn(const char *path, off_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char last = '\n';

	if (fd < 0)
		return false;
	if (pread(fd, &last, 1, size - 1) != 1)
		last = '\n';
	close(fd);
	return last != '\n';
}

/*
 * A disk that was full or a daemon that was killed may have left half a line.
 * It must not swallow the next one.
 */
static int end_torn_line(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || !st.st_size || !is_torn(path, st.st_size))
		return 0;
	return write(fd, "\n", 1) == 1 ? 0 : -errno;
}

static int open_json(const char *path, bool *stream)
{
	int fd, err;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK |
		  O_NOCTTY, 0640);
	if (fd < 0)
		return -errno;
	err = end_torn_line(fd, path);
	if (err) {
		close(fd);
		return err;
	}
	*stream = true;
	return fd;
}

/**
 * df_record_json() - a record as a line of JSON
 * @record: any
 * @buffer: where to, reset; without a line end
 *
 * Return: 0 or -ENOMEM.
 */
int df_record_json(const struct df_record *record, struct df_buffer *buffer)
{
	struct df_fields fields;
	json_t *object;
	size_t length;

	df_fields_init(&fields);
	df_record_fields(record, &fields);
	object = df_fields_json(&fields);
	if (!object)
		return -ENOMEM;
	length = json_dumpb(object, buffer->data, DF_BUFFER_SIZE, JSON_COMPACT);
	json_decref(object);
	if (!length || length > DF_BUFFER_SIZE)
		return -ENOMEM;
	buffer->length = length;
	return 0;
}

static int encode_json(const struct df_record *record, bool stream,
		       struct df_buffer *buffer)
{
	int err = df_record_json(record, buffer);

	if (err)
		return err;
	df_buffer_text(buffer, "\n");
	return buffer->overflow ? -EMSGSIZE : 0;
}

const struct df_sink_ops df_sink_json = {
	.label = "json",
	.open = open_json,
	.encode = encode_json,
};
