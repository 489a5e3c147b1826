#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The benchmark: dronefence beside what people use today, see
# Documentation/performance.rst. Results go to build/bench: results.json,
# table.txt, bench.svg; the table also into the documentation.
#
# usage: bench.sh                 everything
#        bench.sh PART...         paths load growth apply daemon network count; only
#                                 the table of what was measured last
#        bench.sh --check         count instructions only, and compare them
#                                 with tests/bench/baseline
#        bench.sh --baseline      make that file anew
#
# DRONEFENCE_ROUNDS=N    how often a packet is measured (7)
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."
out=$PWD/build/bench
rounds=${DRONEFENCE_ROUNDS:-7}
series=6.1

report() { python3 -B tests/bench/report.py "$@"; }

data() {
	say "writing the geo data in the words of each candidate"
	python3 tests/bench/data.py "$(scripts/geo-data.sh)/usr/share/tor" "$out/data" \
		/run/data
}

uml() { # PART ROUNDS
	mkdir -p "$out/$1"
	scripts/bench-uml.sh "$out/$1" "$1.sh" "DFB_DATA=$out/data" \
		"DFB_BUILD=$out/uml" "DFB_CLI=$PWD/userspace/build/dronefence" \
		"DFB_ROUNDS=$2" "DFB_GEO=$(scripts/geo-data.sh)"
}

# vm PART OPTION...: in QEMU, with Debian's kernel.
vm() {
	local part=$1
	shift
	mkdir -p "$out/$part"
	scripts/vm.sh --bare --out "$out/$part" --timeout 1200 "$@" \
		--module nf_reject_ipv4 --module nf_reject_ipv6 \
		--file tests/bench:/bench/tests --file "$out/vm-data:/bench/data" \
		--file "$out/$series:/bench/build" --bin userspace/build/dronefence \
		--env DFB_DATA=/bench/data --env DFB_BUILD=/bench/build \
		--env DFB_OUT=/out --env DFB_CLI=/usr/bin/dronefence \
		--env DFB_ROUNDS=2 \
		"$series" -- bash "/bench/tests/$part.sh"
	mv "$out/$part/files/samples" "$out/$part/samples"
}

# The emulated machine is slow: a small world is enough to count.
vm_data() {
	mkdir -p "$out/vm-data"
	python3 tests/bench/data.py --small "$out/vm-data" /bench/data
}

build_vm() {
	scripts/build-userspace.sh >&2
	scripts/bench-build.sh "$series" "$out/$series"
	"${CC:-gcc}" -O2 -Wall -Wextra -Werror -o "$out/connect" \
		tests/bench/connect.c
	vm_data
}

build_uml() {
	scripts/build-userspace.sh >&2
	scripts/bench-build.sh bench "$out/uml"
	data
}

run() { # PART
	say "measuring: $1"
	case $1 in
	paths) uml paths "$rounds" ;;
	load) uml load 3 ;;
	apply) uml apply 3 ;;
	growth) uml growth 3 ;;
	daemon) uml daemon 2 ;;
	count) vm count --count ;;
	# As most machines boot: what the kernel logs does not go to a console.
	network)
		vm network --count --cmdline quiet --bin iperf3 --bin "$out/connect"
		;;
	*) die "no part $1" ;;
	esac
}

apt_install python3
mkdir -p "$out"
case ${1:-} in
--check)
	build_vm
	run count
	report check "$out" tests/bench/baseline
	exit
	;;
--baseline)
	build_vm
	run count
	report baseline "$out" tests/bench/baseline
	exit
	;;
esac
then='show'
if [ $# = 0 ]; then
	then='write'
	set -- paths load growth apply daemon count network
	rm -f "$out"/*/samples
fi
echo "$(date -u +%F) $(cat /proc/loadavg)" >"$out/begin"
apt_install iperf3 ipset iptables nftables xtables-addons-common
needs=''
for part in "$@"; do
	case $part in
	paths | load | growth | apply | daemon) needs+=' uml' ;;
	count | network) needs+=' vm' ;;
	esac
done
# Not tested with &&: it would go on after an error in them.
case $needs in *uml*) build_uml ;; esac
case $needs in *vm*) build_vm ;; esac
for part in "$@"; do run "$part"; done
case $then in
write) report write "$out" Documentation/performance.rst ;;
show) report show "$out" ;;
esac
