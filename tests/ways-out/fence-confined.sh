# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dronefence, and the program runs as "dronefence run --confined" starts it, under
# a user that systemd makes up.
# shellcheck disable=SC1091,SC2034,SC2154
. "$ways/fence-group.sh"

companion=' with a companion'
patience=8

# It is told all that it would know otherwise. limited(1) would change its user.
fence_run() {
	local words given=("$@")
	[ "$1" != limited ] || given=(limited "$2" 0 "${@:4}")
	mapfile -t words < <(env | grep -E '^(WAY_|PATH=|XDG_|DBUS_)')
	outside dronefence --policy "$work/policy.yaml" run --confined app -- \
		/usr/bin/env "${words[@]}" "${given[@]}"
}

fence_menu() { fence_run "$@"; }
