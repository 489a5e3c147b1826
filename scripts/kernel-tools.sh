#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetch the checking tools that exist only in the kernel's own source package
# (checkpatch, kernel-doc, the netlink generator, the kselftest harness) into
# the cache and print the folder that holds them.
set -euo pipefail
cd "$(dirname "$0")"
. ./common.sh

pkg=linux-source-6.12
version=$(apt_candidate "$pkg")
dir=$DF_CACHE/kernel-tools/$version
if [ ! -e "$dir/.complete" ]; then
	say "fetching $pkg $version (150 MB) for checkpatch, kernel-doc and the netlink generator"
	tmp=$(mktemp -d "$DF_CACHE/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	apt_fetch "$tmp" "$pkg"
	dpkg-deb --fsys-tarfile "$tmp"/"$pkg"_*.deb |
		tar -xO ./usr/src/"$pkg".tar.xz |
		tar -xJ -C "$tmp" --wildcards \
			"$pkg/scripts/checkpatch.pl" "$pkg/scripts/spdxcheck.py" \
			"$pkg/scripts/const_structs.checkpatch" \
			"$pkg/scripts/spelling.txt" "$pkg/scripts/kernel-doc" \
			"$pkg/tools/net/ynl/*" "$pkg/Documentation/netlink/*.yaml" \
			"$pkg/tools/testing/selftests/kselftest*.h"
	rm -rf "$dir"
	mkdir -p "$(dirname "$dir")"
	mv "$tmp/$pkg" "$dir"
	touch "$dir/.complete"
fi
echo "$dir"
