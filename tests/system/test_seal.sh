#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The guide's section about the seal, typed as it stands there on a Debian with systemd;
# and what holds afterwards. It is a machine of its own, because it stays sealed.
#
# once: what the kernel does for it other tests look at
# apt: python3 openssl
# host: scripts/doc-commands.py build/doc-commands
# vm: --system --timeout 900 --file build/doc-commands:/tests/doc-commands
# vm: --file /usr/bin/openssl:/usr/bin/openssl
# shellcheck disable=SC1091,SC2034
. /tests/lib.sh
. /tests/typed.sh

policy=/etc/dronefence/policy.yaml
export OPENSSL_CONF=/tests/certificate.cnf
setup_world
setup_geo
systemd-sysusers
mkdir -p /etc/dronefence /root/typed
write_policy $policy
# Units have a /tmp of their own.
mv /tmp/geo /var/geo
sed -i 's|/tmp/geo|/var/geo|' $policy
cd /root/typed || exit

# "Copy them to /etc/dronefence": the permit is there already.
copy() { if [ -e permits.pem ]; then cp permits.pem /etc/dronefence/; fi; }

plan 11

modprobe dronefence
meanwhile=copy
typed admin-guide.rst "The seal"
contains "$(dronefence doctor)" "seal                  sealed" "it is sealed"
rmmod dronefence 2>/dev/null
ok "$([ -e /sys/module/dronefence ] && echo 1)" "the module stays"
sed 's/default: allow/default: deny/' $policy >/tmp/other.yaml
dronefence apply /tmp/other.yaml >/tmp/said 2>&1
is $? 1 "a policy that nobody has permitted is refused"

# The daemon, which is not root, gives the kernel what the permit lists.
systemctl start dronefenced
is "$(systemctl is-active dronefenced dronefence-policy | tr '\n' ' ')" "active active " "the daemon starts on a sealed machine"
[ "$(systemctl is-active dronefence-policy)" = active ] ||
	journalctl -u dronefence-policy -u dronefenced -o cat | sed 's/^/# | /'
