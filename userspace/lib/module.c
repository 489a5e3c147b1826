// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module.h"

/**
 * df_module_loaded() - is the kernel module there
 *
 * To ask for its netlink family, as df_client_open() does, makes the kernel
 * start modprobe. Somebody who looks every second asks here first.
 *
 * Return: true if it is loaded.
 */
bool df_module_loaded(void)
{
	return !access("/sys/module/dronefence", F_OK);
}

/* modules.dep and modules.builtin name files, which may be compressed. */
static bool is_file_of(const char *file, const char *name)
{
	const char *base = strrchr(file, '/');
	size_t length = strlen(name);

	base = base ? base + 1 : file;
	return !strncmp(base, name, length) &&
	       !strncmp(base + length, ".ko", strlen(".ko"));
}

/**
 * df_module_file() - find a module of a kernel
 * @root: folder that stands for the machine's root, "" for itself
 * @release: of the kernel
 * @list: modules.dep or modules.builtin
 * @name: of the module, as its file has it
 * @path: result, PATH_MAX bytes; may be NULL
 *
 * Return: true if it is in the list.
 */
bool df_module_file(const char *root, const char *release, const char *list,
		    const char *name, char *path)
{
	char folder[PATH_MAX - 256], file[PATH_MAX], *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *in;

	snprintf(folder, sizeof(folder), "%s/lib/modules/%s", root, release);
	snprintf(file, sizeof(file), "%s/%s", folder, list);
	in = fopen(file, "re");
	while (in && !found && getline(&line, &size, in) > 0) {
		/* Behind the colon are those that it needs. */
		line[strcspn(line, ":\n")] = '\0';
		found = is_file_of(line, name);
	}
	if (found && path)
		snprintf(path, PATH_MAX, "%s/%s", folder, line);
	if (in)
		fclose(in);
	free(line);
	return found;
}
