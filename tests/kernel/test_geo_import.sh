#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Geo data that is carried to a machine: what nobody vouches for or is damaged is refused
# and changes nothing; what is good takes effect by itself where the daemon runs, and
# status says which file it is and how old. Data that breaks in its place leaves the policy
# in force.
#
# once: of user space
# vm: --memory 1536 --timeout 1500 --file build/geo:/carried
# shellcheck disable=SC1091
. /tests/lib.sh

# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=90
database=/carried/usr/share/libloc-location/location.db
installed=/var/lib/location/database.db
tor=/usr/share/tor
out='' status=0 daemon=''

plan 29

run() { # COMMAND...
	status=0
	out=$("$@" 2>&1) || status=$?
}

refused() { # WHAT WORDS
	is "$status" 7 "$1 is refused"
	contains "$out" "$2" "because it says so"
	ok "$(cmp -s $installed /tmp/before || [ ! -e $installed ] && echo 1)" "and nothing has changed"
}

policy() { # SOURCE
	write_policy /tmp/policy.yaml
	sed -i "s|tor-geoipdb:/tmp/geo|$1|" /tmp/policy.yaml
}

generation() { dronefence status --json | field generation; }
is_generation() { [ "$(generation)" = "$1" ]; }
state() { dronefence status --json | field state; }
is_state() { [ "$(state)" = "$1" ]; }

# Half of the Internet in the US, but for one network.
write_tor() { # DAY COUNTRY
	mkdir -p /tmp/new
	printf '# Generated: %s GMT\n0,134217727,US\n134217728,150994943,%s\n150994944,2147483647,US\n' \
		"$1" "$2" >/tmp/new/geoip
	printf '# Generated: %s GMT\n2000::,3fff::,US\n' "$1" >/tmp/new/geoip6
}
import_tor() {
	run dronefence geo import /tmp/new/geoip /tmp/new/geoip6 --policy /tmp/policy.yaml \
		--sha256 "$(cat /tmp/new/geoip /tmp/new/geoip6 | sha256sum | cut -c 1-64)"
}

modprobe dronefence
mkdir -p /sys/fs/cgroup/dronefence.slice/app /var/lib/dronefence /run/dronefence
setup_world
policy libloc

run dronefence geo import $database --policy /tmp/policy.yaml
refused "a database without the key to check it" "nobody vouches for it"
mkdir -p ${installed%/*}
cp /carried/var/lib/location/signing-key.pem ${installed%/*}/
cp $database /tmp/bad.db
printf 'x' | dd of=/tmp/bad.db bs=1 seek=50000000 conv=notrunc 2>/dev/null
run dronefence geo import /tmp/bad.db --policy /tmp/policy.yaml
refused "one with a changed byte" "signature"
run dronefence geo import $database --policy /tmp/policy.yaml
is "$status" 0 "as its maker has signed it, it is taken"
ok "$(cmp $installed $database && echo 1)" "and is installed to the byte"
cp $installed /tmp/before
head -c 50000000 $database >/tmp/bad.db
run dronefence geo import /tmp/bad.db --policy /tmp/policy.yaml
refused "one that is cut off, over a good one," "signature"

run dronefence apply /tmp/policy.yaml
is "$status $(state)" "0 enforcing" "a policy is made with it"
run dronefence status
contains "$out" "geo data      libloc of 20" "status names the source and its date"
contains "$out" " days old), $installed" "and its age and file"
run dronefence status --json
contains "$out" "\"path\": \"$installed\"" "in JSON, too"

policy tor-geoipdb
write_tor "Thu, 25 Jun 2026 04:33:59" US
import_tor
is "$status" 0 "the files of tor-geoipdb are taken with their digest"
dronefenced --policy /tmp/policy.yaml --sink none --json /tmp/events.json \
	--control /run/dronefence/control --pilot none --no-dns &
daemon=$!
wait_for is_generation 2
is $? 0 "the daemon makes a policy of them"
run dronefence explain app 8.8.8.8
is "$status" 0 "which allows an address"
write_tor "Fri, 26 Jun 2026 04:33:59" CN
import_tor
is "$status" 0 "newer ones are taken"
wait_for is_generation 3
is $? 0 "and the daemon has seen it by itself"
run dronefence explain app 8.8.8.8
is "$status" 10 "the address is denied now"
contains "$(cat /tmp/events.json)" "geo data was replaced: $tor/geoip" "a record names the file"
write_tor "Wed, 24 Jun 2026 04:33:59" US
import_tor
is "$status" 7 "older ones are refused"

cp $tor/geoip /tmp/good
echo "134217728,1" >$tor/geoip
wait_for is_state degraded && wait_for grep -q 'generation 3 stays in force' /tmp/events.json
is $? 0 "files that break where they are: status says so"
contains "$(cat /tmp/events.json)" "generation 3 stays in force" "and a record"
contains "$(cat /tmp/events.json)" "$tor/geoip:1: " "with the line"
run dronefence explain app 8.8.8.8
is "$(generation) $status" "3 10" "the policy stays"
cp /tmp/good $tor/geoip
wait_for is_state enforcing
is "$? $(generation)" "0 4" "mended, they are taken again"

kill -TERM $daemon
wait $daemon
is $? 0 "the daemon ends"
