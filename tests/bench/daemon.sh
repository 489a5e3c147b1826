#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the daemon takes to keep the records of many new flows, and at which rate it
# begins to lose some. Each flow is two events: its beginning and its end.
cd "$(dirname "$0")" || exit
. ./lib.sh

seconds=10
store=/var/lib/dronefence/store.db
daemon=''

ticks() {
	local stat
	stat=$(<"/proc/$daemon/stat")
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	echo $((${12} + ${13}))
}

memory() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status"; }

# Number of the next event.
next() { dronefence status --json | sed -n 's/^ *"next": \([0-9]*\),*$/\1/p' | head -n 1; }

start() {
	rm -rf /var/lib/dronefence
	mkdir -p /var/lib/dronefence
	"${DFB_CLI}d" --no-policy --sink none --store $store --geo-root "$DFB_GEO" \
		--state-dir /var/lib/dronefence &
	daemon=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -e $store ] || return 0
		sleep 0.1
	done
	die "the daemon does not start"
}

# Records of events from this number on: the daemon fetches those before it, too.
kept() { # FIRST
	dronefence log --store $store --json 2>/dev/null |
		awk -F '"seq":' -v first="$1" '$2 + 0 >= first { n++ } END { print n + 0 }'
}

# All that the kernel recorded is in the store, or nothing came for 10 seconds.
settle() { # FIRST EVENTS
	local count before=-1 i
	for ((i = 0; i < 100; i++)); do
		count=$(kept "$1")
		if [ "$count" -ge "$2" ] || [ "$count" = "$before" ]; then break; fi
		before=$count
		sleep 2
	done
	echo "$count"
}

measure() { # RATE
	local first events begin spent got
	start
	first=$(next)
	begin=$(ticks)
	got=$(
		echo 0 >"$cgroups/$app/cgroup.procs" || exit
		exec python3 "$PWD/opener.py" 8.8.8.8 "$1" $seconds
	)
	# The last ones end.
	sleep 3
	spent=$(($(ticks) - begin))
	events=$(($(next) - first))
	sample daemon flows "$1" "$got"
	sample daemon events "$1" "$events"
	sample daemon lost "$1" $((events - $(settle "$first" "$events")))
	sample daemon cpu-ms "$1" $((spent * 1000 / $(getconf CLK_TCK)))
	sample daemon KiB "$1" "$(memory)"
	kill $daemon
	wait $daemon
}

setup
load_dronefence
apply logged
dronefence limits idle-tcp-opening=1s flows=65536 >/dev/null
for ((round = 1; round <= DFB_ROUNDS; round++)); do
	for rate in 1000 2000 4000 8000; do
		say "the daemon, round $round of $DFB_ROUNDS: $rate flows a second"
		measure $rate
	done
done
