#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Make the uapi header and the kernel's netlink policies from the YAML spec.
# The generator is the kernel's own (tools/net/ynl), see kernel-tools.sh.
#
# usage: netlink-gen.sh [--check]    --check: write nothing, fail if stale
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

apt_install python3 python3-jsonschema python3-yaml
tools=$(scripts/kernel-tools.sh)
spec=Documentation/netlink/specs/dronefence.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The generator looks for its schema beside specs/ and for MAINTAINERS above.
mkdir -p "$work/Documentation/netlink/specs"
cp "$tools"/Documentation/netlink/*.yaml "$work/Documentation/netlink/"
cp "$spec" "$work/$spec"
touch "$work/MAINTAINERS"

gen() { # file arguments...
	local file=$1 out
	out=$work/$(basename "$1")
	shift
	/usr/bin/python3 "$tools/tools/net/ynl/ynl-gen-c.py" "$@" \
		--spec "$work/$spec" -o "$out"
	# The group table is written by hand: the generator cannot give it the
	# flag that asks for CAP_NET_ADMIN.
	sed -i -e "s|$work/||g" \
		-e '/^static const struct genl_multicast_group/,/^};/d' "$out"
	if [ "${check:-}" ]; then
		cmp -s "$out" "$file" || {
			echo "$file is not what $spec generates; run scripts/netlink-gen.sh" >&2
			diff -u "$file" "$out" | head -20 >&2 || true
			exit 1
		}
	else
		cp "$out" "$file"
	fi
}

[ "${1:-}" = --check ] && check=1
gen kmod/include/uapi/linux/dronefence.h --mode uapi --header
gen kmod/netlink_gen.h --mode kernel --header
gen kmod/netlink_gen.c --mode kernel --source
