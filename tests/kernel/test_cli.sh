#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line tool as an admin meets it: exit status and words, with and
# without module, rights, and valid files.
# shellcheck disable=SC1091
. /tests/lib.sh

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed 's/name: test/name: other/' /tmp/policy.yaml >/tmp/other.yaml

out='' err='' status=0
run() {
	out=$(timeout 600 "$@" 2>/tmp/err)
	status=$?
	err=$(cat /tmp/err)
}

# As an ordinary user.
user() { run setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }

plan 111

for command in status show monitor flows limits "explain app 8.8.8.8" \
	       "apply /tmp/policy.yaml" "run app -- true"; do
	# shellcheck disable=SC2086
	run dronefence $command
	is $status 3 "without the module: $command ends with 3"
	contains "$err" "not loaded" "without the module: $command says so"
done
run dronefence check /tmp/policy.yaml
is $status 0 "without the module: check works"
contains "$out" "policy test is valid" "without the module: check says so"
user dronefence check /tmp/policy.yaml
is $status 0 "as a user: check works"

modprobe dronefence
run dronefence
is $status 3 "no policy: status ends with 3"
contains "$out" "state         open" "no policy: the state is open"
run dronefence show
is $status 3 "no policy: show ends with 3"

run dronefence apply /tmp/policy.yaml
is $status 0 "apply ends with 0"
contains "$out" "as generation 1" "apply names the generation"
run dronefence status
is $status 0 "status ends with 0"
contains "$out" "state         enforcing" "the state is enforcing"
run dronefence status --json
is "$(field state <<<"$out")" enforcing "status --json agrees"
run dronefence show
contains "$out" "application app: profile p, enforce" "show names the application"
contains "$out" "policy.yaml:7" "show names the line of the rule"
run dronefence show --json
is "$(field name <<<"$out")" app "show --json agrees"

for command in status show monitor flows limits "limits flows=9" "explain app 8.8.8.8" \
	       "apply /tmp/policy.yaml"; do
	# shellcheck disable=SC2086
	user dronefence $command
	is $status 6 "as a user: $command ends with 6"
	contains "$err" "CAP_NET_ADMIN" "as a user: $command says why"
done
user dronefence run app -- true
is $status 6 "as a user without systemd: run ends with 6"
contains "$err" "systemd user session" "as a user without systemd: run says why"

printf 'version: 1\nprofiles: { p: { rules: [ { dney: CN } ], default: deny } }\n' >/tmp/broken.yaml
run dronefence apply /tmp/broken.yaml
is $status 5 "apply of a broken file ends with 5"
contains "$err" '/tmp/broken.yaml:2:29: error: ' "apply of a broken file names line and column"
contains "$err" "did you mean 'deny'?" "apply of a broken file has a suggestion"
run dronefence status --json
is "$(field generation <<<"$out")" 1 "apply of a broken file: the old policy stays"

head -c 20 /tmp/geo/geoip >/tmp/geo/cut && cp /tmp/geo/geoip /tmp/geo/whole
echo "garbage" >>/tmp/geo/geoip
run dronefence apply /tmp/policy.yaml
is $status 7 "apply with corrupt geo data ends with 7"
contains "$err" "/tmp/geo/geoip" "apply with corrupt geo data names the file"
rm /tmp/geo/geoip
run dronefence apply /tmp/policy.yaml
is $status 7 "apply without geo data ends with 7"
cp /tmp/geo/whole /tmp/geo/geoip
run dronefence status --json
is "$(field generation <<<"$out")" 1 "with bad geo data the old policy stays"

run dronefence explain app 223.5.5.5:443
is $status 10 "explain: denied ends with 10"
contains "$out" "reason        located-in CN" "explain: the reason"
run dronefence explain app '[2400:3200::1]:443/udp'
is $status 10 "explain: IPv6 with port and protocol"
run dronefence explain app 8.8.8.8
is $status 0 "explain: allowed ends with 0"
run dronefence explain nobody 8.8.8.8
is $status 4 "explain: an unknown application ends with 4"
run dronefence explain app 8.8.8.8.8
is $status 2 "explain: a bad address ends with 2"
sed 's/profile: p }/profile: p, mode: audit }/' /tmp/policy.yaml >/tmp/audit.yaml
run dronefence apply /tmp/audit.yaml
run dronefence explain app 223.5.5.5
is $status 11 "explain: audit mode ends with 11"
run dronefence status
is $status 3 "status: audit mode is not enforcing"

run dronefence run app -- cat /proc/self/cgroup
is $status 0 "run: the status of the command"
contains "$out" "/dronefence.slice/dronefence-app." "run: inside the cgroup"
run dronefence run app -- sh -c 'exit 42'
is $status 42 "run: another status of the command"
run dronefence run nobody -- true
is $status 4 "run: an unknown application ends with 4"
is "$(find /sys/fs/cgroup/dronefence.slice -name '*.scope')" "" "run: the cgroup goes with the program"

# As large as a policy may be: 1,024 applications, 64 rules in a profile, 4,096
# sets. Each rule names 64 networks, and each network is a set.
awk 'BEGIN {
	print "version: 1\nname: large\nprofiles:\n  p:\n    rules:"
	for (r = 0; r < 64; r++) {
		printf "      - drop: ["
		for (n = 0; n < 64; n++)
			printf "%s198.%d.%d.0/24", n ? ", " : "", 18 + int(r / 4), (r % 4) * 64 + n
		print "]"
	}
	print "    default: deny\napplications:"
	for (a = 0; a < 1024; a++)
		printf "  a%d: { match: { cgroup: /a/%d }, profile: p }\n", a, a
}' >/tmp/large.yaml
run dronefence apply /tmp/large.yaml
is $status 0 "the largest policy can be applied"
run dronefence status --json
is "$(field policy.applications <<<"$out")" 1024 "it has 1,024 applications"
is "$(field policy.sets <<<"$out")" 4096 "it has 4,096 sets"
run dronefence show
is "$(grep -c '^application' <<<"$out")" 1024 "every application is listed"
is "$(grep -c ' drop ' <<<"$out")" 64 "every rule is listed"
run dronefence explain a1023 198.33.255.1
is $status 10 "the last set works"
contains "$out" "network 198.33.255.0/24" "and is named"

# The same files are compiled once.
mkdir -p /tmp/cache && chmod 700 /tmp/cache
apply() { run dronefence apply --verbose --cache-dir /tmp/cache "$@"; }
digest() { dronefence status --json | field policy.digest; }
apply /tmp/policy.yaml
contains "$out" "cold: " "apply compiles a policy that it does not know"
cold=$(digest)
apply /tmp/policy.yaml
is $status 0 "apply takes the compiled policy"
contains "$out" "warm: " "and says so"
is "$(digest)" "$cold" "the kernel gets the same"
apply --json /tmp/policy.yaml
is "$(field warm <<<"$out")" true "apply --json agrees"
apply --no-cache /tmp/policy.yaml
contains "$out" "cold: " "apply --no-cache compiles"
for file in /tmp/cache/*.policy; do
	printf x | dd of="$file" bs=1 seek=100 conv=notrunc 2>/dev/null
done
apply /tmp/policy.yaml
is $status 0 "a damaged compiled policy is no error"
contains "$err" "it is damaged" "but a warning"
is "$(digest)" "$cold" "and the kernel gets the right one"
sed -i 's/US/DE/' /tmp/geo/geoip
apply /tmp/policy.yaml
contains "$out" "cold: " "with other geo data the policy is compiled again"
cp /tmp/geo/whole /tmp/geo/geoip
apply /tmp/policy.yaml
contains "$out" "warm: " "with the old data it is still known"

# Two flows: one that is denied, one that passes.
run dronefence run app -- bash -c ': >/dev/tcp/223.5.5.5/80'
run dronefence run app -- bash -c 'echo hello >/dev/udp/8.8.8.8/53'
run dronefence flows
is $status 0 "flows ends with 0"
contains "$out" " deny  tcp  223.5.5.5:80 CN CN tcp-opening" "flows: a denied connection"
contains "$out" ", passed 0 (0 B), refused 1 (" "flows: nothing of it has passed"
contains "$out" " allow udp  8.8.8.8:53 US default udp" "flows: a datagram"
contains "$out" ", passed 1 (34 B), age " "flows: how long it was"
run dronefence flows --application app --verdict deny --json
is "$(grep -c '"destination":"223.5.5.5"' <<<"$out")" 1 "flows --verdict --json: what was asked for"
is "$(grep -c '"destination"' <<<"$out")" 1 "flows --verdict --json: and nothing else"
run dronefence flows --application nobody
is $status 4 "flows: an unknown application ends with 4"
run dronefence flows --verdict maybe
is $status 2 "flows: an unknown verdict ends with 2"
run dronefence status
contains "$out" "flows         2 of 65536, " "status counts the flows"
run dronefence show --json
is "$(field unlisted.packets <<<"$out")" 0 "show --json: no packet without a flow"

run dronefence limits
is $status 0 "limits ends with 0"
contains "$out" "idle-udp              60 seconds" "limits shows the times"
run dronefence limits idle-udp=1s idle-tcp-opening=2s flows=100
is $status 0 "limits can be set"
contains "$out" "flows                 100 flows" "and are shown"
for ((i = 0; i < 100; i++)); do
	run dronefence flows
	[ -n "$out" ] || break
	sleep 0.2
done
is "$out" "" "flows end when they were idle long enough"
# monitored PATTERN OPTION...: what the monitor prints until it prints that.
monitored() {
	dronefence "${@:2}" monitor --since 1 >/tmp/monitored 2>&1 &
	wait_for grep -q -e "$1" /tmp/monitored
	kill $!
	wait $! 2>/dev/null
	cat /tmp/monitored
}
out=$(monitored end=idle)
contains "$out" "end=idle app=app verdict=allow mode=enforce reason=default set=- country=US" "monitor: the end of a flow"
contains "$out" " packets=1 bytes=34 refused_packets=0 refused_bytes=0 " "monitor: its totals"
contains "$(monitored '"type":"flow-end"' --json)" '"type":"flow-end"' "monitor --json: the end of a flow"
run dronefence limits flows=0
is $status 2 "limits: a value out of range ends with 2"
contains "$err" "expected 1 to 262144" "limits: the range is named"
run dronefence limits idel-udp=5
contains "$err" 'did you mean "idle-udp"?' "limits: a suggestion"
run dronefence limits --json
is "$(field flows <<<"$out")" 100 "limits: an error changes nothing"

run dronefence frobnicate
is $status 2 "an unknown command ends with 2"
