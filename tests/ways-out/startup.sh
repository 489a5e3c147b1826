#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a program of a desktop can have started elsewhere, now or later. What is
# refused is not taken for an error: it is tried, and then the next thing.
#
# usage: startup.sh bashrc|autostart|crontab|unit|run|scope|attach|activate|
#		    mount|update
home=$(getent passwd 1000 | cut -d : -f 6)
own=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service
script=$home/.way.sh
mapfile -t words < <(env | grep '^WAY_')
send=(/usr/bin/env "${words[@]}" /ways-out/bin/plain tcp)

write() { # FILE, from standard input
	mkdir -p "${1%/*}"
	cat >"$1"
}

# For what starts files only.
write_script() { printf "'%s' " "${send[@]}" | write "$script"; }

manager() {
	busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 \
		org.freedesktop.systemd1.Manager "$@"
}

session() {
	timeout 5 busctl --user --expect-reply=no call org.freedesktop.DBus /org/freedesktop/DBus \
		org.freedesktop.DBus "$@"
}

{
	case $1 in
	bashrc)
		write_script
		echo "sh $script" >>"$home/.bashrc"
		;;
	autostart)
		write_script
		printf '%s\n' '[Desktop Entry]' Type=Application Name=way \
			"Exec=/bin/sh $script" | write "$home"/.config/autostart/way.desktop
		;;
	crontab)
		write_script
		echo "* * * * * sh $script" | crontab -
		;;
	unit)
		write_script
		printf '%s\n' '[Service]' Type=oneshot "ExecStart=/bin/sh $script" |
			write "$home"/.config/systemd/user/way.service
		systemctl --user daemon-reload
		systemctl --user start way.service
		;;
	run) systemd-run --user --quiet --collect --wait "${send[@]}" ;;
	scope) systemd-run --user --quiet --collect --scope "${send[@]}" ;;
	attach)
		mkdir -p "$own/way"
		manager AttachProcessesToUnit ssau user@1000.service /way 1 $$
		"${send[@]}"
		;;
	activate)
		write_script
		# A name that fails is not tried again for a while.
		name=org.example.Way${WAY_MARK:2:5}
		printf '%s\n' '[D-BUS Service]' "Name=$name" "Exec=/bin/sh $script" |
			write "$home/.local/share/dbus-1/services/$name.service"
		session ReloadConfig
		session StartServiceByName su "$name" 0
		;;
	mount)
		unshare --user --map-root-user --mount sh -c \
			'mount --bind /opt/way/app /mnt && exec /mnt/plain tcp' ||
			/opt/way/app/plain tcp
		;;
	update)
		to=${STATE_DIRECTORY:-/opt/way/updates}/app-2
		mkdir -p "$to"
		cp /opt/way/app/plain "$to"
		"$to/plain" tcp
		;;
	esac
} >&2
exit 0
