#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dronefence unit and run --confined, as far as that goes without systemd: what
# is refused starts nothing, and the kernel knows the cgroup of the unit.
# shellcheck disable=SC1091
. /tests/lib.sh

setup_world
setup_geo
write_policy /tmp/policy.yaml
sed 's#^  app:.*#  wide: { match: { cgroup: "/dronefence.slice/**" }, profile: p }\n&#' \
	/tmp/policy.yaml >/tmp/wide.yaml

out='' err='' status=0
run() {
	out=$(timeout 60 "$@" 2>/tmp/err)
	status=$?
	err=$(cat /tmp/err)
}

marker=/tmp/started
confined() { run dronefence run --confined "$@" -- touch $marker; }
started() { [ -e $marker ] && echo yes || echo no; }

plan 29

confined app
is $status 3 "without the module: ends with 3"
modprobe dronefence
confined app
is $status 4 "no policy, so no such application: ends with 4"
dronefence apply /tmp/policy.yaml >/dev/null 2>&1

confined app
is $status 1 "without systemd: ends with 1"
contains "$err" "nothing was started" "and says so"
confined nobody
is $status 4 "an unknown application: ends with 4"
confined --lift nonsense app
is $status 2 "an unknown restriction: ends with 2"
contains "$err" "serial" "and those that there are are named"
confined --lift home app
is $status 2 "what comes with a user of its own cannot be lifted"
contains "$err" "name one with --as" "and what helps is said"
confined --as nobody-at-all app
is $status 4 "an unknown user: ends with 4"
confined --as root app
is $status 2 "root is no user for it"
run setpriv --reuid 1000 --regid 1000 --clear-groups dronefence run --confined app -- touch $marker
is $status 6 "as a user: ends with 6"
contains "$err" "only root can confine" "and says why"
run dronefence run --lift gpu app -- touch $marker
is $status 2 "--lift without --confined ends with 2"
dronefence apply /tmp/wide.yaml >/dev/null 2>&1
confined app
is $status 4 "a unit that another application would own: ends with 4"
contains "$err" 'would belong to the application "wide"' "and that one is named"
is "$(started)" no "in none of these cases it was started"
run dronefence run wide -- touch $marker
is "$status $(started)" "0 yes" "without --confined it is"

run dronefence --policy /tmp/policy.yaml unit app -- /bin/prog --flag "%n \$x"
is "$status $err" "0 " "unit ends with 0"
contains "$out" "ExecStart=\"/bin/prog\" \"--flag\" \"%%n \$\$x\"" "the command is quoted for systemd"
contains "$out" "Slice=dronefence.slice" "the unit is in the slice"
run dronefence --policy /tmp/policy.yaml unit --lift bus,serial app -- /bin/prog
is "$(grep -c system_bus_socket <<<"$out")" 0 "a restriction that is lifted is not there"
contains "$out" "SupplementaryGroups=dialout" "and what it takes is"
run dronefence --policy /tmp/policy.yaml unit nobody -- /bin/prog
is $status 4 "unit: an unknown application ends with 4"
run dronefence --policy /tmp/wide.yaml unit app -- /bin/prog
is $status 4 "unit: of a cgroup that another application has ends with 4"
run dronefence --policy /tmp/policy.yaml unit app -- prog
is $status 2 "unit: a command that is no absolute path ends with 2"
run dronefence --policy /tmp/policy.yaml unit app -- +/bin/prog
is $status 2 "unit: nor one that would be run with other rights"

# What systemd would do with the unit, by hand.
dronefence apply /tmp/policy.yaml >/dev/null 2>&1
connect_from() {
	mkdir -p "/sys/fs/cgroup/dronefence.slice/$1"
	(
		echo $BASHPID >"/sys/fs/cgroup/dronefence.slice/$1/cgroup.procs"
		: >/dev/tcp/223.5.5.5/80
	) 2>&1
}
contains "$(connect_from dronefence-app.service)" "refused" "the unit is recognised"
run dronefence show --json
is "$(field denied.packets <<<"$out")" 1 "and counted as the application"
