// SPDX-License-Identifier: GPL-2.0-or-later
/* Files and interfaces that patterns match. */

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ifname.h"
#include "inventory.h"
#include "pattern.h"

/* A pattern may speak of the whole disk; nobody wants to wait for that. */
#define ENTRIES_MAX 20000

/* The flag of an interface that it is up, as <net/if.h> has it. */
#define FLAG_UP 1u

/* What stands before the first component that is a pattern. */
static void fixed_part(const char *pattern, char folder[DRONEFENCE_PATTERN_MAX + 1])
{
	size_t len = strcspn(pattern, "*?[");

	if (pattern[len])
		while (len && pattern[len] != '/')
			len--;
	snprintf(folder, DRONEFENCE_PATTERN_MAX + 1, "%.*s",
		 len ? (int)len : 1, pattern);
}

static int add_file(struct df_files *files, const char *path)
{
	if (files->count < DF_FILES_MAX) {
		files->list[files->count] = strdup(path);
		if (!files->list[files->count])
			return -ENOMEM;
	}
	files->count++;
	return 0;
}

static int walk(FTS *fts, const char *root, const char *pattern,
		struct df_files *files)
{
	unsigned int entries = 0;
	FTSENT *entry;
	int err = 0;

	while (!err && (entry = fts_read(fts))) {
		const char *path = entry->fts_path + strlen(root);

		if (entries++ == ENTRIES_MAX) {
			files->gap = true;
			break;
		}
		if (entry->fts_info == FTS_F &&
		    entry->fts_statp->st_mode & 0111 &&
		    dfence_pattern_match(pattern, path))
			err = add_file(files, path);
	}
	return err;
}

/**
 * df_files_find() - which programs on the disk does a pattern match
 * @root: folder that stands for the machine's root, "" for itself
 * @pattern: absolute path pattern
 * @files: result; free it in any case
 *
 * Other file systems below the folder of the pattern are not looked at.
 *
 * Return: 0 or a negative errno.
 */
int df_files_find(const char *root, const char *pattern, struct df_files *files)
{
	char path[DF_TREE_PATH], *paths[] = { path, NULL };
	struct stat st;
	FTS *fts;
	int err;

	memset(files, 0, sizeof(*files));
	fixed_part(pattern, files->folder);
	snprintf(path, sizeof(path), "%s%s", root, files->folder);
	files->folder_exists = !stat(path, &st);
	if (!files->folder_exists)
		return 0;
	fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR |
		       FTS_XDEV, NULL);
	if (!fts)
		return -errno;
	err = walk(fts, root, pattern, files);
	fts_close(fts);
	return err;
}

/**
 * df_files_free() - free what df_files_find() found
 * @files: from there
 */
void df_files_free(struct df_files *files)
{
	size_t i;

	for (i = 0; i < DF_FILES_MAX; i++)
		free(files->list[i]);
	memset(files, 0, sizeof(*files));
}

static bool is_up(const char *root, const char *name)
{
	char file[320], flags[32];

	snprintf(file, sizeof(file), "/sys/class/net/%s/flags", name);
	return df_tree_line(root, file, flags, sizeof(flags)) &&
	       strtoul(flags, NULL, 16) & FLAG_UP;
}

/**
 * df_links_find() - which interfaces does a pattern match
 * @root: folder that stands for the machine's root, "" for itself
 * @pattern: name or pattern
 * @links: result
 *
 * Those of other network namespaces are not seen.
 */
void df_links_find(const char *root, const char *pattern,
		   struct df_links *links)
{
	char path[DF_TREE_PATH];
	struct dirent *entry;
	DIR *dir;

	memset(links, 0, sizeof(*links));
	snprintf(path, sizeof(path), "%s/sys/class/net", root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.' ||
		    !dfence_ifname_match(pattern, entry->d_name))
			continue;
		if (!links->count++)
			snprintf(links->first, sizeof(links->first), "%.15s",
				 entry->d_name);
		links->up += is_up(root, entry->d_name);
	}
	if (dir)
		closedir(dir);
}
