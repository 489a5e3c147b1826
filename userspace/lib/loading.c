// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why the module is not loaded: because there is none for this kernel, because the
 * kernel asks for a signature, or because nobody has loaded it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libkmod.h>

#include "loading.h"
#include "module.h"
#include "procs.h"

/*
 * A variable of UEFI as Linux shows it: four bytes of attributes, then its value. The
 * name, and that 1 means on, are from the UEFI specification, "Globally Defined
 * Variables".
 */
#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define VARIABLE_SIZE 5

static enum df_secure_boot look_at_firmware(const char *root)
{
	char path[DF_TREE_PATH], value[VARIABLE_SIZE];
	size_t length = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s" SECURE_BOOT, root);
	file = fopen(path, "re");
	if (file) {
		length = fread(value, 1, sizeof(value), file);
		fclose(file);
	}
	if (length < sizeof(value))
		return DF_SECURE_BOOT_NONE;
	return value[VARIABLE_SIZE - 1] == 1 ? DF_SECURE_BOOT_ON :
					       DF_SECURE_BOOT_OFF;
}

/* By a parameter, by its configuration, or because it is locked down. */
static bool takes_signed_only(const char *root)
{
	char line[128];

	if (df_tree_line(root, "/sys/module/module/parameters/sig_enforce", line,
			 sizeof(line)) && *line == 'Y')
		return true;
	/* The state it is in stands in brackets. */
	return df_tree_line(root, "/sys/kernel/security/lockdown", line,
			    sizeof(line)) && !strstr(line, "[none]");
}

static void read_signer(struct kmod_module *module, struct df_loading *loading)
{
	struct kmod_list *info = NULL, *entry;

	if (kmod_module_get_info(module, &info) < 0)
		return;
	kmod_list_foreach(entry, info)
		if (!strcmp(kmod_module_info_get_key(entry), "signer"))
			snprintf(loading->signer, sizeof(loading->signer), "%s",
				 kmod_module_info_get_value(entry));
	kmod_module_info_free_list(info);
}

static int look_at_module(const char *path, struct df_loading *loading)
{
	/* What modprobe was told about modules plays no part. */
	const char *const no_config[] = { NULL };
	struct kmod_ctx *kmod = kmod_new("/", no_config);
	struct kmod_module *module;

	if (!kmod)
		return -ENOMEM;
	kmod_set_log_priority(kmod, 0);
	/* What cannot be read has no signature that anybody trusts. */
	if (!kmod_module_new_from_path(kmod, path, &module)) {
		read_signer(module, loading);
		kmod_module_unref(module);
	}
	kmod_unref(kmod);
	return 0;
}

/**
 * df_loading_look() - look whether the module could be loaded
 * @root: folder that stands for the machine's root, "" for itself
 * @loading: result
 *
 * Return: 0; -ENOMEM; another negative errno if it is not known which kernel runs.
 */
int df_loading_look(const char *root, struct df_loading *loading)
{
	char path[PATH_MAX];

	memset(loading, 0, sizeof(*loading));
	if (!df_tree_line(root, "/proc/sys/kernel/osrelease", loading->release,
			  sizeof(loading->release)))
		return -ENOENT;
	loading->secure_boot = look_at_firmware(root);
	loading->signed_only = takes_signed_only(root);
	loading->built = df_module_file(root, loading->release, "modules.dep",
					"dronefence", path);
	return loading->built ? look_at_module(path, loading) : 0;
}

/**
 * df_secure_boot_name() - the state as a word
 * @state: one of them
 *
 * Return: static text.
 */
const char *df_secure_boot_name(enum df_secure_boot state)
{
	static const char *const names[] = {
		[DF_SECURE_BOOT_NONE] = "none",
		[DF_SECURE_BOOT_OFF] = "off",
		[DF_SECURE_BOOT_ON] = "on",
	};

	return names[state];
}

/**
 * df_loading_advice() - why the module is not loaded, and what to do
 * @loading: what was seen
 * @text: result
 */
void df_loading_advice(const struct df_loading *loading,
		       char text[DF_LOADING_SIZE])
{
	if (!loading->built)
		snprintf(text, DF_LOADING_SIZE,
			 "there is none for this kernel, %s: see \"dkms status\"; it takes the headers of this kernel",
			 loading->release);
	else if (!loading->signed_only)
		snprintf(text, DF_LOADING_SIZE,
			 "there is one for this kernel: \"modprobe dronefence\"");
	else if (!*loading->signer)
		snprintf(text, DF_LOADING_SIZE,
			 "it has no signature, and this kernel takes signed modules only: have DKMS sign it, see \"Secure Boot\" in the guide");
	else
		snprintf(text, DF_LOADING_SIZE,
			 "this kernel takes only modules with a signature that it trusts, and this one is signed by %s: \"modprobe dronefence\"; if it is rejected, enroll the key, see \"Secure Boot\" in the guide",
			 loading->signer);
}
