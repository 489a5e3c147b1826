#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command that the documentation shows is typed as it stands there, on a Debian with
# systemd and real geo data, and ends with the status that is expected; but for those of
# the page that test_newcomer types and of tests/docs.table.
#
# once: what the kernel does for it other tests look at
# apt: python3
# host: scripts/doc-commands.py build/doc-commands
# host: scripts/package-repository.sh build/auditd auditd libauparse0 libaudit1 libwrap0 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libkeyutils1 libcom-err2 mawk libnsl2 libtirpc3 libtirpc-common
# vm: --system --timeout 5400 --memory 2048
# vm: --file build/doc-commands:/tests/doc-commands --file README.md:/tests/README.md
# vm: --file build/geo/usr/share/tor:/usr/share/tor
# vm: --file build/geo/usr/share/libloc-location:/usr/share/libloc-location
# vm: --file build/geo/var/lib/location/signing-key.pem:/var/lib/location/signing-key.pem
# vm: --file /usr/bin/openssl:/usr/bin/openssl --file build/auditd:/auditd
# shellcheck disable=SC1091,SC2016,SC2034
. /tests/lib.sh
. /tests/typed.sh

policy=/etc/dronefence/policy.yaml
# Seconds that wait_for waits.
patience=120

setup_world
ip -n world addr add 47.91.161.230/32 dev lo
systemd-sysusers
pilot=$(id -nu 1000)
usermod -aG dronefence "$pilot"
journalctl --update-catalog
mkdir -p /root/typed /opt/qgc /media/stick /var/lib/prometheus/node-exporter
cd /root/typed || exit
cp /usr/share/libloc-location/location.db /media/stick/
# What ground control does: one datagram to the aircraft, one to a vendor in CN.
cat >QGroundControl.AppImage <<-'END'
#!/bin/bash
echo x >/dev/udp/192.168.42.1/14550
echo x >/dev/udp/223.5.5.5/9
true
END
chmod 755 QGroundControl.AppImage
cp QGroundControl.AppImage /opt/qgc/
cat >/usr/bin/mavproxy.py <<-'END'
#!/bin/sh
echo "$@"
END
chmod 755 /usr/bin/mavproxy.py

status() { dronefence status --json | field "$1"; }
has_type() { dronefence log --type "$1" --json 2>/dev/null | grep -q .; }
is_named() { [ "$(status policy.name)" = "$1" ]; }
answers() { [ -S /run/dronefence/control ]; }
# The policy of the README, and one that has everything the guide speaks of.
readme_policy() { sed -n '/^```yaml/,/^```$/{/^```/!p}' /tests/README.md >$policy; }
guide_policy() { # MODE
	sed -e "s/mode: audit/mode: $1/" -e 's/^name: .*/name: guide\nunlock: 30min/' \
		-e 's/^profiles:/&\n  local-data-mode-maps: { rules: [ allow: local ], default: deny, pilot: true }/' \
		/usr/share/dronefence/audit-only.yaml >$policy
}
# One flight, and the time that its records need.
fly() {
	dronefence run qgroundcontrol -- ./QGroundControl.AppImage 2>/dev/null
	sleep 2
}
# What a pilot may not, and the kernel refuses.
leave() {
	setpriv --reuid "$pilot" sh -c 'echo 0 >/sys/fs/cgroup/elsewhere/cgroup.procs' 2>/dev/null
	sleep 1
}

plan 199

# --- from nothing to a policy that watches
typed admin-guide.rst Source 0 0 3
typed admin-guide.rst Packages 0 3
typed admin-guide.rst "Secure Boot"
typed dronefence.README.Debian "dronefence for Debian"
systemctl disable --now dronefenced 2>/dev/null
typed README.md "Installing on a laptop"
wait_for answers
typed README.md dronefence
typed admin-guide.rst "Choose a policy"
guide_policy audit
fly
typed admin-guide.rst "Watch first" 0 3 ^C 11
wait_for has_type verdict
meanwhile=fly
typed admin-guide.rst "From watching to enforcing"
meanwhile=true
typed admin-guide.rst "Who is recognised"

# --- a policy that is enforced
readme_policy
dronefence apply $policy >/dev/null
typed README.md "A policy, and what it records" 10
guide_policy enforce
sleep 1000 &
stands_for=([PID]=$!)
typed admin-guide.rst Enforce
running=$!
systemctl reload dronefenced
wait_for is_named guide
typed admin-guide.rst "Is it enforced" 3

# --- apply, take back, start
dronefence apply $policy >/dev/null
typed admin-guide.rst "Apply with a way back"
systemctl reload dronefenced
wait_for is_named guide
stands_for=([APP]=qgroundcontrol ["COMMAND [ARGUMENT...]"]=true)
typed admin-guide.rst '``dronefence run``'
typed admin-guide.rst "A system unit"
systemctl stop dronefence-mavproxy
rm /etc/systemd/system/dronefence-mavproxy.service
systemctl daemon-reload
cp -r /etc/dronefence/. .
typed admin-guide.rst "Signed policies"

# --- the pilot
typist=$pilot
typed admin-guide.rst "The pilot's switch"
typist=''
dronefence local-data-mode off
typed admin-guide.rst "Unlock in an emergency"

# --- what was recorded
typed admin-guide.rst "Name a flight"
dronefence flight start "field 7"
fly
dronefence flight stop
typed admin-guide.rst "Read the evidence" 0 0 3 0 0 ^C
typed admin-guide.rst Flows
typed admin-guide.rst Prometheus
typed admin-guide.rst "Ask the store" 0 0 0 0 0 ^C
stands_for=([104:5f2c1d...]=$(dronefence log --verify | awk '$1 == "head" { print $2 }'))
typed admin-guide.rst "Prove the store"
typed admin-guide.rst Report
typed admin-guide.rst "Hold a vendor's switch to its word"
typed events.rst "Where records appear" ^C
typed events.rst journald
typed geo-data.rst "Without a network" 0 10
typed update-window.yaml ""

# --- what the audit system records
echo "deb [trusted=yes] file:/auditd ./" >/etc/apt/sources.list
echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/yes
apt-get -qq update
export DEBIAN_FRONTEND=noninteractive
mkdir -p /sys/fs/cgroup/elsewhere
meanwhile=leave
kill "$running"
typed admin-guide.rst "Attempts on the fence"
echo 1 >/sys/module/dronefence/parameters/audit
meanwhile=fly
typed events.rst "Audit system of Linux"
meanwhile=true

# --- the end of it
rm /etc/audit/rules.d/dronefence.rules
typed admin-guide.rst "Get out of a policy that blocks too much"
modprobe dronefence
typed admin-guide.rst Remove
# The machine itself has a second copy of the daemon.
is "$(find /etc /usr -name '*dronefence*' ! -path '/usr/lib/modules/*' \
	! -path /usr/bin/dronefenced | sort)" "" "nothing is left"
