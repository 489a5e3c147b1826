/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Can the kernel that runs load the module? */
#ifndef DF_LOADING_H
#define DF_LOADING_H

#include <stdbool.h>

/* Longest sentence about it, the final NUL included. */
#define DF_LOADING_SIZE 512

/**
 * enum df_secure_boot - what the firmware says of Secure Boot
 * @DF_SECURE_BOOT_NONE: nothing; it is no UEFI, or too old
 * @DF_SECURE_BOOT_OFF: there is, and it is off
 * @DF_SECURE_BOOT_ON: it is on
 */
enum df_secure_boot {
	DF_SECURE_BOOT_NONE,
	DF_SECURE_BOOT_OFF,
	DF_SECURE_BOOT_ON,
};

/**
 * struct df_loading - the kernel that runs, and the module that was built for it
 * @release: of the kernel
 * @secure_boot: as the machine was started
 * @signed_only: the kernel takes signed modules only
 * @built: there is a module for it
 * @signer: whose signature that has, "" if none
 */
struct df_loading {
	char release[128];
	enum df_secure_boot secure_boot;
	bool signed_only;
	bool built;
	char signer[128];
};

int df_loading_look(const char *root, struct df_loading *loading);
const char *df_secure_boot_name(enum df_secure_boot state);
void df_loading_advice(const struct df_loading *loading,
		       char text[DF_LOADING_SIZE]);

#endif
