// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "json_file.h"
#include "replace.h"

/* A file that is larger is not ours. */
#define SIZE_LIMIT (256 * 1024)

static json_t *parse(int fd)
{
	char *text = malloc(SIZE_LIMIT);
	ssize_t length = text ? read(fd, text, SIZE_LIMIT) : -1;
	json_t *root = NULL;

	if (length >= 0)
		root = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES,
				  NULL);
	free(text);
	return root;
}

/**
 * df_json_read() - read a file that only its owner could have written
 * @dir: its folder
 * @name: of the file
 * @root: result, to be released; NULL after an error
 *
 * Return: 0; -ENOENT without the file or the folder; -EPERM if others can write to the
 * folder; -EINVAL if the file is damaged or there is no memory; another negative errno.
 */
int df_json_read(const char *dir, const char *name, json_t **root)
{
	int dir_fd = df_cache_dir(dir), fd, err = 0;

	*root = NULL;
	if (dir_fd < 0)
		return dir_fd;
	fd = openat(dir_fd, name,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		err = -errno;
	close(dir_fd);
	if (err)
		return err;
	*root = parse(fd);
	close(fd);
	return *root ? 0 : -EINVAL;
}

static int write_text(const char *dir, const char *name, const char *text)
{
	int dir_fd = df_cache_dir(dir), err;

	if (dir_fd < 0)
		return dir_fd;
	err = df_replace_in(dir_fd, name, text, strlen(text), 0600);
	close(dir_fd);
	return err;
}

/**
 * df_json_write() - write a file that only its owner can write
 * @dir: its folder
 * @name: of the file
 * @root: what it is to hold, released here; NULL where there was no memory for it
 *
 * Return: 0; -ENOMEM; -EPERM if others can write to the folder; another negative errno.
 * After an error the old file is untouched.
 */
int df_json_write(const char *dir, const char *name, json_t *root)
{
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	int err = text ? write_text(dir, name, text) : -ENOMEM;

	free(text);
	json_decref(root);
	return err;
}
