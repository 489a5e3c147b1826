// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine that starts with a policy that is missing or damaged must not be
 * without a fence until somebody looks. It needs no file and no geo data, and
 * keeps the link to the aircraft. It knows the slice and what "dronefence run" starts;
 * what the policy recognises by other cgroups, by user or by executable is not fenced.
 */
#include <string.h>

#include <openssl/evp.h>

#include "fallback.h"

static const char text[] =
	"version: 1\n"
	"name: fallback\n"
	"profiles:\n"
	"  local-only:\n"
	"    rules: [ { allow: local } ]\n"
	"    default: deny\n"
	"    log: new\n"
	"applications:\n"
	"  dronefence-slice:\n"
	"    match: [ cgroup: /dronefence.slice/**, cgroup: \"/**/dronefence-*.*\" ]\n"
	"    profile: local-only\n";

/**
 * df_fallback_load() - the policy that needs no file
 * @diags: errors, which only a lack of memory can be
 *
 * Return: to be freed with df_policy_free(), or NULL.
 */
struct df_policy *df_fallback_load(struct df_diags *diags)
{
	return df_policy_parse("(built in)", text, diags);
}

/**
 * df_fallback_is() - is it the one in force
 * @policy: in force
 *
 * Return: true if it was made from the text of df_fallback_load(), whatever it is
 * called.
 */
bool df_fallback_is(const struct df_policy_info *policy)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN];

	return EVP_Digest(text, sizeof(text) - 1, digest, NULL, EVP_sha256(),
			  NULL) &&
	       !memcmp(digest, policy->source_digest, sizeof(digest));
}
