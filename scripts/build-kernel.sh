#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Build a kernel of our own configuration from Debian's kernel source, once,
# into the cache, and print the folder. Its layout is that of kernel.sh:
#
#   linux or vmlinuz     the kernel: User Mode Linux, or a bzImage for QEMU
#   release              what uname -r says in it
#   modules/lib/modules  its modules
#   build/               the folder to build out-of-tree modules against
#   build-depends        packages that such a build needs
#   trusted.pem          key and certificate that it trusts, where the options name one
#
# usage: build-kernel.sh FLAVOUR      a file of kernel-config/
#
# A flavour is a list of configuration options, the rest has its default value.
# These comments in it are read here:
#
#   # with: vm            other such files that go before this one
#   # without: SMP PCI    but for these options
#   # series: 6.1         which linux-source
#   # arch: um            architecture, um or x86_64
#   # rest: allnoconfig   the options that are not listed are off
#   # edit: FILE SED      changes of the source, before it is built
#   # cflags: -Wabc       more options for the compiler, also for modules
#   # make: NAME=VALUE    for the kernel itself, not for modules
set -euo pipefail
cd "$(dirname "$0")"
. ./common.sh

flavour=${1:-}
if [ -z "$flavour" ] || [ ! -f "kernel-config/$flavour" ]; then
	die "usage: build-kernel.sh FLAVOUR, one of: $(cd kernel-config && echo *)"
fi

# setting NAME FILE...: the last one counts.
setting() { sed -n "s/^# $1: //p" "${@:2}" | tail -n 1; }
without=$(sed -n 's/^# without: //p' "kernel-config/$flavour" | tr '\n' ' ')

cd kernel-config
read -r -a files < <(setting with "$flavour") || true
files+=("$flavour")
config=$(cat "${files[@]}" | grep -vE "^(# )?CONFIG_(${without// /|})[= ]")
series=$(setting series "${files[@]}")
arch=$(setting arch "${files[@]}")
rest=$(setting rest "${files[@]}")
cflags=$(setting cflags "${files[@]}")
variables=$(setting make "${files[@]}")
trusted=$(sed -n 's/^CONFIG_SYSTEM_TRUSTED_KEYS="\(.*\)"/\1/p' <<<"$config")
cd ..
certificate=$PWD/../tests/kernel/certificate.cnf
package=linux-source-$series

# What a build of the kernel itself needs, and what one of modules needs.
build_depends="gcc make bc bison flex libelf-dev libssl-dev"

quiet_make() {
	# Standard input, so that a question of the configuration cannot wait.
	nice make -s -j"$(nproc)" ARCH="$arch" KBUILD_BUILD_USER=dronefence \
		KBUILD_BUILD_HOST=dronefence "$@" </dev/null >>"$tmp/log" 2>&1 || {
		tail -n 30 "$tmp/log" >&2
		die "the kernel $flavour could not be built: make $*"
	}
}

unpack() {
	say "fetching $package $version (140 MB)"
	apt_fetch "$tmp" "$package"
	dpkg-deb --fsys-tarfile "$tmp/$package"_*.deb |
		tar -xO "./usr/src/$package.tar.xz" | tar -xJ -C "$tmp"
	rm "$tmp/$package"_*.deb
	mv "$tmp/$package" "$tmp/new/build"
}

# Modules find architecture and compiler options in the tree.
adapt() {
	sed -i "s/^ARCH[[:space:]]*?=.*/ARCH ?= $arch/" Makefile
	[ -z "$cflags" ] || echo "KBUILD_CFLAGS += $cflags" \
		>>"arch/${arch/x86_64/x86}/Makefile"
	sed -n 's/^# edit: //p' <<<"$config" | while read -r file script; do
		sed -i "$script" "$file"
	done
}

# The kernel reads the certificate only.
make_key() { # FILE
	openssl req -x509 -config "$certificate" -newkey rsa:2048 -nodes -days 3650 \
		-subj "/O=dronefence/CN=test kernel" -keyout ../key -out ../certificate 2>>"$tmp/log"
	cat ../key ../certificate >"$1"
	rm ../key ../certificate
	cp "$1" ../trusted.pem
}

# An option that the kernel does not know, or whose conditions are not met,
# vanishes without a word.
configure() {
	local missing
	echo "$config" >"$tmp/config"
	quiet_make KCONFIG_ALLCONFIG="$tmp/config" "${rest:-alldefconfig}"
	missing=$({
		grep '^CONFIG_' "$tmp/config" | grep -vxFf .config
		sed -n 's/^# \(CONFIG_[A-Z0-9_]*\) is not set$/\1/p' "$tmp/config" |
			while read -r option; do grep "^$option=" .config; done
	}) || true
	[ -z "$missing" ] || die "kernel $flavour: these options are not as asked:" \
		"${missing//$'\n'/, }"
}

# What external modules are built with stays.
prune() {
	rm -rf Documentation LICENSES drivers samples sound vmlinux vmlinux.o System.map
	find arch -mindepth 1 -maxdepth 1 -type d ! -name um ! -name x86 \
		-exec rm -rf {} +
	find . -path ./scripts -prune -o -path ./tools/objtool -prune -o -type f \
		\( -name '*.[oacS]' -o -name '*.ko' -o -name '.*.cmd' -o -name '*.rst' \
		-o -name '*.mod' -o -name '*.dts*' -o -name bzImage \) -exec rm -f {} +
	rm -f linux
	# The compiler looks also into those where nothing was generated.
	find . -type d -empty ! -path './arch/*/include/*' -delete
}

build() {
	local begin=$SECONDS
	[ ! -e "$dir/.complete" ] || return 0
	# shellcheck disable=SC2086
	apt_install $build_depends kmod xz-utils openssl
	tmp=$(mktemp -d "$DF_CACHE/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/new"
	unpack
	(
		cd "$tmp/new/build"
		adapt
		[ -z "$trusted" ] || make_key "$trusted"
		configure
		say "building the kernel $flavour, some minutes, once"
		# shellcheck disable=SC2086
		quiet_make $variables
		quiet_make INSTALL_MOD_PATH="$tmp/new/modules" modules_install
		cp include/config/kernel.release ../release
		if [ "$arch" = um ]; then
			cp linux ../linux
		else
			cp arch/x86/boot/bzImage ../vmlinuz
		fi
		prune
	)
	rm -f "$tmp"/new/modules/lib/modules/*/{build,source}
	echo "${build_depends// /$'\n'}" >"$tmp/new/build-depends"
	rm -rf "$dir"
	mkdir -p "$(dirname "$dir")"
	mv "$tmp/new" "$dir"
	touch "$dir/.complete"
	say "built the kernel $flavour in $((SECONDS - begin)) s"
}

version=$(apt_candidate "$package")
key=$(sha256sum <<<"$config" | cut -c 1-16)
dir=$DF_CACHE/kernel-built/$flavour-$version-$key
[ -e "$dir/.complete" ] || with_lock "kernel-built-$flavour" build
echo "$dir"
