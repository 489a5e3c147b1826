// SPDX-License-Identifier: GPL-2.0-or-later
/* Mistakes in the profiles, rules and applications of a policy. */
#include "bad_cases.h"

#define V "version: 1\n"
#define GEO V "geo: { country: libloc, operator: libloc }\n"
#define RULE(body) GEO							\
	"profiles:\n"							\
	"  p:\n"							\
	"    rules:\n"							\
	"      - " body "\n"						\
	"    default: deny\n"
#define APP(body) V							\
	"profiles:\n"							\
	"  p: { default: deny }\n"					\
	"applications:\n"						\
	"  a: { " body " }\n"

static const struct bad_case cases[] = {
	{ "rules is a mapping",
	  TEXT(V "profiles:\n"
	       "  p:\n"
	       "    rules: { allow: any }\n"
	       "    default: deny\n"),
	  "policy.yaml:4:12: error: 'rules' is a list; start each rule with '- '\n"
	  "      rules: { allow: any }\n"
	  "             ^\n" },
	{ "profile is a text",
	  TEXT(V "profiles: { p: deny }\n"),
	  "policy.yaml:2:16: error: profile 'p': expected a mapping (key: value), found a single value\n"
	  "  profiles: { p: deny }\n"
	  "                 ^~~~\n" },
	{ "profile name",
	  TEXT(V "profiles:\n"
	       "  P1: { default: deny }\n"
	       "applications:\n"
	       "  a: { profile: P1 }\n"),
	  "policy.yaml:3:3: error: 'P1' cannot be the name of a profile: a name has a-z, 0-9, '-' and '_' and starts with a letter or digit\n"
	  "    P1: { default: deny }\n"
	  "    ^~\n" },
	{ "no default",
	  TEXT(V "profiles:\n  p: { rules: [] }\n"),
	  "policy.yaml:3:3: error: 'default' is missing in profile 'p'\n"
	  "    p: { rules: [] }\n"
	  "    ^\n" },
	{ "bad default",
	  TEXT(V "profiles:\n  p: { default: reject }\n"),
	  "policy.yaml:3:17: error: 'reject' is not a verdict; expected allow, deny or drop\n"
	  "    p: { default: reject }\n"
	  "                  ^~~~~~\n" },
	{ "default, near",
	  TEXT(V "profiles:\n  p: { default: alow }\n"),
	  "policy.yaml:3:17: error: 'alow' is not a verdict; did you mean 'allow'?\n"
	  "    p: { default: alow }\n"
	  "                  ^~~~\n" },
	{ "profile key",
	  TEXT(V "profiles:\n  p: { rule: [], default: deny }\n"),
	  "policy.yaml:3:8: error: unknown key 'rule' in profile 'p'; did you mean 'rules'?\n"
	  "    p: { rule: [], default: deny }\n"
	  "         ^~~~\n" },
	{ "rule is a text",
	  TEXT(RULE("deny")),
	  "policy.yaml:6:9: error: a rule: expected a mapping (key: value), found a single value\n"
	  "        - deny\n"
	  "          ^~~~\n" },
	{ "rule without verdict",
	  TEXT(RULE("{ protocol: tcp }")),
	  "policy.yaml:6:9: error: the rule has no verdict; expected one of allow, deny and drop\n"
	  "        - { protocol: tcp }\n"
	  "          ^\n" },
	{ "rule with two verdicts",
	  TEXT(RULE("{ allow: local, deny: any }")),
	  "policy.yaml:6:25: error: a rule has one verdict, and this one has 'allow' already\n"
	  "        - { allow: local, deny: any }\n"
	  "                          ^~~~\n" },
	{ "rule key",
	  TEXT(RULE("{ deny: any, port: 1, protokol: tcp }")),
	  "policy.yaml:6:22: error: unknown key 'port' in a rule; did you mean 'ports'?\n"
	  "        - { deny: any, port: 1, protokol: tcp }\n"
	  "                       ^~~~\n"
	  "policy.yaml:6:31: error: unknown key 'protokol' in a rule; did you mean 'protocol'?\n"
	  "        - { deny: any, port: 1, protokol: tcp }\n"
	  "                                ^~~~~~~~\n" },
	{ "verdict, near",
	  TEXT(RULE("denny: any")),
	  "policy.yaml:6:9: error: unknown key 'denny' in a rule; did you mean 'deny'?\n"
	  "        - denny: any\n"
	  "          ^~~~~\n" },
	{ "rule without destinations",
	  TEXT(RULE("deny: []")),
	  "policy.yaml:6:15: error: the rule has no destination; write 'any' for all\n"
	  "        - deny: []\n"
	  "                ^\n" },
	{ "destination with two keys",
	  TEXT(RULE("deny: { located-in: CN, operated-by: AS1 }")),
	  "policy.yaml:6:33: error: a destination has one key; list several destinations instead: [{ ... }, { ... }]\n"
	  "        - deny: { located-in: CN, operated-by: AS1 }\n"
	  "                                  ^~~~~~~~~~~\n" },
	{ "destination without keys",
	  TEXT(RULE("deny: {}")),
	  "policy.yaml:6:15: error: the destination is empty; expected located-in, operated-by or network\n"
	  "        - deny: {}\n"
	  "                ^\n" },
	{ "destination key",
	  TEXT(RULE("deny: { located: CN }")),
	  "policy.yaml:6:17: error: unknown key 'located' in a destination; did you mean 'located-in'?\n"
	  "        - deny: { located: CN }\n"
	  "                  ^~~~~~~\n" },
	{ "destination in two lists",
	  TEXT(RULE("deny: [[CN]]")),
	  "policy.yaml:6:16: error: expected a destination, found a list\n"
	  "        - deny: [[CN]]\n"
	  "                 ^\n" },
	{ "destination part without value",
	  TEXT(RULE("deny: { located-in: [] }")),
	  "policy.yaml:6:29: error: 'located-in' lists nothing\n"
	  "        - deny: { located-in: [] }\n"
	  "                              ^\n" },
	{ "any in a part",
	  TEXT(RULE("deny: { located-in: any }")),
	  "policy.yaml:6:29: error: 'any' stands for itself, not under 'located-in'\n"
	  "        - deny: { located-in: any }\n"
	  "                              ^~~\n" },
	{ "network in a country",
	  TEXT(RULE("deny: { located-in: 10.0.0.0/8 }")),
	  "policy.yaml:6:29: error: '10.0.0.0/8' cannot be under 'located-in', it is for 'network'\n"
	  "        - deny: { located-in: 10.0.0.0/8 }\n"
	  "                              ^~~~~~~~~~\n" },
	{ "as in a country",
	  TEXT(RULE("deny: { located-in: AS45102 }")),
	  "policy.yaml:6:29: error: 'AS45102' cannot be under 'located-in', it is for 'operated-by'\n"
	  "        - deny: { located-in: AS45102 }\n"
	  "                              ^~~~~~~\n" },
	{ "country as operator",
	  TEXT(RULE("deny: { operated-by: [CN, unknown] }")),
	  "policy.yaml:6:31: error: 'CN' cannot be under 'operated-by', it is for 'located-in'\n"
	  "        - deny: { operated-by: [CN, unknown] }\n"
	  "                                ^~\n"
	  "policy.yaml:6:35: error: 'unknown' cannot be under 'operated-by', it is for 'located-in'\n"
	  "        - deny: { operated-by: [CN, unknown] }\n"
	  "                                    ^~~~~~~\n" },
	{ "country as network",
	  TEXT(RULE("deny: { network: CN }")),
	  "policy.yaml:6:26: error: 'CN' cannot be under 'network', it is for 'located-in'\n"
	  "        - deny: { network: CN }\n"
	  "                           ^~\n" },
	{ "local as operator",
	  TEXT(RULE("deny: { operated-by: local }")),
	  "policy.yaml:6:30: error: 'local' cannot be under 'operated-by', it is for 'network'\n"
	  "        - deny: { operated-by: local }\n"
	  "                               ^~~~~\n" },
	{ "unknown destination",
	  TEXT(RULE("deny: [Local, anny, nowhere]")),
	  "policy.yaml:6:16: error: there is no set 'Local'; did you mean 'local'?\n"
	  "        - deny: [Local, anny, nowhere]\n"
	  "                 ^~~~~\n"
	  "policy.yaml:6:23: error: there is no set 'anny'; did you mean 'any'?\n"
	  "        - deny: [Local, anny, nowhere]\n"
	  "                        ^~~~\n"
	  "policy.yaml:6:29: error: there is no set 'nowhere' in this policy\n"
	  "        - deny: [Local, anny, nowhere]\n"
	  "                              ^~~~~~~\n" },
	{ "country in lower case in a rule",
	  TEXT(RULE("deny: cn")),
	  "policy.yaml:6:15: error: country codes are upper case; did you mean 'CN' (China)?\n"
	  "        - deny: cn\n"
	  "                ^~\n" },
	{ "country by name in a rule",
	  TEXT(RULE("deny: Hong Kong")),
	  "policy.yaml:6:15: error: a country is given by its code; did you mean 'HK' (Hong Kong)?\n"
	  "        - deny: Hong Kong\n"
	  "                ^~~~~~~~~\n" },
	{ "UK in a rule",
	  TEXT(RULE("deny: UK")),
	  "policy.yaml:6:15: error: 'UK' is not a country code of ISO 3166-1: did you mean 'GB' (United Kingdom)?\n"
	  "        - deny: UK\n"
	  "                ^~\n" },
	{ "as number in lower case",
	  TEXT(RULE("deny: [as45102, 45102]")),
	  "policy.yaml:6:16: error: there is no set 'as45102'; an autonomous system is written 'AS45102'\n"
	  "        - deny: [as45102, 45102]\n"
	  "                 ^~~~~~~\n"
	  "policy.yaml:6:25: error: there is no set '45102'; an autonomous system is written 'AS45102'\n"
	  "        - deny: [as45102, 45102]\n"
	  "                          ^~~~~\n" },
	{ "as number out of range in a rule",
	  TEXT(RULE("deny: AS99999999999")),
	  "policy.yaml:6:15: error: 99999999999 is out of range; expected an AS number from 1 to 4294967295\n"
	  "        - deny: AS99999999999\n"
	  "                ^~~~~~~~~~~~~\n" },
	{ "as number with a letter",
	  TEXT(RULE("deny: AS45102x")),
	  "policy.yaml:6:15: error: '45102x' is not a number; expected an AS number\n"
	  "        - deny: AS45102x\n"
	  "                ^~~~~~~~\n" },
	{ "host bits in a rule",
	  TEXT(RULE("deny: { network: 192.168.1.7/24 }")),
	  "policy.yaml:6:26: error: '192.168.1.7/24' is not a network, bits are set behind the prefix; did you mean '192.168.1.0/24'?\n"
	  "        - deny: { network: 192.168.1.7/24 }\n"
	  "                           ^~~~~~~~~~~~~~\n" },
	{ "unknown protocol",
	  TEXT(RULE("{ deny: any, protocol: [tpc, foo, TCP, 256, 06] }")),
	  "policy.yaml:6:33: error: unknown protocol 'tpc'; did you mean 'tcp'?\n"
	  "        - { deny: any, protocol: [tpc, foo, TCP, 256, 06] }\n"
	  "                                  ^~~\n"
	  "policy.yaml:6:38: error: unknown protocol 'foo'; expected a name such as tcp, or a number from 0 to 255\n"
	  "        - { deny: any, protocol: [tpc, foo, TCP, 256, 06] }\n"
	  "                                       ^~~\n"
	  "policy.yaml:6:43: error: unknown protocol 'TCP'; did you mean 'tcp'?\n"
	  "        - { deny: any, protocol: [tpc, foo, TCP, 256, 06] }\n"
	  "                                            ^~~\n"
	  "policy.yaml:6:48: error: unknown protocol '256'; expected a name such as tcp, or a number from 0 to 255\n"
	  "        - { deny: any, protocol: [tpc, foo, TCP, 256, 06] }\n"
	  "                                                 ^~~\n"
	  "policy.yaml:6:53: error: unknown protocol '06'; expected a name such as tcp, or a number from 0 to 255\n"
	  "        - { deny: any, protocol: [tpc, foo, TCP, 256, 06] }\n"
	  "                                                      ^~\n" },
	{ "protocol is a mapping",
	  TEXT(RULE("{ deny: any, protocol: { tcp: 443 } }")),
	  "policy.yaml:6:32: error: expected a protocol, found a mapping (key: value)\n"
	  "        - { deny: any, protocol: { tcp: 443 } }\n"
	  "                                 ^\n" },
	{ "no protocol",
	  TEXT(RULE("{ deny: any, protocol: [] }")),
	  "policy.yaml:6:32: error: the list has no protocol; leave 'protocol' out for all\n"
	  "        - { deny: any, protocol: [] }\n"
	  "                                 ^\n" },
	{ "ports without protocol",
	  TEXT(RULE("{ deny: any, ports: 443 }")),
	  "policy.yaml:6:22: error: 'ports' needs 'protocol', such as 'protocol: tcp'\n"
	  "        - { deny: any, ports: 443 }\n"
	  "                       ^~~~~\n" },
	{ "ports of icmp",
	  TEXT(RULE("{ deny: any, protocol: [tcp, icmp, gre], ports: 443 }")),
	  "policy.yaml:6:38: error: 'icmp' has no ports; the rule can have ports with tcp, udp, sctp, dccp and udplite\n"
	  "        - { deny: any, protocol: [tcp, icmp, gre], ports: 443 }\n"
	  "                                       ^~~~\n" },
	{ "bad ports",
	  TEXT(RULE("{ deny: any, protocol: tcp, ports: [0, 65536, 0443, http, -1] }")),
	  "policy.yaml:6:45: error: 0 is out of range; expected a port from 1 to 65535\n"
	  "        - { deny: any, protocol: tcp, ports: [0, 65536, 0443, http, -1] }\n"
	  "                                              ^\n"
	  "policy.yaml:6:48: error: 65536 is out of range; expected a port from 1 to 65535\n"
	  "        - { deny: any, protocol: tcp, ports: [0, 65536, 0443, http, -1] }\n"
	  "                                                 ^~~~~\n"
	  "policy.yaml:6:55: error: '0443' has a leading zero; write '443'\n"
	  "        - { deny: any, protocol: tcp, ports: [0, 65536, 0443, http, -1] }\n"
	  "                                                        ^~~~\n"
	  "policy.yaml:6:61: error: 'http' is not a number; expected a port\n"
	  "        - { deny: any, protocol: tcp, ports: [0, 65536, 0443, http, -1] }\n"
	  "                                                              ^~~~\n"
	  "policy.yaml:6:67: error: '-1' is not a range of ports; expected two ports, such as 8000-8100\n"
	  "        - { deny: any, protocol: tcp, ports: [0, 65536, 0443, http, -1] }\n"
	  "                                                                    ^~\n" },
	{ "bad port ranges",
	  TEXT(RULE("{ deny: any, protocol: tcp, ports: [90-80, 80-, 1-2-3, 1-70000] }")),
	  "policy.yaml:6:45: error: the range '90-80' is reversed; did you mean '80-90'?\n"
	  "        - { deny: any, protocol: tcp, ports: [90-80, 80-, 1-2-3, 1-70000] }\n"
	  "                                              ^~~~~\n"
	  "policy.yaml:6:52: error: '80-' is not a range of ports; expected two ports, such as 8000-8100\n"
	  "        - { deny: any, protocol: tcp, ports: [90-80, 80-, 1-2-3, 1-70000] }\n"
	  "                                                     ^~~\n"
	  "policy.yaml:6:57: error: '2-3' is not a number; expected a port\n"
	  "        - { deny: any, protocol: tcp, ports: [90-80, 80-, 1-2-3, 1-70000] }\n"
	  "                                                          ^~~~~\n"
	  "policy.yaml:6:64: error: 70000 is out of range; expected a port from 1 to 65535\n"
	  "        - { deny: any, protocol: tcp, ports: [90-80, 80-, 1-2-3, 1-70000] }\n"
	  "                                                                 ^~~~~~~\n" },
	{ "no port",
	  TEXT(RULE("{ deny: any, protocol: tcp, ports: [] }")),
	  "policy.yaml:6:44: error: the list has no port; leave 'ports' out for all\n"
	  "        - { deny: any, protocol: tcp, ports: [] }\n"
	  "                                             ^\n" },
	{ "bad log",
	  TEXT(RULE("{ deny: any, log: every }")),
	  "policy.yaml:6:27: error: 'every' is not a value for 'log'; expected none, new or all\n"
	  "        - { deny: any, log: every }\n"
	  "                            ^~~~~\n" },
	{ "bad log of the default",
	  TEXT(V "profiles:\n  p: { default: deny, log: nwe }\n"),
	  "policy.yaml:3:28: error: 'nwe' is not a value for 'log'; did you mean 'new'?\n"
	  "    p: { default: deny, log: nwe }\n"
	  "                             ^~~\n" },
	{ "application name",
	  TEXT(V "profiles:\n"
	       "  p: { default: deny }\n"
	       "applications:\n"
	       "  QGroundControl: { profile: p }\n"),
	  "policy.yaml:5:3: error: 'QGroundControl' cannot be the name of an application: a name has a-z, 0-9, '-' and '_' and starts with a letter or digit\n"
	  "    QGroundControl: { profile: p }\n"
	  "    ^~~~~~~~~~~~~~\n" },
	{ "application is a text",
	  TEXT(V "applications: { a: p }\n"),
	  "policy.yaml:2:20: error: application 'a': expected a mapping (key: value), found a single value\n"
	  "  applications: { a: p }\n"
	  "                     ^\n" },
	{ "application key",
	  TEXT(APP("profile: p, modus: audit")),
	  "policy.yaml:5:20: error: unknown key 'modus' in application 'a'; did you mean 'mode'?\n"
	  "    a: { profile: p, modus: audit }\n"
	  "                     ^~~~~\n" },
	{ "no profile",
	  TEXT(APP("mode: audit")),
	  "policy.yaml:5:3: error: 'profile' is missing in application 'a'\n"
	  "    a: { mode: audit }\n"
	  "    ^\n" },
	{ "unknown profile, near",
	  TEXT(V "profiles:\n"
	       "  field: { default: deny }\n"
	       "applications:\n"
	       "  a: { profile: feild }\n"),
	  "policy.yaml:5:17: error: there is no profile 'feild'; did you mean 'field'?\n"
	  "    a: { profile: feild }\n"
	  "                  ^~~~~\n" },
	{ "unknown profile, far",
	  TEXT(V "applications:\n  a: { profile: strict }\n"),
	  "policy.yaml:3:17: error: there is no profile 'strict' in this policy\n"
	  "    a: { profile: strict }\n"
	  "                  ^~~~~~\n" },
	{ "a restriction to lift",
	  TEXT(V "profiles: { p: { default: deny } }\n"
	       "applications:\n"
	       "  a: { profile: p, confine: { lift: [gpu, seral] } }\n"
	       "  b: { profile: p, confine: { lift: everything-else } }\n"
	       "  c: { profile: p, confine: { lift: 'gpu,serial' } }\n"
	       "  d: { profile: p, confine: { as: pilot, lift: gpu } }\n"
	       "  e: { profile: p, confine: {} }\n"
	       "  f: { profile: p, confine: gpu }\n"),
	  "policy.yaml:4:43: error: there is no restriction 'seral'; did you mean 'serial'?\n"
	  "    a: { profile: p, confine: { lift: [gpu, seral] } }\n"
	  "                                            ^~~~~\n"
	  "policy.yaml:5:37: error: there is no restriction 'everything-else' that could be lifted\n"
	  "    b: { profile: p, confine: { lift: everything-else } }\n"
	  "                                      ^~~~~~~~~~~~~~~\n"
	  "policy.yaml:6:37: error: there is no restriction 'gpu,serial' that could be lifted\n"
	  "    c: { profile: p, confine: { lift: 'gpu,serial' } }\n"
	  "                                      ^~~~~~~~~~~~\n"
	  "policy.yaml:7:31: error: unknown key 'as' in 'confine'; there can be: lift\n"
	  "    d: { profile: p, confine: { as: pilot, lift: gpu } }\n"
	  "                                ^~\n"
	  "policy.yaml:8:20: error: 'lift' is missing in 'confine'\n"
	  "    e: { profile: p, confine: {} }\n"
	  "                     ^~~~~~~\n"
	  "policy.yaml:9:29: error: 'confine': expected a mapping (key: value), found a single value\n"
	  "    f: { profile: p, confine: gpu }\n"
	  "                              ^~~\n" },
	{ "mode",
	  TEXT(APP("profile: p, mode: permissive")),
	  "policy.yaml:5:26: error: 'permissive' is not a mode; expected enforce or audit\n"
	  "    a: { profile: p, mode: permissive }\n"
	  "                           ^~~~~~~~~~\n" },
	{ "mode, near",
	  TEXT(APP("profile: p, mode: enforcing")),
	  "policy.yaml:5:26: error: 'enforcing' is not a mode; did you mean 'enforce'?\n"
	  "    a: { profile: p, mode: enforcing }\n"
	  "                           ^~~~~~~~~\n" },
	{ "no selector",
	  TEXT(APP("profile: p, match: []")),
	  "policy.yaml:5:27: error: the list has no selector; leave 'match' out if only 'dronefence run' is to be used\n"
	  "    a: { profile: p, match: [] }\n"
	  "                            ^\n" },
	{ "selector is a text",
	  TEXT(APP("profile: p, match: [/a.slice]")),
	  "policy.yaml:5:28: error: a selector: expected a mapping (key: value), found a single value\n"
	  "    a: { profile: p, match: [/a.slice] }\n"
	  "                             ^~~~~~~~\n" },
	{ "selector key",
	  TEXT(APP("profile: p, match: { program: /usr/bin/qgc }")),
	  "policy.yaml:5:29: error: unknown key 'program' in a selector; there can be: cgroup, executable, unit, user-unit, user, copies, in-interface, source, mac\n"
	  "    a: { profile: p, match: { program: /usr/bin/qgc } }\n"
	  "                              ^~~~~~~\n" },
	{ "selector without a key",
	  TEXT(APP("profile: p, match: [{}]")),
	  "policy.yaml:5:28: error: the selector names nothing; expected one of cgroup, executable, unit, user-unit and user, or one or more of in-interface, source and mac\n"
	  "    a: { profile: p, match: [{}] }\n"
	  "                             ^\n" },
	{ "selector for both",
	  TEXT(APP("profile: p, match: { cgroup: /a, mac: 02:00:5e:10:00:01 }")),
	  "policy.yaml:5:41: error: 'mac' is for forwarded packets, which no program of this machine sends; make it a selector of its own\n"
	  "    a: { profile: p, match: { cgroup: /a, mac: 02:00:5e:10:00:01 } }\n"
	  "                                          ^~~\n" },
	{ "interfaces that cannot be",
	  TEXT(APP("profile: p, match: [in-interface: wlan1:1, in-interface: \"\", in-interface: '..', in-interface: a-very-long-name, in-interface: [a]]")),
	  "policy.yaml:5:42: error: no interface can have a name with / : \" \\ or =\n"
	  "    a: { profile: p, match: [in-interface: wlan1:1, in-interface: \"\", in-interface: '..', in-interface: a-very-long-name, in-interface: [a]] }\n"
	  "                                           ^~~~~~~\n"
	  "policy.yaml:5:65: error: the text is empty\n"
	  "    a: { profile: p, match: [in-interface: wlan1:1, in-interface: \"\", in-interface: '..', in-interface: a-very-long-name, in-interface: [a]] }\n"
	  "                                                                  ^~\n"
	  "policy.yaml:5:83: error: no interface can have this name\n"
	  "    a: { profile: p, match: [in-interface: wlan1:1, in-interface: \"\", in-interface: '..', in-interface: a-very-long-name, in-interface: [a]] }\n"
	  "                                                                                    ^~~~\n"
	  "policy.yaml:5:103: error: interface has a name that is longer than 15 characters\n"
	  "    a: { profile: p, match: [in-interface: wlan1:1, in-interface: \"\", in-interface: '..', in-interface: a-very-long-name, in-interface: [a]] }\n"
	  "                                                                                                        ^~~~~~~~~~~~~~~~\n"
	  "policy.yaml:5:135: error: expected the name of an interface, found a list\n"
	  "    a: { profile: p, match: [in-interface: wlan1:1, in-interface: \"\", in-interface: '..', in-interface: a-very-long-name, in-interface: [a]] }\n"
	  "                                                                                                                                        ^\n" },
	{ "source with host bits",
	  TEXT(APP("profile: p, match: { source: 10.42.0.1/24 }")),
	  "policy.yaml:5:37: error: '10.42.0.1/24' is not a network, bits are set behind the prefix; did you mean '10.42.0.0/24'?\n"
	  "    a: { profile: p, match: { source: 10.42.0.1/24 } }\n"
	  "                                      ^~~~~~~~~~~~\n" },
	{ "MAC addresses that cannot be",
	  TEXT(APP("profile: p, match: [mac: 02-00-5e-10-00-01, mac: 02:00:5e:10:00, mac: ff:ff:ff:ff:ff:ff, mac: \"00:00:00:00:00:00\"]")),
	  "policy.yaml:5:33: error: '02-00-5e-10-00-01' is not a MAC address; expected six pairs of digits, such as 02:00:5e:10:00:01\n"
	  "    a: { profile: p, match: [mac: 02-00-5e-10-00-01, mac: 02:00:5e:10:00, mac: ff:ff:ff:ff:ff:ff, mac: \"00:00:00:00:00:00\"] }\n"
	  "                                  ^~~~~~~~~~~~~~~~~\n"
	  "policy.yaml:5:57: error: '02:00:5e:10:00' is not a MAC address; expected six pairs of digits, such as 02:00:5e:10:00:01\n"
	  "    a: { profile: p, match: [mac: 02-00-5e-10-00-01, mac: 02:00:5e:10:00, mac: ff:ff:ff:ff:ff:ff, mac: \"00:00:00:00:00:00\"] }\n"
	  "                                                          ^~~~~~~~~~~~~~\n"
	  "policy.yaml:5:78: error: no packet is from the MAC address 'ff:ff:ff:ff:ff:ff'\n"
	  "    a: { profile: p, match: [mac: 02-00-5e-10-00-01, mac: 02:00:5e:10:00, mac: ff:ff:ff:ff:ff:ff, mac: \"00:00:00:00:00:00\"] }\n"
	  "                                                                               ^~~~~~~~~~~~~~~~~\n"
	  "policy.yaml:5:102: error: no packet is from the MAC address '00:00:00:00:00:00'\n"
	  "    a: { profile: p, match: [mac: 02-00-5e-10-00-01, mac: 02:00:5e:10:00, mac: ff:ff:ff:ff:ff:ff, mac: \"00:00:00:00:00:00\"] }\n"
	  "                                                                                                       ^~~~~~~~~~~~~~~~~~~\n" },
	{ "outgoing interface that cannot be",
	  TEXT(RULE("{ allow: any, out-interface: wg/0 }")),
	  "policy.yaml:6:38: error: no interface can have a name with / : \" \\ or =\n"
	  "        - { allow: any, out-interface: wg/0 }\n"
	  "                                       ^~~~\n" },
	{ "selector with two keys",
	  TEXT(APP("profile: p, match: { cgroup: /a, executable: /b }")),
	  "policy.yaml:5:41: error: 'executable' beside 'cgroup': a selector has one key for programs; make another selector\n"
	  "    a: { profile: p, match: { cgroup: /a, executable: /b } }\n"
	  "                                          ^~~~~~~~~~\n" },
	{ "units that have no processes",
	  TEXT(APP("profile: p, match: [unit: qgc, unit: qgc.servcie, user-unit: qgc.timer, unit: qgc@.service, unit: qgc.service]")),
	  "policy.yaml:5:34: error: 'qgc' is no unit with processes; did you mean 'qgc.service'?\n"
	  "    a: { profile: p, match: [unit: qgc, unit: qgc.servcie, user-unit: qgc.timer, unit: qgc@.service, unit: qgc.service] }\n"
	  "                                   ^~~\n"
	  "policy.yaml:5:45: error: 'qgc.servcie' is no unit with processes; did you mean 'qgc.service'?\n"
	  "    a: { profile: p, match: [unit: qgc, unit: qgc.servcie, user-unit: qgc.timer, unit: qgc@.service, unit: qgc.service] }\n"
	  "                                              ^~~~~~~~~~~\n"
	  "policy.yaml:5:69: error: 'qgc.timer' is no unit with processes; did you mean 'qgc.service'?\n"
	  "    a: { profile: p, match: [unit: qgc, unit: qgc.servcie, user-unit: qgc.timer, unit: qgc@.service, unit: qgc.service] }\n"
	  "                                                                      ^~~~~~~~~\n"
	  "policy.yaml:5:86: error: 'qgc@.service' is no unit with processes; did you mean 'qgc@*.service'?\n"
	  "    a: { profile: p, match: [unit: qgc, unit: qgc.servcie, user-unit: qgc.timer, unit: qgc@.service, unit: qgc.service] }\n"
	  "                                                                                       ^~~~~~~~~~~~\n" },
	{ "names that no unit has",
	  TEXT(APP("profile: p, match: [unit: /qgc.service, user-unit: 'a b.scope', unit: '*.service', unit: 'qgc[.service']")),
	  "policy.yaml:5:34: error: '/qgc.service' is not the name of a unit; expected one such as qgc.service\n"
	  "    a: { profile: p, match: [unit: /qgc.service, user-unit: 'a b.scope', unit: '*.service', unit: 'qgc[.service'] }\n"
	  "                                   ^~~~~~~~~~~~\n"
	  "policy.yaml:5:59: error: 'a b.scope' is not the name of a unit; expected one such as qgc.service\n"
	  "    a: { profile: p, match: [unit: /qgc.service, user-unit: 'a b.scope', unit: '*.service', unit: 'qgc[.service'] }\n"
	  "                                                            ^~~~~~~~~~~\n"
	  "policy.yaml:5:78: error: '*.service' matches every unit; write a part of the name\n"
	  "    a: { profile: p, match: [unit: /qgc.service, user-unit: 'a b.scope', unit: '*.service', unit: 'qgc[.service'] }\n"
	  "                                                                               ^~~~~~~~~~~\n"
	  "policy.yaml:5:97: error: pattern has [ without ]\n"
	  "    a: { profile: p, match: [unit: /qgc.service, user-unit: 'a b.scope', unit: '*.service', unit: 'qgc[.service'] }\n"
	  "                                                                                                  ^~~~~~~~~~~~~~\n" },
	{ "units whose cgroup may have another name",
	  TEXT(APP("profile: p, match: [unit: mem*.service, unit: '?x.service', unit: memory-*.service]")),
	  "policy.yaml:5:34: error: 'mem*.service' could also be 'memory.service', whose control group is '_memory.service'; write more of the name, or use 'cgroup'\n"
	  "    a: { profile: p, match: [unit: mem*.service, unit: '?x.service', unit: memory-*.service] }\n"
	  "                                   ^~~~~~~~~~~~\n"
	  "policy.yaml:5:54: error: '?x.service' could also be 'cgroup.service', whose control group is '_cgroup.service'; write more of the name, or use 'cgroup'\n"
	  "    a: { profile: p, match: [unit: mem*.service, unit: '?x.service', unit: memory-*.service] }\n"
	  "                                                       ^~~~~~~~~~~~\n" },
	{ "every slice",
	  TEXT(APP("profile: p, match: [cgroup: /**.slice/*]")),
	  "policy.yaml:5:36: error: the pattern matches every program of the machine; name a part of the path\n"
	  "    a: { profile: p, match: [cgroup: /**.slice/*] }\n"
	  "                                     ^~~~~~~~~~~\n" },
	{ "users that cannot be",
	  TEXT(APP("profile: p, match: [user: 0, user: root, user: nobdy, user: xx-no-such-user-xx, user: 4294967295, user: 0700, user: 1000]")),
	  "policy.yaml:5:34: error: everything that keeps the machine running is root's; name the user that the application has for itself\n"
	  "    a: { profile: p, match: [user: 0, user: root, user: nobdy, user: xx-no-such-user-xx, user: 4294967295, user: 0700, user: 1000] }\n"
	  "                                   ^\n"
	  "policy.yaml:5:43: error: everything that keeps the machine running is root's; name the user that the application has for itself\n"
	  "    a: { profile: p, match: [user: 0, user: root, user: nobdy, user: xx-no-such-user-xx, user: 4294967295, user: 0700, user: 1000] }\n"
	  "                                            ^~~~\n"
	  "policy.yaml:5:55: error: this machine has no user 'nobdy'; did you mean 'nobody'?\n"
	  "    a: { profile: p, match: [user: 0, user: root, user: nobdy, user: xx-no-such-user-xx, user: 4294967295, user: 0700, user: 1000] }\n"
	  "                                                        ^~~~~\n"
	  "policy.yaml:5:68: error: this machine has no user 'xx-no-such-user-xx'; a number does not need to have a name\n"
	  "    a: { profile: p, match: [user: 0, user: root, user: nobdy, user: xx-no-such-user-xx, user: 4294967295, user: 0700, user: 1000] }\n"
	  "                                                                     ^~~~~~~~~~~~~~~~~~\n"
	  "policy.yaml:5:94: error: '4294967295' is not the number of a user; expected 1 to 4294967294\n"
	  "    a: { profile: p, match: [user: 0, user: root, user: nobdy, user: xx-no-such-user-xx, user: 4294967295, user: 0700, user: 1000] }\n"
	  "                                                                                               ^~~~~~~~~~\n"
	  "policy.yaml:5:112: error: '0700' is not the number of a user; expected 1 to 4294967294\n"
	  "    a: { profile: p, match: [user: 0, user: root, user: nobdy, user: xx-no-such-user-xx, user: 4294967295, user: 0700, user: 1000] }\n"
	  "                                                                                                                 ^~~~\n" },
	{ "the same user again",
	  TEXT(APP("profile: p, match: [user: 65534, cgroup: /a, user: nobody]")),
	  "policy.yaml:5:59: error: user 65534 is application 'a' already\n"
	  "    a: { profile: p, match: [user: 65534, cgroup: /a, user: nobody] }\n"
	  "                                                            ^~~~~~\n" },
	{ "copies of what is no program",
	  TEXT(APP("profile: p, match: [{ executable: /b, copies: 1 }, { cgroup: /b, copies: true }, { user: 1000, copies: false }, { in-interface: usb0, copies: true }, { copies: true }]")),
	  "policy.yaml:5:54: error: '1' is not a value for 'copies'; expected false or true\n"
	  "    a: { profile: p, match: [{ executable: /b, copies: 1 }, { cgroup: /b, copies: true }, { user: 1000, copies: false }, { in-interface: usb0, copies: true }, { copies: true }] }\n"
	  "                                                       ^\n"
	  "policy.yaml:5:73: error: 'copies' is for an executable, and the selector names none\n"
	  "    a: { profile: p, match: [{ executable: /b, copies: 1 }, { cgroup: /b, copies: true }, { user: 1000, copies: false }, { in-interface: usb0, copies: true }, { copies: true }] }\n"
	  "                                                                          ^~~~~~\n"
	  "policy.yaml:5:103: error: 'copies' is for an executable, and the selector names none\n"
	  "    a: { profile: p, match: [{ executable: /b, copies: 1 }, { cgroup: /b, copies: true }, { user: 1000, copies: false }, { in-interface: usb0, copies: true }, { copies: true }] }\n"
	  "                                                                                                        ^~~~~~\n"
	  "policy.yaml:5:142: error: 'copies' is for an executable, and the selector names none\n"
	  "    a: { profile: p, match: [{ executable: /b, copies: 1 }, { cgroup: /b, copies: true }, { user: 1000, copies: false }, { in-interface: usb0, copies: true }, { copies: true }] }\n"
	  "                                                                                                                                               ^~~~~~\n"
	  "policy.yaml:5:158: error: the selector names nothing; expected one of cgroup, executable, unit, user-unit and user, or one or more of in-interface, source and mac\n"
	  "    a: { profile: p, match: [{ executable: /b, copies: 1 }, { cgroup: /b, copies: true }, { user: 1000, copies: false }, { in-interface: usb0, copies: true }, { copies: true }] }\n"
	  "                                                                                                                                                               ^\n" },
	{ "strays that cannot be",
	  TEXT(APP("profile: p, match: { executable: /b }, strays: kil")),
	  "policy.yaml:5:55: error: 'kil' is not something to do with strays; did you mean 'kill'?\n"
	  "    a: { profile: p, match: { executable: /b }, strays: kil }\n"
	  "                                                        ^~~\n" },
	{ "strays that cannot be found",
	  TEXT(APP("profile: p, match: { cgroup: /b }, strays: kill")),
	  "policy.yaml:5:3: error: application 'a' has 'strays: kill', but no executable by which they could be found\n"
	  "    a: { profile: p, match: { cgroup: /b }, strays: kill }\n"
	  "    ^\n" },
	{ "program is relative",
	  TEXT(APP("profile: p, match: { executable: qgc }")),
	  "policy.yaml:5:41: error: pattern does not start with /\n"
	  "    a: { profile: p, match: { executable: qgc } }\n"
	  "                                          ^~~\n" },
	{ "program with a control character",
	  TEXT(APP("profile: p, match: { executable: \"/a\\nb\" }")),
	  "policy.yaml:5:41: error: the text has a line end, tab or control character in it\n"
	  "    a: { profile: p, match: { executable: \"/a\\nb\" } }\n"
	  "                                          ^~~~~~~\n" },
	{ "program is a list",
	  TEXT(APP("profile: p, match: { executable: [/a, /b] }")),
	  "policy.yaml:5:41: error: expected the path pattern of a program, found a list\n"
	  "    a: { profile: p, match: { executable: [/a, /b] } }\n"
	  "                                          ^\n" },
	{ "every program",
	  TEXT(APP("profile: p, match: { executable: /** }")),
	  "policy.yaml:5:41: error: the pattern matches every program of the machine; name a part of the path\n"
	  "    a: { profile: p, match: { executable: /** } }\n"
	  "                                          ^~~\n" },
	{ "programs that everything needs",
	  TEXT(APP("profile: p, match: [executable: /usr/bin, executable: /**/bash, executable: /*/sys*/systemd]")),
	  "policy.yaml:5:40: error: the pattern matches /usr/bin/dash, without which nothing else works; name the application's own programs\n"
	  "    a: { profile: p, match: [executable: /usr/bin, executable: /**/bash, executable: /*/sys*/systemd] }\n"
	  "                                         ^~~~~~~~\n"
	  "policy.yaml:5:62: error: the pattern matches /usr/bin/bash, without which nothing else works; name the application's own programs\n"
	  "    a: { profile: p, match: [executable: /usr/bin, executable: /**/bash, executable: /*/sys*/systemd] }\n"
	  "                                                               ^~~~~~~~\n"
	  "policy.yaml:5:84: error: the pattern matches /lib/systemd/systemd, without which nothing else works; name the application's own programs\n"
	  "    a: { profile: p, match: [executable: /usr/bin, executable: /**/bash, executable: /*/sys*/systemd] }\n"
	  "                                                                                     ^~~~~~~~~~~~~~~\n" },
	{ "place of another application",
	  TEXT(APP("profile: p, match: { cgroup: /dronefence.slice/** }")
	       "  b: { profile: p, match: { executable: /opt/b } }\n"),
	  "policy.yaml:6:41: error: programs of 'b' are placed into the cgroup /dronefence.slice/b, which matches application 'a' first; write 'b' before it\n"
	  "    b: { profile: p, match: { executable: /opt/b } }\n"
	  "                                          ^~~~~~\n" },
	{ "selector is a list",
	  TEXT(APP("profile: p, match: { cgroup: [/a, /b] }")),
	  "policy.yaml:5:37: error: expected a cgroup path pattern, found a list\n"
	  "    a: { profile: p, match: { cgroup: [/a, /b] } }\n"
	  "                                      ^\n" },
	{ "relative pattern",
	  TEXT(APP("profile: p, match: { cgroup: a.slice }")),
	  "policy.yaml:5:37: error: pattern does not start with /\n"
	  "    a: { profile: p, match: { cgroup: a.slice } }\n"
	  "                                      ^~~~~~~\n" },
	{ "pattern with empty component",
	  TEXT(APP("profile: p, match: { cgroup: /a//b }")),
	  "policy.yaml:5:37: error: pattern has an empty component\n"
	  "    a: { profile: p, match: { cgroup: /a//b } }\n"
	  "                                      ^~~~~\n" },
	{ "pattern with slash last",
	  TEXT(APP("profile: p, match: { cgroup: /a/ }")),
	  "policy.yaml:5:37: error: pattern has an empty component\n"
	  "    a: { profile: p, match: { cgroup: /a/ } }\n"
	  "                                      ^~~\n" },
	{ "pattern with dots",
	  TEXT(APP("profile: p, match: { cgroup: /a/../b }")),
	  "policy.yaml:5:37: error: pattern has a component . or ..\n"
	  "    a: { profile: p, match: { cgroup: /a/../b } }\n"
	  "                                      ^~~~~~~\n" },
	{ "pattern with stars in a name",
	  TEXT(APP("profile: p, match: { cgroup: /a**/b }")),
	  "policy.yaml:5:37: error: pattern has ** beside other characters\n"
	  "    a: { profile: p, match: { cgroup: /a**/b } }\n"
	  "                                      ^~~~~~\n" },
	{ "pattern with open class",
	  TEXT(APP("profile: p, match: { cgroup: \"/a[b\" }")),
	  "policy.yaml:5:37: error: pattern has [ without ]\n"
	  "    a: { profile: p, match: { cgroup: \"/a[b\" } }\n"
	  "                                      ^~~~~~\n" },
	{ "pattern for everything",
	  TEXT(APP("profile: p, match: [cgroup: /, cgroup: /**, cgroup: /*/?*]")),
	  "policy.yaml:5:36: error: the pattern matches every program of the machine; name a part of the path\n"
	  "    a: { profile: p, match: [cgroup: /, cgroup: /**, cgroup: /*/?*] }\n"
	  "                                     ^\n"
	  "policy.yaml:5:47: error: the pattern matches every program of the machine; name a part of the path\n"
	  "    a: { profile: p, match: [cgroup: /, cgroup: /**, cgroup: /*/?*] }\n"
	  "                                                ^~~\n"
	  "policy.yaml:5:60: error: the pattern matches every program of the machine; name a part of the path\n"
	  "    a: { profile: p, match: [cgroup: /, cgroup: /**, cgroup: /*/?*] }\n"
	  "                                                             ^~~~~\n" },
	{ "many errors at once",
	  TEXT("version: 1\n"
	       "name: x y\n"
	       "geo: { country: liblok }\n"
	       "sets:\n"
	       "\ta: {}\n"),
	  "policy.yaml:5:1: error: a tab cannot indent; use blanks\n"
	  "  \ta: {}\n"
	  "  ^\n" },
	{ "many errors in order",
	  TEXT(V "applications:\n"
	       "  a: { profile: q, mode: adit }\n"
	       "profiles:\n"
	       "  p: { default: dney, rules: [alow: any, deny: prc] }\n"
	       "sets:\n"
	       "  prcs: { countries: [cn], asns: [x] }\n"
	       "geo: { max-age: 1h }\n"
	       "name: X\n"),
	  "policy.yaml:3:17: error: there is no profile 'q' in this policy\n"
	  "    a: { profile: q, mode: adit }\n"
	  "                  ^\n"
	  "policy.yaml:3:26: error: 'adit' is not a mode; did you mean 'audit'?\n"
	  "    a: { profile: q, mode: adit }\n"
	  "                           ^~~~\n"
	  "policy.yaml:5:17: error: 'dney' is not a verdict; did you mean 'deny'?\n"
	  "    p: { default: dney, rules: [alow: any, deny: prc] }\n"
	  "                  ^~~~\n"
	  "policy.yaml:5:31: error: unknown key 'alow' in a rule; did you mean 'allow'?\n"
	  "    p: { default: dney, rules: [alow: any, deny: prc] }\n"
	  "                                ^~~~\n"
	  "policy.yaml:5:48: error: there is no set 'prc'; did you mean 'prcs'?\n"
	  "    p: { default: dney, rules: [alow: any, deny: prc] }\n"
	  "                                                 ^~~\n"
	  "policy.yaml:7:23: error: country codes are upper case; did you mean 'CN' (China)?\n"
	  "    prcs: { countries: [cn], asns: [x] }\n"
	  "                        ^~\n"
	  "policy.yaml:7:35: error: 'x' is not a number; expected an AS number\n"
	  "    prcs: { countries: [cn], asns: [x] }\n"
	  "                                    ^\n"
	  "policy.yaml:8:17: error: '1h' is not an age; expected a number and d, w, m or y (such as 60d), or none\n"
	  "  geo: { max-age: 1h }\n"
	  "                  ^~\n"
	  "policy.yaml:9:7: error: 'X' cannot be the name of the policy: a name has a-z, 0-9, '-' and '_' and starts with a letter or digit\n"
	  "  name: X\n"
	  "        ^\n" },
	{ "errors before a syntax error",
	  TEXT(V "name: x\n"
	       "name: y\n"
	       "sets: { a: &b { countries: CN } }\n"
	       "geo: [\n"),
	  "policy.yaml:4:12: error: anchors (&name) are not supported; quote text that starts with '&'\n"
	  "  sets: { a: &b { countries: CN } }\n"
	  "             ^~~~\n"
	  "policy.yaml:6:1: error: the file ends too early, in the middle of a list or mapping\n" },
};

int main(void)
{
	return RUN_BAD_CASES(cases);
}
