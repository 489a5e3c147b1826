#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flight is named, and the report of it holds what was sent on it; it claims that
# nothing went out only while everything is recorded. A vendor's switch is held
# against the records. The page of the report is left in /out.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 600 --bin /usr/bin/openssl --bin /usr/bin/sha256sum
# shellcheck disable=SC1091
. /tests/lib.sh

state=/tmp/state
store=$state/store.db
daemon=''

setup_world
# Servers with addresses of these countries, as the file below says.
for a in 8.210.0.1 101.32.0.1 202.175.0.1 18.195.0.1 52.80.0.1; do
	ip -n world addr add $a/32 dev lo
done
setup_geo
cat >/tmp/geo/geoip <<END
# Generated: Thu, 25 Jun 2026 04:33:59 GMT
134744064,134744319,US
147980288,147980543,HK
314769408,314769663,DE
877658112,877658367,CN
1696595968,1696596223,SG
3400466432,3400466687,MO
3741646848,3741712383,CN
END
write_policy /tmp/policy.yaml
sed -i 's/located-in: CN/located-in: [CN, HK, MO, SG]/; s/    default: allow/&\n    log: new/' \
	/tmp/policy.yaml
mkdir -p /sys/fs/cgroup/dronefence.slice/app $state

inside() {
	(
		echo $BASHPID >/sys/fs/cgroup/dronefence.slice/app/cgroup.procs
		"$@"
	) 2>/dev/null
}
datagram() { echo "$2" >"/dev/udp/$1/4711"; }
attempt() { : >"/dev/tcp/$1/443"; }

start() {
	dronefenced --policy /tmp/policy.yaml --sink none --state-dir $state \
		--store $store 2>/tmp/daemon.err &
	daemon=$!
}

is_enforced() { dronefence status >/dev/null 2>&1; }
listens() { [ -S /run/dronefence/control ]; }
report() { dronefence report --store $store "$@"; }
verify() { dronefence local-data-mode verify app --store $store; }
has_type() { dronefence log --store $store --type "$1" --json 2>/dev/null | grep -q .; }
stored() {
	local last=$(($(dronefence status --json | field events.next) - 1))
	dronefence log --store $store --json --limit 50 --reverse | grep -q "\"seq\":$last,"
}
no_flows() { [ "$(dronefence flows --application app | wc -l)" = 0 ]; }

plan 30

modprobe dronefence
dronefence limits idle-udp=1s idle-tcp-opening=1s >/dev/null
start
wait_for is_enforced
ok "$(wait_for listens && echo 1)" "the daemon listens"
is "$(stat -c %a /run/dronefence/control)" 600 "for root only"
setpriv --reuid 1000 --clear-groups dronefence flight start x 2>/tmp/err
is $? 6 "not for a user"
# So that what follows has something before it.
inside attempt 223.5.5.5
wait_for has_type verdict

dronefence flight start "quiet one"
is $? 0 "a flight begins"
dronefence flight start another 2>/tmp/err
is $? 1 "and no other one before it ends"
inside datagram 10.9.0.2 local
inside attempt 8.210.0.1
wait_for no_flows
dronefence flight stop
is $? 0 "it ends"
wait_for stored
report --flight "quiet one" --application app >/tmp/report
is $? 0 "there is a report of it"
contains "$(cat /tmp/report)" "1 attempts were denied; 0 records were lost. No public destination was contacted." \
	"which claims that nothing went out"

dronefence local-data-mode declare app on
is $? 0 "a vendor's switch is on"
verify >/tmp/verified
is $? 0 "and nothing contradicts it"

dronefence flight start "field 7"
for a in 8.210.0.1 101.32.0.1 202.175.0.1 52.80.0.1; do inside attempt $a; done
wait_for stored
verify >/tmp/verified
is $? 1 "what was denied contradicts it"
contains "$(cat /tmp/verified)" "8.210.0.1                                HK denied" \
	"and is named"
inside datagram 8.8.8.8 "$(head -c 1000 /dev/zero | tr '\0' a)"
inside datagram 18.195.0.1 "$(head -c 300 /dev/zero | tr '\0' a)"
wait_for no_flows
dronefence local-data-mode declare app off
dronefence flight stop
wait_for stored
verify >/tmp/verified
is $? 1 "what passed contradicts it"
contains "$(cat /tmp/verified)" "1,029 bytes" "with its bytes"

json=$(report --flight "field 7" --json)
contains "$json" '"name": "US"' "the report has the country"
# 1001 and 301 bytes, with IP and UDP headers.
contains "$json" "application app sent 1,358 bytes: 1,029 to United States, 329 to Germany; 4 attempts were denied" \
	"and the bytes to the last one"
contains "$json" "Public destinations were contacted." "and says so"
is "$(dronefence flight list --store $store | grep -c Z)" 2 "both flights are listed"

mkdir -p /out
openssl genpkey -algorithm ed25519 -out /tmp/key.pem 2>/dev/null
openssl pkey -in /tmp/key.pem -pubout -out /tmp/public.pem
report --flight "field 7" --html /out/report.html --sign /tmp/key.pem
is $? 0 "a page is written"
(cd /out && sha256sum -c report.html.sha256 >/dev/null)
is $? 0 "with its digest"
openssl pkeyutl -verify -pubin -inkey /tmp/public.pem -rawin -in /out/report.html \
	-sigfile /out/report.html.sig >/dev/null
is $? 0 "and signed"
command=$(report --flight "field 7" | tail -n 1)
contains "$command" "dronefence log --verify --store $store --head " "it tells how to prove the store"
$command >/dev/null
is $? 0 "and that works"

# A span in which the daemon was killed.
dronefence flight start broken
dronefence local-data-mode declare app on
kill -KILL $daemon
wait $daemon 2>/dev/null
report --application app >/tmp/report
contains "$(cat /tmp/report)" "nothing shows that the daemon still ran at the end" "a dead daemon is noticed"
start
# Its socket is there before anybody listens.
ok "$(wait_for dronefence flight stop 2>/dev/null && echo 1)" "the flight survives the daemon"
unclean() { dronefence log --store $store --type store --json | grep -q unclean; }
wait_for unclean
report --flight broken --application app >/tmp/report
contains "$(cat /tmp/report)" "is not proved: the daemon did not run all the time" "its report claims nothing"
contains "$(cat /tmp/report)" "the daemon did not run from" "and says when"
verify --since today >/tmp/verified
is $? 1 "the contradiction stays"
dronefence local-data-mode verify app --store $store --since \
	"$(dronefence log --store $store --type local-data-mode --json | tail -n 1 |
		sed 's/.*"time":"\([^"]*\)".*/\1/')" >/tmp/verified
is $? 13 "where the daemon did not run nobody can tell"
kill -TERM $daemon
wait $daemon
rmmod dronefence
report --flight "quiet one" --application app >/tmp/report
contains "$(cat /tmp/report)" "the kernel module was not asked" "without the module less is claimed"
