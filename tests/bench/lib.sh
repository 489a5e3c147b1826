# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the scripts share that measure inside the benchmark's kernel. Variables:
#
#   DFB_DATA     folder of data.py
#   DFB_KERNEL   folder of build-kernel.sh
#   DFB_BUILD    folder of dfbench.ko, dronefence.ko and those of xt_geoip
#   DFB_CLI      the program dronefence; its daemon is beside it
#   DFB_GEO      folder of geo-data.sh
#   DFB_ROUNDS   how often everything is measured
#   DFB_OUT      folder for results

samples=$DFB_OUT/samples
cgroups=/sys/fs/cgroup
app=dronefence.slice/app0
other=other.slice/program
device=bench0

say() { echo "dronefence: $*" >&2; }

die() {
	say "error: $*"
	exit 1
}

# sample TABLE CASE CANDIDATE VALUE
sample() {
	local IFS=$'\t'
	echo "$*" >>"$samples"
}

# What could not be measured is said with the reason instead.
missing() { # TABLE CASE CANDIDATE REASON
	sample missing "$@"
}

setup() {
	local group
	: >"$samples"
	for group in "$app" "$other"; do mkdir -p "$cgroups/$group"; done
	ip link add "$device" type dummy
	ip addr add 10.99.0.1/24 dev "$device"
	ip -6 addr add fd00:99::1/64 dev "$device" nodad
	ip link set "$device" up
	ip route add default dev "$device"
	ip -6 route add default dev "$device"
	insmod "$DFB_BUILD/dfbench.ko" || die "no harness"
}

# probe CGROUP COMMAND...: by a process of the cgroup; the last result.
probe() {
	(
		echo 0 >"$cgroups/$1/cgroup.procs" || exit
		shift
		exec 3<>/sys/kernel/debug/dfbench || exit
		for command in "device $device" "targets $DFB_DATA/targets6" "$@"; do
			echo "$command" >&3 || exit
			read -r result rest <&3
		done
		echo "$result"
	)
}

dronefence() { command "$DFB_CLI" "$@"; }

load_dronefence() {
	# Built in where the kernel is our own.
	modprobe -a nf_reject_ipv4 nf_reject_ipv6 2>/dev/null || true
	insmod "$DFB_BUILD/dronefence.ko" || die "no module"
}

apply() { # POLICY
	dronefence apply "$DFB_DATA/$1.yaml" >/dev/null || die "policy $1"
}

# Kernel modules of those that dronefence is compared with.
load_peers() {
	modprobe -d "$DFB_KERNEL/modules" -a nf_tables nft_ct nft_socket xt_cgroup \
		xt_conntrack xt_set ip_set_hash_net ip_tables
	insmod "$DFB_BUILD/compat_xtables.ko" && insmod "$DFB_BUILD/xt_geoip.ko"
}

xt_geoip() {
	iptables-legacy -A OUTPUT -m geoip --dst-cc CN,HK,TW -j DROP
}
