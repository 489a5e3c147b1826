#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Try the role for Ansible on two virtual machines at once, as TAP. They have no network
# card: SSH goes over a virtio port of each. What is told of them stays in build/fleet/.
#
# Each run of the role takes minutes on machines that are emulated, so all of it takes
# half an hour there.
#
# usage: check-fleet.sh
set -euo pipefail
scripts=$(dirname "$(realpath "$0")")
. "$scripts/common.sh"
cd "$scripts/.."
. tests/kernel/lib.sh

series=6.1
out=$PWD/build/fleet
machines=(one two)
vms=()

# A socket's name must be short.
sockets=$(mktemp -d)
export ANSIBLE_CONFIG=$out/ansible.cfg
cleanup() {
	[ ${#vms[@]} = 0 ] || kill "${vms[@]}" 2>/dev/null
	ssh_to one -O exit 2>/dev/null
	ssh_to two -O exit 2>/dev/null
	rm -rf "$sockets"
	finish
}

ssh_to() { ssh -F "$out/ssh" "$@"; }

# What Ansible takes on the machines, and all that it needs beside their Debian.
machine_packages=(openssh-server openssh-client openssh-sftp-server libcbor0.8 libfido2-1
	libwrap0 libnsl2 lsb-base runit-helper ucf python3 python3.11 libpython3-stdlib
	libpython3.11-stdlib libreadline8 readline-common media-types python3-apt
	python-apt-common distro-info-data)

policy() { # NAME SERIAL MODE
	mkdir -p "$out/policies/$1"
	cat >"$out/policies/$1/policy.yaml" <<-END
	# SPDX-License-Identifier: GPL-2.0-only
	version: 1
	name: $1
	profiles:
	  field: { rules: [ { deny: [223.5.0.0/16] } ], default: allow }
	applications:
	  qgroundcontrol:
	    match: { cgroup: /dronefence.slice/qgroundcontrol* }
	    profile: field
	    mode: $3
	END
	userspace/build/dronefence sign "$out/policies/$1/policy.yaml" --key "$out/fleet.key" \
		--serial "$2"
}

prepare() {
	local m
	apt_install ansible-core openssh-client openssl socat squashfs-tools
	"$scripts/build-userspace.sh" >&2
	"$scripts/build-module.sh" $series >/dev/null
	"$scripts/build-deb.sh" >/dev/null
	rm -rf "$out"
	mkdir -p "$out/packages" "$out/machine"
	apt_fetch "$out/packages" "${machine_packages[@]}"
	ssh-keygen -q -t ed25519 -N '' -f "$out/machine/host"
	ssh-keygen -q -t ed25519 -N '' -f "$out/key"
	cp "$out/key.pub" tests/fleet/machine.sh "$out/machine/"
	openssl genpkey -algorithm ed25519 -out "$out/fleet.key"
	openssl pkey -in "$out/fleet.key" -pubout -out "$out/fleet.pem"
	policy first 1 enforce
	policy second 2 enforce
	policy watching 3 audit
	policy third 4 enforce
	cp -r "$out/policies/third" "$out/policies/altered"
	echo '# one more line' >>"$out/policies/altered/policy.yaml"
	cp -r "$out/policies/third" "$out/policies/broken"
	echo 'profiles: {' >>"$out/policies/broken/policy.yaml"
	# One connection for all, because a port has one other end.
	cat >"$out/ssh" <<-END
	Host one two
	User root
	IdentityFile $out/key
	UserKnownHostsFile $out/known
	ProxyCommand socat - UNIX-CONNECT:$sockets/%h.port
	ControlMaster auto
	ControlPath $sockets/%h.ssh
	ControlPersist 3600
	ConnectTimeout 300
	END
	cat >"$ANSIBLE_CONFIG" <<-END
	[defaults]
	roles_path = $PWD/scripts/ansible/roles
	timeout = 300
	interpreter_python = /usr/bin/python3
	[ssh_connection]
	pipelining = true
	ssh_args = -F $out/ssh
	END
	cat >"$out/inventory" <<-END
	[laptops]
	one
	two
	[laptops:vars]
	dronefence_package_files=$(json_list build/deb/dronefence-dkms_*.deb build/deb/dronefence_*.deb)
	dronefence_trusted_keys=$(json_list build/fleet/fleet.pem)
	dronefence_applications=["qgroundcontrol"]
	dronefence_confirm_seconds=90
	ansible_become=false
	END
	for m in "${machines[@]}"; do
		echo "$m $(cut -d ' ' -f 1,2 "$out/machine/host.pub")"
	done >"$out/known"
}

json_list() { # FILE...
	local list
	list=$(printf ', "%s"' "${@/#/$PWD/}")
	echo "[${list#, }]"
}

start() { # MACHINE
	"$scripts/vm.sh" --packages "$out/packages" --ko "build/$series/dronefence.ko" \
		--file "$out/machine:/fleet" --port "ssh:$sockets/$1.port" --out "$out/$1" \
		--timeout 3600 --memory 1024 $series -- bash /fleet/machine.sh >"$out/$1.log" 2>&1 &
	vms+=("$!")
}

# play NAME POLICY [OPTION...]: run the role; what it said is in NAME.play
play() {
	local status=0 begin=$SECONDS
	ansible-playbook -i "$out/inventory" scripts/ansible/fleet.yml \
		-e "dronefence_policy_folder=$out/policies/$2" "${@:3}" >"$out/$1.play" 2>&1 || status=$?
	note "$1: $((SECONDS - begin)) s"
	sed -n '/^PLAY RECAP/,$s/^\([a-z].*\)/# \1/p' "$out/$1.play"
	return $status
}
count() { # PLAY MACHINE FIELD
	sed -n "/^PLAY RECAP/,\$s/^$2 .*$3=\([0-9]*\).*/\1/p" "$out/$1.play"
}
each() { # COMMAND...: what every machine answers, in a line
	local m said=''
	for m in "${machines[@]}"; do said+="$(ssh_to "$m" "$@" 2>&1 | tr '\n' ' ')"; done
	echo "${said% }"
}
in_force() { each "dronefence status --json | sed -n 's/^ *\"name\": \"\(.*\)\".*/\1/p'"; }
on_disk() { each "sed -n 's/^name: //p' /etc/dronefence/policy.yaml"; }
reachable() { ssh_to "$1" true 2>>"$out/ssh.log"; }
end() { # MACHINE: in order, so that the kernel's log is judged
	ssh_to "$1" touch /out/end
	ssh_to "$1" -O exit 2>/dev/null
}

prepare
trap cleanup EXIT
# From here on it is told what fails.
set +e
plan 27
for m in "${machines[@]}"; do start "$m"; done
# Seconds that wait_for waits.
# shellcheck disable=SC2034
patience=900
for m in "${machines[@]}"; do
	wait_for reachable "$m"
	is $? 0 "machine $m answers"
done

play check first --check
is $? 0 "check mode on machines without anything"
is "$(count check one failed) $(($(count check one changed) > 0))" "0 1" "tells what would change"
is "$(each 'ls -d /etc/dronefence /usr/bin/dronefence 2>/dev/null')" "" "and changes nothing"

play first first
is "$? $(in_force) $(on_disk)" "0 first first first first" "packages, key and policy"
is "$(each 'systemctl is-active dronefenced; systemctl is-enabled dronefenced')" \
	"active enabled active enabled" "the daemon runs, and will"
is "$(each 'dronefence >/dev/null; echo $?')" "0 0" "the policy is enforced"
play again first
is "$? $(count again one changed) $(count again two changed)" "0 0 0" "again: nothing changes"
play second second
is "$? $(in_force) $(on_disk)" "0 second second second second" "another policy"

# --- policies that are refused
play broken broken
is $? 2 "one that does not compile"
contains "$(cat "$out/broken.play")" "the file ends too early" "is refused with the reason"
is "$(in_force) $(on_disk)" "second second second second" "and the old one stays"
play altered altered
is $? 2 "one that was altered behind its signature"
contains "$(cat "$out/altered.play")" "it is for another text" "is refused with the reason"
is "$(in_force) $(on_disk)" "second second second second" "and the old one stays"
play watching watching
is $? 2 "one that doctor is not content with"
contains "$(cat "$out/watching.play")" "Ask whether each application is enforced" \
	"is not confirmed"
is "$(in_force) $(on_disk)" "second second second second" "and goes again, on both"
each systemctl reload dronefenced >/dev/null
is "$(in_force)" "second second" "where the daemon leaves what is in force"

# --- one machine of two
ssh_to two systemctl stop qgroundcontrol
play third third
is $? 2 "a policy for both, where one has nothing to enforce"
is "$(count third one failed) $(count third two failed)" "0 1" "fails there only"
is "$(in_force) $(on_disk)" "third second third second" "where the time ends the old one is back"
ssh_to two systemd-run -q --slice=dronefence.slice --unit=qgroundcontrol sleep infinity
play mended third
is "$? $(in_force) $(on_disk)" "0 third third third third" "with its program there it is confirmed"
is "$(count mended one changed)" 0 "and the other one does not change"

for m in "${machines[@]}"; do end "$m"; done
for m in "${!machines[@]}"; do
	wait "${vms[m]}"
	is $? 0 "machine ${machines[m]} ended in order"
done
vms=()
