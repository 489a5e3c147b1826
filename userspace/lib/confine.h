/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unit of systemd that an application cannot leave. */
#ifndef DF_CONFINE_H
#define DF_CONFINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Longest directive, the final NUL included. */
#define DF_DIRECTIVE_MAX 512

/**
 * struct df_confinement - how an application is confined
 * @application: its name
 * @lifted: a bit for each restriction that is lifted, from df_confine_lift()
 * @user: name of its user, NULL for one that systemd makes up
 * @uid: number of @user
 * @display: of X11, NULL for none; only where "display" is lifted
 * @wayland: name of the Wayland socket of @user, NULL for none; the same
 */
struct df_confinement {
	const char *application;
	uint32_t lifted;
	const char *user;
	uid_t uid;
	const char *display;
	const char *wayland;
};

int df_confine_lift(const char *names, uint32_t *lifted, char *unknown,
		    size_t size);
const char *df_confine_name(size_t index, const char **help);
const char *df_confine_fixed(const struct df_confinement *confinement);

int df_confine_each(const struct df_confinement *confinement,
		    int (*each)(const char *restriction, const char *directive,
				void *arg),
		    void *arg);
void df_confine_unit(const struct df_confinement *confinement, char **command,
		     FILE *out);
bool df_confine_quote(const char *word, char *buf, size_t size);

#endif
