#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Hold the schema of policies, which is for editors, against the loader: the
# policies of its unit tests go through both.
#
# usage: check-schema.sh
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."

apt_install python3 python3-jsonschema python3-yaml
tests=(policy policy_bad policy_bad_rules policy_bulk policy_examples policy_include
	policy_limits policy_syntax forward compile)
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
"$scripts/build-userspace.sh" build/dronefence "${tests[@]/#/build/test/test_}" >&2
for name in "${tests[@]}"; do
	DRONEFENCE_KEEP=$kept "userspace/build/test/test_$name" >"$kept/output" 2>&1 ||
		{ cat "$kept/output"; die "test_$name fails"; }
done
python3 "$scripts/check-schema.py" "$kept" userspace/build/dronefence
