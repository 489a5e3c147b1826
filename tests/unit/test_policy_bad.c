// SPDX-License-Identifier: GPL-2.0-or-later
/* Mistakes in the top level, the geo sources and the sets of a policy. */
#include "bad_cases.h"

#define V "version: 1\n"
#define SET(body) V "sets:\n  a: { " body " }\n"

static const struct bad_case cases[] = {
	{ "version missing",
	  TEXT("name: x\n"),
	  "policy.yaml:1:1: error: 'version' is missing; write 'version: 1'\n"
	  "  name: x\n"
	  "  ^\n" },
	{ "version 2",
	  TEXT("version: 2\nnmae: x\n"),
	  "policy.yaml:1:10: error: version '2' is not known; this program reads version 1\n"
	  "  version: 2\n"
	  "           ^\n" },
	{ "version 1.0",
	  TEXT("version: 1.0\n"),
	  "policy.yaml:1:10: error: version '1.0' is not known; this program reads version 1\n"
	  "  version: 1.0\n"
	  "           ^~~\n" },
	{ "version is a list",
	  TEXT("version: [1]\n"),
	  "policy.yaml:1:10: error: expected a version number, found a list\n"
	  "  version: [1]\n"
	  "           ^\n" },
	{ "unknown key, near",
	  TEXT(V "aplications: {}\n"),
	  "policy.yaml:2:1: error: unknown key 'aplications' in the policy; did you mean 'applications'?\n"
	  "  aplications: {}\n"
	  "  ^~~~~~~~~~~\n" },
	{ "unknown key, far",
	  TEXT(V "firewall: {}\n"),
	  "policy.yaml:2:1: error: unknown key 'firewall' in the policy; there can be: version, name, include, geo, sets, profiles, applications, bulk, unlock\n"
	  "  firewall: {}\n"
	  "  ^~~~~~~~\n" },
	{ "unknown key, long",
	  TEXT(V "a-key-that-is-so-long-that-a-message-cannot-hold-all-of-it-and-cuts-it: {}\n"),
	  "policy.yaml:2:1: error: unknown key 'a-key-that-is-so-long-that-a-message-cannot-hold-all-of-it-a...' in the policy; there can be: version, name, include, geo, sets, profiles, applications, bulk, unlock\n"
	  "  a-key-that-is-so-long-that-a-message-cannot-hold-all-of-it-and-cuts-it: {}\n"
	  "  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "bad name",
	  TEXT(V "name: Field Laptops\n"),
	  "policy.yaml:2:7: error: 'Field Laptops' cannot be the name of the policy: a name has a-z, 0-9, '-' and '_' and starts with a letter or digit\n"
	  "  name: Field Laptops\n"
	  "        ^~~~~~~~~~~~~\n" },
	{ "long name",
	  TEXT(V "name: a123456789b123456789c123456789d123456789e123456789f123456789abcd\n"),
	  "policy.yaml:2:7: error: the name of the policy is longer than 63 characters\n"
	  "  name: a123456789b123456789c123456789d123456789e123456789f123456789abcd\n"
	  "        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "name is a mapping",
	  TEXT(V "name: { a: b }\n"),
	  "policy.yaml:2:7: error: expected a name, found a mapping (key: value)\n"
	  "  name: { a: b }\n"
	  "        ^\n" },
	{ "sets is a list",
	  TEXT(V "sets: [a]\n"),
	  "policy.yaml:2:7: error: 'sets': expected a mapping (key: value), found a list\n"
	  "  sets: [a]\n"
	  "        ^\n" },
	{ "profiles is a list",
	  TEXT(V "profiles:\n  - p1\napplications:\n  a: { profile: p1 }\n"),
	  "policy.yaml:3:3: error: 'profiles': expected a mapping (key: value), found a list\n"
	  "    - p1\n"
	  "    ^\n" },
	{ "applications is a text",
	  TEXT(V "applications: qgroundcontrol\n"),
	  "policy.yaml:2:15: error: 'applications': expected a mapping (key: value), found a single value\n"
	  "  applications: qgroundcontrol\n"
	  "                ^~~~~~~~~~~~~~\n" },
	{ "include is a mapping",
	  TEXT(V "include: { file: x }\n"),
	  "policy.yaml:2:10: error: expected the name of a file, found a mapping (key: value)\n"
	  "  include: { file: x }\n"
	  "           ^\n" },
	{ "geo is a text",
	  TEXT(V "geo: libloc\n"),
	  "policy.yaml:2:6: error: 'geo': expected a mapping (key: value), found a single value\n"
	  "  geo: libloc\n"
	  "       ^~~~~~\n" },
	{ "geo source, near",
	  TEXT(V "geo: { country: [libloc, tor-geoip] }\n"),
	  "policy.yaml:2:26: error: unknown geo source 'tor-geoip'; did you mean 'tor-geoipdb'?\n"
	  "  geo: { country: [libloc, tor-geoip] }\n"
	  "                           ^~~~~~~~~\n" },
	{ "geo source, far",
	  TEXT(V "geo: { country: maxmind }\n"),
	  "policy.yaml:2:17: error: unknown geo source 'maxmind'; expected libloc, tor-geoipdb or mmdb:/path, the first two with :/path if need be\n"
	  "  geo: { country: maxmind }\n"
	  "                  ^~~~~~~\n" },
	{ "mmdb without path",
	  TEXT(V "geo: { country: mmdb }\n"),
	  "policy.yaml:2:17: error: mmdb has no default place; write mmdb:/path/to/file.mmdb\n"
	  "  geo: { country: mmdb }\n"
	  "                  ^~~~\n" },
	{ "path missing",
	  TEXT(V "geo: { country: \"libloc:\" }\n"),
	  "policy.yaml:2:17: error: the path behind ':' is missing\n"
	  "  geo: { country: \"libloc:\" }\n"
	  "                  ^~~~~~~~~\n" },
	{ "source missing",
	  TEXT(V "geo: { country: { optional: true } }\n"),
	  "policy.yaml:2:17: error: 'source' is missing in a geo source\n"
	  "  geo: { country: { optional: true } }\n"
	  "                  ^\n" },
	{ "source key",
	  TEXT(V "geo: { country: { source: libloc, optionl: true } }\n"),
	  "policy.yaml:2:35: error: unknown key 'optionl' in a geo source; did you mean 'optional'?\n"
	  "  geo: { country: { source: libloc, optionl: true } }\n"
	  "                                    ^~~~~~~\n" },
	{ "source is a list",
	  TEXT(V "geo: { country: [[libloc]] }\n"),
	  "policy.yaml:2:18: error: expected the name of a geo source, found a list\n"
	  "  geo: { country: [[libloc]] }\n"
	  "                   ^\n" },
	{ "optional: yes",
	  TEXT(V "geo: { country: { source: libloc, optional: yes } }\n"),
	  "policy.yaml:2:45: error: 'yes' is not a value for 'optional'; expected false or true\n"
	  "  geo: { country: { source: libloc, optional: yes } }\n"
	  "                                              ^~~\n" },
	{ "age without unit",
	  TEXT(V "geo: { max-age: 60 }\n"),
	  "policy.yaml:2:17: error: '60' is not an age; expected a number and d, w, m or y (such as 60d), or none\n"
	  "  geo: { max-age: 60 }\n"
	  "                  ^~\n" },
	{ "age with a long unit",
	  TEXT(V "geo: { max-age: 60 days }\n"),
	  "policy.yaml:2:17: error: '60 days' is not an age; expected a number and d, w, m or y (such as 60d), or none\n"
	  "  geo: { max-age: 60 days }\n"
	  "                  ^~~~~~~\n" },
	{ "age of zero",
	  TEXT(V "geo: { max-age: 0d }\n"),
	  "policy.yaml:2:17: error: 0 is out of range; expected an age in days from 1 to 36500\n"
	  "  geo: { max-age: 0d }\n"
	  "                  ^~\n" },
	{ "age out of range",
	  TEXT(V "geo: { max-age: 101y }\n"),
	  "policy.yaml:2:17: error: 101 is out of range; expected an age in years from 1 to 100\n"
	  "  geo: { max-age: 101y }\n"
	  "                  ^~~~\n" },
	{ "age with leading zero",
	  TEXT(V "geo: { country: { source: libloc, max-age: 060d } }\n"),
	  "policy.yaml:2:44: error: '060' has a leading zero; write '60'\n"
	  "  geo: { country: { source: libloc, max-age: 060d } }\n"
	  "                                             ^~~~\n" },
	{ "age of a huge number",
	  TEXT(V "geo: { max-age: 99999999999999999999999999d }\n"),
	  "policy.yaml:2:17: error: 99999999999999999999999999 is out of range; expected an age in days from 1 to 36500\n"
	  "  geo: { max-age: 99999999999999999999999999d }\n"
	  "                  ^~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "source twice",
	  TEXT(V "geo: { country: [libloc, tor-geoipdb, { source: libloc, optional: true }] }\n"),
	  "policy.yaml:2:39: error: the same source is listed twice, it has one vote\n"
	  "  geo: { country: [libloc, tor-geoipdb, { source: libloc, optional: true }] }\n"
	  "                                        ^\n" },
	{ "file twice",
	  TEXT(V "geo: { operator: [\"mmdb:/a\", \"mmdb:/b\", \"mmdb:/a\"] }\n"),
	  "policy.yaml:2:41: error: the same source is listed twice, it has one vote\n"
	  "  geo: { operator: [\"mmdb:/a\", \"mmdb:/b\", \"mmdb:/a\"] }\n"
	  "                                          ^~~~~~~~~\n" },
	{ "nine sources",
	  TEXT(V "geo:\n"
	       "  country: [\"mmdb:/1\", \"mmdb:/2\", \"mmdb:/3\", \"mmdb:/4\", \"mmdb:/5\", \"mmdb:/6\", \"mmdb:/7\", \"mmdb:/8\", \"mmdb:/9\"]\n"),
	  "policy.yaml:3:101: error: more than 8 sources for 'country'\n"
	  "    country: [\"mmdb:/1\", \"mmdb:/2\", \"mmdb:/3\", \"mmdb:/4\", \"mmdb:/5\", \"mmdb:/6\", \"mmdb:/7\", \"mmdb:/8\", \"mmdb:/9\"]\n"
	  "                                                                                                      ^~~~~~~~~\n" },
	{ "no source",
	  TEXT(V "geo: { country: [] }\n"),
	  "policy.yaml:2:17: error: 'country' lists no source; leave it out instead\n"
	  "  geo: { country: [] }\n"
	  "                  ^\n" },
	{ "operator by tor-geoipdb",
	  TEXT(V "geo: { operator: [libloc, tor-geoipdb] }\n"),
	  "policy.yaml:2:27: error: tor-geoipdb knows countries only; an operator source is libloc or mmdb:/path\n"
	  "  geo: { operator: [libloc, tor-geoipdb] }\n"
	  "                            ^~~~~~~~~~~\n" },
	{ "quorum",
	  TEXT(V "geo: { quorum: { deny: some, allow: most } }\n"),
	  "policy.yaml:2:24: error: 'some' is not a quorum; expected any, majority or all\n"
	  "  geo: { quorum: { deny: some, allow: most } }\n"
	  "                         ^~~~\n"
	  "policy.yaml:2:37: error: 'most' is not a quorum; expected any, majority or all\n"
	  "  geo: { quorum: { deny: some, allow: most } }\n"
	  "                                      ^~~~\n" },
	{ "quorum is a text",
	  TEXT(V "geo: { quorum: any }\n"),
	  "policy.yaml:2:16: error: 'quorum': expected a mapping (key: value), found a single value\n"
	  "  geo: { quorum: any }\n"
	  "                 ^~~\n" },
	{ "quorum key",
	  TEXT(V "geo: { quorum: { denied: any } }\n"),
	  "policy.yaml:2:18: error: unknown key 'denied' in 'quorum'; there can be: deny, allow\n"
	  "  geo: { quorum: { denied: any } }\n"
	  "                   ^~~~~~\n" },
	{ "geo key",
	  TEXT(V "geo: { countries: libloc, maxage: 60d }\n"),
	  "policy.yaml:2:8: error: unknown key 'countries' in 'geo'; did you mean 'country'?\n"
	  "  geo: { countries: libloc, maxage: 60d }\n"
	  "         ^~~~~~~~~\n"
	  "policy.yaml:2:27: error: unknown key 'maxage' in 'geo'; did you mean 'max-age'?\n"
	  "  geo: { countries: libloc, maxage: 60d }\n"
	  "                            ^~~~~~\n" },
	{ "no country source",
	  TEXT(V "profiles:\n"
	       "  p: { rules: [deny: CN, deny: HK], default: allow }\n"),
	  "policy.yaml:3:22: error: this needs geo data on countries; name a source, such as 'geo: { country: libloc }'\n"
	  "    p: { rules: [deny: CN, deny: HK], default: allow }\n"
	  "                       ^~\n" },
	{ "no operator source",
	  TEXT(V "geo: { country: libloc }\n"
	       "sets: { a: { asns: 1 } }\n"
	       "profiles:\n"
	       "  p: { rules: [deny: a], default: allow }\n"),
	  "policy.yaml:5:22: error: this needs geo data on operators; name a source, such as 'geo: { operator: libloc }'\n"
	  "    p: { rules: [deny: a], default: allow }\n"
	  "                       ^\n" },
	{ "no country source for another reason",
	  TEXT(V "geo: { countri: libloc }\n"
	       "profiles:\n"
	       "  p: { rules: [deny: CN], default: allow }\n"),
	  "policy.yaml:2:8: error: unknown key 'countri' in 'geo'; did you mean 'country'?\n"
	  "  geo: { countri: libloc }\n"
	  "         ^~~~~~~\n" },
	{ "optional sources only",
	  TEXT(V "geo: { country: { source: libloc, optional: true } }\n"
	       "profiles:\n"
	       "  p: { rules: [deny: unknown], default: allow }\n"),
	  "policy.yaml:4:22: error: this needs geo data on countries, and every source of 'geo: country' is optional\n"
	  "    p: { rules: [deny: unknown], default: allow }\n"
	  "                       ^~~~~~~\n" },
	{ "reserved set name",
	  TEXT(V "sets: { local: {}, any: {}, unknown: {} }\n"),
	  "policy.yaml:2:9: error: 'local' is a reserved word and cannot be the name of a set\n"
	  "  sets: { local: {}, any: {}, unknown: {} }\n"
	  "          ^~~~~\n"
	  "policy.yaml:2:20: error: 'any' is a reserved word and cannot be the name of a set\n"
	  "  sets: { local: {}, any: {}, unknown: {} }\n"
	  "                     ^~~\n"
	  "policy.yaml:2:29: error: 'unknown' is a reserved word and cannot be the name of a set\n"
	  "  sets: { local: {}, any: {}, unknown: {} }\n"
	  "                              ^~~~~~~\n" },
	{ "set name in capitals",
	  TEXT(V "sets: { PRC: {} }\n"),
	  "policy.yaml:2:9: error: 'PRC' cannot be the name of a set: a name has a-z, 0-9, '-' and '_' and starts with a letter or digit\n"
	  "  sets: { PRC: {} }\n"
	  "          ^~~\n" },
	{ "set name with a dash first",
	  TEXT(V "sets: { -a: {} }\n"),
	  "policy.yaml:2:9: error: '-a' cannot be the name of a set: a name has a-z, 0-9, '-' and '_' and starts with a letter or digit\n"
	  "  sets: { -a: {} }\n"
	  "          ^~\n" },
	{ "long set name",
	  TEXT(V "sets: { a123456789b123456789c123456789d123456789e123456789f123456789abcd: {} }\n"),
	  "policy.yaml:2:9: error: the name of a set is longer than 63 characters\n"
	  "  sets: { a123456789b123456789c123456789d123456789e123456789f123456789abcd: {} }\n"
	  "          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "set is a list",
	  TEXT(V "sets:\n  a: [CN]\n"),
	  "policy.yaml:3:6: error: set 'a': expected a mapping (key: value), found a list\n"
	  "    a: [CN]\n"
	  "       ^\n" },
	{ "set key",
	  TEXT(SET("country: CN")),
	  "policy.yaml:3:8: error: unknown key 'country' in set 'a'; did you mean 'countries'?\n"
	  "    a: { country: CN }\n"
	  "         ^~~~~~~\n" },
	{ "country in lower case",
	  TEXT(SET("countries: [cn, US]")),
	  "policy.yaml:3:20: error: country codes are upper case; did you mean 'CN' (China)?\n"
	  "    a: { countries: [cn, US] }\n"
	  "                     ^~\n" },
	{ "country by name",
	  TEXT(SET("countries: [China, south korea]")),
	  "policy.yaml:3:20: error: a country is given by its code; did you mean 'CN' (China)?\n"
	  "    a: { countries: [China, south korea] }\n"
	  "                     ^~~~~\n"
	  "policy.yaml:3:27: error: a country is given by its code; did you mean 'KR' (South Korea)?\n"
	  "    a: { countries: [China, south korea] }\n"
	  "                            ^~~~~~~~~~~\n" },
	{ "UK",
	  TEXT(SET("countries: UK")),
	  "policy.yaml:3:19: error: 'UK' is not a country code of ISO 3166-1: did you mean 'GB' (United Kingdom)?\n"
	  "    a: { countries: UK }\n"
	  "                    ^~\n" },
	{ "EU",
	  TEXT(SET("countries: EU")),
	  "policy.yaml:3:19: error: 'EU' is not a country code of ISO 3166-1: it is a union of countries, list its members\n"
	  "    a: { countries: EU }\n"
	  "                    ^~\n" },
	{ "AP",
	  TEXT(SET("countries: AP")),
	  "policy.yaml:3:19: error: 'AP' is not a country code of ISO 3166-1: it stands for a region, list its countries\n"
	  "    a: { countries: AP }\n"
	  "                    ^~\n" },
	{ "AN",
	  TEXT(SET("countries: AN")),
	  "policy.yaml:3:19: error: 'AN' is not a country code of ISO 3166-1: the Netherlands Antilles are now BQ, CW and SX\n"
	  "    a: { countries: AN }\n"
	  "                    ^~\n" },
	{ "SU",
	  TEXT(SET("countries: SU")),
	  "policy.yaml:3:19: error: 'SU' is not a country code of ISO 3166-1: the Soviet Union is now RU and fourteen other countries\n"
	  "    a: { countries: SU }\n"
	  "                    ^~\n" },
	{ "XK",
	  TEXT(SET("countries: XK")),
	  "policy.yaml:3:19: error: 'XK' is not a country code of ISO 3166-1: Kosovo has no code there; list networks or AS numbers\n"
	  "    a: { countries: XK }\n"
	  "                    ^~\n" },
	{ "question marks",
	  TEXT(SET("countries: \"??\"")),
	  "policy.yaml:3:19: error: '?\?' is not a country code of ISO 3166-1: an address without a known country is 'unknown'\n"
	  "    a: { countries: \"?\?\" }\n"
	  "                    ^~~~\n" },
	{ "question marks without quotes",
	  TEXT(SET("countries: ??")),
	  "policy.yaml:3:19: error: expected a value; text that starts with ':', ',' or '?' needs quotes\n"
	  "    a: { countries: ?\? }\n"
	  "                    ^\n" },
	{ "no such country",
	  TEXT(SET("countries: [XX, USA]")),
	  "policy.yaml:3:20: error: 'XX' is not a country code of ISO 3166-1\n"
	  "    a: { countries: [XX, USA] }\n"
	  "                     ^~\n"
	  "policy.yaml:3:24: error: 'USA' is not a country code of ISO 3166-1\n"
	  "    a: { countries: [XX, USA] }\n"
	  "                         ^~~\n" },
	{ "country is a list",
	  TEXT(SET("countries: [[CN]]")),
	  "policy.yaml:3:20: error: expected a country code, found a list\n"
	  "    a: { countries: [[CN]] }\n"
	  "                     ^\n" },
	{ "set among countries",
	  TEXT(V "sets:\n  a: { countries: [b] }\n  b: { countries: CN }\n"),
	  "policy.yaml:3:20: error: 'b' is a set, not a country code; a set goes under 'sets'\n"
	  "    a: { countries: [b] }\n"
	  "                     ^\n" },
	{ "as number 0",
	  TEXT(SET("asns: [0, AS0]")),
	  "policy.yaml:3:15: error: 0 is out of range; expected an AS number from 1 to 4294967295\n"
	  "    a: { asns: [0, AS0] }\n"
	  "                ^\n"
	  "policy.yaml:3:18: error: 0 is out of range; expected an AS number from 1 to 4294967295\n"
	  "    a: { asns: [0, AS0] }\n"
	  "                   ^~~\n" },
	{ "as number out of range",
	  TEXT(SET("asns: 4294967296")),
	  "policy.yaml:3:14: error: 4294967296 is out of range; expected an AS number from 1 to 4294967295\n"
	  "    a: { asns: 4294967296 }\n"
	  "               ^~~~~~~~~~\n" },
	{ "as number with leading zero",
	  TEXT(SET("asns: AS045102")),
	  "policy.yaml:3:14: error: '045102' has a leading zero; write '45102'\n"
	  "    a: { asns: AS045102 }\n"
	  "               ^~~~~~~~\n" },
	{ "as number with sign",
	  TEXT(SET("asns: -1")),
	  "policy.yaml:3:14: error: '-1' is not a number; expected an AS number\n"
	  "    a: { asns: -1 }\n"
	  "               ^~\n" },
	{ "as number is a name",
	  TEXT(SET("asns: alibaba")),
	  "policy.yaml:3:14: error: 'alibaba' is not a number; expected an AS number\n"
	  "    a: { asns: alibaba }\n"
	  "               ^~~~~~~\n" },
	{ "host bits",
	  TEXT(SET("networks: 10.0.0.1/8")),
	  "policy.yaml:3:18: error: '10.0.0.1/8' is not a network, bits are set behind the prefix; did you mean '10.0.0.0/8'?\n"
	  "    a: { networks: 10.0.0.1/8 }\n"
	  "                   ^~~~~~~~~~\n" },
	{ "host bits of ipv6",
	  TEXT(SET("networks: \"2001:db8::1/32\"")),
	  "policy.yaml:3:18: error: '2001:db8::1/32' is not a network, bits are set behind the prefix; did you mean '2001:db8::/32'?\n"
	  "    a: { networks: \"2001:db8::1/32\" }\n"
	  "                   ^~~~~~~~~~~~~~~~\n" },
	{ "prefix of ipv4",
	  TEXT(SET("networks: 10.0.0.0/33")),
	  "policy.yaml:3:18: error: '10.0.0.0/33' is not a network: the prefix length is a number from 0 to 32\n"
	  "    a: { networks: 10.0.0.0/33 }\n"
	  "                   ^~~~~~~~~~~\n" },
	{ "prefix of ipv6",
	  TEXT(SET("networks: \"2001:db8::/129\"")),
	  "policy.yaml:3:18: error: '2001:db8::/129' is not a network: the prefix length is a number from 0 to 128\n"
	  "    a: { networks: \"2001:db8::/129\" }\n"
	  "                   ^~~~~~~~~~~~~~~~\n" },
	{ "prefix with leading zero",
	  TEXT(SET("networks: 10.0.0.0/08")),
	  "policy.yaml:3:18: error: '10.0.0.0/08' is not a network: the prefix length is a number from 0 to 32\n"
	  "    a: { networks: 10.0.0.0/08 }\n"
	  "                   ^~~~~~~~~~~\n" },
	{ "no prefix",
	  TEXT(SET("networks: 10.0.0.0/")),
	  "policy.yaml:3:18: error: '10.0.0.0/' is not a network: the prefix length is a number from 0 to 32\n"
	  "    a: { networks: 10.0.0.0/ }\n"
	  "                   ^~~~~~~~~\n" },
	{ "mask",
	  TEXT(SET("networks: 10.0.0.0/255.0.0.0")),
	  "policy.yaml:3:18: error: '10.0.0.0/255.0.0.0' is not a network: the prefix length is a number of bits, not a mask\n"
	  "    a: { networks: 10.0.0.0/255.0.0.0 }\n"
	  "                   ^~~~~~~~~~~~~~~~~~\n" },
	{ "octal address",
	  TEXT(SET("networks: 010.0.0.1")),
	  "policy.yaml:3:18: error: '010.0.0.1' is not a network: an IPv4 address is four numbers from 0 to 255 without leading zeros\n"
	  "    a: { networks: 010.0.0.1 }\n"
	  "                   ^~~~~~~~~\n" },
	{ "number out of range in address",
	  TEXT(SET("networks: 10.0.0.256")),
	  "policy.yaml:3:18: error: '10.0.0.256' is not a network: an IPv4 address is four numbers from 0 to 255 without leading zeros\n"
	  "    a: { networks: 10.0.0.256 }\n"
	  "                   ^~~~~~~~~~\n" },
	{ "short address",
	  TEXT(SET("networks: 10.0.0/8")),
	  "policy.yaml:3:18: error: '10.0.0/8' is not a network: an IPv4 address is four numbers from 0 to 255 without leading zeros\n"
	  "    a: { networks: 10.0.0/8 }\n"
	  "                   ^~~~~~~~\n" },
	{ "span of addresses",
	  TEXT(SET("networks: 10.0.0.1-10.0.0.9")),
	  "policy.yaml:3:18: error: '10.0.0.1-10.0.0.9' is not a network: a span of addresses is written as networks\n"
	  "    a: { networks: 10.0.0.1-10.0.0.9 }\n"
	  "                   ^~~~~~~~~~~~~~~~~\n" },
	{ "address with interface",
	  TEXT(SET("networks: \"fe80::1%eth0\"")),
	  "policy.yaml:3:18: error: 'fe80::1%eth0' is not a network: an address here has no interface (%)\n"
	  "    a: { networks: \"fe80::1%eth0\" }\n"
	  "                   ^~~~~~~~~~~~~~\n" },
	{ "mapped address",
	  TEXT(SET("networks: \"::ffff:10.0.0.1\"")),
	  "policy.yaml:3:18: error: '::ffff:10.0.0.1' is not a network: no packet carries an IPv4-mapped address, write the IPv4 address\n"
	  "    a: { networks: \"::ffff:10.0.0.1\" }\n"
	  "                   ^~~~~~~~~~~~~~~~~\n" },
	{ "host name",
	  TEXT(SET("networks: example.org")),
	  "policy.yaml:3:18: error: 'example.org' is not a network: names of hosts are not looked up, write the address\n"
	  "    a: { networks: example.org }\n"
	  "                   ^~~~~~~~~~~\n" },
	{ "broken ipv6 address",
	  TEXT(SET("networks: \"2001:db8:::1\"")),
	  "policy.yaml:3:18: error: '2001:db8:::1' is not a network: not an IPv6 address\n"
	  "    a: { networks: \"2001:db8:::1\" }\n"
	  "                   ^~~~~~~~~~~~~~\n" },
	{ "endless address",
	  TEXT(SET("networks: 1000000000000000000000000000000000000000000000000000000000000000.0")),
	  "policy.yaml:3:18: error: '100000000000000000000000000000000000000000000000000000000000...' is not a network: too long for an address\n"
	  "    a: { networks: 1000000000000000000000000000000000000000000000000000000000000000.0 }\n"
	  "                   ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "unknown set",
	  TEXT(V "sets:\n  prc: {}\n  a: { sets: [pcr, foo] }\n"),
	  "policy.yaml:4:15: error: there is no set 'pcr'; did you mean 'prc'?\n"
	  "    a: { sets: [pcr, foo] }\n"
	  "                ^~~\n"
	  "policy.yaml:4:20: error: there is no set 'foo' in this policy\n"
	  "    a: { sets: [pcr, foo] }\n"
	  "                     ^~~\n" },
	{ "set in itself",
	  TEXT(SET("sets: a")),
	  "policy.yaml:3:14: error: set 'a' contains itself\n"
	  "    a: { sets: a }\n"
	  "               ^\n" },
	{ "cycle of three",
	  TEXT(V "sets:\n"
	       "  a: { sets: b }\n"
	       "  b: { sets: [c] }\n"
	       "  c: { countries: CN, sets: [a] }\n"),
	  "policy.yaml:5:30: error: set 'a' contains itself, by way of 'c'\n"
	  "    c: { countries: CN, sets: [a] }\n"
	  "                               ^\n" },
	{ "reserved word in a set",
	  TEXT(SET("sets: [local, unknown]")),
	  "policy.yaml:3:15: error: 'local' is no set; name it in the rule\n"
	  "    a: { sets: [local, unknown] }\n"
	  "                ^~~~~\n"
	  "policy.yaml:3:22: error: 'unknown' is no set; it goes under 'countries'\n"
	  "    a: { sets: [local, unknown] }\n"
	  "                       ^~~~~~~\n" },
};

int main(void)
{
	return RUN_BAD_CASES(cases);
}
