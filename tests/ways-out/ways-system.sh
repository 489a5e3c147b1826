# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The ways that take a whole system: other programs, that send for who asks them,
# or start something. See ways.sh; after=COMMAND runs when the program has ended,
# on either side.
#
# CLASS B+ is shut by a companion of the fence, A must arrive.
# shellcheck disable=SC2034,SC2154

home=$(getent passwd 1000 | cut -d : -f 6)
export XDG_RUNTIME_DIR=/run/user/1000
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
mkdir -p /opt/way/updates
chown 1000:1000 /opt/way/updates
# As Debian's kernel has it, unless somebody sets it.
echo 0 >/proc/sys/kernel/yama/ptrace_scope
# What a desktop does when its user logs in.
printf '%s\n' '[Unit]' Requires=xdg-desktop-autostart.target \
	>/etc/systemd/user/desktop.target

as_user() { outside limited 10 1000 env "HOME=$home" "$@"; }

by_path() { PATH=$named:$PATH fence_menu "$@"; }

# What the user does next. It leaves nothing for the next attempt.
forget() { rm -rf "$home"/.{way.sh,bashrc,config}; }
# What was asked for may take a moment.
soon() {
	sleep 3
	forget
}
open_shell() {
	as_user bash -i -c : </dev/null
	forget
}
log_in() {
	as_user systemctl --user daemon-reload
	as_user systemctl --user start desktop.target
	sleep 1
	as_user systemctl --user stop desktop.target xdg-desktop-autostart.target
	forget
}
# Not a minute later, but now.
next_minute() {
	date -s "@$(($(date +%s) / 60 * 60 + 57))"
	systemctl restart cron
	sleep 6
	crontab -u "$(id -nu 1000)" -r
	forget
}

# Its standard input is a connection of who starts it.
as_input() {
	(
		exec <>"/dev/tcp/$WAY_TO/$WAY_PORT" || exit 4
		"$@"
	)
}

way 0 A 4 user "to an allowed address" env "WAY_TO=$allowed4" plain tcp
way 0 A 6 user "to an allowed address" env "WAY_TO=$allowed6" plain tcp
way 1 B 46 user "TCP" plain tcp

cp /usr/bin/env "$named/starter"
inside=by_path
way 3 B 46 user "started by its path" plain tcp
inside=fence_menu
way 5 B+ 46 user "started as ld.so PROGRAM" /lib64/ld-linux-x86-64.so.2 \
	"$named/starter" plain tcp
inside=fence_menu
way 6 B+ 46 user "started from memory" memfd "$named/plain" tcp
inside=fence_menu
way 7 B+ 46 user "a copy of the program" plain tcp
inside=fence_menu
way 7 B+ 46 user "a mount of its own over the path" startup.sh mount
inside=fence_menu
way 8 B+ 46 user "an update into another folder" startup.sh update
inside=fence_menu
way 9 B+ 46 user "a script and its interpreter" shell.sh tcp

helper="limited $patience 1000 trace wait"
way 11 B+ 46 user "ptrace, another program of the user" trace into
after=open_shell
way 12 B+ 46 user "the user's .bashrc" startup.sh bashrc
after=log_in
way 12 B+ 46 user "autostart of the desktop" startup.sh autostart
after=next_minute
way 12 B+ 46 user "crontab" startup.sh crontab
after=forget
way 12 B+ 46 user "a unit of the user's systemd" startup.sh unit
way 36 B+ 46 user "systemd-run --user" startup.sh run
way 36 B+ 46 user "systemd-run --user --scope" startup.sh scope
way 36 B+ 46 user "AttachProcessesToUnit" startup.sh attach
after=soon
way 36 B+ 46 user "D-Bus activation" startup.sh activate

around=as_input
way 17 B 46 user "a connection as its standard input" lend inherited 0
helper="env WAY_SOCKET=/run/docker.sock lend relay"
way 30 B+ 46 user "a container engine" env WAY_SOCKET=/run/docker.sock lend feed
mkdir -p /run/systemd/resolve
helper="env WAY_SOCKET=/run/systemd/resolve/io.systemd.Resolve lend relay"
way 35 B+ 46 user "the resolver's Unix socket" \
	env WAY_SOCKET=/run/systemd/resolve/io.systemd.Resolve lend feed
helper="lend proxy"
way 34 N 46 user "a proxy on the loopback address" lend loopback

way 23 B+ 4 root "packet socket, called ARP, to the next machine" packet arp
way 24 B+ 46 root "XDP socket" xdp
way 26 B+ 46 user "RDS over TCP" rds
way 38 B+ 4 root "IPv6 in IP (41) to an allowed address" \
	env "WAY_TO=$allowed4" raw tunnel 41
way 38 B+ 6 root "IPv6 in IP (41) to an allowed address" \
	env "WAY_TO=$allowed6" raw tunnel 41
