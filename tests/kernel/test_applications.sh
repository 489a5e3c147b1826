#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs of the kinds that fly drones: each is started twice, as an application
# and as a program of no application. What counts is what arrived: at the vendor
# everything or nothing, at the aircraft always everything.
#
# apt: mono-mcs mono-runtime nftables squashfs-tools squashfuse
# vm: --timeout 900 --memory 2048 --bin /usr/bin/python3.11
# vm: --file /usr/lib/python3.11:/usr/lib/python3.11
# vm: --bin /usr/bin/mono --file /usr/lib/mono/4.5/mscorlib.dll:/usr/lib/mono/4.5/mscorlib.dll
# vm: --file /usr/lib/mono/gac:/usr/lib/mono/gac --file /etc/mono:/etc/mono
# vm: --file build/tests/Ground.exe:/opt/Ground.exe
# vm: --bin build/tests/peer --bin build/tests/place_probe --bin nft
# vm: --bin mksquashfs --bin squashfuse --module fuse
# vm: --module nf_tables --module nft_chain_nat --module nft_masq
# shellcheck disable=SC1091
. /tests/lib.sh

cn=223.5.5.5 us=8.8.8.8 drone=192.168.42.1
arrived=/tmp/arrived
beats=25
# What a station is told beside that.
how=()

# Bytes that arrived at an address since the last call of "forget".
declare -A before=()
bytes() { awk -v a="$1" '$1 == a { n = $2 } END { print n + 0 }' $arrived; }
forget() {
	local a
	for a in $cn $us $drone; do before[$a]=$(bytes "$a"); done
}
since() { echo $(($(bytes "$1") - ${before[$1]})); }

setup_world
setup_geo
mkdir -p /opt/ground/AppDir/usr/bin /sys/fs/cgroup/other
modprobe dronefence
modprobe fuse
cat >/tmp/policy.yaml <<'END'
version: 1
name: test
geo: { country: "tor-geoipdb:/tmp/geo", max-age: none }
profiles:
  p:
    rules:
      - { deny: { located-in: CN }, log: new }
    default: allow
applications:
  ground: { match: { cgroup: /dronefence.slice/ground }, profile: p }
  appimage: { match: { executable: "/tmp/.mount_Ground*/usr/bin/ground" }, profile: p }
  container: { match: { in-interface: box0 }, profile: p }
  controller: { match: { in-interface: hotspot0, source: 10.42.0.0/24 }, profile: p }
END
dronefence apply /tmp/policy.yaml >/dev/null || exit
ip netns exec world peer serve $arrived &
peer=$!
until [ -e $arrived ]; do sleep 0.1; done

# An answer is on its way back when the sender is done.
settle() { sleep 0.3; }

# station NAME COMMAND...: a ground station, fenced and not.
station() {
	local name=$1 out
	shift
	forget
	out=$(dronefence run ground -- "$@" $drone $beats $cn "${how[@]}" 2>&1)
	settle
	contains "$out" "heartbeats $beats" "$name: the aircraft hears every heartbeat"
	contains "$out" "Refused" "$name: the upload is refused"
	is "$(since $cn)" 0 "$name: nothing arrives in CN"
	out=$("$@" $drone $beats $cn "${how[@]}" 2>&1)
	settle
	contains "$out" "upload sent" "$name: unfenced the upload passes"
	ok "$(($(since $cn) >= 65536))" "$name: unfenced it arrives in CN"
}

# probe NAME FENCED CONTROL: two commands that say what to do with an address.
probe() {
	local name=$1 fenced=$2 control=$3
	forget
	$fenced $cn
	settle
	is "$(since $cn)" 0 "$name: nothing arrives in CN"
	$fenced $us
	settle
	ok "$(($(since $us) > 0))" "$name: it arrives in US"
	$control $cn
	settle
	ok "$(($(since $cn) > 0))" "$name: unfenced it arrives in CN"
}

# What happens in another namespace: a request.
cat >/tmp/request <<'END'
exec 3<>"/dev/tcp/$1/80" && printf 'GET / HTTP/1.1\r\n\r\n' >&3 && read -r -t 5 <&3
END
request_from() { # NAMESPACE ADDRESS
	ip netns exec "$1" bash /tmp/request "$2" 2>/dev/null
}

# join NAME DEVICE NETWORK: a namespace behind a device of this machine.
join() {
	ip netns add "$1"
	ip link add "$2" type veth peer name eth0 netns "$1"
	ip addr add "$3.1/24" dev "$2"
	ip link set "$2" up
	ip -n "$1" addr add "$3.2/24" dev eth0
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via "$3.1"
}

plan 27

station python python3.11 /tests/applications/mavlink.py
how=(workers)
station "several processes" python3.11 /tests/applications/mavlink.py
how=()
station mono mono /opt/Ground.exe

# A file system in a file, mounted where nobody knows before.
cp /usr/bin/place_probe /opt/ground/AppDir/usr/bin/ground
mksquashfs /opt/ground/AppDir /opt/ground/image -quiet >/dev/null
mount_image() {
	image=/tmp/.mount_$1$RANDOM
	mkdir "$image"
	squashfuse /opt/ground/image "$image"
}
mount_image Ground
"$image/usr/bin/ground" tcp 80
is $? 1 "AppImage: refused with its first packet"
contains "$(dmesg | grep place=)" "place=done app=appimage" "AppImage: it was placed"
umount "$image"
mount_image Other
"$image/usr/bin/ground" tcp 80
is $? 0 "AppImage: another program of the same image passes"
umount "$image"

# Both stand behind translation, as hotspots and containers do.
echo 1 >/proc/sys/net/ipv4/ip_forward
nft -f - <<'END'
add table ip n
add chain ip n out { type nat hook postrouting priority srcnat; }
add rule ip n out oifname veth0 masquerade
END
join box box0 10.88.0
join free free0 10.89.0
join controller hotspot0 10.42.0
in_box() { request_from box "$1"; }
in_free() { request_from free "$1"; }
in_controller() { request_from controller "$1"; }
in_inner_box() {
	ip netns exec box unshare --user --map-root-user --pid --mount --uts --fork \
		bash /tmp/request "$1" 2>/dev/null
}
probe "container" in_box in_free
probe "namespaces in a container" in_inner_box in_free
probe "tethered controller" in_controller in_free
kill $peer
