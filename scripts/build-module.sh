#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Build the module for Debian's kernel of a series, beside other series, into
# build/SERIES/dronefence.ko (or $BUILD/dronefence.ko) and print that path; for
# a kernel that has KUnit also the suites, dronefence-kunit.ko beside it. With WERROR=1 any warning of the compiler at W=1, of sparse (add C=2) or of
# the kernel's build system is an error.
#
# usage: build-module.sh SERIES [make arguments]
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts"

[ $# -ge 1 ] || die "usage: build-module.sh SERIES [make arguments]"
series=$1
shift
kernel=$(./kernel.sh "$series")
cd ..
build=$(realpath -m "${BUILD:-build/$series}")

# The sources by name only, so that what a build leaves in the checkout cannot
# be written through a link.
link_sources() {
	mkdir -p "$build/src"
	find "$build/src" -type l -delete
	find Kbuild kmod \( -name '*.[ch]' -o -name Kbuild \) |
		while read -r f; do
			mkdir -p "$build/src/$(dirname "$f")"
			ln -s "$PWD/$f" "$build/src/$f"
		done
}

compile() {
	local ko args=()
	[ -z "${WERROR:-}" ] || args+=(W=1)
	! grep -q '^CONFIG_KUNIT=' "$kernel/build/.config" || args+=(DFENCE_KUNIT=y)
	link_sources
	"$scripts/module-make.sh" "$kernel" "$build/src" -j"$(nproc)" "${args[@]}" "$@" \
		modules 2>&1 | tee "$build/log" >&2
	if [ -n "${WERROR:-}" ] && grep -Eiq '(warning|error): ' "$build/log"; then
		die "warnings for $series, see above"
	fi
	# What is loaded into the virtual machine needs no debug information.
	for ko in "$build"/src/*.ko; do
		strip --strip-debug -o "$build/new" "$ko"
		mv "$build/new" "$build/${ko##*/}"
	done
}

mkdir -p "$build"
# Two that build the same series wait for one another.
exec 8>"$build/lock"
flock 8
compile "$@" 8>&-
echo "$build/dronefence.ko"
