#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Try every way out of tests/ways-out in virtual machines: behind dronefence,
# behind the rules that nft has for the same wish, and behind nothing. Each run
# leaves its KTAP and its table in build/ways-out.out; the tables go, side by
# side, into Documentation/threat-model.rst.
#
# usage: ways-out.sh [SERIES]
#        ways-out.sh --table	only the table of what was measured last
#
# To try another fence, write a file like tests/ways-out/fence-none.sh and run
# tests/ways-out/run.sh with it.
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."
series=${1:-6.12}
out=build/ways-out.out

measure() {
	local options=() words fence
	while read -r -a words; do
		options+=("${words[@]}")
	done < <(sed -n 's/^# vm: //p' tests/kernel/test_ways_out.sh)
	apt_install gcc libc6-dev make nftables
	say "building"
	"$scripts/build-userspace.sh" >&2
	make -s -C tests/ways-out >&2
	"$scripts/build-module.sh" "$series" >/dev/null
	for fence in none nft dronefence; do
		say "trying every way out: $fence"
		rm -rf "${out:?}/$fence"
		mkdir -p "$out/$fence"
		# That a fence does not hold is a result.
		"$scripts/vm.sh" --out "$out/$fence" "${options[@]}" \
			--file tests/kernel:/tests "$series" -- \
			/ways-out/run.sh --out /out/table "$fence" || [ $? = 1 ]
		[ -s "$out/$fence/files/table" ] || die "$fence left no table"
	done
	echo "# $(date -u +%F) $(cat "$("$scripts/kernel.sh" "$series")/release")" \
		>"$out/head"
}

[ "$series" = --table ] || measure
cat "$out/head" "$out/dronefence/files/table" >"$out/first"
awk -f tests/ways-out/table.awk "$out/first" "$out/nft/files/table" \
	"$out/none/files/table" >"$out/table.rst"
awk -v table="$out/table.rst" '
	/^\.\. begin of what the ways out wrote/ {
		print
		while ((getline line <table) > 0)
			print line
		skip = 1
	}
	/^\.\. end of what the ways out wrote/ { skip = 0 }
	!skip' Documentation/threat-model.rst >"$out/threat-model.rst"
cp "$out/threat-model.rst" Documentation/threat-model.rst
say "written: Documentation/threat-model.rst"
