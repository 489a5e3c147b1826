#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Load and unload the module under traffic in several namespaces, 50 times with
# a policy in force. Nothing warns (the machine fails the run if the kernel
# does), nothing is left behind.
#
# vm: --timeout 1800
# shellcheck disable=SC1091
. /tests/lib.sh

rounds=${DRONEFENCE_LONG:+200}
rounds=${rounds:-50}

setup_world
setup_geo
write_policy /tmp/policy.yaml

# Traffic of the application and of others, in three namespaces, for as long as
# the test runs; a twentieth of a second in between, or it would take the whole
# emulated machine for itself.
flood() { # NAMESPACE CGROUP
	echo $BASHPID >"/sys/fs/cgroup/$2/cgroup.procs"
	exec ip netns exec "$1" bash -c '
		exec 3<>/tmp/never
		while :; do
			read -rt 0.05 <&3
			echo x >/dev/udp/127.0.0.1/9
			echo x >/dev/udp/::1/9
			: >/dev/tcp/127.0.0.1/9
		done' 2>/dev/null
}

# What the kernel holds, in KiB.
kernel_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(Slab|VmallocUsed|Percpu|KernelStack):/ { sum += $2 } END { print sum }' /proc/meminfo
}

mkdir -p /sys/fs/cgroup/dronefence.slice/app /sys/fs/cgroup/other
mkfifo /tmp/never
pids=()
for ns in one two three; do
	ip netns add $ns
	ip -n $ns link set lo up
	flood $ns dronefence.slice/app &
	pids+=("$!")
	flood $ns other &
	pids+=("$!")
done

plan 5

loaded=0 applied=0 judged=0 unloaded=0 before=0
for round in $(seq "$rounds"); do
	modprobe dronefence && loaded=$((loaded + 1))
	dronefence apply /tmp/policy.yaml >/dev/null 2>&1 && applied=$((applied + 1))
	# It works before it goes.
	for _ in $(seq 100); do
		packets=$(dronefence status --json | field counters.packets)
		[ "$packets" -gt 0 ] && break
		sleep 0.05
	done
	[ "$packets" -gt 0 ] && judged=$((judged + 1))
	# More policies: one that leaks a little shows as much.
	for _ in 1 2 3 4; do dronefence apply /tmp/policy.yaml >/dev/null 2>&1; done
	rmmod dronefence && unloaded=$((unloaded + 1))
	# The first rounds fill caches of the kernel.
	[ "$round" = 10 ] && before=$(kernel_memory)
done
after=$(kernel_memory)
kill "${pids[@]}"

is "$loaded" "$rounds" "loaded $rounds times"
is "$applied" "$rounds" "policy applied $rounds times"
is "$judged" "$rounds" "packets were judged each time"
is "$unloaded" "$rounds" "unloaded $rounds times under traffic"
# After round 10 come 200 policies. One takes 700 KiB, and 33 KiB of that is its
# cache: to lose that alone would be 6.6 MiB.
note "kernel memory after round 10: $before KiB, at the end: $after KiB"
ok "$((after - before < 4096))" "nothing is left behind"
