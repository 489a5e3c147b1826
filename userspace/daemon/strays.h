/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of applications that run outside of them. */
#ifndef DF_STRAYS_H
#define DF_STRAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "client.h"
#include "record.h"

struct df_strays_seen;

/**
 * struct df_strays_app - an application
 * @name: its name
 * @action: what is done with its strays
 */
struct df_strays_app {
	char name[DRONEFENCE_NAME_MAX + 1];
	enum dfence_strays action;
};

/**
 * struct df_strays_program - a selector for executables
 * @pattern: of their path
 * @copies: copies count too
 * @app: index of the application
 */
struct df_strays_program {
	char *pattern;
	bool copies;
	size_t app;
};

/**
 * struct df_strays_file - a program by its file
 * @device: of the file
 * @inode: of the file
 * @app: index of the application
 */
struct df_strays_file {
	dev_t device;
	ino_t inode;
	size_t app;
};

/**
 * struct df_strays - what is looked for, and what was found
 * @instance: load of the kernel module that the rest is from
 * @generation: of the policy that the rest is from
 * @apps: applications by index
 * @app_count: how many
 * @programs: patterns of programs, in the order of the applications
 * @program_count: how many
 * @cgroups: patterns of the cgroups of all applications
 * @cgroup_count: how many
 * @users: that are an application's
 * @user_count: how many
 * @files: what was there under the names that @programs match
 * @file_count: how many
 * @seen: strays that were told of and still run
 * @seen_count: how many
 * @blind: processes of others cannot be looked at
 * @tell: called once for each stray
 * @arg: for @tell
 */
struct df_strays {
	uint64_t instance;
	uint32_t generation;
	struct df_strays_app *apps;
	size_t app_count;
	struct df_strays_program *programs;
	size_t program_count;
	char **cgroups;
	size_t cgroup_count;
	uint32_t *users;
	size_t user_count;
	struct df_strays_file files[DRONEFENCE_MAX_PINS];
	size_t file_count;
	struct df_strays_seen *seen;
	size_t seen_count;
	bool blind;
	void (*tell)(const struct df_stray *stray, void *arg);
	void *arg;
};

int df_strays_load(struct df_strays *strays, struct df_client *client,
		   const struct df_status *status);
void df_strays_look(struct df_strays *strays);
void df_strays_free(struct df_strays *strays);

#endif
