// SPDX-License-Identifier: GPL-2.0-or-later
/* Units that confine an application, and how systemd is asked for one. */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "cli.h"
#include "confine.h"
#include "policy_util.h"

static char text[65536];

static void print_unit(const struct df_confinement *c, char **command)
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	df_confine_unit(c, command, out);
	fclose(out);
}

static uint32_t lifted(const char *names)
{
	uint32_t bits = 0;
	char unknown[64];

	assert_int_equal(df_confine_lift(names, &bits, unknown, sizeof(unknown)), 0);
	return bits;
}

static bool has_line(const char *line)
{
	char wanted[DF_DIRECTIVE_MAX + 2];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	return strstr(text, wanted);
}

static char *command[] = { (char *)"/usr/bin/mavproxy.py", (char *)"--out=a b", NULL };

static const char whole[] =
	"# /etc/systemd/system/dronefence-mavproxy.service\n"
	"# The policy recognises the application by this name and the slice.\n"
	"[Unit]\n"
	"Description=mavproxy behind the fence\n"
	"Wants=dronefenced.service\n"
	"After=dronefenced.service\n"
	"\n"
	"[Service]\n"
	"Type=exec\n"
	"# Keeps it from starting where nothing is enforced.\n"
	"ExecStartPre=+/usr/bin/dronefence status\n"
	"ExecStart=\"/usr/bin/mavproxy.py\" \"--out=a b\"\n"
	"\n"
	"# slice\n"
	"Slice=dronefence.slice\n"
	"# user\n"
	"DynamicUser=yes\n"
	"# privileges\n"
	"NoNewPrivileges=yes\n"
	"RestrictSUIDSGID=yes\n"
	"# capabilities\n"
	"CapabilityBoundingSet=\n"
	"AmbientCapabilities=\n"
	"# namespaces\n"
	"RestrictNamespaces=yes\n"
	"# families\n"
	"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK\n"
	"# home\n"
	"ProtectHome=yes\n"
	"StateDirectory=dronefence-mavproxy\n"
	"Environment=HOME=/var/lib/dronefence-mavproxy\n"
	"WorkingDirectory=/var/lib/dronefence-mavproxy\n"
	"# bus\n"
	"UnsetEnvironment=DBUS_SESSION_BUS_ADDRESS\n"
	"InaccessiblePaths=-/run/dbus/system_bus_socket\n"
	"InaccessiblePaths=-/run/systemd/private\n"
	"# resolver\n"
	"InaccessiblePaths=-/run/systemd/resolve/io.systemd.Resolve\n"
	"InaccessiblePaths=-/run/systemd/resolve/io.systemd.Resolve.Monitor\n"
	"InaccessiblePaths=-/run/nscd\n"
	"InaccessiblePaths=-/run/avahi-daemon\n"
	"# engines\n"
	"InaccessiblePaths=-/run/docker.sock\n"
	"InaccessiblePaths=-/run/podman\n"
	"InaccessiblePaths=-/run/containerd\n"
	"InaccessiblePaths=-/run/libvirt\n"
	"# cgroups\n"
	"ProtectControlGroups=yes\n"
	"# system\n"
	"ProtectSystem=strict\n"
	"# temp\n"
	"PrivateTmp=yes\n"
	"# kernel\n"
	"ProtectKernelTunables=yes\n"
	"ProtectKernelModules=yes\n"
	"ProtectKernelLogs=yes\n"
	"ProtectHostname=yes\n"
	"RestrictRealtime=yes\n"
	"LockPersonality=yes\n"
	"# processes\n"
	"ProtectProc=invisible\n"
	"# syscalls\n"
	"SystemCallArchitectures=native\n"
	"SystemCallFilter=~@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap\n"
	"SystemCallErrorNumber=EPERM\n"
	"# devices\n"
	"DevicePolicy=closed\n"
	"# display\n"
	"InaccessiblePaths=-/tmp/.X11-unix\n"
	"UnsetEnvironment=DISPLAY WAYLAND_DISPLAY XAUTHORITY\n";

static void prints_the_whole(void **state)
{
	const struct df_confinement c = { .application = "mavproxy" };

	print_unit(&c, command);
	assert_string_equal(text, whole);
}

static void lifts_what_a_ground_station_needs(void **state)
{
	const struct df_confinement c = {
		.application = "qgc", .user = "pilot", .uid = 1000,
		.display = ":1", .wayland = "wayland-0",
		.lifted = lifted("display,gpu,serial,joystick,syscalls"),
	};

	print_unit(&c, command);
	assert_true(has_line("User=pilot"));
	assert_false(has_line("DynamicUser=yes"));
	assert_true(has_line("InaccessiblePaths=-/run/user/1000/bus"));
	assert_true(has_line("DeviceAllow=char-166 rw"));
	assert_true(has_line("DeviceAllow=char-188 rw"));
	assert_true(has_line("SupplementaryGroups=dialout"));
	assert_true(has_line("DeviceAllow=char-226 rw"));
	assert_true(has_line("DeviceAllow=char-13 rw"));
	assert_true(has_line("Environment=DISPLAY=:1"));
	assert_true(has_line("BindReadOnlyPaths=-/tmp/.X11-unix"));
	assert_true(has_line("BindPaths=-/run/user/1000/wayland-0:/run/dronefence-qgc/wayland"));
	assert_true(has_line("DevicePolicy=closed"));
	assert_null(strstr(text, "SystemCall"));
	assert_null(strstr(text, "UnsetEnvironment=DISPLAY"));
	/* What was not lifted is there. */
	assert_true(has_line("ProtectHome=yes"));
	assert_true(has_line("NoNewPrivileges=yes"));
}

/* Each restriction can be lifted, and then none of its lines is left. */
static void lifts_each(void **state)
{
	struct df_confinement c = { .application = "a", .user = "u", .uid = 7 };
	static char all[sizeof(text)];
	const char *name;
	size_t i;

	print_unit(&c, command);
	strcpy(all, text);
	for (i = 0; (name = df_confine_name(i, NULL)); i++) {
		c.lifted = lifted(name);
		assert_int_equal(c.lifted, 1u << i);
		print_unit(&c, command);
		if (!strcmp(text, all))
			fail_msg("lifting %s changes nothing", name);
	}
	assert_true(i > 15);
}

static void refuses_names(void **state)
{
	uint32_t bits = 0;
	char unknown[64];

	assert_int_equal(df_confine_lift("gpu,homes,bus", &bits, unknown, 64), -EINVAL);
	assert_string_equal(unknown, "homes");
	assert_int_equal(df_confine_lift("", &bits, unknown, 64), -EINVAL);
	assert_int_equal(df_confine_lift("gp", &bits, unknown, 64), -EINVAL);
	assert_int_equal(df_confine_lift(NULL, &bits, unknown, 64), 0);
}

static void knows_what_cannot_be_lifted(void **state)
{
	struct df_confinement c = { .application = "a", .lifted = lifted("gpu,home") };

	assert_string_equal(df_confine_fixed(&c), "home");
	c.user = "pilot";
	assert_null(df_confine_fixed(&c));
	c.user = NULL;
	c.lifted = lifted("gpu");
	assert_null(df_confine_fixed(&c));
}

static void assert_quoted(const char *word, const char *want)
{
	char buf[64];

	assert_true(df_confine_quote(word, buf, sizeof(buf)));
	assert_string_equal(buf, want);
}

static void quotes(void **state)
{
	char small[8];

	assert_quoted("", "\"\"");
	assert_quoted("a b'c", "\"a b'c\"");
	assert_quoted("a\"b\\", "\"a\\\"b\\\\\"");
	assert_quoted("%h $HOME ;", "\"%%h $$HOME ;\"");
	assert_quoted("\xc3\xa4", "\"\xc3\xa4\"");
	assert_false(df_confine_quote("a\nb", small, sizeof(small)));
	assert_false(df_confine_quote("\x7f", small, sizeof(small)));
	assert_true(df_confine_quote("1234", small, sizeof(small)));
	assert_false(df_confine_quote("12345", small, sizeof(small)));
	assert_false(df_confine_quote("\"\"\"", small, sizeof(small)));
}

/* A program in place of systemd-run writes down what it was called with. */
static void asks_systemd(void **state)
{
	const struct df_confinement c = { .application = "qgc" };
	char *words[] = { (char *)"prog", (char *)"$HOME", (char *)"", NULL };
	FILE *script = fopen("systemd-run", "we");
	int status, fd;
	ssize_t size;

	assert_non_null(script);
	fputs("#!/bin/sh\nfor a; do printf '\\n%s' \"$a\"; done >called\n"
	      "echo >>called; exit 42\n", script);
	fclose(script);
	chmod("systemd-run", 0755);
	if (!fork()) {
		setenv("PATH", tmp_dir, 1);
		_exit(run_confined(&c, "dronefence-qgc.5.service", words));
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(WEXITSTATUS(status), 42);
	fd = open("called", O_RDONLY);
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(size > 0);
	text[size] = '\0';
	assert_true(has_line("--unit=dronefence-qgc.5.service"));
	assert_true(has_line("--wait"));
	assert_true(has_line("--property=Slice=dronefence.slice"));
	assert_true(has_line("--property=DynamicUser=yes"));
	assert_true(has_line("--property=NoNewPrivileges=yes"));
	assert_true(has_line("--property=CapabilityBoundingSet="));
	assert_non_null(strstr(text, "\n--\nprog\n$$HOME\n\n"));
}

static void fails_without_systemd(void **state)
{
	const struct df_confinement c = { .application = "qgc" };
	int status;

	if (!fork()) {
		setenv("PATH", "/nowhere", 1);
		close(2);
		_exit(run_confined(&c, "dronefence-qgc.5.service", command));
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(WEXITSTATUS(status), DF_EXIT_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_the_whole),
		cmocka_unit_test(lifts_what_a_ground_station_needs),
		cmocka_unit_test(lifts_each),
		cmocka_unit_test(refuses_names),
		cmocka_unit_test(knows_what_cannot_be_lifted),
		cmocka_unit_test(quotes),
		cmocka_unit_test(asks_systemd),
		cmocka_unit_test(fails_without_systemd),
	};

	return cmocka_run_group_tests(tests, enter_tmp_dir, leave_tmp_dir);
}
