/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The applications of the policy in force, kept. */
#ifndef DF_APPS_H
#define DF_APPS_H

#include <sys/types.h>

#include "client.h"

/**
 * struct df_apps - applications in the order of the policy
 * @list: patterns of the selectors are ours
 * @count: how many
 */
struct df_apps {
	struct df_application_info *list;
	size_t count;
};

/**
 * struct df_owner - whose something is
 * @app: index of the application, -1 for nobody's
 * @selector: index of its selector that says so
 */
struct df_owner {
	int app;
	int selector;
};

int df_apps_read(struct df_client *client, struct df_apps *apps);
int df_apps_add(const struct df_application_info *info, void *arg);
void df_apps_free(struct df_apps *apps);

struct df_owner df_apps_owner(const struct df_apps *apps,
			      enum dfence_selector_type type, const char *path);
struct df_owner df_apps_user(const struct df_apps *apps, uid_t uid);
bool df_selector_implied(const struct df_application_info *app,
			 const struct df_selector *selector);

#endif
