// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/dronefence.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/dronefence.h>

/* Common nested types */
const struct nla_policy dronefence_application_nl_policy[DFENCE_A_APP_STRAYS + 1] = {
	[DFENCE_A_APP_NAME] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_NAME_MAX, },
	[DFENCE_A_APP_PROFILE] = { .type = NLA_U32, },
	[DFENCE_A_APP_MODE] = NLA_POLICY_MAX(NLA_U8, 1),
	[DFENCE_A_APP_SELECTOR] = NLA_POLICY_NESTED(dronefence_selector_nl_policy),
	[DFENCE_A_APP_STRAYS] = NLA_POLICY_MAX(NLA_U8, 2),
};

const struct nla_policy dronefence_pin_nl_policy[DFENCE_A_PIN_DIGEST + 1] = {
	[DFENCE_A_PIN_APPLICATION] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_NAME_MAX, },
	[DFENCE_A_PIN_FD] = { .type = NLA_U32, },
	[DFENCE_A_PIN_DIGEST] = NLA_POLICY_EXACT_LEN(DRONEFENCE_DIGEST_LEN),
};

const struct nla_policy dronefence_profile_nl_policy[DFENCE_A_PROFILE_ORIGIN + 1] = {
	[DFENCE_A_PROFILE_NAME] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_NAME_MAX, },
	[DFENCE_A_PROFILE_VERDICT] = NLA_POLICY_MAX(NLA_U8, 2),
	[DFENCE_A_PROFILE_LOG] = NLA_POLICY_MAX(NLA_U8, 2),
	[DFENCE_A_PROFILE_RULE] = NLA_POLICY_NESTED(dronefence_rule_nl_policy),
	[DFENCE_A_PROFILE_ORIGIN] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_ORIGIN_MAX, },
};

const struct nla_policy dronefence_rule_nl_policy[DFENCE_A_RULE_OUT_INTERFACE + 1] = {
	[DFENCE_A_RULE_VERDICT] = NLA_POLICY_MAX(NLA_U8, 2),
	[DFENCE_A_RULE_LOG] = NLA_POLICY_MAX(NLA_U8, 2),
	[DFENCE_A_RULE_SET] = { .type = NLA_U32, },
	[DFENCE_A_RULE_PROTOCOLS] = NLA_POLICY_EXACT_LEN(DRONEFENCE_PROTOCOLS_LEN),
	[DFENCE_A_RULE_PORTS] = { .type = NLA_U32, },
	[DFENCE_A_RULE_ORIGIN] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_ORIGIN_MAX, },
	[DFENCE_A_RULE_OUT_INTERFACE] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_IFNAME_MAX, },
};

const struct nla_policy dronefence_selector_nl_policy[DFENCE_A_SELECTOR_COPIES + 1] = {
	[DFENCE_A_SELECTOR_TYPE] = NLA_POLICY_RANGE(NLA_U8, 1, 4),
	[DFENCE_A_SELECTOR_PATTERN] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_PATTERN_MAX, },
	[DFENCE_A_SELECTOR_IN_INTERFACE] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_IFNAME_MAX, },
	[DFENCE_A_SELECTOR_SOURCE] = { .type = NLA_BINARY, },
	[DFENCE_A_SELECTOR_SOURCE_PREFIX] = { .type = NLA_U8, },
	[DFENCE_A_SELECTOR_MAC] = NLA_POLICY_EXACT_LEN(DRONEFENCE_MAC_LEN),
	[DFENCE_A_SELECTOR_UID] = { .type = NLA_U32, },
	[DFENCE_A_SELECTOR_COPIES] = { .type = NLA_FLAG, },
};

const struct nla_policy dronefence_set_nl_policy[DFENCE_A_SET_KIND + 1] = {
	[DFENCE_A_SET_NAME] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_NAME_MAX, },
	[DFENCE_A_SET_KIND] = NLA_POLICY_RANGE(NLA_U8, 2, 4),
};

const struct nla_policy dronefence_zone_nl_policy[DFENCE_A_ZONE_SETS + 1] = {
	[DFENCE_A_ZONE_COUNTRY] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_COUNTRY_LEN, },
	[DFENCE_A_ZONE_VOTES] = { .type = NLA_BINARY, },
	[DFENCE_A_ZONE_SETS] = { .type = NLA_BINARY, },
};

/* DFENCE_CMD_STATUS_GET - do */
static const struct nla_policy dronefence_status_get_nl_policy[DFENCE_A_STATUS_PAD + 1] = {
};

/* DFENCE_CMD_POLICY_BEGIN - do */
static const struct nla_policy dronefence_policy_begin_nl_policy[DFENCE_A_POLICY_GEO_DATE + 1] = {
	[DFENCE_A_POLICY_NAME] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_NAME_MAX, },
	[DFENCE_A_POLICY_GENERATION] = { .type = NLA_U32, },
	[DFENCE_A_POLICY_SETS] = NLA_POLICY_MAX(NLA_U32, DRONEFENCE_MAX_SETS),
	[DFENCE_A_POLICY_ZONES] = { .type = NLA_U32, },
	[DFENCE_A_POLICY_RANGES4] = { .type = NLA_U32, },
	[DFENCE_A_POLICY_RANGES6] = { .type = NLA_U32, },
	[DFENCE_A_POLICY_PROFILES] = NLA_POLICY_MAX(NLA_U32, DRONEFENCE_MAX_PROFILES),
	[DFENCE_A_POLICY_APPLICATIONS] = NLA_POLICY_MAX(NLA_U32, DRONEFENCE_MAX_APPLICATIONS),
	[DFENCE_A_POLICY_SOURCE_DIGEST] = NLA_POLICY_EXACT_LEN(DRONEFENCE_DIGEST_LEN),
	[DFENCE_A_POLICY_GEO_DIGEST] = NLA_POLICY_EXACT_LEN(DRONEFENCE_DIGEST_LEN),
	[DFENCE_A_POLICY_GEO_DATE] = { .type = NLA_U64, },
};

/* DFENCE_CMD_POLICY_ADD - do */
static const struct nla_policy dronefence_policy_add_nl_policy[DFENCE_A_CHUNK_APPLICATION + 1] = {
	[DFENCE_A_CHUNK_SET] = NLA_POLICY_NESTED(dronefence_set_nl_policy),
	[DFENCE_A_CHUNK_ZONE] = NLA_POLICY_NESTED(dronefence_zone_nl_policy),
	[DFENCE_A_CHUNK_RANGES4] = { .type = NLA_BINARY, },
	[DFENCE_A_CHUNK_RANGES6] = { .type = NLA_BINARY, },
	[DFENCE_A_CHUNK_PROFILE] = NLA_POLICY_NESTED(dronefence_profile_nl_policy),
	[DFENCE_A_CHUNK_APPLICATION] = NLA_POLICY_NESTED(dronefence_application_nl_policy),
};

/* DFENCE_CMD_POLICY_COMMIT - do */
static const struct nla_policy dronefence_policy_commit_nl_policy[DFENCE_A_POLICY_PERMIT + 1] = {
	[DFENCE_A_POLICY_DIGEST] = NLA_POLICY_EXACT_LEN(DRONEFENCE_DIGEST_LEN),
	[DFENCE_A_POLICY_PERMIT] = { .type = NLA_BINARY, },
};

/* DFENCE_CMD_POLICY_ABORT - do */
static const struct nla_policy dronefence_policy_abort_nl_policy[DFENCE_A_POLICY_PAD + 1] = {
};

/* DFENCE_CMD_POLICY_GET - do */
static const struct nla_policy dronefence_policy_get_nl_policy[DFENCE_A_POLICY_PAD + 1] = {
};

/* DFENCE_CMD_APPLICATION_GET - dump */
static const struct nla_policy dronefence_application_get_nl_policy[DFENCE_A_CHUNK_PAD + 1] = {
};

/* DFENCE_CMD_RULE_GET - dump */
static const struct nla_policy dronefence_rule_get_nl_policy[DFENCE_A_CHUNK_PAD + 1] = {
};

/* DFENCE_CMD_EXPLAIN - do */
static const struct nla_policy dronefence_explain_nl_policy[DFENCE_A_EXPLAIN_OUT_INTERFACE + 1] = {
	[DFENCE_A_EXPLAIN_APPLICATION] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_NAME_MAX, },
	[DFENCE_A_EXPLAIN_ADDRESS] = { .type = NLA_BINARY, },
	[DFENCE_A_EXPLAIN_PROTOCOL] = { .type = NLA_U8, },
	[DFENCE_A_EXPLAIN_PORT] = { .type = NLA_U16, },
	[DFENCE_A_EXPLAIN_OUT_INTERFACE] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_IFNAME_MAX, },
};

/* DFENCE_CMD_EVENT_GET - dump */
static const struct nla_policy dronefence_event_get_nl_policy[DFENCE_A_QUERY_SINCE + 1] = {
	[DFENCE_A_QUERY_SINCE] = { .type = NLA_U64, },
};

/* DFENCE_CMD_FLOW_GET - dump */
static const struct nla_policy dronefence_flow_get_nl_policy[DFENCE_A_FLOW_VERDICT + 1] = {
	[DFENCE_A_FLOW_APPLICATION] = { .type = NLA_NUL_STRING, .len = DRONEFENCE_NAME_MAX, },
	[DFENCE_A_FLOW_VERDICT] = NLA_POLICY_MAX(NLA_U8, 2),
};

/* DFENCE_CMD_LIMITS_GET - do */
static const struct nla_policy dronefence_limits_get_nl_policy[DFENCE_A_LIMITS_PAD + 1] = {
};

/* DFENCE_CMD_LIMITS_SET - do */
static const struct nla_policy dronefence_limits_set_nl_policy[DFENCE_A_LIMITS_IDLE_OTHER + 1] = {
	[DFENCE_A_LIMITS_FLOWS] = { .type = NLA_U32, },
	[DFENCE_A_LIMITS_IDLE_TCP_OPENING] = { .type = NLA_U32, },
	[DFENCE_A_LIMITS_IDLE_TCP_ESTABLISHED] = { .type = NLA_U32, },
	[DFENCE_A_LIMITS_IDLE_TCP_CLOSING] = { .type = NLA_U32, },
	[DFENCE_A_LIMITS_IDLE_UDP] = { .type = NLA_U32, },
	[DFENCE_A_LIMITS_IDLE_OTHER] = { .type = NLA_U32, },
};

/* DFENCE_CMD_PINS_SET - do */
static const struct nla_policy dronefence_pins_set_nl_policy[DFENCE_A_PINS_KEEP + 1] = {
	[DFENCE_A_PINS_PIN] = NLA_POLICY_NESTED(dronefence_pin_nl_policy),
	[DFENCE_A_PINS_KEEP] = { .type = NLA_FLAG, },
};

/* DFENCE_CMD_SEAL - do */
static const struct nla_policy dronefence_seal_nl_policy[DFENCE_A_SEAL_PLATFORM + 1] = {
	[DFENCE_A_SEAL_PERMIT] = { .type = NLA_BINARY, },
	[DFENCE_A_SEAL_CERTIFICATE] = { .type = NLA_BINARY, },
	[DFENCE_A_SEAL_PLATFORM] = { .type = NLA_FLAG, },
};

/* Ops table for dronefence */
const struct genl_split_ops dronefence_nl_ops[15] = {
	{
		.cmd		= DFENCE_CMD_STATUS_GET,
		.doit		= dronefence_nl_status_get_doit,
		.policy		= dronefence_status_get_nl_policy,
		.maxattr	= DFENCE_A_STATUS_PAD,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_POLICY_BEGIN,
		.doit		= dronefence_nl_policy_begin_doit,
		.policy		= dronefence_policy_begin_nl_policy,
		.maxattr	= DFENCE_A_POLICY_GEO_DATE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_POLICY_ADD,
		.doit		= dronefence_nl_policy_add_doit,
		.policy		= dronefence_policy_add_nl_policy,
		.maxattr	= DFENCE_A_CHUNK_APPLICATION,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_POLICY_COMMIT,
		.doit		= dronefence_nl_policy_commit_doit,
		.policy		= dronefence_policy_commit_nl_policy,
		.maxattr	= DFENCE_A_POLICY_PERMIT,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_POLICY_ABORT,
		.doit		= dronefence_nl_policy_abort_doit,
		.policy		= dronefence_policy_abort_nl_policy,
		.maxattr	= DFENCE_A_POLICY_PAD,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_POLICY_GET,
		.doit		= dronefence_nl_policy_get_doit,
		.policy		= dronefence_policy_get_nl_policy,
		.maxattr	= DFENCE_A_POLICY_PAD,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_APPLICATION_GET,
		.start		= dfence_dump_start,
		.dumpit		= dronefence_nl_application_get_dumpit,
		.done		= dfence_dump_done,
		.policy		= dronefence_application_get_nl_policy,
		.maxattr	= DFENCE_A_CHUNK_PAD,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= DFENCE_CMD_RULE_GET,
		.start		= dfence_dump_start,
		.dumpit		= dronefence_nl_rule_get_dumpit,
		.done		= dfence_dump_done,
		.policy		= dronefence_rule_get_nl_policy,
		.maxattr	= DFENCE_A_CHUNK_PAD,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= DFENCE_CMD_EXPLAIN,
		.doit		= dronefence_nl_explain_doit,
		.policy		= dronefence_explain_nl_policy,
		.maxattr	= DFENCE_A_EXPLAIN_OUT_INTERFACE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_EVENT_GET,
		.dumpit		= dronefence_nl_event_get_dumpit,
		.policy		= dronefence_event_get_nl_policy,
		.maxattr	= DFENCE_A_QUERY_SINCE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= DFENCE_CMD_FLOW_GET,
		.dumpit		= dronefence_nl_flow_get_dumpit,
		.policy		= dronefence_flow_get_nl_policy,
		.maxattr	= DFENCE_A_FLOW_VERDICT,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= DFENCE_CMD_LIMITS_GET,
		.doit		= dronefence_nl_limits_get_doit,
		.policy		= dronefence_limits_get_nl_policy,
		.maxattr	= DFENCE_A_LIMITS_PAD,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_LIMITS_SET,
		.doit		= dronefence_nl_limits_set_doit,
		.policy		= dronefence_limits_set_nl_policy,
		.maxattr	= DFENCE_A_LIMITS_IDLE_OTHER,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_PINS_SET,
		.doit		= dronefence_nl_pins_set_doit,
		.policy		= dronefence_pins_set_nl_policy,
		.maxattr	= DFENCE_A_PINS_KEEP,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= DFENCE_CMD_SEAL,
		.doit		= dronefence_nl_seal_doit,
		.policy		= dronefence_seal_nl_policy,
		.maxattr	= DFENCE_A_SEAL_PLATFORM,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

