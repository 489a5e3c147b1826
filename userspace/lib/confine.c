// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The restrictions of a confined application, each with a name by which it can
 * be lifted, and the directives of systemd that they are made of. They are for
 * systemd 252 and later.
 *
 * Devices go by their major numbers, which are fixed for these: names would be
 * looked up when the unit is started, and leave out the driver of what is plugged
 * in later, perhaps the link to the aircraft.
 */

#include <errno.h>
#include <string.h>

#include "confine.h"

/* In a directive these stand for the application, and the number of its user. */
#define APP "@APP@"
#define UID "@UID@"

/* Most directives of a restriction. */
#define LINES 8

/**
 * struct restriction - what can be lifted by its name
 * @name: of the restriction
 * @help: what lifting it allows
 * @own_user: a user that systemd makes up brings it, so it needs another one
 * @in_force: directives
 * @lifted: directives in their place
 */
struct restriction {
	const char *name;
	const char *help;
	bool own_user;
	const char *in_force[LINES];
	const char *lifted[LINES];
};

static const struct restriction restrictions[] = {
	{ "privileges", "gain privileges by setuid programs", true,
	  { "NoNewPrivileges=yes", "RestrictSUIDSGID=yes" }, { NULL } },
	{ "capabilities", "hold capabilities", false,
	  { "CapabilityBoundingSet=", "AmbientCapabilities=" }, { NULL } },
	{ "namespaces", "make namespaces, as browser engines do for their sandbox", false,
	  { "RestrictNamespaces=yes" }, { NULL } },
	{ "families", "open sockets of any family", false,
	  { "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK" },
	  { NULL } },
	{ "home", "use the homes of users in place of one of its own", true,
	  { "ProtectHome=yes", "StateDirectory=dronefence-" APP,
	    "Environment=HOME=/var/lib/dronefence-" APP,
	    "WorkingDirectory=/var/lib/dronefence-" APP },
	  { "ReadWritePaths=-/home" } },
	{ "bus", "speak to D-Bus and to systemd", false,
	  { "UnsetEnvironment=DBUS_SESSION_BUS_ADDRESS",
	    "InaccessiblePaths=-/run/dbus/system_bus_socket",
	    "InaccessiblePaths=-/run/systemd/private",
	    "InaccessiblePaths=-/run/user/" UID "/bus",
	    "InaccessiblePaths=-/run/user/" UID "/systemd" }, { NULL } },
	{ "resolver", "ask resolvers past the network, by their Unix sockets", false,
	  { "InaccessiblePaths=-/run/systemd/resolve/io.systemd.Resolve",
	    "InaccessiblePaths=-/run/systemd/resolve/io.systemd.Resolve.Monitor",
	    "InaccessiblePaths=-/run/nscd",
	    "InaccessiblePaths=-/run/avahi-daemon" }, { NULL } },
	{ "engines", "speak to container engines and virtual machines", false,
	  { "InaccessiblePaths=-/run/docker.sock",
	    "InaccessiblePaths=-/run/podman",
	    "InaccessiblePaths=-/run/containerd",
	    "InaccessiblePaths=-/run/libvirt" }, { NULL } },
	{ "cgroups", "write to cgroups", false,
	  { "ProtectControlGroups=yes" }, { NULL } },
	{ "system", "write to the system's folders", true,
	  { "ProtectSystem=strict" }, { NULL } },
	{ "temp", "see the temporary files of others", true,
	  { "PrivateTmp=yes" }, { NULL } },
	{ "kernel", "change settings of the kernel", false,
	  { "ProtectKernelTunables=yes", "ProtectKernelModules=yes",
	    "ProtectKernelLogs=yes", "ProtectHostname=yes",
	    "RestrictRealtime=yes", "LockPersonality=yes" }, { NULL } },
	{ "processes", "see the processes of others", false,
	  { "ProtectProc=invisible" }, { NULL } },
	{ "syscalls", "trace, mount, load, and call the kernel by old ways", false,
	  { "SystemCallArchitectures=native",
	    "SystemCallFilter=~@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap",
	    "SystemCallErrorNumber=EPERM" }, { NULL } },
	{ "devices", "use any device that its user may", false,
	  { "DevicePolicy=closed" }, { NULL } },
	{ "serial", "serial ports, also on USB", false, { NULL },
	  { "DeviceAllow=char-166 rw", "DeviceAllow=char-188 rw",
	    "DeviceAllow=char-4 rw", "SupplementaryGroups=dialout" } },
	{ "gpu", "graphics hardware", false, { NULL },
	  { "DeviceAllow=char-226 rw", "SupplementaryGroups=render video" } },
	{ "joystick", "input devices; it can then read the keyboard too", false,
	  { NULL },
	  { "DeviceAllow=char-13 rw", "SupplementaryGroups=input" } },
	{ "sound", "sound hardware", false, { NULL },
	  { "DeviceAllow=char-116 rw", "SupplementaryGroups=audio" } },
	{ "camera", "video capture", false, { NULL },
	  { "DeviceAllow=char-81 rw", "SupplementaryGroups=video" } },
	{ "display", "windows; other programs' too, where it is X11", false,
	  { "InaccessiblePaths=-/tmp/.X11-unix",
	    "UnsetEnvironment=DISPLAY WAYLAND_DISPLAY XAUTHORITY" },
	  { NULL } },
};

#define RESTRICTIONS (sizeof(restrictions) / sizeof(*restrictions))

_Static_assert(RESTRICTIONS <= 32, "a bit for each");

static int find(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < RESTRICTIONS; i++)
		if (strlen(restrictions[i].name) == length &&
		    !strncmp(restrictions[i].name, name, length))
			return (int)i;
	return -1;
}

/**
 * df_confine_lift() - read the names of restrictions
 * @names: with commas between them
 * @lifted: a bit is set for each
 * @unknown: result, the first name that is none
 * @size: bytes in @unknown
 *
 * Return: 0, or -EINVAL with @unknown.
 */
int df_confine_lift(const char *names, uint32_t *lifted, char *unknown,
		    size_t size)
{
	while (names) {
		size_t length = strcspn(names, ",");
		int i = find(names, length);

		if (i < 0) {
			snprintf(unknown, size, "%.*s", (int)length, names);
			return -EINVAL;
		}
		*lifted |= 1u << i;
		names = names[length] ? names + length + 1 : NULL;
	}
	return 0;
}

/**
 * df_confine_name() - name of a restriction
 * @index: from 0
 * @help: result, what lifting it allows; or NULL
 *
 * Return: the name, NULL behind the last one.
 */
const char *df_confine_name(size_t index, const char **help)
{
	if (index >= RESTRICTIONS)
		return NULL;
	if (help)
		*help = restrictions[index].help;
	return restrictions[index].name;
}

/**
 * df_confine_fixed() - a restriction that cannot be lifted
 * @confinement: what is wanted
 *
 * Some come with a user that systemd makes up, whatever else is said.
 *
 * Return: its name, NULL if all can.
 */
const char *df_confine_fixed(const struct df_confinement *confinement)
{
	size_t i;

	for (i = 0; !confinement->user && i < RESTRICTIONS; i++)
		if (restrictions[i].own_user && confinement->lifted >> i & 1)
			return restrictions[i].name;
	return NULL;
}

/* Put in what a directive leaves open; false where there is nothing to put. */
static bool fill(const struct df_confinement *c, const char *directive,
		 char buf[DF_DIRECTIVE_MAX])
{
	const char *app = strstr(directive, APP), *uid = strstr(directive, UID);

	if (app)
		snprintf(buf, DF_DIRECTIVE_MAX, "%.*s%s%s",
			 (int)(app - directive), directive, c->application,
			 app + strlen(APP));
	else if (uid && c->user)
		snprintf(buf, DF_DIRECTIVE_MAX, "%.*s%u%s",
			 (int)(uid - directive), directive, c->uid,
			 uid + strlen(UID));
	else if (!uid)
		snprintf(buf, DF_DIRECTIVE_MAX, "%s", directive);
	return app || !uid || c->user;
}

/* A private /tmp has no sockets of X11, and the user's folder is hidden. */
static int each_display(const struct df_confinement *c,
			int (*each)(const char *, const char *, void *),
			void *arg)
{
	char line[DF_DIRECTIVE_MAX];
	int err = 0;

	if (c->display) {
		snprintf(line, sizeof(line), "Environment=DISPLAY=%s", c->display);
		err = each("display", "BindReadOnlyPaths=-/tmp/.X11-unix", arg) ?:
		      each("display", line, arg);
	}
	if (!c->wayland || !c->user || err)
		return err;
	snprintf(line, sizeof(line), "RuntimeDirectory=dronefence-%s",
		 c->application);
	err = each("display", line, arg);
	snprintf(line, sizeof(line),
		 "BindPaths=-/run/user/%u/%s:/run/dronefence-%s/wayland", c->uid,
		 c->wayland, c->application);
	err = err ?: each("display", line, arg);
	snprintf(line, sizeof(line),
		 "Environment=WAYLAND_DISPLAY=/run/dronefence-%s/wayland XDG_RUNTIME_DIR=/run/dronefence-%s",
		 c->application, c->application);
	return err ?: each("display", line, arg);
}

static int each_user(const struct df_confinement *c,
		     int (*each)(const char *, const char *, void *), void *arg)
{
	char line[DF_DIRECTIVE_MAX];

	if (!c->user)
		return each("user", "DynamicUser=yes", arg);
	snprintf(line, sizeof(line), "User=%s", c->user);
	return each("user", line, arg);
}

/**
 * df_confine_each() - the directives of a confinement
 * @confinement: what is wanted; nothing of it holds a newline
 * @each: called with the name of the restriction and the directive; what it
 *	returns first that is not 0 is returned
 * @arg: for @each
 *
 * Return: 0, or what @each returned.
 */
int df_confine_each(const struct df_confinement *confinement,
		    int (*each)(const char *restriction, const char *directive,
				void *arg),
		    void *arg)
{
	int err = each("slice", "Slice=dronefence.slice", arg) ?:
		  each_user(confinement, each, arg);
	char line[DF_DIRECTIVE_MAX];
	size_t i, j;

	for (i = 0; i < RESTRICTIONS && !err; i++) {
		bool lifted = confinement->lifted >> i & 1;
		const char *const *lines = lifted ? restrictions[i].lifted :
					   restrictions[i].in_force;

		for (j = 0; j < LINES && lines[j] && !err; j++)
			if (fill(confinement, lines[j], line))
				err = each(restrictions[i].name, line, arg);
		if (!err && lifted && !strcmp(restrictions[i].name, "display"))
			err = each_display(confinement, each, arg);
	}
	return err;
}

/**
 * df_confine_quote() - a word of ExecStart=
 * @word: any text
 * @buf: result
 * @size: bytes in @buf
 *
 * systemd reads quotes, escapes, specifiers and variables in it.
 *
 * Return: false if @buf is too small, or @word has a control character.
 */
bool df_confine_quote(const char *word, char *buf, size_t size)
{
	size_t used = 1;

	if (size < 3)
		return false;
	buf[0] = '"';
	for (; *word; word++) {
		if ((unsigned char)*word < ' ' || *word == 0x7f ||
		    used + 4 > size)
			return false;
		if (*word == '"' || *word == '\\')
			buf[used++] = '\\';
		else if (*word == '%' || *word == '$')
			buf[used++] = *word;
		buf[used++] = *word;
	}
	buf[used++] = '"';
	buf[used] = '\0';
	return true;
}

/**
 * struct printer - a unit that is being printed
 * @out: where to
 * @last: restriction of the line before, NULL at first
 */
struct printer {
	FILE *out;
	const char *last;
};

static int print_line(const char *restriction, const char *directive, void *arg)
{
	struct printer *printer = arg;

	if (!printer->last || strcmp(printer->last, restriction))
		fprintf(printer->out, "# %s\n", restriction);
	printer->last = restriction;
	fprintf(printer->out, "%s\n", directive);
	return 0;
}

/**
 * df_confine_unit() - print the unit of an application
 * @confinement: what is wanted; nothing of it holds a newline
 * @command: words that df_confine_quote() can quote; the first is an absolute
 *	path
 * @out: where to
 */
void df_confine_unit(const struct df_confinement *confinement, char **command,
		     FILE *out)
{
	const char *app = confinement->application;
	struct printer printer = { .out = out };
	char word[4096];

	fprintf(out,
		"# /etc/systemd/system/dronefence-%s.service\n"
		"# The policy recognises the application by this name and the slice.\n"
		"[Unit]\n"
		"Description=%s behind the fence\n"
		"Wants=dronefenced.service\n"
		"After=dronefenced.service\n"
		"\n"
		"[Service]\n"
		"Type=exec\n"
		"# Keeps it from starting where nothing is enforced.\n"
		"ExecStartPre=+/usr/bin/dronefence status\n"
		"ExecStart=", app, app);
	for (; *command; command++)
		if (df_confine_quote(*command, word, sizeof(word)))
			fprintf(out, "%s%s", word, command[1] ? " " : "\n\n");
	df_confine_each(confinement, print_line, &printer);
}
