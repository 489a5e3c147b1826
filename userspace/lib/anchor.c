// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An application whose programs are placed has an anchor, a thread of the
 * kernel; programs go to the cgroup where it is. Here it is put there: into
 * dronefence.slice/NAME, which belongs to root.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "anchor.h"

#define PATH_SIZE 256

/**
 * df_cgroup_root() - where cgroup v2 is mounted
 *
 * Return: path, or NULL if it is at none of the usual places.
 */
const char *df_cgroup_root(void)
{
	static const char *const places[] = {
		"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
	};
	struct statfs fs;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!statfs(places[i], &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			return places[i];
	return NULL;
}

/* Whatever the umask: who may see the other cgroups may see this one. */
static int make_folder(const char *path)
{
	if (!mkdir(path, 0755))
		return chmod(path, 0755) ? -errno : 0;
	return errno == EEXIST ? 0 : -errno;
}

static int move_thread(const char *folder, uint32_t pid)
{
	char path[PATH_SIZE + 16];
	int fd, err;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = dprintf(fd, "%u\n", pid) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int put_anchor(const struct df_application_info *app, char *path)
{
	const char *root = df_cgroup_root();
	int err;

	snprintf(path, PATH_SIZE, "%s", root ? root : "cgroup v2");
	if (!root)
		return -ENOENT;
	snprintf(path, PATH_SIZE, "%s/dronefence.slice", root);
	err = make_folder(path);
	if (err)
		return err;
	snprintf(path, PATH_SIZE, "%s/dronefence.slice/%s", root, app->name);
	return make_folder(path) ?: move_thread(path, app->anchor);
}

static int anchor_app(const struct df_application_info *app, void *arg)
{
	struct df_diags *diags = arg;
	char path[PATH_SIZE];
	int err;

	if (!app->anchor)
		return 0;
	err = put_anchor(app, path);
	if (err)
		df_diag(diags, DF_ERROR, NULL, NULL,
			"the policy is in force, but programs of application '%s' are killed when they are started, because their cgroup could not be set up: %s: %s",
			app->name, path, strerror(-err));
	return 0;
}

/**
 * df_anchor_all() - make the cgroups of the policy in force
 * @client: open
 * @diags: an error goes here for each application that was left out
 *
 * To be called after each change of the policy. What is in place stays.
 *
 * Return: 0, or a negative errno where the kernel could not be asked.
 */
int df_anchor_all(struct df_client *client, struct df_diags *diags)
{
	return df_client_applications(client, anchor_app, diags);
}
