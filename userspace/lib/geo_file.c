// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Geo data files are read into memory as a whole: what was checked and hashed
 * is then what is used, whatever happens to the file meanwhile.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "geo_read.h"

/* Far above any real database; keeps a wrong path from eating the memory. */
#define FILE_SIZE_MAX ((off_t)1 << 30)

static int read_all(int fd, struct df_geo_file *file)
{
	size_t done = 0;

	while (done < file->size) {
		ssize_t n = read(fd, file->data + done, file->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		/* It became shorter while it was read. */
		if (n == 0)
			return -EIO;
		done += n;
	}
	return 0;
}

/*
 * Have all pages of the memory at once, instead of one by one as read() comes to
 * them. Where the kernel cannot do that, it does not matter.
 */
static void populate(uint8_t *data, size_t size)
{
#ifdef MADV_POPULATE_WRITE
	uintptr_t page = sysconf(_SC_PAGESIZE);
	uintptr_t first = ((uintptr_t)data + page - 1) & -page;
	uintptr_t end = ((uintptr_t)data + size) & -page;

	if (first < end)
		madvise((void *)first, end - first, MADV_POPULATE_WRITE);
#endif
}

/**
 * df_geo_fd_read() - read an open file
 * @fd: at its beginning
 * @file: result; to be freed with df_geo_file_free()
 *
 * Return: see df_geo_file_read().
 */
int df_geo_fd_read(int fd, struct df_geo_file *file)
{
	struct stat st;
	int err;

	*file = (struct df_geo_file){ 0 };
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size > FILE_SIZE_MAX)
		return -EFBIG;
	file->size = st.st_size;
	file->data = malloc(file->size + 1);
	if (!file->data)
		return -ENOMEM;
	populate(file->data, file->size);
	err = read_all(fd, file);
	if (err) {
		df_geo_file_free(file);
		return err;
	}
	file->data[file->size] = 0;
	return 0;
}

/**
 * df_geo_file_read() - read a file
 * @path: regular file of at most 1 GiB
 * @file: result; to be freed with df_geo_file_free()
 *
 * Return: 0; -ENOENT where there is none, -EISDIR, -EINVAL or -EFBIG where it
 * is no file of that kind, -EIO where it shrank meanwhile, other errors of
 * open() and read().
 */
int df_geo_file_read(const char *path, struct df_geo_file *file)
{
	int fd, err;

	*file = (struct df_geo_file){ 0 };
	/* A FIFO in this place must not hang us. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	err = df_geo_fd_read(fd, file);
	close(fd);
	return err;
}

/**
 * df_geo_file_free() - free what df_geo_file_read() got
 * @file: may be empty
 */
void df_geo_file_free(struct df_geo_file *file)
{
	free(file->data);
	*file = (struct df_geo_file){ 0 };
}

/**
 * df_geo_sha256() - SHA-256 over files one after the other
 * @files: the files
 * @count: how many
 * @digest: result
 *
 * Return: 0 or -ENOMEM.
 */
int df_geo_sha256(const struct df_geo_file *files, size_t count,
		  uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
	size_t i;

	for (i = 0; ok && i < count; i++)
		ok = EVP_DigestUpdate(ctx, files[i].data, files[i].size) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -ENOMEM;
}

/**
 * df_geo_report() - report an error of the system about a file
 * @diags: where to
 * @path: the file
 * @err: negative errno
 *
 * Return: @err.
 */
int df_geo_report(struct df_diags *diags, const char *path, int err)
{
	switch (err) {
	case -EINVAL:
		df_diag_geo(diags, "%s: not a regular file", path);
		break;
	case -EFBIG:
		df_diag_geo(diags, "%s: larger than 1 GiB", path);
		break;
	default:
		df_diag_geo(diags, "%s: %s", path, strerror(-err));
		break;
	}
	return err;
}
