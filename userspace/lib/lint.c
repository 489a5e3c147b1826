// SPDX-License-Identifier: GPL-2.0-or-later
/* Warnings about a policy that loads but hardly means what it says. */

#include "lint.h"

/**
 * df_lint() - look for mistakes in a valid policy
 * @policy: the policy
 * @image: compiled from @policy with the geo data it will be used with
 * @diags: where warnings go
 *
 * Warns of empty sets, sets that forget IPv6, rules that never decide
 * anything, selectors that everything matches, and profiles that would cut the
 * link to the aircraft.
 */
void df_lint(const struct df_policy *policy, const struct df_image *image,
	     struct df_diags *diags)
{
	df_lint_sets(policy, diags);
	df_lint_rules(image, diags);
	df_lint_forward(policy, diags);
	df_lint_link(policy, image, diags);
}
