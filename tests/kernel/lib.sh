# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the test scripts share: TAP, and the world that fence.h draws.

tap_plan=0 tap_count=0 tap_failed=0

plan() {
	tap_plan=$1
	echo "1..$1"
}

note() { echo "# $*"; }

# ok CONDITION(1 or 0) DESCRIPTION
ok() {
	tap_count=$((tap_count + 1))
	if [ "$1" = 1 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
	fi
}

# is GOT EXPECTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then
		ok 1 "$3"
	else
		ok 0 "$3"
		note "got:      $1"
		note "expected: $2"
	fi
}

# contains TEXT PART DESCRIPTION
contains() {
	if [[ $1 == *"$2"* ]]; then
		ok 1 "$3"
	else
		ok 0 "$3"
		note "in:      $1"
		note "missing: $2"
	fi
}

finish() {
	[ "$tap_count" = "$tap_plan" ] && [ "$tap_failed" = 0 ]
}
trap 'finish || exit 1' EXIT

# field NAME[.NAME]: a value of the tool's JSON, from standard input.
field() {
	local name=${1##*.} object=''
	[[ $1 == *.* ]] && object=${1%.*}
	awk -v name="\"$name\":" -v object="${object:+\"$object\":}" '
		object == "" || $1 == object { found = 1 }
		found && $1 == name {
			gsub(/[",]/, "", $2)
			print $2
			exit
		}'
}

setup_world() {
	local a
	ip link set lo up
	ip netns add world
	ip link add veth0 type veth peer name veth1 netns world
	ip addr add 10.9.0.1/24 dev veth0
	ip -6 addr add fd00:9::1/64 dev veth0 nodad
	ip link set veth0 up
	ip -n world link set lo up
	ip -n world addr add 10.9.0.2/24 dev veth1
	ip -n world -6 addr add fd00:9::2/64 dev veth1 nodad
	ip -n world link set veth1 up
	ip route add default via 10.9.0.2
	ip -6 route add default via fd00:9::2
	for a in 223.5.5.5 8.8.8.8 192.168.42.1; do
		ip -n world addr add $a/32 dev lo
	done
	for a in 2400:3200::1 2001:4860:4860::8888; do
		ip -n world -6 addr add $a/128 dev lo nodad
	done
	ping -q -c 1 -W 5 10.9.0.2 >/dev/null
	ping -q -c 1 -W 5 fd00:9::2 >/dev/null
}

setup_geo() {
	mkdir -p /tmp/geo
	{
		echo "# Generated: Thu, 25 Jun 2026 04:33:59 GMT"
		echo "134744064,134744319,US"
		echo "3741646848,3741712383,CN"
	} >/tmp/geo/geoip
	{
		echo "# Generated: Thu, 25 Jun 2026 04:33:59 GMT"
		echo "2001:4860::,2001:4860:ffff:ffff:ffff:ffff:ffff:ffff,US"
		echo "2400:3200::,2400:3200:ffff:ffff:ffff:ffff:ffff:ffff,CN"
	} >/tmp/geo/geoip6
}

# A policy that denies CN to the application "app" and allows the rest.
write_policy() { # FILE
	cat >"$1" <<END
version: 1
name: test
geo: { country: "tor-geoipdb:/tmp/geo", max-age: none }
profiles:
  p:
    rules:
      - { deny: { located-in: CN }, log: new }
    default: allow
applications:
  app: { match: { cgroup: /dronefence.slice/app }, profile: p }
END
}

# Processes that wait until an "apply --confirm" has had its time.
guards() {
	local p words
	for p in /proc/[0-9]*; do
		mapfile -d '' words <"$p/cmdline" || continue
		[[ ${words[0]} == dronefence && ${words[*]} == *--confirm* ]] && echo "${p##*/}"
	done 2>/dev/null
}

# wait_for COMMAND...: until it succeeds, 20 s at most, or as long as the test says.
wait_for() {
	local i
	for ((i = 0; i < 10 * ${patience:-20}; i++)); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}
