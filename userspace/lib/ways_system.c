// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways out that depend on settings of the machine, or on the policy. */

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "module.h"
#include "ways.h"

__attribute__((format(printf, 2, 3)))
static void append(char *here, const char *fmt, ...)
{
	size_t used = strlen(here);
	va_list args;

	va_start(args, fmt);
	vsnprintf(here + used, DF_HERE_MAX - used, fmt, args);
	va_end(args);
}

static bool exists(const char *root, const char *file)
{
	char path[DF_TREE_PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", root, file);
	return !stat(path, &st);
}

/* Value of a sysctl, @missing where the kernel has none of that name. */
static long sysctl(const char *root, const char *file, long missing)
{
	char path[128], line[64];

	snprintf(path, sizeof(path), "/proc/sys/%s", file);
	return df_tree_line(root, path, line, sizeof(line)) ?
	       strtol(line, NULL, 10) : missing;
}

/* Call @each for every line of the files of a folder until it returns true. */
static bool search_folder(const char *root, const char *folder,
			  bool (*each)(char *line, const char *name),
			  const char *name)
{
	char path[DF_TREE_PATH], *line = NULL;
	struct dirent *entry;
	bool found = false;
	size_t size = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s%s", root, folder);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		char file[DF_TREE_PATH + 256];
		FILE *in;

		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		in = *entry->d_name == '.' ? NULL : fopen(file, "re");
		while (in && !found && getline(&line, &size, in) > 0)
			found = each(line, name);
		if (in)
			fclose(in);
	}
	if (dir)
		closedir(dir);
	free(line);
	return found;
}

/* "install NAME /bin/false", or "blacklist NAME": no user can have it loaded. */
static bool bars(char *line, const char *name)
{
	char verb[16], module[64], command[64] = "";

	if (sscanf(line, "%15s %63s %63s", verb, module, command) < 2 ||
	    strcmp(module, name))
		return false;
	return !strcmp(verb, "blacklist") ||
	       (!strcmp(verb, "install") &&
		(strstr(command, "bin/false") || strstr(command, "bin/true")));
}

/* Can a user have a module loaded by opening a socket? */
static bool can_load(const char *root, const char *name)
{
	static const char *const folders[] = {
		"/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d",
		"/lib/modprobe.d",
	};
	char loaded[96], release[128];
	size_t i;

	snprintf(loaded, sizeof(loaded), "/sys/module/%s", name);
	if (exists(root, loaded))
		return true;
	if (!df_tree_line(root, "/proc/sys/kernel/osrelease", release,
			  sizeof(release)))
		return true;
	if (df_module_file(root, release, "modules.builtin", name, NULL))
		return true;
	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (search_folder(root, folders[i], bars, name))
			return false;
	return df_module_file(root, release, "modules.dep", name, NULL);
}

/* Add the names of those that can be loaded; how many. */
static unsigned int add_modules(const char *root, const char *const *names,
				char *here)
{
	unsigned int count = 0;

	for (; *names; names++)
		if (can_load(root, *names))
			append(here, "%s%s", count++ ? ", " : "", *names);
	return count;
}

static bool has_executable(const struct df_application_info *app)
{
	size_t i;

	for (i = 0; i < app->selector_count; i++)
		if (app->selectors[i].type == DFENCE_SELECTOR_EXECUTABLE)
			return true;
	return false;
}

/**
 * df_way_pins() - programs by another name of their file
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_pins(const struct df_machine *machine,
			      char here[DF_HERE_MAX])
{
	const struct df_apps *apps = machine->inventory->apps;
	enum df_way_state state = DF_WAY_SHUT;
	size_t i;

	for (i = 0; i < apps->count; i++) {
		if (!has_executable(&apps->list[i]) || apps->list[i].pins)
			continue;
		append(here, "no file of %s is pinned", apps->list[i].name);
		state = DF_WAY_OPEN_HERE;
	}
	return state;
}

/**
 * df_way_policy_readable() - misspelt names
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_policy_readable(const struct df_machine *machine,
					 char here[DF_HERE_MAX])
{
	char path[DF_TREE_PATH];
	struct stat folder, file;
	const char *root = machine->inventory->root;

	snprintf(path, sizeof(path), "%s/etc/dronefence", root);
	if (stat(path, &folder))
		folder.st_mode = 0;
	snprintf(path, sizeof(path), "%s/etc/dronefence/policy.yaml", root);
	if (!stat(path, &file) && file.st_mode & 0004 && folder.st_mode & 0001) {
		append(here, "every user can read /etc/dronefence/policy.yaml");
		return DF_WAY_SHUT_HERE;
	}
	append(here, "not every user can read /etc/dronefence/policy.yaml");
	return DF_WAY_OPEN_HERE;
}

/**
 * df_way_lent_sockets() - sockets that are not ended when they are lent
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_lent_sockets(const struct df_machine *machine,
				      char here[DF_HERE_MAX])
{
	static const char *const names[] = { "sctp", "dccp", NULL };
	const char *root = machine->inventory->root;
	unsigned int count = add_modules(root, names, here);

	if (sysctl(root, "net/mptcp/enabled", 0))
		append(here, "%smptcp", count++ ? ", " : "");
	append(here, count ? " can be used" : "only TCP and UDP can be used");
	return count ? DF_WAY_OPEN_HERE : DF_WAY_SHUT_HERE;
}

/**
 * df_way_io_uring() - io_uring
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_io_uring(const struct df_machine *machine,
				  char here[DF_HERE_MAX])
{
	long disabled = sysctl(machine->inventory->root,
			       "kernel/io_uring_disabled", -1);

	if (disabled >= 0)
		append(here, "kernel.io_uring_disabled is %ld", disabled);
	return DF_WAY_SHUT;
}

/**
 * df_way_packet_sockets() - packet sockets
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_packet_sockets(const struct df_machine *machine,
					char here[DF_HERE_MAX])
{
	if (exists(machine->inventory->root, "/sys/module/dronefence")) {
		append(here, "the module is loaded, so the kernel has the egress hook");
		return DF_WAY_SHUT;
	}
	append(here, "the module is not loaded");
	return DF_WAY_OPEN_HERE;
}

/**
 * df_way_pppox() - PPP sockets
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_pppox(const struct df_machine *machine,
			       char here[DF_HERE_MAX])
{
	if (can_load(machine->inventory->root, "pppox"))
		return DF_WAY_SHUT;
	append(here, "the module pppox cannot be loaded");
	return DF_WAY_SHUT_HERE;
}

/**
 * df_way_kernel_sockets() - protocols with sockets of the kernel's own
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_kernel_sockets(const struct df_machine *machine,
					char here[DF_HERE_MAX])
{
	static const char *const names[] = {
		"rxrpc", "tipc", "l2tp_ip", "l2tp_ip6", "l2tp_ppp", NULL
	};

	if (add_modules(machine->inventory->root, names, here)) {
		append(here, " can be loaded");
		return DF_WAY_OPEN_HERE;
	}
	append(here, "their modules cannot be loaded");
	return DF_WAY_SHUT_HERE;
}

/**
 * df_way_forward_in() - selectors that a device can evade
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_forward_in(const struct df_machine *machine,
				    char here[DF_HERE_MAX])
{
	const struct df_apps *apps = machine->inventory->apps;
	unsigned int count = 0;
	size_t a, s;

	for (a = 0; a < apps->count; a++) {
		const struct df_application_info *app = &apps->list[a];

		for (s = 0; s < app->selector_count; s++)
			if (app->selectors[s].type == DFENCE_SELECTOR_FORWARD &&
			    !*app->selectors[s].in) {
				append(here, "%s%s", count++ ? ", " : "",
				       app->name);
				break;
			}
	}
	append(here, count ? " goes by source or MAC address alone" :
	       "no application goes by source or MAC address alone");
	return count ? DF_WAY_OPEN_HERE : DF_WAY_SHUT_HERE;
}

/**
 * df_way_allow_list() - relays
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_allow_list(const struct df_machine *machine,
				    char here[DF_HERE_MAX])
{
	if (!machine->open_defaults)
		return DF_WAY_OPEN;
	if (!*machine->open_defaults) {
		append(here, "every application has a profile that denies by default");
		return DF_WAY_SHUT_HERE;
	}
	append(here, "allowed by default: %s", machine->open_defaults);
	return DF_WAY_OPEN_HERE;
}

static bool loads(char *line, const char *name)
{
	char module[64];

	return sscanf(line, "%63s", module) == 1 && !strcmp(module, name);
}

/**
 * df_way_load_at_boot() - being there before the module
 * @machine: what is looked at
 * @here: what was seen
 *
 * Return: the state.
 */
enum df_way_state df_way_load_at_boot(const struct df_machine *machine,
				      char here[DF_HERE_MAX])
{
	static const char *const folders[] = {
		"/etc/modules-load.d", "/run/modules-load.d",
		"/usr/lib/modules-load.d", "/lib/modules-load.d",
	};
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (search_folder(machine->inventory->root, folders[i], loads,
				  "dronefence")) {
			append(here, "%s has it loaded at boot", folders[i]);
			return DF_WAY_SHUT_HERE;
		}
	append(here, "nothing has the module loaded at boot");
	return DF_WAY_OPEN_HERE;
}
