#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Run make for a module with the headers that kernel.sh fetched, and with the compiler
# that they want: that of this machine, or the one that came with them.
#
# usage: module-make.sh KERNEL SOURCES [make arguments]
#
#   KERNEL    the folder that kernel.sh printed
#   SOURCES   where the module's Kbuild is
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"

# Everything has the same name inside. What is mounted is gone with its namespace.
inside() { # KERNEL USER FOLDER... -- COMMAND
	local root=$1/root user=$2
	shift 2
	mount -t proc proc "$root/proc"
	while [ "$1" != -- ]; do
		mkdir -p "$root$1"
		mount --bind "$1" "$root$1"
		shift
	done
	shift
	exec chroot --userspec="$user" "$root" "$@"
}

if [ "${1:-}" = --inside ]; then
	shift
	inside "$@"
fi
[ $# -ge 2 ] || die "usage: module-make.sh KERNEL SOURCES [make arguments]"
kernel=$1 sources=$2
shift 2
set -- make -C "$kernel/build" "M=$sources" --no-print-directory \
	CONFIG_DEBUG_INFO_BTF_MODULES= "$@"
if [ -d "$kernel/root" ]; then
	set -- "$0" --inside "$kernel" "$(id -u):$(id -g)" \
		"$kernel" "$(dirname "$scripts")" "$sources" -- "$@"
	as_root unshare --mount "$@"
else
	# shellcheck disable=SC2046
	apt_install make $(cat "$kernel/build-depends")
	"$@"
fi
