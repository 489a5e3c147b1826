#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The ways back: the history of policies, rollback, and policies that go again unless
# somebody confirms them, whoever is killed meanwhile and whatever the clock says.
#
# once: what the kernel does for it other tests look at
# vm: --timeout 3600 --bin /usr/bin/unshare
# shellcheck disable=SC1091
. /tests/lib.sh

state=/tmp/state
history=$state/history
json=/tmp/events.json
daemon=''

setup_world
setup_geo
write_policy /tmp/a.yaml
sed -e 's/name: test/name: second/' -e 's/located-in: CN/located-in: US/' /tmp/a.yaml >/tmp/b.yaml
mkdir -p /etc/dronefence $state
chmod 700 $state

out='' err='' status=0
run() {
	out=$(timeout 120 dronefence "$@" --history-dir $history --cache-dir $state/cache 2>/tmp/err)
	status=$?
	err=$(cat /tmp/err)
}

name() { dronefence status --json | field policy.name; }
digest() { dronefence status --json | field policy.digest; }
generation() { dronefence status --json | field generation; }
is_name() { [ "$(name)" = "$1" ]; }
entries() { dronefence history --json --history-dir $history | grep -c '"number":'; }
in_force() {
	dronefence history --json --history-dir $history | tr -d '\n' |
		sed 's/}/}\n/g' | sed -n 's/.*"number": \([0-9]*\), *"in_force": true.*/\1/p'
}
waits() { [ -e $history/pending.json ]; }
deadline() { field deadline <$history/pending.json; }
nothing_waits() { ! waits; }
no_guard() { [ -z "$(guards)" ]; }
kept() { find $history -name '*.policy' | wc -l; }

start() {
	dronefenced --sink none --json $json --state-dir $state --control none --no-dns \
		--stderr "$@" 2>>/tmp/daemon.err &
	daemon=$!
}
stop() {
	kill "$daemon"
	wait "$daemon"
}

plan 106

run rollback
is $status 3 "without the module: rollback ends with 3"
run history
is $status 0 "without the module: history works"
modprobe dronefence
run rollback
is $status 4 "without a history: rollback ends with 4"
run confirm
is $status 4 "where nothing waits: confirm ends with 4"
run apply /tmp/a.yaml --confirm 3
is $status 3 "where nothing is in force: apply --confirm ends with 3"
contains "$err" "none is in force" "and says why"
is "$(generation)" 0 "and nothing was changed"
ok "$(wait_for no_guard && echo 1)" "and nobody waits"
run apply /tmp/a.yaml --confirm 0
is $status 2 "apply --confirm 0 is no time"
run apply /tmp/a.yaml --confirm 5x
is $status 2 "nor is 5x"

# Back and forth.
run apply /tmp/a.yaml
first=$(digest)
run apply /tmp/b.yaml
is $status 0 "two policies are applied"
second=$(digest)
run history
is "$(grep -c ' by uid 0 ' <<<"$out")" 2 "history lists both"
contains "$(head -n 1 <<<"$out")" "* 2  " "the one in force is the first, and marked"
contains "$out" "from /tmp/b.yaml" "with its file"
run history --json
is "$(field name <<<"$out")" second "history --json agrees"
is "$(field digest <<<"$out")" "$second" "with the digest that the kernel has"
is "$(field uid <<<"$out")" 0 "and with who it was"
is "$(stat -c %a $history)" 700 "others cannot look into the history"
run rollback
is $status 0 "rollback ends with 0"
contains "$out" "policy 1, test, is in force again as generation 3" "and says what is in force"
is "$(digest)" "$first" "the kernel has the very same as before"
contains "$err" "/etc/dronefence/policy.yaml holds no valid policy" "what the next boot brings is said"
contains "$err" "the text of this one is still in /tmp/a.yaml" "and where the text is"
cp /tmp/b.yaml /etc/dronefence/policy.yaml
run rollback 1
contains "$err" "policy.yaml holds another policy" "so it is where the file holds another"
cp /tmp/a.yaml /etc/dronefence/policy.yaml
run rollback 1
is "$err" "" "where it holds this one there is nothing to say"
run rollback
is "$(digest)" "$second" "a second rollback takes the first one back"
run rollback 99
is $status 4 "a number that is not there ends with 4"
run rollback one
is $status 2 "what is no number ends with 2"
run rollback 1
run explain app 223.5.5.5
is $status 10 "verdicts are those of the policy that came back"
run apply /tmp/a.yaml
is "$(entries)" 2 "a policy that is applied again is there once"

# Nothing but the history is needed, and it is not trusted.
mv /tmp/geo /tmp/away && rm /tmp/b.yaml
run rollback 2
is "$status $(digest)" "0 $second" "rollback needs neither file nor geo data"
mv /tmp/away /tmp/geo
run rollback 1
payload=$history/$second.policy
cp "$payload" /tmp/payload
before=$(generation)
refused() { # WHAT WHY
	run rollback 2
	is $status 12 "$1: refused"
	contains "$err" "$2" "$1: and said why"
	is "$(generation) $(digest)" "$before $first" "$1: the policy in force stays"
}
printf x | dd of="$payload" bs=1 seek=300 conv=notrunc 2>/dev/null
refused "a damaged policy" "policy 2 of the history cannot be used: it is damaged"
head -c 500 /tmp/payload >"$payload"
refused "half a policy" "it is damaged"
cp "$history/$first.policy" "$payload"
refused "another policy under its name" "it is damaged"
rm "$payload"
refused "one that is gone" "No such file"
cp /tmp/payload "$payload"
chmod 666 "$payload"
refused "one that others can write to" "others can write to it"
chmod 600 "$payload"
run rollback 2
is $status 0 "whole again it is taken"
cp $history/history.json /tmp/history.json
echo '{' >$history/history.json
run history
is $status 12 "a damaged list: history ends with 12"
run rollback
is "$status $(digest)" "12 $second" "and so does rollback, which changes nothing"
run apply /tmp/a.yaml
is $status 0 "a policy can be applied all the same"
contains "$err" "is damaged, and begins anew" "with a warning"
is "$(entries)" 1 "and the history begins with it"

# Confirmed.
sed 's/name: test/name: third/' /tmp/a.yaml >/tmp/c.yaml
run apply /tmp/c.yaml --confirm 600
is "$status $(name)" "0 third" "apply --confirm puts it into force"
contains "$out" "in 600 seconds the policy before comes back" "and says for how long"
run history
contains "$err" "the policy in force goes in " "history says that it waits"
run status
contains "$err" "unless: dronefence confirm" "and so does status"
run apply /tmp/a.yaml
is "$status $(name)" "1 third" "another apply is refused meanwhile"
contains "$err" "waits to be confirmed" "and says why"
run apply /tmp/a.yaml --confirm 5
is "$status $(name)" "1 third" "one with --confirm as well"
run confirm
is "$status $(name)" "0 third" "confirm lets it stay"
ok "$(wait_for no_guard && echo 1)" "nobody waits any more"
run confirm
is $status 4 "there is nothing to confirm twice"
run apply /tmp/a.yaml --confirm 600
run rollback
is "$status $(name)" "0 third" "a rollback does not wait for the time"
ok "$(wait_for no_guard && nothing_waits && echo 1)" "and nothing waits any more"

# Not confirmed; the wall clock does not matter.
run apply /tmp/a.yaml --confirm 20
end=$(deadline)
began=$(cut -d . -f 1 /proc/uptime)
now=$(date +%s)
date -s "@$((now + 86400))" >/dev/null
sleep 2
is "$(name)" test "a clock that is set forward ends no time"
date -s "@$((now - 86400))" >/dev/null
ok "$(patience=90 wait_for is_name third && echo 1)" "without confirm the policy before comes back"
took=$(($(cut -d . -f 1 /proc/uptime) - began))
ok "$((began + took >= end))" "not before its time, though the clock was set ($took s)"
date -s "@$((now + took))" >/dev/null
ok "$(wait_for no_guard && nothing_waits && echo 1)" "and nothing is left"

# The time is that which goes on in a suspend.
unshare --time --boottime 1000000 dronefence apply /tmp/a.yaml --confirm 600 \
	--history-dir $history --no-cache >/dev/null
ok "$(($(deadline) > 1000000))" "the time is of CLOCK_BOOTTIME"
run rollback
wait_for no_guard

# Whoever applies is killed with all that hangs on its terminal, at any moment.
for delay in 0 0.05 0.1 0.2 0.3 0.5 1 applied; do
	seconds=2
	[ $delay != applied ] || seconds=15
	setsid bash -c "dronefence apply /tmp/a.yaml --confirm $seconds --no-cache \
		--history-dir $history; sleep 60" >/dev/null 2>&1 &
	group=$!
	wait_for kill -0 -- -$group 2>/dev/null
	if [ $delay = applied ]; then
		wait_for is_name test || echo missed
	else
		sleep $delay
	fi
	kill -HUP -- -$group
	wait $group 2>/dev/null
	patience=60 wait_for no_guard
	[ "$(name)" = third ] || note "after $delay s $(name) is in force"
	waits && note "after $delay s something waits" && run confirm
	[ "$(name)" = third ] && echo back
done >/tmp/hup
is "$(grep -c back /tmp/hup) $(grep -c missed /tmp/hup)" "8 0" "SIGHUP to everybody but the guard: the policy before comes back"
grep '^#' /tmp/hup
mkdir /sys/fs/cgroup/session
(
	echo $BASHPID >/sys/fs/cgroup/session/cgroup.procs
	exec dronefence apply /tmp/a.yaml --confirm 600 --no-cache --history-dir $history
) >/dev/null
echo 1 >/sys/fs/cgroup/session/cgroup.kill
ok "$(guards | grep -q . && echo 1)" "a session that is ended with all that is in its cgroup leaves the guard"
kill "$(guards)"
ok "$(wait_for is_name third && echo 1)" "a guard that is told to end does its work first"
ok "$(wait_for no_guard && nothing_waits && echo 1)" "and ends"

# The guard is killed. Nobody else is there: it is told, and nothing else happens.
run apply /tmp/a.yaml --confirm 20
kill -9 "$(guards)"
time_is_over() { # whole seconds, and none is left when the one after the last has begun
	local uptime
	read -r uptime _ </proc/uptime
	((${uptime%.*} > $(deadline)))
}
ok "$(patience=90 wait_for time_is_over && echo 1)" "its time ends"
is "$(name)" test "without guard and daemon the policy stays"
run status
contains "$err" "was not confirmed in time, and is still there" "and status tells of it"
run apply /tmp/a.yaml
is $status 1 "another apply is refused"
run rollback
is "$status $(name)" "0 third" "rollback still finds the policy before"
ok "$(nothing_waits && echo 1)" "and nothing waits"

# The guard is killed, and the daemon is there.
cp /tmp/a.yaml /tmp/daemon.yaml
start --policy /tmp/daemon.yaml
ok "$(wait_for is_name test && echo 1)" "the daemon puts its policy into force"
run history
contains "$out" "from /tmp/daemon.yaml" "and the history has it"
run apply /tmp/c.yaml
run apply /tmp/a.yaml --confirm 20
kill -9 "$(guards)"
ok "$(patience=90 wait_for is_name third && echo 1)" "without guard the daemon lets the policy before come back"
ok "$(wait_for nothing_waits && echo 1)" "and nothing waits"
recorded() { grep -q "\"type\":\"policy\".*\"policy\":\"$1\".*\"cause\":\"$2\"" $json; }
ok "$(wait_for recorded third unconfirmed && echo 1)" "the record has the cause"
ok "$(wait_for grep -q 'the one after it was not confirmed' $json && echo 1)" "and the log says it"
run rollback
ok "$(wait_for recorded test rollback && echo 1)" "a rollback is recorded as such"
ok "$(recorded third apply && echo 1)" "and an apply"
run apply /tmp/c.yaml --confirm 600
kill -HUP "$daemon"
ok "$(wait_for grep -q 'waits to be confirmed' $json && echo 1)" "the daemon does not load its file meanwhile"
is "$(name)" third "and the policy on trial stays"
run confirm
kill -HUP "$daemon"
ok "$(wait_for is_name test && echo 1)" "afterwards it does"
run apply /tmp/c.yaml --confirm 3600
kill -9 "$(guards)"
stop
unshare --time --boottime 7200 dronefenced --no-policy --sink none --state-dir $state \
	--control none --no-dns --stderr 2>>/tmp/daemon.err &
daemon=$!
ok "$(wait_for is_name test && echo 1)" "an hour of suspend counts"
stop

# Somebody takes the module away.
run apply /tmp/c.yaml --confirm 3
rmmod dronefence
ok "$(wait_for no_guard && echo 1)" "without the module nobody waits"
modprobe dronefence
is "$(generation)" 0 "and nothing comes back"
run apply /tmp/a.yaml
is "$status $(nothing_waits && echo none)" "0 none" "what waited holds no more"

# What a pilot has switched is not undone by a way back.
mkdir -p /var/lib/dronefence
printf '{"version":1,"boot":"%s","switches":[{"application":"*","profile":"","unlocked-until":%u}]}\n' \
	"$(cat /proc/sys/kernel/random/boot_id)" 2000000 >/var/lib/dronefence/switches.json
run rollback
is "$status $(name)" "1 test" "while something is switched rollback is refused"
contains "$err" "something is unlocked" "and says why"
run apply /tmp/c.yaml --confirm 5
is "$status $(name)" "1 test" "and so is apply --confirm"
before=$(entries)
run apply /tmp/c.yaml
is "$status $(name) $(entries)" "0 third $before" "what is applied is not kept"
rm /var/lib/dronefence/switches.json
run rollback
is "$status $(name)" "0 test" "afterwards the policy before is still there"

# As often as one likes.
for ((i = 0; i < 200; i++)); do
	sed "s/name: test/name: n$i/" /tmp/a.yaml >/tmp/n.yaml
	dronefence apply /tmp/n.yaml --no-cache --history-dir $history >/dev/null || break
done
is "$i $(name)" "200 n199" "200 policies are applied"
is "$(entries) $(kept)" "10 10" "ten are kept"
run rollback
is "$status $(name)" "0 n198" "the one before is there"
oldest=$(dronefence history --json --history-dir $history | sed -n 's/.*"number": \([0-9]*\),/\1/p' | sort -n | head -n 1)
run rollback "$oldest"
is "$status $(name)" "0 n190" "and the oldest"
is "$(in_force)" "$oldest" "history shows it as the one in force"
touch "$history/$(printf '%064d' 0).policy"
run rollback
is "$(kept)" 10 "what was left behind is swept away"

user_out=$(setpriv --reuid 1000 --regid 1000 --clear-groups dronefence history --history-dir $history 2>&1)
is "$? $user_out" "6 dronefence: $history: Permission denied" "a user does not see the history"
