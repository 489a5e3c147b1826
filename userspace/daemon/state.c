// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state file:
 *
 *	{"version": 1, "sinks": {"journald": {"instance": "8c...", "next": 42}}}
 *
 * It is replaced as a whole by rename, so that a daemon that dies leaves the
 * old or the new one. It is not forced to the disk: a machine that crashes
 * loads the kernel module anew, and its numbers start again anyway.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "state.h"

#define STATE_FILE "state.json"
#define STATE_FILE_NEW "state.json.new"
#define LOCK_FILE "lock"

/* A file that is larger is not ours. */
#define STATE_SIZE_MAX 65536

static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int lock_in(int dir_fd, int *fd)
{
	int err;

	*fd = openat(dir_fd, LOCK_FILE,
		     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return -errno;
	if (!flock(*fd, LOCK_EX | LOCK_NB))
		return 0;
	err = -errno;
	close(*fd);
	*fd = -1;
	return err;
}

/**
 * df_state_lock() - be the only one who uses a folder
 * @dir: folder of the state; made if it is missing
 * @fd: result, holds the lock until it is closed; -1 on error
 *
 * Return: 0, -EWOULDBLOCK if somebody else has it, or another negative errno.
 */
int df_state_lock(const char *dir, int *fd)
{
	int dir_fd, err;

	*fd = -1;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	dir_fd = open_dir(dir);
	if (dir_fd < 0)
		return dir_fd;
	err = lock_in(dir_fd, fd);
	close(dir_fd);
	return err;
}

/* All of the file as text, terminated; to be freed. */
static int read_file(const char *dir, char **text)
{
	int dir_fd = open_dir(dir), fd;
	char *buf = malloc(STATE_SIZE_MAX + 1);
	ssize_t length = -1;
	int err = 0;

	if (dir_fd < 0 || !buf) {
		err = dir_fd < 0 ? dir_fd : -ENOMEM;
		goto out;
	}
	fd = openat(dir_fd, STATE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0)
		length = read(fd, buf, STATE_SIZE_MAX);
	if (length < 0)
		err = -errno;
	else
		buf[length] = '\0';
	if (fd >= 0)
		close(fd);
out:
	if (dir_fd >= 0)
		close(dir_fd);
	if (err)
		free(buf);
	else
		*text = buf;
	return err;
}

static bool read_instance(const json_t *value, uint64_t *instance)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) != 16 ||
	    strspn(text, "0123456789abcdef") != 16)
		return false;
	*instance = strtoull(text, NULL, 16);
	return true;
}

static bool read_cursor(const json_t *object, struct df_cursor *cursor)
{
	const json_t *next = json_object_get(object, "next");
	uint64_t instance;

	if (!json_is_integer(next) || json_integer_value(next) < 1 ||
	    !read_instance(json_object_get(object, "instance"), &instance))
		return false;
	cursor->known = true;
	cursor->instance = instance;
	cursor->next = (uint64_t)json_integer_value(next);
	return true;
}

static int read_root(const json_t *root, const struct df_state_entry *entries,
		     size_t count)
{
	const json_t *sinks = json_object_get(root, "sinks");
	size_t i;

	if (json_integer_value(json_object_get(root, "version")) != 1 ||
	    !json_is_object(sinks))
		return -EINVAL;
	for (i = 0; i < count; i++) {
		const json_t *sink = json_object_get(sinks, entries[i].name);

		if (sink && !read_cursor(sink, entries[i].cursor))
			return -EINVAL;
	}
	return 0;
}

/**
 * df_state_load() - read what the sinks had got
 * @dir: folder of the state
 * @entries: the sinks; the cursors of those that the file knows are set
 * @count: how many
 *
 * Return: 0; -ENOENT if there is no file; -EINVAL if it is damaged, cursors may
 * be set then; another negative errno.
 */
int df_state_load(const char *dir, const struct df_state_entry *entries,
		  size_t count)
{
	json_t *root;
	char *text;
	int err;

	err = read_file(dir, &text);
	if (err)
		return err;
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	err = root ? read_root(root, entries, count) : -EINVAL;
	json_decref(root);
	free(text);
	return err;
}

static json_t *write_cursor(const struct df_cursor *cursor)
{
	char instance[17];

	snprintf(instance, sizeof(instance), "%016" PRIx64, cursor->instance);
	return json_pack("{s:s, s:I}", "instance", instance,
			 "next", (json_int_t)cursor->next);
}

static json_t *write_root(const struct df_state_entry *entries, size_t count)
{
	json_t *sinks = json_object();
	size_t i;

	for (i = 0; i < count; i++)
		if (entries[i].cursor->known &&
		    json_object_set_new(sinks, entries[i].name,
					write_cursor(entries[i].cursor))) {
			json_decref(sinks);
			return NULL;
		}
	return json_pack("{s:i, s:o}", "version", 1, "sinks", sinks);
}

static int write_file(int dir_fd, const char *text)
{
	size_t length = strlen(text);
	ssize_t written;
	int fd;

	fd = openat(dir_fd, STATE_FILE_NEW,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	written = write(fd, text, length);
	if (written != (ssize_t)length) {
		int err = written < 0 ? -errno : -ENOSPC;

		close(fd);
		return err;
	}
	if (close(fd))
		return -errno;
	if (renameat(dir_fd, STATE_FILE_NEW, dir_fd, STATE_FILE))
		return -errno;
	return 0;
}

/**
 * df_state_save() - write what the sinks have got
 * @dir: folder of the state
 * @entries: the sinks; one whose cursor is not known is left out
 * @count: how many
 *
 * Return: 0 or a negative errno; the old file is untouched then.
 */
int df_state_save(const char *dir, const struct df_state_entry *entries,
		  size_t count)
{
	json_t *root = write_root(entries, count);
	char *text = root ? json_dumps(root, 0) : NULL;
	int dir_fd, err = -ENOMEM;

	json_decref(root);
	if (!text)
		return err;
	dir_fd = open_dir(dir);
	err = dir_fd < 0 ? dir_fd : write_file(dir_fd, text);
	if (dir_fd >= 0)
		close(dir_fd);
	free(text);
	return err;
}
