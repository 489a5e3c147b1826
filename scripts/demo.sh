#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Show the main job on any machine: build everything, boot a throw-away virtual
# machine, and tell the story of tests/demo/story.sh in it. Nothing of it runs
# on this machine's own kernel or network.
#
# usage: demo.sh [SERIES]
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."
series=${1:-6.12}

say "1 of 4: user space"
apt_install curl gcc
"$scripts/build-userspace.sh"
mkdir -p build/demo
gcc -O2 -Wall -Werror -D_GNU_SOURCE -o build/demo/peer tests/demo/peer.c
say "2 of 4: geo data"
geo=$("$scripts/geo-data.sh")
say "3 of 4: the module, for Linux $series"
"$scripts/build-module.sh" "$series" >/dev/null 2>build/demo/module.log ||
	{ cat build/demo/module.log >&2; die "the module does not build"; }
say "4 of 4: a virtual machine with that kernel (about 10 s to boot)"
color=''
[ ! -t 1 ] || [ -n "${NO_COLOR:-}" ] || color=1
status=0
"$scripts/vm.sh" --memory 1536 --timeout 600 --env "COLOR=$color" \
	--bin /usr/bin/curl --bin "$PWD/build/demo/peer" \
	--file tests/demo:/demo \
	--file userspace/policies:/usr/share/dronefence \
	--file "$geo/usr/share/tor:/usr/share/tor" \
	--file "$geo/usr/share/libloc-location:/usr/share/libloc-location" \
	--file "$geo/var/lib/location:/var/lib/location" \
	"$series" -- /demo/story.sh || status=$?
exit "$status"
