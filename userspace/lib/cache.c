// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: The folder of compiled policies
 *
 * To read geo data and to compile it with a policy takes seconds; what comes
 * out depends on files only. So it is kept, in a file that is named after its
 * key (see cache_key.c), and the next time taken from there: at each boot, as a
 * rule. Nothing depends on the folder: it can be deleted at any time.
 *
 * A file is replaced as a whole, and is on the disk before it gets its name.
 * What is in the folder is only used if nobody but its owner could have written
 * it, and if it is complete (see cache_pack.c). A few files are kept, those
 * that were used last: a policy, the one before, and one to compare with.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "owner.h"

/* Most files that stay. */
#define FILES_MAX 4

/* Larger than any policy can be. */
#define SIZE_MAX_BYTES ((off_t)256 << 20)

#define NEW_FILE "new"

/**
 * df_cache_name() - name of the file of a compiled policy
 * @cache: its place
 * @name: result, without the folder
 *
 * Return: @name.
 */
const char *df_cache_name(const struct df_cache *cache,
			  char name[DF_CACHE_NAME])
{
	size_t i;

	for (i = 0; i < sizeof(cache->key); i++)
		snprintf(name + 2 * i, 3, "%02x", cache->key[i]);
	strcpy(name + 2 * sizeof(cache->key), DF_CACHE_SUFFIX);
	return name;
}

/**
 * df_cache_dir() - open a folder that only its owner could have written to
 * @dir: the folder
 *
 * Return: a descriptor; -EPERM if others can write to it; another negative errno.
 */
int df_cache_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && df_owner_trusted(&st))
		return fd;
	close(fd);
	return -EPERM;
}

/* Return: 0, -EPERM for a file that somebody else wrote, another errno. */
static int read_file(int dir_fd, const char *name, struct df_geo_file *file)
{
	int fd, err = 0;
	struct stat st;

	fd = openat(dir_fd, name,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!df_owner_trusted(&st))
		err = -EPERM;
	else if (st.st_size > SIZE_MAX_BYTES)
		err = -EFBIG;
	if (!err)
		err = df_geo_fd_read(fd, file);
	/* It was used just now: the last one to make room. */
	if (!err)
		futimens(fd, NULL);
	close(fd);
	return err;
}

/**
 * df_cache_get() - read a compiled policy
 * @cache: its place
 * @policy: that it was compiled from, NULL where nobody knows
 * @compiled: result; empty after an error
 *
 * Return: 0; -ENOENT if there is none; -EPERM where others could have written it;
 * -EBADMSG if it is damaged; another negative errno.
 */
int df_cache_get(const struct df_cache *cache, const struct df_policy *policy,
		 struct df_compiled *compiled)
{
	struct df_geo_file file = { 0 };
	char name[DF_CACHE_NAME];
	int dir_fd, err;

	*compiled = (struct df_compiled){ 0 };
	dir_fd = df_cache_dir(cache->dir);
	if (dir_fd < 0)
		return dir_fd;
	err = read_file(dir_fd, df_cache_name(cache, name), &file);
	close(dir_fd);
	if (!err && !df_compiled_unpack(cache, &file, policy, compiled))
		err = -EBADMSG;
	df_geo_file_free(&file);
	return err;
}

/**
 * df_cache_problem() - why a compiled policy is not used
 * @err: of df_cache_get()
 *
 * Return: words.
 */
const char *df_cache_problem(int err)
{
	switch (err) {
	case -EPERM:
		return "others can write to it";
	case -EBADMSG:
		return "it is damaged";
	default:
		return strerror(-err);
	}
}

/**
 * df_cache_load() - look for a compiled policy
 * @cache: its place
 * @policy: that it was compiled from
 * @compiled: result; empty if there is none
 * @diags: where a warning goes if there is one that cannot be trusted
 *
 * Return: true if it was found.
 */
bool df_cache_load(const struct df_cache *cache, const struct df_policy *policy,
		   struct df_compiled *compiled, struct df_diags *diags)
{
	int dir_fd = df_cache_dir(cache->dir), err;
	char name[DF_CACHE_NAME];

	*compiled = (struct df_compiled){ 0 };
	if (dir_fd == -EPERM)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"compiled policies in %s are not used: %s", cache->dir,
			df_cache_problem(dir_fd));
	if (dir_fd < 0)
		return false;
	close(dir_fd);
	err = df_cache_get(cache, policy, compiled);
	if (err && err != -ENOENT)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"the compiled policy %s/%s is not used: %s", cache->dir,
			df_cache_name(cache, name), df_cache_problem(err));
	return !err;
}

static int write_all(int fd, const struct df_geo_file *file)
{
	size_t done = 0;

	while (done < file->size) {
		ssize_t n = write(fd, file->data + done, file->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += n;
	}
	return fsync(fd) ? -errno : 0;
}

static int write_file(int dir_fd, const char *name,
		      const struct df_geo_file *file)
{
	int fd, err;

	/* Left behind by somebody who was killed. */
	unlinkat(dir_fd, NEW_FILE, 0);
	fd = openat(dir_fd, NEW_FILE,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, file);
	if (!err)
		err = df_owner_give(fd, dir_fd);
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(dir_fd, NEW_FILE, dir_fd, name))
		err = -errno;
	if (err)
		unlinkat(dir_fd, NEW_FILE, 0);
	else
		fsync(dir_fd);
	return err;
}

static bool is_policy(const char *name)
{
	return strlen(name) == DF_CACHE_NAME - 1 &&
	       !strcmp(name + 2 * DRONEFENCE_DIGEST_LEN, DF_CACHE_SUFFIX);
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec :
					a->tv_nsec < b->tv_nsec;
}

/* Count the files; remember the one that was not used for longest. */
static size_t find_oldest(DIR *dir, char oldest[DF_CACHE_NAME])
{
	struct timespec since = { 0 };
	const struct dirent *entry;
	size_t count = 0;
	struct stat st;

	rewinddir(dir);
	while ((entry = readdir(dir))) {
		if (!is_policy(entry->d_name) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (!count++ || is_older(&st.st_mtim, &since)) {
			since = st.st_mtim;
			memcpy(oldest, entry->d_name, DF_CACHE_NAME);
		}
	}
	return count;
}

static void trim(int dir_fd)
{
	int copy = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	char oldest[DF_CACHE_NAME];

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while (find_oldest(dir, oldest) > FILES_MAX)
		if (unlinkat(dir_fd, oldest, 0))
			break;
	closedir(dir);
}

static void make_dir_in(int parent_fd, const char *name)
{
	int fd;

	if (mkdirat(parent_fd, name, 0700))
		return;
	fd = openat(parent_fd, name,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	df_owner_give(fd, parent_fd);
	close(fd);
}

/**
 * df_cache_make_dir() - make a folder, and the one that it is in
 * @path: the folder; to open it will say if that did not work
 */
void df_cache_make_dir(const char *path)
{
	char parent[PATH_MAX], name[PATH_MAX], *folder;
	int fd;

	if (strlen(path) >= sizeof(parent))
		return;
	strcpy(parent, path);
	strcpy(name, path);
	folder = dirname(parent);
	mkdir(folder, 0700);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	make_dir_in(fd, basename(name));
	close(fd);
}

static int store(const struct df_cache *cache, const struct df_geo_file *file,
		 bool trimmed)
{
	char name[DF_CACHE_NAME];
	int dir_fd, err = 0;

	df_cache_make_dir(cache->dir);
	dir_fd = df_cache_dir(cache->dir);
	if (dir_fd < 0)
		return dir_fd;
	/* Two at once would write into each other's file. */
	if (flock(dir_fd, LOCK_EX))
		err = -errno;
	if (!err)
		err = write_file(dir_fd, df_cache_name(cache, name), file);
	if (!err && trimmed)
		trim(dir_fd);
	close(dir_fd);
	return err;
}

static int put(const struct df_cache *cache, const struct df_compiled *compiled,
	       bool trimmed)
{
	struct df_geo_file file;
	int err = df_compiled_pack(cache, compiled, &file);

	if (err)
		return err;
	err = store(cache, &file, trimmed);
	df_geo_file_free(&file);
	return err;
}

/**
 * df_cache_put() - write a compiled policy
 * @cache: its place; the folder is made if it is missing
 * @compiled: what is to be kept; no error among its messages
 *
 * However many there are already.
 *
 * Return: 0 or a negative errno; what was there before is untouched then.
 */
int df_cache_put(const struct df_cache *cache,
		 const struct df_compiled *compiled)
{
	return put(cache, compiled, false);
}

/**
 * df_cache_store() - keep a compiled policy for the next time
 * @cache: its place; the folder is made if it is missing
 * @compiled: what is to be kept; no error among its messages
 * @diags: where a warning goes if it cannot be kept
 *
 * The one that was not used for longest may have to go. That this user may not
 * write there, or nobody, is as it should be.
 */
void df_cache_store(const struct df_cache *cache,
		    const struct df_compiled *compiled, struct df_diags *diags)
{
	int err = put(cache, compiled, true);

	/* Of a folder that others can write to df_cache_load() has told. */
	if (err && err != -EACCES && err != -EROFS && err != -EPERM)
		df_diag(diags, DF_WARNING, NULL, NULL,
			"the compiled policy is not kept in %s: %s", cache->dir,
			df_cache_problem(err));
}
