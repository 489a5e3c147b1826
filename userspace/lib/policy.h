/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy file as it was written, checked and typed. */
#ifndef DF_POLICY_H
#define DF_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/dronefence.h>

#include "addr.h"
#include "diag.h"

struct df_source;

enum df_atom_kind {
	DF_ATOM_ANY,
	DF_ATOM_LOCAL,
	DF_ATOM_UNKNOWN,
	DF_ATOM_COUNTRY,
	DF_ATOM_ASN,
	DF_ATOM_NETWORK,
	DF_ATOM_SET,
};

/**
 * enum df_part - which part of a set a rule means
 * @DF_PART_ALL: every part
 * @DF_PART_LOCATED_IN: its countries
 * @DF_PART_OPERATED_BY: its autonomous systems
 * @DF_PART_NETWORK: its networks
 */
enum df_part {
	DF_PART_ALL,
	DF_PART_LOCATED_IN,
	DF_PART_OPERATED_BY,
	DF_PART_NETWORK,
};

/**
 * struct df_atom - one destination, in a set or in a rule
 * @kind: which member of the union holds
 * @part: only for @DF_ATOM_SET: the part that is meant
 * @country: upper case ISO 3166 code
 * @asn: number of an autonomous system
 * @net: a network or a single address
 * @set: index into the policy's sets
 * @mark: where it was written
 */
struct df_atom {
	enum df_atom_kind kind;
	enum df_part part;
	union {
		char country[3];
		uint32_t asn;
		struct df_net net;
		size_t set;
	};
	struct df_mark mark;
};

struct df_atoms {
	struct df_atom *list;
	size_t count;
};

/**
 * struct df_set - a named group of destinations
 * @name: as written
 * @atoms: members, other sets among them; never cyclic after loading
 * @mark: where the name stands
 */
struct df_set {
	char *name;
	struct df_atoms atoms;
	struct df_mark mark;
};

struct df_ports {
	uint16_t first;
	uint16_t last;
};

/**
 * struct df_rule - one line of a profile
 * @verdict: what happens on a match
 * @log: what is recorded
 * @to: destinations, any one of them matches
 * @any_protocol: @protocols is not used
 * @protocols: bit for each IP protocol number, bit 0 of byte 0 first
 * @ports: destination port ranges; none means any
 * @port_count: how many
 * @out: name or pattern of the outgoing interface; nothing means any
 * @mark: where the rule starts
 */
struct df_rule {
	enum dfence_verdict verdict;
	enum dfence_log log;
	struct df_atoms to;
	bool any_protocol;
	uint8_t protocols[DRONEFENCE_PROTOCOLS_LEN];
	struct df_ports *ports;
	size_t port_count;
	char out[DRONEFENCE_IFNAME_MAX + 1];
	struct df_mark mark;
};

/**
 * struct df_profile - what applications may send
 * @name: as written
 * @rules: in order, the first that matches decides
 * @rule_count: how many
 * @verdict: where none matches
 * @log: what is recorded then
 * @pilot: who is not root may put an application into it; the kernel does not know
 * @mark: where the name stands
 * @default_mark: where @verdict stands
 */
struct df_profile {
	char *name;
	struct df_rule *rules;
	size_t rule_count;
	enum dfence_verdict verdict;
	enum dfence_log log;
	bool pilot;
	struct df_mark mark;
	struct df_mark default_mark;
};

/**
 * struct df_selector - how an application is recognised
 * @type: which members hold
 * @pattern: absolute path pattern of a cgroup or of a program, else NULL
 * @in: for what is forwarded: name or pattern of the incoming interface, or
 *	nothing; of the three at least one is there
 * @has_source: @source holds
 * @source: network that it is from
 * @has_mac: @mac holds
 * @mac: address of the link layer that it is from
 * @uid: number of a user
 * @copies: copies of the program are recognised by their contents
 * @implied: not written; every application is also recognised by the cgroup
 *	that "dronefence run" gives it, and by the one where its programs are
 *	placed if it has executables
 * @mark: where it was written
 */
struct df_selector {
	enum dfence_selector_type type;
	char *pattern;
	char in[DRONEFENCE_IFNAME_MAX + 1];
	bool has_source;
	struct df_net source;
	bool has_mac;
	uint8_t mac[DRONEFENCE_MAC_LEN];
	uint32_t uid;
	bool copies;
	bool implied;
	struct df_mark mark;
};

/**
 * struct df_application - a program that the policy is for
 * @name: as written
 * @selectors: how it is recognised
 * @selector_count: how many
 * @profile: index into the policy's profiles
 * @mode: whether its profile is enforced
 * @strays: what the daemon does with its programs outside of it
 * @lifted: a bit for each restriction that is lifted where it is confined, see
 *	df_confine_name(); the kernel does not know of them
 * @mark: where the name stands
 */
struct df_application {
	char *name;
	struct df_selector *selectors;
	size_t selector_count;
	size_t profile;
	enum dfence_mode mode;
	enum dfence_strays strays;
	uint32_t lifted;
	struct df_mark mark;
};

enum df_geo_kind {
	DF_GEO_LIBLOC,
	DF_GEO_TOR,
	DF_GEO_MMDB,
};

/**
 * struct df_geo_spec - a geo data source that the policy names
 * @kind: format
 * @path: file (libloc, mmdb) or folder (tor-geoipdb); NULL for the default place
 * @optional: leave it out with a warning where it is missing
 * @max_age: seconds; 0 for the policy's, UINT64_MAX for none
 * @mark: where it was written
 */
struct df_geo_spec {
	enum df_geo_kind kind;
	char *path;
	bool optional;
	uint64_t max_age;
	struct df_mark mark;
};

enum df_quorum {
	DF_QUORUM_ANY,
	DF_QUORUM_MAJORITY,
	DF_QUORUM_ALL,
};

/**
 * struct df_policy - a loaded policy
 * @name: name of the policy
 * @country: sources that say where an address is
 * @country_count: how many
 * @operator: sources that say who operates an address
 * @operator_count: how many
 * @quorum_deny: for rules that deny or drop
 * @quorum_allow: for rules that allow
 * @max_age: of geo data in seconds, 0 for no limit
 * @bulk: bytes to one place that are worth a record, 0 for none; the kernel does
 *	not know of it
 * @sets: all sets of the file and its includes
 * @set_count: how many
 * @profiles: all profiles
 * @profile_count: how many
 * @applications: in the order of the file; the first that matches wins
 * @application_count: how many
 * @unlock: longest time that who is not root may unlock an application, seconds; 0
 *	for not at all, UINT64_MAX for neither him nor root; the kernel does not know
 * @digest: SHA-256 of the file and its includes, in the order they were read
 * @variant: what df_switches_apply() made of it, NULL for what the file says
 * @files: paths of the file and its includes; marks point to them
 * @sources: what was read from each of @files
 * @file_count: how many
 */
struct df_policy {
	char *name;
	struct df_geo_spec *country;
	size_t country_count;
	struct df_geo_spec *operator;
	size_t operator_count;
	enum df_quorum quorum_deny;
	enum df_quorum quorum_allow;
	uint64_t max_age;
	uint64_t bulk;
	struct df_set *sets;
	size_t set_count;
	struct df_profile *profiles;
	size_t profile_count;
	struct df_application *applications;
	size_t application_count;
	uint64_t unlock;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	char *variant;
	char **files;
	struct df_source *sources;
	size_t file_count;
};

struct df_policy *df_policy_load(const char *path, struct df_diags *diags);
struct df_policy *df_policy_parse(const char *name, const char *text,
				  struct df_diags *diags);
void df_policy_free(struct df_policy *policy);
void df_applications_free(struct df_application *list, size_t count);
void df_policy_quote(const struct df_policy *policy, struct df_diags *diags);

/* A MAC address as text, such as 02:00:5e:10:00:01. */
#define DF_MAC_STRLEN 18
void df_mac_format(const uint8_t mac[DRONEFENCE_MAC_LEN],
		   char buf[DF_MAC_STRLEN]);

/* Run pattern of an application: the cgroup that "dronefence run" makes. */
int df_run_pattern(const char *application, char *buf, size_t size);
/* Place pattern of an application: the cgroup where its programs are placed. */
int df_place_pattern(const char *application, char *buf, size_t size);

/* Names of the enums, and the numbers of protocols. */
const char *df_verdict_name(unsigned int verdict);
const char *df_log_name(unsigned int log);
const char *df_mode_name(unsigned int mode);
const char *df_reason_name(unsigned int reason);
const char *df_flow_state_name(unsigned int state);
const char *df_flow_end_name(unsigned int end);
const char *df_place_error_name(unsigned int error);
const char *df_selector_name(unsigned int type);
const char *df_strays_name(unsigned int strays);
const char *df_closed_name(unsigned int closed);
const char *df_command_name(unsigned int command);
const char *df_refused_name(unsigned int refused);
const char *df_quorum_name(unsigned int quorum);
int df_protocol_number(const char *name);
const char *df_protocol_name(unsigned int number);
const char *df_country_name(const char code[2]);

#endif
